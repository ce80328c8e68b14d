//! Units do not matter: X → aX, y → by, and every rule takes the same path in other units.
//!
//! The coefficients become s = b/a times what they were. In the diagonal network β = w₊² − w₋², so the weights
//! become q = √s times, and with them α. A step w± ← w±(1 ∓ γ xᵀr/n) has residuals b times as large: γ → γ/(ab).
//! Labels shifted by δ: δ → bδ. Langevin's dw = … + √(2T)dB over the time γ: q√(γT) asks for T → b²T.
//!
//! Linear models move the coefficients themselves: γ → γ/a² for what follows the gradient, and for Langevin
//! T → b²T. Mirror descent moves ∇Ψ(w): for Ψ = Σ|w|ᵖ/p, γ → γsᵖ⁻¹/(ab), which is γ/a² for p = 2; for the
//! hypentropy with α → √s α its dual does not change, and γ → γ/(ab). Sign descent:
//! its own step times s. Adam too, but its ε = 10⁻⁸ has a unit: only b = 1/a, which leaves gradients alone.
//!
//! Where a and b are powers of two, and √s is one, all these factors are exact in binary, and so is every operation
//! on the way, roots included: not a bit of the mantissas differs. Only what rounds a power by way of logarithms, or
//! what finds eigenvectors, is asked for less.

use proptest::prelude::*;

use super::check;
use super::data::{Data, End, bits, data, difference, ends, lab, text};

const STEPS: u64 = 60;

/// Rounding errors, about 10 per step, each of 10⁻¹⁶; paths of stable steps do not spread them by more than 10³.
const ROUNDING: f64 = 60.0 * 10.0 * 1e-16 * 1e3;

/// (a, b) with b/a = 4ᵏ, so that all factors are within the ranges of the settings.
fn units() -> impl Strategy<Value = (f64, f64)> {
    (-2_i32..=2, -1_i32..=1).prop_map(|(i, k)| {
        let a = 2_f64.powi(i);
        (a, a * 4_f64.powi(k))
    })
}

/// How much of it must agree.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Agreement {
    Bits,
    UpTo(f64),
}

/// The end in other units is the end times `factor`.
fn compare(
    name: &str,
    plain: Option<&[f64]>,
    other: Option<&[f64]>,
    factor: f64,
    asked: Agreement,
) {
    let (plain, other) = match (plain, other) {
        (Some(plain), Some(other)) => (plain, other),
        (None, None) => return,
        (plain, other) => panic!("{name}: only one diverged: {plain:?} {other:?}"),
    };
    let expected: Vec<f64> = plain.iter().map(|w| factor * w).collect();
    match asked {
        Agreement::Bits => assert_eq!(
            bits(other),
            bits(&expected),
            "{name}: {other:?} {expected:?}"
        ),
        Agreement::UpTo(most) => {
            let gap = difference(other, &expected);
            assert!(gap <= most, "{name}: {gap}");
        }
    }
}

/// Runs of the diagonal network.
const NETWORK: [&str; 6] = [
    "gd_runs",
    "sgd_runs",
    "sgf_runs",
    "sgf_exact_runs",
    "langevin_runs",
    "gf_runs",
];

fn network(
    data: &Data,
    runs: &[&'static str],
    [a, b]: [f64; 2],
    draw: &Draw,
) -> Vec<(String, End)> {
    let scheme = if draw.log_euler {
        "log-euler"
    } else {
        "euler-maruyama"
    };
    let mut settings = vec![
        ("sgf_scheme", scheme.to_owned()),
        ("batch", (draw.batch % data.n + 1).to_string()),
        ("alpha", text((b / a).sqrt() * draw.alpha)),
        ("step_size", text(draw.gamma / (a * b))),
        ("label_noise", "constant".to_owned()),
        ("label_noise_level", text(b * 0.125)),
        ("temperature", text(b * b * 1e-4)),
    ];
    settings.extend(runs.iter().map(|key| (*key, "1".to_owned())));
    ends(lab("diagonal-network"), data, &settings, STEPS)
}

/// The settings that have no unit to follow.
#[derive(Clone, Debug)]
struct Draw {
    log_euler: bool,
    batch: usize,
    gamma: f64,
    alpha: f64,
}

fn draw() -> impl Strategy<Value = Draw> {
    let draws = (any::<bool>(), 0_usize..4, 0.01..0.15, 0.05..0.5);
    draws.prop_map(|(log_euler, batch, gamma, alpha)| Draw {
        log_euler,
        batch,
        gamma,
        alpha,
    })
}

#[test]
fn every_rule_of_the_diagonal_network_is_scale_equivariant() {
    check(120, &(data(), units(), draw()), |(data, (a, b), draw)| {
        let plain = network(&data, &NETWORK, [1.0, 1.0], &draw);
        let other = network(&data.scaled(a, b), &NETWORK, [a, b], &draw);
        assert_eq!(plain.len(), NETWORK.len());
        let factor = (b / a).sqrt();
        for ((name, plain), (_, other)) in plain.iter().zip(&other) {
            let asked = if name.starts_with("gf") {
                // Gradient flow keeps a relative tolerance of 10⁻⁹ along its path.
                Agreement::UpTo(1e-7)
            } else {
                Agreement::Bits
            };
            compare(name, plain.as_deref(), other.as_deref(), factor, asked);
        }
    });
}

/// Without Xᵀ in its noise, that of ln w over a step, 2γ√(L/n), becomes 1/a times as large: features have lost their
/// unit. Labels have one still.
#[test]
fn the_wrong_noise_knows_the_unit_of_labels_alone() {
    check(60, &(data(), -2_i32..=2, draw()), |(data, k, draw)| {
        let b = 4_f64.powi(k);
        let plain = network(&data, &["wrong_sde_runs"], [1.0, 1.0], &draw);
        let other = network(&data.scaled(1.0, b), &["wrong_sde_runs"], [1.0, b], &draw);
        let ends = [&plain[0].1, &other[0].1].map(|end| end.as_deref());
        compare("wrong-sde", ends[0], ends[1], b.sqrt(), Agreement::Bits);
    });
}

/// For β = w₊ᵖ − w₋ᵖ the weights become q = s^{1/p} times, and w ← w ∓ γ(p/2)wᵖ⁻¹xᵀr/n asks for γ → γq²⁻ᵖ/(ab).
/// With s = 2^{pk} all of it is exact.
#[test]
fn deeper_networks_are_scale_equivariant() {
    let draws = (
        data(),
        -1_i32..=1,
        -1_i32..=1,
        3_u32..=5,
        0.001..0.008,
        0.2..0.6,
    );
    check(60, &draws, |(data, i, k, depth, gamma, alpha)| {
        let a = 2_f64.powi(i);
        let q = 2_f64.powi(k);
        let b = a * q.powi(depth as i32);
        let run = |data: &Data, a: f64, b: f64, q: f64| {
            let settings = [
                ("depth", depth.to_string()),
                ("alpha", text(q * alpha)),
                (
                    "step_size",
                    text(gamma * q.powi(2 - depth as i32) / (a * b)),
                ),
                ("gd_runs", "1".to_owned()),
                ("sgd_runs", "1".to_owned()),
            ];
            ends(lab("diagonal-network"), data, &settings, STEPS)
        };
        let plain = run(&data, 1.0, 1.0, 1.0);
        let other = run(&data.scaled(a, b), a, b, q);
        for ((name, plain), (_, other)) in plain.iter().zip(&other) {
            compare(name, plain.as_deref(), other.as_deref(), q, Agreement::Bits);
        }
    });
}

/// (the runs, further settings, the setting of the step, its factor given a and b, how much agrees).
type Linear = (
    &'static [&'static str],
    &'static [(&'static str, &'static str)],
    &'static str,
    fn(f64, f64) -> f64,
    Agreement,
);

const LINEAR: &[Linear] = &[
    (
        &[
            "gd_runs",
            "sgd_runs",
            "heavy_ball_runs",
            "nesterov_runs",
            "kaczmarz_runs",
            "label_noise_runs",
        ],
        &[],
        "step_size",
        |a, _| 1.0 / (a * a),
        Agreement::Bits,
    ),
    (
        &["preconditioned_runs", "coordinate_runs", "langevin_runs"],
        &[("preconditioner", "0.7")],
        "step_size",
        |a, _| 1.0 / (a * a),
        Agreement::Bits,
    ),
    (
        &["mirror_runs", "stochastic_mirror_runs"],
        &[("potential", "lp"), ("p", "2")],
        "step_size",
        |a, _| 1.0 / (a * a),
        Agreement::Bits,
    ),
    (
        &["mirror_runs", "stochastic_mirror_runs"],
        &[("potential", "lp"), ("p", "1.5")],
        "step_size",
        |a, b| (b / a).sqrt() / (a * b),
        Agreement::UpTo(ROUNDING),
    ),
    (
        &["mirror_runs", "stochastic_mirror_runs"],
        &[("potential", "hypentropy")],
        "step_size",
        |a, b| 1.0 / (a * b),
        Agreement::Bits,
    ),
    (
        &["sign_runs"],
        &[],
        "sign_step",
        |a, b| b / a,
        Agreement::Bits,
    ),
];

#[test]
fn every_rule_of_linear_models_is_scale_equivariant() {
    let draws = (
        data(),
        units(),
        0.01..0.2,
        0.1..0.5,
        prop::sample::select(LINEAR),
    );
    check(
        250,
        &draws,
        |(data, (a, b), gamma, start, (runs, further, step, factor, asked))| {
            let run = |data: &Data, a: f64, b: f64| {
                let mut settings = vec![
                    ("w0", text(b / a * start)),
                    ("alpha", text((b / a).sqrt() * 0.25)),
                    ("label_noise_level", text(b * 0.015625)),
                    ("temperature", text(b * b * 1e-4)),
                    (step, text(gamma * factor(a, b))),
                ];
                settings.extend(
                    further
                        .iter()
                        .map(|(key, value)| (*key, (*value).to_owned())),
                );
                settings.extend(runs.iter().map(|key| (*key, "1".to_owned())));
                ends(lab("linear-models"), data, &settings, STEPS)
            };
            let plain = run(&data, 1.0, 1.0);
            let other = run(&data.scaled(a, b), a, b);
            assert_eq!(plain.len(), runs.len());
            for ((name, plain), (_, other)) in plain.iter().zip(&other) {
                compare(name, plain.as_deref(), other.as_deref(), b / a, asked);
            }
        },
    );
}

/// With b = 1/a the gradients are what they were, and the ε of Adam is as large beside them.
#[test]
fn adam_is_scale_equivariant_where_gradients_keep_their_size() {
    let draws = (data(), -3_i32..=3, 0.001..0.05, 0.1..0.5);
    check(60, &draws, |(data, i, step, start)| {
        let a = 2_f64.powi(i);
        let run = |data: &Data, a: f64| {
            let settings = [
                ("w0", text(start / (a * a))),
                ("adam_step", text(step / (a * a))),
                ("adam_runs", "1".to_owned()),
            ];
            ends(lab("linear-models"), data, &settings, STEPS)
        };
        let (plain, other) = (run(&data, 1.0), run(&data.scaled(a, 1.0 / a), a));
        compare(
            "adam",
            plain[0].1.as_deref(),
            other[0].1.as_deref(),
            1.0 / (a * a),
            Agreement::Bits,
        );
    });
}

/// Classes are ±1 and have no unit: w → w/a leaves every margin as it is, and with it the loss. γ → γ/a², over the loss
/// or not.
#[test]
fn rules_under_the_logistic_loss_are_scale_equivariant() {
    let draws = (data(), -3_i32..=3, 0.01..0.2, -0.5..0.5);
    check(60, &draws, |(mut data, i, gamma, start)| {
        let a = 2_f64.powi(i);
        data.y.iter_mut().for_each(|y| *y = y.signum());
        let run = |data: &Data, a: f64| {
            let mut settings = vec![
                ("loss", "logistic".to_owned()),
                ("w0", text(start / a)),
                ("step_size", text(gamma / (a * a))),
            ];
            let runs = ["gd_runs", "sgd_runs", "normalised_runs"];
            settings.extend(runs.map(|key| (key, "1".to_owned())));
            ends(lab("linear-models"), data, &settings, STEPS)
        };
        let (plain, other) = (run(&data, 1.0), run(&data.scaled(a, 1.0), a));
        assert_eq!(plain.len(), 3);
        for ((name, plain), (_, other)) in plain.iter().zip(&other) {
            compare(
                name,
                plain.as_deref(),
                other.as_deref(),
                1.0 / a,
                Agreement::Bits,
            );
        }
    });
}
