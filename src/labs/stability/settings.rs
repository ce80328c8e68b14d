//! The checked settings of one experiment, read from the knobs.

use rand::RngExt as _;

use super::data::{DataSource, Inputs, Target};
use super::methods::{METHODS, Method};
use super::network::size;
use super::schedule::StepSize;
use crate::knobs::{Choice, KnobError, Knobs};
use crate::model::random::{Stream, generator, standard_normal};
use crate::optim::Rule;

/// How the weights are drawn at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Initialisation {
    /// w1 = ±1, knots uniform on ±2.2, w2 ~ N(0, roughness²), b2 = 0: f is rough between the samples.
    Rough,
    /// w1, b1 uniform on ±1, w2 and b2 uniform on ±1/√k, PyTorch's choice: f is smooth.
    Default,
}

impl Initialisation {
    /// Both.
    pub(super) const ALL: [Self; 2] = [Self::Rough, Self::Default];
    /// Their words, in the same order.
    pub(super) const CHOICES: &'static [Choice] = &[
        Choice {
            id: "rough",
            label: "rough",
        },
        Choice {
            id: "default",
            label: "default of PyTorch",
        },
    ];
}

/// Half the range of the knots of a rough start.
const REACH: f64 = 2.2;

/// Steps over which the slew limit is told.
const SLEW_STEPS: f64 = 100.0;

/// What a choice knob holds.
///
/// # Panics
/// If the knob offers other words, which is a mistake in the table of knobs.
pub(super) fn chosen<T: Copy>(knobs: &Knobs, key: &str, choices: &[Choice], all: &[T]) -> T {
    let word = knobs.word(key);
    let at = choices.iter().position(|choice| choice.id == word);
    at.map_or_else(|| panic!("`{key}` holds `{word}`"), |at| all[at])
}

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settings {
    pub(super) source: DataSource,
    pub(super) initialisation: Initialisation,
    /// k.
    pub(super) neurons: usize,
    /// Standard deviation of w2 of a rough start.
    pub(super) roughness: f64,
    pub(super) init_seed: u64,
    /// η; `None` for the gentle one.
    pub(super) step_size: Option<f64>,
    /// The most that η changes by in a step, as a factor; infinite for no bound.
    pub(super) rate: f64,
    pub(super) warm_up: u64,
    pub(super) kicks: Vec<[f64; 2]>,
    /// Standard deviation of what is added to every weight at every step.
    pub(super) jitter: f64,
    /// Runs per method of [`METHODS`].
    pub(super) runs: Vec<usize>,
    pub(super) batch: usize,
    pub(super) momentum: f64,
    pub(super) sampling_seed: u64,
}

impl Settings {
    /// Reads them; refuses what does not fit together.
    pub(super) fn from_knobs(knobs: &Knobs) -> Result<Self, KnobError> {
        let n = knobs.count("n") as usize;
        let batch = knobs.count("batch") as usize;
        let counts = METHODS.iter().map(|method| knobs.count(method.runs_key));
        let runs: Vec<usize> = counts.map(|count| count as usize).collect();
        let sampled = METHODS.iter().zip(&runs);
        if batch > n
            && sampled
                .into_iter()
                .any(|(method, runs)| method.samples && *runs > 0)
        {
            return Err(KnobError::Conflict(format!(
                "a batch of {batch} does not fit n = {n} samples: lower `batch`"
            )));
        }
        if runs.iter().all(|runs| *runs == 0) {
            return Err(KnobError::Conflict(
                "nothing runs: raise `gd_runs`, `sgd_runs` or `heavy_ball_runs`".to_owned(),
            ));
        }
        let slew = knobs.real_or_auto("slew");
        Ok(Self {
            source: DataSource {
                inputs: chosen(knobs, "inputs", Inputs::CHOICES, &Inputs::ALL),
                target: chosen(knobs, "target_function", Target::CHOICES, &Target::ALL),
                n,
                seed: knobs.count("data_seed"),
            },
            initialisation: chosen(
                knobs,
                "initialisation",
                Initialisation::CHOICES,
                &Initialisation::ALL,
            ),
            neurons: knobs.count("neurons") as usize,
            roughness: knobs.real("roughness"),
            init_seed: knobs.count("init_seed"),
            step_size: knobs.real_or_auto("step_size"),
            rate: slew.map_or(f64::INFINITY, |slew| libm::pow(slew, SLEW_STEPS.recip())),
            warm_up: knobs.count("warm_up"),
            kicks: knobs.points("kicks").to_vec(),
            jitter: knobs.real("jitter"),
            runs,
            batch,
            momentum: knobs.real("momentum"),
            sampling_seed: knobs.count("sampling_seed"),
        })
    }

    /// The parameters of run number `index` of every method at the start.
    pub(super) fn start(&self, index: usize) -> Vec<f64> {
        let mut random = generator(self.init_seed, Stream::Initialisation, index);
        let neurons = self.neurons;
        let mut parameters = vec![0.0; size(neurons)];
        let mut uniform = |most: f64| most * (2.0 * random.random::<f64>() - 1.0);
        match self.initialisation {
            Initialisation::Rough => {
                for i in 0..neurons {
                    let w1 = if uniform(1.0) < 0.0 { -1.0 } else { 1.0 };
                    parameters[i] = w1;
                    parameters[neurons + i] = -w1 * uniform(REACH);
                }
                for w2 in &mut parameters[2 * neurons..3 * neurons] {
                    *w2 = self.roughness * standard_normal(&mut random);
                }
            }
            Initialisation::Default => {
                let most = (neurons as f64).sqrt().recip();
                let (hidden, output) = parameters.split_at_mut(2 * neurons);
                for w in hidden {
                    *w = uniform(1.0);
                }
                for w in output {
                    *w = uniform(most);
                }
            }
        }
        parameters
    }

    /// How a method steps.
    pub(super) fn rule(&self, method: &Method) -> Rule<f64> {
        if method.has_momentum {
            Rule::HeavyBall {
                momentum: self.momentum,
            }
        } else {
            Rule::GradientDescent
        }
    }

    /// η over the steps, from the gentle one on.
    pub(super) fn schedule(&self, gentle: f64) -> StepSize {
        StepSize::new(
            gentle,
            self.warm_up,
            self.step_size.unwrap_or(gentle),
            self.rate,
            self.kicks.clone(),
        )
    }
}
