//! argmin φ_α against a conic solver, its limits, and the problems it refuses.

use super::{
    infeasibility, misfit_to_rows, norm, problem, random_problem, relative_distance,
    sparse_gaussian,
};
use clarabel::algebra::CscMatrix;
use clarabel::solver::{
    DefaultSettings, DefaultSolver, ExponentialConeT, IPSolver as _, SupportedConeT, ZeroConeT,
};
use implicit_bias_lab::labs::diagonal::potential::asinh_ratio;
use implicit_bias_lab::labs::diagonal::theory::interpolation::{Interpolation, InterpolationError};
use implicit_bias_lab::model::random::{Stream, generator};
use implicit_bias_lab::model::regression::Regression;
use ndarray::{Array2, array};
use rand::RngExt as _;

fn kkt(problem: &Regression, beta: &[f64], log_alpha: &[f64]) -> f64 {
    let z: Vec<f64> = beta
        .iter()
        .zip(log_alpha)
        .map(|(b, log)| asinh_ratio(*b, log.exp()))
        .collect();
    misfit_to_rows(problem, &z)
}

/// argmin φ_α as the conic programme min Σ KL(p‖α²) + KL(m‖α²) subject to X(p−m) = y.
///
/// The cones hold p ln p ≤ t and α enters only through the linear cost −p ln α², so that nothing
/// in the programme is ever of the size of α².
fn conic_least_entropy(problem: &Regression, log_alpha: &[f64]) -> Vec<f64> {
    let (n, d) = (problem.n(), problem.d());
    // Variables: p, m (d each), then the two t.
    let (mut rows, mut columns, mut values) = (vec![], vec![], vec![]);
    let mut put = |row: usize, column: usize, value: f64| {
        rows.push(row);
        columns.push(column);
        values.push(value);
    };
    for i in 0..n {
        for j in 0..d {
            put(i, j, problem.train.x[[i, j]]);
            put(i, d + j, -problem.train.x[[i, j]]);
        }
    }
    let mut right = problem.train.y.clone();
    let mut cones: Vec<SupportedConeT<f64>> = vec![ZeroConeT(n)];
    for k in 0..2 * d {
        put(n + 3 * k, 2 * d + k, 1.0);
        put(n + 3 * k + 1, k, -1.0);
        right.extend([0.0, 0.0, 1.0]);
        cones.push(ExponentialConeT());
    }
    let linear = log_alpha.iter().map(|log| -1.0 - 2.0 * log);
    let cost: Vec<f64> = linear
        .clone()
        .chain(linear)
        .chain(std::iter::repeat_n(1.0, 2 * d))
        .collect();
    let settings = DefaultSettings {
        verbose: false,
        // Closer to the boundary, the last digits suffer.
        max_step_fraction: 0.9,
        tol_gap_abs: 1e-13,
        tol_gap_rel: 1e-13,
        tol_feas: 1e-13,
        ..DefaultSettings::default()
    };
    let constraints = CscMatrix::new_from_triplets(right.len(), 4 * d, rows, columns, values);
    let mut solver = DefaultSolver::new(
        &CscMatrix::zeros((4 * d, 4 * d)),
        &cost,
        &constraints,
        &right,
        &cones,
        settings,
    )
    .unwrap();
    solver.solve();
    let x = &solver.solution.x;
    (0..d).map(|j| x[j] - x[d + j]).collect()
}

/// 24 problems of 12 shapes. Up to α = 1 the conic solver settles it. At α = 10³ its answer is
/// p − m of two numbers near 10⁶ and keeps too few digits, so there the certificate does, as it
/// does everywhere: β is the minimiser if and only if it interpolates and asinh(β/2α²) is in the
/// row space. The two agree to 5e-8; the tolerance leaves room for the conic solver.
#[test]
fn least_entropy_matches_a_conic_solver() {
    let shapes = [
        (1, 2),
        (1, 7),
        (2, 5),
        (3, 4),
        (3, 9),
        (4, 12),
        (5, 8),
        (5, 20),
        (6, 30),
        (8, 16),
        (10, 25),
        (12, 40),
    ];
    for seed in 0..24 {
        let (n, d) = shapes[seed as usize / 2];
        let problem = random_problem(n, d, seed);
        let interpolation = Interpolation::new(&problem).unwrap();
        let mut rng = generator(seed, Stream::Data, 1);
        let scattered: Vec<f64> = (0..d).map(|_| rng.random_range(-9.0..0.0)).collect();
        let uniform = [1e-8_f64, 1e-4, 1e-2, 1.0, 1e3].map(|alpha| vec![alpha.ln(); d]);
        for log_alpha in uniform.into_iter().chain([scattered]) {
            let name = format!("seed {seed}, {n}×{d}, ln α = {:.1}…", log_alpha[0]);
            let limit = interpolation.least_entropy(&log_alpha, None).unwrap();
            assert!(infeasibility(&problem, &limit.beta) <= 1e-12, "{name}");
            let stationarity = kkt(&problem, &limit.beta, &log_alpha);
            assert!(stationarity <= 1e-12, "{name}: {stationarity:e}");
            if log_alpha[0] < 1.0 {
                let conic = conic_least_entropy(&problem, &log_alpha);
                let gap = relative_distance(&limit.beta, &conic);
                assert!(gap <= 1e-6, "{name}: {gap:e}");
            }
        }
    }
}

/// The slide's toy: n = 1, x = (1, 2), y = 2.
#[test]
fn the_toy_lands_where_the_slide_says() {
    let toy = problem(array![[1.0, 2.0]], vec![2.0]);
    let interpolation = Interpolation::new(&toy).unwrap();
    for (alpha, expected) in [
        (1.0_f64, [0.396, 0.802]),
        (0.3, [0.25, 0.87]),
        (0.03, [0.03, 0.985]),
    ] {
        let limit = interpolation.least_entropy(&[alpha.ln(); 2], None).unwrap();
        for (b, expected) in limit.beta.iter().zip(expected) {
            assert!((b - expected).abs() <= 6e-3, "α={alpha}: {:?}", limit.beta);
        }
    }
}

/// α → ∞ is the ℓ₂ end, with error O(α⁻⁴) (sinh is odd). α → 0 is the ℓ₁ end, with an error like
/// α^{2(1−κ)} for the largest |Xᵀλ| = κ < 1 off the support, so that data sets differ.
#[test]
fn least_entropy_tends_to_the_l1_and_l2_interpolators() {
    for seed in 0..3 {
        let problem = sparse_gaussian(40, 100, 5, seed);
        let interpolation = Interpolation::new(&problem).unwrap();
        let at = |alpha: f64| {
            interpolation
                .least_entropy(&[alpha.ln(); 100], None)
                .unwrap()
                .beta
        };
        assert!(relative_distance(&at(1e3), interpolation.least_l2()) <= 1e-12);
        let gaps = [1.0, 10.0].map(|alpha| relative_distance(&at(alpha), interpolation.least_l2()));
        assert!(gaps[1] <= 1.5e-4 * gaps[0], "{gaps:?}");
        let least_l1 = interpolation.least_l1().unwrap();
        for (alpha, tolerance) in [(1e-4, 1e-2), (1e-8, 1e-4), (1e-16, 1e-8)] {
            let gap = relative_distance(&at(alpha), &least_l1.beta);
            assert!(gap <= tolerance, "seed {seed}, α={alpha}: {gap:e}");
        }
    }
}

/// Where α² underflows, and even α: the sparse ℓ₁ interpolator to all digits.
#[test]
fn alpha_may_be_smaller_than_the_smallest_double() {
    let problem = sparse_gaussian(40, 100, 5, 7);
    let interpolation = Interpolation::new(&problem).unwrap();
    let truth = problem.beta_star().unwrap();
    for log_alpha in [-100.0, 1e-170_f64.ln(), -1000.0] {
        let limit = interpolation
            .least_entropy(&[log_alpha; 100], None)
            .unwrap();
        let gap = relative_distance(&limit.beta, truth);
        assert!(gap <= 1e-12, "ln α = {log_alpha}: {gap:e}");
        assert!(infeasibility(&problem, &limit.beta) <= 1e-12);
    }
    let mut rng = generator(7, Stream::Data, 1);
    let shrunk: Vec<f64> = (0..100).map(|_| rng.random_range(-60.0..-2.0)).collect();
    let limit = interpolation.least_entropy(&shrunk, None).unwrap();
    assert!(infeasibility(&problem, &limit.beta) <= 1e-12);
    assert!(kkt(&problem, &limit.beta, &shrunk) <= 1e-12);
}

#[test]
fn warm_starts_change_nothing_but_the_work() {
    let problem = sparse_gaussian(40, 100, 5, 3);
    let interpolation = Interpolation::new(&problem).unwrap();
    for alpha in [1.0_f64, 1e-2, 1e-6] {
        let first = interpolation
            .least_entropy(&[alpha.ln(); 100], None)
            .unwrap();
        let nearby = [alpha.ln() - 0.01; 100];
        let warm = interpolation
            .least_entropy(&nearby, Some(&first.dual))
            .unwrap();
        let cold = interpolation.least_entropy(&nearby, None).unwrap();
        assert!(relative_distance(&warm.beta, &cold.beta) <= 1e-11);
        assert!(warm.newton_steps <= 4, "{}", warm.newton_steps);
        // The dual by rows of X is mathematics §4's: β = 2α² sinh(4Xᵀλ).
        let lambda = interpolation.row_dual(&warm.dual);
        for (j, b) in warm.beta.iter().enumerate() {
            let q: f64 = (0..40).map(|i| problem.train.x[[i, j]] * lambda[i]).sum();
            let expected = 2.0 * (2.0 * nearby[j]).exp() * (4.0 * q).sinh();
            assert!((b - expected).abs() <= 1e-11, "{b} {expected}");
        }
    }
    // A useless warm start falls back on a cold one.
    let useless = vec![100.0; 40];
    let limit = interpolation
        .least_entropy(&[-3.0; 100], Some(&useless))
        .unwrap();
    assert!(infeasibility(&problem, &limit.beta) <= 1e-12);
}

/// Everything that makes X rank-deficient, always with a solution.
#[test]
fn any_shape_and_rank_is_solved_if_a_solution_exists() {
    let square = array![[2.0, 1.0], [1.0, 3.0]];
    let tall = array![
        [1.0, 2.0, 0.0],
        [2.0, 4.0, 0.0],
        [0.0, 1.0, 0.0],
        [1.0, 3.0, 0.0]
    ];
    let duplicated = array![[1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [1e-9, 2e-9, 3e-9]];
    let cases = [
        (square, vec![3.0, 4.0], 2),
        (tall, vec![3.0, 6.0, 1.0, 4.0], 2),
        (duplicated, vec![3.0, 3.0, 3e-9], 1),
        (Array2::zeros((2, 3)), vec![0.0, 0.0], 0),
        (array![[1.0, 2.0, 3.0], [0.0, 1.0, 1.0]], vec![0.0, 0.0], 2),
    ];
    for (x, y, rank) in cases {
        let problem = problem(x, y);
        let d = problem.d();
        let interpolation = Interpolation::new(&problem).unwrap();
        assert_eq!(interpolation.rank(), rank);
        let least_l1 = interpolation.least_l1().unwrap();
        let mut solutions = vec![interpolation.least_l2().to_vec(), least_l1.beta];
        for log_alpha in [5.0, 0.0, -5.0, -20.0] {
            let limit = interpolation.least_entropy(&vec![log_alpha; d], None);
            solutions.push(limit.unwrap().beta);
        }
        for depth in [2, 3, 4] {
            let limit = interpolation.flow_limit(depth, &vec![0.5; d], &vec![0.4; d]);
            solutions.push(limit.unwrap().beta);
        }
        for beta in solutions {
            let size = norm(&problem.train.y).max(1.0);
            let mut residual = vec![0.0; problem.n()];
            problem.train.residual(&beta, &mut residual);
            assert!(norm(&residual) <= 1e-12 * size, "rank {rank}: {beta:?}");
        }
    }
}

#[test]
fn what_cannot_be_solved_is_a_named_error() {
    let contradictory = problem(array![[1.0, 2.0], [1.0, 2.0]], vec![1.0, 3.0]);
    let Err(InterpolationError::NoInterpolator { distance }) = Interpolation::new(&contradictory)
    else {
        panic!("an interpolator of contradictory rows");
    };
    assert!(distance > 0.1 && distance < 1.0, "{distance}");
    let nothing = problem(Array2::zeros((1, 2)), vec![1.0]);
    assert!(Interpolation::new(&nothing).is_err());

    let interpolation = Interpolation::new(&problem(array![[1.0, 2.0]], vec![2.0])).unwrap();
    assert!(interpolation.least_entropy(&[0.0], None).is_err());
    assert!(interpolation.least_entropy(&[f64::NAN; 2], None).is_err());
    assert!(interpolation.flow_limit(1, &[1.0; 2], &[1.0; 2]).is_err());
    assert!(interpolation.least_weighted_l1(&[1.0, -1.0]).is_err());
    // w₊ = 0 stays 0, and w₋ alone only makes β negative.
    for depth in 2..5 {
        let limit = interpolation.flow_limit(depth, &[0.0; 2], &[1.0; 2]);
        assert!(limit.is_err(), "depth {depth}: {limit:?}");
    }
    // α = 1e-8 at depth 6: |w|⁻⁴ = 1e32 swallows everything that is left at the end.
    let tiny = [1e-8; 2];
    assert!(matches!(
        interpolation.flow_limit(6, &tiny, &tiny),
        Err(InterpolationError::Unresolvable { .. })
    ));
}

/// One problem of the largest supported n.
#[test]
fn five_hundred_rows_are_no_problem() {
    let problem = sparse_gaussian(500, 1000, 20, 1);
    let interpolation = Interpolation::new(&problem).unwrap();
    assert!(infeasibility(&problem, interpolation.least_l2()) <= 1e-12);
    assert!(misfit_to_rows(&problem, interpolation.least_l2()) <= 1e-12);
    let limit = interpolation
        .least_entropy(&[1e-2_f64.ln(); 1000], None)
        .unwrap();
    assert!(infeasibility(&problem, &limit.beta) <= 1e-12);
}
