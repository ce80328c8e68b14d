//! SGD that computes the loss once in a while: the same path, and an honest estimate of what it left out.

use implicit_bias_lab::labs::LABS;
use implicit_bias_lab::labs::diagonal::dynamics::sgd::auto_loss_every;
use implicit_bias_lab::labs::diagonal::dynamics::{Hyper, Progress, StepSettings};
use implicit_bias_lab::model::regression::{Regression, Validation};
use implicit_bias_lab::sim::experiment::{RunStatus, Sample};

use super::{HYPER, Run, knobs, problem, samples};

/// SGD for so many steps of a schedule of label noise that ends halfway.
fn run_on(problem: &Regression, hyper: &Hyper, depth: u32, steps: usize) -> Run {
    let step_size = if depth == 2 { 0.05 } else { 0.01 };
    let mut run = Run::at_depth(depth, "sgd", problem, 0.2, hyper);
    for step in 0..steps {
        run.step(step_size, if step < steps / 2 { 0.1 } else { 0.0 });
    }
    run
}

/// The loss moves nothing: whether it is computed must not change a bit of the weights, nor of what depends on
/// them alone.
#[test]
fn the_path_does_not_depend_on_when_the_loss_is_computed() {
    for (batch, replacement, depth) in [(1, true, 2), (3, true, 2), (3, false, 2), (1, true, 3)] {
        let hyper = |loss_every| Hyper {
            batch,
            replacement,
            loss_every,
            ..HYPER
        };
        let problem = problem(20, 40, 3);
        let exact = run_on(&problem, &hyper(1), depth, 400);
        assert_eq!(exact.ledger.loss_integral_variance.value(), 0.0);
        for loss_every in [2, 7, 1_000_000] {
            let estimated = run_on(&problem, &hyper(loss_every), depth, 400);
            let case = format!("b = {batch} {replacement}, p = {depth}, {loss_every}");
            assert_eq!(estimated.weights, exact.weights, "{case}");
            assert_eq!(
                estimated.ledger.validation, exact.ledger.validation,
                "{case}"
            );
            assert_eq!(
                estimated.ledger.noise_integral, exact.ledger.noise_integral,
                "{case}"
            );
            assert!(
                estimated.ledger.loss_integral_variance.value() > 0.0,
                "{case}"
            );
        }
    }
}

/// The problem of another seed whose labels have all the same size: the rᵢ² have no spread at the start.
fn equal_labels(seed: u64) -> Regression {
    let mut rows = problem(20, 40, seed).train;
    for y in &mut rows.y {
        *y = y.signum();
    }
    Regression::new(rows, Validation::Unavailable)
}

/// ∫L by the estimate against ∫L by the loss of every step, of the same path: the difference is noise of mean 0 and
/// of the standard error that is told. 200 runs each, on data of their own: of single samples and of batches, with
/// two losses and with many, and where the spread at the first loss says nothing.
///
/// At most 1 % of them are outside three standard errors. The sum of the differences has no more than the variance
/// Σ SE², so it is within three roots of it. What is told is not below the truth in the mean and up to a half
/// above, so the mean of z² is between 1/1.5² and 1, give or take three times its relative scatter of √(3/200) = 0.12.
#[test]
fn the_estimate_of_the_integral_has_no_bias_and_keeps_to_its_standard_error() {
    type Data = fn(u64) -> Regression;
    let sparse: Data = |seed| problem(20, 40, seed);
    for (data, batch, replacement, loss_every) in [
        (sparse, 1, true, 1_000),
        (sparse, 1, true, 5),
        (sparse, 4, false, 1_000),
        (equal_labels, 1, true, 1_000),
    ] {
        let (mut outside, mut difference, mut variance, mut squares) = (0, 0.0, 0.0, 0.0);
        let mut relative: f64 = 0.0;
        for seed in 0..200 {
            let problem = data(seed);
            let hyper = |loss_every| Hyper {
                batch,
                replacement,
                loss_every,
                sampling_seed: seed,
                ..HYPER
            };
            let [exact, estimated] =
                [1, loss_every].map(|every| run_on(&problem, &hyper(every), 2, 300).ledger);
            let gap = estimated.loss_integral - exact.loss_integral;
            let error = estimated.loss_integral_variance.value().sqrt();
            outside += usize::from(gap.abs() > 3.0 * error);
            difference += gap;
            variance += error * error;
            squares += gap * gap / (error * error) / 200.0;
            relative += error / exact.loss_integral / 200.0;
            // The same of the exponent of eq. 5, which has the rule's share of the noise; the roundings of 300 sums.
            let share = if replacement {
                1.0
            } else {
                16.0 / (4.0 * 19.0)
            };
            let off = estimated.shrinkage - exact.shrinkage - 0.05 * share * gap;
            assert!(off.abs() < 1e-12 * exact.shrinkage);
            let off = estimated.shrinkage_variance.value().sqrt() - 0.05 * share * error;
            assert!(off.abs() < 1e-12 * error);
        }
        let case = format!(
            "b = {batch}, {loss_every}: {outside} outside, z = {:.2}, mean z² = {squares:.2}, ± {relative:.3}",
            difference / variance.sqrt()
        );
        println!("{case}");
        assert!(outside <= 2, "{case}");
        assert!(difference.abs() < 3.0 * variance.sqrt(), "{case}");
        assert!((0.28..1.36).contains(&squares), "{case}");
    }
}

const RECIPE: [(&str, &str); 8] = [
    ("n", "12"),
    ("d", "30"),
    ("sparsity", "3"),
    ("step_size", "0.05"),
    ("steps", "700"),
    ("sgd_runs", "2"),
    ("sgf_runs", "0"),
    ("tolerance", "1e-6"),
];

fn with(settings: &[(&str, &str)]) -> Vec<Sample> {
    samples(&knobs(&[&RECIPE[..], settings].concat()), Vec::new())
}

/// Recorded steps have the loss of their weights, the first steps and the default are exact, and GD and the order of
/// work see nothing of it.
#[test]
fn samples_are_exact_and_slices_do_not_matter() {
    let (exact, auto, estimated) = (
        with(&[("loss_every", "1")]),
        with(&[]),
        with(&[("loss_every", "50")]),
    );
    assert!(exact == auto);
    let setup = LABS[0].experiment(&knobs(&RECIPE), false).unwrap();
    let column = |id: &str| setup.setup().column(id).unwrap();
    let [loss, integral, error] =
        ["training_loss", "loss_integral", "loss_integral_error"].map(column);
    let predicted = ["alpha_predicted", "alpha_predicted_error"].map(column);
    assert_eq!(exact.len(), estimated.len());
    for (exact, estimated) in exact.iter().zip(&estimated) {
        for (run, (exact, estimated)) in exact.runs.iter().zip(&estimated.runs).enumerate() {
            let [exact, estimated] = [exact, estimated].map(|run| run.as_ref().unwrap());
            assert_eq!(exact.values[loss], estimated.values[loss]);
            assert_eq!(exact.state, estimated.state);
            assert_eq!([exact.values[error], exact.values[predicted[1]]], [0.0; 2]);
            if run == 0 {
                assert_eq!(exact, estimated);
            }
        }
    }
    let last = |samples: &[Sample]| samples.last().unwrap().runs[1].clone().unwrap().values;
    let (exact, end) = (last(&exact), last(&estimated));
    assert!(end[error] > 0.0 && end[integral] != exact[integral]);
    // To first order, α_predicted is off by as many of its standard errors as ∫L; a relative error of 30 % and less
    // leaves the second order below a third.
    let z = (end[integral] - exact[integral]) / end[error];
    let z_alpha = (exact[predicted[0]] - end[predicted[0]]) / end[predicted[1]];
    assert!((z_alpha / z - 1.0).abs() < 0.34, "{z} {z_alpha}");

    let settings = knobs(&[&RECIPE[..], &[("loss_every", "50")]].concat());
    let mut experiment = LABS[0].experiment(&settings, false).unwrap();
    for steps in [1, 48, 2, 600, 49] {
        experiment.advance(steps);
    }
    let sliced = experiment.sample();
    let whole = estimated.last().unwrap();
    // The last scheduled sample stands before step 700.
    experiment = LABS[0].experiment(&settings, false).unwrap();
    experiment.advance(whole.step);
    let again = experiment.sample();
    for (run, again) in whole.runs.iter().zip(&again.runs) {
        let [run, again] = [run, again].map(|run| run.as_ref().unwrap());
        assert_eq!((&run.values, &run.state), (&again.values, &again.state));
    }
    experiment.advance(700 - whole.step);
    assert_eq!(experiment.sample().runs, sliced.runs);
}

/// Too large a step is seen on the way and not at the next loss, within a few steps of when every loss would
/// have shown it, and what a sample shows is never beyond the bound.
#[test]
fn divergence_is_seen_between_two_losses() {
    let diverged_at = |loss_every: &str| {
        let settings = [("step_size", "1.0"), ("loss_every", loss_every)];
        let knobs = knobs(&[&RECIPE[..], &settings].concat());
        let mut experiment = LABS[0].experiment(&knobs, false).unwrap();
        experiment.advance(700);
        [1, 2].map(|run| match experiment.status(run) {
            RunStatus::Diverged { step } => step,
            other => panic!("{other:?}"),
        })
    };
    for (every, rarely) in diverged_at("1").into_iter().zip(diverged_at("100000")) {
        assert!((every..every + 3).contains(&rarely), "{every} {rarely}");
    }
}

/// Weights that are no numbers are never stepped with, be the loss due or not.
#[test]
fn weights_that_are_no_numbers_diverge_at_once() {
    for broken in [f64::NAN, f64::INFINITY, 1e160] {
        let hyper = Hyper {
            loss_every: 1_000,
            ..HYPER
        };
        let mut run = Run::new("sgd", &problem(6, 9, 1), 0.1, &hyper);
        run.step(0.01, 0.0);
        run.weights.w_plus[4] = broken;
        run.rule.restart();
        let settings = StepSettings {
            step_size: 0.01,
            label_noise: 0.0,
        };
        let progress = run
            .rule
            .step(&run.problem, &mut run.weights, settings, &mut run.ledger);
        assert_eq!(progress, Progress::Diverged, "{broken}");
        assert!(run.ledger.loss_integral.is_finite());
    }
}

#[test]
fn what_has_no_effect_is_refused_or_said() {
    let remarks = |settings: &[(&str, &str)]| {
        let knobs = knobs(&[&RECIPE[..], settings].concat());
        let experiment = LABS[0].experiment(&knobs, false).unwrap();
        experiment.setup().facts.remarks.join(" ")
    };
    let mut fresh = knobs(&RECIPE);
    let refusal = fresh.set_text("loss_every", "0").unwrap_err().to_string();
    assert!(
        refusal.contains("loss_every") && refusal.contains('1'),
        "{refusal}"
    );
    for (settings, said) in [
        (&[("loss_every", "50")][..], "once in 50 steps"),
        (
            &[("loss_every", "701")],
            "at the first of the 700 steps alone",
        ),
        (&[("loss_every", "50"), ("sgd_runs", "0")], "no effect"),
    ] {
        let remarks = remarks(settings);
        assert!(remarks.contains(said), "{settings:?}: {remarks}");
    }
    for settings in [&[][..], &[("loss_every", "1")], &[("sgd_runs", "0")]] {
        assert!(!remarks(settings).contains("loss_every"), "{settings:?}");
    }
}

/// By the size of X alone, and never between the presets and 400×1000.
#[test]
fn small_problems_compute_every_loss() {
    for (n, d, expected) in [
        (40, 100, 1),
        (400, 1_000, 1),
        (1_000, 1_000, 1),
        (1_001, 1_000, 1_001),
        (4_000, 10_000, 4_000),
        (20, 100_000, 20),
    ] {
        assert_eq!(auto_loss_every(n, d), expected, "{n}×{d}");
    }
}
