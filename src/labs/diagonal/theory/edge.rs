//! The largest stable step size, measured: the rule by which the paper chose its step sizes.
//!
//! Short trial runs at one γ after the other, each with its own randomness, bracket the edge and
//! then halve the bracket. Each call makes one trial, so that the caller can
//! stop between two of them.

use crate::labs::diagonal::dynamics::label_noise::NoiseSchedule;
use crate::labs::diagonal::dynamics::{Hyper, Ledger, Method, Progress, StepSettings};
use crate::labs::diagonal::network::Weights;
use crate::model::arithmetic::Elementary as _;
use crate::model::random::next_seed;
use crate::model::regression::Regression;
use crate::model::watch::Watch;

/// Steps of a trial: at the edge the saddle is left after a few hundred.
const STEPS: u64 = 4_000;

/// Trials of a random rule at one γ, and how many of them may fail: the calibration of γ_auto calls
/// a step size stable if 7 of 8 runs are.
const TRIALS: u32 = 8;
const FAILURES: u32 = 1;

/// Ratio of the bracket's ends at which the search ends.
const WIDTH: f64 = 1.03;

/// A search that has found no edge by these step sizes gives up.
const LIMITS: [f64; 2] = [1e-12, 1e6];

/// Looks for the largest γ at which a rule does not diverge.
pub struct EdgeSearch {
    method: &'static Method,
    hyper: Hyper,
    schedule: NoiseSchedule,
    /// The lowest training loss of any β.
    floor: f64,
    /// The largest step size known to be stable.
    stable: Option<f64>,
    /// The smallest step size known to be unstable.
    unstable: Option<f64>,
    candidate: f64,
    trials: u32,
    failures: u32,
    start: f64,
    /// Width of the bracket when it was first closed.
    first_width: f64,
    watch: Watch,
}

impl EdgeSearch {
    /// A search that starts at `guess`, for a rule as it would run with `hyper` under `schedule` on data
    /// whose training loss cannot fall below `floor`.
    pub fn new(
        method: &'static Method,
        hyper: Hyper,
        schedule: NoiseSchedule,
        floor: f64,
        guess: f64,
    ) -> Self {
        Self {
            method,
            hyper: Hyper {
                record: false,
                index: 0,
                // A trial ends with the loss of its last step.
                loss_every: 1,
                ..hyper
            },
            schedule,
            floor,
            stable: None,
            unstable: None,
            candidate: guess,
            trials: 0,
            failures: 0,
            start: guess,
            first_width: 2.0,
            watch: Watch::default(),
        }
    }

    /// The same for somebody who may give it up meanwhile, and then means nothing by what it has found.
    #[must_use]
    pub fn watched(self, watch: &Watch) -> Self {
        Self {
            watch: watch.clone(),
            ..self
        }
    }

    /// The rule searched for.
    pub fn method(&self) -> &'static Method {
        self.method
    }

    /// Whether the edge is known as well as it is going to be.
    pub fn is_done(&self) -> bool {
        match (self.stable, self.unstable) {
            (Some(stable), Some(unstable)) => unstable / stable <= WIDTH,
            _ => !(LIMITS[0]..=LIMITS[1]).contains(&self.candidate),
        }
    }

    /// The largest step size found stable so far.
    pub fn edge(&self) -> Option<f64> {
        self.stable
    }

    /// How far the search is, from 0 to 1.
    pub fn progress(&self) -> f64 {
        match (self.stable, self.unstable) {
            _ if self.is_done() => 1.0,
            (Some(stable), Some(unstable)) => {
                let left = (unstable / stable).logarithm() / WIDTH.logarithm();
                let all = self.first_width.logarithm() / WIDTH.logarithm();
                0.3 + 0.7
                    * (1.0
                        - left.logarithm_to_base_2().max(0.0) / all.logarithm_to_base_2().max(1.0))
            }
            _ => (0.05 * (self.candidate / self.start).logarithm_to_base_2().abs()).min(0.3),
        }
    }

    /// One trial run from `start`; nothing if the search is done.
    pub fn advance(&mut self, problem: &Regression, start: &Weights) {
        if self.is_done() {
            return;
        }
        self.hyper.sampling_seed = next_seed(self.hyper.sampling_seed);
        self.hyper.brownian_seed = next_seed(self.hyper.brownian_seed);
        self.trials += 1;
        self.failures += u32::from(!self.is_stable(problem, start));
        // A rule without randomness needs no second trial.
        let trials = if self.method.max_runs == 1 { 1 } else { TRIALS };
        let allowed = if self.method.max_runs == 1 {
            0
        } else {
            FAILURES
        };
        if self.failures > allowed {
            self.unstable = Some(self.candidate);
        } else if self.trials >= trials {
            self.stable = Some(self.candidate);
        } else {
            return;
        }
        self.trials = 0;
        self.failures = 0;
        self.candidate = match (self.stable, self.unstable) {
            (Some(stable), Some(unstable)) => {
                self.first_width = self.first_width.max(unstable / stable);
                (stable * unstable).sqrt()
            }
            (Some(stable), None) => 2.0 * stable,
            (None, Some(unstable)) => 0.5 * unstable,
            (None, None) => self.candidate,
        };
    }

    /// Whether a run at the candidate stays in bounds and, unless labels are noisy, has come
    /// nine tenths of the way down to the lowest loss there is.
    fn is_stable(&self, problem: &Regression, start: &Weights) -> bool {
        let mut rule = (self.method.build)(problem, &self.hyper);
        let mut weights = start.clone();
        let mut ledger = Ledger::new(problem, &weights.beta());
        let (first, noisy) = (ledger.last_loss, self.schedule != NoiseSchedule::None);
        rule.watch(&self.watch);
        for step in 0..STEPS {
            if self.watch.is_given_up() {
                return false;
            }
            let settings = StepSettings {
                step_size: self.candidate,
                label_noise: self.schedule.level(step),
            };
            if rule.step(problem, &mut weights, settings, &mut ledger) == Progress::Diverged {
                return false;
            }
            if ledger.last_loss < 1e-9 * first && !noisy {
                return true;
            }
        }
        noisy || ledger.last_loss - self.floor <= 0.1 * (first - self.floor)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::labs::diagonal::dynamics::testing::HYPER;
    use crate::labs::diagonal::dynamics::{gd, sgd};
    use crate::labs::diagonal::theory::step_size::{StepSizeLimits, approximate_limit};
    use crate::model::data::sparse::{BetaLaw, SparseGaussian};
    use crate::model::regression::{Rows, Validation};

    fn search(method: &'static Method, problem: &Regression, start: &Weights, guess: f64) -> f64 {
        let mut search = EdgeSearch::new(method, HYPER, NoiseSchedule::None, 0.0, guess);
        let mut progress = 0.0;
        while !search.is_done() {
            search.advance(problem, start);
            assert!(search.progress() >= progress - 1e-12, "progress goes on");
            progress = search.progress();
        }
        assert_eq!(search.progress(), 1.0);
        search.edge().unwrap()
    }

    /// One sample, one coordinate, β = w₊² − w₋² → y = 1 from a small α: near the minimum
    /// r ← (1 − 2γ(w₊²+w₋²)) r with w₊² → 1, so GD is locally stable up to γ = 1. It is found from
    /// guesses on either side, within the search's 3 %. Just above, w₊ hops between √(1 ± O(√(γ−1))),
    /// bounded; its loss passes a tenth of L(0) at about γ = 1.1.
    #[test]
    fn the_edge_of_one_coordinate_is_at_its_curvature() {
        let rows = Rows {
            x: array![[1.0]],
            y: vec![1.0],
        };
        let problem = Regression::new(rows, Validation::Unavailable);
        let start = Weights::start(&[0.1], 2);
        let edges = [0.01, 37.0].map(|guess| search(&gd::GD, &problem, &start, guess));
        assert!((edges[0] / edges[1] - 1.0).abs() < 0.04, "{edges:?}");
        assert!((0.97..1.2).contains(&edges[0]), "{edges:?}");
    }

    /// On ±1 data at α = .1 the calibration found the edge of SGD at .97–1.67 γ_auto, that of GD an
    /// order above; ±3 % for the search.
    #[test]
    fn measured_edges_agree_with_the_calibration() {
        let problem = SparseGaussian {
            n: 40,
            d: 100,
            sparsity: 5,
            beta_law: BetaLaw::Signs,
            seed: 1,
        }
        .generate()
        .unwrap();
        let alpha = [0.1; 100];
        let gamma =
            StepSizeLimits::at(&problem, &approximate_limit(&problem), &alpha, 2).gamma_auto();
        let start = Weights::start(&alpha, 2);
        let sgd = search(&sgd::SGD, &problem, &start, gamma);
        assert!((0.94..1.72).contains(&(sgd / gamma)), "{}", sgd / gamma);
        let gd = search(&gd::GD, &problem, &start, gamma);
        assert!((1.0..1.8).contains(&gd), "{gd}");
    }
}
