//! The start of the runs as something to drag.

use super::Movable;
use super::parts::{dot, point};
use crate::scene::view::View;
use crate::scene::{Follower, Handle};

/// Directions closer to the line of sight than this cannot be dragged along: as a part of their length.
const FORESHORTENED: f64 = 0.15;

impl Movable {
    /// The settings as they are, which are ahead of the experiment while one of them is dragged.
    fn shifts(&self, view: &View<'_>) -> Option<[f64; 3]> {
        let [a, b, c] = self.along.map(|(setting, _)| {
            view.knobs.find(setting)?;
            view.knobs.real_or_auto(setting)
        });
        Some([a?, b?, c?])
    }

    /// Its directions, as far as they are known.
    fn directions<const D: usize>(&self, view: &View<'_>) -> [Option<[f64; D]>; 3] {
        self.along
            .map(|(_, vector)| point(view.history.vector(vector)?))
    }

    /// In two dimensions: along both known directions at once.
    pub(super) fn in_the_plane(&self, view: &View<'_>) -> Option<Handle> {
        let base: [f64; 2] = point(view.history.vector(self.base)?)?;
        let shifts = self.shifts(view)?;
        let [Some(a), _, Some(c)] = self.directions::<2>(view) else {
            return None;
        };
        let at = [0, 1].map(|i| base[i] + shifts[0] * a[i] + shifts[2] * c[i]);
        let settings = [self.along[0].0, self.along[2].0];
        self.both(at, base, [a, c], settings)
    }

    /// In three dimensions: one handle for the two directions that belong together, and one, `apart` from it, for
    /// the third.
    pub(super) fn in_space(
        &self,
        view: &View<'_>,
        apart: f64,
        place: impl Fn(&[f64; 3]) -> [f64; 2],
    ) -> Vec<Handle> {
        let known = view.history.vector(self.base).and_then(point::<3>);
        let (Some(base), Some(shifts)) = (known, self.shifts(view)) else {
            return Vec::new();
        };
        let directions = self.directions::<3>(view);
        let moved = |upto: [f64; 3]| -> [f64; 3] {
            std::array::from_fn(|i| {
                let parts = directions.iter().zip(upto);
                base[i] + parts.map(|(v, s)| v.map_or(0.0, |v| s * v[i])).sum::<f64>()
            })
        };
        let seen = |v: [f64; 3]| {
            let [from, to] = [
                place(&base),
                place(&std::array::from_fn(|i| base[i] + v[i])),
            ];
            [to[0] - from[0], to[1] - from[1]]
        };
        let at = place(&moved(shifts));
        let mut handles = Vec::new();
        if let [Some(a), Some(b), _] = directions {
            // Where it would be with both settings at 0.
            let zero = place(&moved([0.0, 0.0, shifts[2]]));
            let settings = [self.along[0].0, self.along[1].0];
            handles.extend(self.both(at, zero, [seen(a), seen(b)], settings));
        }
        if let Some(c) = directions[2].map(seen) {
            let square = dot(&c, &c);
            if square > FORESHORTENED * FORESHORTENED {
                let tip = [0, 1].map(|i| at[i] + apart * c[i]);
                let along = c.map(|part| part / square);
                handles.push(Handle {
                    at: tip,
                    settings: vec![Follower {
                        setting: self.along[2].0,
                        constant: shifts[2] - dot(&along, &tip),
                        along,
                    }],
                    may_vanish: true,
                    name: self.names[1],
                    hint: self.hints[1],
                });
            }
        }
        handles
    }

    /// A handle whose two settings are coordinates along two directions of the picture, both 0 at `zero`.
    fn both(
        &self,
        at: [f64; 2],
        zero: [f64; 2],
        [a, b]: [[f64; 2]; 2],
        settings: [&'static str; 2],
    ) -> Option<Handle> {
        let determinant = a[0] * b[1] - a[1] * b[0];
        if determinant.abs() < FORESHORTENED {
            return None;
        }
        // Cramer's rule for s·a + t·b = point − zero.
        let rows = [
            [b[1] / determinant, -b[0] / determinant],
            [-a[1] / determinant, a[0] / determinant],
        ];
        let followers = settings.iter().zip(rows).map(|(setting, along)| Follower {
            setting,
            constant: -dot(&along, &zero),
            along,
        });
        Some(Handle {
            at,
            settings: followers.collect(),
            may_vanish: true,
            name: self.names[0],
            hint: self.hints[0],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Movable = Movable {
        base: "",
        along: [("a", ""), ("b", ""), ("c", "")],
        names: [""; 2],
        hints: [""; 2],
    };

    /// What a handle sets where it is are the settings that put it there.
    #[test]
    fn settings_and_places_are_inverse() {
        let (zero, a, b) = ([0.3, -0.2], [0.8, 0.1], [-0.4, 0.5]);
        let at = [0, 1].map(|i| zero[i] + 1.5 * a[i] - 2.0 * b[i]);
        let handle = START.both(at, zero, [a, b], ["a", "b"]).unwrap();
        let values = handle
            .settings
            .iter()
            .map(|f| f.constant + dot(&f.along, &handle.at));
        let values: Vec<f64> = values.collect();
        assert!(
            (values[0] - 1.5).abs() < 1e-12 && (values[1] + 2.0).abs() < 1e-12,
            "{values:?}"
        );
        assert!(START.both(at, zero, [a, a], ["a", "b"]).is_none());
    }
}
