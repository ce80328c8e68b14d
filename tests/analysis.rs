//! What the analysis thread and the export are told by the theory, through the public doors.

use std::fmt::Write as _;

use implicit_bias_lab::knobs::Knobs;
use implicit_bias_lab::labs::{LABS, RecordingExperiment};
use implicit_bias_lab::sim::analysis::{Analyst, RecordedState};
use implicit_bias_lab::sim::experiment::{Facts, RunStatus, Sample};

fn knobs(settings: &[(&str, &str)]) -> Knobs {
    let mut knobs = Knobs::new(LABS[0].knobs());
    for (key, value) in settings {
        knobs.set_text(key, value).expect("an accepted value");
    }
    knobs
}

fn experiment(knobs: &Knobs) -> Box<dyn RecordingExperiment> {
    LABS[0].experiment(knobs, false).expect("accepted settings")
}

fn references(analyst: &mut dyn Analyst) -> Facts {
    let mut facts = Facts::default();
    while let Some(found) = analyst.study_references() {
        facts.extend(found);
    }
    facts
}

/// Everything the analyst says of every run of a sample, as (run name, column) → number.
struct Said {
    names: Vec<String>,
    columns: Vec<&'static str>,
    values: Vec<Vec<f64>>,
}

impl Said {
    fn of(
        experiment: &dyn RecordingExperiment,
        analyst: &mut dyn Analyst,
        sample: &Sample,
    ) -> Self {
        let setup = experiment.setup();
        let runs = sample.runs.iter().enumerate();
        let values = runs.map(|(run, state)| {
            let state = state.as_ref().expect("no run has stopped");
            analyst
                .examine(&RecordedState {
                    run,
                    row: 0,
                    step: sample.step,
                    shared: sample.shared.clone(),
                    values: state.values.clone(),
                    state: state.state.clone(),
                })
                .values
        });
        Self {
            values: values.collect(),
            names: setup.runs.iter().map(|run| run.name.clone()).collect(),
            columns: setup.insights.iter().map(|column| column.id).collect(),
        }
    }

    fn get(&self, run: &str, column: &str) -> f64 {
        let run = self.names.iter().position(|name| name == run);
        let column = self.columns.iter().position(|id| *id == column);
        self.values[run.expect("a run")][column.expect("a column")]
    }
}

const SMALL: [(&str, &str); 6] = [
    ("n", "12"),
    ("d", "30"),
    ("sparsity", "2"),
    ("alpha", "0.1"),
    ("step_size", "0.03"),
    ("sgf_runs", "1"),
];

/// Once the loss is 1e-13 of its start, every run is at its own destination within a few √L, the
/// flow and GF are where Theorem 1 says, and SGD is not, by a gap of order γ.
#[test]
fn runs_arrive_where_the_overlays_say() {
    let settings = knobs(&[&SMALL[..], &[("gf_runs", "1"), ("sgd_runs", "2")]].concat());
    let mut experiment = experiment(&settings);
    let mut analyst = LABS[0].analyst(&settings).unwrap().unwrap();
    let facts = references(&mut *analyst);
    assert_eq!(facts.scalars["rank"], 12.0);
    assert!(facts.scalars["least_l1_gap"] < 1e-9);
    assert!(facts.scalars["least_l1_norm_l1"] <= facts.scalars["least_l2_norm_l1"]);
    assert!(facts.scalars["least_l2_norm_l2"] <= facts.scalars["least_l1_norm_l2"]);

    experiment.advance(300);
    let early = experiment.sample();
    let early = Said::of(&*experiment, &mut *analyst, &early);
    experiment.advance(60_000);
    let sample = experiment.sample();
    let late = Said::of(&*experiment, &mut *analyst, &sample);
    for (name, run) in late.names.iter().zip(&sample.runs) {
        let run = run.as_ref().unwrap();
        // Rows of X are about √d long: ‖β − landing‖ ≲ ‖r‖/σ_min(X) with σ_min ≈ √30 − √12 = 2.
        let residual = (4.0 * 12.0 * run.values[0]).sqrt();
        let distance = late.get(name, "destination_distance");
        assert!(distance <= residual + 1e-9, "{name}: {distance} {residual}");
    }
    // The flow's destination is the theorem's point at every time; gradient flow's never moves.
    for (said, when) in [(&early, "early"), (&late, "late")] {
        assert!(said.get("sgf-1", "kkt_residual") < 1e-9, "{when}");
        assert!(said.get("gf", "kkt_residual_alpha") < 1e-9, "{when}");
        let gap = said.get("sgf-1", "destination_x") - said.get("sgf-1", "theorem_x");
        assert!(gap.abs() < 1e-8, "{when}: {gap}");
    }
    let moved = early.get("gf", "destination_x") - late.get("gf", "destination_x");
    assert!(moved.abs() < 1e-8, "{moved}");
    assert!(late.get("sgf-1", "theorem_distance") < 1e-5);
    assert!((1e-4..0.3).contains(&late.get("sgd-1", "theorem_distance")));
    // Noise lands where GD would from a smaller α; GD and GF where they started from.
    assert!((late.get("gf", "equivalent_alpha") / 0.1 - 1.0).abs() < 1e-3);
    assert!(late.get("sgf-1", "equivalent_alpha") < 0.095);
}

#[test]
fn a_fork_starts_from_the_noisy_run_and_lands_near_it() {
    let forks =
        "gd from sgf-1 at 40000; gf from sgf-1 at 40000 predicted; gd from sgd-1 at 500 late";
    let settings = knobs(&[&SMALL[..], &[("forks", forks)]].concat());
    let mut experiment = experiment(&settings);
    let names: Vec<_> = experiment
        .setup()
        .runs
        .iter()
        .map(|run| run.name.clone())
        .collect();
    assert_eq!(names[names.len() - 3..], ["fork-1", "fork-2", "fork-3"]);
    let at = |name: &str| names.iter().position(|known| known == name).unwrap();
    experiment.advance(499);
    let unborn = experiment.sample();
    let late = unborn.runs[at("fork-3")].as_ref().unwrap();
    assert!(late.state.is_empty() && late.values.iter().all(|value| value.is_nan()));
    assert_eq!(experiment.status(at("fork-3")), RunStatus::Waiting);
    experiment.advance(1);
    let born = experiment.sample();
    let effective = |sample: &Sample, run: usize| -> Vec<f64> {
        let state = &sample.runs[run].as_ref().unwrap().state;
        let pairs = state[0].iter().zip(&state[1]);
        pairs
            .map(|(plus, minus)| (plus * minus).abs().sqrt())
            .collect()
    };
    for (fork, source) in effective(&born, at("fork-3"))
        .iter()
        .zip(effective(&born, at("sgd-1")))
    {
        assert!((fork / source - 1.0).abs() < 1e-14, "{fork} {source}");
    }
    experiment.advance(60_000);
    let sample = experiment.sample();
    let beta = |name: &str| -> Vec<f64> {
        let state = &sample.runs[at(name)].as_ref().unwrap().state;
        let pairs = state[0].iter().zip(&state[1]);
        pairs
            .map(|(plus, minus)| plus * plus - minus * minus)
            .collect()
    };
    let gap = |a: &str, b: &str| -> f64 {
        let (a, b) = (beta(a), beta(b));
        let squares = a.iter().zip(&b).map(|(a, b)| (a - b) * (a - b));
        squares.sum::<f64>().sqrt() / b.iter().map(|b| b * b).sum::<f64>().sqrt()
    };
    // Theorem 1: gradient flow from the flow's α_t ends where the flow ends, up to what its α still
    // shrinks after the fork and both residuals; GD differs from gradient flow by O(γ) of its effect.
    assert!(gap("fork-2", "sgf-1") < 1e-5, "{}", gap("fork-2", "sgf-1"));
    assert!(
        gap("fork-1", "sgf-1") < 0.2 * 0.03,
        "{}",
        gap("fork-1", "sgf-1")
    );
    assert!(gap("gd", "sgf-1") > 5.0 * gap("fork-1", "sgf-1"));
}

#[test]
fn forks_that_cannot_be_are_refused_with_a_reason() {
    for (settings, reason) in [
        (&[("forks", "gd from sgd-9 at 5")][..], "no run `sgd-9`"),
        (
            &[("forks", "sgd from sgd-1 at 5")],
            "cannot start from a fork",
        ),
        (
            &[("forks", "gd from sgd-1 at 900"), ("step_size", "5")],
            "it diverged at step",
        ),
        (
            &[("forks", "gf from sgd-1 at 5"), ("depth", "3")],
            "is for depth 2",
        ),
    ] {
        let settings = knobs(&[&SMALL[..], settings].concat());
        let error = LABS[0].experiment(&settings, false).err().unwrap();
        assert!(error.to_string().contains(reason), "{error}");
    }
}

/// A table on disk as a data set.
fn table(rows: &[[f64; 3]]) -> (tempfile::TempDir, Knobs) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("table.csv");
    let mut text = "a,b,y\n".to_owned();
    for [a, b, y] in rows {
        writeln!(text, "{a},{b},{y}").expect("text grows");
    }
    std::fs::write(&path, text).expect("a file");
    let settings = knobs(&[
        ("data", "csv"),
        ("csv_path", path.to_str().expect("a plain path")),
        ("holdout_fraction", "0"),
        ("step_size", "0.01"),
    ]);
    (folder, settings)
}

#[test]
fn without_an_interpolator_the_overlays_say_so_and_the_runs_go_on() {
    let (_folder, settings) = table(&[[1.0, 2.0, 1.0], [1.0, 2.0, 3.0], [0.0, 1.0, 1.0]]);
    let mut experiment = experiment(&settings);
    let mut analyst = LABS[0].analyst(&settings).unwrap().unwrap();
    let facts = references(&mut *analyst);
    assert!(
        facts
            .remarks
            .iter()
            .any(|remark| remark.starts_with("Theory overlays off:")),
        "{:?}",
        facts.remarks
    );
    experiment.advance(1_000);
    let sample = experiment.sample();
    let said = Said::of(&*experiment, &mut *analyst, &sample);
    assert!(said.get("gd", "destination_validation").is_nan());
    assert!(said.get("gd", "sharpness") > 0.0);
}

#[test]
fn dependent_rows_and_more_rows_than_columns_have_overlays() {
    let consistent = [[1.0, 2.0, 2.0], [2.0, 4.0, 4.0], [0.5, 1.0, 1.0]];
    let (_folder, settings) = table(&consistent);
    let mut experiment = experiment(&settings);
    let mut analyst = LABS[0].analyst(&settings).unwrap().unwrap();
    let facts = references(&mut *analyst);
    assert_eq!(facts.scalars["rank"], 1.0);
    assert!(facts.remarks.is_empty(), "{:?}", facts.remarks);
    experiment.advance(20_000);
    let sample = experiment.sample();
    let said = Said::of(&*experiment, &mut *analyst, &sample);
    assert!(said.get("gd", "destination_distance") < 1e-6);
    assert!(said.get("gd", "kkt_residual") < 1e-2);
}

/// α² underflows at α = 1e-170 in none of the formulas; the knob ends at 1e-8, so the smallest α that
/// can be set, after long label noise, must still be examined without NaN.
#[test]
fn a_tiny_alpha_is_examined_without_nan() {
    let settings = knobs(
        &[
            &SMALL[..],
            &[
                ("alpha", "1e-8"),
                ("label_noise", "constant"),
                ("label_noise_level", "1"),
                ("gd_runs", "0"),
            ],
        ]
        .concat(),
    );
    let mut experiment = experiment(&settings);
    let mut analyst = LABS[0].analyst(&settings).unwrap().unwrap();
    references(&mut *analyst);
    experiment.advance(20_000);
    let sample = experiment.sample();
    let said = Said::of(&*experiment, &mut *analyst, &sample);
    for column in [
        "destination_distance",
        "theorem_distance",
        "kkt_residual",
        "slow_distance",
    ] {
        let value = said.get("sgf-1", column);
        assert!(value.is_finite(), "{column}: {value}");
    }
}

/// y = a, and a is there twice: any split of its coefficient is as small.
#[test]
fn several_interpolators_of_least_norm_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let remarks = |name: &str, table: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, table).unwrap();
        let settings = knobs(&[("data", "csv"), ("csv_path", path.to_str().unwrap())]);
        let mut analyst = LABS[0].analyst(&settings).unwrap().unwrap();
        references(&mut *analyst).remarks.join(" ")
    };
    let twice = remarks("twice.csv", "a,b,c,y\n1,1,3,1\n-2,-2,1,-2\n");
    assert!(twice.contains("Several interpolators"), "{twice}");
    let once = remarks("once.csv", "a,b,c,y\n1,-1,3,1\n-2,1,1,-2\n");
    assert!(!once.contains("interpolator"), "{once}");
}
