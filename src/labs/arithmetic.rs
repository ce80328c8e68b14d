//! The setting by which a run gives the same bits on every machine, and how labs obey it.
//!
//! A lab that has the setting wraps what it makes: `experiment` and `analyst` put every call to it into the scope
//! of the [`Arithmetic`] that its settings name, and `run` whatever else it computes from settings, such as a search
//! for a step size. Nothing outside of the lab needs to know.

use std::sync::Arc;

use rayon::ThreadPool;

use super::choices::{Chosen, chosen};
use super::{LabError, RecordingExperiment};
use crate::knobs::{Kind, Knob, KnobError, Knobs, Role};
use crate::model::arithmetic::Arithmetic;
use crate::sim::analysis::{Analyst, Insight, RecordedState};
use crate::sim::experiment::{Destination, Experiment, Facts, RunStatus, Sample, Setup};
use crate::sim::tape::Tape;

chosen! { Arithmetic:
    Fused => "fused", "fused";
    Plain => "plain", "plain";
}

const HELP: &str = "fused: a product and its sum are rounded once; fastest, and the same bits on every processor that \
    can (made since 2013). plain: products are rounded before they are added, and functions come from the program, not \
    from the machine: the same bits everywhere, in a browser too. The two differ in the last digit, and so in all digits \
    where a run is chaotic.";

/// What is said where a recipe of fused multiply-adds runs without.
pub const NOT_FUSED_HERE: &str = "This recipe asks for fused multiply-adds, which a browser does not have: the last \
    digits may differ from those of the desktop. With arithmetic = plain they are the same on both.";

/// The setting.
pub(super) const fn knob(group: &'static str) -> Knob {
    Knob {
        role: Some(Role::Arithmetic),
        ..Knob::new(
            group,
            "arithmetic",
            "Arithmetic",
            Kind::Choice(<Arithmetic as Chosen>::CHOICES),
            "fused",
            HELP,
        )
    }
}

/// What these settings say; without the setting, the usual one.
pub fn of(knobs: &Knobs) -> Arithmetic {
    let word = knobs.text_of(Role::Arithmetic);
    let mut all = Arithmetic::ALL.iter().copied();
    all.find(|arithmetic| Some(arithmetic.id()) == word)
        .unwrap_or_default()
}

/// What to tell who runs these settings where there are no fused multiply-adds though they ask for them.
pub fn remark(knobs: &Knobs) -> Option<&'static str> {
    let asked = knobs.knob_of(Role::Arithmetic).is_some() && of(knobs) == Arithmetic::Fused;
    (Arithmetic::ALWAYS_PLAIN && asked).then_some(NOT_FUSED_HERE)
}

/// Gives new settings the arithmetic that new recipes have where this program runs. A lab without the setting has
/// nothing to be told.
pub(crate) fn set_usual(knobs: &mut Knobs) {
    if let Some(key) = knobs.key_of(Role::Arithmetic) {
        let word = Arithmetic::OF_NEW_RECIPES.id();
        knobs
            .set_text(key, word)
            .expect("one of the setting's words");
    }
}

/// Computes in the arithmetic of these settings.
pub(super) fn run<R>(knobs: &Knobs, compute: impl FnOnce() -> R) -> R {
    of(knobs).run(compute)
}

/// Makes an experiment that computes in the arithmetic of these settings, and is made so.
pub(super) fn experiment<E: RecordingExperiment + 'static>(
    knobs: &Knobs,
    make: impl FnOnce() -> Result<E, LabError>,
) -> Result<Box<dyn RecordingExperiment>, LabError> {
    let arithmetic = of(knobs);
    let inner = arithmetic.run(make)?;
    let setup = inner.setup();
    let setup = remark(knobs).map_or_else(
        || setup.clone(),
        |remark| {
            let mut told = Setup::clone(setup);
            told.facts.remarks.push(remark.to_owned());
            Arc::new(told)
        },
    );
    Ok(Box::new(ScopedExperiment {
        inner,
        arithmetic,
        setup,
    }))
}

/// Makes an analyst that computes in the arithmetic of these settings, and is made so.
pub(super) fn analyst<A: Analyst + 'static>(
    knobs: &Knobs,
    make: impl FnOnce() -> Result<A, LabError>,
) -> Result<Option<Box<dyn Analyst>>, LabError> {
    let arithmetic = of(knobs);
    let inner = arithmetic.run(make)?;
    Ok(Some(Box::new(ScopedAnalyst { inner, arithmetic })))
}

/// An experiment that is only called in the scope of its arithmetic, with a setup that has the remark.
struct ScopedExperiment<E> {
    inner: E,
    arithmetic: Arithmetic,
    setup: Arc<Setup>,
}

impl<E: Experiment> Experiment for ScopedExperiment<E> {
    fn setup(&self) -> &Arc<Setup> {
        &self.setup
    }

    fn step(&self) -> u64 {
        self.inner.step()
    }

    fn use_threads(&mut self, pool: Arc<ThreadPool>) {
        self.inner.use_threads(pool);
    }

    fn advance(&mut self, steps: u64) {
        self.arithmetic.run(|| self.inner.advance(steps));
    }

    fn sample(&mut self) -> Sample {
        self.arithmetic.run(|| self.inner.sample())
    }

    fn forget_extremes(&mut self) {
        self.inner.forget_extremes();
    }

    fn status(&mut self, run: usize) -> RunStatus {
        self.arithmetic.run(|| self.inner.status(run))
    }

    fn destination(&mut self, run: usize, relative_error: f64) -> Option<Destination> {
        let destination = || self.inner.destination(run, relative_error);
        self.arithmetic.run(destination)
    }

    fn freeze(&mut self, run: usize) {
        self.inner.freeze(run);
    }

    fn retune(&mut self, knobs: &Knobs) -> Result<(), KnobError> {
        self.arithmetic.run(|| self.inner.retune(knobs))
    }
}

impl<E: RecordingExperiment> RecordingExperiment for ScopedExperiment<E> {
    fn take_tapes(&mut self, run: usize) -> Vec<Tape> {
        self.inner.take_tapes(run)
    }

    fn data(&self) -> Vec<(&'static str, Vec<usize>, Vec<f64>)> {
        self.arithmetic.run(|| self.inner.data())
    }

    fn leave_out_records(&mut self, leave_out: bool) {
        self.inner.leave_out_records(leave_out);
    }
}

/// An analyst that is only called in the scope of its arithmetic.
struct ScopedAnalyst<A> {
    inner: A,
    arithmetic: Arithmetic,
}

impl<A: Analyst> Analyst for ScopedAnalyst<A> {
    fn study(&mut self) -> Option<Facts> {
        self.arithmetic.run(|| self.inner.study())
    }

    fn study_references(&mut self) -> Option<Facts> {
        self.arithmetic.run(|| self.inner.study_references())
    }

    fn is_quick(&self) -> bool {
        self.inner.is_quick()
    }

    fn examine(&mut self, state: &RecordedState) -> Insight {
        self.arithmetic.run(|| self.inner.examine(state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knobs::Value;
    use crate::labs::LABS;
    use crate::model::kernels::under_each;

    /// Also under the instruction set that every machine has, which stands for a browser's here.
    #[test]
    fn plain_runs_have_the_same_bits_under_every_instruction_set() {
        for lab in LABS {
            for preset in lab.presets().iter().take(2) {
                let mut knobs = preset.recipe().knobs;
                knobs.set_text("arithmetic", "plain").unwrap();
                let mut others = knobs.clone();
                let seed = others.count_of(Role::DataSeed).unwrap_or(0);
                drop(others.set_of(Role::DataSeed, Value::Count(seed + 1)));
                let run = || {
                    // Data that are kept are made anew.
                    drop(lab.experiment(&others, false).unwrap());
                    let mut experiment = lab.experiment(&knobs, false).unwrap();
                    experiment.advance(10);
                    let runs = experiment.sample().runs.into_iter().flatten();
                    let numbers = runs.flat_map(|run| {
                        let state = run.state.iter().flatten().copied().collect::<Vec<f64>>();
                        state.into_iter().chain(run.values)
                    });
                    numbers.map(f64::to_bits).collect::<Vec<u64>>()
                };
                // The scope only tells which instruction sets to go through.
                let results = Arithmetic::Plain.run(|| under_each(run));
                assert!(results.len() >= 2);
                for found in &results {
                    assert!(*found == results[0], "{}", preset.id);
                }
            }
        }
    }

    #[test]
    fn a_fused_recipe_is_told_of_where_nothing_is_fused() {
        let fused = Knobs::new(LABS[0].knobs());
        let said = remark(&fused);
        assert_eq!(said.is_some(), Arithmetic::ALWAYS_PLAIN);
        let mut plain = fused.clone();
        plain.set_text("arithmetic", "plain").unwrap();
        assert_eq!(remark(&plain), None);
        assert_eq!(of(&plain), Arithmetic::Plain);
    }
}
