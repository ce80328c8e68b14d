//! The ℓ₁ interpolators and their certificates.

use super::{infeasibility, problem, random_problem, relative_distance, sparse_gaussian};
use implicit_bias_lab::labs::diagonal::theory::interpolation::{Interpolation, Solutions};
use ndarray::array;

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
        assert!(least_l1.solutions == Solutions::One, "seed {seed}");
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
    assert!((plain.norm - 1.0).abs() <= 1e-12 && plain.solutions == Solutions::One);
    let weighted = interpolation
        .least_weighted_l1(&toy.column_mean_square)
        .unwrap();
    assert!(relative_distance(&weighted.beta, &[2.0, 0.0]) <= 1e-12);
    assert!((weighted.norm - 2.0).abs() <= 1e-12 && weighted.solutions == Solutions::One);
    // With weights x every interpolator of one sign is as good.
    let tied = interpolation.least_weighted_l1(&[1.0, 2.0]).unwrap();
    assert!((tied.norm - 2.0).abs() <= 1e-9 && tied.solutions == Solutions::Several);
}
