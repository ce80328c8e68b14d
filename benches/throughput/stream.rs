//! Bytes per second of X, and of what the core reads at best.

use std::hint::black_box;
use std::time::Instant;

use implicit_bias_lab::model::kernels;
use serde_json::{Value, json};

/// Numbers of each of two vectors that fit no cache: 256 MB together.
const LENGTH: usize = 1 << 24;

/// Bytes that no core has in a cache of its own.
const LARGE: f64 = 8e6;

/// The bytes of X per step, of which this many runs share a reading; GD and SGF read a large X once, too. `None` for an
/// X that stays near.
pub(crate) fn bytes_per_step(n: usize, d: usize, runs: usize) -> Option<f64> {
    let bytes = 8.0 * (n * d) as f64;
    (bytes > LARGE).then_some(bytes / runs as f64)
}

/// Bytes per second of the inner product of two long vectors, the best of four.
fn stream() -> f64 {
    let [a, b] = [1.0, 2.0].map(|number| vec![number; LENGTH]);
    let rates = (0..4).map(|_| {
        let start = Instant::now();
        black_box(kernels::dot(black_box(&a), black_box(&b)));
        16.0 * LENGTH as f64 / start.elapsed().as_secs_f64()
    });
    rates.fold(0.0, f64::max)
}

/// Adds the bytes per second of a work to its line.
pub(crate) fn tell(line: &mut Value, bytes_per_second: f64) {
    let stream = stream();
    line["gb_per_s"] = json!(1e-9 * bytes_per_second);
    line["fraction_of_stream"] = json!(bytes_per_second / stream);
    line["stream_gb_per_s"] = json!(1e-9 * stream);
}
