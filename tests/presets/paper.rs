//! The figures of the paper.

use super::{
    FRESH, Sorted, distance, each, outcomes, over_data_sets, pooled, recipe, run, run_by_run,
    with_seeds,
};

/// Calibration study (α = 0.05, γ = 0.1, 16 sets): median 6.4 to 8, smallest 1.6, none below 1; it
/// asks for a median above 3 and nine in ten above 1. Here over 52 sets: 9 [1.3, 48].
#[test]
fn fig1_left_sgd_validates_several_times_better_than_gd() {
    let outcomes = outcomes(&recipe("fig1-left", &[]));
    let ratios = each(&outcomes, |outcome| {
        outcome.ratio("validation_loss", "gd", "sgd")
    })
    .report("GD/SGD");
    let runs = pooled(&outcomes, |outcome| run_by_run(outcome, "sgd")).report("run by run");
    assert!(ratios.median() > 3.0, "{ratios}");
    assert!(runs.share_above(1.0) >= 0.9, "{runs}");
}

/// Calibration study: ∫L of SGD 1.5 to 5.6 times GD's, median 2.9, so a median above 1.5 is certain;
/// val GD/SGD median 5.1, about 1.5 % of the runs worse than GD or diverged. Here over 52 sets: ∫L
/// 2.6 [1.7, 6.4], val 6.6 [1.2, 130], and SGF's val 5.5 [1.2, 20].
#[test]
fn fig2_noise_raises_the_loss_integral_and_lowers_the_validation_loss() {
    let outcomes = outcomes(&recipe("fig2", &[]));
    let integrals = each(&outcomes, |outcome| {
        outcome.ratio("loss_integral", "sgd", "gd")
    })
    .report("∫L SGD/GD");
    assert!(
        integrals.median() > 1.5 && integrals.min() > 1.0,
        "{integrals}"
    );
    for family in ["sgd", "sgf"] {
        let ratios = each(&outcomes, |outcome| {
            outcome.ratio("validation_loss", "gd", family)
        })
        .report(family);
        let runs = pooled(&outcomes, |outcome| run_by_run(outcome, family)).report("run by run");
        assert!(ratios.median() > 3.0, "{family}: {ratios}");
        assert!(runs.share_above(1.0) >= 0.9, "{family}: {runs}");
    }
    // Eq. 5 at work: the effective α of SGD ends below GD's wherever ∫L was larger.
    let shrinkage = each(&outcomes, |outcome| {
        outcome.ratio("alpha_measured", "gd", "sgd")
    });
    assert!(shrinkage.min() > 1.0, "{shrinkage}");
}

/// "The slower the loss falls, the sparser", run by run. It holds for the flow, where the effective
/// α is a function of ∫L alone (calibration study: Spearman −0.99 to −1.00 in 28 of 28 cells); for
/// SGD the rank correlation is only about −0.3, and nothing is claimed.
#[test]
fn fig2_flow_runs_with_a_larger_loss_integral_validate_better() {
    let flows = recipe(
        "fig2",
        &[("gd_runs", "0"), ("sgd_runs", "0"), ("sgf_runs", "30")],
    );
    let correlations = over_data_sets(1000..1002, |seed| {
        let outcome = run(&with_seeds(&flows, seed));
        spearman(
            &outcome.values("sgf", "loss_integral"),
            &outcome.values("sgf", "validation_loss"),
        )
    });
    let correlations = Sorted::new(correlations).report("Spearman");
    assert!(correlations.max() <= -0.95, "{correlations}");
}

/// Rank correlation of two lists without ties.
fn spearman(a: &[f64], b: &[f64]) -> f64 {
    let rank = |values: &[f64], value: f64| values.iter().filter(|other| **other < value).count();
    let gaps = a.iter().zip(b).map(|(&x, &y)| {
        let gap = rank(a, x) as f64 - rank(b, y) as f64;
        gap * gap
    });
    let n = a.len() as f64;
    1.0 - 6.0 * gaps.sum::<f64>() / (n * (n * n - 1.0))
}

/// Calibration study (γ = 0.05): median val SGD/SGF 1.00 to 1.20, so within [0.8, 1.25]; ∫L within
/// 20 %. Here over 12 other sets: 1.02 [0.94, 1.24] and 1.00 [0.87, 1.22], while GD/SGD is 1.49
/// [1.05, 1.95]: 0.02 to 0.1 against 0.4 in logarithms.
#[test]
fn fig3_the_flow_ends_where_sgd_ends() {
    let outcomes = outcomes(&recipe("fig3", &[]));
    for column in ["validation_loss", "loss_integral"] {
        let ratios = each(&outcomes, |outcome| outcome.ratio(column, "sgd", "sgf")).report(column);
        assert!(
            (0.8..=1.25).contains(&ratios.median()),
            "{column}: {ratios}"
        );
    }
    // "Close together, below GD": much less apart than either is from GD. Single runs need not
    // overlap: the flow's noise is isotropic, SGD's is not, and that shifts some data sets.
    let apart = each(&outcomes, |outcome| {
        outcome.ratio("validation_loss", "sgd", "sgf").ln().abs()
    })
    .report("|ln SGD/SGF|");
    for family in ["sgd", "sgf"] {
        let below = each(&outcomes, |outcome| {
            outcome.ratio("validation_loss", "gd", family).ln()
        })
        .report(family);
        assert!(
            apart.median() < 0.5 * below.median() && below.min() > 0.0,
            "{family}: {below}; apart: {apart}"
        );
    }
}

/// Calibration study (10 sets): val GD/SGD median 3.4 to 3.6, −ln(effective α/α) 0.67; SGD is less than
/// half as far from GD started at the predicted α∞ as from GD started at α, median 0.19, largest 0.39.
/// Here over 52 sets: 3.5 [1.4, 6.9], 0.64 [0.56, 0.81], and over 40 of them 0.13 [0.03, 0.57] with 39
/// below a half. The exceptions are data sets in which β* is hardly the ℓ₁ interpolator: interpolators
/// far apart have nearly the same ℓ₁ norm there, and that SGD shrinks α on the support more than eq. 5
/// says decides between them. So: medians, nine in ten, and SGD never behind GD.
#[test]
fn fig4_sgd_ends_where_gd_ends_from_a_smaller_start() {
    let fig4 = recipe("fig4", &[]);
    let alpha = fig4.knobs.real("alpha");
    let step_size = fig4.knobs.real("step_size");
    let measured = over_data_sets(FRESH, |seed| {
        let noisy = run(&with_seeds(&fig4, seed));
        // Eq. 5, coordinate by coordinate, from the first SGD run's ∫L.
        let integral = noisy.values("sgd", "loss_integral")[0];
        let shrunk: Vec<String> = noisy
            .column_mean_square
            .iter()
            .map(|d| format!("{:?}", alpha * (-2.0 * step_size * d * integral).exp()))
            .collect();
        let by_hand = [
            ("alpha", &shrunk.join(",")[..]),
            ("sgd_runs", "0"),
            ("forks", ""),
        ];
        let plain = run(&with_seeds(&recipe("fig4", &by_hand), seed));
        let end = noisy.beta("sgd");
        // The preset's fork is that GD run, but for what ∫L still gains after its step: under 1 % of
        // the exponent, of which the end point moves by less than half.
        let fork = distance(&noisy.beta("fork"), &plain.beta("gd"));
        let moved = distance(&noisy.beta("gd"), &plain.beta("gd"));
        assert!(fork < 5e-3 * moved, "{fork} {moved}");
        let closeness = distance(&end, &plain.beta("gd")) / distance(&end, &noisy.beta("gd"));
        (noisy, closeness)
    });
    let ratios = each(&measured, |(outcome, _)| {
        outcome.ratio("validation_loss", "gd", "sgd")
    })
    .report("GD/SGD");
    let shrinkage = each(&measured, |(outcome, _)| {
        (alpha / outcome.median("sgd", "alpha_measured")).ln()
    })
    .report("−ln(effective α/α)");
    let closeness = each(&measured, |(_, closeness)| *closeness).report("closeness");
    assert!(ratios.median() > 2.5 && ratios.min() > 1.0, "{ratios}");
    assert!((0.5..=0.9).contains(&shrinkage.median()), "{shrinkage}");
    assert!(
        closeness.median() < 0.3 && closeness.share_above(0.5) <= 0.1,
        "{closeness}"
    );
}

/// Calibration study: val SGD/(SGD with noise) median 2e4, smallest 1.1e3. The median holds here, the
/// smallest does not: label noise of length drives β to the minimum of Σ Dⱼ|βⱼ|, D = diag(XᵀX/n),
/// and in about one set in ten that is not β* (GD/that over 52 sets: 4e4 [3.3, 3e5]; in the worst set
/// the weighted minimum itself is at 0.25). So: a median, and never worse.
#[test]
fn fig5_label_noise_hurts_while_it_lasts_and_helps_afterwards() {
    let quiet = [("label_noise", "none")];
    let noisy = recipe("fig5-label-noise", &[]);
    let until = noisy.knobs.count("label_noise_until").to_string();
    let measured = over_data_sets(FRESH, |seed| {
        let validation = |changes: &[(&str, &str)]| {
            let outcome = run(&with_seeds(&recipe("fig5-label-noise", changes), seed));
            ["sgd", "sgf"].map(|family| outcome.median(family, "validation_loss"))
        };
        let during = [("steps", &*until)];
        let quiet_during = [quiet[0], during[0]];
        let [with, without] = [validation(&[]), validation(&quiet)];
        let [with_then, without_then] = [validation(&during), validation(&quiet_during)];
        [0, 1].map(|family| {
            let during = with_then[family] / without_then[family];
            [during, without[family] / with[family]]
        })
    });
    for (family, name) in ["SGD", "SGF"].iter().enumerate() {
        let during = each(&measured, |ratios| ratios[family][0])
            .report("with/without, at the end of the noise");
        let after = each(&measured, |ratios| ratios[family][1]).report("without/with, at the end");
        assert!(during.median() > 1.0, "{name}: {during}");
        assert!(after.median() > 1e3 && after.min() > 1.0, "{name}: {after}");
    }
}
