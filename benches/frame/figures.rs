//! What is printed.

use std::io::{self, Write as _};
use std::time::Duration;

use serde_json::{Value, json};

/// Prints the figures of a work.
pub(super) fn print(work: &str, figures: Value) -> io::Result<()> {
    let mut line = json!({ "impl": "implicit-bias-lab", "work": work });
    if let (Some(line), Value::Object(figures)) = (line.as_object_mut(), figures) {
        line.extend(figures);
    }
    writeln!(io::stdout(), "{line}")
}

/// p50, p90, p99 and the largest, in milliseconds.
pub(super) fn percentiles(times: impl Iterator<Item = Duration>) -> Value {
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    let at = |part: f64| {
        let place = (part * times.len() as f64).ceil() as usize;
        let time = times.get(place.clamp(1, times.len().max(1)) - 1);
        rounded(1e3 * time.map_or(0.0, Duration::as_secs_f64))
    };
    json!({ "p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "max": at(1.0) })
}

/// Three decimals.
pub(super) fn rounded(number: f64) -> f64 {
    (number * 1e3).round() / 1e3
}

/// The middle one.
pub(super) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}
