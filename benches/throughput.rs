//! Steps per second of one core, one JSON object per line:
//! `cargo bench --bench throughput -- --sizes 40x100,400x1000 --seconds 1.0`.
//!
//! | work | one step is |
//! |---|---|
//! | `gd` | a full-batch step |
//! | `sgd` | one random sample, and the loss of all |
//! | `sgf` | one Euler–Maruyama sub-step, dt = γ/10, with n fresh normals, and the loss |
//! | `sgf-log-euler` | the same with the scheme that the window uses |
//! | `ensemble` | one `sgd` step of each of 64 runs on the same data, counted 64 times |
//!
//! Every step enters its loss, its validation loss and the integrals in the ledger, as in the window.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use clap::Parser;
use implicit_bias_lab::dynamics::gd::GD;
use implicit_bias_lab::dynamics::sgd::SGD;
use implicit_bias_lab::dynamics::sgf::SGF;
use implicit_bias_lab::dynamics::{
    Dynamics, Hyper, Ledger, Method, Progress, Scheme, StepSettings, look_at_all, side_by_side,
};
use implicit_bias_lab::model::data::sparse::{BetaLaw, SparseGaussian};
use implicit_bias_lab::model::network::Weights;
use implicit_bias_lab::model::regression::Regression;
use serde_json::json;

const SUBSTEPS: usize = 10;

struct Work {
    name: &'static str,
    method: &'static Method,
    scheme: Scheme,
    /// How many steps one of the rule's steps counts for.
    count: usize,
    runs: usize,
}

const fn work(
    name: &'static str,
    method: &'static Method,
    scheme: Scheme,
    count: usize,
    runs: usize,
) -> Work {
    Work {
        name,
        method,
        scheme,
        count,
        runs,
    }
}

static WORKS: [Work; 5] = [
    work("gd", &GD, Scheme::EulerMaruyama, 1, 1),
    work("sgd", &SGD, Scheme::EulerMaruyama, 1, 1),
    work("sgf", &SGF, Scheme::EulerMaruyama, SUBSTEPS, 1),
    work("sgf-log-euler", &SGF, Scheme::LogEuler, SUBSTEPS, 1),
    work("ensemble", &SGD, Scheme::EulerMaruyama, 1, 64),
];

/// Steps per second of one core.
#[derive(Debug, Parser)]
struct Arguments {
    /// Problems to time, rows × columns.
    #[arg(long, value_delimiter = ',', default_value = "40x100,400x1000", value_parser = size)]
    sizes: Vec<(usize, usize)>,
    /// How long to time each work, at the least.
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
    /// The works to time, by name; all of them unless told.
    #[arg(long, value_delimiter = ',')]
    works: Vec<String>,
    /// What `cargo bench` says to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

fn size(text: &str) -> Result<(usize, usize), String> {
    let size = text.split_once('x').and_then(|(n, d)| {
        let sizes = (n.parse().ok()?, d.parse().ok()?);
        (sizes.0 > 0 && sizes.1 >= 5).then_some(sizes)
    });
    size.ok_or_else(|| "it takes rows x columns, such as 40x100".to_owned())
}

fn problem(n: usize, d: usize) -> Result<Regression, implicit_bias_lab::model::data::DataError> {
    SparseGaussian {
        n,
        d,
        sparsity: 5,
        beta_law: BetaLaw::Ones,
        seed: 1,
    }
    .generate()
}

struct Run<'a> {
    problem: &'a Regression,
    settings: StepSettings,
    rule: Box<dyn Dynamics>,
    weights: Weights,
    ledger: Ledger,
}

impl<'a> Run<'a> {
    fn new(problem: &'a Regression, method: &Method, scheme: Scheme, index: usize) -> Self {
        let hyper = Hyper {
            batch: 1,
            replacement: true,
            scheme,
            substeps: SUBSTEPS,
            temperature: 0.0,
            sampling_seed: 1,
            brownian_seed: 1,
            index,
            record: false,
        };
        let weights = Weights::start(&vec![0.1; problem.d()], 2);
        Self {
            problem,
            settings: StepSettings {
                step_size: 1e-3 / (problem.d() as f64 / 100.0).max(1.0),
                label_noise: 0.0,
            },
            rule: (method.build)(problem, &hyper),
            ledger: Ledger::new(problem, &weights.beta()),
            weights,
        }
    }

    fn take_steps(&mut self, steps: usize) {
        for _ in 0..steps {
            let (settings, ledger) = (self.settings, &mut self.ledger);
            let progress = self
                .rule
                .step(self.problem, &mut self.weights, settings, ledger);
            assert!(progress == Progress::Stepped, "the steps are too long");
        }
    }
}

/// Steps of the runs, side by side as in the window.
fn take_steps_of_all(problem: &Regression, runs: &mut [Run<'_>], steps: usize) {
    let most = side_by_side(problem).min(runs.len());
    for group in runs.chunks_mut(most) {
        for _ in 0..steps {
            let looks = group.iter_mut();
            let looks = looks.filter_map(|run| Some((run.rule.forward()?, &run.weights)));
            look_at_all(problem, looks);
            for run in &mut *group {
                run.take_steps(1);
            }
        }
    }
}

/// Steps per second of the fastest of four stretches; `count` is what `work` counts for.
fn fastest<W: FnMut()>(seconds: f64, count: usize, fresh: impl Fn() -> W) -> f64 {
    let stretch = Duration::from_secs_f64(seconds / 4.0);
    let mut best: f64 = 0.0;
    for _ in 0..4 {
        // From the start: a run that has converged would work with other numbers.
        let mut work = fresh();
        let mut steps = 0;
        let start = Instant::now();
        while start.elapsed() < stretch {
            work();
            steps += count;
        }
        best = best.max(steps as f64 / start.elapsed().as_secs_f64());
    }
    best
}

/// Steps per second of a work.
fn rate(problem: &Regression, work: &Work, seconds: f64) -> f64 {
    let Work {
        method,
        scheme,
        count,
        runs,
        ..
    } = *work;
    let stretch = 16;
    fastest(seconds, stretch * count * runs, || {
        let runs = (0..runs).map(|index| Run::new(problem, method, scheme, index));
        let mut runs: Vec<Run<'_>> = runs.collect();
        move || {
            if let [run] = &mut runs[..] {
                run.take_steps(stretch);
            } else {
                take_steps_of_all(problem, &mut runs, stretch);
            }
        }
    })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    for &(n, d) in &arguments.sizes {
        let problem = problem(n, d)?;
        for work in &WORKS {
            let chosen =
                arguments.works.is_empty() || arguments.works.iter().any(|name| name == work.name);
            if chosen {
                let rate = rate(&problem, work, arguments.seconds);
                let line = json!({
                    "impl": "implicit-bias-lab",
                    "work": work.name,
                    "n": n,
                    "d": d,
                    "steps_per_s": rate.round(),
                });
                writeln!(io::stdout(), "{line}")?;
            }
        }
    }
    Ok(())
}
