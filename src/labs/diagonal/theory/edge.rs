//! The largest stable step size, measured: the rule by which the paper chose its step sizes.
//!
//! Short trial runs at one γ after the other, each with its own randomness, bracket the edge and
//! then halve the bracket. Each call makes the trials at one γ, side by side where their rule lets them share what reads
//! all of X; what is found is what one after the other would find. On large data a step computes the loss once in a while:
//! whether a run is in bounds its own samples tell as well.

use std::ops::Range;

use crate::labs::diagonal::dynamics::label_noise::NoiseSchedule;
use crate::labs::diagonal::dynamics::sgd::auto_loss_every;
use crate::labs::diagonal::dynamics::{
    Dynamics, Hyper, Ledger, Method, Progress, StepSettings, forward_all, group_size,
};
use crate::labs::diagonal::network::Weights;
use crate::model::arithmetic::Elementary as _;
use crate::model::random::next_seed;
use crate::model::regression::Regression;
use crate::model::watch::Watch;

/// Steps of a trial: at the edge the saddle is left after a few hundred.
const STEPS: u64 = 4_000;

/// Trials of a random rule at one γ, and how many of them may fail: the calibration of γ_auto calls
/// a step size stable if 7 of 8 runs are.
const TRIALS: usize = 8;
const FAILURES: usize = 1;

/// How often a trial computes the loss where that is what a step costs: so often that it sees a run converge about when
/// it does.
const LOSS_EVERY: u64 = 40;

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
                ..hyper
            },
            schedule,
            floor,
            stable: None,
            unstable: None,
            candidate: guess,
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

    /// The trial runs from `start` at one γ; nothing if the search is done.
    pub fn advance(&mut self, problem: &Regression, start: &Weights) {
        let loss_every = auto_loss_every(problem.n(), problem.d()).min(LOSS_EVERY);
        self.advance_with(problem, start, loss_every);
    }

    /// The same with trials that compute the loss at every so many steps.
    fn advance_with(&mut self, problem: &Regression, start: &Weights, loss_every: u64) {
        if self.is_done() {
            return;
        }
        if self.candidate_is_stable(problem, start, loss_every) {
            self.stable = Some(self.candidate);
        } else {
            self.unstable = Some(self.candidate);
        }
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

    /// Whether no more trials fail at the candidate than may. Those that one after the other would not have been made
    /// any more leave their random numbers to the next candidate.
    fn candidate_is_stable(
        &mut self,
        problem: &Regression,
        start: &Weights,
        loss_every: u64,
    ) -> bool {
        // A rule without randomness needs no second trial.
        let (trials, allowed) = if self.method.max_runs == 1 {
            (1, 0)
        } else {
            (TRIALS, FAILURES)
        };
        let seeds = |hyper: &Hyper| Hyper {
            sampling_seed: next_seed(hyper.sampling_seed),
            brownian_seed: next_seed(hyper.brownian_seed),
            loss_every,
            ..*hyper
        };
        let first = Some(seeds(&self.hyper));
        let hypers: Vec<Hyper> = std::iter::successors(first, |hyper| Some(seeds(hyper)))
            .take(trials)
            .collect();
        let mut runs: Vec<Trial> = hypers
            .iter()
            .map(|hyper| Trial::new(self, problem, start, hyper))
            .collect();
        let together = if runs[0].rule.forward().is_some() {
            group_size(problem)
        } else {
            1
        };
        let mut needed = 0..trials;
        while !needed.is_empty() {
            let group = needed.start..needed.end.min(needed.start.saturating_add(together));
            self.run_together(problem, &mut runs, group.clone(), allowed);
            needed = group.end..last_needed(&runs, allowed);
        }
        let end = last_needed(&runs, allowed);
        self.hyper = hypers[end - 1];
        runs[..end]
            .iter()
            .filter(|run| run.outcome == Some(false))
            .count()
            <= allowed
    }

    /// Takes the trials of `group` to their ends, as far as they are needed after what came of the others.
    fn run_together(
        &self,
        problem: &Regression,
        runs: &mut [Trial],
        mut group: Range<usize>,
        allowed: usize,
    ) {
        for step in 0..STEPS {
            let settings = StepSettings {
                step_size: self.candidate,
                label_noise: self.schedule.level(step),
            };
            let going = runs[group.clone()].iter_mut();
            let mut going: Vec<&mut Trial> = going.filter(|run| run.outcome.is_none()).collect();
            if going.is_empty() {
                return;
            }
            if self.watch.is_given_up() {
                for run in going {
                    run.outcome = Some(false);
                }
                return;
            }
            if going.len() > 1 {
                let passes = going.iter_mut();
                let passes = passes.filter_map(|run| Some((run.rule.forward()?, &run.weights)));
                forward_all(problem, passes);
            }
            for run in &mut going {
                run.step(problem, settings, self.is_noisy());
            }
            if going.iter().any(|run| run.outcome == Some(false)) {
                group.end = group.end.min(last_needed(runs, allowed));
            }
        }
        for run in &mut runs[group] {
            if run.outcome.is_none() {
                run.outcome = Some(self.is_noisy() || run.has_come_down(problem, self.floor));
            }
        }
    }

    fn is_noisy(&self) -> bool {
        self.schedule != NoiseSchedule::None
    }
}

/// How many of the trials are needed, from the first on: up to the one with which too many have failed.
fn last_needed(runs: &[Trial], allowed: usize) -> usize {
    let failed = runs.iter().enumerate();
    let mut failed = failed.filter(|(_, run)| run.outcome == Some(false));
    failed.nth(allowed).map_or(runs.len(), |(at, _)| at + 1)
}

/// A trial run.
struct Trial {
    rule: Box<dyn Dynamics>,
    weights: Weights,
    ledger: Ledger,
    first_loss: f64,
    /// Whether its last step has computed the loss.
    knows_its_loss: bool,
    /// Once it is over: whether it stayed in bounds and, unless labels are noisy, has come nine tenths of the way down
    /// to the lowest loss there is.
    outcome: Option<bool>,
}

impl Trial {
    fn new(search: &EdgeSearch, problem: &Regression, start: &Weights, hyper: &Hyper) -> Self {
        let mut rule = (search.method.build)(problem, hyper);
        rule.watch(&search.watch);
        let weights = start.clone();
        let ledger = Ledger::new(problem, &weights.beta());
        Self {
            rule,
            weights,
            first_loss: ledger.last_loss,
            ledger,
            knows_its_loss: hyper.loss_every == 1,
            outcome: None,
        }
    }

    fn step(&mut self, problem: &Regression, settings: StepSettings, is_noisy: bool) {
        let ledger = &mut self.ledger;
        let progress = self.rule.step(problem, &mut self.weights, settings, ledger);
        if progress == Progress::Diverged {
            self.outcome = Some(false);
        } else if self.ledger.last_loss < 1e-9 * self.first_loss && !is_noisy {
            self.outcome = Some(true);
        }
    }

    /// Whether nine tenths of the loss above its lowest value are gone.
    fn has_come_down(&self, problem: &Regression, floor: f64) -> bool {
        let last = if self.knows_its_loss {
            self.ledger.last_loss
        } else {
            problem.training_loss(&self.weights.beta())
        };
        last - floor <= 0.1 * (self.first_loss - floor)
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

    /// One trial after the other and the loss of every step: what is found is the same to the last bit where every step
    /// computes the loss, and else, the trials' paths being the same, within the width of the last bracket.
    #[test]
    fn trials_side_by_side_find_what_one_after_the_other_finds() {
        let one_by_one = |search: &mut EdgeSearch, problem: &Regression, start: &Weights| {
            let (mut made, mut failed) = (0, 0);
            while made < TRIALS && failed <= FAILURES {
                search.hyper.sampling_seed = next_seed(search.hyper.sampling_seed);
                search.hyper.brownian_seed = next_seed(search.hyper.brownian_seed);
                let mut rule = (search.method.build)(problem, &search.hyper);
                let (mut weights, settings) = (
                    start.clone(),
                    StepSettings {
                        step_size: search.candidate,
                        label_noise: 0.0,
                    },
                );
                let mut ledger = Ledger::new(problem, &weights.beta());
                let first = ledger.last_loss;
                let stays = (0..STEPS).all(|_| {
                    ledger.last_loss < 1e-9 * first
                        || rule.step(problem, &mut weights, settings, &mut ledger)
                            == Progress::Stepped
                });
                made += 1;
                failed += usize::from(!stays || ledger.last_loss > 0.1 * first);
            }
            let stable = failed <= FAILURES;
            if stable {
                search.stable = Some(search.candidate);
            } else {
                search.unstable = Some(search.candidate);
            }
            search.candidate = match (search.stable, search.unstable) {
                (Some(stable), Some(unstable)) => (stable * unstable).sqrt(),
                _ => search.candidate * if stable { 2.0 } else { 0.5 },
            };
        };
        for seed in 1..=4 {
            let data = SparseGaussian {
                n: 20,
                d: 40,
                sparsity: 3,
                beta_law: BetaLaw::Signs,
                seed,
            };
            let problem = data.generate().unwrap();
            let start = Weights::start(&[0.1; 40], 2);
            let find = |advance: &dyn Fn(&mut EdgeSearch)| {
                let hyper = Hyper {
                    record: false,
                    sampling_seed: seed,
                    ..HYPER
                };
                let none = NoiseSchedule::None;
                let mut search = EdgeSearch::new(&sgd::SGD, hyper, none, 0.0, 0.1);
                while !search.is_done() {
                    advance(&mut search);
                }
                (search.edge().unwrap(), search.hyper.sampling_seed)
            };
            let plain = find(&|search| one_by_one(search, &problem, &start));
            assert_eq!(plain, find(&|search| search.advance(&problem, &start)));
            let (rarely, _) = find(&|search| search.advance_with(&problem, &start, LOSS_EVERY));
            assert!(
                (rarely / plain.0 - 1.0).abs() < WIDTH - 1.0,
                "{rarely} {plain:?}"
            );
        }
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
