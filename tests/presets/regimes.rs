//! Regimes, Fourier features, toys and what else the slides show.

use faer::linalg::solvers::Solve as _;

use implicit_bias_lab::sim::experiment::RunStatus;
use implicit_bias_lab::sim::schedule::SamplingSchedule;
use implicit_bias_lab::sim::session::Session;

use super::{
    FRESH, Outcome, change, distance, each, outcomes, over_data_sets, recipe, run, with_seeds,
};

/// The three algorithms agree with each other and with the ℓ₂ interpolator, computed here without any
/// training, at both ends of the kernel range. At α = 1 the calibration study has GD/SGD 1.00, smallest
/// 0.98; here over 12 sets within 0.4 %. The potential differs from the ℓ₂ norm by
/// O(β²/α⁴): 5 % is ample.
/// Three data sets in forty have a row so long that `γ_auto` makes SGD swing far out before it settles
/// (∫L up to 10 times the usual at α = 1, 5e4 times at α = 10); even then the end moves by 1 % only.
#[test]
fn kernel_regime_ends_at_the_l2_interpolator_whatever_the_algorithm() {
    for alpha in ["1", "10"] {
        let recipe = recipe("kernel", &[("alpha", alpha)]);
        let outcomes = outcomes(&recipe);
        for family in ["gd", "sgd", "sgf"] {
            let ratios = each(&outcomes, |outcome| {
                outcome.median(family, "validation_loss") / l2_interpolator_validation(outcome)
            })
            .report(&format!("α = {alpha}: {family}/ℓ₂"));
            assert!(
                ratios.min() > 0.95 && ratios.max() < 1.05,
                "α = {alpha}, {family}: {ratios}"
            );
        }
    }
}

/// α dragged to 10 shows the kernel regime in the presets that are meant for it: γ follows α.
#[test]
fn alpha_dragged_to_ten_converges_in_every_run() {
    for preset in ["rich", "kernel"] {
        let recipe = recipe(preset, &[("alpha", "10")]);
        let experiment = recipe.lab.experiment(&recipe.knobs, false).unwrap();
        let (knobs, changes) = (recipe.knobs.clone(), recipe.changes.clone());
        let mut session = Session::new(experiment, SamplingSchedule::LogSpaced, knobs, changes);
        session.stop_when_converged(true);
        session.advance_to(recipe.knobs.length(), None);
        let status = session.status();
        assert!(
            status.iter().all(|status| *status == RunStatus::Converged),
            "{preset}: {status:?}"
        );
    }
}

/// ‖β − β*‖² of β = Xᵀ(XXᵀ)⁻¹y.
fn l2_interpolator_validation(outcome: &Outcome) -> f64 {
    let (x, y) = (outcome.array("x"), outcome.array("y"));
    let beta_star = outcome.array("beta_star");
    let (n, d) = (y.len(), beta_star.len());
    let gram = faer::Mat::from_fn(n, n, |i, k| {
        (0..d).map(|j| x[i * d + j] * x[k * d + j]).sum::<f64>()
    });
    let labels = faer::Mat::from_fn(n, 1, |i, _| y[i]);
    let factor = gram.llt(faer::Side::Lower);
    let dual = factor.expect("the rows are independent").solve(&labels);
    let beta: Vec<f64> = (0..d)
        .map(|j| (0..n).map(|i| x[i * d + j] * dual[(i, 0)]).sum())
        .collect();
    distance(&beta, beta_star).powi(2)
}

/// Ten times smaller α than Fig 2. Waiting: w grows like exp(t·constant) from α to about 0.7, so the
/// loss halves about ln(0.7/0.01)/ln(0.7/0.1) = 2.2 times later. End point: calibration study val GD
/// 0.62 and 0.006, a factor 100; val GD/SGD median 22, smallest 4.6 (here over 52 sets 25 [2.0, 75]).
#[test]
fn rich_regime_waits_longer_and_ends_sparser() {
    let rich = recipe("rich", &[]);
    let fig2 = recipe("fig2", &[("sgd_runs", "0"), ("sgf_runs", "0")]);
    let measured = over_data_sets(FRESH, |seed| {
        (run(&with_seeds(&rich, seed)), run(&with_seeds(&fig2, seed)))
    });
    let waiting = each(&measured, |(rich, fig2)| {
        rich.half_loss_step.unwrap() as f64 / fig2.half_loss_step.unwrap() as f64
    })
    .report("waiting");
    let gain = each(&measured, |(rich, fig2)| {
        fig2.median("gd", "validation_loss") / rich.median("gd", "validation_loss")
    })
    .report("GD from Fig 2's α / GD");
    assert!(waiting.median() > 1.5 && waiting.min() > 1.2, "{waiting}");
    assert!(gain.median() > 10.0 && gain.min() > 1.0, "{gain}");
    for family in ["sgd", "sgf"] {
        let ratios = each(&measured, |(rich, _)| {
            rich.ratio("validation_loss", "gd", family)
        })
        .report(family);
        assert!(
            ratios.median() > 10.0 && ratios.min() > 1.0,
            "{family}: {ratios}"
        );
    }
}

/// Over 40 other sets val GD/SGD was 8.3 [1.8, 29] (at twice the length), GD/SGF over 12 sets 8.9
/// [3.0, 19]. The calibration study's 1.8 [1.2, …] is for α = 0.1 and fewer points.
#[test]
fn fourier_sparse_truth_is_found_better_by_the_sparser_bias() {
    let outcomes = outcomes(&recipe("fourier-sparse", &[]));
    for family in ["sgd", "sgf"] {
        let sparser =
            each(&outcomes, |outcome| outcome.ratio("norm_l1", "gd", family)).report("ℓ₁ GD/noisy");
        let ratios = each(&outcomes, |outcome| {
            outcome.ratio("validation_loss", "gd", family)
        })
        .report(family);
        assert!(sparser.min() > 1.0, "{family}: {sparser}");
        assert!(
            ratios.median() > 4.0 && ratios.min() > 1.0,
            "{family}: {ratios}"
        );
    }
}

/// The same settings, another truth: SGD is again the sparser one in ℓ₁ (over 40 sets GD/SGD 1.025
/// [1.017, 1.043]), and its validation loss is higher (GD/SGD 0.93 [0.84, 0.98], at twice the
/// length). The effect is moderate but one-sided; half of it is asked for.
#[test]
fn fourier_dense_truth_gains_nothing_from_the_sparser_bias() {
    let outcomes = outcomes(&recipe("fourier-dense", &[]));
    for family in ["sgd", "sgf"] {
        let sparser =
            each(&outcomes, |outcome| outcome.ratio("norm_l1", "gd", family)).report("ℓ₁ GD/noisy");
        let ratios = each(&outcomes, |outcome| {
            outcome.ratio("validation_loss", family, "gd")
        })
        .report(family);
        assert!(sparser.min() > 1.0, "{family}: {sparser}");
        assert!(
            ratios.median() > 1.035 && ratios.min() > 0.99,
            "{family}: {ratios}"
        );
    }
}

/// Deterministic: gradient flow ends at the points that the texts name, where asinh(β/2α²) is a multiple
/// of x = (1, 2), and GD with γ = 0.02 within 0.01 of them, nearer the ℓ₂ solution.
#[test]
fn toys_in_the_plane_move_along_the_line_as_alpha_falls() {
    for (id, end) in [
        ("toy-large", [0.394, 0.803]),
        ("toy-medium", [0.253, 0.873]),
        ("toy-small", [0.030, 0.985]),
    ] {
        let outcome = run(&recipe(id, &[]));
        let (flow, gd) = (outcome.beta("gf"), outcome.beta("gd"));
        assert!(distance(&flow, &end) < 1e-3, "{id}: {flow:?}");
        let alpha = recipe(id, &[]).knobs.real("alpha");
        let mirror = |b: f64| (b / (2.0 * alpha * alpha)).asinh();
        assert!(
            (mirror(flow[1]) / mirror(flow[0]) - 2.0).abs() < 1e-9,
            "{id}: {flow:?}"
        );
        assert!(
            distance(&gd, &flow) < 1e-2 && gd[0] > flow[0],
            "{id}: {gd:?}"
        );
    }
}

/// The distance β₁ + β₂ over √2 from the ℓ₁ solution, of the 0.5 at which the ℓ₂ solution lies.
/// Calibration study (100 to 200 runs): GD 0.443, SGD 0.029 [0.028, 0.029].
#[test]
fn toy_3d_label_noise_ends_at_the_sparse_solution() {
    let toy = recipe("toy-3d", &[]);
    let along = |beta: &[f64]| (beta[0] + beta[1]) / std::f64::consts::SQRT_2;
    let ends = over_data_sets(FRESH, |seed| {
        let outcome = run(&with_seeds(&toy, seed));
        [along(&outcome.beta("gd")), along(&outcome.beta("sgd"))]
    });
    let gd = each(&ends, |ends| ends[0]).report("GD");
    let sgd = each(&ends, |ends| ends[1]).report("SGD");
    assert!(gd.min() > 0.43 && gd.max() < 0.45, "{gd}");
    assert!(sgd.min() > 0.02 && sgd.max() < 0.04, "{sgd}");
}

/// Calibration study: val SGF/(wrong SDE) median 1/7.6, largest 1/2.6; wrong SDE/GD .76 to 1.4; Langevin
/// dynamics never converges. Over 400 data sets the medians are GD/SGF 5.7, GD/exact 3.6 and GD/wrong 1.02; of
/// twelve of them they exceed 3.5 and 2.4, and lie within [0.93, 1.14], 99 times in 100.
/// "Next to nothing" is said of the median.
#[test]
fn other_noises_gain_through_the_data_only() {
    let noises = recipe("other-noises", &[]);
    let outcomes = over_data_sets(FRESH, |seed| run(&with_seeds(&noises, seed)));
    for (family, least) in [("sgf", 3.0), ("sgf-exact", 2.0)] {
        let ratios = each(&outcomes, |outcome| {
            outcome.ratio("validation_loss", "gd", family)
        })
        .report(family);
        assert!(
            ratios.median() > least && ratios.share_above(1.0) >= 0.9,
            "{family}: {ratios}"
        );
    }
    let wrong = each(&outcomes, |outcome| {
        outcome.ratio("validation_loss", "gd", "wrong-sde")
    })
    .report("wrong SDE");
    assert!((0.8..=1.3).contains(&wrong.median()), "{wrong}");
    let langevin = each(&outcomes, |outcome| {
        outcome.median("langevin", "training_loss")
    })
    .report("Langevin L");
    assert!(langevin.min() > 1e-4, "{langevin}");
}

/// Calibration study at γ = 0.05 (medians over other data sets): −ln(a/α) .059 for b = 4 against .299
/// for single samples, validation .493 against .385 and GD's .55.
#[test]
fn batch_of_4_leaves_a_tenth_of_gain_and_a_fifth_of_the_shrinkage() {
    let batch = recipe("batch-of-4", &[]);
    let shrinkage = |outcome: &Outcome| (0.1 / outcome.median("sgd", "alpha_measured")).ln();
    let outcomes = outcomes(&batch);
    let ratios = each(&outcomes, |outcome| {
        outcome.ratio("validation_loss", "gd", "sgd")
    })
    .report("GD/SGD");
    assert!((1.03..=1.25).contains(&ratios.median()), "{ratios}");
    let four = each(&outcomes, shrinkage).report("b = 4");
    assert!((0.045..=0.08).contains(&four.median()), "{four}");
    let mut single = recipe("batch-of-4", &[("batch", "1"), ("step_size", "0.0125")]);
    change(
        &mut single,
        &[("steps", "60000"), ("sgd_runs", "1"), ("gd_runs", "0")],
    );
    let quarter = over_data_sets(1000..1004, |seed| run(&with_seeds(&single, seed)));
    let quarter = each(&quarter, shrinkage).report("b = 1 at γ/4");
    assert!(
        (0.7..=1.3).contains(&(quarter.median() / four.median())),
        "{quarter}"
    );
}

/// Calibration study: val GD/GF 1.14 at γ = 0.3, always worse than 1. Here 1.11 [1.007, 1.38].
#[test]
fn step_size_moves_gd_a_little_and_in_the_wrong_direction() {
    let outcomes = outcomes(&recipe("step-size", &[]));
    let ratios = each(&outcomes, |outcome| {
        outcome.ratio("validation_loss", "gd", "gf")
    })
    .report("GD/GF");
    assert!((1.03..=1.25).contains(&ratios.median()), "{ratios}");
    assert!(ratios.min() > 1.0, "{ratios}");
}

/// Calibration study (same δ and γ, other data sets): the effective α falls by
/// exp(−2γ²δ²k) = e⁻² and, with the loss that the noise itself keeps up, a further tenth or two; val
/// after annealing .017 where GD has .6 to .8. Here 10 to 12 in all four sets, and GD/noisy 70 [2.0, 133].
#[test]
fn label_noise_limit_is_reached_by_samples_and_flow_alike() {
    let limit = recipe("label-noise-limit", &[("sgd_runs", "1"), ("sgf_runs", "1")]);
    let outcomes = over_data_sets(1000..1004, |seed| run(&with_seeds(&limit, seed)));
    for family in ["sgd", "sgf"] {
        let shrunk = each(&outcomes, |outcome| {
            0.1 / outcome.median(family, "alpha_measured")
        })
        .report(family);
        assert!(
            (7.0..=14.0).contains(&shrunk.median()),
            "{family}: {shrunk}"
        );
        let ratios = each(&outcomes, |outcome| {
            outcome.ratio("validation_loss", "gd", family)
        })
        .report(family);
        assert!(
            ratios.median() > 10.0 && ratios.min() > 1.0,
            "{family}: {ratios}"
        );
    }
}
