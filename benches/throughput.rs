//! Steps per second of one core, one JSON object per line:
//! `cargo bench --bench throughput -- --sizes 40x100,400x1000 --seconds 1.0`.
//!
//! | work | one step is |
//! |---|---|
//! | `gd` | a full-batch step |
//! | `sgd` | one random sample, and the loss of all |
//! | `sgf` | one Euler–Maruyama sub-step, dt = γ/10, with n fresh normals, and the loss |
//! | `sgf-log-euler` | the same with the scheme that the window uses |
//!
//! Every step enters its loss, its validation loss and the integrals in the ledger, as in the window.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use clap::Parser;
use implicit_bias_lab::dynamics::gd::GD;
use implicit_bias_lab::dynamics::sgd::SGD;
use implicit_bias_lab::dynamics::sgf::SGF;
use implicit_bias_lab::dynamics::{Hyper, Ledger, Method, Progress, Scheme, StepSettings};
use implicit_bias_lab::model::data::sparse::{BetaLaw, SparseGaussian};
use implicit_bias_lab::model::network::Weights;
use implicit_bias_lab::model::regression::Regression;
use serde_json::json;

const SUBSTEPS: usize = 10;

/// A work's name, its rule, the scheme, and how many steps one of the rule's steps counts for.
const WORKS: [(&str, &Method, Scheme, usize); 4] = [
    ("gd", &GD, Scheme::EulerMaruyama, 1),
    ("sgd", &SGD, Scheme::EulerMaruyama, 1),
    ("sgf", &SGF, Scheme::EulerMaruyama, SUBSTEPS),
    ("sgf-log-euler", &SGF, Scheme::LogEuler, SUBSTEPS),
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

/// Steps per second of the fastest of four stretches.
fn rate(problem: &Regression, method: &Method, scheme: Scheme, count: usize, seconds: f64) -> f64 {
    let hyper = Hyper {
        batch: 1,
        replacement: true,
        scheme,
        substeps: SUBSTEPS,
        temperature: 0.0,
        sampling_seed: 1,
        brownian_seed: 1,
        index: 0,
        record: false,
    };
    let settings = StepSettings {
        step_size: 1e-3 / (problem.d() as f64 / 100.0).max(1.0),
        label_noise: 0.0,
    };
    let stretch = Duration::from_secs_f64(seconds / 4.0);
    let mut best: f64 = 0.0;
    for _ in 0..4 {
        // From the start: a run that has converged would work with other numbers.
        let mut rule = (method.build)(problem, &hyper);
        let mut weights = Weights::start(&vec![0.1; problem.d()], 2);
        let mut ledger = Ledger::new(problem, &weights.beta());
        let mut steps = 0;
        let start = Instant::now();
        while start.elapsed() < stretch {
            for _ in 0..16 {
                if rule.step(problem, &mut weights, settings, &mut ledger) == Progress::Diverged {
                    return f64::NAN;
                }
            }
            steps += 16 * count;
        }
        best = best.max(steps as f64 / start.elapsed().as_secs_f64());
    }
    best
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    for &(n, d) in &arguments.sizes {
        let problem = problem(n, d)?;
        for (work, method, scheme, count) in WORKS {
            let chosen = arguments.works.is_empty() || arguments.works.iter().any(|w| w == work);
            if chosen {
                let rate = rate(&problem, method, scheme, count, arguments.seconds);
                let line = json!({
                    "impl": "implicit-bias-lab",
                    "work": work,
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
