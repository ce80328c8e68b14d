//! What the lab on bad minima spends its time on: `cargo bench --bench minima`. Items are samples.

use std::fmt;
use std::hint::black_box;

use divan::Bencher;
use divan::counter::ItemsCount;
use implicit_bias_lab::labs::Lab as _;
use implicit_bias_lab::labs::bad_minima::LAB;
use implicit_bias_lab::labs::bad_minima::data::{Law, Task};
use implicit_bias_lab::labs::bad_minima::network::Network;
use implicit_bias_lab::labs::bad_minima::probe::{PLACES, Probe, boundary};
use implicit_bias_lab::model::random::{Stream, generator};
use implicit_bias_lab::optim::{Objective, Optimiser, Rule};
use implicit_bias_lab::recipe::preset;

fn main() {
    divan::main();
}

/// Units per hidden layer.
#[derive(Clone, Copy)]
struct Width(usize);

const WIDTHS: [Width; 2] = [Width(32), Width(64)];

impl fmt::Display for Width {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "h={}", self.0)
    }
}

fn network(width: usize) -> (Network, Vec<f32>) {
    let network = Network::new(width);
    let theta = network.random(&mut generator(1, Stream::Initialisation, 0));
    (network, theta)
}

struct Batch<'a>(Network, &'a Task, usize);

impl Objective<f32> for Batch<'_> {
    fn loss_and_gradient(&mut self, parameters: &[f32], gradient: &mut [f32]) -> f32 {
        let Self(network, task, size) = self;
        let batch = (&task.test.at[..*size], &task.test.labels[..*size]);
        network.loss_and_gradient(parameters, batch, 0.0, gradient) as f32
    }
}

fn step(bencher: Bencher<'_, '_>, width: usize, rule: Rule<f32>, size: usize) {
    let task = Task::new(Law::Disk, 60, 2, 0.12, 1);
    let (network, mut theta) = network(width);
    let mut optimiser = Optimiser::new(rule, theta.len());
    let mut batch = Batch(network, &task, size);
    bencher
        .counter(ItemsCount::new(size))
        .bench_local(|| optimiser.step(&mut batch, black_box(&mut theta), 1e-4));
}

/// A step of SGD on a batch of ten.
#[divan::bench(args = WIDTHS)]
fn step_of_sgd(bencher: Bencher<'_, '_>, Width(width): Width) {
    step(bencher, width, Rule::HeavyBall { momentum: 0.0 }, 10);
}

/// A step of Adam on a batch of fifty.
#[divan::bench(args = WIDTHS)]
fn step_of_adam(bencher: Bencher<'_, '_>, Width(width): Width) {
    step(bencher, width, Rule::adam(), 50);
}

/// f at a thousand points.
#[divan::bench(args = WIDTHS)]
fn outputs(bencher: Bencher<'_, '_>, Width(width): Width) {
    let task = Task::new(Law::Disk, 60, 2, 0.12, 1);
    let (mut network, theta) = network(width);
    bencher
        .counter(ItemsCount::new(task.test.len()))
        .bench_local(|| network.outputs(&theta, black_box(&task.test.at)));
}

/// f on the grid of the picture, and its boundary.
#[divan::bench(args = WIDTHS)]
fn field(bencher: Bencher<'_, '_>, Width(width): Width) {
    let (mut network, theta) = network(width);
    bencher
        .counter(ItemsCount::new(PLACES * PLACES))
        .bench_local(|| boundary(&mut network, black_box(&theta)));
}

/// All that is recorded of a network.
#[divan::bench(args = WIDTHS)]
fn probe(bencher: Bencher<'_, '_>, Width(width): Width) {
    let task = Task::new(Law::Disk, 60, 2, 0.12, 1);
    let (mut network, theta) = network(width);
    bencher.bench_local(|| Probe::new(&mut network, black_box(&theta), &task, &task.copies.labels));
}

/// The first preset from beginning to end without a window and without samples: memorising, 400 epochs, 400 more.
#[divan::bench(sample_count = 3)]
fn whole_preset(bencher: Bencher<'_, '_>) {
    let recipe = preset("bad-minima").map(|preset| preset.recipe());
    let knobs = recipe.map(|recipe| recipe.knobs);
    bencher.bench_local(|| {
        let knobs = knobs.as_ref().ok()?;
        let mut experiment = LAB.experiment(knobs, false).ok()?;
        experiment.advance(knobs.length());
        Some(experiment.sample())
    });
}
