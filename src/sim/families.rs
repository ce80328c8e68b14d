//! The runs of a history by family.

use crate::sim::experiment::Family;
use crate::sim::history::History;

/// The runs of a history that are not left out, in order.
pub fn shown_runs<'a>(
    history: &'a History,
    hidden: &'a [&'static str],
) -> impl Iterator<Item = usize> + 'a {
    let infos = &history.setup.runs;
    (0..infos.len()).filter(move |run| !hidden.contains(&infos[*run].family.id))
}

/// The first one of them of each family.
pub fn first_runs(history: &History, hidden: &[&'static str]) -> Vec<usize> {
    let families = families(history).into_iter();
    families
        .filter(|known| !hidden.contains(&known.family.id))
        .filter_map(|family| family.runs.first().copied())
        .collect()
}

/// The runs of a family.
#[derive(Clone, Debug, PartialEq)]
pub struct FamilyRuns {
    /// The family.
    pub family: Family,
    /// Its runs.
    pub runs: Vec<usize>,
}

impl FamilyRuns {
    /// Its name in a legend.
    pub fn title(&self) -> String {
        match self.runs.len() {
            0 | 1 => self.family.label.to_owned(),
            runs => format!("{} ×{runs}", self.family.label),
        }
    }
}

/// The families of a history in the order of their first runs.
pub fn families(history: &History) -> Vec<FamilyRuns> {
    let mut families: Vec<FamilyRuns> = Vec::new();
    for (run, info) in history.setup.runs.iter().enumerate() {
        match families
            .iter_mut()
            .find(|known| known.family.id == info.family.id)
        {
            Some(known) => known.runs.push(run),
            None => families.push(FamilyRuns {
                family: info.family,
                runs: vec![run],
            }),
        }
    }
    families
}
