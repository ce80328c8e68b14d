//! The starts that a recipe can choose: the paper's, or one that remembers something else.
//!
//! All of them have √(w₊w₋) = α in every coordinate, so that α means the same everywhere; they differ in β₀.
//! α > 0 is needed besides: from a balanced start, in which one of w₊ and w₋ is 0, β never changes its sign.

use super::Prepared;
use super::choices::chosen;
use super::initialisation::Initialisation;
use super::theory::interpolation::{Interpolation, InterpolationError};
use crate::knobs::KnobError;
use crate::model::arithmetic::Elementary as _;
use crate::model::kernels;
use crate::model::random::{Normals, Stream};
use crate::model::regression::{Regression, Rows, Validation};
use crate::model::watch::Watch;
use ndarray::Array2;

/// Where β starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartKind {
    /// At 0: w± = α.
    Symmetric,
    /// At an interpolator that nothing favours: the ℓ₂-smallest plus a random direction that the data do not
    /// see.
    Interpolator,
    /// Where gradient flow from w± = α ends on random labels.
    RandomLabels,
}

chosen! { StartKind:
    Symmetric => "symmetric", "w± = α";
    Interpolator => "interpolator", "bad interpolator";
    RandomLabels => "random-labels", "trained on random labels";
}

/// The start and what belongs to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StartSettings {
    /// Where β starts.
    pub kind: StartKind,
    /// ‖β₀ − β_ℓ₂‖₂ of [`StartKind::Interpolator`].
    pub distance: f64,
    /// R: copies of every row of [`StartKind::RandomLabels`].
    pub copies: usize,
    /// σ: standard deviation of what is added to every entry of a copy.
    pub copy_noise: f64,
    /// Seed of the direction, the labels and the copies, which have streams of their own.
    pub seed: u64,
}

/// The most multiply-adds that training on random labels may take before anything is shown.
const MAX_WORK: f64 = 2e10;

/// What all runs start from, with α of length d.
pub(super) fn initialisation(
    start: &StartSettings,
    prepared: &Prepared,
    alpha: &[f64],
    watch: &Watch,
) -> Result<Initialisation, KnobError> {
    let beta = match start.kind {
        StartKind::Symmetric => return Ok(Initialisation::symmetric(alpha)),
        StartKind::Interpolator => interpolator(start, prepared)?,
        StartKind::RandomLabels => trained(start, &prepared.problem, alpha, watch)?,
    };
    Ok(Initialisation::at(alpha, &beta))
}

/// β_ℓ₂ plus a random vector of length `distance` in the null space of X.
fn interpolator(start: &StartSettings, prepared: &Prepared) -> Result<Vec<f64>, KnobError> {
    let references = prepared.references().map_err(|reason| {
        KnobError::Conflict(format!("there is no interpolator to start at: {reason}"))
    })?;
    let interpolation = &references.interpolation;
    if interpolation.rank() == prepared.problem.d() {
        return Err(KnobError::Conflict(
            "these data have a single interpolator, so none to start at that is worse: use fewer rows than columns, \
             or another `initialisation`"
                .to_owned(),
        ));
    }
    let mut direction = vec![0.0; prepared.problem.d()];
    Normals::new(start.seed, Stream::Initialisation, 0).fill(&mut direction);
    let direction = interpolation.reject(&direction);
    let size = kernels::dot(&direction, &direction).sqrt();
    let least_l2 = interpolation.least_l2().iter().zip(&direction);
    Ok(least_l2
        .map(|(beta, along)| beta + start.distance * along / size)
        .collect())
}

/// argmin φ_α on R copies of every row, N(0, σ²) added to each entry, with labels from N(0, mean y²).
fn trained(
    start: &StartSettings,
    problem: &Regression,
    alpha: &[f64],
    watch: &Watch,
) -> Result<Vec<f64>, KnobError> {
    let (rows, d) = (start.copies * problem.n(), problem.d());
    let work = rows as f64 * rows as f64 * d as f64;
    if work > MAX_WORK {
        return Err(KnobError::Conflict(format!(
            "training on random labels at {rows} × {d} would keep you waiting for minutes: use smaller data or fewer \
             `copies`"
        )));
    }
    let mut features = problem.train.features().repeat(start.copies);
    let mut noise = vec![0.0; features.len()];
    Normals::new(start.seed, Stream::InputNoise, 0).fill(&mut noise);
    for (feature, noise) in features.iter_mut().zip(&noise) {
        *feature += start.copy_noise * noise;
    }
    let y = &problem.train.y;
    let size = (kernels::dot(y, y) / y.len() as f64).sqrt();
    let mut labels = vec![0.0; rows];
    Normals::new(start.seed, Stream::Initialisation, 1).fill(&mut labels);
    for label in &mut labels {
        *label *= size;
    }
    let train = Rows {
        x: Array2::from_shape_vec((rows, d), features)
            .map_err(|error| KnobError::Conflict(error.to_string()))?,
        y: labels,
    };
    let relabelled = Regression::new(train, Validation::Unavailable);
    let log_alpha: Vec<f64> = alpha.iter().map(|alpha| alpha.logarithm()).collect();
    let limit = Interpolation::new(&relabelled)
        .map(|interpolation| interpolation.watched(watch))
        .and_then(|interpolation| interpolation.least_entropy(&log_alpha, None));
    limit.map(|limit| limit.beta).map_err(|error| {
        KnobError::Conflict(match error {
            InterpolationError::NoInterpolator { .. } => format!(
                "no β fits random labels on {rows} rows of {d} columns: use fewer `copies`, or more than one only with \
                 `copy_noise` above 0"
            ),
            other => format!("training on random labels did not end: {other}"),
        })
    })
}
