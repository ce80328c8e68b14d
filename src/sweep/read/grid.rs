//! What a table is over, found in its cells: which settings vary, and how many seeds there are.

use super::super::{Axis, Finish, Steps, Sweep, SweepError, Vary};
use super::{ReadError, Table};
use crate::knobs::{Kind, Knob, Role, Value};

impl Table {
    /// The sweep whose cells these are.
    pub(super) fn sweep(&self) -> Result<Sweep, ReadError> {
        let knobs = &self.base.knobs;
        let seeds = Vary::All.seeds(knobs);
        let noise = Vary::Noise.seeds(knobs);
        let listed = self.listed();
        let settings: Vec<&'static str> = listed
            .iter()
            .copied()
            .filter(|key| !seeds.contains(key))
            .collect();
        // A seed of the data may be an axis of a sweep whose seeds are those of the noise.
        let with_data: Vec<&'static str> = listed
            .iter()
            .copied()
            .filter(|key| !noise.contains(key) && (!seeds.contains(key) || self.varies(key)))
            .collect();
        let mut refusal = ReadError::NoGrid { cells: self.len() };
        for (keys, vary) in [
            (&settings, Vary::All),
            (&settings, Vary::Noise),
            (&with_data, Vary::Noise),
        ] {
            for keys in self.orders(keys) {
                match self.candidate(&keys, vary) {
                    Ok(Some(sweep)) => return Ok(sweep),
                    Ok(None) => {}
                    Err(error) => refusal = error,
                }
            }
        }
        Err(refusal)
    }

    /// The settings that stand between the number of the cell and the name of the run: those that vary, and the seeds.
    fn listed(&self) -> Vec<&'static str> {
        let between = self.names.iter().skip(1).take_while(|name| *name != "run");
        let known = self.lab.knobs();
        let keys = between.filter_map(|name| known.iter().find(|knob| knob.key == *name));
        keys.map(|knob| knob.key).collect()
    }

    /// These axes, and these with the step size as one more at every place: its column stands elsewhere, and its values
    /// differ where they were chosen automatically, too.
    fn orders(&self, keys: &[&'static str]) -> Vec<Vec<&'static str>> {
        let mut orders = vec![keys.to_vec()];
        if let Some(step_size) = self.base.knobs.key_of(Role::StepSize) {
            for place in 0..=keys.len() {
                let mut more = keys.to_vec();
                more.insert(place, step_size);
                orders.push(more);
            }
        }
        orders
    }

    /// The sweep over these settings, if every cell is what it should be then.
    fn candidate(&self, keys: &[&'static str], vary: Vary) -> Result<Option<Sweep>, ReadError> {
        let knobs = &self.base.knobs;
        let is_word = |knob: &&Knob| {
            keys.contains(&knob.key) && !matches!(knob.kind, Kind::Count { .. } | Kind::Real { .. })
        };
        if let Some(knob) = self.lab.knobs().iter().find(is_word) {
            return Err(ReadError::Words(knob.key));
        }
        let mut values = Vec::new();
        for key in keys {
            let mut column: Vec<f64> = Vec::new();
            for cell in 0..self.len() {
                column.push(self.number(self.cells[cell], key)?);
            }
            column.sort_by(f64::total_cmp);
            column.dedup();
            values.push(column);
        }
        let seeds = match vary.seeds(knobs).first() {
            None => 1,
            Some(key) => {
                let mut largest: u64 = 0;
                for cell in 0..self.len() {
                    largest = largest.max(self.number(self.cells[cell], key)?);
                }
                let Value::Count(first) = knobs.get(key) else {
                    return Ok(None);
                };
                (largest.saturating_sub(*first)).saturating_add(1)
            }
        };
        let places = values.iter().try_fold(1_u64, |product, column| {
            product.checked_mul(column.len() as u64)
        });
        let cells = places.and_then(|places| places.checked_mul(seeds));
        if cells != Some(self.len() as u64) {
            return Ok(None);
        }
        let axes = keys.iter().zip(values);
        let axes = axes.map(|(key, column)| Axis::new(key, column, knobs));
        let axes: Vec<Axis> = axes.collect::<Result<_, _>>().map_err(SweepError::Axis)?;
        let finish = if self.may_end_early() {
            Finish::DESTINATION
        } else {
            Finish::End
        };
        let sweep = Sweep::new(self.base.clone(), axes, seeds, vary, Steps::Recipe)?;
        let sweep = sweep.with_finish(finish)?;
        Ok(self.is_of(&sweep)?.then_some(sweep))
    }

    /// Whether a column has more than one value.
    fn varies(&self, name: &str) -> bool {
        let mut fields = self.cells.iter().take(self.len());
        let first = fields.next().map(|row| self.field(*row, name));
        fields.any(|row| Some(self.field(*row, name)) != first)
    }
}
