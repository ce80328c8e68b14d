//! A lab without step size, pace, data, theory and presets: random walks with a drift.

use std::sync::{Arc, LazyLock};

use implicit_bias_lab::knobs::{Kind, Knob, KnobError, Knobs, Role};
use implicit_bias_lab::labs::{Lab, LabError, RecordingExperiment};
use implicit_bias_lab::palette::{Ink, Line, Look};
use implicit_bias_lab::scene::Panel;
use implicit_bias_lab::scene::pictures::series::Series;
use implicit_bias_lab::sim::experiment::{
    ClockWords, Column, Experiment, Family, Roles, RunInfo, RunSample, RunStatus, Sample, Setup,
};

pub(crate) struct Walks;

pub(crate) static WALKS: Walks = Walks;

const CLOCK: ClockWords = ClockWords {
    step: "n",
    time: "s",
    steps_axis: "moves n",
    time_axis: "seconds s",
    cost_axis: "",
    about: "",
};

const FAMILY: Family = Family {
    id: "walk",
    label: "Walk",
    about: "Moves by ±1 and drifts.",
    look: Look {
        ink: Ink::Green,
        line: Line::Solid,
        width: 1.6,
    },
};

static COLUMNS: [Column; 2] = [column("place", "x"), column("farthest", "max |x|")];

const fn column(id: &'static str, label: &'static str) -> Column {
    Column {
        id,
        label,
        about: "of the walk",
        tracked: false,
    }
}

/// The names are those of the first lab's pictures.
static CELLS: &[&[Panel]] = &[
    &[
        panel("training_loss", "Place", &series("place")),
        panel("validation_loss", "Farthest", &series("farthest")),
    ],
    &[panel("theorem_card", "Place once more", &series("place"))],
];

const fn series(column: &'static str) -> Series {
    Series {
        column,
        companion: None,
        log_y: false,
        reference: None,
    }
}

const fn panel(id: &'static str, title: &'static str, picture: &'static Series) -> Panel {
    Panel {
        id,
        title,
        about: "What the walks do.",
        ordinate: |_| "x",
        picture,
        relevant: |_| true,
    }
}

static KNOBS: LazyLock<[Knob; 3]> = LazyLock::new(|| {
    let whole = |min, max| Kind::Count {
        min,
        max,
        auto: None,
    };
    let drift = Kind::Real {
        min: -1.0,
        max: 1.0,
        slider: [-1.0, 1.0],
        logarithmic: false,
        auto: None,
        vector: false,
    };
    [
        Knob {
            live: true,
            ..knob("drift", "Drift", drift, "0.1", None)
        },
        knob("moves", "Moves", whole(1, 1000), "200", Some(Role::Length)),
        knob(
            "shuffle",
            "Shuffle",
            whole(0, 1 << 31),
            "0",
            Some(Role::NoiseSeed),
        ),
    ]
});

fn knob(
    key: &'static str,
    label: &'static str,
    kind: Kind,
    default: &'static str,
    role: Option<Role>,
) -> Knob {
    Knob {
        key,
        label,
        group: "Walk",
        kind,
        default,
        unit: "",
        help: "Of the walks.",
        live: false,
        auto_fact: None,
        landmark: None,
        role,
        relevant: |_| true,
    }
}

impl Lab for Walks {
    fn id(&self) -> &'static str {
        "walks"
    }

    fn title(&self) -> &'static str {
        "Random walks"
    }

    fn about(&self) -> &'static str {
        "Walks that move by ±1 and drift."
    }

    fn knobs(&self) -> &'static [Knob] {
        &*KNOBS
    }

    fn families(&self) -> Vec<Family> {
        vec![FAMILY]
    }

    fn cells(&self) -> &'static [&'static [Panel]] {
        CELLS
    }

    fn clock(&self) -> ClockWords {
        CLOCK
    }

    fn roles(&self) -> Roles {
        Roles::default()
    }

    fn experiment(
        &self,
        knobs: &Knobs,
        _record: bool,
    ) -> Result<Box<dyn RecordingExperiment>, LabError> {
        let run = |number: u64| RunInfo {
            name: format!("walk-{number}"),
            label: format!("Walk {number}"),
            family: FAMILY,
        };
        let setup = Setup {
            runs: (1..=2).map(run).collect(),
            columns: &COLUMNS,
            clock: CLOCK,
            ..Setup::default()
        };
        Ok(Box::new(Walk {
            setup: Arc::new(setup),
            random: knobs.count("shuffle"),
            drift: knobs.real("drift"),
            step: 0,
            places: [[0.0; 2]; 2],
        }))
    }
}

struct Walk {
    setup: Arc<Setup>,
    random: u64,
    drift: f64,
    step: u64,
    /// Place and farthest place of each.
    places: [[f64; 2]; 2],
}

impl RecordingExperiment for Walk {}

impl Experiment for Walk {
    fn setup(&self) -> &Arc<Setup> {
        &self.setup
    }

    fn step(&self) -> u64 {
        self.step
    }

    fn advance(&mut self, steps: u64) {
        for _ in 0..steps {
            for [place, farthest] in &mut self.places {
                // Knuth's generator; its highest bit decides.
                self.random = (self.random.wrapping_mul(6_364_136_223_846_793_005))
                    .wrapping_add(1_442_695_040_888_963_407);
                *place += self.drift + if self.random >> 63 == 0 { 1.0 } else { -1.0 };
                *farthest = farthest.max(place.abs());
            }
            self.step += 1;
        }
    }

    fn sample(&mut self) -> Sample {
        let run = |values: &[f64; 2]| {
            let values = values.to_vec();
            Some(RunSample {
                low: values.clone(),
                high: values.clone(),
                values,
                state: Arc::from([]),
            })
        };
        Sample {
            step: self.step,
            time: 0.5 * self.step as f64,
            shared: Vec::new(),
            runs: self.places.iter().map(run).collect(),
        }
    }

    fn forget_extremes(&mut self) {}

    fn status(&mut self, _run: usize) -> RunStatus {
        RunStatus::Running
    }

    fn freeze(&mut self, _run: usize) {}

    fn retune(&mut self, knobs: &Knobs) -> Result<(), KnobError> {
        self.drift = knobs.real("drift");
        Ok(())
    }
}
