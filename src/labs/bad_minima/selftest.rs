//! What is computed, against other ways to the same numbers: `implicit-bias-lab selftest`.
//!
//! The other ways go through the weights as matrices, in double precision and by plain sums.

#![expect(
    clippy::unnecessary_wraps,
    reason = "a table of checks, some of which may have no result"
)]

use std::f64::consts::{PI, SQRT_2};
use std::io::Write;

use rand::RngExt as _;

use super::data::{Law, Points, Task};
use super::experiment::Minima;
use super::network::{Network, logistic};
use super::probe::{PLACES, Probe, REACH, boundary, side};
use super::settings::Settings;
use crate::knobs::Knobs;
use crate::labs::SelfTest;
use crate::labs::self_test_table::{Check, Failure, Seeded, write_table};
use crate::model::level_set::{length, zero_set};
use crate::model::random::{Generator, Stream, generator};
use crate::sim::experiment::Experiment as _;
use crate::statistics::median;

/// The lab's self-test, on four networks unless told otherwise.
pub static SELF_TEST: SelfTest = SelfTest { problems: 4, run };

/// Units per layer: not a whole number of registers.
const WIDTH: usize = 37;

/// λ of the gradients.
const DECAY: f32 = 0.01;

/// Steps of differences: the error of second order and the rounding of double precision are both far below
/// that of single precision.
const DIFFERENCE: f64 = 1e-6;

/// A network and a task.
struct Case {
    seed: u64,
    theta: Vec<f32>,
    task: Task,
}

impl Case {
    fn new(seed: u64) -> Self {
        let law = Law::ALL[seed as usize % Law::ALL.len()];
        Self {
            seed,
            theta: Network::new(WIDTH).random(&mut generator(seed, Stream::Initialisation, 0)),
            // More points than pass through the network together.
            task: Task::new(law, 60, 2, 0.1, seed),
        }
    }

    fn generator(&self) -> Generator {
        generator(self.seed, Stream::Checks, 0)
    }

    fn gradient(&self) -> (f64, Vec<f32>) {
        let mut gradient = vec![0.0; self.theta.len()];
        let Points { at, labels } = &self.task.train;
        let loss =
            Network::new(WIDTH).loss_and_gradient(&self.theta, (at, labels), DECAY, &mut gradient);
        (loss, gradient)
    }
}

impl Seeded for Case {
    fn seed(&self) -> u64 {
        self.seed
    }
}

fn run(seed: u64, problems: u64, out: &mut dyn Write) -> Result<usize, Failure> {
    let cases: Vec<Case> = (0..problems)
        .map(|at| Case::new(seed.wrapping_add(at)))
        .collect();
    write_table(CHECKS, seed, &cases, out)
}

static CHECKS: &[Check<Case>] = &[
    Check {
        name: "network: outputs are those of its matrices",
        source: "w₃·relu(W₂ relu(W₁p + b₁) + b₂) + b₃",
        // Sums of 37 terms in single precision, relative to the largest output.
        bound: 1e-5,
        error: outputs,
    },
    Check {
        name: "backpropagation: the gradient",
        source: "differences in double precision",
        bound: 1e-5,
        error: backpropagation,
    },
    Check {
        name: "ReLU: what goes in balances what comes out",
        source: "⟨w, ∇w⟩ + b∇b = v∇v, unit by unit",
        bound: 1e-5,
        error: balance,
    },
    Check {
        name: "boundary: length of a circle",
        source: "2πr",
        // (h/r)²/24 by the chords, four times as much by the sides.
        bound: 1e-3,
        error: circle,
    },
    Check {
        name: "boundary: length of a network's square",
        source: "|x| + |y| = c: 4√2 c",
        // Each of four corners is cut within a square of the grid: 4·0.6·h of at least 2.8.
        bound: 0.04,
        error: square,
    },
    Check {
        name: "boundary: crossings of a fine grid",
        source: "Cauchy–Crofton, four directions",
        // Four directions count a straight line by .948 to 1.026 of its length; what is finer than a square of the
        // coarse grid comes to some hundredths besides.
        bound: 0.08,
        error: crossings,
    },
    Check {
        name: "margin of the centre of a network's square",
        source: "|x| + |y| = c: c/√2",
        bound: 1e-4,
        error: margin,
    },
    Check {
        name: "steps: the bits do not depend on the slices",
        source: "100 = 1 + 2 + 4 + … steps",
        bound: 0.0,
        error: slices,
    },
];

/// f by plain sums.
fn plain_output(matrices: &[Vec<f64>], [x, y]: [f64; 2]) -> f64 {
    let [first, first_bias, second, second_bias, last, last_bias] = matrices else {
        return f64::NAN;
    };
    let width = first_bias.len();
    let hidden: Vec<f64> = (0..width)
        .map(|i| (first[2 * i] * x + first[2 * i + 1] * y + first_bias[i]).max(0.0))
        .collect();
    let output = (0..width).map(|j| {
        let sum: f64 = (0..width).map(|i| second[i * width + j] * hidden[i]).sum();
        last[j] * (sum + second_bias[j]).max(0.0)
    });
    output.sum::<f64>() + last_bias[0]
}

/// Mean ln(1 + e^(−yf)) + ½λ‖θ‖² by plain sums.
fn plain_objective(matrices: &[Vec<f64>], points: &Points) -> f64 {
    let losses = points.at.iter().zip(&points.labels).map(|(point, label)| {
        let margin = f64::from(*label) * plain_output(matrices, point.map(f64::from));
        (-margin).exp().ln_1p()
    });
    let squares: f64 = matrices
        .iter()
        .flatten()
        .map(|weight| weight * weight)
        .sum();
    losses.sum::<f64>() / points.len() as f64 + 0.5 * f64::from(DECAY) * squares
}

fn matrices(theta: &[f32]) -> Vec<Vec<f64>> {
    Network::new(WIDTH).matrices(theta)
}

fn largest(numbers: impl Iterator<Item = f64>) -> f64 {
    numbers.map(f64::abs).fold(0.0, f64::max)
}

fn outputs(case: &Case) -> Result<f64, Failure> {
    let points = &case.task.test.at;
    let outputs = Network::new(WIDTH).outputs(&case.theta, points);
    let weights = matrices(&case.theta);
    let plain: Vec<f64> = points
        .iter()
        .map(|point| plain_output(&weights, point.map(f64::from)))
        .collect();
    let errors = outputs.iter().zip(&plain);
    let error = largest(errors.map(|(output, plain)| f64::from(*output) - plain));
    Ok(error / largest(plain.into_iter()))
}

fn backpropagation(case: &Case) -> Result<f64, Failure> {
    let (_, gradient) = case.gradient();
    let slopes = matrices(&gradient);
    let weights = matrices(&case.theta);
    let scale = largest(slopes.iter().flatten().copied());
    let mut rng = case.generator();
    let mut error: f64 = 0.0;
    for (part, slopes) in slopes.iter().enumerate() {
        // Every bias, and as many of the thousands of others.
        for _ in 0..slopes.len().min(WIDTH) {
            let at = rng.random_range(0..slopes.len());
            let moved = |by: f64| {
                let mut moved = weights.clone();
                moved[part][at] += by;
                plain_objective(&moved, &case.task.train)
            };
            let difference = (moved(DIFFERENCE) - moved(-DIFFERENCE)) / (2.0 * DIFFERENCE);
            error = error.max((difference - slopes[at]).abs());
        }
    }
    Ok(error / scale)
}

/// Scaling what goes into a unit by c and what comes out by 1/c changes nothing, so that the gradient is at
/// right angles to it (Du, Hu and Lee 2018).
fn balance(case: &Case) -> Result<f64, Failure> {
    let (_, mut gradient) = case.gradient();
    for (gradient, weight) in gradient.iter_mut().zip(&case.theta) {
        *gradient -= DECAY * weight;
    }
    let (weights, slopes) = (matrices(&case.theta), matrices(&gradient));
    let product = |part: usize, at: usize| weights[part][at] * slopes[part][at];
    let mut error: f64 = 0.0;
    let mut scale: f64 = 0.0;
    for unit in 0..WIDTH {
        let first = product(0, 2 * unit) + product(0, 2 * unit + 1) + product(1, unit);
        let out: f64 = (0..WIDTH).map(|to| product(2, unit * WIDTH + to)).sum();
        let into: f64 = (0..WIDTH).map(|from| product(2, from * WIDTH + unit)).sum();
        let second = into + product(3, unit);
        let last = product(4, unit);
        error = error.max((first - out).abs()).max((second - last).abs());
        scale = scale.max(out.abs()).max(last.abs());
    }
    Ok(error / scale)
}

fn circle(case: &Case) -> Result<f64, Failure> {
    let mut rng = case.generator();
    let radius = rng.random_range(0.5..1.0);
    let [x, y] = [rng.random_range(-0.5..0.5), rng.random_range(-0.5..0.5)];
    let side = side(PLACES);
    let values: Vec<f64> = side
        .iter()
        .flat_map(|b| side.iter().map(move |a| radius - (a - x).hypot(b - y)))
        .collect();
    let pieces = zero_set(&side, &side, &values);
    Ok((length(&pieces) / (2.0 * PI * radius) - 1.0).abs())
}

/// The network |x| + |y| − c: one unit for each half axis, and one that adds them.
fn square_network(c: f64) -> Option<(Network, Vec<f32>)> {
    let mut second = vec![0.0; 16];
    for unit in 0..4 {
        second[4 * unit] = 1.0;
    }
    Network::of_matrices(&[
        vec![1.0, 0.0, -1.0, 0.0, 0.0, 1.0, 0.0, -1.0],
        vec![0.0; 4],
        second,
        vec![0.0; 4],
        vec![1.0, 0.0, 0.0, 0.0],
        vec![-c],
    ])
}

fn a_square(case: &Case) -> Result<(f64, Network, Vec<f32>), Failure> {
    let c = case.generator().random_range(0.5..1.5);
    let (network, theta) = square_network(c).ok_or("these are a network's matrices")?;
    Ok((c, network, theta))
}

fn square(case: &Case) -> Result<f64, Failure> {
    let (c, mut network, theta) = a_square(case)?;
    let length = length(&boundary(&mut network, &theta));
    Ok((length / (4.0 * SQRT_2 * c) - 1.0).abs())
}

fn margin(case: &Case) -> Result<f64, Failure> {
    let (c, mut network, theta) = a_square(case)?;
    let mut task = case.task.clone();
    task.train = Points {
        at: vec![[0.0; 2]],
        labels: vec![-1.0],
    };
    let probe = Probe::new(&mut network, &theta, &task, &task.copies.labels);
    let loss = logistic(-c as f32, -1.0).0;
    Ok((probe.median_margin - c / SQRT_2).abs() + (probe.loss - loss).abs())
}

/// The crossings of rows, columns and both diagonals of a grid that is five times as fine as the one on which the
/// boundary is found. A random network need not change its sign anywhere: the level of half of the points does.
fn crossings(case: &Case) -> Result<f64, Failure> {
    let mut network = Network::new(WIDTH);
    let mut theta = case.theta.clone();
    let outputs = network.outputs(&theta, &case.task.test.at);
    let middle = median(outputs.into_iter().map(f64::from)).ok_or("there are points")?;
    if let Some(bias) = theta.last_mut() {
        *bias -= middle as f32;
    }
    let length = length(&boundary(&mut network, &theta));
    let places = 5 * PLACES;
    let side = side(places);
    let points: Vec<[f32; 2]> = side
        .iter()
        .flat_map(|y| side.iter().map(|x| [*x as f32, *y as f32]))
        .collect();
    let outputs = network.outputs(&theta, &points);
    let inside = |x: usize, y: usize| outputs[y * places + x] > 0.0;
    let (mut straight, mut diagonal) = (0, 0);
    for y in 0..places - 1 {
        for x in 0..places - 1 {
            let here = inside(x, y);
            straight += u32::from(here != inside(x + 1, y)) + u32::from(here != inside(x, y + 1));
            diagonal += u32::from(here != inside(x + 1, y + 1))
                + u32::from(inside(x + 1, y) != inside(x, y + 1));
        }
    }
    let step = 2.0 * REACH / (places - 1) as f64;
    let counted = f64::from(straight) + f64::from(diagonal) / SQRT_2;
    Ok((length / (PI / 8.0 * step * counted) - 1.0).abs())
}

fn slices(case: &Case) -> Result<f64, Failure> {
    let mut knobs = Knobs::new(&super::knobs::KNOBS);
    for (key, value) in [
        ("hidden_width", "8"),
        ("train_points", "20"),
        ("pretraining_steps", "40"),
        ("with_augmentation", "true"),
        ("with_rescues", "true"),
    ] {
        knobs.set_text(key, value)?;
    }
    for key in ["point_seed", "initial_seed", "order_seed"] {
        knobs.set_text(key, &(case.seed % 1_000_000).to_string())?;
    }
    let settings = Settings::from_knobs(&knobs);
    let mut whole = Minima::new(settings, false);
    whole.advance(100);
    let mut cut = Minima::new(settings, false);
    for slice in [1, 2, 4, 8, 16, 32, 37] {
        cut.advance(slice);
        cut.sample();
    }
    let (whole, cut) = (whole.sample(), cut.sample());
    Ok(f64::from(u8::from(
        format!("{whole:?}") != format!("{cut:?}"),
    )))
}
