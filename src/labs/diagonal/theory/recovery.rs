//! How many samples the least ℓ₁ norm needs to find a sparse vector.

use std::f64::consts::{PI, SQRT_2};

/// Samples of N(0, I) above which the interpolator of least ℓ₁ norm is a vector with `sparsity` of `d` entries that are
/// not 0, with a probability that tends to 1 as d grows; below, to 0.
///
/// It is the statistical dimension of the norm's
/// descent cone, as bounded by Amelunxen, Lotz, McCoy and Tropp (2014, Proposition 4.5), which is at most 2√(d/s) above it:
/// d ψ(s/d), ψ(r) = min over τ ≥ 0 of r(1+τ²) + 2(1−r)((1+τ²)Q(τ) − τφ(τ)).
pub fn least_samples(sparsity: f64, d: f64) -> f64 {
    d * psi((sparsity / d).clamp(0.0, 1.0))
}

fn psi(r: f64) -> f64 {
    if r <= 0.0 {
        return 0.0;
    }
    // Half of the derivative, rτ + 2(1−r)(τQ − φ), rises from below 0 to above it.
    let slope = |tau: f64| r * tau + 2.0 * (1.0 - r) * (tau * tail(tau) - density(tau));
    // Beyond 40 the tail is below the smallest number.
    let (mut low, mut high) = (0.0, 40.0);
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        if slope(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    let tau = 0.5 * (low + high);
    let square = 1.0 + tau * tau;
    r * square + 2.0 * (1.0 - r) * (square * tail(tau) - tau * density(tau))
}

/// φ, the standard normal density.
fn density(x: f64) -> f64 {
    libm::exp(-0.5 * x * x) / (2.0 * PI).sqrt()
}

/// Q, its tail.
fn tail(x: f64) -> f64 {
    0.5 * libm::erfc(x / SQRT_2)
}

#[cfg(test)]
mod tests {
    use rand_distr::{Distribution as _, StandardNormal};

    use super::*;
    use crate::model::random::{Stream, generator};

    /// Numbers from other code.
    #[test]
    fn the_known_numbers_come_out() {
        for (sparsity, d, expected) in [
            (1.0, 100.0, 6.1),
            (2.0, 100.0, 10.4),
            (5.0, 100.0, 20.4),
            (10.0, 100.0, 32.9),
            (20.0, 100.0, 51.1),
            (5.0, 200.0, 24.6),
            (5.0, 400.0, 29.1),
            (5.0, 1000.0, 35.4),
            (10.0, 1000.0, 61.2),
        ] {
            let found = least_samples(sparsity, d);
            assert!(
                (found - expected).abs() < 0.06,
                "{sparsity} of {d}: {found}"
            );
        }
        assert_eq!(least_samples(0.0, 100.0), 0.0);
        assert!((least_samples(100.0, 100.0) - 100.0).abs() < 1e-9);
    }

    /// The definition: the mean squared distance of a normal vector g from the cone of the subdifferential at a sparse
    /// vector, min over τ ≥ 0 of Σ over the support (g − τ)² + Σ over the rest max(|g| − τ, 0)². It lies below the bound by 2√(d/s)
    /// at most, and the mean of the draws within five standard errors of its expectation.
    #[test]
    fn it_is_the_statistical_dimension_of_the_descent_cone() {
        let (sparsity, d, draws) = (100, 2000, 200);
        let mut random = generator(7, Stream::Data, 0);
        let distances: Vec<f64> = (0..draws)
            .map(|_| {
                let g: Vec<f64> = (0..d).map(|_| StandardNormal.sample(&mut random)).collect();
                let (support, rest) = g.split_at(sparsity);
                let squared = |tau: f64| {
                    let on = support.iter().map(|g| (g - tau).powi(2));
                    let off = rest.iter().map(|g| (g.abs() - tau).max(0.0).powi(2));
                    on.chain(off).sum::<f64>()
                };
                // Convex in τ: by thirds.
                let (mut low, mut high) = (0.0, 10.0);
                for _ in 0..60 {
                    let third = (high - low) / 3.0;
                    if squared(low + third) < squared(high - third) {
                        high -= third;
                    } else {
                        low += third;
                    }
                }
                squared(low)
            })
            .collect();
        let count = f64::from(draws);
        let mean = distances.iter().sum::<f64>() / count;
        let variance = distances.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0);
        let error = 5.0 * (variance / count).sqrt();
        let found = least_samples(100.0, 2000.0);
        let gap = 2.0 * (2000.0_f64 / 100.0).sqrt();
        assert!(
            mean - error < found && found < mean + error + gap,
            "{found} against {mean} ± {error}"
        );
        assert!(
            error < 0.05 * mean,
            "the check would say little: {error} of {mean}"
        );
    }
}
