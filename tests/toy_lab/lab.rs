//! A lab of another crate: random walks with a drift. It has no loss, no step size, no data, and no knob that
//! is named like one of another lab; what it declares is all that general code knows of it.

use std::sync::Arc;

use implicit_bias_lab::knobs::{Kind, Knob, Knobs, Role, Value};
use implicit_bias_lab::labs::figures::{
    FigureContent, NamedFigure, PageWidth, RunFigure, RunPart, side_by_side,
};
use implicit_bias_lab::labs::{
    Lab, LabAction, LabError, Preset, ReadySweep, RecordingExperiment, Shortcut, Steps, SweepPlan,
    Vary,
};
use implicit_bias_lab::palette::{Ink, Line, Look};
use implicit_bias_lab::scene::pictures::series::Series;
use implicit_bias_lab::scene::{Panel, always};
use implicit_bias_lab::sim::experiment::{
    ClockWords, Column, Experiment, Family, Roles, RunInfo, RunSample, Sample, Setup,
};
use rand::{RngExt as _, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus;

/// See the module.
pub(crate) static LAB: RandomWalk = RandomWalk;

/// See the module.
pub(crate) struct RandomWalk;

const fn count(min: u64, max: u64) -> Kind {
    Kind::Count {
        min,
        max,
        auto: None,
    }
}

const DRIFT: Kind = Kind::Real {
    min: -1.0,
    max: 1.0,
    slider: [-1.0, 1.0],
    logarithmic: false,
    auto: None,
    vector: false,
};

static KNOBS: [Knob; 4] = [
    Knob::new(
        "Walk",
        "walkers",
        "Walkers",
        count(1, 100),
        "3",
        "How many walk.",
    ),
    Knob::new(
        "Walk",
        "drift",
        "Drift μ",
        DRIFT,
        "0.1",
        "What every step adds on average.",
    ),
    Knob {
        role: Some(Role::NoiseSeed),
        ..Knob::new(
            "Walk",
            "walk_seed",
            "Seed",
            count(0, 1000),
            "0",
            "Seed of the walks.",
        )
    },
    Knob {
        role: Some(Role::Length),
        ..Knob::new(
            "Walk",
            "length",
            "Length",
            count(1, 10_000),
            "200",
            "When the clock stops.",
        )
    },
];

const WALKS: Family = Family {
    id: "walk",
    label: "Walk",
    about: "Every step adds the drift and ±1.",
    look: Look {
        ink: Ink::Green,
        line: Line::Solid,
        width: 1.6,
    },
};

static COLUMNS: [Column; 1] = [Column {
    id: "position",
    label: "position",
    about: "where the walker is",
    tracked: false,
    counts: false,
    error: None,
}];

const ROLES: Roles = Roles {
    listed: &["position"],
    ..Roles::NONE
};

const CLOCK: ClockWords = ClockWords {
    steps_axis: "strides",
    ..ClockWords::USUAL
};

static CELLS: &[&[Panel]] = &[&[Panel {
    id: "walks",
    title: "Walks",
    about: "Where every walker is.",
    ordinate: |_| "x",
    picture: &Series {
        column: "position",
        companion: None,
        log_y: false,
        reference: None,
    },
    relevant: always,
}]];

impl Lab for RandomWalk {
    fn id(&self) -> &'static str {
        "random-walk"
    }

    fn title(&self) -> &'static str {
        "Random walks"
    }

    fn about(&self) -> &'static str {
        "Walkers that drift: how far the mean path tells where one of them is."
    }

    fn knobs(&self) -> &'static [Knob] {
        &KNOBS
    }

    fn families(&self) -> Vec<Family> {
        vec![WALKS]
    }

    fn cells(&self) -> &'static [&'static [Panel]] {
        CELLS
    }

    fn experiment(
        &self,
        knobs: &Knobs,
        _record: bool,
    ) -> Result<Box<dyn RecordingExperiment>, LabError> {
        let walkers = knobs.count("walkers") as usize;
        let info = |at| RunInfo {
            name: format!("walk-{}", at + 1),
            label: format!("Walk {}", at + 1),
            family: WALKS,
        };
        Ok(Box::new(Walk {
            setup: Arc::new(Setup {
                runs: (0..walkers).map(info).collect(),
                columns: &COLUMNS,
                vectors: &["place"],
                roles: ROLES,
                clock: CLOCK,
                ..Setup::default()
            }),
            drift: knobs.real("drift"),
            random: Xoshiro256PlusPlus::seed_from_u64(knobs.count("walk_seed")),
            places: vec![0.0; walkers],
            step: 0,
        }))
    }

    fn roles(&self) -> Roles {
        ROLES
    }

    fn clock(&self) -> ClockWords {
        CLOCK
    }

    fn presets(&self) -> &'static [Preset] {
        &[Preset {
            id: "walk-home",
            toml: "format = 2\nlab = \"random-walk\"\ntitle = \"A walk home\"\nabout = \"No drift.\"\n\
                   [settings]\ndrift = 0.0\n",
        }]
    }

    fn sweeps(&self) -> &'static [ReadySweep] {
        &[ReadySweep {
            title: "Position against drift",
            about: "Where walkers end.",
            plan: SweepPlan {
                preset: "walk-home",
                settings: &[("walkers", "2")],
                over: &["drift=0:0.5:3:lin"],
                seeds: 4,
                vary: Vary::All,
                steps: Steps::Auto,
            },
        }]
    }

    fn figures(&self) -> &'static [NamedFigure] {
        &[NamedFigure {
            id: "walks",
            title: "Three walks",
            claim: "Without a drift nobody gets far.",
            width: PageWidth::OneColumn,
            content: FigureContent::Runs(RunFigure {
                parts: &[RunPart {
                    preset: "walk-home",
                    settings: &[],
                    panels: &["walks"],
                }],
                columns: 1,
                theory: true,
                compose: side_by_side,
            }),
        }]
    }

    fn actions(&self) -> &'static [LabAction] {
        static ACTIONS: [LabAction; 1] = [LabAction {
            id: "turn",
            help: "turn the drift round",
            shortcut: Shortcut {
                letter: 'D',
                shift: false,
                command: false,
            },
            act: |knobs, _history, _row| {
                let mut turned = knobs.clone();
                let drift = Value::Real(-knobs.real("drift"));
                let set = turned.set("drift", drift);
                set.map(|()| turned).map_err(|error| error.to_string())
            },
        }];
        &ACTIONS
    }
}

struct Walk {
    setup: Arc<Setup>,
    drift: f64,
    random: Xoshiro256PlusPlus,
    places: Vec<f64>,
    step: u64,
}

impl Experiment for Walk {
    fn setup(&self) -> &Arc<Setup> {
        &self.setup
    }

    fn step(&self) -> u64 {
        self.step
    }

    fn advance(&mut self, steps: u64) {
        for _ in 0..steps {
            for place in &mut self.places {
                *place += self.drift + if self.random.random() { 1.0 } else { -1.0 };
            }
        }
        self.step += steps;
    }

    fn sample(&mut self) -> Sample {
        let run = |place: &f64| Some(RunSample::new(vec![*place], [vec![*place]]));
        Sample {
            step: self.step,
            time: self.step as f64,
            shared: Vec::new(),
            runs: self.places.iter().map(run).collect(),
        }
    }
}

impl RecordingExperiment for Walk {}
