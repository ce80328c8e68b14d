//! The identities of the lab, checked on fresh random problems: `implicit-bias-lab selftest`.
//!
//! Every check runs the lab's own experiment and holds it against a number that was found in another way: a closed
//! form, a search, or the optimality conditions alone.

use std::io::Write;

use super::LAB;
use super::data::{Data, DataSource};
use super::problem::Loss;
use super::rules::METHODS;
use super::settings::DataKind;
use super::theory::margins::{Norm, largest_margin};
use super::theory::potential::Potential;
use super::theory::span::{Span, norm};
use crate::knobs::Knobs;
use crate::labs::choices::Chosen as _;
use crate::labs::self_test_table::{Check, Failure, Seeded, worse, write_table};
use crate::labs::{Lab as _, SelfTest};
use crate::model::kernels;
use crate::sim::experiment::Sample;
use crate::sim::schedule::SamplingSchedule;
use crate::sim::session::Session;

/// The lab's self-test.
pub static SELF_TEST: SelfTest = SelfTest { problems: 4, run };

/// One random problem, by its seed.
struct Case {
    seed: u64,
    data: Data,
}

impl Seeded for Case {
    fn seed(&self) -> u64 {
        self.seed
    }
}

fn run(seed: u64, problems: u64, out: &mut dyn Write) -> Result<usize, Failure> {
    let case = |at| -> Result<Case, Failure> {
        let seed = seed.wrapping_add(at);
        let source = DataSource::Sparse {
            n: 20,
            d: 100,
            sparsity: 5,
            seed,
        };
        let data = source.load()?;
        Ok(Case { seed, data })
    };
    let cases: Vec<Case> = (0..problems).map(case).collect::<Result<_, _>>()?;
    write_table(CHECKS, seed, &cases, out)
}

static CHECKS: &[Check<Case>] = &[
    Check {
        name: "GD, momentum, Kaczmarz end at w₀ + X⁺(y − Xw₀)",
        source: "Xw = y, w − w₀ ∈ span(xᵢ)",
        bound: 1e-9,
        error: span_ends,
    },
    Check {
        name: "mirror descent: ℓₚ, hypentropy, entropy",
        source: "Xw = y, ∇Ψ(w) − ∇Ψ(w₀) ∈ span(xᵢ)",
        bound: 1e-6,
        error: mirror_ends,
    },
    Check {
        name: "its end has the least Bregman divergence",
        source: "random interpolators around it",
        bound: 0.0,
        error: mirror_minimality,
    },
    Check {
        name: "random labels, same x: forgotten",
        source: "the end without them",
        bound: 1e-9,
        error: forgotten,
    },
    Check {
        name: "noisy copies: ‖(I − P)(w₀ − w*)‖²",
        source: "least norms of both sets",
        bound: 1e-9,
        error: remembered,
    },
    Check {
        name: "largest margins are stationary",
        source: "w ∝ Xᵀα, α ≥ 0, α(⟨z, w⟩ − 1) = 0",
        bound: 1e-6,
        error: margins,
    },
    Check {
        name: "‖w‖ of GD, logistic: ‖ŵ‖ ln t + c",
        source: "Soudry et al., theorems 3 and 4",
        bound: 0.1,
        error: norm_growth,
    },
];

/// The lab with these settings and no algorithm but those of `runs`.
fn knobs(case: &Case, settings: &[(&str, &str)], running: &[&str]) -> Result<Knobs, Failure> {
    let mut knobs = Knobs::new(LAB.knobs());
    for method in METHODS {
        let runs = if running.contains(&method.id) {
            "1"
        } else {
            "0"
        };
        knobs.set_text(&method.runs_key(), runs)?;
    }
    let seed = case.seed.to_string();
    let usual = [
        ("data", DataKind::Sparse.id()),
        ("data_seed", &seed),
        ("sampling_seed", &seed),
    ];
    for (key, value) in usual.iter().chain(settings) {
        knobs.set_text(key, value)?;
    }
    Ok(knobs)
}

/// The state after `steps` steps, the settings changed at some of them.
fn state(knobs: &Knobs, steps: u64, changes: &[(u64, &str, &str)]) -> Result<Sample, Failure> {
    let mut settings = knobs.clone();
    let experiment = LAB.experiment(knobs, false)?;
    let schedule = SamplingSchedule::Every { stride: steps };
    let mut session = Session::new(experiment, schedule, knobs.clone(), Vec::new());
    for (step, key, value) in changes {
        session.advance_to(*step, None);
        settings.set_text(key, value)?;
        session.retune(vec![((*key).to_owned(), settings.get(key).clone())])?;
    }
    session.advance_to(steps, None);
    Ok(session.experiment().sample())
}

/// Where the runs are.
fn ends(sample: &Sample) -> impl Iterator<Item = Result<&[f64], Failure>> {
    let runs = sample.runs.iter();
    runs.map(|run| match run {
        Some(run) => Ok(&run.state[0][..]),
        None => Err("a run has diverged".into()),
    })
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    let difference: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    norm(&difference)
}

/// How far w is from fitting the data, and w − w₀ in the dual from the span: the two conditions of the projection.
fn conditions(data: &Data, w: &[f64], moved: &[f64]) -> f64 {
    let span = Span::new(&data.x, data.d, &data.y);
    let rows = data.x.chunks_exact(data.d).zip(&data.y);
    let misfit = rows
        .map(|(x, y)| (kernels::dot(x, w) - y).abs())
        .fold(0.0, worse);
    worse(misfit, norm(&span.outside(moved)) / norm(moved))
}

fn span_ends(case: &Case) -> Result<f64, Failure> {
    let running = ["gd", "heavy-ball", "nesterov", "kaczmarz"];
    let settings = [("w0", "0.3"), ("start_off", "1")];
    let knobs = knobs(case, &settings, &running)?;
    let sample = state(&knobs, 20_000, &[])?;
    let first = LAB.experiment(&knobs, false)?.sample();
    let start = ends(&first).next().ok_or("no run")??;
    let mut error = 0.0;
    for end in ends(&sample) {
        let end = end?;
        let moved: Vec<f64> = end.iter().zip(start).map(|(a, b)| a - b).collect();
        error = worse(conditions(&case.data, end, &moved), error);
    }
    Ok(error)
}

/// Mirror descent of some kind from 0.4: settings of the potential, the potential, and steps until its loss is that
/// of rounding. For p > 2 the mirror map is steep at 0, and an entry that crosses it allows small steps alone.
fn potentials() -> [([(&'static str, &'static str); 2], Potential, u64); 4] {
    [
        (
            [("potential", "lp"), ("p", "1.3")],
            Potential::Power(1.3),
            20_000,
        ),
        (
            [("potential", "lp"), ("p", "3")],
            Potential::Power(3.0),
            100_000,
        ),
        (
            [("potential", "hypentropy"), ("alpha", "0.2")],
            Potential::Hypentropy(0.2),
            20_000,
        ),
        (
            [("potential", "entropy"), ("alpha", "1")],
            Potential::Entropy,
            20_000,
        ),
    ]
}

/// Where mirror descent ends, for every potential.
fn mirror_runs(case: &Case) -> Result<Vec<(Potential, Vec<f64>)>, Failure> {
    let mut found = Vec::new();
    for ([kind, parameter], potential, steps) in potentials() {
        // With 30 columns for 8 equations a positive solution, which the entropy needs, all but always exists.
        let settings = [
            kind,
            parameter,
            ("w0", "0.4"),
            ("n", "8"),
            ("d", "30"),
            ("step_size", "1"),
        ];
        let knobs = knobs(case, &settings, &["mirror"])?;
        let sample = state(&knobs, steps, &[])?;
        let end = ends(&sample).next().ok_or("no run")??.to_vec();
        found.push((potential, end));
    }
    Ok(found)
}

fn small(case: &Case) -> Result<Data, Failure> {
    let source = DataSource::Sparse {
        n: 8,
        d: 30,
        sparsity: 5,
        seed: case.seed,
    };
    Ok(source.load()?)
}

fn mirror_ends(case: &Case) -> Result<f64, Failure> {
    let data = small(case)?;
    let mut error = 0.0;
    for (potential, end) in mirror_runs(case)? {
        let start = potential.dual(&[0.4; 30]);
        let moved: Vec<f64> = potential
            .dual(&end)
            .iter()
            .zip(start)
            .map(|(a, b)| a - b)
            .collect();
        error = worse(conditions(&data, &end, &moved), error);
    }
    Ok(error)
}

/// By how much another interpolator is closer, of forty that differ by 0.01 to 1 in a direction that the data do not
/// see; the error of the end itself, 1e-6, is of second order in the divergence.
fn mirror_minimality(case: &Case) -> Result<f64, Failure> {
    let data = small(case)?;
    let span = Span::new(&data.x, data.d, &data.y);
    let complement = span.complement();
    let mut error: f64 = 0.0;
    for (potential, end) in mirror_runs(case)? {
        let least = potential.divergence(&end, &[0.4; 30]);
        for (at, direction) in complement.chunks_exact(30).enumerate() {
            for size in [0.01, 1.0] {
                let sign = [1.0, -1.0][at % 2];
                let other: Vec<f64> = end
                    .iter()
                    .zip(direction)
                    .map(|(w, v)| w + sign * size * v)
                    .collect();
                let value = potential.divergence(&other, &[0.4; 30]);
                // Outside the domain there is no value.
                error = error.max(if value.is_nan() { 0.0 } else { least - value });
            }
        }
    }
    Ok(error)
}

fn forgotten(case: &Case) -> Result<f64, Failure> {
    let relabelled = knobs(case, &[("labels", "random-same-x")], &["gd"])?;
    let changed = state(&relabelled, 8000, &[(2000, "labels", "true")])?;
    let plain = state(&knobs(case, &[], &["gd"])?, 8000, &[])?;
    let (a, b) = (ends(&changed).next(), ends(&plain).next());
    Ok(distance(a.ok_or("no run")??, b.ok_or("no run")??))
}

fn remembered(case: &Case) -> Result<f64, Failure> {
    let settings = [("labels", "random-noisy-copies"), ("copies", "2")];
    let sample = state(
        &knobs(case, &settings, &["gd"])?,
        30_000,
        &[(20_000, "labels", "true")],
    )?;
    let end = ends(&sample).next().ok_or("no run")??;
    // Least norms of either set of equations, by the pseudo-inverse.
    let data = &case.data;
    let copies = data.noisy_copies(2, 0.5, case.seed);
    let bad = Span::new(&copies.x, data.d, &copies.y).nearest_solution(&vec![0.0; data.d]);
    let truth = data.truth.as_ref().ok_or("the data have a truth")?;
    let gap: Vec<f64> = bad
        .iter()
        .zip(truth)
        .map(|(bad, truth)| bad - truth)
        .collect();
    let predicted = norm(&Span::new(&data.x, data.d, &data.y).outside(&gap)).powi(2);
    Ok((distance(end, truth).powi(2) / predicted - 1.0).abs())
}

fn margins(case: &Case) -> Result<f64, Failure> {
    let problem = case.data.problem(Loss::Logistic)?;
    let answer = largest_margin(&problem.x, problem.d, &Norm::Two).ok_or("not separable")?;
    let mut made = vec![0.0; problem.d];
    kernels::transposed_matrix_vector(&problem.x, &answer.multipliers, &mut made);
    let mut error = distance(&made, &answer.w);
    for (i, alpha) in answer.multipliers.iter().enumerate() {
        let slack = kernels::dot(problem.row(i), &answer.w) - 1.0;
        error = worse(worse(-slack, -alpha), worse((alpha * slack).abs(), error));
    }
    Ok(error)
}

/// Relative, after 20 000 steps: what is left is what rows do that are 15 % farther than the closest ones, t^(−0.15), and
/// the part of w across ŵ, 1/ln t.
fn norm_growth(case: &Case) -> Result<f64, Failure> {
    let settings = [("loss", "logistic"), ("data", "wedge")];
    let knobs = knobs(case, &settings, &["gd"])?;
    let sample = state(&knobs, 20_000, &[])?;
    let column = |id: &str| -> Result<f64, Failure> {
        let at = super::observables::COLUMNS
            .iter()
            .position(|column| column.id == id);
        let run = sample.runs[0].as_ref().ok_or("diverged")?;
        Ok(run.values[at.ok_or("no such column")?])
    };
    Ok((column("norm_l2")? / column("norm_theory")? - 1.0).abs())
}
