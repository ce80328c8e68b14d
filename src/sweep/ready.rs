//! Sweeps that are ready to run: those of the paper, and the maps and the cloud that go with them.

use super::{Axis, Steps, Sweep, SweepError, Vary};
use crate::knobs::KnobError;
use crate::recipe::{Recipe, preset};

/// A sweep as data.
#[derive(Debug)]
pub struct Ready {
    /// Name on the screen.
    pub title: &'static str,
    /// What it shows.
    pub about: &'static str,
    /// The preset that it varies,
    preset: &'static str,
    /// with these settings.
    settings: &'static [(&'static str, &'static str)],
    /// Its axes, as [`Axis::parse`] reads them.
    pub over: &'static [&'static str],
    /// Cells per place.
    pub seeds: u64,
    /// What the seeds change.
    pub vary: Vary,
    /// How long runs may go on.
    pub steps: Steps,
}

impl Ready {
    /// The recipe that is varied.
    pub fn base(&self) -> Result<Recipe, KnobError> {
        let preset = preset(self.preset);
        let mut recipe = preset.map_or_else(|error| panic!("{error}"), |preset| preset.recipe());
        for (key, value) in self.settings {
            recipe.knobs.set_text(key, value)?;
        }
        Ok(recipe)
    }

    /// The sweep.
    pub fn sweep(&self) -> Result<Sweep, SweepError> {
        let base = self.base()?;
        let axes = self.over.iter().map(|text| Axis::parse(text, &base.knobs));
        let axes = axes.collect::<Result<_, _>>()?;
        Sweep::new(base, axes, self.seeds, self.vary, self.steps)
    }
}

/// Every one of them, the first being what a window begins with.
pub static READY: &[Ready] = &[
    Ready {
        title: "Fig 1 right: validation against α",
        about: "Where GD and SGD end, for a step size chosen anew at every α: the smaller α, the more noise gains.",
        preset: "fig1-left",
        settings: &[("sgd_runs", "1"), ("step_size", "auto")],
        over: &["alpha=0.005:1:12"],
        seeds: 10,
        vary: Vary::All,
        steps: Steps::Auto,
    },
    Ready {
        title: "Validation against γ",
        about: "At one α, after the same flow time: GD does not depend on γ, SGD gains until it diverges.",
        preset: "fig1-left",
        settings: &[("sgd_runs", "1"), ("alpha", "0.1")],
        over: &["step_size=0.01:0.3:12"],
        seeds: 10,
        vary: Vary::All,
        steps: Steps::FlowTime(2000.0),
    },
    Ready {
        title: "Validation against label noise",
        about: "Label noise of level δ for 1000 steps, then none: more of it shrinks the effective α further.",
        preset: "fig5-label-noise",
        settings: &[("sgd_runs", "1"), ("sgf_runs", "0")],
        over: &["label_noise_level=0:2:9:lin"],
        seeds: 10,
        vary: Vary::All,
        steps: Steps::Recipe,
    },
    Ready {
        title: "Map: α and γ",
        about: "Where noise gains how much: below a curve of step sizes that falls as α grows, and most just below it.",
        preset: "fig1-left",
        settings: &[("sgd_runs", "1")],
        over: &["alpha=0.01:1:9", "step_size=0.01:0.25:9"],
        seeds: 3,
        vary: Vary::All,
        steps: Steps::FlowTime(1000.0),
    },
    Ready {
        title: "Map: α and label noise",
        about: "Label noise of level δ for 1000 steps, then none, from several initialisations.",
        preset: "fig5-label-noise",
        settings: &[("sgd_runs", "1"), ("sgf_runs", "0")],
        over: &["alpha=0.02:1:9", "label_noise_level=0:2:9:lin"],
        seeds: 3,
        vary: Vary::All,
        steps: Steps::Recipe,
    },
    Ready {
        title: "Cloud: 40 seeds",
        about: "Forty runs on one data set: does a larger ∫L mean a lower validation loss, run by run (Fig 2)?",
        preset: "fig2",
        settings: &[("sgd_runs", "1"), ("sgf_runs", "1")],
        over: &[],
        seeds: 40,
        vary: Vary::Noise,
        steps: Steps::Recipe,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_one_can_be_made_and_its_corners_run() {
        for ready in READY {
            let sweep = ready.sweep().unwrap();
            assert_eq!(sweep.axes().len(), ready.over.len());
            for place in sweep.corners() {
                let cell = super::super::run::prepare(&sweep, place * sweep.seeds());
                assert!(cell.is_ok(), "{}", ready.title);
            }
        }
    }
}
