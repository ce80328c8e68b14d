//! Names and signs of coordinates do not matter, one step does to w₊w₋ what it must, and SGD is GD on average.

use implicit_bias_lab::labs::diagonal::dynamics::{
    Hyper, Ledger, METHODS, Progress, Scheme, StepSettings, TapeData,
};
use implicit_bias_lab::labs::diagonal::network::Weights;
use proptest::prelude::*;

use super::check;
use super::data::{Data, bits, data, difference, ends, lab, text};

const STEPS: u64 = 60;

/// Sixty steps of sums over at most twelve columns, in another order: 60·12·10⁻¹⁶ if all errors agree. A stable path
/// spreads them no further than the weights themselves grow from where they start, which is less than 10³-fold.
const ROUNDING: f64 = 1e-10;

fn settings(runs: &[&'static str], gamma: f64) -> Vec<(&'static str, String)> {
    let usual = [
        ("step_size", text(gamma)),
        ("label_noise", "constant".to_owned()),
        ("label_noise_level", "0.1".to_owned()),
        ("w0", "0.2".to_owned()),
    ];
    let runs = runs.iter().map(|key| (*key, "1".to_owned()));
    usual.into_iter().chain(runs).collect()
}

/// Rules whose noise, if they have one, comes through the data: what it does to a coordinate follows its column.
const NETWORK: [&str; 4] = ["gd_runs", "sgd_runs", "sgf_runs", "sgf_exact_runs"];
const LINEAR: [&str; 10] = [
    "gd_runs",
    "sgd_runs",
    "heavy_ball_runs",
    "nesterov_runs",
    "kaczmarz_runs",
    "label_noise_runs",
    "mirror_runs",
    "stochastic_mirror_runs",
    "adam_runs",
    "sign_runs",
];

/// β with its columns renamed is β in another order, up to the order of sums.
#[test]
fn renamed_coordinates_take_the_same_paths() {
    let draws = data().prop_flat_map(|data| {
        let order = Just((0..data.d).collect::<Vec<_>>()).prop_shuffle();
        (Just(data), order, 0.005..0.05)
    });
    check(60, &draws, |(data, order, gamma)| {
        for (id, runs) in [
            ("diagonal-network", &NETWORK[..]),
            ("linear-models", &LINEAR[..8]),
        ] {
            let plain = ends(lab(id), &data, &settings(runs, gamma), STEPS);
            let other = ends(
                lab(id),
                &data.permuted(&order),
                &settings(runs, gamma),
                STEPS,
            );
            for ((name, plain), (_, other)) in plain.iter().zip(&other) {
                let (plain, other) = (plain.as_ref().unwrap(), other.as_ref().unwrap());
                let renamed: Vec<f64> = plain
                    .chunks_exact(data.d)
                    .flat_map(|vector| order.iter().map(|j| vector[*j]))
                    .collect();
                let gap = difference(other, &renamed);
                assert!(gap < ROUNDING, "{id} {name}: {gap}");
            }
        }
    });
}

/// A column with the other sign swaps w₊ and w₋ there, and changes the sign of a linear model's coefficient: negation is
/// exact, so not a bit may differ. The start of a linear model is turned with it.
#[test]
fn turned_coordinates_take_the_mirrored_paths_bit_for_bit() {
    let draws = data().prop_flat_map(|data| {
        let signs = prop::collection::vec(prop::sample::select(vec![1.0, -1.0]), data.d);
        (Just(data), signs, 0.005..0.05)
    });
    check(80, &draws, |(data, signs, gamma)| {
        let turned = data.times(&signs);
        let plain = ends(
            lab("diagonal-network"),
            &data,
            &settings(&NETWORK, gamma),
            STEPS,
        );
        let other = ends(
            lab("diagonal-network"),
            &turned,
            &settings(&NETWORK, gamma),
            STEPS,
        );
        for ((name, plain), (_, other)) in plain.iter().zip(&other) {
            let (plain, other) = (plain.as_ref().unwrap(), other.as_ref().unwrap());
            let (plus, minus) = plain.split_at(data.d);
            let side = |own: &[f64], swapped: &[f64]| -> Vec<f64> {
                let entry = |j: usize| if signs[j] > 0.0 { own[j] } else { swapped[j] };
                (0..data.d).map(entry).collect()
            };
            let expected = [side(plus, minus), side(minus, plus)].concat();
            assert_eq!(bits(other), bits(&expected), "{name}");
        }
        let at = |start: &[f64]| -> Vec<(&'static str, String)> {
            let mut settings = settings(&LINEAR, gamma);
            let start: Vec<String> = start.iter().map(|w| text(*w)).collect();
            settings.retain(|(key, _)| *key != "w0");
            settings.push(("w0", start.join(",")));
            settings
        };
        let start: Vec<f64> = signs.iter().map(|sign| sign * 0.2).collect();
        let plain = ends(lab("linear-models"), &data, &at(&vec![0.2; data.d]), STEPS);
        let other = ends(lab("linear-models"), &turned, &at(&start), STEPS);
        for ((name, plain), (_, other)) in plain.iter().zip(&other) {
            let (plain, other) = (plain.as_ref().unwrap(), other.as_ref().unwrap());
            let expected: Vec<f64> = plain.iter().zip(&signs).map(|(w, sign)| sign * w).collect();
            assert_eq!(bits(other), bits(&expected), "{name}");
        }
    });
}

const HYPER: Hyper = Hyper {
    batch: 1,
    replacement: true,
    loss_every: 1,
    scheme: Scheme::LogEuler,
    substeps: 1,
    temperature: 1e-4,
    sampling_seed: 0,
    brownian_seed: 0,
    index: 0,
    record: true,
};

/// (w₊, w₋) after one step of a rule from `start`, and the sample it took, if it took one.
fn one_step(
    method: &str,
    data: &Data,
    start: &Weights,
    gamma: f64,
    hyper: &Hyper,
) -> (Weights, usize) {
    let problem = data.problem();
    let method = METHODS.iter().find(|known| known.id == method).unwrap();
    let mut rule = (method.build)(&problem, hyper);
    let mut weights = start.clone();
    let mut ledger = Ledger::new(&problem, &weights.beta());
    let settings = StepSettings {
        step_size: gamma,
        label_noise: 0.0,
    };
    let progress = rule.step(&problem, &mut weights, settings, &mut ledger);
    assert_eq!(progress, Progress::Stepped);
    let sample = rule.tapes().first().map_or(0, |tape| match &tape.data {
        TapeData::Integers(rows) => rows[0] as usize,
        TapeData::Reals(_) => 0,
    });
    (weights, sample)
}

/// z = γXᵀc in plain loops.
fn pull(data: &Data, weights: &Weights, gamma: f64, share: impl Fn(usize) -> f64) -> Vec<f64> {
    let beta = |j: usize| weights.w_plus[j].powi(2) - weights.w_minus[j].powi(2);
    let row = |i: usize| &data.x[i * data.d..(i + 1) * data.d];
    let residual = |i: usize| (0..data.d).map(|j| row(i)[j] * beta(j)).sum::<f64>() - data.y[i];
    let entry = |j: usize| {
        (0..data.n)
            .map(|i| row(i)[j] * share(i) * residual(i))
            .sum::<f64>()
    };
    (0..data.d).map(|j| gamma * entry(j)).collect()
}

fn start(data: &Data, plus: &[f64], minus: &[f64]) -> Weights {
    let mut weights = Weights::start(&vec![1.0; data.d], 2);
    weights.w_plus.copy_from_slice(&plus[..data.d]);
    weights.w_minus.copy_from_slice(&minus[..data.d]);
    weights
}

fn anywhere() -> impl Strategy<Value = (Data, Vec<f64>, Vec<f64>, f64, u64)> {
    let weights = || prop::collection::vec(0.01..2.0, 12);
    (data(), weights(), weights(), 0.001..0.2, any::<u64>())
}

/// w±' = w±(1 ∓ z), so that w₊w₋ falls by the factor 1 − z² exactly, and for log-Euler, w±' = w± exp(∓z − q), by
/// exp(−2q) with q = 2γ²(L/n)·Σᵢxᵢⱼ² = 2γ²LDⱼ, whatever z was. Twelve terms per sum: 10⁻¹³ is a hundred roundings.
#[test]
fn one_step_changes_the_product_of_the_weights_by_its_law() {
    check(400, &anywhere(), |(data, plus, minus, gamma, seed)| {
        let weights = start(&data, &plus, &minus);
        let hyper = Hyper {
            sampling_seed: seed,
            brownian_seed: seed,
            ..HYPER
        };
        for method in ["gd", "sgd", "sgf"] {
            let (after, sample) = one_step(method, &data, &weights, gamma, &hyper);
            let share = |i: usize| match method {
                "sgd" => f64::from(u8::from(i == sample)),
                _ => 1.0 / data.n as f64,
            };
            let z = pull(&data, &weights, gamma, share);
            let loss = {
                let ones = Data {
                    d: data.d,
                    ..data.clone()
                };
                let problem = ones.problem();
                problem.train.mean_squared_error(&weights.beta()) / 4.0
            };
            for (j, z) in z.iter().enumerate() {
                let square = (0..data.n)
                    .map(|i| data.x[i * data.d + j].powi(2))
                    .sum::<f64>()
                    / data.n as f64;
                let factor = match method {
                    "sgf" => (-4.0 * gamma * gamma * loss * square).exp(),
                    _ => (1.0 - z) * (1.0 + z),
                };
                let before = weights.w_plus[j] * weights.w_minus[j];
                let product = after.w_plus[j] * after.w_minus[j];
                let gap = (product - factor * before).abs();
                // 1 − z may be all but 0: what counts is the size of its terms.
                let size = before * (1.0 + z.abs()).powi(2);
                assert!(gap <= 1e-13 * size, "{method}: {product} {factor} {before}");
            }
        }
    });
}

/// Over the n equally likely samples SGD's steps from one place have GD's step as their mean: the gradient is linear in
/// the samples. Sums of at most 6 numbers of the size of the largest step.
#[test]
fn the_mean_step_of_sgd_is_the_step_of_gd() {
    check(100, &anywhere(), |(data, plus, minus, gamma, seed)| {
        let weights = start(&data, &plus, &minus);
        let moved = |after: &Weights| -> Vec<f64> {
            let sides = [
                (&after.w_plus, &weights.w_plus),
                (&after.w_minus, &weights.w_minus),
            ];
            let sides = sides
                .into_iter()
                .flat_map(|(after, before)| after.iter().zip(before));
            sides.map(|(after, before)| after - before).collect()
        };
        let (after, _) = one_step("gd", &data, &weights, gamma, &HYPER);
        let expected = moved(&after);
        let mut steps: Vec<Option<Vec<f64>>> = vec![None; data.n];
        // Missing one of 5 samples in 400 draws has a chance of 10⁻³⁸.
        for draw in 0..400 {
            let hyper = Hyper {
                sampling_seed: seed.wrapping_add(draw),
                ..HYPER
            };
            let (after, sample) = one_step("sgd", &data, &weights, gamma, &hyper);
            steps[sample] = Some(moved(&after));
            if steps.iter().all(Option::is_some) {
                break;
            }
        }
        let steps: Vec<Vec<f64>> = steps.into_iter().map(Option::unwrap).collect();
        let sizes = steps.iter().flatten().map(|step| step.abs());
        let size = sizes.fold(2.0, f64::max);
        for (at, expected) in expected.iter().enumerate() {
            let mean = steps.iter().map(|step| step[at]).sum::<f64>() / data.n as f64;
            assert!((mean - expected).abs() <= 1e-14 * size, "{mean} {expected}");
        }
    });
}
