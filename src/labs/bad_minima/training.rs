//! One network on its way: memorising, waiting, and learning the task.

use std::ops::Range;
use std::sync::Arc;

use rand::RngExt as _;

use super::data::Task;
use super::families::{Member, Origin};
use super::network::{Network, Point};
use super::probe::{Probe, share_right};
use super::settings::{EPOCHS_PER_STEP, MEMORISED_BATCH, Settings};
use crate::model::random::{Generator, Normals, Stream, generator};
use crate::optim::{Objective, Optimiser, Rule};
use crate::sim::tape::Tape;

/// See the module.
pub(super) struct Run {
    /// Which it is.
    pub(super) member: Member,
    /// θ.
    pub(super) theta: Vec<f32>,
    /// θ₀.
    pub(super) start: Arc<Vec<f32>>,
    /// θ when the task began.
    pub(super) entry: Option<Vec<f32>>,
    /// Single-sample gradients so far.
    pub(super) gradients: f64,
    /// The step at which a weight was no longer finite.
    pub(super) diverged: Option<u64>,
    network: Network,
    pretraining: Optimiser<f32>,
    sgd: Optimiser<f32>,
    /// Whether there is nothing more to memorise.
    rests: bool,
    order: Shuffle,
    room: Batch,
    noise: Normals,
    order_seed: u64,
    /// The orders and the input noise, if they are recorded.
    tapes: Option<Tapes>,
    /// What has been measured of θ as it is.
    measured: Option<(Probe, Arc<[Vec<f64>]>)>,
}

/// What was random in a run.
struct Tapes {
    /// The copies in the order of every epoch of memorising.
    memorised: Tape,
    /// The training points in the order of every epoch of the task.
    order: Tape,
    /// The normals added to them, in the epoch's order, for the epochs with augmentation.
    input_noise: Tape,
}

impl Tapes {
    fn new(task: &Task) -> Self {
        let points = task.train.len();
        Self {
            memorised: Tape::integers("memorised_order", task.copies.len()),
            order: Tape::integers("order", points),
            input_noise: Tape::reals("input_noise", 2 * points),
        }
    }
}

/// The samples in an order that changes from epoch to epoch.
struct Shuffle {
    order: Vec<usize>,
    generator: Generator,
}

impl Shuffle {
    fn new(seed: u64, stream: usize, samples: usize) -> Self {
        Self {
            order: (0..samples).collect(),
            generator: generator(seed, Stream::Samples, stream),
        }
    }

    /// The order of the next epoch (Fisher and Yates).
    fn next(&mut self) -> &[usize] {
        for last in (1..self.order.len()).rev() {
            let other = self.generator.random_range(0..=last);
            self.order.swap(last, other);
        }
        &self.order
    }
}

/// Labelled points that a gradient is taken of.
#[derive(Clone, Debug, Default)]
struct Batch {
    at: Vec<Point>,
    labels: Vec<f32>,
    /// What is added to the inputs of an epoch.
    noise: Vec<f64>,
}

/// The mean loss of a batch with decay.
struct BatchLoss<'a> {
    network: &'a mut Network,
    batch: &'a Batch,
    decay: f32,
}

impl Objective<f32> for BatchLoss<'_> {
    fn loss_and_gradient(&mut self, parameters: &[f32], gradient: &mut [f32]) -> f32 {
        let batch = (&self.batch.at[..], &self.batch.labels[..]);
        let loss = self
            .network
            .loss_and_gradient(parameters, batch, self.decay, gradient);
        loss as f32
    }
}

impl Run {
    /// At θ₀.
    pub(super) fn new(
        member: Member,
        start: &Arc<Vec<f32>>,
        settings: &Settings,
        task: &Task,
        record: bool,
    ) -> Self {
        let network = Network::new(settings.width);
        let dimension = network.dimension();
        let momentum = settings.momentum_in_force();
        Self {
            member,
            theta: start.to_vec(),
            start: start.clone(),
            entry: None,
            gradients: 0.0,
            diverged: None,
            pretraining: Optimiser::new(Rule::adam(), dimension),
            sgd: Optimiser::new(Rule::HeavyBall { momentum }, dimension),
            rests: task.copies.is_empty(),
            // The pretrained ones see the copies in the same order, everyone sees the task in the same.
            order: Shuffle::new(settings.order_seed, 1, task.copies.len()),
            room: Batch::default(),
            noise: Normals::new(settings.order_seed, Stream::InputNoise, 0),
            order_seed: settings.order_seed,
            tapes: record.then(|| Tapes::new(task)),
            network,
            measured: None,
        }
    }

    /// The labels that it memorises or would have to.
    fn memorised<'a>(&self, task: &'a Task) -> &'a [f32] {
        match self.member.origin {
            Origin::TrueLabels => &task.true_labels,
            _ => &task.copies.labels,
        }
    }

    /// Whether it has not been made yet.
    pub(super) fn is_ahead(&self) -> bool {
        self.member.origin == Origin::Adversary && self.entry.is_none()
    }

    /// Takes the steps of a span that lies on one side of the task's beginning.
    pub(super) fn advance(&mut self, task: &Task, settings: &Settings, span: Range<u64>) {
        let settings = match self.member.own {
            Some(acting) => settings.with(acting),
            None => *settings,
        };
        for step in span {
            if self.diverged.is_some() {
                return;
            }
            if self.entry.is_some() {
                self.epoch_of_task(task, &settings);
            } else if self.is_pretrained() && !self.rests {
                self.memorise(task, &settings);
            } else {
                return;
            }
            self.measured = None;
            if self.theta.iter().any(|weight| !weight.is_finite()) {
                self.diverged = Some(step + 1);
            }
        }
    }

    fn is_pretrained(&self) -> bool {
        matches!(
            self.member.origin,
            Origin::RandomLabels | Origin::TrueLabels
        )
    }

    /// Some epochs of Adam on the copies, and a look whether all of them are learned.
    fn memorise(&mut self, task: &Task, settings: &Settings) {
        let labels = self.memorised(task);
        for _ in 0..EPOCHS_PER_STEP {
            let order = self.order.next();
            if let Some(tapes) = &mut self.tapes {
                tapes.memorised.push_indices(order);
            }
            for samples in order.chunks(MEMORISED_BATCH) {
                self.room.fill(&task.copies.at, labels, samples);
                let mut loss = BatchLoss {
                    network: &mut self.network,
                    batch: &self.room,
                    decay: 0.0,
                };
                let step_size = settings.pretraining_step_size;
                self.pretraining.step(&mut loss, &mut self.theta, step_size);
            }
        }
        self.gradients += (EPOCHS_PER_STEP as usize * task.copies.len()) as f64;
        let outputs = self.network.outputs(&self.theta, &task.copies.at);
        self.rests = share_right(&outputs, labels) == 1.0;
    }

    /// An epoch of SGD on the training points.
    fn epoch_of_task(&mut self, task: &Task, settings: &Settings) {
        let momentum = settings.momentum_in_force();
        self.sgd.set_rule(Rule::HeavyBall { momentum });
        let deviation = settings.augmentation_in_force();
        self.room.noise.clear();
        if deviation > 0.0 {
            self.room.noise.resize(2 * task.train.len(), 0.0);
            self.noise.fill(&mut self.room.noise);
        }
        let order = self.order.next();
        if let Some(tapes) = &mut self.tapes {
            tapes.order.push_indices(order);
            tapes.input_noise.push_reals(&self.room.noise);
        }
        for (at, samples) in order.chunks(settings.batch).enumerate() {
            self.room.fill(&task.train.at, &task.train.labels, samples);
            self.room.disturb(deviation, at * settings.batch);
            let mut loss = BatchLoss {
                network: &mut self.network,
                batch: &self.room,
                decay: settings.decay_in_force(),
            };
            self.sgd
                .step(&mut loss, &mut self.theta, settings.step_size);
        }
        self.gradients += task.train.len() as f64;
    }

    /// Begins the task, where it is or at `adversary`.
    pub(super) fn begin_task(&mut self, task: &Task, adversary: Option<&[f32]>) {
        if self.member.origin == Origin::Adversary
            && let Some(theta) = adversary
        {
            self.theta.copy_from_slice(theta);
        }
        self.entry = Some(self.theta.clone());
        self.order = Shuffle::new(self.order_seed, 0, task.train.len());
        self.measured = None;
    }

    /// What has been drawn since the last call.
    pub(super) fn take_tapes(&mut self) -> Vec<Tape> {
        let take = |tapes: &mut Tapes| {
            [
                &mut tapes.memorised,
                &mut tapes.order,
                &mut tapes.input_noise,
            ]
            .map(Tape::take)
            .into()
        };
        self.tapes.as_mut().map_or_else(Vec::new, take)
    }

    /// What is measured of it now, and its weights as matrices.
    pub(super) fn measure(&mut self, task: &Task) -> (Probe, Arc<[Vec<f64>]>) {
        if let Some((probe, matrices)) = &self.measured {
            return (*probe, matrices.clone());
        }
        let labels = self.memorised(task);
        let probe = Probe::new(&mut self.network, &self.theta, task, labels);
        let matrices: Arc<[Vec<f64>]> = self.network.matrices(&self.theta).into();
        self.measured = Some((probe, matrices.clone()));
        (probe, matrices)
    }
}

impl Batch {
    fn fill(&mut self, points: &[Point], labels: &[f32], samples: &[usize]) {
        self.at.clear();
        self.labels.clear();
        self.at.extend(samples.iter().map(|sample| points[*sample]));
        self.labels
            .extend(samples.iter().map(|sample| labels[*sample]));
    }

    /// Moves the points by normal noise, of which there is a pair per sample of the epoch.
    fn disturb(&mut self, deviation: f64, first: usize) {
        let pairs = self.noise.as_chunks::<2>().0.iter().skip(first);
        for (point, noise) in self.at.iter_mut().zip(pairs) {
            for (place, noise) in point.iter_mut().zip(noise) {
                *place += (deviation * noise) as f32;
            }
        }
    }
}
