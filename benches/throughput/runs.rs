//! The time of what takes many steps, in the JSON form of the theory's works.
//!
//! The data are those of the preset of figure 1 left at another size, with 5 coefficients of ±1.

use std::error::Error;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::time::Instant;

use implicit_bias_lab::labs::diagonal::dynamics::gradient_flow::GF;
use implicit_bias_lab::labs::diagonal::dynamics::label_noise::NoiseSchedule;
use implicit_bias_lab::labs::diagonal::dynamics::sgd::SGD;
use implicit_bias_lab::labs::diagonal::dynamics::{Hyper, Ledger, Progress, StepSettings};
use implicit_bias_lab::labs::diagonal::network::Weights;
use implicit_bias_lab::labs::diagonal::theory::edge::EdgeSearch;
use implicit_bias_lab::labs::diagonal::theory::step_size::{StepSizeLimits, approximate_limit};
use implicit_bias_lab::model::data::sparse::{BetaLaw, SparseGaussian};
use implicit_bias_lab::model::regression::Regression;
use implicit_bias_lab::model::watch::Watch;
use implicit_bias_lab::recipe::preset;
use implicit_bias_lab::sweep::{Finish, Steps, Sweep, Vary, run};
use serde_json::{Map, Value, json};

/// Every start's α.
const ALPHA: f64 = 0.1;

const SPARSITY: usize = 5;

pub(crate) struct Work {
    pub(crate) name: &'static str,
    /// Does it once, and says what it took and found; times are medians of what this says.
    act: fn(n: usize, d: usize) -> Result<Vec<(&'static str, f64)>, Box<dyn Error>>,
}

pub(crate) static WORKS: [Work; 3] = [
    Work {
        name: "gradient-flow",
        act: gradient_flow,
    },
    Work {
        name: "edge",
        act: edge,
    },
    Work {
        name: "sweep-cell",
        act: sweep_cell,
    },
];

/// What a work takes, as medians over as many repetitions as these seconds hold, one at the least.
pub(crate) fn times(
    work: &Work,
    (n, d): (usize, usize),
    seconds: f64,
) -> Result<Value, Box<dyn Error>> {
    let mut told = Vec::new();
    let begin = Instant::now();
    while told.is_empty() || begin.elapsed().as_secs_f64() < seconds {
        told.push((work.act)(n, d)?);
    }
    let mut line = Map::new();
    line.insert("impl".to_owned(), json!("implicit-bias-lab"));
    line.insert("work".to_owned(), json!(work.name));
    line.insert("n".to_owned(), json!(n));
    line.insert("d".to_owned(), json!(d));
    for (at, (name, _)) in told[0].iter().enumerate() {
        let mut values: Vec<f64> = told.iter().map(|told| told[at].1).collect();
        values.sort_by(f64::total_cmp);
        line.insert((*name).to_owned(), json!(values[values.len() / 2]));
    }
    Ok(Value::Object(line))
}

fn data(n: usize, d: usize) -> Result<Regression, Box<dyn Error>> {
    let data = SparseGaussian {
        n,
        d,
        sparsity: SPARSITY,
        beta_law: BetaLaw::Signs,
        seed: 1,
    };
    Ok(data.generate()?)
}

fn milliseconds(start: Instant) -> f64 {
    1e3 * start.elapsed().as_secs_f64()
}

/// Steps that double: what takes long is not to read the flow but to make its intervals.
fn gradient_flow(n: usize, d: usize) -> Result<Vec<(&'static str, f64)>, Box<dyn Error>> {
    let problem = data(n, d)?;
    let mut weights = Weights::start(&vec![ALPHA; d], 2);
    let mut ledger = Ledger::new(&problem, &weights.beta());
    let first = ledger.last_loss;
    let mut rule = (GF.build)(&problem, &Hyper::default());
    let mut settings = StepSettings {
        step_size: 1e-3,
        label_noise: 0.0,
    };
    let start = Instant::now();
    let mut longest: f64 = 0.0;
    while ledger.last_loss > 1e-20 * first && settings.step_size < 1e12 {
        let begin = Instant::now();
        if rule.step(&problem, &mut weights, settings, &mut ledger) == Progress::Diverged {
            return Err("gradient flow was not integrated".into());
        }
        longest = longest.max(milliseconds(begin));
        settings.step_size *= 1.25;
    }
    Ok(vec![
        ("ms", milliseconds(start)),
        ("longest_step_ms", longest),
        ("residuals", ledger.gradient_evaluations / n as f64),
    ])
}

fn edge(n: usize, d: usize) -> Result<Vec<(&'static str, f64)>, Box<dyn Error>> {
    let problem = data(n, d)?;
    let alpha = vec![ALPHA; d];
    let limits = StepSizeLimits::at(&problem, &approximate_limit(&problem), &alpha, 2);
    let weights = Weights::start(&alpha, 2);
    let guess = limits.gamma_auto();
    let start = Instant::now();
    let hyper = Hyper::default();
    let mut search = EdgeSearch::new(&SGD, hyper, NoiseSchedule::None, 0.0, guess);
    while !search.is_done() {
        search.advance(&problem, &weights);
    }
    let found = search.edge().ok_or("no step size is stable")?;
    Ok(vec![
        ("ms", milliseconds(start)),
        ("edge", found),
        ("edge_over_gamma_auto", found / guess),
    ])
}

fn sweep_cell(n: usize, d: usize) -> Result<Vec<(&'static str, f64)>, Box<dyn Error>> {
    let mut recipe = preset("fig1-left")?.recipe();
    let settings = [
        ("n", n.to_string()),
        ("d", d.to_string()),
        ("sparsity", SPARSITY.to_string()),
        ("alpha", ALPHA.to_string()),
        ("step_size", "auto".to_owned()),
        ("sgd_runs", "1".to_owned()),
    ];
    for (key, value) in settings {
        recipe.knobs.set_text(key, &value)?;
    }
    let sweep = Sweep::new(recipe, Vec::new(), 1, Vary::All, Steps::Auto)?;
    let mut told = Vec::new();
    for (finish, [time, taken]) in [
        (Finish::End, ["ms", "steps"]),
        (
            Finish::DESTINATION,
            ["ms_by_destination", "steps_by_destination"],
        ),
    ] {
        let sweep = sweep.clone().with_finish(finish)?;
        let steps = Mutex::new(0);
        let start = Instant::now();
        run::run(&sweep, &[0], &Watch::default(), &|cell| {
            let all: u64 = cell.runs.iter().map(|run| run.steps).sum();
            if let Ok(mut steps) = steps.lock() {
                *steps += all;
            }
            ControlFlow::Continue(())
        })?;
        told.push((time, milliseconds(start)));
        told.push((taken, steps.into_inner()? as f64));
    }
    Ok(told)
}
