//! Every rule against the closed form of its steps on a quadratic.

use super::{Objective, Optimiser, Rule};

/// ½Σ λⱼwⱼ².
struct Quadratic<const D: usize>([f64; D]);

impl<const D: usize> Objective<f64> for Quadratic<D> {
    fn loss_and_gradient(&mut self, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        let mut loss = 0.0;
        for ((g, w), curvature) in gradient.iter_mut().zip(parameters).zip(&self.0) {
            *g = curvature * w;
            loss += 0.5 * curvature * w * w;
        }
        loss
    }
}

/// Where `steps` steps of 0.1 from (1, …, 1) end.
fn end<const D: usize>(rule: Rule<f64>, curvatures: [f64; D], steps: usize) -> [f64; D] {
    let mut optimiser = Optimiser::new(rule, D);
    let mut w = [1.0; D];
    for _ in 0..steps {
        optimiser.step(&mut Quadratic(curvatures), &mut w, 0.1);
    }
    w
}

/// x₀ = 1, x₁ and the recursion xₖ₊₁ = a·xₖ − b·xₖ₋₁, solved by its characteristic roots; complex ones here,
/// so that xₖ = rᵏ(cos kφ + c·sin kφ).
fn linear_recursion(a: f64, b: f64, first: f64, k: i32) -> f64 {
    let radius = b.sqrt();
    let angle = (a / (2.0 * radius)).acos();
    let sine = (first / radius - angle.cos()) / angle.sin();
    let turned = f64::from(k) * angle;
    radius.powi(k) * (turned.cos() + sine * turned.sin())
}

// Fifty steps of a few roundings each on numbers below one: errors are of the order of 50ε ≈ 10⁻¹⁴.
const ROUNDING: f64 = 1e-13;

#[test]
fn gradient_descent_shrinks_every_direction_by_its_factor() {
    let w = end(Rule::GradientDescent, [1.0, 5.0], 50);
    for (w, factor) in w.iter().zip([0.9_f64, 0.5]) {
        assert!((w - factor.powi(50)).abs() < ROUNDING);
    }
}

#[test]
fn momentum_follows_its_recursion() {
    // Heavy ball: x₊ = (1 + μ − γλ)x − μx₋, x₁ = 1 − γλ; Nesterov: x₊ = (1 − γλ)((1 + μ)x − μx₋).
    let (momentum, shrinkage) = (0.8, 0.9);
    let [heavy] = end(Rule::HeavyBall { momentum }, [1.0], 50);
    let expected = linear_recursion(momentum + shrinkage, momentum, shrinkage, 50);
    assert!((heavy - expected).abs() < ROUNDING, "{heavy} {expected}");
    let [nesterov] = end(Rule::Nesterov { momentum }, [1.0], 50);
    let (a, b) = (shrinkage * (1.0 + momentum), shrinkage * momentum);
    let expected = linear_recursion(a, b, shrinkage, 50);
    assert!(
        (nesterov - expected).abs() < ROUNDING,
        "{nesterov} {expected}"
    );
}

#[test]
fn without_momentum_both_are_gradient_descent() {
    let plain = end(Rule::GradientDescent, [1.0, 3.0], 20);
    for rule in [
        Rule::HeavyBall { momentum: 0.0 },
        Rule::Nesterov { momentum: 0.0 },
    ] {
        assert_eq!(end(rule, [1.0, 3.0], 20), plain);
    }
}

#[test]
fn adam_under_a_constant_gradient_moves_by_the_step_size() {
    struct Slope;
    impl Objective<f64> for Slope {
        fn loss_and_gradient(&mut self, parameters: &[f64], gradient: &mut [f64]) -> f64 {
            gradient.copy_from_slice(&[3.0, -0.02]);
            3.0 * parameters[0] - 0.02 * parameters[1]
        }
    }
    // m̂ = g and v̂ = g² at every step, so each step is γ·g/(|g| + ε): shorter by ε/|g| ≤ 5e-7 of itself.
    let mut optimiser = Optimiser::new(Rule::adam(), 2);
    let mut w = [0.0; 2];
    for _ in 0..100 {
        optimiser.step(&mut Slope, &mut w, 0.01);
    }
    assert!(
        (w[0] + 1.0).abs() < 1e-6 && (w[1] - 1.0).abs() < 1e-6,
        "{w:?}"
    );
}

#[test]
fn signs_and_coordinates_are_steepest_descent_in_their_norms() {
    let [first, second, third] = end(Rule::Sign, [1.0, 7.0, 0.0], 3);
    assert!((first - 0.7).abs() < ROUNDING && (second - 0.7).abs() < ROUNDING);
    assert_eq!(third, 1.0, "a gradient of zero moves nothing");
    // 7 > 2: the second coordinate falls by 0.3 until 7·0.3ᵏ < 2, then the first goes.
    let w = end(Rule::Coordinate, [2.0, 7.0], 3);
    assert!(
        (w[0] - 0.8).abs() < ROUNDING && (w[1] - 0.09).abs() < ROUNDING,
        "{w:?}"
    );
}

#[test]
fn another_kind_of_rule_starts_without_the_old_velocity() {
    let mut optimiser = Optimiser::new(Rule::HeavyBall { momentum: 0.9 }, 1);
    let mut w = [1.0];
    optimiser.step(&mut Quadratic([1.0]), &mut w, 0.1);
    optimiser.set_rule(Rule::HeavyBall { momentum: 0.0 });
    optimiser.set_rule(Rule::GradientDescent);
    optimiser.set_rule(Rule::HeavyBall { momentum: 0.9 });
    let before = w[0];
    optimiser.step(&mut Quadratic([1.0]), &mut w, 0.1);
    assert!((w[0] - 0.9 * before).abs() < ROUNDING);
}
