//! The dots of a cloud in the order of their abscissae: those near the pointer are found without a look at all of them,
//! of which there may be hundreds of thousands.

use crate::sweep::pictures::Pictures;
use crate::sweep::summary::Results;

/// A run as a dot of a cloud.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dot {
    /// Where it is, in values of the axes.
    pub at: [f64; 2],
    /// Its cell.
    pub cell: u64,
    /// What its family is called.
    pub family: &'static str,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Dots {
    rising: Vec<Dot>,
}

impl Dots {
    /// Those of the cloud of some pictures, but for runs whose numbers are none.
    pub(super) fn of(results: &Results, pictures: &Pictures) -> Self {
        let Some(cloud) = &pictures.cloud else {
            return Self::default();
        };
        let ids = cloud.axes.map(|axis| axis.id);
        let dots = pictures.families.iter().flat_map(|family| {
            let dots = results.cloud(family.id, ids);
            dots.map(|(cell, at)| Dot {
                at,
                cell,
                family: family.label,
            })
        });
        let known = dots.filter(|dot| dot.at.iter().all(|value| value.is_finite()));
        let mut rising: Vec<Dot> = known.collect();
        // Of dots at the same place the first one stays the first.
        rising.sort_by(|a, b| a.at[0].total_cmp(&b.at[0]));
        Self { rising }
    }

    /// Those between two corners, the lower left one first.
    pub fn between(&self, [low, high]: [[f64; 2]; 2]) -> impl Iterator<Item = &Dot> {
        let first = self.rising.partition_point(|dot| dot.at[0] < low[0]);
        let across = self.rising[first..].iter();
        let across = across.take_while(move |dot| dot.at[0] <= high[0]);
        across.filter(move |dot| low[1] <= dot.at[1] && dot.at[1] <= high[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::{Vary, testing};

    #[test]
    fn dots_between_two_corners_are_those_of_the_cloud_that_are_there() {
        let axis = ["step_size=0.01,0.02,3"];
        let sweep = testing::small(&[("steps", "100")], &axis, 4, Vary::Noise);
        let results = testing::all(&sweep);
        let pictures = Pictures::of(&sweep, &results, None, None).unwrap();
        let ids = pictures.cloud.as_ref().unwrap().axes.map(|axis| axis.id);
        let dots = Dots::of(&results, &pictures);
        let all = || {
            let families = pictures.families.iter();
            let all = families.flat_map(|family| results.cloud(family.id, ids));
            all.filter(|(_, at)| at.iter().all(|value| value.is_finite()))
        };
        let ends = [[f64::NEG_INFINITY; 2], [f64::INFINITY; 2]];
        assert_eq!(dots.between(ends).count(), all().count());
        assert!(all().count() < results.cells().map(|cell| cell.runs.len()).sum());
        // Around each one.
        for (cell, [x, y]) in all() {
            let [low, high] = [[0.9 * x, 0.9 * y], [1.1 * x, 1.1 * y]];
            let is_there =
                |at: &[f64; 2]| (0..2).all(|axis| low[axis] <= at[axis] && at[axis] <= high[axis]);
            let expected = all().filter(|(_, at)| is_there(at)).count();
            let found: Vec<&Dot> = dots.between([low, high]).collect();
            assert_eq!(found.len(), expected);
            assert!(found.iter().any(|dot| dot.cell == cell && dot.at == [x, y]));
        }
        assert_eq!(Dots::default().between(ends).count(), 0);
    }
}
