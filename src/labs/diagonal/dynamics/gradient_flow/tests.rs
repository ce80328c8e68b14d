use super::integrator::Flow;
use super::*;
use crate::labs::diagonal::potential::{asinh_ratio, divergence_from_zero};
use crate::model::data::sparse::{BetaLaw, SparseGaussian};
use crate::model::kernels;
use crate::model::regression::Validation;

fn problem(n: usize, d: usize, seed: u64) -> Regression {
    let source = SparseGaussian {
        n,
        d,
        sparsity: 3.min(d),
        beta_law: BetaLaw::Signs,
        seed,
    };
    source.generate().unwrap()
}

struct Run<'a> {
    problem: &'a Regression,
    rule: GradientFlow,
    weights: Weights,
    ledger: Ledger,
}

impl<'a> Run<'a> {
    fn new(problem: &'a Regression, weights: Weights) -> Self {
        Self {
            problem,
            rule: GradientFlow::new(problem),
            ledger: Ledger::new(problem, &weights.beta()),
            weights,
        }
    }

    fn from_alpha(problem: &'a Regression, alpha: f64) -> Self {
        Self::new(problem, Weights::start(&vec![alpha; problem.d()], 2))
    }

    fn step(&mut self, step_size: f64) {
        let settings = StepSettings {
            step_size,
            label_noise: 0.0,
        };
        let progress = self
            .rule
            .step(self.problem, &mut self.weights, settings, &mut self.ledger);
        assert_eq!(progress, Progress::Stepped);
    }

    fn loss(&self) -> f64 {
        self.problem.training_loss(&self.weights.beta())
    }
}

fn relative_gap(a: &[f64], b: &[f64]) -> f64 {
    (kernels::distance_squared(a, b) / kernels::dot(b, b)).sqrt()
}

/// Runs until the loss is below 1e-28 of its start.
fn settled(problem: &Regression, alpha: f64, step_size: f64) -> Run<'_> {
    let mut run = Run::from_alpha(problem, alpha);
    let enough = 1e-28 * run.loss();
    let mut steps = 0;
    while run.loss() > enough {
        run.step(step_size);
        steps += 1;
        assert!(steps < 100_000, "α = {alpha}: L = {:e}", run.loss());
    }
    run
}

/// Residual of a vector after projection on the range of Xᵀ, relative to its norm: least squares
/// by the normal equations, refined once.
fn outside_row_space(problem: &Regression, v: &[f64]) -> f64 {
    use faer::linalg::solvers::Solve as _;
    let (n, x) = (problem.n(), problem.train.features());
    let row = |i: usize| &x[i * v.len()..(i + 1) * v.len()];
    let gram = faer::Mat::from_fn(n, n, |i, k| kernels::dot(row(i), row(k)));
    let factor = gram.llt(faer::Side::Lower).unwrap();
    let mut rest = v.to_vec();
    for _ in 0..2 {
        let seen = faer::Mat::from_fn(n, 1, |i, _| kernels::dot(row(i), &rest));
        let solved = factor.solve(&seen);
        let dual: Vec<f64> = (0..n).map(|i| solved[(i, 0)]).collect();
        let mut image = vec![0.0; v.len()];
        kernels::transposed_matrix_vector(x, &dual, &mut image);
        for (rest, image) in rest.iter_mut().zip(&image) {
            *rest -= image;
        }
    }
    (kernels::dot(&rest, &rest) / kernels::dot(v, v)).sqrt()
}

/// ∫L = ½D_φα(β∞, 0), w₊w₋ = α² and asinh(β/2α²) ∈ span(Xᵀ), which makes β∞ the interpolator of
/// least φ_α. The bounds are rounding times a margin of 100, not the integrator's tolerance: the
/// first holds to second order in its errors, the others by construction.
#[test]
fn the_end_is_the_least_entropy_and_the_loss_integral_half_its_divergence() {
    for alpha in [0.01, 0.1, 0.3, 1.0] {
        for seed in 0..5 {
            let problem = problem(10, 20, seed);
            let run = settled(&problem, alpha, if alpha < 0.1 { 5.0 } else { 0.1 });
            let beta = run.weights.beta();
            let expected = 0.5 * divergence_from_zero(&beta, &[alpha; 20]);
            let gap = run.ledger.loss_integral / expected - 1.0;
            assert!(
                gap.abs() < 1e-11,
                "α = {alpha}, seed {seed}: ∫L off by {gap:e}"
            );
            assert_eq!(run.ledger.shrinkage, 0.0);
            for a in run.weights.effective_alpha() {
                assert!(
                    (a / alpha - 1.0).abs() < 1e-13,
                    "α = {alpha}, seed {seed}: {a}"
                );
            }
            let mirror: Vec<f64> = beta.iter().map(|b| asinh_ratio(*b, alpha)).collect();
            let outside = outside_row_space(&problem, &mirror);
            assert!(outside < 1e-11, "α = {alpha}, seed {seed}: {outside:e}");
        }
    }
}

/// Classical Runge–Kutta on the weights themselves, in plain loops. With h = 5e-4 and rates of a
/// few units its error is about (3h)⁴ ~ 1e-11.
fn runge_kutta(problem: &Regression, start: &Weights, time: f64) -> (Weights, f64) {
    let d = problem.d();
    let slope = |w: &[f64]| -> Vec<f64> {
        let beta: Vec<f64> = (0..d).map(|j| w[j] * w[j] - w[d + j] * w[d + j]).collect();
        let mut r = vec![0.0; problem.n()];
        problem.train.residual(&beta, &mut r);
        let g = |j: usize| -> f64 {
            (0..problem.n())
                .map(|i| problem.train.x[[i, j]] * r[i] / problem.n() as f64)
                .sum()
        };
        let plus = (0..d).map(|j| -w[j] * g(j));
        let minus = (0..d).map(|j| w[d + j] * g(j));
        let loss = r.iter().map(|r| r * r).sum::<f64>() / (4.0 * problem.n() as f64);
        plus.chain(minus).chain([loss]).collect()
    };
    let mut w: Vec<f64> = start.w_plus.iter().chain(&start.w_minus).copied().collect();
    w.push(0.0);
    let steps = (time / 5e-4).round() as usize;
    let h = time / steps as f64;
    for _ in 0..steps {
        let moved = |slope: &[f64], h: f64| -> Vec<f64> {
            w.iter().zip(slope).map(|(w, k)| w + h * k).collect()
        };
        let a = slope(&w);
        let b = slope(&moved(&a, 0.5 * h));
        let c = slope(&moved(&b, 0.5 * h));
        let e = slope(&moved(&c, h));
        for (at, w) in w.iter_mut().enumerate() {
            *w += h / 6.0 * (a[at] + 2.0 * b[at] + 2.0 * c[at] + e[at]);
        }
    }
    let weights = Weights {
        w_plus: w[..d].into(),
        w_minus: w[d..2 * d].into(),
        depth: 2,
    };
    (weights, w[2 * d])
}

/// From α = 0.1, and from weights with no symmetry and some of them negative; β and ∫L.
#[test]
fn the_path_is_that_of_an_explicit_method_with_tiny_steps() {
    let problem = problem(5, 8, 1);
    let uneven = Weights {
        w_plus: (0..8).map(|j| 0.1 + 0.03 * f64::from(j)).collect(),
        w_minus: (0..8).map(|j| 0.3 - 0.07 * f64::from(j)).collect(),
        depth: 2,
    };
    for start in [Weights::start(&[0.1; 8], 2), uneven] {
        let mut run = Run::new(&problem, start.clone());
        let (mut reference, mut integral) = (start, 0.0);
        for _ in 0..6 {
            (0..25).for_each(|_| run.step(0.04));
            let (weights, part) = runge_kutta(&problem, &reference, 1.0);
            (reference, integral) = (weights, integral + part);
            let gap = relative_gap(&run.weights.beta(), &reference.beta());
            assert!(gap < 1e-9, "{gap:e}");
            let gap = run.ledger.loss_integral / integral - 1.0;
            assert!(gap.abs() < 1e-9, "{gap:e}");
        }
    }
}

/// γ only says where the flow is read, and may change on the way.
#[test]
fn the_step_size_moves_nothing_but_the_clock() {
    let problem = problem(10, 20, 2);
    let mut coarse = Run::from_alpha(&problem, 0.1);
    let mut fine = Run::from_alpha(&problem, 0.1);
    for _ in 0..20 {
        (0..10).for_each(|_| coarse.step(0.1));
        (0..100).for_each(|_| fine.step(0.01));
        let gap = relative_gap(&coarse.weights.beta(), &fine.weights.beta());
        assert!(gap < 1e-11, "{gap:e}");
    }
    let mut mixed = Run::from_alpha(&problem, 0.1);
    (0..5).for_each(|_| mixed.step(2.0));
    (0..1000).for_each(|_| mixed.step(0.01));
    let gap = relative_gap(&mixed.weights.beta(), &coarse.weights.beta());
    assert!(gap < 1e-9, "{gap:e}");
    // The integrator's work does not depend on it either.
    let counts = [&coarse, &fine].map(|run| run.ledger.gradient_evaluations);
    assert_eq!(counts[0], counts[1]);
}

/// β at t = 0.8 in intervals of equal length.
fn with_fixed_intervals(problem: &Regression, intervals: usize) -> Vec<f64> {
    let start = Weights::start(&vec![1.0; problem.d()], 2);
    let mut flow = Flow::new(problem, start.clone());
    let mut weights = start;
    for _ in 0..intervals {
        let (spectrum, rounding) = flow.enter_next().unwrap();
        let attempt = flow.attempt(0.8 / intervals as f64, &spectrum, rounding);
        flow.solution = attempt.unwrap().solution;
    }
    flow.write_weights(flow.time + flow.solution.length, &mut weights);
    weights.beta()
}

/// The order says 2¹⁸ for intervals in which no mode decays much; in these the fastest decays by e⁸ and e¹⁶. Four
/// intervals are exact to rounding. The finest path stands in for the solution.
#[test]
fn half_the_interval_has_a_thousandth_of_the_error() {
    let problem = problem(5, 8, 1);
    let exact = with_fixed_intervals(&problem, 16);
    let errors =
        [1, 2, 4].map(|intervals| relative_gap(&with_fixed_intervals(&problem, intervals), &exact));
    assert!(
        errors[1] > 1e-13 && errors[0] > 1e3 * errors[1],
        "{errors:?}"
    );
    assert!(errors[2] < 1e-14, "{errors:?}");
}

/// Late residuals fall by one exponential, down to rounding, in few intervals: ln L against t has
/// a constant slope, −2 times the smallest decay rate.
#[test]
fn residuals_fall_exponentially_down_to_rounding() {
    let problem = problem(10, 20, 3);
    let mut run = Run::from_alpha(&problem, 0.1);
    let mut logs = Vec::new();
    while run.loss() > 1e-29 {
        (0..20).for_each(|_| run.step(1.0));
        logs.push(run.loss().ln());
    }
    let late: Vec<f64> = logs
        .windows(2)
        .filter(|pair| pair[0] < 1e-12_f64.ln() && pair[1] > 1e-26_f64.ln())
        .map(|pair| pair[0] - pair[1])
        .collect();
    assert!(late.len() > 3, "{logs:?}");
    for slope in &late {
        assert!(
            (slope / late[late.len() - 1] - 1.0).abs() < 1e-3,
            "{late:?}"
        );
    }
    // Rounding does not make the integrator take many steps afterwards.
    let before = run.ledger.gradient_evaluations;
    (0..1000).for_each(|_| run.step(100.0));
    let after = run.ledger.gradient_evaluations - before;
    assert!(run.loss() < 1e-28 && after < 200.0 * 10.0, "{after}");
}

/// From α = 1e-4 and up to t = 1e6 the decay rates span ten decades. Seen: 163 intervals at
/// 40 × 100.
#[test]
fn tiny_alpha_takes_few_intervals() {
    let problem = SparseGaussian {
        n: 40,
        d: 100,
        sparsity: 5,
        beta_law: BetaLaw::Signs,
        seed: 3,
    };
    let problem = problem.generate().unwrap();
    let mut run = Run::from_alpha(&problem, 1e-4);
    (0..1000).for_each(|_| run.step(1000.0));
    let evaluations = run.ledger.gradient_evaluations / 40.0;
    assert!(evaluations < 15_000.0, "{evaluations}");
    assert!(run.loss() < 1e-12, "{:e}", run.loss());
    let expected = 0.5 * divergence_from_zero(&run.weights.beta(), &[1e-4; 100]);
    assert!((run.ledger.loss_integral / expected - 1.0).abs() < 1e-6);
}

/// More samples than coefficients and labels out of reach: the reduced problem is the same flow.
#[test]
fn more_samples_than_coefficients_are_the_same_flow() {
    let wide = problem(12, 4, 5);
    let mut rows = wide.train.clone();
    for (i, y) in rows.y.iter_mut().enumerate() {
        *y += 0.3 * f64::from(i as u32 % 3) - 0.2;
    }
    let problem = Regression::new(rows, Validation::Unavailable);
    let start = Weights::start(&[0.2; 4], 2);
    let mut run = Run::new(&problem, start.clone());
    (0..30).for_each(|_| run.step(0.1));
    let (weights, integral) = runge_kutta(&problem, &start, 3.0);
    let gap = relative_gap(&run.weights.beta(), &weights.beta());
    assert!(gap < 1e-9, "{gap:e}");
    let gap = run.ledger.loss_integral / integral - 1.0;
    assert!(gap.abs() < 1e-9, "{gap:e}");
}

/// GD ends O(γ) away from the flow's end.
#[test]
fn gradient_descent_tends_to_the_flow_linearly_in_the_step_size() {
    let problem = problem(10, 20, 1);
    let limit = settled(&problem, 0.1, 0.1).weights.beta();
    let gap = |gamma: f64| {
        let mut rule = (crate::labs::diagonal::dynamics::gd::GD.build)(
            &problem,
            &crate::labs::diagonal::dynamics::testing::HYPER,
        );
        let mut weights = Weights::start(&[0.1; 20], 2);
        let mut ledger = Ledger::new(&problem, &weights.beta());
        while ledger.last_loss > 1e-26 {
            let settings = StepSettings {
                step_size: gamma,
                label_noise: 0.0,
            };
            let progress = rule.step(&problem, &mut weights, settings, &mut ledger);
            assert_eq!(progress, Progress::Stepped);
        }
        relative_gap(&weights.beta(), &limit)
    };
    let ratio = gap(0.05) / gap(0.025);
    assert!((1.8..=2.2).contains(&ratio), "{ratio}");
}

#[test]
fn weights_that_are_not_finite_are_divergence() {
    let problem = problem(5, 8, 1);
    let mut rule = GradientFlow::new(&problem);
    let mut weights = Weights::start(&[f64::NAN; 8], 2);
    let mut ledger = Ledger::new(&problem, &[0.0; 8]);
    let settings = StepSettings {
        step_size: 0.1,
        label_noise: 0.0,
    };
    let progress = rule.step(&problem, &mut weights, settings, &mut ledger);
    assert_eq!(progress, Progress::Diverged);
}
