//! What pictures show of a recorded state, and of the data: functions of the facts and of w.

use super::geometry::{FAN, FAN_POINTS, SHEET_POINTS};
use super::theory::potential::Potential;
use super::theory::span::norm;
use crate::scene::pictures::space::Plane3;
use crate::sim::experiment::Facts;

/// Whether a fact that is 0 or 1 is 1.
fn holds(facts: &Facts, name: &str) -> bool {
    facts.scalars.get(name).is_some_and(|fact| *fact > 0.0)
}

pub(super) fn is_logistic(facts: &Facts) -> bool {
    holds(facts, "is_logistic")
}

pub(super) fn is_square(facts: &Facts) -> bool {
    !is_logistic(facts)
}

/// Whether the solutions are a line of the plane or of space.
pub(super) fn is_drawn(facts: &Facts) -> bool {
    facts.vectors.contains_key("solution_line_point")
}

/// Whether the classes can be drawn.
pub(super) fn has_classes(facts: &Facts) -> bool {
    facts.vectors.contains_key("points")
}

/// Whether w* is known.
pub(super) fn has_truth(facts: &Facts) -> bool {
    facts.vectors.contains_key("w_star")
}

pub(super) fn weight(_: &Facts, state: &[Vec<f64>], j: usize) -> f64 {
    state[0][j]
}

/// w/‖w‖; 0 at 0.
pub(super) fn unit_weights(_: &Facts, state: &[Vec<f64>]) -> Vec<f64> {
    let size = norm(&state[0]);
    let unit = state[0]
        .iter()
        .map(|w| if size > 0.0 { w / size } else { 0.0 });
    unit.collect()
}

pub(super) fn weights(_: &Facts, state: &[Vec<f64>]) -> Vec<f64> {
    state[0].clone()
}

/// Two points of the line of solutions.
pub(super) fn solutions(facts: &Facts) -> Option<[Vec<f64>; 2]> {
    let point = facts.vectors.get("solution_line_point")?;
    let direction = facts.vectors.get("solution_line_direction")?;
    let at = |s: f64| -> Vec<f64> {
        let parts = point.iter().zip(direction);
        parts.map(|(point, along)| point + s * along).collect()
    };
    Some([at(-50.0), at(50.0)])
}

/// A vector of three coordinates.
fn three(facts: &Facts, name: &str) -> Option<[f64; 3]> {
    facts.vectors.get(name)?.as_slice().try_into().ok()
}

/// w₀ + span(xᵢ), as the floor of the picture: seen from a little above it, the way from w₀ across.
pub(super) fn span_plane(facts: &Facts) -> Option<Plane3> {
    /// How high above the plane the viewer is: the tangent of the angle.
    const ABOVE: f64 = 0.55;
    let sides = [three(facts, "span_1")?, three(facts, "span_2")?];
    let up = three(facts, "off_span_1")?;
    let through = three(facts, "w_0")?;
    let nearest = three(facts, "solution_line_point")?;
    // Across the way from 0 to the solutions, which then runs from left to right.
    let parts = sides.map(|side| {
        let pairs = side.iter().zip(&nearest);
        pairs.map(|(a, b)| a * b).sum::<f64>()
    });
    let length = parts[0].hypot(parts[1]);
    let [a, b] = if length > 0.0 {
        parts.map(|part| part / length)
    } else {
        [1.0, 0.0]
    };
    Some(Plane3 {
        name: "w₀ + span(xᵢ)",
        through,
        sides,
        towards: std::array::from_fn(|i| b * sides[0][i] - a * sides[1][i] + ABOVE * up[i]),
        up,
        tinted: true,
    })
}

/// The lines of the sheet of points that mirror descent can reach.
pub(super) fn sheet(facts: &Facts) -> Vec<Vec<[f64; 3]>> {
    let points = facts.vectors.get("sheet").map_or(&[][..], Vec::as_slice);
    let lines = points.as_chunks::<3>().0.chunks_exact(SHEET_POINTS);
    lines.map(<[[f64; 3]]>::to_vec).collect()
}

/// The flows of other exponents in the plane: name and points.
pub(super) fn fan(facts: &Facts) -> Vec<(String, Vec<[f64; 2]>)> {
    let points = facts.vectors.get("fan").map_or(&[][..], Vec::as_slice);
    let paths = points.as_chunks::<2>().0.chunks_exact(FAN_POINTS);
    let named = FAN.iter().zip(paths);
    named
        .map(|(p, path)| (format!("p = {p}"), path.to_vec()))
        .collect()
}

/// The closed curve { w : D_Ψ(w, w₀) = D_Ψ(through, w₀) } in the plane, for mirror descent's potential where it runs
/// and the Euclidean one where it does not: a Bregman ball, which is convex and has w₀ inside.
pub(super) fn level(facts: &Facts, _state: &[Vec<f64>], through: &[f64]) -> Vec<[f64; 2]> {
    const POINTS: usize = 90;
    let Some(&[x, y]) = facts.vectors.get("w_0").map(Vec::as_slice) else {
        return Vec::new();
    };
    let potential = drawn_potential(facts);
    let value = |w: &[f64]| potential.divergence(w, &[x, y]);
    let level = value(through);
    if level.is_nan() || level <= 0.0 {
        return Vec::new();
    }
    let points = (0..=POINTS).map(|point| {
        let turn = std::f64::consts::TAU * point as f64 / POINTS as f64;
        let at = |r: f64| [x + r * turn.cos(), y + r * turn.sin()];
        // Divergences grow along rays from w₀; what is outside the domain is far.
        let beyond = |r: f64| value(&at(r)).partial_cmp(&level) != Some(std::cmp::Ordering::Less);
        let (mut low, mut high) = (0.0, 1.0);
        while !beyond(high) && high < 1e6 {
            low = high;
            high *= 2.0;
        }
        for _ in 0..32 {
            let middle = 0.5 * (low + high);
            if beyond(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        at(low)
    });
    points.collect()
}

/// The potential of [`level`], from the facts that [`potential_facts`] has set up.
fn drawn_potential(facts: &Facts) -> Potential {
    let scalar = |name: &str| facts.scalars.get(name).copied();
    if let Some(p) = scalar("potential_p") {
        Potential::Power(p)
    } else if let Some(alpha) = scalar("potential_alpha") {
        Potential::Hypentropy(alpha)
    } else if holds(facts, "potential_entropy") {
        Potential::Entropy
    } else {
        Potential::Euclidean
    }
}

/// Notes which potential pictures are to draw.
pub(super) fn potential_facts(facts: &mut Facts, potential: &Potential) {
    match potential {
        Potential::Power(p) => facts.scalars.insert("potential_p", *p),
        Potential::Hypentropy(alpha) => facts.scalars.insert("potential_alpha", *alpha),
        Potential::Entropy => facts.scalars.insert("potential_entropy", 1.0),
        Potential::Euclidean | Potential::Preconditioned(_) => None,
    };
}
