//! One run on several threads: the bits of one thread.

use std::sync::Arc;

use implicit_bias_lab::model::aligned::InterleavedRows;
use rayon::ThreadPoolBuilder;

use super::{HYPER, Run, problem, residual, transposed};

/// Whether a large X is read by the caller alone or by 1, 2 or 5 threads, and in which order they come to it: the
/// same weights and losses, of GD and of the flow, which takes a second product along.
#[test]
fn one_large_run_has_the_same_bits_on_any_number_of_threads() {
    let problem = problem(700, 3_000, 1);
    assert!(problem.interleaved_rows().parts().len() > 2);
    for method in ["gd", "sgf"] {
        let after = |threads: Option<usize>| {
            let mut run = Run::new(method, &problem, 0.1, &HYPER);
            if let Some(threads) = threads {
                let pool = ThreadPoolBuilder::new().num_threads(threads);
                run.rule.use_threads(&Arc::new(pool.build().unwrap()));
            }
            for _ in 0..5 {
                run.step(0.02, 0.0);
            }
            (run.weights, run.ledger.loss_integral)
        };
        let alone = after(None);
        for threads in [1, 2, 5] {
            assert!(after(Some(threads)) == alone, "{method} on {threads}");
        }
    }
}

/// A step of GD on an X of several parts against plain loops; 700 terms of 3 000 products each, 1e-12.
#[test]
fn the_parts_of_a_large_matrix_add_up() {
    let problem = problem(701, 3_001, 2);
    let mut run = Run::new("gd", &problem, 0.1, &HYPER);
    run.step(0.02, 0.0);
    let before = run.weights.clone();
    let r = residual(&problem, &before.beta());
    let g = transposed(&problem, &r);
    run.step(0.02, 0.0);
    for (j, g) in g.iter().enumerate() {
        let expected = before.w_plus[j] * (1.0 - 0.02 / 701.0 * g);
        let off = run.weights.w_plus[j] / expected - 1.0;
        assert!(off.abs() < 1e-12, "{j}: {off}");
    }
}

/// The parts are all blocks, in order, and a small matrix is one part: no bit of it is other than it was.
#[test]
fn parts_are_all_blocks_and_small_matrices_are_one() {
    for (n, d, expected) in [
        (40, 100, 1),
        (400, 1_000, 1),
        (1_000, 1_000, 1),
        (600, 4_000, 4),
        (20, 100_000, 1),
        (2_000, 10_000, 31),
    ] {
        let rows = InterleavedRows::new(&vec![0.0; n * d], d);
        let parts = rows.parts();
        assert_eq!(parts.first().unwrap().start, 0);
        assert_eq!(parts.last().unwrap().end, rows.blocks());
        assert!(parts.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert_eq!(parts.len(), expected, "{n}×{d}");
    }
}
