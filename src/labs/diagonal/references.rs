//! What is known of a data set whatever trains on it: its interpolators and the plane they span.

use std::sync::OnceLock;

use super::settings::DataSource;
use crate::labs::diagonal::theory::interpolation::{
    AlphaPath, Interpolation, InterpolationError, LeastL1,
};
use crate::labs::diagonal::theory::step_size::largest_eigenvalue;
use crate::model::data::fourier::Fourier;
use crate::model::kernels;
use crate::model::regression::Regression;
use crate::model::watch::{GivenUp, Watch};

/// The references of one data set, each computed when it is first asked for and kept.
pub(super) struct References {
    pub(super) interpolation: Interpolation,
    /// λ_max(XᵀX/n).
    pub(super) lambda_max: f64,
    least_l1: OnceLock<Result<LeastL1, String>>,
    least_weighted_l1: OnceLock<Result<LeastL1, String>>,
    path: OnceLock<Result<AlphaPath, String>>,
    plane: OnceLock<Option<Plane>>,
    smooth: OnceLock<Option<Smooth>>,
}

/// Interpolants of a Fourier data set for the features weighted by 1/i, as coefficients of the data
/// set's own features.
pub(super) struct Smooth {
    pub(super) least_l1: Vec<f64>,
    pub(super) least_l2: Vec<f64>,
}

impl References {
    pub(super) fn new(problem: &Regression) -> Result<Self, InterpolationError> {
        Ok(Self {
            interpolation: Interpolation::new(problem)?,
            lambda_max: 0.5 * largest_eigenvalue(problem, &vec![1.0; problem.d()]),
            least_l1: OnceLock::new(),
            least_weighted_l1: OnceLock::new(),
            path: OnceLock::new(),
            plane: OnceLock::new(),
            smooth: OnceLock::new(),
        })
    }

    /// The interpolator of least ℓ₁ norm.
    pub(super) fn least_l1(&self, watch: &Watch) -> Result<&LeastL1, String> {
        self.kept(&self.least_l1, watch, Interpolation::least_l1)
    }

    /// The interpolator of least Σ Dⱼ|βⱼ|, D = diag(XᵀX/n): where lasting label noise ends (§9, E7).
    pub(super) fn least_weighted_l1(
        &self,
        problem: &Regression,
        watch: &Watch,
    ) -> Result<&LeastL1, String> {
        self.kept(&self.least_weighted_l1, watch, |interpolation| {
            interpolation.least_weighted_l1(&problem.column_mean_square)
        })
    }

    /// argmin φ_α for uniform α from rich to kernel.
    pub(super) fn path(&self, watch: &Watch) -> Result<&AlphaPath, String> {
        self.kept(&self.path, watch, AlphaPath::new)
    }

    /// What is kept, or else solved for now: and kept unless it has been given up meanwhile.
    fn kept<'a, T>(
        &self,
        kept: &'a OnceLock<Result<T, String>>,
        watch: &Watch,
        solve: impl FnOnce(&Interpolation) -> Result<T, InterpolationError>,
    ) -> Result<&'a T, String> {
        if kept.get().is_none() {
            let solved = solve(&self.interpolation.clone().watched(watch));
            watch.check().map_err(|given_up| given_up.to_string())?;
            // Who was faster has found the same.
            drop(kept.set(solved.map_err(|error| error.to_string())));
        }
        let known = kept.get().ok_or_else(|| GivenUp.to_string())?;
        known.as_ref().map_err(String::clone)
    }

    /// The plane through 0, the ℓ₂ and the ℓ₁ interpolator; `None` where these two agree.
    pub(super) fn plane(&self) -> Option<&Plane> {
        let span = || {
            Plane::through(
                self.interpolation.least_l2(),
                &self.least_l1(&Watch::default()).ok()?.beta,
            )
        };
        self.plane.get_or_init(span).as_ref()
    }

    /// Interpolants of least weighted norms, for Fourier data.
    pub(super) fn smooth(&self, source: &DataSource, problem: &Regression) -> Option<&Smooth> {
        let DataSource::Fourier(fourier, _) = source else {
            return None;
        };
        let solve = || {
            // In terms of the data's own features a weight of 1/i costs i, unless it is there already.
            let costs: Vec<f64> = (0..problem.d())
                .map(|column| Fourier::frequency(column) as f64 * fourier.weight(column))
                .collect();
            let least_l1 = self.interpolation.least_weighted_l1(&costs).ok()?.beta;
            let mut weighted = problem.clone();
            for mut row in weighted.train.x.rows_mut() {
                for (x, cost) in row.iter_mut().zip(&costs) {
                    *x /= cost;
                }
            }
            let interpolation = Interpolation::new(&weighted).ok()?;
            let least_l2 = interpolation.least_l2().iter().zip(&costs);
            let least_l2 = least_l2.map(|(b, cost)| b / cost).collect();
            Some(Smooth { least_l1, least_l2 })
        };
        self.smooth.get_or_init(solve).as_ref()
    }
}

/// Orthonormal coordinates of the plane through 0, β_ℓ₂ and β_ℓ₁ (§8).
///
/// β_ℓ₂ is orthogonal to every difference of interpolators, so that all of them have the same
/// ordinate: the set of zero loss is a horizontal line, from β_ℓ₂ on the left to β_ℓ₁.
pub(super) struct Plane {
    /// Along β_ℓ₁ − β_ℓ₂.
    right: Vec<f64>,
    /// Along β_ℓ₂.
    up: Vec<f64>,
}

impl Plane {
    fn through(least_l2: &[f64], least_l1: &[f64]) -> Option<Self> {
        let difference: Vec<f64> = least_l1.iter().zip(least_l2).map(|(a, b)| a - b).collect();
        let unit = |v: &[f64], scale: f64| -> Option<Vec<f64>> {
            let norm = kernels::dot(v, v).sqrt();
            (norm > 1e-9 * scale).then(|| v.iter().map(|v| v / norm).collect())
        };
        let scale = kernels::dot(least_l2, least_l2).sqrt();
        Some(Self {
            right: unit(&difference, scale)?,
            up: unit(least_l2, 0.0)?,
        })
    }

    /// (abscissa, ordinate) of β.
    pub(super) fn point(&self, beta: &[f64]) -> [f64; 2] {
        [
            kernels::dot(&self.right, beta),
            kernels::dot(&self.up, beta),
        ]
    }
}
