//! One run: its parameters, and how it takes a step.

use rand::RngExt as _;

use super::methods::Method;
use super::network::{LeastSquares, Network};
use super::problem::Problem;
use super::settings::Settings;
use super::sharpness::Workspace;
use crate::model::random::{Generator, Normals, Stream, generator};
use crate::optim::Optimiser;
use crate::sim::experiment::RunSample;
use crate::sim::tape::Tape;

/// A loss beyond it is a divergence; kicks that come back reach 10³.
const LIMIT: f64 = 1e6;

/// See the module.
pub(super) struct Run {
    method: &'static Method,
    /// (w1, b1, w2, b2).
    parameters: Vec<f64>,
    optimiser: Optimiser<f64>,
    batch: Batch,
    jitter: Normals,
    /// What jitter has added to the parameters, if that is recorded.
    jitter_tape: Option<Tape>,
    /// Room for normals and residuals.
    noise: Vec<f64>,
    residuals: Vec<f64>,
    workspace: Workspace,
    /// λ at which η = 1 stops being stable, over 2.
    threshold: f64,
    /// The extremes of L since the last scheduled sample.
    extent: [f64; 2],
    pub(super) diverged: Option<u64>,
    pub(super) frozen: bool,
}

/// The samples of an SGD step.
struct Batch {
    random: Generator,
    size: usize,
    x: Vec<f64>,
    y: Vec<f64>,
    /// Which they were, if that is recorded.
    tape: Option<Tape>,
}

impl Batch {
    /// Draws them with replacement.
    fn draw(&mut self, problem: &Problem) {
        self.x.clear();
        self.y.clear();
        for _ in 0..self.size {
            let at = self.random.random_range(0..problem.x.len());
            self.x.push(problem.x[at]);
            self.y.push(problem.y[at]);
            if let Some(tape) = &mut self.tape {
                tape.push_indices(&[at]);
            }
        }
    }
}

/// No loss seen yet.
const NOTHING: [f64; 2] = [f64::INFINITY, f64::NEG_INFINITY];

impl Run {
    /// Run number `index` of a method, the `position`-th of all.
    pub(super) fn new(
        method: &'static Method,
        index: usize,
        position: usize,
        settings: &Settings,
        record: bool,
    ) -> Self {
        let parameters = settings.start(index);
        let size = parameters.len();
        let seed = settings.sampling_seed;
        Self {
            method,
            optimiser: Optimiser::new(settings.rule(method), size),
            batch: Batch {
                random: generator(seed, Stream::Samples, index),
                size: settings.batch,
                x: Vec::new(),
                y: Vec::new(),
                tape: (record && method.samples)
                    .then(|| Tape::integers("sample", settings.batch).flat()),
            },
            jitter: Normals::new(seed, Stream::Brownian, position),
            jitter_tape: record.then(|| Tape::reals("jitter", size)),
            noise: vec![0.0; size],
            residuals: Vec::new(),
            workspace: Workspace::default(),
            threshold: method.threshold(settings.momentum),
            extent: NOTHING,
            diverged: None,
            frozen: false,
            parameters,
        }
    }

    /// Whether steps are still taken with it.
    pub(super) fn is_active(&self) -> bool {
        self.diverged.is_none() && !self.frozen
    }

    fn loss(&mut self, problem: &Problem) -> f64 {
        let mut objective = LeastSquares {
            x: &problem.x,
            y: &problem.y,
            residuals: &mut self.residuals,
        };
        objective.loss(Network::of(&self.parameters))
    }

    /// Takes steps of these sizes, from step number `step` on.
    pub(super) fn advance(
        &mut self,
        problem: &Problem,
        step: u64,
        step_sizes: &[f64],
        jitter: f64,
    ) {
        for (taken, step_size) in (step..).zip(step_sizes) {
            if !self.is_active() {
                return;
            }
            let loss = self.step(problem, *step_size);
            if !is_bounded(loss) {
                self.diverged = Some(taken);
                return;
            }
            let [low, high] = self.extent;
            self.extent = [low.min(loss), high.max(loss)];
            if jitter > 0.0 {
                self.jitter.fill(&mut self.noise);
                for (w, noise) in self.parameters.iter_mut().zip(&mut self.noise) {
                    *noise *= jitter;
                    *w += *noise;
                }
                if let Some(tape) = &mut self.jitter_tape {
                    tape.push_reals(&self.noise);
                }
            }
        }
    }

    /// A step; returns the loss over all samples before it.
    fn step(&mut self, problem: &Problem, step_size: f64) -> f64 {
        let Self {
            parameters,
            optimiser,
            residuals,
            ..
        } = self;
        if !self.method.samples {
            let mut objective = LeastSquares {
                x: &problem.x,
                y: &problem.y,
                residuals,
            };
            return optimiser.step(&mut objective, parameters, step_size);
        }
        let loss = LeastSquares {
            x: &problem.x,
            y: &problem.y,
            residuals,
        }
        .loss(Network::of(parameters));
        self.batch.draw(problem);
        let mut objective = LeastSquares {
            x: &self.batch.x,
            y: &self.batch.y,
            residuals,
        };
        optimiser.step(&mut objective, parameters, step_size);
        loss
    }

    /// The run's part of the sample at `step`, before a step of size `step_size`; `None` if it has diverged.
    pub(super) fn sample(
        &mut self,
        problem: &Problem,
        step: u64,
        step_size: f64,
    ) -> Option<RunSample> {
        if self.diverged.is_some() {
            return None;
        }
        let loss = self.loss(problem);
        if !is_bounded(loss) {
            // What the next step would find out.
            self.diverged = Some(step);
            return None;
        }
        let reading = problem.read(
            &self.parameters,
            loss,
            step_size,
            self.threshold,
            &mut self.workspace,
        );
        let values = reading.values();
        let neurons = self.parameters.len() / 3;
        let state: Vec<Vec<f64>> = self
            .parameters
            .chunks(neurons)
            .map(<[f64]>::to_vec)
            .collect();
        let mut sample = RunSample::new(values, state);
        // The loss is the first column.
        sample.low[0] = loss.min(self.extent[0]);
        sample.high[0] = loss.max(self.extent[1]);
        Some(sample)
    }

    /// What has been drawn since the last call.
    pub(super) fn take_tapes(&mut self) -> Vec<Tape> {
        let tapes = self.batch.tape.iter_mut().chain(&mut self.jitter_tape);
        tapes.map(Tape::take).collect()
    }

    pub(super) fn forget_extremes(&mut self) {
        self.extent = NOTHING;
    }

    /// λ now.
    pub(super) fn sharpness(&mut self, problem: &Problem) -> f64 {
        super::sharpness::sharpness(
            Network::of(&self.parameters),
            &problem.x,
            &mut self.workspace,
        )
    }
}

/// Whether a run with this loss goes on.
fn is_bounded(loss: f64) -> bool {
    loss <= LIMIT
}
