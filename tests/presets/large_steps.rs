//! Large steps (Even, Pesme, Gunasekar and Flammarion 2023): both algorithms lower α, GD on the support of β*, SGD
//! everywhere.

use implicit_bias_lab::figure::simulate::simulate;

use super::{
    FRESH, Outcome, Sorted, change, each, outcomes, over_data_sets, recipe, run, with_seeds,
};

/// The paper's thirty step sizes.
fn step_sizes() -> impl Iterator<Item = f64> {
    (0..30).map(|at| 10_f64.powf(-2.0 + 3.0 * f64::from(at) / 29.0))
}

/// The test loss at the largest stable step over that at γ = 0.01. A run is stable if L < 10⁻³ at its end; what is
/// larger diverges soon, so the largest is looked for from above.
fn edge_over_small(family: &str, seed: u64) -> f64 {
    let alone = match family {
        "gd" => ("sgd_runs", "0"),
        _ => ("gd_runs", "0"),
    };
    let base = with_seeds(&recipe("large-steps", &[("steps", "40000"), alone]), seed);
    let at = |step_size: f64| {
        let mut recipe = base.clone();
        change(&mut recipe, &[("step_size", &step_size.to_string())]);
        let outcome = run(&recipe);
        ["training_loss", "validation_loss"].map(|column| outcome.values(family, column)[0])
    };
    let descending: Vec<f64> = step_sizes().collect();
    let mut ends = descending.into_iter().rev().map(at);
    let stable = ends.find(|[loss, _]| *loss < 1e-3);
    let [_, validation] = stable.expect("γ = 0.01 is stable");
    validation / at(0.01)[1]
}

/// The calibration study (15 sets, other code) has this at 8.9 to 1293 (median 35) for GD and at 0 to 0.16 for SGD. Over the 100
/// data sets from seed 2000 on GD's is above 3 in 92 %, its lower quartile 13 and its median 31; SGD's is below 1 in
/// all, its median 0.005. Of 24 sets fewer than 18 would then be above 3 once in 200 times, and half or more below 10
/// once in 1000. (The first 12 from 1000 on are a poor dozen, with a median of 9.95.)
#[test]
fn towards_the_largest_stable_step_gd_gets_worse_and_sgd_better() {
    let seeds = FRESH.start..FRESH.start + 24;
    let of = |family| {
        let ratios = over_data_sets(seeds.clone(), |seed| edge_over_small(family, seed));
        Sorted::new(ratios).report(&format!(
            "{family}: test loss at the edge over that at 0.01"
        ))
    };
    let (gd, sgd) = (of("gd"), of("sgd"));
    assert!(gd.share_above(3.0) >= 0.75 && gd.median() > 10.0, "{gd}");
    assert!(sgd.share_above(1.0) <= 0.1 && sgd.median() < 0.3, "{sgd}");
}

/// −ln(|w₊w₋|/α²) of every coordinate, the support of β* first, and how many it has.
fn gains(outcome: &Outcome, family: &str, alpha: f64) -> (Vec<f64>, usize) {
    let mut families = outcome.families.iter();
    let at = families
        .position(|id| *id == family)
        .expect("a family that runs");
    let run = outcome.end.runs[at].as_ref();
    let state = &run.expect("a run that has begun").state;
    let pairs = state[0].iter().zip(&state[1]);
    let gains = pairs.map(|(plus, minus)| -((plus * minus).abs() / (alpha * alpha)).ln());
    let mut marked: Vec<(bool, f64)> = outcome
        .array("beta_star")
        .iter()
        .map(|b| *b == 0.0)
        .zip(gains)
        .collect();
    marked.sort_by_key(|(off, _)| *off);
    let support = marked.iter().filter(|(off, _)| !off).count();
    (marked.into_iter().map(|(_, gain)| gain).collect(), support)
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

/// Standard deviation over mean.
fn spread(numbers: &[f64]) -> f64 {
    let mean = mean(numbers);
    let squares: Vec<f64> = numbers.iter().map(|x| (x - mean).powi(2)).collect();
    self::mean(&squares).sqrt() / mean
}

/// The calibration study (20 sets, β* = ±100) has GD's gain at 0.42 to 0.50 on the support and 0.036 off it, SGD's at 4.0
/// to 5.0 and 2.95; the spread over coordinates is 1.6 and 0.145. Here β* = ±1 with α and γ in proportion, which
/// changes no gain; one set at a time, so SGD's spread is larger than that of the study's mean over sets. What is
/// claimed: GD's is 3 times larger on the support, its spread twice that of SGD.
#[test]
fn the_gain_of_gd_sits_on_the_support_and_that_of_sgd_is_spread() {
    let recipe = recipe("gain", &[]);
    let alpha = recipe.knobs.real("alpha");
    let outcomes = outcomes(&recipe);
    let on_over_off = |family: &str| {
        each(&outcomes, |outcome| {
            let (gains, support) = gains(outcome, family, alpha);
            mean(&gains[..support]) / mean(&gains[support..])
        })
        .report(&format!("{family}: gain on over off the support"))
    };
    let (gd, sgd) = (on_over_off("gd"), on_over_off("sgd"));
    assert!(gd.min() > 3.0, "{gd}");
    assert!(sgd.median() < 3.0, "{sgd}");
    let spreads = each(&outcomes, |outcome| {
        let of = |family| spread(&gains(outcome, family, alpha).0);
        of("gd") / of("sgd")
    })
    .report("spread of GD's gain over SGD's");
    assert!(spreads.median() > 2.0, "{spreads}");
}

/// Every step multiplies w₊w₋ by 1 − z², z = γXᵀr/n, so the gain is −½Σ ln((1 − z²)²). The sum is made here by a GD of its
/// own: over 10⁴ steps that contract, rounding of 10⁻¹⁶ in each term stays below 10⁻⁹ of the whole.
#[test]
fn the_recorded_gain_is_the_sum_over_the_steps() {
    let recipe = recipe("gain", &[("sgd_runs", "0"), ("tolerance", "1e-30")]);
    let outcome = run(&recipe);
    let (x, y) = (outcome.array("x"), outcome.array("y"));
    let (n, d) = (y.len(), outcome.array("beta_star").len());
    let (alpha, step_size) = (recipe.knobs.real("alpha"), recipe.knobs.real("step_size"));
    let (mut plus, mut minus) = (vec![alpha; d], vec![alpha; d]);
    let mut sums = vec![0.0; d];
    for _ in 0..recipe.knobs.length() {
        let mut z = vec![0.0; d];
        for (row, label) in x.chunks(d).zip(y) {
            let products = row.iter().enumerate();
            let fitted: f64 = products
                .map(|(j, x)| x * (plus[j] * plus[j] - minus[j] * minus[j]))
                .sum();
            for (z, x) in z.iter_mut().zip(row) {
                *z += step_size * (fitted - label) * x / n as f64;
            }
        }
        for j in 0..d {
            sums[j] -= 0.5 * (1.0 - z[j] * z[j]).powi(2).ln();
            plus[j] *= 1.0 - z[j];
            minus[j] *= 1.0 + z[j];
        }
    }
    let expected: f64 = sums.iter().map(|gain| gain.abs()).sum();
    let recorded = outcome.values("gd", "gain")[0];
    assert!(
        (recorded / expected - 1.0).abs() < 1e-9,
        "{recorded} against {expected}"
    );
    let (gains, _) = gains(&outcome, "gd", alpha);
    let total: f64 = gains.iter().map(|gain| gain.abs()).sum();
    assert!((total / expected - 1.0).abs() < 1e-9);
}

/// GD's sharpness comes to rest at 2/γ (here to 1 %, as it still falls), with coefficients far from β*, on which
/// gradient flow ends.
#[test]
fn at_the_edge_of_stability_gd_rests_at_the_threshold_and_far_from_the_truth() {
    let recipe = recipe("edge-of-stability", &[]);
    let steps = recipe.knobs.length();
    let step_size = recipe.knobs.real("step_size");
    let history = simulate(&recipe, steps, true, &mut |_| {}).unwrap();
    let setup = &history.setup;
    let last = history.len() - 1;
    let value = |run: usize, id: &str| {
        let source = setup.find(id).unwrap();
        history.runs[run].number_at(source, last).unwrap()
    };
    let run_of = |id: &str| {
        setup
            .runs
            .iter()
            .position(|run| run.family.id == id)
            .unwrap()
    };
    let (gd, flow) = (run_of("gd"), run_of("gf"));
    let threshold = 2.0 / step_size;
    let sharpness = value(gd, "sharpness");
    assert!(
        (sharpness / threshold - 1.0).abs() < 0.01,
        "{sharpness} against {threshold}"
    );
    assert!(value(flow, "sharpness") > 1.2 * threshold);
    assert!(value(gd, "validation_loss") > 0.2 && value(flow, "validation_loss") < 0.01);
    // The loss goes up and down: some record is twice the one before.
    let loss = &history.runs[gd].values[setup.column("training_loss").unwrap()];
    assert!(loss.windows(2).any(|pair| pair[1] > 2.0 * pair[0]));
}
