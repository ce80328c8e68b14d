//! What holds exactly at every step.

use super::{HYPER, Run, loss, mirror, norm, problem, residual, transposed};
use implicit_bias_lab::labs::diagonal::dynamics::{Hyper, Scheme};

/// ln(w₊w₋) against ln α_t² = 2 ln α − 4 diag(XᵀX/n) ∫γ(L+δ²)dt, the largest gap over coordinates.
fn conservation_gap(run: &Run, alpha: f64, shrinkage: f64) -> f64 {
    let pairs = run.weights.w_plus.iter().zip(&run.weights.w_minus);
    let gaps = pairs
        .zip(&run.problem.column_mean_square)
        .map(|((plus, minus), mean_square)| {
            (plus.ln() + minus.ln() - 2.0 * alpha.ln() + 4.0 * mean_square * shrinkage).abs()
        });
    gaps.fold(0.0, f64::max)
}

/// 10⁵ sub-steps with δ = 0.2 for the first half and γ halved after a quarter; the ledger never sees
/// w₊w₋. The product is rounded at every sub-step: 10⁵·ε ≈ 2e-11 if all errors agree.
#[test]
fn log_euler_conserves_the_product_of_the_weights_through_every_change() {
    let problem = problem(10, 20, 1);
    let alpha = 0.1;
    let hyper = Hyper {
        substeps: 4,
        ..HYPER
    };
    let mut run = Run::new("sgf", &problem, alpha, &hyper);
    for k in 0..25_000 {
        let gamma = if k < 6_000 { 0.05 } else { 0.025 };
        run.step(gamma, if k < 12_500 { 0.2 } else { 0.0 });
        run.tape(0);
        if k % 500 == 0 {
            let gap = conservation_gap(&run, alpha, run.ledger.shrinkage);
            assert!(gap < 1e-9, "step {k}: {gap}");
        }
    }
    // 2D∫γ(L+δ²) is about 2·1·(0.05·300 + 0.025·162)·0.04: a strong shrinkage, not a trivial one.
    assert!(run.ledger.shrinkage > 0.5);
    let gap = conservation_gap(&run, alpha, run.ledger.shrinkage);
    assert!(gap < 1e-9, "{gap}");
}

/// The ledger's three integrals are the left Riemann sums that the definition asks for, taken here
/// from outside, with one sub-step per step. Sums of 2000 terms agree to rounding.
#[test]
fn the_ledger_holds_the_sums_over_all_steps() {
    let problem = problem(10, 20, 1);
    for (method, scheme) in [
        ("gd", Scheme::LogEuler),
        ("sgd", Scheme::LogEuler),
        ("sgf", Scheme::LogEuler),
        ("sgf", Scheme::EulerMaruyama),
    ] {
        let mut run = Run::new(method, &problem, 0.1, &Hyper { scheme, ..HYPER });
        let (mut losses, mut noise, mut shrinkage) = (0.0, 0.0, 0.0);
        for k in 0..2_000 {
            let (gamma, delta) = if k < 700 { (0.05, 0.1) } else { (0.02, 0.0) };
            losses += gamma * run.loss();
            // GD sees the true labels.
            noise += if method == "gd" {
                0.0
            } else {
                gamma * delta * delta
            };
            shrinkage += gamma * gamma * (run.loss() + delta * delta);
            run.step(gamma, delta);
        }
        let expected = if method == "gd" { 0.0 } else { shrinkage };
        for (ours, theirs) in [
            (run.ledger.loss_integral, losses),
            (run.ledger.noise_integral, noise),
            (run.ledger.shrinkage, expected),
        ] {
            assert!(
                (ours - theirs).abs() <= 1e-11 * theirs,
                "{method}: {ours} {theirs}"
            );
        }
        let gradients = if method == "sgd" { 2_000.0 } else { 20_000.0 };
        assert_eq!(run.ledger.gradient_evaluations, gradients);
    }
}

/// The gradient of a batch is Xᵀc with cᵢ = (1/b)·Σ over the draws of i of (rᵢ + Δᵢ). The trace of
/// Cov(c), over every equally likely batch and every pattern of signs, relative to that of b = 1, is
/// γ_eff/γ: enumeration against the ledger's factor, exact up to rounding.
#[test]
fn batches_shrink_alpha_by_the_enumerated_covariance() {
    let n = 4;
    let problem = problem(n, 6, 3);
    let (gamma, delta) = (0.01, 0.3);
    let start = Run::new("sgd", &problem, 0.2, &HYPER);
    let r = residual(&problem, &start.weights.beta());
    // (trace due to the samples, trace due to the label signs)
    let traces = |batch: usize, replacement: bool| {
        let mut count = 0.0;
        let mut mean = vec![0.0; n];
        let (mut square, mut square_with_signs) = (0.0, 0.0);
        for code in 0..n.pow(batch as u32) {
            let draws: Vec<usize> = (0..batch).map(|at| code / n.pow(at as u32) % n).collect();
            let repeated = (0..batch).any(|at| draws[..at].contains(&draws[at]));
            if repeated && !replacement {
                continue;
            }
            for signs in 0..1 << batch {
                let (mut plain, mut noisy) = (vec![0.0; n], vec![0.0; n]);
                for (at, &i) in draws.iter().enumerate() {
                    let label = if signs >> at & 1 == 1 { 2.0 } else { -2.0 } * delta;
                    plain[i] += r[i] / batch as f64;
                    noisy[i] += (r[i] + label) / batch as f64;
                }
                count += 1.0;
                mean.iter_mut().zip(&plain).for_each(|(mean, c)| *mean += c);
                square += norm(&plain).powi(2);
                square_with_signs += norm(&noisy).powi(2);
            }
        }
        let of_mean = mean.iter().map(|mean| (mean / count).powi(2)).sum::<f64>();
        let trace = square / count - of_mean;
        (trace, square_with_signs / count - of_mean - trace)
    };
    let (one_sample, one_label) = traces(1, true);
    for replacement in [true, false] {
        for batch in 1..=n {
            let hyper = Hyper {
                batch,
                replacement,
                ..HYPER
            };
            let factor = |delta: f64| {
                let mut run = Run::new("sgd", &problem, 0.2, &hyper);
                run.step(gamma, delta);
                run.ledger.shrinkage / (gamma * gamma)
            };
            let sampling = factor(0.0) / loss(&r);
            let labels = (factor(delta) - factor(0.0)) / (delta * delta);
            let (sample_trace, label_trace) = traces(batch, replacement);
            let expected = (sample_trace / one_sample, label_trace / one_label);
            assert!(
                (sampling - expected.0).abs() < 1e-12,
                "b={batch} {replacement}: {sampling} {expected:?}"
            );
            assert!(
                (labels - expected.1).abs() < 1e-12,
                "b={batch} {replacement}: {labels} {expected:?}"
            );
        }
    }
}

/// The exact discrete identity. With the linear dual ν, which adds up what the data contribute
/// (SGD: νᵢ −= γ(rᵢ+Δ); GD: ν −= γr/n; SGF: ν −= dt·r/n − 2√(γL̃/n)·√dt·N), and the odd remainder
/// c −= ½(½ln|(1+z)/(1−z)| − z) of every Euler step (none for log-Euler),
///
/// ∇φ_a(b) = ¼ asinh(b/2a²) = ½Xᵀν + c with the measured a = √|w₊w₋|:
///
/// b is the exact KKT point of min φ_a(b) − ⟨c, b⟩ subject to Xb fixed. ν and c are integrated here
/// from the tapes. Rounding 2000 steps of size ε·|u| gives 1e-12; a factor 1 − z near 0 may cost two
/// more digits.
#[test]
fn every_rule_stays_an_exact_kkt_point_of_its_own_entropy() {
    let cases = [
        ("gd", Scheme::LogEuler, 0.3),
        ("sgd", Scheme::LogEuler, 0.1),
        ("sgf", Scheme::EulerMaruyama, 0.1),
        ("sgf", Scheme::LogEuler, 0.1),
    ];
    let mut flips = 0;
    for (method, scheme, gamma) in cases {
        for seed in 0..6 {
            let problem = problem(10, 20, seed);
            let (n, d) = (problem.n(), problem.d());
            let hyper = Hyper {
                scheme,
                sampling_seed: seed,
                brownian_seed: seed,
                ..HYPER
            };
            let exact = method == "sgf" && scheme == Scheme::LogEuler;
            let delta = if seed % 2 == 1 { 0.1 } else { 0.0 };
            let mut run = Run::new(method, &problem, 0.1, &hyper);
            let mut nu = vec![0.0; n];
            let mut remainder = vec![0.0; d];
            for _ in 0..2_000 {
                let r = residual(&problem, &run.weights.beta());
                run.step(gamma, delta);
                let mut increment = vec![0.0; n];
                match method {
                    "gd" => increment = r.iter().map(|r| gamma * r / n as f64).collect(),
                    "sgd" => {
                        let i = run.tape(0)[0] as usize;
                        increment[i] = gamma * (r[i] + run.tape(1)[0]);
                    }
                    _ => {
                        let noisy = loss(&r) + run.tape(1)[0].powi(2);
                        let sigma = 2.0 * (gamma * noisy / n as f64).sqrt() * gamma.sqrt();
                        let normals = run.tape(0);
                        for i in 0..n {
                            increment[i] = gamma * r[i] / n as f64 - sigma * normals[i];
                        }
                    }
                }
                let z = transposed(&problem, &increment);
                nu.iter_mut()
                    .zip(&increment)
                    .for_each(|(nu, step)| *nu -= step);
                if !exact {
                    for (remainder, z) in remainder.iter_mut().zip(&z) {
                        *remainder -= 0.5 * (0.5 * ((1.0 + z) / (1.0 - z)).abs().ln() - z);
                    }
                }
            }
            flips += run.weights.sign_flips();
            let back = transposed(&problem, &nu);
            let a = run.weights.effective_alpha();
            for (j, b) in run.weights.beta().into_iter().enumerate() {
                let gap = mirror(b, a[j]) - 0.5 * back[j] - remainder[j];
                assert!(gap.abs() < 1e-10, "{method} {scheme:?} seed {seed}: {gap}");
                let half_log = 0.25 * (run.weights.w_plus[j] / run.weights.w_minus[j]).abs().ln();
                assert!(
                    (half_log - mirror(b, a[j])).abs() < 1e-10,
                    "{method} seed {seed}"
                );
            }
        }
    }
    // The identity has been seen to hold across sign changes, too.
    assert!(flips > 0);
}
