//! The vertices of a schedule that is drawn by hand.

use crate::format::{count, short};
use crate::knobs::{Kind, Knobs, Role, Value};

/// Those that are drawn: (step, level).
pub(super) fn vertices(knobs: &Knobs) -> Vec<[f64; 2]> {
    knobs.points_of(Role::Vertices).unwrap_or_default().to_vec()
}

/// Takes over vertices that suit the setting; says why not.
fn store(knobs: &mut Knobs, points: Vec<[f64; 2]>) -> Option<String> {
    let stored = knobs.set_of(Role::Vertices, Value::Points(points));
    stored.err().map(|error| error.to_string())
}

/// Moves one, between its neighbours; says why not where it is asked to.
pub(super) fn move_vertex(
    knobs: &mut Knobs,
    vertex: usize,
    step: f64,
    level: f64,
) -> Option<String> {
    let mut points = vertices(knobs);
    let before = vertex.checked_sub(1).and_then(|before| points.get(before));
    let least = before.map_or(0.0, |[step, _]| step + 1.0);
    let most = points
        .get(vertex + 1)
        .map_or(f64::INFINITY, |[step, _]| step - 1.0);
    let step = step.round();
    let passes = step < least && before.is_some() || step > most;
    let (within, refused) = rounded(knobs, level);
    let point = points.get_mut(vertex)?;
    // Stopped by its neighbours, like the hand sees.
    *point = [step.clamp(least, most.max(least)), within];
    let refused = refused.or_else(|| {
        passes.then(|| "a vertex stays between its neighbours: steps must increase".to_owned())
    });
    store(knobs, points).or(refused)
}

/// Adds one, which is then the one that was touched last; says why not.
pub(super) fn add_vertex(
    knobs: &mut Knobs,
    step: f64,
    level: f64,
    touched: &mut Option<usize>,
) -> Option<String> {
    let mut points = vertices(knobs);
    let step = step.round().max(0.0);
    let at = points.partition_point(|[x, _]| *x < step);
    if points.get(at).is_some_and(|[x, _]| *x == step) {
        return Some(format!(
            "there is a vertex at step {} already",
            count(step as u64)
        ));
    }
    let (level, refused) = rounded(knobs, level);
    points.insert(at, [step, level]);
    *touched = Some(at);
    store(knobs, points).or(refused)
}

/// Removes one; says why not.
pub(super) fn remove_vertex(knobs: &mut Knobs, vertex: usize) -> Option<String> {
    let mut points = vertices(knobs);
    if points.len() < 2 {
        return Some("the last vertex stays: a drawn schedule needs one".to_owned());
    }
    if vertex < points.len() {
        points.remove(vertex);
    }
    store(knobs, points)
}

/// A level as it can be drawn, with why if it is another one: within its range, and two decimals, which are as
/// fine as anybody draws.
fn rounded(knobs: &Knobs, level: f64) -> (f64, Option<String>) {
    let highest = match knobs.knob_of(Role::Vertices).map(|knob| &knob.kind) {
        Some(Kind::Points { max }) => *max,
        _ => f64::INFINITY,
    };
    let refused = (level > highest).then(|| format!("levels go up to {}", short(highest, 3)));
    ((level.clamp(0.0, highest) * 100.0).round() / 100.0, refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knobs::Knob;
    use crate::recipe::preset;

    fn drawn() -> Knobs {
        let mut knobs = preset("fig2").unwrap().recipe().knobs;
        knobs.make_relevant(Role::Vertices).unwrap();
        let points = vec![[0.0, 1.0], [100.0, 0.5], [200.0, 0.0]];
        knobs.set_of(Role::Vertices, Value::Points(points)).unwrap();
        knobs
    }

    #[test]
    fn a_vertex_stays_between_its_neighbours_and_says_so() {
        let mut knobs = drawn();
        assert_eq!(move_vertex(&mut knobs, 1, 150.4, 0.251), None);
        assert_eq!(vertices(&knobs)[1], [150.0, 0.25]);
        let refused = move_vertex(&mut knobs, 1, 900.0, 0.3).unwrap();
        assert!(refused.contains("between its neighbours"), "{refused}");
        assert_eq!(vertices(&knobs)[1], [199.0, 0.3]);
        // δ may be as large as one likes.
        assert_eq!(move_vertex(&mut knobs, 1, 120.0, 1e9), None);
        assert_eq!(vertices(&knobs)[1], [120.0, 1e9]);
        move_vertex(&mut knobs, 1, -5.0, -1.0);
        assert_eq!(vertices(&knobs)[1], [1.0, 0.0]);
    }

    #[test]
    fn a_level_above_the_top_of_its_setting_is_said() {
        static TABLE: [Knob; 1] = [Knob {
            role: Some(Role::Vertices),
            ..Knob::new(
                "",
                "vertices",
                "",
                Kind::Points { max: 2.0 },
                "0:1,100:0.5",
                "",
            )
        }];
        let mut knobs = Knobs::new(&TABLE);
        let refused = move_vertex(&mut knobs, 1, 120.0, 1e9).unwrap();
        assert!(refused.contains("levels go up to"), "{refused}");
        assert_eq!(vertices(&knobs)[1], [120.0, 2.0]);
    }

    #[test]
    fn vertices_are_added_and_removed_but_for_the_last_one() {
        let mut knobs = drawn();
        let mut touched = None;
        assert_eq!(add_vertex(&mut knobs, 50.0, 0.8, &mut touched), None);
        assert_eq!((touched, vertices(&knobs)[1]), (Some(1), [50.0, 0.8]));
        let refused = add_vertex(&mut knobs, 50.0, 0.1, &mut touched).unwrap();
        assert!(refused.contains("at step 50 already"), "{refused}");
        for _ in 0..3 {
            assert_eq!(remove_vertex(&mut knobs, 0), None);
        }
        let refused = remove_vertex(&mut knobs, 0).unwrap();
        assert!(refused.contains("needs one"), "{refused}");
    }
}
