//! Examples shared by the tests of both mirror maps.

use crate::labs::diagonal::theory::interpolation::newton::Mirror;

/// dβ/dq by central differences with h = 1e-6, where both formulas for β are in use.
pub(super) fn check_slope(mirror: &impl Mirror, d: usize, q: &[f64]) {
    let h = 1e-6;
    let (mut beta, mut slope) = (vec![0.0; d], vec![0.0; d]);
    let (mut after, mut before, mut unused) = (beta.clone(), beta.clone(), beta.clone());
    mirror.evaluate(q, &mut beta, &mut slope);
    let moved = |h: f64| q.iter().map(|q| q + h).collect::<Vec<f64>>();
    mirror.evaluate(&moved(h), &mut after, &mut unused);
    mirror.evaluate(&moved(-h), &mut before, &mut unused);
    for j in 0..d {
        let difference = (after[j] - before[j]) / (2.0 * h);
        assert!(
            (difference - slope[j]).abs() <= 1e-7 * slope[j].max(1.0),
            "{j}: {difference} {}",
            slope[j]
        );
    }
}

pub(super) const W_PLUS: [f64; 4] = [0.7, -0.9, 1.3, 0.0];
pub(super) const W_MINUS: [f64; 4] = [0.6, 0.2, -1.2, 0.8];
pub(super) const Q: [f64; 4] = [0.05, -0.02, 0.1, 0.03];
