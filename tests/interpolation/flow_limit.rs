//! The end of gradient flow from any weights, against integration.

use super::{
    infeasibility, misfit_to_rows, norm, problem, random_problem, relative_distance,
    sparse_gaussian,
};
use implicit_bias_lab::labs::diagonal::theory::interpolation::{AlphaPath, Interpolation};
use implicit_bias_lab::model::random::{Stream, generator};
use implicit_bias_lab::model::regression::Regression;
use implicit_bias_lab::model::watch::Watch;
use ndarray::array;
use rand::RngExt as _;

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
            let limit = interpolation
                .flow_limit(depth, &weights[0], &weights[1])
                .unwrap();
            assert!(infeasibility(&problem, &limit.beta) <= 1e-12);
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
            for (name, limit) in [("start", &limit), ("midway", &midway)] {
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
        let limit = interpolation
            .least_entropy(&[alpha.ln(); 100], None)
            .unwrap();
        let (found, distance) = path.equivalent_alpha(&limit.beta);
        assert!((found / alpha).ln().abs() <= 2e-3, "{alpha} {found}");
        assert!(distance <= 1e-4, "α={alpha}: {distance:e}");
        // A push off the path is seen as the distance.
        let mut pushed = limit.beta.clone();
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

/// Points found from their neighbours are those found alone: both solve Xβ = y to 1e-12, which
/// moves β by less than 1e-10 (Stewart's bound, see the tests of least entropies).
#[test]
fn the_alpha_path_is_made_of_least_entropies() {
    for (n, d, seed) in [
        (40, 100, 0),
        (12, 30, 1),
        (3, 40, 2),
        (30, 31, 3),
        (60, 400, 5),
    ] {
        let problem = random_problem(n, d, seed);
        let watch = Watch::default();
        let interpolation = Interpolation::new(&problem).unwrap().watched(&watch);
        let path = AlphaPath::new(&interpolation).unwrap();
        let stage = watch.stage().unwrap();
        assert_eq!([stage.done, stage.of], [path.betas().len() as u64; 2]);
        for (log_alpha, beta) in path.log_alphas().iter().zip(path.betas()).step_by(8) {
            let alone = interpolation
                .least_entropy(&vec![*log_alpha; d], None)
                .unwrap();
            let distance = relative_distance(beta, &alone.beta);
            assert!(
                distance <= 1e-10,
                "{n}x{d}, ln α = {log_alpha}: {distance:e}"
            );
        }
        watch.give_up();
        assert!(AlphaPath::new(&interpolation).is_err());
    }
}

/// No rows to speak of, and labels that are 0.
#[test]
fn the_alpha_path_of_nothing_is_nothing() {
    for x in [array![[0.0, 0.0]], array![[1.0, 2.0]]] {
        let interpolation = Interpolation::new(&problem(x, vec![0.0])).unwrap();
        let path = AlphaPath::new(&interpolation).unwrap();
        assert!(path.betas().iter().flatten().all(|beta| *beta == 0.0));
        assert_eq!(interpolation.least_l1().unwrap().beta, [0.0, 0.0]);
    }
}
