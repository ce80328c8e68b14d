//! What pictures show of a recorded state, and of the data: functions of the facts and of weights.

use std::f64::consts::FRAC_1_SQRT_2;

use crate::labs::diagonal::network::{effective_alpha, geometric_mean};
use crate::labs::diagonal::potential::{level_curve, level_curve_from, normalised_profile};
use crate::model::data::fourier::Fourier;
use crate::model::kernels::difference_of_powers;
use crate::scene::pictures::space::Plane3;
use crate::sim::experiment::Facts;

/// p of the experiment.
pub(super) fn depth(facts: &Facts) -> u32 {
    facts.scalars.get("depth").map_or(2, |depth| *depth as u32)
}

/// βⱼ = w₊ⱼᵖ − w₋ⱼᵖ of a recorded state.
pub(super) fn beta(facts: &Facts, state: &[Vec<f64>], j: usize) -> f64 {
    difference_of_powers(state[0][j], state[1][j], depth(facts))
}

/// All of them.
pub(super) fn coefficients(facts: &Facts, state: &[Vec<f64>]) -> Vec<f64> {
    let depth = depth(facts);
    let weights = state[0].iter().zip(&state[1]);
    let beta = weights.map(|(plus, minus)| difference_of_powers(*plus, *minus, depth));
    beta.collect()
}

/// φ_{α_t} in one dimension with the geometric mean of the measured effective α.
pub(super) fn potential(facts: &Facts, state: &[Vec<f64>], b: &[f64]) -> Vec<f64> {
    let depth = depth(facts);
    let alpha = geometric_mean(effective_alpha(&state[0], &state[1], depth));
    normalised_profile(alpha, b, depth)
}

/// The effective α of coordinate j of a recorded state: √|w₊ⱼw₋ⱼ| for p = 2.
pub(super) fn measured_alpha(facts: &Facts, state: &[Vec<f64>], j: usize) -> f64 {
    let entry = effective_alpha(&state[0][j..=j], &state[1][j..=j], depth(facts)).next();
    entry.unwrap_or(f64::NAN)
}

/// The gain of coordinate j of a recorded state: −2 ln of its effective α over that of the start.
pub(super) fn gain(facts: &Facts, state: &[Vec<f64>], j: usize) -> f64 {
    let start = facts.vectors.get("alpha").and_then(|alpha| alpha.get(j));
    let start = start.copied().unwrap_or(f64::NAN);
    -2.0 * (measured_alpha(facts, state, j) / start).ln()
}

/// αⱼ exp(−2Dⱼs − ∫λ) for the shrinkage s = γ∫(L+δ²) (eq. 5, 10) and the weight decay λ; deeper networks have two
/// effective α per coordinate, which depend on the whole course of the weights.
pub(super) fn predicted_alpha(facts: &Facts, doses: &[f64], j: usize) -> f64 {
    let &[shrinkage, decay] = doses else {
        return f64::NAN;
    };
    if depth(facts) > 2 {
        return f64::NAN;
    }
    let entry = |id: &str| {
        let vector = facts.vectors.get(id);
        vector.and_then(|v| v.get(j)).copied().unwrap_or(f64::NAN)
    };
    entry("alpha") * (-2.0 * entry("column_mean_square") * shrinkage - decay).exp()
}

/// The learned function Σⱼ βⱼ featureⱼ at x.
pub(super) fn learned(facts: &Facts, beta: &[f64], x: f64) -> f64 {
    let weighted = facts.scalars.get("fourier_weighted");
    Fourier::function(beta, weighted.is_some_and(|weighted| *weighted > 0.0), x)
}

pub(super) fn is_fourier(facts: &Facts) -> bool {
    facts.vectors.contains_key("fourier_points")
}

pub(super) fn is_high_dimensional(facts: &Facts) -> bool {
    !is_low_dimensional(facts)
}

/// Two or three coefficients: they can be drawn themselves.
pub(super) fn is_low_dimensional(facts: &Facts) -> bool {
    let d = facts.scalars.get("d");
    d.is_some_and(|d| (2.0..=3.0).contains(d))
}

/// The line of interpolators of a problem with one degree of freedom, from the point of least norm
/// on it and its direction, which are set up as facts.
pub(super) fn interpolators(facts: &Facts) -> Option<[Vec<f64>; 2]> {
    let point = facts.vectors.get("line_point")?;
    let direction = facts.vectors.get("line_direction")?;
    let at = |s: f64| -> Vec<f64> {
        let coordinates = point.iter().zip(direction);
        coordinates
            .map(|(point, along)| point + s * along)
            .collect()
    };
    Some([at(-50.0), at(50.0)])
}

/// The plane β₁ = β₂, in which deterministic flows from equal weights stay in the 3-D toy; seen face on at first.
pub(super) const PLANE_OF_SYMMETRY: Plane3 = Plane3 {
    name: "plane of symmetry",
    through: [0.0; 3],
    sides: [[FRAC_1_SQRT_2, FRAC_1_SQRT_2, 0.0], [0.0, 0.0, 1.0]],
    towards: [1.0, -1.0, 0.0],
    up: [0.0, 0.0, 1.0],
    tinted: false,
};

/// The level curve of φ_{α_t}, or of the divergence from where a start with that α_t would be, through a point;
/// with the measured α_t = √|w₊w₋|.
pub(super) fn level(facts: &Facts, state: &[Vec<f64>], through: &[f64]) -> Vec<[f64; 2]> {
    let depth = depth(facts);
    let alpha: Vec<f64> = effective_alpha(&state[0], &state[1], depth).collect();
    let tilt = facts.vectors.get("start_tilt").map(Vec::as_slice);
    match (&alpha[..], through, tilt) {
        (&[first, second], &[x, y], Some(&[tilt_1, tilt_2])) => {
            level_curve_from([first, second], [tilt_1, tilt_2], [x, y])
        }
        (&[first, second], &[x, y], _) => level_curve([first, second], [x, y], depth),
        _ => Vec::new(),
    }
}

/// Gradient flow from a few scales, for one sample and two coordinates: there the flow's path is
/// bⱼ(s) = 2α² sinh(s xⱼ), whatever the loss, up to the line ⟨x, b⟩ = y.
pub(super) fn fan(facts: &Facts) -> Vec<(String, Vec<[f64; 2]>)> {
    const SCALES: [f64; 5] = [0.003, 0.03, 0.1, 0.3, 3.0];
    const POINTS: usize = 80;
    let (Some([x1, x2]), Some([y])) = (
        facts.vectors.get("features").map(Vec::as_slice),
        facts.vectors.get("labels").map(Vec::as_slice),
    ) else {
        return Vec::new();
    };
    let path = |alpha: f64| -> Option<Vec<[f64; 2]>> {
        let at = |s: f64| [x1, x2].map(|x| 2.0 * alpha * alpha * (s * x).sinh());
        let value = |s: f64| at(s)[0] * x1 + at(s)[1] * x2;
        let sign = y.signum();
        let mut far = sign;
        while value(far) * sign < y.abs() {
            far *= 2.0;
            if far.abs() > 1e6 {
                return None;
            }
        }
        let mut near = 0.0;
        for _ in 0..80 {
            let middle = 0.5 * (near + far);
            if value(middle) * sign < y.abs() {
                near = middle;
            } else {
                far = middle;
            }
        }
        // Most of the way is near the end of s, where the exponentials are.
        let places = (0..=POINTS).map(|i| (i as f64 / POINTS as f64).powf(0.3));
        Some(places.map(|part| at(part * far)).collect())
    };
    let named = SCALES.iter().filter_map(|alpha| {
        let points = path(*alpha)?;
        Some((format!("α = {}", crate::format::number(*alpha, 1)), points))
    });
    named.collect()
}
