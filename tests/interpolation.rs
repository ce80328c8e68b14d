//! The reference interpolators against independent routes: a conic solver, integration of the
//! flow, optimality certificates and the limits that are known by hand.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use clarabel::algebra::CscMatrix;
use clarabel::solver::{
    DefaultSettings, DefaultSolver, ExponentialConeT, IPSolver as _, SupportedConeT, ZeroConeT,
};
use faer::Mat;
use faer::linalg::solvers::Solve as _;
use implicit_bias_lab::labs::diagonal::potential::asinh_ratio;
use implicit_bias_lab::labs::diagonal::theory::interpolation::{
    AlphaPath, Interpolation, InterpolationError,
};
use implicit_bias_lab::model::data::sparse::{BetaLaw, SparseGaussian};
use implicit_bias_lab::model::random::{Generator, Stream, generator};
use implicit_bias_lab::model::regression::{Regression, Rows, Validation};
use ndarray::{Array2, array};
use rand::RngExt as _;

fn problem(x: Array2<f64>, y: Vec<f64>) -> Regression {
    Regression::new(Rows { x, y }, Validation::Unavailable)
}

fn reals(rng: &mut Generator, len: usize) -> Vec<f64> {
    (0..len).map(|_| rng.random_range(-1.5..1.5)).collect()
}

/// Uniform features; labels from a sparse β* (even seeds) or arbitrary ones (odd seeds).
fn random_problem(n: usize, d: usize, seed: u64) -> Regression {
    let mut rng = generator(seed, Stream::Data, 0);
    let x = Array2::from_shape_vec((n, d), reals(&mut rng, n * d)).unwrap();
    let y = if seed.is_multiple_of(2) {
        (0..n).map(|i| x[[i, 0]] - x[[i, d - 1]]).collect()
    } else {
        reals(&mut rng, n)
    };
    problem(x, y)
}

fn sparse_gaussian(n: usize, d: usize, sparsity: usize, seed: u64) -> Regression {
    SparseGaussian {
        n,
        d,
        sparsity,
        beta_law: BetaLaw::Signs,
        seed,
    }
    .generate()
    .unwrap()
}

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|v| v * v).sum::<f64>().sqrt()
}

fn relative_distance(a: &[f64], b: &[f64]) -> f64 {
    let gap: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    norm(&gap) / norm(b)
}

/// ‖Xβ − y‖/‖y‖.
fn infeasibility(problem: &Regression, beta: &[f64]) -> f64 {
    let mut residual = vec![0.0; problem.n()];
    problem.train.residual(beta, &mut residual);
    norm(&residual) / norm(&problem.train.y)
}

/// ‖z − Xᵀλ‖/‖z‖ for the best λ, by least squares.
fn misfit_to_rows(problem: &Regression, z: &[f64]) -> f64 {
    let rows = Mat::from_fn(problem.d(), problem.n(), |j, i| problem.train.x[[i, j]]);
    let z_column = Mat::from_fn(problem.d(), 1, |j, _| z[j]);
    let normal = rows.transpose() * &rows;
    let factor = normal.partial_piv_lu();
    let mut rest = z_column;
    for _ in 0..2 {
        let lambda = factor.solve(rows.transpose() * &rest);
        rest -= &rows * lambda;
    }
    rest.norm_l2() / norm(z)
}

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
            let landing = interpolation.least_entropy(&log_alpha, None).unwrap();
            assert!(infeasibility(&problem, &landing.beta) <= 1e-12, "{name}");
            let stationarity = kkt(&problem, &landing.beta, &log_alpha);
            assert!(stationarity <= 1e-12, "{name}: {stationarity:e}");
            if log_alpha[0] < 1.0 {
                let conic = conic_least_entropy(&problem, &log_alpha);
                let gap = relative_distance(&landing.beta, &conic);
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
        let landing = interpolation.least_entropy(&[alpha.ln(); 2], None).unwrap();
        for (b, expected) in landing.beta.iter().zip(expected) {
            assert!(
                (b - expected).abs() <= 6e-3,
                "α={alpha}: {:?}",
                landing.beta
            );
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
        let landing = interpolation
            .least_entropy(&[log_alpha; 100], None)
            .unwrap();
        let gap = relative_distance(&landing.beta, truth);
        assert!(gap <= 1e-12, "ln α = {log_alpha}: {gap:e}");
        assert!(infeasibility(&problem, &landing.beta) <= 1e-12);
    }
    let mut rng = generator(7, Stream::Data, 1);
    let shrunk: Vec<f64> = (0..100).map(|_| rng.random_range(-60.0..-2.0)).collect();
    let landing = interpolation.least_entropy(&shrunk, None).unwrap();
    assert!(infeasibility(&problem, &landing.beta) <= 1e-12);
    assert!(kkt(&problem, &landing.beta, &shrunk) <= 1e-12);
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
    let landing = interpolation
        .least_entropy(&[-3.0; 100], Some(&useless))
        .unwrap();
    assert!(infeasibility(&problem, &landing.beta) <= 1e-12);
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
            let landing = interpolation.least_entropy(&vec![log_alpha; d], None);
            solutions.push(landing.unwrap().beta);
        }
        for depth in [2, 3, 4] {
            let landing = interpolation.flow_limit(depth, &vec![0.5; d], &vec![0.4; d]);
            solutions.push(landing.unwrap().beta);
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
        let landing = interpolation.flow_limit(depth, &[0.0; 2], &[1.0; 2]);
        assert!(landing.is_err(), "depth {depth}: {landing:?}");
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
    let landing = interpolation
        .least_entropy(&[1e-2_f64.ln(); 1000], None)
        .unwrap();
    assert!(infeasibility(&problem, &landing.beta) <= 1e-12);
}

/// ‖β‖₁ = yᵀλ with |Xᵀλ| ≤ 1: no interpolator has a smaller norm.
#[test]
fn least_l1_recovers_the_truth_and_proves_it() {
    for seed in 0..8_u64 {
        let problem = if seed.is_multiple_of(2) {
            sparse_gaussian(40, 100, 5, seed)
        } else {
            // Dense labels: n non-zero entries. Every other one is wide enough for columns to be
            // generated.
            random_problem(10, if seed % 4 == 1 { 30 } else { 1500 }, seed)
        };
        let least_l1 = Interpolation::new(&problem).unwrap().least_l1().unwrap();
        assert!(least_l1.duality_gap <= 1e-9, "seed {seed}");
        assert!(least_l1.unique_support, "seed {seed}");
        assert!(infeasibility(&problem, &least_l1.beta) <= 1e-12);
        let value: f64 = least_l1
            .dual
            .iter()
            .zip(&problem.train.y)
            .map(|(l, y)| l * y)
            .sum();
        assert!((value / least_l1.norm - 1.0).abs() <= 1e-9, "seed {seed}");
        for (j, beta) in least_l1.beta.iter().enumerate() {
            let pull: f64 = (0..problem.n())
                .map(|i| problem.train.x[[i, j]] * least_l1.dual[i])
                .sum();
            assert!(pull.abs() <= 1.0 + 1e-9, "seed {seed}: column {j}: {pull}");
            if *beta != 0.0 {
                assert!((pull - beta.signum()).abs() <= 1e-9, "seed {seed}: {pull}");
            }
        }
        if let Some(truth) = problem.beta_star() {
            assert!(relative_distance(&least_l1.beta, truth) <= 1e-10);
        }
    }
}

/// Erratum E7: with weights D = x², the long label-noise limit is the other vertex.
#[test]
fn weights_choose_the_other_vertex() {
    let toy = problem(array![[1.0, 2.0]], vec![2.0]);
    let interpolation = Interpolation::new(&toy).unwrap();
    let plain = interpolation.least_l1().unwrap();
    assert!(relative_distance(&plain.beta, &[0.0, 1.0]) <= 1e-12);
    assert!((plain.norm - 1.0).abs() <= 1e-12 && plain.unique_support);
    let weighted = interpolation
        .least_weighted_l1(&toy.column_mean_square)
        .unwrap();
    assert!(relative_distance(&weighted.beta, &[2.0, 0.0]) <= 1e-12);
    assert!((weighted.norm - 2.0).abs() <= 1e-12 && weighted.unique_support);
    // With weights x every interpolator of one sign is as good.
    let tied = interpolation.least_weighted_l1(&[1.0, 2.0]).unwrap();
    assert!((tied.norm - 2.0).abs() <= 1e-9 && !tied.unique_support);
}

/// dw±/dt = ∓(p/2) w±^{p−1} Xᵀr/n by Runge–Kutta until nothing moves.
fn integrate(problem: &Regression, depth: u32, w: &mut [Vec<f64>; 2], time: f64, dt: f64) {
    let (n, d) = (problem.n(), problem.d());
    let p = depth as i32;
    let velocity = |w: &[Vec<f64>; 2]| -> [Vec<f64>; 2] {
        let beta: Vec<f64> = (0..d).map(|j| w[0][j].powi(p) - w[1][j].powi(p)).collect();
        let mut residual = vec![0.0; n];
        problem.train.residual(&beta, &mut residual);
        let pull = |j: usize| {
            (0..n)
                .map(|i| problem.train.x[[i, j]] * residual[i])
                .sum::<f64>()
                / n as f64
        };
        let pull: Vec<f64> = (0..d).map(pull).collect();
        let side = |w: &[f64], sign: f64| {
            w.iter()
                .zip(&pull)
                .map(|(w, pull)| -sign * 0.5 * f64::from(p) * w.powi(p - 1) * pull)
                .collect()
        };
        [side(&w[0], 1.0), side(&w[1], -1.0)]
    };
    let shifted = |w: &[Vec<f64>; 2], v: &[Vec<f64>; 2], h: f64| {
        [0, 1].map(|s| w[s].iter().zip(&v[s]).map(|(w, v)| w + h * v).collect())
    };
    for _ in 0..(time / dt) as usize {
        let first = velocity(w);
        let second = velocity(&shifted(w, &first, 0.5 * dt));
        let third = velocity(&shifted(w, &second, 0.5 * dt));
        let fourth = velocity(&shifted(w, &third, dt));
        for side in 0..2 {
            for j in 0..d {
                w[side][j] += dt / 6.0
                    * (first[side][j] + 2.0 * (second[side][j] + third[side][j]) + fourth[side][j]);
            }
        }
    }
}

/// Weights of either sign, one of them 0. Runge–Kutta of order 4 at dt = 0.01 is far more accurate
/// than the tolerance; the flow has converged when the residual says so.
#[test]
fn flow_limit_is_where_gradient_flow_ends() {
    for depth in [2, 3, 4] {
        for seed in 0..4 {
            let problem = random_problem(3, 9, seed);
            let interpolation = Interpolation::new(&problem).unwrap();
            let mut rng = generator(seed, Stream::Data, 2);
            let mut weights = [0, 1].map(|_| {
                (0..9)
                    .map(|_| {
                        rng.random_range(0.3..0.9_f64) * f64::from(rng.random_range(0..2) * 2 - 1)
                    })
                    .collect::<Vec<f64>>()
            });
            weights[0][4] = 0.0;
            let landing = interpolation
                .flow_limit(depth, &weights[0], &weights[1])
                .unwrap();
            assert!(infeasibility(&problem, &landing.beta) <= 1e-12);
            integrate(&problem, depth, &mut weights, 2.0, 0.01);
            let midway = interpolation
                .flow_limit(depth, &weights[0], &weights[1])
                .unwrap();
            integrate(&problem, depth, &mut weights, 400.0, 0.01);
            let end: Vec<f64> = (0..9)
                .map(|j| weights[0][j].powi(depth as i32) - weights[1][j].powi(depth as i32))
                .collect();
            let left = infeasibility(&problem, &end);
            assert!(
                left <= 1e-8,
                "depth {depth} seed {seed}: not at the end, {left:e}"
            );
            for (name, limit) in [("start", &landing), ("midway", &midway)] {
                let gap = relative_distance(&limit.beta, &end);
                assert!(
                    gap <= 1e-7,
                    "depth {depth} seed {seed} from the {name}: {gap:e}"
                );
            }
        }
    }
}

/// From w± = α the flow of depth 2 ends at argmin φ_α, near the saddle too.
#[test]
fn flow_limit_from_the_start_is_least_entropy() {
    let problem = sparse_gaussian(20, 50, 3, 4);
    let interpolation = Interpolation::new(&problem).unwrap();
    for alpha in [1e3_f64, 1.0, 1e-2, 1e-8, 1e-100] {
        let flow = interpolation
            .flow_limit(2, &[alpha; 50], &[-alpha; 50])
            .unwrap();
        let entropy = interpolation
            .least_entropy(&[alpha.ln(); 50], None)
            .unwrap();
        let gap = relative_distance(&flow.beta, &entropy.beta);
        assert!(gap <= 1e-11, "α={alpha}: {gap:e}");
    }
}

/// Off the grid the path is interpolated, on it the distance is rounding.
#[test]
fn the_alpha_path_finds_the_alpha_it_came_from() {
    let problem = sparse_gaussian(40, 100, 5, 2);
    let interpolation = Interpolation::new(&problem).unwrap();
    let path = AlphaPath::new(&interpolation).unwrap();
    for alpha in [1e-4_f64, 3.3e-3, 0.0123, 0.15, 0.7] {
        let landing = interpolation
            .least_entropy(&[alpha.ln(); 100], None)
            .unwrap();
        let (found, distance) = path.equivalent_alpha(&landing.beta);
        assert!((found / alpha).ln().abs() <= 2e-3, "{alpha} {found}");
        assert!(distance <= 1e-4, "α={alpha}: {distance:e}");
        // A push off the path is seen as the distance.
        let mut pushed = landing.beta.clone();
        let push = interpolation.reject(&vec![1.0; 100]);
        for (b, push) in pushed.iter_mut().zip(&push) {
            *b += 1e-2 * push;
        }
        let (_, further) = path.equivalent_alpha(&pushed);
        assert!(further > 10.0 * distance && further <= 1e-2 * norm(&push));
    }
    assert!(interpolation.entropy_path(&[]).unwrap().is_empty());
    assert!(AlphaPath::on_grid(&interpolation, &[0.0, -1.0]).is_err());
}

#[test]
fn rejecting_leaves_nothing_along_the_rows() {
    let problem = random_problem(4, 10, 5);
    let interpolation = Interpolation::new(&problem).unwrap();
    let row: Vec<f64> = problem.train.x.row(2).to_vec();
    assert!(interpolation.off_row_space(&row) <= 1e-15);
    assert_eq!(interpolation.off_row_space(&[0.0; 10]), 0.0);
    let rest = interpolation.reject(&[1.0; 10]);
    assert!((interpolation.off_row_space(&rest) - 1.0).abs() <= 1e-14);
    let expected = misfit_to_rows(&problem, &[1.0; 10]);
    assert!((interpolation.off_row_space(&[1.0; 10]) - expected).abs() <= 1e-13);
}
