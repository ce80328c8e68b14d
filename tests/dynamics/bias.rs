//! Where training ends, and what noise does to it.

use super::{
    HYPER, Run, distance, divergence, gram, knobs, norm, problem, residual, samples, solve,
    transposed,
};
use implicit_bias_lab::labs::LABS;
use implicit_bias_lab::labs::diagonal::dynamics::Hyper;
use implicit_bias_lab::model::data::sparse::{BetaLaw, SparseGaussian};
use implicit_bias_lab::model::regression::Regression;
use implicit_bias_lab::sim::experiment::RunStatus;
use implicit_bias_lab::sim::message::Change;
use implicit_bias_lab::sim::schedule::SamplingSchedule;
use implicit_bias_lab::sim::session::Session;

/// argmin φ_α subject to Xb = y, by Newton's method on the dual
/// g(λ) = Σ ½α² cosh(4(Xᵀλ)ⱼ) − ⟨y, λ⟩ with b = 2α² sinh(4Xᵀλ), ∇g = Xb − y.
fn least_entropy_interpolator(problem: &Regression, alpha: f64) -> Vec<f64> {
    let a2 = alpha * alpha;
    let primal = |lambda: &[f64]| -> Vec<f64> {
        let s = transposed(problem, lambda).into_iter();
        s.map(|s| 2.0 * a2 * (4.0 * s).sinh()).collect()
    };
    let dual = |lambda: &[f64]| -> f64 {
        let s = transposed(problem, lambda).into_iter();
        let linear: f64 = problem.train.y.iter().zip(lambda).map(|(y, l)| y * l).sum();
        s.map(|s| 0.5 * a2 * (4.0 * s).cosh()).sum::<f64>() - linear
    };
    let mut lambda = vec![0.0; problem.n()];
    for _ in 0..500 {
        let b = primal(&lambda);
        let gradient = residual(problem, &b);
        if norm(&gradient) < 1e-13 * norm(&problem.train.y) {
            break;
        }
        let curvature: Vec<f64> = b.iter().map(|b| 4.0 * b.hypot(2.0 * a2)).collect();
        let direction = solve(gram(problem, &curvature), gradient.clone());
        let slope: f64 = gradient.iter().zip(&direction).map(|(g, v)| g * v).sum();
        // sinh and cosh change by at most a factor e per step; then halve until g descends.
        let change = transposed(problem, &direction);
        let largest = change.iter().fold(0.0_f64, |most, s| most.max(s.abs()));
        let mut length = 1.0_f64.min(0.25 / largest);
        let moved = |length: f64| -> Vec<f64> {
            let pairs = lambda.iter().zip(&direction);
            pairs.map(|(l, v)| l - length * v).collect()
        };
        while slope > 1e-20 && dual(&moved(length)) > dual(&lambda) - 1e-4 * length * slope {
            length /= 2.0;
            if length < 1e-6 {
                break;
            }
        }
        lambda = moved(length);
    }
    let b = primal(&lambda);
    let feasibility = norm(&residual(problem, &b)) / norm(&problem.train.y);
    assert!(
        feasibility < 1e-10,
        "Newton did not converge: {feasibility}"
    );
    b
}

/// GD ends within O(γ) of argmin φ_α (gradient flow ends there), so halving γ halves the gap; the
/// factor's own correction is O(γ). And ∫L dt → ½(φ_α(b∞) − φ_α(0)), whose left Riemann sums err by
/// O(γ), so that 2I(γ/2) − I(γ) errs by O(γ²) ~ 1e-3.
#[test]
fn gradient_descent_ends_at_the_least_entropy_up_to_order_gamma() {
    let alpha = 0.1;
    for seed in [0, 1] {
        let problem = problem(10, 20, seed);
        let limit = least_entropy_interpolator(&problem, alpha);
        let end = |gamma: f64| {
            let mut run = Run::new("gd", &problem, alpha, &HYPER);
            let mut steps = 0;
            while run.loss() > 1e-26 {
                run.step(gamma, 0.0);
                steps += 1;
                assert!(steps < 2_000_000);
            }
            (
                distance(&run.weights.beta(), &limit) / norm(&limit),
                run.ledger.loss_integral,
            )
        };
        let (coarse, coarse_integral) = end(0.05);
        let (fine, fine_integral) = end(0.025);
        assert!(coarse < 0.2 * 0.05, "seed {seed}: {coarse}");
        assert!(
            (1.8..=2.2).contains(&(coarse / fine)),
            "seed {seed}: {coarse} {fine}"
        );
        let integral = 2.0 * fine_integral - coarse_integral;
        let expected = 0.5 * divergence(&limit, alpha);
        assert!(
            (integral / expected - 1.0).abs() < 2e-3,
            "seed {seed}: {integral} {expected}"
        );
    }
}

/// β of GD at the end of a recipe, which must have converged.
fn end_of_training(settings: &[(&str, &str)]) -> Vec<f64> {
    let only_gd = [("sgd_runs", "0"), ("sgf_runs", "0"), ("tolerance", "1e-20")];
    let knobs = knobs(&[&only_gd[..], settings].concat());
    let experiment = LABS[0].experiment(&knobs, false).unwrap();
    let mut session = Session::new(
        experiment,
        SamplingSchedule::LogSpaced,
        knobs.clone(),
        Vec::new(),
    );
    session.stop_when_converged(true);
    session.advance_to(knobs.count("steps"), None);
    assert_eq!(session.status(), [RunStatus::Converged]);
    let state = session.experiment().sample().runs[0].clone().unwrap().state;
    let pairs = state[0].iter().zip(&state[1]);
    pairs
        .map(|(plus, minus)| plus * plus - minus * minus)
        .collect()
}

/// From α = 10 the mirror map ¼asinh(b/200) is linear up to (b/200)²/6 < 1e-5, so the limit is the
/// ℓ₂ interpolator Xᵀ(XXᵀ)⁻¹y up to that and the O(γ) of a step size of 4e-5. From α = 1e-4 it is the
/// sparse truth up to what the entropy, which is ℓ₁ only to 1/ln(1/α), leaves off the support.
#[test]
fn large_alpha_ends_at_the_l2_interpolator_and_tiny_alpha_at_the_sparse_truth() {
    let source = SparseGaussian {
        n: 40,
        d: 100,
        sparsity: 5,
        beta_law: BetaLaw::Signs,
        seed: 0,
    };
    let problem = source.generate().unwrap();
    let l2 = transposed(
        &problem,
        &solve(gram(&problem, &[1.0; 100]), problem.train.y.clone()),
    );
    let truth = problem.beta_star().unwrap();
    let kernel = end_of_training(&[("alpha", "10")]);
    let gap = distance(&kernel, &l2) / norm(&l2);
    assert!(gap < 1e-4, "{gap}");
    let rich = end_of_training(&[
        ("alpha", "1e-4"),
        ("step_size", "0.2"),
        ("steps", "3000000"),
        ("tolerance", "1e-9"),
    ]);
    let gap = distance(&rich, truth) / norm(truth);
    assert!(gap < 1e-2, "{gap}");
    // And neither is the other's.
    assert!(distance(&kernel, truth) > 1.0 && distance(&rich, &l2) > 1.0);
}

/// Through recipe, session and observables, with decaying label noise and two changes of γ on the
/// way: for log-Euler the measured and the predicted α of the pictures are one curve.
#[test]
fn the_two_alphas_of_the_picture_agree_for_stochastic_gradient_flow() {
    let settings = [
        ("n", "10"),
        ("d", "20"),
        ("sparsity", "3"),
        ("gd_runs", "0"),
        ("sgd_runs", "0"),
    ];
    let noise = [
        ("label_noise", "exponential"),
        ("label_noise_level", "0.3"),
        ("steps", "5000"),
    ];
    let at = |step_size| knobs(&[&settings[..], &noise, &[("step_size", step_size)]].concat());
    let change = |step, step_size| Change {
        step,
        settings: vec![(
            "step_size".to_owned(),
            at(step_size).get("step_size").clone(),
        )],
    };
    let changes = vec![change(1_000, "0.02"), change(2_500, "0.06")];
    let experiment = LABS[0].experiment(&at("0.05"), false).unwrap();
    let setup = experiment.setup().clone();
    let (measured, predicted) = (
        setup.column("alpha_measured").unwrap(),
        setup.column("alpha_predicted").unwrap(),
    );
    let samples = samples(&at("0.05"), changes);
    for sample in &samples {
        for run in &sample.runs {
            let values = &run.as_ref().unwrap().values;
            let gap = (values[measured] / values[predicted]).ln();
            assert!(gap.abs() < 1e-9, "step {}: {gap}", sample.step);
        }
    }
    let end = samples[samples.len() - 1].runs[0].as_ref().unwrap();
    assert!(end.values[measured] < 0.09);
    // Flow time is the sum of the steps: 1000·0.05 + 1500·0.02 + 2500·0.06.
    assert!((samples[samples.len() - 1].time - 230.0).abs() < 1.0);
}

/// ‖v − projection on the range of Xᵀ‖ / ‖v‖.
fn outside_row_space(problem: &Regression, v: &[f64]) -> f64 {
    let x = &problem.train.x;
    let mut rest = v.to_vec();
    // Twice: the second round removes the first one's rounding.
    for _ in 0..2 {
        let image = (0..problem.n()).map(|i| (0..problem.d()).map(|j| x[[i, j]] * rest[j]).sum());
        let dual = solve(gram(problem, &vec![1.0; problem.d()]), image.collect());
        let inside = transposed(problem, &dual);
        rest.iter_mut().zip(inside).for_each(|(v, i)| *v -= i);
    }
    norm(&rest) / norm(v)
}

/// ∇φ of the end point is ½ln(w₊/w₋) up to a factor, whatever α. Noise through Xᵀ leaves it in
/// span(Xᵀ), exactly so for log-Euler whatever the covariance; the wrong SDE does not (seen 0.11 to 0.14
/// over these sets), and Langevin's constant noise carries it far off and keeps the loss up.
#[test]
fn only_noise_through_the_data_stays_in_the_span_of_the_data() {
    for seed in 0..4 {
        let source = SparseGaussian {
            n: 40,
            d: 100,
            sparsity: 5,
            beta_law: BetaLaw::Signs,
            seed,
        };
        let problem = source.generate().unwrap();
        let hyper = Hyper {
            substeps: 4,
            brownian_seed: seed,
            record: false,
            ..HYPER
        };
        let end = |method: &str, gamma: f64, steps: usize| {
            let mut run = Run::new(method, &problem, 0.1, &hyper);
            (0..steps).for_each(|_| run.step(gamma, 0.0));
            let pairs = run.weights.w_plus.iter().zip(&run.weights.w_minus);
            let mirror: Vec<f64> = pairs.map(|(p, m)| (p / m).abs().ln()).collect();
            (outside_row_space(&problem, &mirror), run.loss())
        };
        for (method, range, loss) in [
            ("sgf", 0.0..1e-9, 0.0..1e-2),
            ("sgf-exact", 0.0..1e-9, 0.0..1e-2),
            ("wrong-sde", 0.05..0.25, 0.0..1e-10),
            ("langevin", 0.5..1.0, 3e-4..3e-2),
        ] {
            let (outside, end) = end(method, 0.08, 5_000);

            assert!(range.contains(&outside), "{method}, seed {seed}: {outside}");
            assert!(loss.contains(&end), "{method}, seed {seed}: L = {end}");
        }
    }
}

/// What is left of eq. 5 with mini-batches: medians over 11 data sets of the measured −ln(a/α), the
/// mean over coordinates, less GD's own O(γ²) shrinkage on the same data, against 2·mean(D)·γ_eff∫L of
/// the run. Calibration study for b = 1, 2, 4, 8: measured .299, .124, .059, .032, predicted .287,
/// .119, .056, .027. The noise is isotropic in the formula only, which is worth 5 %; GD's shrinkage,
/// about .005, is known to a tenth or two for the noisy path: 10 % and .0015.
#[test]
fn batches_shrink_alpha_as_the_effective_step_size_says() {
    let alpha = 0.1;
    let cases = [
        (1, true),
        (2, true),
        (4, true),
        (8, true),
        (4, false),
        (20, false),
    ];
    let mut measured = vec![Vec::new(); cases.len()];
    let mut predicted = vec![Vec::new(); cases.len()];
    for seed in 0..11 {
        let source = SparseGaussian {
            n: 40,
            d: 100,
            sparsity: 5,
            beta_law: BetaLaw::Signs,
            seed,
        };
        let problem = source.generate().unwrap();
        let shrinkage = |method: &str, batch: usize, replacement: bool| {
            let hyper = Hyper {
                batch,
                replacement,
                sampling_seed: seed,
                record: false,
                ..HYPER
            };
            let mut run = Run::new(method, &problem, alpha, &hyper);
            (0..6_000).for_each(|_| run.step(0.05, 0.0));
            let logs = run.weights.effective_alpha().into_iter();
            let mean = logs.map(|a| (alpha / a).ln()).sum::<f64>() / problem.d() as f64;
            let decay = problem.column_mean_square.iter().sum::<f64>() / problem.d() as f64;
            (mean, 2.0 * decay * run.ledger.shrinkage)
        };
        let (of_gd, _) = shrinkage("gd", 1, true);
        for (at, (batch, replacement)) in cases.into_iter().enumerate() {
            let (seen, formula) = shrinkage("sgd", batch, replacement);
            measured[at].push(seen - of_gd);
            predicted[at].push(formula);
        }
    }
    let median = |values: &mut Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let pairs = measured.iter_mut().zip(&mut predicted).zip(cases);
    let pairs: Vec<_> = pairs
        .map(|((seen, formula), case)| (case, median(seen), median(formula)))
        .collect();
    for (_, seen, formula) in &pairs {
        assert!((seen - formula).abs() < 0.1 * formula + 0.0015, "{pairs:?}");
    }
}
