//! How the weights move: one rule per file, all on the common clock t = kγ.
//!
//! One call of [`Dynamics::step`] is one γ-step whatever the rule, so runs of different rules that
//! have taken the same number of steps are at the same time t. A new rule is one file and one line
//! in [`METHODS`]; one of another crate is [`register`]ed.

mod estimate;
pub mod forward;
pub mod gd;
pub mod gradient_flow;
pub mod label_noise;
pub mod ledger;
pub mod other_noises;
mod partial_sums;
mod registry;
pub mod sgd;
pub mod sgf;
mod substeps;

use std::sync::Arc;

use rayon::ThreadPool;

use crate::labs::diagonal::network::Weights;
use crate::model::arithmetic::Elementary as _;
use crate::model::regression::Regression;
use crate::model::watch::Watch;
use crate::palette::Look;
use crate::sim::experiment::{Family, RunInfo};
pub use crate::sim::tape::{Tape, TapeData};
pub use estimate::Variance;
pub use forward::{Forward, forward_all, group_size};
pub use ledger::{Ledger, Losses, NoiseShare, StepRecord};
pub use registry::{RegisterError, covered_noise, is_covered, method, methods, register};
pub use sgf::Scheme;

/// What may differ from one step to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepSettings {
    /// γ.
    pub step_size: f64,
    /// δ of eq. 9 and 10, ≥ 0.
    pub label_noise: f64,
}

/// The result of a step. Diverging is a result, not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Progress {
    /// The step was taken.
    Stepped,
    /// The loss has left every reasonable bound; the weights are those before the (sub-)step.
    Diverged,
}

/// One rule that moves the weights; owns its scratch buffers and its random streams.
///
/// ```
/// use implicit_bias_lab::labs::diagonal::dynamics::{Hyper, Ledger, Progress, StepSettings, sgd::SGD};
/// use implicit_bias_lab::labs::diagonal::network::Weights;
/// use implicit_bias_lab::model::data::sparse::{BetaLaw, SparseGaussian};
///
/// let problem = SparseGaussian { n: 20, d: 50, sparsity: 2, beta_law: BetaLaw::Ones, seed: 1 }.generate()?;
/// let mut weights = Weights::start(&[0.1; 50], 2);
/// let mut ledger = Ledger::new(&problem, &weights.beta());
/// let mut rule = (SGD.build)(&problem, &Hyper::default());
/// let settings = StepSettings { step_size: 0.01, label_noise: 0.0 };
/// for _ in 0..20_000 {
///     let progress = rule.step(&problem, &mut weights, settings, &mut ledger);
///     assert_eq!(progress, Progress::Stepped);
/// }
/// assert!(ledger.last_loss < 1e-6);
/// // γ∫L, half of what noise takes from ln α per unit of diag(XᵀX/n) (eq. 5).
/// assert!((ledger.shrinkage / (0.01 * ledger.loss_integral) - 1.0).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Dynamics: Send {
    /// Moves the weights over one step of length γ and enters the losses at its start in the ledger.
    ///
    /// The weights must be those of its last step, unless [`Self::restart`] has been called since.
    fn step(
        &mut self,
        problem: &Regression,
        weights: &mut Weights,
        settings: StepSettings,
        ledger: &mut Ledger,
    ) -> Progress;

    /// Forgets the weights but not the random streams: the next step may start from other weights.
    fn restart(&mut self);

    /// The forward pass that a step begins with, for rules that do nothing else with all of X: a caller
    /// that drives many such runs does it for all of them at once, in one reading of X, by [`forward_all`].
    fn forward(&mut self) -> Option<&mut Forward> {
        None
    }

    /// Lets a step use the threads of a pool, if X is so large that it takes long; its bits stay the same.
    fn use_threads(&mut self, _pool: &Arc<ThreadPool>) {}

    /// Takes over a changed number of sub-steps per γ-step; rules without sub-steps ignore it.
    fn set_substeps(&mut self, _substeps: usize) {}

    /// Lets it end a step that takes long once nobody waits for the run any more; such a run diverges.
    fn watch(&mut self, _watch: &Watch) {}

    /// The randomness used since the caller last emptied the tapes, if recording was asked for.
    fn tapes(&mut self) -> &mut [Tape] {
        &mut []
    }
}

/// Weight decay over a time: w± ← w± e^{−λt}, the exact flow of the penalty λ(‖w₊‖² + ‖w₋‖²)/2, for λt =
/// `amount`. Taken after every step of a rule; without decay nothing is touched.
///
/// Both signs shrink alike: α_t falls by the same factor and ln(w₊/w₋), in which β's part outside span(Xᵀ) is
/// kept, stays. So decay acts on the implicit bias as label noise does, at a rate of its own.
pub fn decay(rule: &mut dyn Dynamics, weights: &mut Weights, ledger: &mut Ledger, amount: f64) {
    if amount > 0.0 {
        weights.scale((-amount).exponential());
        ledger.decay_integral += amount;
        rule.restart();
    }
}

/// What a rule is built from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hyper {
    /// Samples per SGD step, 1 ≤ b ≤ n.
    pub batch: usize,
    /// Whether a batch may hold a sample twice.
    pub replacement: bool,
    /// SGD computes the loss at its first step and then at every so many, ≥ 1; in between it is estimated.
    pub loss_every: u64,
    /// How SGF is integrated.
    pub scheme: Scheme,
    /// SGF sub-steps per γ-step.
    pub substeps: usize,
    /// T of Langevin dynamics.
    pub temperature: f64,
    /// Seed of the samples and label-noise signs.
    pub sampling_seed: u64,
    /// Seed of the Brownian motions.
    pub brownian_seed: u64,
    /// Which run of its method this is; selects the sub-stream of the seed.
    pub index: usize,
    /// Whether to keep the randomness on tape.
    pub record: bool,
}

impl Default for Hyper {
    /// What the first run of a fresh recipe has; nothing is kept on tape.
    fn default() -> Self {
        Self {
            batch: 1,
            replacement: true,
            loss_every: 1,
            scheme: Scheme::LogEuler,
            substeps: 4,
            temperature: 1e-4,
            sampling_seed: 0,
            brownian_seed: 0,
            index: 0,
            record: false,
        }
    }
}

/// A rule that a user can choose.
#[derive(Debug)]
pub struct Method {
    /// Short name in files.
    pub id: &'static str,
    /// Name on the screen.
    pub label: &'static str,
    /// What it is, for the tooltip, with its equation.
    pub about: &'static str,
    /// How its curves are drawn.
    pub look: Look,
    /// How many runs of it make sense: 1 for deterministic rules.
    pub max_runs: u64,
    /// How many runs of it a fresh recipe has.
    pub default_runs: &'static str,
    /// Whether it is for every depth p of [`Weights`], or for p = 2 alone.
    pub any_depth: bool,
    /// Whether its weights may be moved between its steps, as [`decay`] does.
    pub any_weights: bool,
    /// Whether Theorem 1 tells where its runs end, by eq. 5 and 10 with the [`NoiseShare`] that it
    /// enters in the ledger: exactly for the flows, closely for GD and SGD. What is drawn of the theorem for another
    /// rule is what it would say if it did, and captions do not quote it.
    pub covered_by_theorem: bool,
    /// Builds one run's rule.
    pub build: fn(&Regression, &Hyper) -> Box<dyn Dynamics>,
}

impl Method {
    /// Its runs as a family.
    pub fn family(&self) -> Family {
        Family {
            id: self.id,
            label: self.label,
            about: self.about,
            look: self.look,
        }
    }

    /// Its run number `index`.
    pub fn run(&self, index: usize) -> RunInfo {
        self.family().run(index, self.max_runs == 1)
    }

    /// The recipe key for the number of runs.
    pub fn runs_key(&self) -> String {
        format!("{}_runs", self.id.replace('-', "_"))
    }
}

/// The rules that the program brings, in the order of the legend. [`methods`] has those of other crates too.
pub static METHODS: &[&Method] = &[
    &gd::GD,
    &sgd::SGD,
    &sgf::SGF,
    &gradient_flow::GF,
    &other_noises::EXACT_COVARIANCE,
    &other_noises::WRONG_SDE,
    &other_noises::LANGEVIN,
];

#[cfg(test)]
pub(crate) mod testing {
    //! A small problem and a plain, scalar transcription of the recursions, shared by the tests of
    //! all rules.

    use super::*;
    use crate::model::data::sparse::{BetaLaw, SparseGaussian};

    pub(crate) const HYPER: Hyper = Hyper {
        batch: 1,
        replacement: true,
        loss_every: 1,
        scheme: Scheme::LogEuler,
        substeps: 4,
        temperature: 1e-3,
        sampling_seed: 5,
        brownian_seed: 6,
        index: 0,
        record: true,
    };

    pub(crate) fn problem() -> Regression {
        SparseGaussian {
            n: 7,
            d: 11,
            sparsity: 3,
            beta_law: BetaLaw::Normal,
            seed: 2,
        }
        .generate()
        .unwrap()
    }

    /// Weights away from any symmetry.
    pub(crate) fn weights(d: usize, depth: u32) -> Weights {
        let w_plus = (0..d).map(|j| 0.3 + 0.05 * j as f64).collect();
        let w_minus = (0..d).map(|j| 0.6 - 0.03 * j as f64).collect();
        Weights {
            w_plus,
            w_minus,
            depth,
        }
    }

    /// βⱼ, written out.
    pub(crate) fn coefficient(w: &Weights, j: usize) -> f64 {
        let p = w.depth as i32;
        w.w_plus[j].powi(p) - w.w_minus[j].powi(p)
    }

    /// L as a function of the weights, written out.
    pub(crate) fn loss(problem: &Regression, w: &Weights) -> f64 {
        (0..problem.n())
            .map(|i| {
                let prediction: f64 = (0..problem.d())
                    .map(|j| problem.train.x[[i, j]] * coefficient(w, j))
                    .sum();
                (prediction - problem.train.y[i]).powi(2)
            })
            .sum::<f64>()
            / (4.0 * problem.n() as f64)
    }

    pub(crate) fn one_step(
        method: &Method,
        hyper: &Hyper,
        settings: StepSettings,
        start: &Weights,
    ) -> (Weights, Box<dyn Dynamics>) {
        let problem = problem();
        let mut rule = (method.build)(&problem, hyper);
        let mut weights = start.clone();
        let mut ledger = Ledger::new(&problem, &weights.beta());
        assert_eq!(
            rule.step(&problem, &mut weights, settings, &mut ledger),
            Progress::Stepped
        );
        (weights, rule)
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{HYPER, loss, one_step, problem, weights};
    use super::*;

    /// GD's step against central differences of L in every weight, and SGD's mean step over all n
    /// samples against GD's: E[SGD step (1)] = GD step exactly (the gradient is a mean). At every
    /// depth.
    #[test]
    fn gd_descends_the_gradient_and_sgd_does_so_on_average() {
        for depth in [2, 3, 4, 6] {
            gd_descends_and_sgd_on_average(depth);
        }
    }

    fn gd_descends_and_sgd_on_average(depth: u32) {
        let problem = problem();
        let start = weights(problem.d(), depth);
        let settings = StepSettings {
            step_size: 1e-3,
            label_noise: 0.0,
        };
        let (gd, _) = one_step(&gd::GD, &HYPER, settings, &start);
        for j in 0..problem.d() {
            for plus in [true, false] {
                let moved = |h: f64| {
                    let mut moved = start.clone();
                    let w = if plus {
                        &mut moved.w_plus
                    } else {
                        &mut moved.w_minus
                    };
                    w[j] += h;
                    loss(&problem, &moved)
                };
                // h = 1e-5: truncation h²·L''' ~ 1e-10, rounding ε·L/h ~ 1e-10.
                let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                let (after, before) = if plus {
                    (gd.w_plus[j], start.w_plus[j])
                } else {
                    (gd.w_minus[j], start.w_minus[j])
                };
                assert!(
                    ((before - after) / 1e-3 - slope).abs() < 1e-8,
                    "p={depth}, coordinate {j}"
                );
            }
        }

        let mut mean = vec![0.0; problem.d()];
        let mut seen = vec![false; problem.n()];
        for index in 0.. {
            let (sgd, mut rule) = one_step(&sgd::SGD, &Hyper { index, ..HYPER }, settings, &start);
            let TapeData::Integers(samples) = &rule.tapes()[0].data else {
                panic!("samples are integers")
            };
            let sample = samples[0] as usize;
            if !std::mem::replace(&mut seen[sample], true) {
                for (mean, w) in mean.iter_mut().zip(&sgd.w_plus) {
                    *mean += w / problem.n() as f64;
                }
            }
            if seen.iter().all(|seen| *seen) {
                break;
            }
        }
        for (mean, gd) in mean.iter().zip(&gd.w_plus) {
            assert!((mean / gd - 1.0).abs() < 1e-13);
        }
    }

    #[test]
    fn methods_have_unique_names() {
        for (at, method) in METHODS.iter().enumerate() {
            assert!(
                METHODS[..at]
                    .iter()
                    .all(|other| other.id != method.id && other.label != method.label)
            );
        }
    }

    #[test]
    fn families_differ_in_line_style_and_not_by_colour_alone() {
        let lines = [&gd::GD, &sgd::SGD, &sgf::SGF].map(|method| method.look.line);
        assert!(lines[0] != lines[1] && lines[1] != lines[2] && lines[0] != lines[2]);
        for (at, method) in METHODS.iter().enumerate() {
            assert!(METHODS[..at].iter().all(|other| other.look != method.look));
        }
    }
}
