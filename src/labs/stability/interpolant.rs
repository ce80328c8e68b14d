//! How smooth an interpolant can be: the least ∫|f''|g, and the largest step size at which one can be stable.
//!
//! g is concave between neighbouring inputs, so that a bend there costs at least what its parts at the two inputs
//! cost: no interpolant has a smaller ∫|f''|g than straight lines between the samples, W* = Σ|Δslope_j| g(x_j). Stable
//! minima have ∫|f''|g ≤ 1/η − ½, so that none interpolates beyond η* = 1/(W* + ½).
//!
//! The knots of straight lines lie on the samples, where the loss is not differentiable (Theorem 2 of Mulayoff et al. and
//! not 1): η* is an infimum, which runs need not reach.

use super::weight::Weight;

/// W* of some samples; `None` if two of them have the same input and different labels.
pub fn least_curvature(x: &[f64], y: &[f64], weight: &Weight) -> Option<f64> {
    let mut samples: Vec<[f64; 2]> = x.iter().zip(y).map(|(x, y)| [*x, *y]).collect();
    samples.sort_by(|a, b| a[0].total_cmp(&b[0]));
    if samples
        .windows(2)
        .any(|pair| pair[0][0] == pair[1][0] && pair[0][1] != pair[1][1])
    {
        return None;
    }
    samples.dedup();
    let slope = |from: [f64; 2], to: [f64; 2]| (to[1] - from[1]) / (to[0] - from[0]);
    let bends = samples.windows(3).map(|three| {
        let bend = slope(three[1], three[2]) - slope(three[0], three[1]);
        bend.abs() * weight.at(three[1][0])
    });
    Some(bends.sum())
}

/// η* = 1/(W* + ½).
pub fn largest_step_size(least_curvature: f64) -> f64 {
    (least_curvature + 0.5).recip()
}

#[cfg(test)]
mod tests {
    use rand::RngExt as _;

    use super::super::selftest::inputs;
    use super::*;
    use crate::model::random::{Stream, generator};

    /// ∫|f''|g of other interpolants of the same samples: bend each line between two samples at a random place to
    /// a random slope.
    #[test]
    fn no_interpolant_bends_less() {
        for seed in 0..40 {
            let (mut x, y) = inputs(seed, 7);
            x.sort_by(f64::total_cmp);
            let weight = Weight::new(&x);
            let least = least_curvature(&x, &y, &weight).unwrap();
            let mut random = generator(seed, Stream::Checks, 1);
            for _ in 0..50 {
                let size = random.random::<f64>();
                let mut points = vec![[x[0], y[0]]];
                for j in 1..x.len() {
                    let part: f64 = random.random();
                    let middle = y[j - 1] + part * (y[j] - y[j - 1]);
                    let at = x[j - 1] + part * (x[j] - x[j - 1]);
                    points.push([at, middle + size * (random.random::<f64>() - 0.5)]);
                    points.push([x[j], y[j]]);
                }
                let slope = |a: [f64; 2], b: [f64; 2]| (b[1] - a[1]) / (b[0] - a[0]);
                let cost: f64 = points
                    .windows(3)
                    .map(|three| {
                        let bend = slope(three[1], three[2]) - slope(three[0], three[1]);
                        bend.abs() * weight.at(three[1][0])
                    })
                    .sum();
                assert!(cost >= least * (1.0 - 1e-9), "{seed}: {cost} {least}");
            }
        }
    }

    #[test]
    fn straight_data_need_no_bend_and_contradictions_have_no_interpolant() {
        let least = |x: &[f64], y: &[f64]| least_curvature(x, y, &Weight::new(x));
        assert_eq!(least(&[0.3], &[1.0]), Some(0.0));
        assert_eq!(least(&[0.0, 1.0], &[1.0, 5.0]), Some(0.0));
        assert_eq!(least(&[0.0, 1.0, 2.0], &[1.0, 2.0, 3.0]), Some(0.0));
        assert_eq!(least(&[1.0, 1.0, 2.0], &[1.0, 2.0, 3.0]), None);
        assert_eq!(least(&[1.0, 1.0, 2.0], &[1.0, 1.0, 3.0]), Some(0.0));
        assert_eq!(largest_step_size(0.0), 2.0);
    }
}
