//! What two or three coefficients let one draw: the line of solutions, the plane w₀ + span(xᵢ), and the sheet of
//! points that mirror descent can reach, as facts.

use super::data::Data;
use super::readings;
use super::settings::Settings;
use super::theory::bregman::Projector;
use super::theory::potential::Potential;
use super::theory::span::{Span, norm};
use crate::sim::experiment::Facts;

/// The vectors of [`Facts`] along which the settings of [`SHIFTS`](super::settings::SHIFTS) move the start.
pub(super) const DIRECTIONS: [&str; 3] = ["span_1", "span_2", "off_span_1"];

/// The sheet has so many lines in either direction,
pub(super) const SHEET_LINES: usize = 13;
/// and so many points on each.
pub(super) const SHEET_POINTS: usize = 37;

/// The exponents of the fan of flows in the plane.
pub(super) const FAN: [f64; 3] = [1.1, 2.0, 6.0];
/// Points of each flow.
pub(super) const FAN_POINTS: usize = 60;

/// The unit vectors along which the start can be shifted: two of the span and one off it, as far as there are.
pub(super) fn directions(span: &Span, d: usize) -> [Option<Vec<f64>>; 3] {
    let mut basis = span.basis().chunks_exact(d).map(<[f64]>::to_vec);
    [basis.next(), basis.next(), span.off_direction()]
}

/// w₀ without its shifts, and with them.
pub(super) fn start(settings: &Settings, span: &Span, d: usize) -> [Vec<f64>; 2] {
    let base: Vec<f64> = settings.start.iter().copied().cycle().take(d).collect();
    let mut shifted = base.clone();
    for (direction, shift) in directions(span, d).iter().zip(settings.shifts) {
        for (w, e) in shifted.iter_mut().zip(direction.iter().flatten()) {
            *w += shift * e;
        }
    }
    [base, shifted]
}

/// The end of runs that never leave the span and the direction of the solutions, where these are a line.
pub(super) fn line(span: &Span, start: &[f64]) -> Option<[Vec<f64>; 2]> {
    let one = start.len() == span.rank() + 1 && span.interpolates();
    one.then(|| [span.nearest_solution(start), span.complement()])
}

/// Adds what the pictures of the coefficients show.
pub(super) fn add(facts: &mut Facts, data: &Data, settings: &Settings, span: &Span) {
    let d = data.d;
    if !(2..=3).contains(&d) {
        return;
    }
    let [base, start] = start(settings, span, d);
    for (name, direction) in DIRECTIONS.iter().zip(directions(span, d)) {
        facts
            .vectors
            .extend(direction.map(|vector| (*name, vector)));
    }
    facts.vectors.insert("start_base", base);
    facts.vectors.insert("w_0", start.clone());
    if d == 2 && data.n() == 1 {
        facts.vectors.insert("datum", data.x.clone());
    }
    let Some([end, along]) = line(span, &start) else {
        return;
    };
    let nearest = span.nearest_solution(&vec![0.0; d]);
    facts.vectors.insert("solution_line_point", nearest.clone());
    facts.vectors.insert("solution_line_direction", along);
    let has_mirror = (settings.methods())
        .any(|(method, _)| method.id == "mirror" || method.id == "stochastic-mirror");
    let others = settings.methods().any(|(method, _)| {
        let own = (method.potential)(&settings.hyper(d, 0, false));
        own == Some(Potential::Euclidean)
    });
    if others || !has_mirror {
        facts.vectors.insert("span_end", end);
    }
    if !has_mirror || !settings.potential.contains(&start) {
        return;
    }
    readings::potential_facts(facts, &settings.potential);
    let projector = Projector::new(&settings.potential, span, &start);
    if let Some(end) = projector.solution() {
        facts.vectors.insert("mirror_end", end);
    }
    if d == 3 && span.rank() == 2 {
        facts
            .vectors
            .insert("sheet", sheet(&projector, span, &nearest));
    }
    if d == 2 && matches!(settings.potential, Potential::Power(_)) && start == [0.0; 2] {
        facts.vectors.insert("fan", fan(span));
    }
}

/// ∇Ψ*(∇Ψ(w₀) + Xᵀλ) as a height over the plane w₀ + span(xᵢ): lines along one direction of a square of it, then
/// along the other, point by point; not finite where the domain of the potential ends.
fn sheet(projector: &Projector<'_>, span: &Span, nearest: &[f64]) -> Vec<f64> {
    let target = span.coordinates(nearest);
    let half = SHEET_HALF * norm(&target);
    let place = |part: usize, of: usize| {
        let share = 2.0 * part as f64 / (of - 1) as f64 - 1.0;
        share * half
    };
    let mut points = Vec::with_capacity(6 * SHEET_LINES * SHEET_POINTS);
    for along in 0..2 {
        for line in 0..SHEET_LINES {
            for point in 0..SHEET_POINTS {
                let (across, on) = (place(line, SHEET_LINES), place(point, SHEET_POINTS));
                let shift = if along == 0 {
                    [across, on]
                } else {
                    [on, across]
                };
                let at: Vec<f64> = (target.iter().zip(shift))
                    .map(|(centre, shift)| SHEET_CENTRE * centre + shift)
                    .collect();
                points.extend(projector.onto(&at).unwrap_or_else(|| vec![f64::NAN; 3]));
            }
        }
    }
    points
}

/// The middle of the piece of plane that the sheet stands over, on the way from 0 to the solutions, and half its
/// side: the piece that the picture draws of the plane.
const SHEET_CENTRE: f64 = 0.9;
const SHEET_HALF: f64 = 0.99;

/// The flows of other ℓ_p from 0 in the plane, one after the other: w(s) = ∇Ψ*(s x) up to the line of solutions.
fn fan(span: &Span) -> Vec<f64> {
    let (x, end) = (span.basis(), span.target()[0]);
    if end == 0.0 {
        return Vec::new();
    }
    let path = |p: f64| -> Vec<f64> {
        let potential = Potential::Power(p);
        let at = |s: f64| potential.primal(&[s * x[0], s * x[1]]);
        let unit = at(1.0);
        let reached = (unit[0] * x[0] + unit[1] * x[1]) / end;
        // ⟨x, w(s)⟩ is odd in s and a power of it: s grows like its (p − 1)-th.
        let whole = libm::pow(reached.abs(), 1.0 - p).copysign(end);
        let parts = (0..FAN_POINTS).map(|point| point as f64 / (FAN_POINTS - 1) as f64);
        let points = parts.map(|part| at(whole * libm::pow(part, p - 1.0)));
        points.collect::<Vec<_>>().concat()
    };
    FAN.iter().map(|p| path(*p)).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::linear::data::DataSource;

    /// Every flow of the fan ends on the line, each at the Bregman projection of its own potential.
    #[test]
    fn the_fan_ends_at_the_projections() {
        let data = DataSource::Plane {
            x: [1.0, 0.45],
            y: -0.7,
        };
        let data = data.load().unwrap();
        let span = Span::new(&data.x, 2, &data.y);
        for (p, path) in FAN.iter().zip(fan(&span).chunks_exact(2 * FAN_POINTS)) {
            let potential = Potential::Power(*p);
            let end = Projector::new(&potential, &span, &[0.0; 2])
                .solution()
                .unwrap();
            for (a, b) in path[path.len() - 2..].iter().zip(end) {
                assert!((a - b).abs() < 1e-9, "{p}");
            }
        }
    }

    /// The sheet of gradient descent is the plane; every sheet has the plane's coordinates.
    #[test]
    fn the_sheet_stands_over_the_plane() {
        let data = DataSource::Space.load().unwrap();
        let span = Span::new(&data.x, 3, &data.y);
        let start = [0.2, 0.1, 0.3];
        let nearest = span.nearest_solution(&[0.0; 3]);
        for potential in [
            Potential::Euclidean,
            Potential::Power(1.5),
            Potential::Entropy,
        ] {
            let projector = Projector::new(&potential, &span, &start);
            let points = sheet(&projector, &span, &nearest);
            let dual = potential.dual(&start);
            let known: Vec<&[f64]> = points
                .chunks_exact(3)
                .filter(|p| p[0].is_finite())
                .collect();
            assert!(
                known.len() > SHEET_LINES * SHEET_POINTS / 2,
                "{potential:?}"
            );
            for point in known {
                let moved: Vec<f64> = potential
                    .dual(point)
                    .iter()
                    .zip(&dual)
                    .map(|(a, b)| a - b)
                    .collect();
                let off = norm(&span.outside(&moved));
                assert!(
                    off < 1e-8 * (1.0 + norm(&moved)),
                    "{potential:?} {point:?} {off:e}"
                );
            }
        }
    }
}
