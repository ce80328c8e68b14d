//! What the theory says of the runs: where each of them must land, and how exactly it is right.
//!
//! Two points are computed for a state. Its *destination* is where gradient flow from the weights
//! themselves would end: the exact discrete identity b_K = argmin φ_{a}(b) − ⟨c, b⟩ with a = √|w₊w₋|
//! and the shift c that the steps so far have left. The *theorem's point* is argmin φ_{α_t} with
//! α_t = α ⊙ exp(−2γ diag(XᵀX/n) ∫(L+δ²) − ∫λ) alone (Theorem 1, eq. 5 and 10), as if the current state
//! were a continuous flow's; from β₀ ≠ 0 it is argmin D_φ(·, β₀), whose mirror variable keeps what β₀ has
//! outside span(Xᵀ). For log-Euler SGF the two agree; for SGD their gap is the honest error
//! of modelling it by a flow.

use std::sync::Arc;

use super::edges::{EDGES, searches};
use super::fork_start::fork_start;
use super::insights::{FIELDS, Reading};
use super::references::{Plane, References};
use super::settings::Settings;
use super::{Prepared, experiment, observables};
use crate::format::count;
use crate::labs::LabError;
use crate::labs::diagonal::initialisation::Initialisation;
use crate::labs::diagonal::network::{Weights, effective_alpha};
use crate::labs::diagonal::potential::asinh_ratio_of_log;
use crate::labs::diagonal::theory::edge::EdgeSearch;
use crate::labs::diagonal::theory::hypotheses::theorem_step_size;
use crate::labs::diagonal::theory::sharpness::sharpness;
use crate::model::arithmetic::Elementary as _;
use crate::model::kernels;
use crate::sim::analysis::{Analyst, Insight, RecordedState};
use crate::sim::experiment::Facts;

/// The failure probability for which the bound of Theorem 1 is shown: the largest it is stated for.
const FAILURE_PROBABILITY: f64 = 0.5;

/// Above this d there is no ℓ₁ interpolator and no α-path: the path alone would take 1 KB per
/// coefficient and a hundred solves.
const MOST_COEFFICIENTS: usize = 100_000;

/// See the module.
pub(super) struct Theorist {
    prepared: Arc<Prepared>,
    settings: Settings,
    stage: Stage,
    edges: Vec<EdgeSearch>,
    /// What the trial runs of the edges start from.
    start: Initialisation,
    /// Of every run.
    initialisations: Vec<Initialisation>,
    /// Per run, where the last solution is a good start for the next.
    memories: Vec<Memory>,
    observables: Positions,
}

/// What comes next in [`Theorist::study`].
enum Stage {
    Interpolators,
    Sparsest,
    Path,
    Functions,
    Edges,
    Done,
}

#[derive(Clone, Default)]
struct Memory {
    theorem: Option<Vec<f64>>,
    slow: Option<Vec<f64>>,
    direction: Vec<f64>,
}

/// Where the recorded quantities that the theory needs are kept.
struct Positions {
    shrinkage: usize,
    label_shrinkage: usize,
    decay_integral: usize,
}

impl Theorist {
    pub(super) fn new(prepared: Arc<Prepared>, mut settings: Settings) -> Result<Self, LabError> {
        let start = experiment::start(&prepared, &mut settings)?;
        let mut initialisations = vec![start.initialisation.clone(); settings.runs.iter().sum()];
        for fork in &settings.forks {
            let problem = &prepared.problem;
            let forked = fork_start(fork, problem, &settings, &start)?;
            initialisations.push(forked.initialisation);
        }
        Ok(Self {
            edges: searches(&prepared, &settings, &start).collect(),
            memories: vec![Memory::default(); initialisations.len()],
            start: start.initialisation,
            initialisations,
            observables: Positions {
                shrinkage: observables::position("shrinkage"),
                label_shrinkage: observables::position("label_shrinkage"),
                decay_integral: observables::position("decay_integral"),
            },
            prepared,
            settings,
            stage: Stage::Interpolators,
        })
    }

    fn references(&self) -> Option<&References> {
        self.prepared.references().ok()
    }

    fn interpolators(&self) -> Facts {
        let mut facts = Facts::default();
        match self.prepared.references() {
            Ok(references) => {
                let least_l2 = references.interpolation.least_l2();
                facts
                    .scalars
                    .insert("rank", references.interpolation.rank() as f64);
                facts.scalars.insert("lambda_max", references.lambda_max);
                norms(
                    &mut facts,
                    least_l2,
                    ["least_l2_norm_l1", "least_l2_norm_l2"],
                );
                facts.scalars.insert(
                    "least_l2_validation",
                    self.prepared.problem.validation_loss(least_l2),
                );
                facts.vectors.insert("least_l2", least_l2.to_vec());
                if least_l2.len() > MOST_COEFFICIENTS {
                    facts.remarks.push(format!(
                        "No ℓ₁ interpolator and no geometry above d = {}.",
                        count(MOST_COEFFICIENTS as u64)
                    ));
                }
            }
            Err(reason) => facts.remarks.push(format!("Theory overlays off: {reason}")),
        }
        facts
    }

    fn sparsest(&self) -> Facts {
        let mut facts = Facts::default();
        let Some(references) = self.references() else {
            return facts;
        };
        let watch = &self.settings.watch;
        match references.least_l1(watch) {
            Ok(least_l1) => {
                facts.scalars.insert("least_l1_gap", least_l1.duality_gap);
                let names = ["least_l1_norm_l1", "least_l1_norm_l2"];
                norms(&mut facts, &least_l1.beta, names);
                facts.scalars.insert(
                    "least_l1_validation",
                    self.prepared.problem.validation_loss(&least_l1.beta),
                );
                facts.scalars.insert(
                    "theorem_step_size",
                    theorem_step_size(
                        FAILURE_PROBABILITY,
                        references.lambda_max,
                        least_l1.norm,
                        &self.settings.alpha,
                    ),
                );
                facts.vectors.insert("least_l1", least_l1.beta.clone());
                let remark = least_l1.solutions.remark();
                facts.remarks.extend(remark.map(str::to_owned));
                if let Some(plane) = references.plane() {
                    let least_l2 = references.interpolation.least_l2();
                    let mark = |beta: &[f64]| plane.point(beta).to_vec();
                    facts.vectors.insert("plane_least_l2", mark(least_l2));
                    facts.vectors.insert("plane_least_l1", mark(&least_l1.beta));
                }
            }
            Err(reason) => facts.remarks.push(format!("No ℓ₁ interpolator: {reason}")),
        }
        if self.settings.noise_schedule.energy(u64::MAX) > 0.0
            && let Ok(weighted) = references.least_weighted_l1(&self.prepared.problem, watch)
            && let Ok(least_l1) = references.least_l1(watch)
        {
            let gap = kernels::distance_squared(&weighted.beta, &least_l1.beta).sqrt();
            let size = kernels::dot(&least_l1.beta, &least_l1.beta).sqrt();
            facts
                .scalars
                .insert("weighted_l1_gap", gap / size.max(f64::MIN_POSITIVE));
            facts.scalars.insert(
                "weighted_l1_validation",
                self.prepared.problem.validation_loss(&weighted.beta),
            );
        }
        facts
    }

    fn path(&self) -> Facts {
        let mut facts = Facts::default();
        // The path of deeper potentials is another one.
        let references = self.references().filter(|_| self.settings.depth == 2);
        let Some(references) = references else {
            return facts;
        };
        match references.path(&self.settings.watch) {
            Ok(path) => {
                if let Some(plane) = references.plane() {
                    let points = path.betas().iter().flat_map(|beta| plane.point(beta));
                    facts.vectors.insert("plane_path", points.collect());
                    let alphas = path.log_alphas().iter().map(|log| log.exponential());
                    facts.vectors.insert("path_alpha", alphas.collect());
                }
            }
            Err(reason) => facts.remarks.push(format!("No α-path: {reason}")),
        }
        facts
    }

    fn functions(&self) -> Facts {
        let mut facts = Facts::default();
        if let Some(smooth) = self
            .references()
            .and_then(|references| references.smooth(&self.settings.source, &self.prepared.problem))
        {
            facts
                .vectors
                .insert("smooth_least_l1", smooth.least_l1.clone());
            facts
                .vectors
                .insert("smooth_least_l2", smooth.least_l2.clone());
        }
        facts
    }

    /// One trial of the first search that is not done; `None` once all are.
    fn search_edges(&mut self) -> Option<Facts> {
        let start = self.start.weights(self.settings.depth);
        let search = self.edges.iter_mut().find(|search| !search.is_done())?;
        search.advance(&self.prepared.problem, &start);
        let mut facts = Facts::default();
        let id = search.method().id;
        for (method, edge, progress) in EDGES {
            if method == id {
                facts.scalars.insert(progress, search.progress());
                if let Some(stable) = search.edge() {
                    facts.scalars.insert(edge, stable);
                }
            }
        }
        Some(facts)
    }

    /// ln α − 2Ds − ∫λ of a run, coordinate by coordinate.
    fn log_alpha(&self, run: usize, shrinkage: f64, decay: f64) -> Vec<f64> {
        let alpha = self.initialisations[run].alpha().iter();
        alpha
            .zip(&self.prepared.problem.column_mean_square)
            .map(|(alpha, d)| alpha.logarithm() - 2.0 * d * shrinkage - decay)
            .collect()
    }

    /// What can be said of a state, and its destination.
    fn read(&mut self, subject: &RecordedState) -> (Reading, Option<Vec<f64>>) {
        let mut reading = Reading::EMPTY;
        let prepared = self.prepared.clone();
        let depth = self.settings.depth;
        let [w_plus, w_minus, ..] = &subject.state[..] else {
            return (reading, None);
        };
        let weights = Weights {
            w_plus: w_plus[..].into(),
            w_minus: w_minus[..].into(),
            depth,
        };
        let direction = &mut self.memories[subject.run].direction;
        reading.sharpness = sharpness(&prepared.problem, depth, w_plus, w_minus, direction);
        let Ok(references) = prepared.references() else {
            return (reading, None);
        };
        let beta = weights.beta();
        let small = prepared.problem.d() <= MOST_COEFFICIENTS;
        let plane = small.then(|| references.plane()).flatten();
        if let Some(plane) = plane {
            reading.state = plane.point(&beta);
        }
        let spot = Spot {
            subject,
            weights: &weights,
            beta: &beta,
            references,
            plane,
        };
        let destination = self.read_destination(&spot, &mut reading);
        self.read_theorem(&spot, &mut reading);
        self.read_slow_limit(&spot, &mut reading);
        (reading, destination)
    }

    /// Where gradient flow from the weights ends, and what that point is like.
    fn read_destination(&self, spot: &Spot<'_>, reading: &mut Reading) -> Option<Vec<f64>> {
        let Weights {
            w_plus,
            w_minus,
            depth,
        } = spot.weights;
        let interpolation = &spot.references.interpolation;
        let landing = interpolation.flow_limit(*depth, w_plus, w_minus).ok()?.beta;
        let problem = &self.prepared.problem;
        reading.destination_validation = problem.validation_loss(&landing);
        reading.destination_distance = distance(spot.beta, &landing);
        reading.destination_x = spot.abscissa(&landing);
        if *depth == 2 {
            let start = &self.initialisations[spot.subject.run];
            reading.half_divergence = 0.5 * start.divergence(&landing);
            if problem.d() <= MOST_COEFFICIENTS
                && let Ok(path) = spot.references.path(&self.settings.watch)
            {
                (reading.equivalent_alpha, reading.equivalent_distance) =
                    path.equivalent_alpha(&landing);
            }
        }
        Some(landing)
    }

    /// The theorem's point, and how far ∇φ is from the row space with α_t and with α.
    fn read_theorem(&mut self, spot: &Spot<'_>, reading: &mut Reading) {
        let run = spot.subject.run;
        let Weights {
            w_plus,
            w_minus,
            depth,
        } = spot.weights;
        let interpolation = &spot.references.interpolation;
        let residual = |mirror: Vec<f64>| interpolation.off_row_space(&mirror);
        let landing = if let [.., alpha_plus, alpha_minus] = &spot.subject.state[2..] {
            let (w, alpha) = ([&w_plus[..], w_minus], self.initialisations[run].alpha());
            reading.kkt_residual_alpha = residual(deep_mirror(w, [alpha, alpha], *depth));
            reading.kkt_residual = residual(deep_mirror(w, [alpha_plus, alpha_minus], *depth));
            interpolation.flow_limit(*depth, alpha_plus, alpha_minus)
        } else {
            let shrinkage = spot.value(self.observables.shrinkage);
            let decay = spot.value(self.observables.decay_integral);
            let initial = self.log_alpha(run, 0.0, 0.0);
            let log_alpha = self.log_alpha(run, shrinkage, decay);
            let start = &self.initialisations[run];
            let residual = |log: &[f64]| start.off_row_space(interpolation, mirror(spot.beta, log));
            reading.kkt_residual_alpha = residual(&initial);
            reading.kkt_residual = residual(&log_alpha);
            let warm = self.memories[run].theorem.as_deref();
            start.least_divergence(interpolation, &log_alpha, warm)
        };
        let Ok(landing) = landing else { return };
        reading.theorem_validation = self.prepared.problem.validation_loss(&landing.beta);
        reading.theorem_distance = distance(spot.beta, &landing.beta);
        reading.theorem_x = spot.abscissa(&landing.beta);
        self.memories[run].theorem = Some(landing.dual);
    }

    /// The small-step limit under label noise, which is for p = 2.
    fn read_slow_limit(&mut self, spot: &Spot<'_>, reading: &mut Reading) {
        let run = spot.subject.run;
        let shrinkage = spot.value(self.observables.label_shrinkage);
        if spot.weights.depth > 2 || shrinkage.is_nan() || shrinkage <= 0.0 {
            return;
        }
        let decay = spot.value(self.observables.decay_integral);
        let log_alpha = self.log_alpha(run, shrinkage, decay);
        let warm = self.memories[run].slow.as_deref();
        let interpolation = &spot.references.interpolation;
        let start = &self.initialisations[run];
        let Ok(landing) = start.least_divergence(interpolation, &log_alpha, warm) else {
            return;
        };
        reading.slow_validation = self.prepared.problem.validation_loss(&landing.beta);
        reading.slow_distance = distance(spot.beta, &landing.beta);
        self.memories[run].slow = Some(landing.dual);
    }
}

/// A state that is being looked at, with what it is compared with.
struct Spot<'a> {
    subject: &'a RecordedState,
    weights: &'a Weights,
    beta: &'a [f64],
    references: &'a References,
    plane: Option<&'a Plane>,
}

impl Spot<'_> {
    /// A recorded quantity.
    fn value(&self, at: usize) -> f64 {
        self.subject.values.get(at).copied().unwrap_or(f64::NAN)
    }

    /// Where a point is along the line of interpolators.
    fn abscissa(&self, beta: &[f64]) -> f64 {
        self.plane.map_or(f64::NAN, |plane| plane.point(beta)[0])
    }
}

/// asinh(βⱼ/2αⱼ²) = 4 ∇φ_α(β)ⱼ, from ln α so that nothing underflows.
fn mirror(beta: &[f64], log_alpha: &[f64]) -> Vec<f64> {
    let entries = beta.iter().zip(log_alpha);
    entries
        .map(|(&b, &log_alpha)| asinh_ratio_of_log(b, log_alpha))
        .collect()
}

/// What the weights of a network of depth p ≥ 3 have moved along Xᵀ from w± = α±, coordinate by
/// coordinate: gradient flow moves w±²⁻ᵖ by ∓Xᵀμ (§10).
fn deep_mirror(w: [&[f64]; 2], alpha: [&[f64]; 2], depth: u32) -> Vec<f64> {
    let power = |v: f64| v.abs().to_the_whole(2 - depth as i32);
    (0..w[0].len())
        .map(|j| {
            let [plus, minus] = [0, 1].map(|sign| power(alpha[sign][j]) - power(w[sign][j]));
            0.5 * (plus - minus)
        })
        .collect()
}

/// ‖a − b‖₂/‖b‖₂.
fn distance(a: &[f64], b: &[f64]) -> f64 {
    (kernels::distance_squared(a, b) / kernels::dot(b, b)).sqrt()
}

fn norms(facts: &mut Facts, beta: &[f64], names: [&'static str; 2]) {
    let l1 = beta.iter().map(|b| b.abs()).sum();
    facts.scalars.insert(names[0], l1);
    facts
        .scalars
        .insert(names[1], kernels::dot(beta, beta).sqrt());
}

impl Analyst for Theorist {
    fn study(&mut self) -> Option<Facts> {
        let (facts, next) = match self.stage {
            Stage::Interpolators if self.prepared.problem.d() > MOST_COEFFICIENTS => {
                (self.interpolators(), Stage::Edges)
            }
            Stage::Interpolators => (self.interpolators(), Stage::Sparsest),
            Stage::Sparsest => (self.sparsest(), Stage::Path),
            Stage::Path => (self.path(), Stage::Functions),
            Stage::Functions => (self.functions(), Stage::Edges),
            Stage::Edges => match self.search_edges() {
                Some(facts) => (facts, Stage::Edges),
                None => (Facts::default(), Stage::Done),
            },
            Stage::Done => return None,
        };
        self.stage = next;
        Some(facts)
    }

    fn study_references(&mut self) -> Option<Facts> {
        if matches!(self.stage, Stage::Edges) {
            self.stage = Stage::Done;
        }
        self.study()
    }

    fn is_quick(&self) -> bool {
        let [n, d] = [self.prepared.problem.n(), self.prepared.problem.d()].map(|size| size as f64);
        n * d <= 1e6 && n * n * d <= 1e7
    }

    fn examine(&mut self, subject: &RecordedState) -> Insight {
        let (reading, destination) = self.read(subject);
        let values = FIELDS.iter().map(|(_, value)| value(&reading)).collect();
        let unknown = || vec![f64::NAN; self.prepared.problem.d()];
        let alpha = match &subject.state[..] {
            [w_plus, w_minus, ..] => {
                effective_alpha(w_plus, w_minus, self.settings.depth).collect()
            }
            _ => unknown(),
        };
        Insight {
            values,
            vectors: vec![
                ("alpha_effective", alpha),
                ("destination", destination.unwrap_or_else(unknown)),
            ],
        }
    }
}
