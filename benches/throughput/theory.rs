//! The time of what the theory solves for, in the JSON form of the steps: milliseconds instead of a rate.
//!
//! The data are a sparse recovery of the same law for all sizes: Gaussian features and n/12 coefficients of ±1.

use std::hint::black_box;
use std::time::Instant;

use implicit_bias_lab::labs::diagonal::theory::interpolation::{AlphaPath, Interpolation};
use implicit_bias_lab::model::random::{Stream, generator};
use implicit_bias_lab::model::regression::{Regression, Rows, Validation};
use ndarray::{Array2, ArrayView1};
use rand::RngExt as _;
use rand_distr::StandardNormal;
use serde_json::{Value, json};

/// α of the work `entropy`.
const ALPHA: f64 = 1e-4;

/// Timings of which the median is taken, at the least.
const REPEATS: usize = 5;

pub(crate) struct Work {
    pub(crate) name: &'static str,
    /// What is solved for once X is factorised; returns the ℓ₁ norm of what it finds.
    solve: fn(&Interpolation) -> f64,
    /// Whether it is timed only where it is asked for by name.
    pub(crate) is_extra: bool,
}

pub(crate) static WORKS: [Work; 4] = [
    Work {
        name: "least-l1",
        solve: |interpolation| {
            interpolation
                .least_l1()
                .map_or(f64::NAN, |found| found.norm)
        },
        is_extra: false,
    },
    Work {
        name: "least-l1-interior-point",
        solve: |interpolation| {
            let weights = vec![1.0; interpolation.d()];
            let found = interpolation.least_weighted_l1_by_interior_point(&weights);
            found.map_or(f64::NAN, |found| found.norm)
        },
        is_extra: true,
    },
    Work {
        name: "entropy",
        solve: |interpolation| {
            let log_alpha = vec![ALPHA.ln(); interpolation.d()];
            let limit = interpolation.least_entropy(&log_alpha, None);
            limit.map_or(f64::NAN, |limit| limit.beta.iter().map(|b| b.abs()).sum())
        },
        is_extra: false,
    },
    Work {
        name: "alpha-path",
        solve: |interpolation| {
            let path = AlphaPath::new(interpolation);
            let sparsest = path.ok().and_then(|path| path.betas().first().cloned());
            sparsest.map_or(f64::NAN, |beta| beta.iter().map(|b| b.abs()).sum())
        },
        is_extra: true,
    },
];

/// A sparse recovery.
pub(crate) fn problem(n: usize, d: usize) -> Regression {
    let mut rng = generator(3, Stream::Data, 0);
    let x = Array2::from_shape_simple_fn((n, d), || rng.sample(StandardNormal));
    let mut beta_star = vec![0.0; d];
    let mut left = (n / 12).max(2).min(d);
    while left > 0 {
        let place = rng.random_range(0..d);
        if beta_star[place] == 0.0 {
            beta_star[place] = if rng.random_bool(0.5) { 1.0 } else { -1.0 };
            left -= 1;
        }
    }
    let y = x.dot(&ArrayView1::from(&beta_star)).to_vec();
    Regression::new(Rows { x, y }, Validation::Unavailable)
}

/// The medians of a work: from the data, and from the factorisation of X that all works share.
pub(crate) fn times(problem: &Regression, work: &Work, seconds: f64) -> Value {
    let (mut whole, mut solved) = (Vec::new(), Vec::new());
    let mut norm = f64::NAN;
    let begin = Instant::now();
    while whole.len() < REPEATS || begin.elapsed().as_secs_f64() < seconds {
        let start = Instant::now();
        let Ok(interpolation) = Interpolation::new(problem) else {
            break;
        };
        let factorised = Instant::now();
        norm = black_box((work.solve)(&interpolation));
        solved.push(1e3 * factorised.elapsed().as_secs_f64());
        whole.push(1e3 * start.elapsed().as_secs_f64());
    }
    json!({
        "impl": "implicit-bias-lab",
        "work": work.name,
        "n": problem.n(),
        "d": problem.d(),
        "ms": median(&mut whole),
        "ms_after_factorisation": median(&mut solved),
        "norm": norm,
    })
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
