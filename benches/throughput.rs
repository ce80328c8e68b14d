//! Steps per second, of one core unless told, one JSON object per line:
//! `cargo bench --bench throughput -- --sizes 40x100,400x1000 --seconds 1.0`.
//!
//! | work | one step is |
//! |---|---|
//! | `gd` | a full-batch step |
//! | `sgd` | one random sample, and the loss of all |
//! | `sgd-own-price` | one random sample, with `loss_every` as the window chooses it: the loss of all once in a while |
//! | `sgf` | one Euler–Maruyama sub-step, dt = γ/10, with n fresh normals, and the loss |
//! | `sgf-log-euler` | the same with the scheme that the window uses |
//! | `ensemble` | one `sgd` step of each of 64 runs on the same data, counted 64 times |
//!
//! and the milliseconds of what the theory solves for, from the data and from their factorisation:
//!
//! | work | what is found |
//! |---|---|
//! | `least-l1` | the interpolator of least ℓ₁ norm, with its proof |
//! | `least-l1-interior-point` | the same by the conic solver; only where it is named |
//! | `entropy` | argmin φ_α at α = 10⁻⁴ |
//! | `alpha-path` | argmin φ_α at 129 α from 10⁻⁶ to 10²; only where it is named |
//!
//! and, where they are named, the milliseconds of what takes many steps:
//!
//! | work | what is done |
//! |---|---|
//! | `gradient-flow` | gradient flow from α = 0.1 until L has fallen to 10⁻²⁰ of its start, and the longest single step of it |
//! | `edge` | SGD's largest stable step size from α = 0.1, by trial runs |
//! | `sweep-cell` | a cell of a sweep, GD and SGD from α = 0.1, to the end of its runs and until their destinations are known |
//!
//! Every step enters its loss and the integrals in the ledger; with `--validation` also its validation loss,
//! as in the window where the truth is known.
//!
//! `cargo bench --bench throughput -- --growth` shows how the rates fall with the size instead, from d = 10²
//! to 10⁵ at n = 0.4 d, as far as the memory reaches (on Linux; 8 GB elsewhere), and with every rate what
//! fraction it is of the `limit`: the multiply-adds per second that the core does when all numbers stay in
//! its registers, timed just before. `gd` and `sgf` need 2nd of them per step, `sgd` and `ensemble` nd;
//! `sgd-own-price` waits for memory, and is told without. Where X takes more than 8 MB, the bytes of it that a step
//! reads are told as well, in GB/s and as a fraction of what the core reads of two long vectors, timed just after; above 1
//! they come from a cache.

#[path = "throughput/runs.rs"]
mod runs;
#[path = "throughput/stream.rs"]
mod stream;
#[path = "throughput/theory.rs"]
mod theory;

use std::fs;
use std::hint::black_box;
use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use implicit_bias_lab::labs::diagonal::dynamics::gd::GD;
use implicit_bias_lab::labs::diagonal::dynamics::sgd::{SGD, auto_loss_every};
use implicit_bias_lab::labs::diagonal::dynamics::sgf::SGF;
use implicit_bias_lab::labs::diagonal::dynamics::{
    Dynamics, Hyper, Ledger, Method, Progress, Scheme, StepSettings, forward_all, group_size,
};
use implicit_bias_lab::labs::diagonal::network::Weights;
use implicit_bias_lab::model::random::{Stream, generator};
use implicit_bias_lab::model::regression::{Regression, Rows, Validation};
use ndarray::{Array2, ArrayView1};
use pulp::{Arch, Simd, WithSimd};
use rand::RngExt as _;
use rand_distr::StandardNormal;
use rayon::{ThreadPool, ThreadPoolBuilder};
use serde_json::{Value, json};

const SUBSTEPS: usize = 10;

struct Work {
    name: &'static str,
    method: &'static Method,
    scheme: Scheme,
    /// How often a step multiplies by all of X.
    products: usize,
    /// How many steps one of the rule's steps counts for.
    count: usize,
    /// How many runs share a reading of X.
    runs: usize,
    /// Whether the loss is computed at every step, or as often as the window does unless told.
    every_loss: bool,
}

const fn work(
    name: &'static str,
    method: &'static Method,
    scheme: Scheme,
    products: usize,
    count: usize,
    runs: usize,
) -> Work {
    Work {
        name,
        method,
        scheme,
        products,
        count,
        runs,
        every_loss: true,
    }
}

static WORKS: [Work; 6] = [
    work("gd", &GD, Scheme::EulerMaruyama, 2, 1, 1),
    work("sgd", &SGD, Scheme::EulerMaruyama, 1, 1, 1),
    Work {
        every_loss: false,
        ..work("sgd-own-price", &SGD, Scheme::EulerMaruyama, 1, 1, 1)
    },
    work("sgf", &SGF, Scheme::EulerMaruyama, 2, SUBSTEPS, 1),
    work("sgf-log-euler", &SGF, Scheme::LogEuler, 2, SUBSTEPS, 1),
    work("ensemble", &SGD, Scheme::EulerMaruyama, 1, 1, 64),
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
    /// Time problems of growing size instead, and compare with the limit of the core.
    #[arg(long, conflicts_with = "sizes")]
    growth: bool,
    /// Threads that a single run may use where X is large, each number in turn.
    #[arg(long, value_delimiter = ',', default_value = "1", value_parser = clap::value_parser!(u8).range(1..))]
    threads: Vec<u8>,
    /// Take the validation loss of every step as well.
    #[arg(long)]
    validation: bool,
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

/// Gaussian features and five coefficients of one, however large.
fn problem(n: usize, d: usize, validation: bool) -> Regression {
    let mut rng = generator(1, Stream::Data, 0);
    let x = Array2::from_shape_simple_fn((n, d), || rng.sample(StandardNormal));
    let beta_star: Vec<f64> = (0..d).map(|j| f64::from(u8::from(j < 5))).collect();
    let y = x.dot(&ArrayView1::from(&beta_star)).to_vec();
    let validation = if validation {
        Validation::Truth(beta_star.into())
    } else {
        Validation::Unavailable
    };
    Regression::new(Rows { x, y }, validation)
}

struct Run<'a> {
    problem: &'a Regression,
    settings: StepSettings,
    rule: Box<dyn Dynamics>,
    weights: Weights,
    ledger: Ledger,
}

impl<'a> Run<'a> {
    fn new(
        problem: &'a Regression,
        ledger: &Ledger,
        work: &Work,
        index: usize,
        pool: Option<&Arc<ThreadPool>>,
    ) -> Self {
        let Work {
            method,
            scheme,
            every_loss,
            ..
        } = *work;
        let hyper = Hyper {
            batch: 1,
            replacement: true,
            loss_every: if every_loss {
                1
            } else {
                auto_loss_every(problem.n(), problem.d())
            },
            scheme,
            substeps: SUBSTEPS,
            temperature: 0.0,
            sampling_seed: 1,
            brownian_seed: 1,
            index,
            record: false,
        };
        let weights = Weights::start(&vec![0.1; problem.d()], 2);
        let mut rule = (method.build)(problem, &hyper);
        if let Some(pool) = pool {
            rule.use_threads(pool);
        }
        Self {
            problem,
            settings: StepSettings {
                step_size: 1e-3 / (problem.d() as f64 / 100.0).max(1.0),
                label_noise: 0.0,
            },
            rule,
            ledger: ledger.clone(),
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
    let most = group_size(problem).min(runs.len());
    for group in runs.chunks_mut(most) {
        for _ in 0..steps {
            let looks = group.iter_mut();
            let looks = looks.filter_map(|run| Some((run.rule.forward()?, &run.weights)));
            forward_all(problem, looks);
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
fn rate(problem: &Regression, work: &Work, seconds: f64, pool: Option<&Arc<ThreadPool>>) -> f64 {
    let Work { count, runs, .. } = *work;
    // As many as a group of runs takes at once in the window, between two looks at the clock.
    let stretch = (4_000_000 / (problem.n() * problem.d())).clamp(1, 256);
    let ledger = Ledger::new(problem, &vec![0.0; problem.d()]);
    fastest(seconds, stretch * count * runs, || {
        let runs = (0..runs).map(|index| Run::new(problem, &ledger, work, index, pool));
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

/// Multiply-adds per second of one core on numbers in its registers.
fn multiply_add_limit() -> f64 {
    const ROUNDS: usize = 10_000;
    /// Enough not to wait for one another, and no more than the registers hold.
    const CHAINS: usize = 12;

    struct Chains;

    impl WithSimd for Chains {
        type Output = usize;

        /// Returns the number of multiply-adds.
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> usize {
            let [start, factor, term] = black_box([0.5, 0.999_999, 1e-9]);
            let (factor, term) = (simd.splat_f64s(factor), simd.splat_f64s(term));
            let mut sums = [simd.splat_f64s(start); CHAINS];
            for _ in 0..ROUNDS {
                for sum in &mut sums {
                    *sum = simd.mul_add_e_f64s(*sum, factor, term);
                }
            }
            for sum in sums {
                black_box(simd.reduce_sum_f64s(sum));
            }
            ROUNDS * CHAINS * S::F64_LANES
        }
    }

    let arch = Arch::new();
    let count = arch.dispatch(Chains);
    fastest(0.1, count, || {
        || {
            black_box(arch.dispatch(Chains));
        }
    })
}

/// Bytes that are free for the data.
fn available_memory() -> f64 {
    let free = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text
            .lines()
            .find(|line| line.starts_with("MemAvailable:"))?;
        let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(1024.0 * kilobytes)
    });
    free.unwrap_or(8e9)
}

/// Sizes from 10² to 10⁵ columns, two per decade while they are small, for which there is memory.
fn growing_sizes() -> io::Result<Vec<(usize, usize)>> {
    /// X is kept as it came, by rows, by columns and in blocks of rows.
    const COPIES: f64 = 4.0;
    let mut sizes = Vec::new();
    for d in [100, 316, 1_000, 3_162, 10_000, 31_623, 100_000] {
        let n = 2 * d / 5;
        let bytes = COPIES * 8.0 * (n * d) as f64;
        if bytes < 0.9 * available_memory() {
            sizes.push((n, d));
        } else {
            let needed = bytes / 1e9;
            writeln!(io::stderr(), "left out: {n}x{d} needs {needed:.0} GB")?;
        }
    }
    Ok(sizes)
}

/// What is told of a work.
fn line(work: &Work, (n, d): (usize, usize), rate: f64, threads: u8, limit: Option<f64>) -> Value {
    let mut line = json!({
        "impl": "implicit-bias-lab",
        "work": work.name,
        "n": n,
        "d": d,
        "steps_per_s": if rate < 1e3 { rate } else { rate.round() },
    });
    if threads > 1 {
        line["threads"] = json!(threads);
    }
    if !work.every_loss {
        line["loss_every"] = json!(auto_loss_every(n, d));
    }
    if let Some(limit) = limit {
        line["fraction_of_limit"] = json!(rate * (work.products * n * d) as f64 / limit);
        line["limit"] = json!(limit.round());
    }
    line
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let is_named = |name: &str| arguments.works.iter().any(|work| work == name);
    let all = arguments.works.is_empty();
    let sizes = if arguments.growth {
        growing_sizes()?
    } else {
        arguments.sizes.clone()
    };
    for (n, d) in sizes {
        let problem = problem(n, d, arguments.validation);
        for work in &WORKS {
            if !all && !is_named(work.name) {
                continue;
            }
            for threads in &arguments.threads {
                let pool = ThreadPoolBuilder::new().num_threads(usize::from(*threads));
                let pool = (*threads > 1).then(|| pool.build().map(Arc::new));
                let pool = pool.transpose()?;
                let counted = arguments.growth && work.every_loss && pool.is_none();
                let limit = counted.then(multiply_add_limit);
                let rate = rate(&problem, work, arguments.seconds, pool.as_ref());
                let mut line = line(work, (n, d), rate, *threads, limit);
                let bytes = stream::bytes_per_step(n, d, work.runs);
                if let Some(bytes) = bytes.filter(|_| counted) {
                    stream::tell(&mut line, rate * bytes);
                }
                writeln!(io::stdout(), "{line}")?;
            }
        }
        for work in &runs::WORKS {
            if is_named(work.name) {
                let line = runs::times(work, (n, d), arguments.seconds)?;
                writeln!(io::stdout(), "{line}")?;
            }
        }
        let problem = theory::problem(n, d);
        for work in &theory::WORKS {
            if is_named(work.name) || (all && !work.is_extra && !arguments.growth) {
                let line = theory::times(&problem, work, arguments.seconds);
                writeln!(io::stdout(), "{line}")?;
            }
        }
    }
    Ok(())
}
