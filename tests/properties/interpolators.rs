//! γ_auto and the interpolators do not know units either: X → aX, y → by scales every solution by s = b/a, those of
//! least φ_α with α → √s α, and γ_auto by 1/(ab).

use implicit_bias_lab::labs::diagonal::theory::interpolation::{Interpolation, Solutions};
use implicit_bias_lab::labs::diagonal::theory::step_size::{StepSizeLimits, approximate_limit};
use implicit_bias_lab::labs::linear::theory::bregman::Projector;
use implicit_bias_lab::labs::linear::theory::potential::Potential;
use implicit_bias_lab::labs::linear::theory::span::Span;
use proptest::prelude::*;

use super::check;
use super::data::{Data, data, difference};

/// a, b and √(b/a): any sizes over six decades.
fn units() -> impl Strategy<Value = (f64, f64, f64)> {
    (-3.0..3.0, -3.0..3.0).prop_map(|(i, j)| {
        let (a, b) = (10_f64.powf(i), 10_f64.powf(j));
        (a, b, (b / a).sqrt())
    })
}

/// Entries of X and y are of size 0.1 to 1.5 and up to six rows: where they are nearly dependent, solutions have fewer
/// digits than solvers ask of themselves (10⁻⁹ and better), whatever the units. Such draws say nothing.
fn is_well_posed(data: &Data, solution: &[f64]) -> bool {
    let size = |numbers: &[f64]| {
        numbers
            .iter()
            .fold(0.0_f64, |size, number| size.max(number.abs()))
    };
    size(solution) < 30.0 * size(&data.y)
}

/// The draws with their problem in other units.
fn compared(cases: u32, property: impl Fn(&Data, &Data, f64, f64)) {
    check(cases, &(data(), units()), |(data, (a, b, root))| {
        let other = data.scaled(a, b);
        let problem = data.problem();
        let interpolation = Interpolation::new(&problem).unwrap();
        if is_well_posed(&data, interpolation.least_l2()) {
            property(&data, &other, b / a, root);
        }
    });
}

fn times(factor: f64, numbers: &[f64]) -> Vec<f64> {
    numbers.iter().map(|number| factor * number).collect()
}

fn assert_close(what: &str, other: &[f64], plain: &[f64], factor: f64, most: f64) {
    let gap = difference(other, &times(factor, plain));
    assert!(gap <= most, "{what}: {gap}");
}

/// The power iteration stops at a change of 10⁻⁵: one round more or less of it is as much.
#[test]
fn the_automatic_step_size_is_scale_equivariant() {
    let draws = (data(), units(), 0.01..1.0, 2_u32..=4);
    check(200, &draws, |(data, (a, b, _), alpha, depth)| {
        let gamma = |data: &Data, alpha: f64| {
            let problem = data.problem();
            let limit = approximate_limit(&problem);
            StepSizeLimits::at(&problem, &limit, &vec![alpha; data.d], depth).gamma_auto()
        };
        // γ → γq²⁻ᵖ/(ab) with q = s^{1/p}, as for the steps themselves.
        let q = (b / a).powf(1.0 / f64::from(depth));
        let expected = gamma(&data, alpha) * q.powi(2 - depth as i32) / (a * b);
        let found = gamma(&data.scaled(a, b), q * alpha);
        assert!((found / expected - 1.0).abs() <= 3e-5, "{found} {expected}");
    });
}

/// In powers of two every step of it is exact.
#[test]
fn the_automatic_step_size_keeps_its_bits_in_powers_of_two() {
    let draws = (data(), -20_i32..20, -5_i32..5, 0.01..1.0);
    check(200, &draws, |(data, i, k, alpha)| {
        let a = 2_f64.powi(i);
        let b = a * 4_f64.powi(k);
        let gamma = |data: &Data, alpha: f64| {
            let problem = data.problem();
            let limit = approximate_limit(&problem);
            StepSizeLimits::at(&problem, &limit, &vec![alpha; data.d], 2).gamma_auto()
        };
        let expected = gamma(&data, alpha) / (a * b);
        let found = gamma(&data.scaled(a, b), 2_f64.powi(k) * alpha);
        assert_eq!(found.to_bits(), expected.to_bits(), "{found} {expected}");
    });
}

#[test]
fn least_norms_are_scale_equivariant() {
    compared(150, |data, other, factor, _| {
        let weights: Vec<f64> = (0..data.d).map(|j| 1.0 + j as f64 / 7.0).collect();
        let (plain, other) = (data.problem(), other.problem());
        let plain = Interpolation::new(&plain).unwrap();
        let other = Interpolation::new(&other).unwrap();
        assert_close("ℓ₂", other.least_l2(), plain.least_l2(), factor, 1e-9);
        for weights in [vec![1.0; data.d], weights] {
            let plain = plain.least_weighted_l1(&weights).unwrap();
            let other = other.least_weighted_l1(&weights).unwrap();
            assert!((other.norm / (factor * plain.norm) - 1.0).abs() <= 1e-8);
            // Where several solutions are as good, either may be found.
            if [plain.solutions, other.solutions] == [Solutions::One; 2] {
                assert_close("ℓ₁", &other.beta, &plain.beta, factor, 1e-6);
            }
        }
    });
}

#[test]
fn least_entropies_and_ends_of_gradient_flow_are_scale_equivariant() {
    compared(100, |data, other, factor, root| {
        let (plain, other) = (data.problem(), other.problem());
        let plain = Interpolation::new(&plain).unwrap();
        let other = Interpolation::new(&other).unwrap();
        for alpha in [0.01_f64, 0.1, 1.0] {
            let logs = |alpha: f64| vec![alpha.ln(); data.d];
            let least = plain.least_entropy(&logs(alpha), None).unwrap();
            let found = other.least_entropy(&logs(root * alpha), None).unwrap();
            assert_close("φ_α", &found.beta, &least.beta, factor, 1e-7);
        }
        let weights = |shift: f64| -> Vec<f64> {
            (0..data.d)
                .map(|j| 0.3 + (shift * j as f64).sin().abs())
                .collect()
        };
        let [plus, minus] = [weights(1.0), weights(2.0)];
        for depth in [2_u32, 3] {
            let q = factor.powf(1.0 / f64::from(depth));
            let ends = plain.flow_limit(depth, &plus, &minus);
            let found = other.flow_limit(depth, &times(q, &plus), &times(q, &minus));
            match (ends, found) {
                (Ok(ends), Ok(found)) => {
                    assert_close("flow", &found.beta, &ends.beta, factor, 1e-6);
                }
                (Err(_), Err(_)) => {}
                (ends, found) => panic!("only one was found: {ends:?} {found:?}"),
            }
        }
    });
}

/// D_Ψ for every potential that has a scale to give away: ℓ_p has none, the hypentropy's is α.
#[test]
fn bregman_projections_are_scale_equivariant() {
    compared(100, |data, other, factor, root| {
        let spans = [data, other].map(|data| Span::new(&data.x, data.d, &data.y));
        let diagonal: Vec<f64> = (0..data.d).map(|j| 1.0 / (1.0 + j as f64)).collect();
        let start = vec![0.2; data.d];
        let cases = [
            ("euclidean", Potential::Euclidean, Potential::Euclidean),
            (
                "preconditioned",
                Potential::Preconditioned(diagonal.clone()),
                Potential::Preconditioned(diagonal),
            ),
            ("power", Potential::Power(1.5), Potential::Power(1.5)),
            (
                "hypentropy",
                Potential::Hypentropy(0.2),
                Potential::Hypentropy(root * 0.2),
            ),
        ];
        for (name, plain, other) in cases {
            let plain = Projector::new(&plain, &spans[0], &start).solution();
            let other = Projector::new(&other, &spans[1], &times(factor, &start)).solution();
            match (plain, other) {
                (Some(plain), Some(other)) => assert_close(name, &other, &plain, factor, 1e-6),
                (None, None) => {}
                (plain, other) => panic!("{name}: only one was found: {plain:?} {other:?}"),
            }
        }
    });
}
