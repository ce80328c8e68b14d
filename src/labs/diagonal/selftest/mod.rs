//! The identities of the theory, checked on fresh random problems: `implicit-bias-lab selftest`.
//!
//! Every check computes one number by two routes that share no code: what the program uses, and the
//! plain formulas of `plain`, an enumeration, finite differences or another algorithm. A check is
//! one function and one line of `CHECKS`.
//!
//! | module | what it checks |
//! |---|---|
//! | `interpolators` | argmin φ_α, its limits, the certificate of the ℓ₁ solution |
//! | `runs` | where runs end, and what holds at every step on the way |
//! | `steps` | single steps and derivatives: gradients, covariances, curvatures |
//!
//! The problems are the paper's (n = 40, d = 100, 5 non-zeros), with each law of β* in turn.

mod interpolators;
mod plain;
mod runs;
mod steps;

use std::io::Write;

use crate::labs::diagonal::dynamics::Hyper;
use crate::labs::diagonal::dynamics::sgf::Scheme;
use crate::labs::diagonal::theory::interpolation::Interpolation;
use crate::labs::diagonal::theory::step_size::{StepSizeLimits, approximate_landing};
use crate::model::data::sparse::{BetaLaw, SparseGaussian};
use crate::model::random::{Generator, Stream, generator};
use crate::model::regression::Regression;

/// Problems that are tried unless the user says otherwise: two of each law of β*.
pub const PROBLEMS: u64 = 8;

/// The initialisation of the runs.
const ALPHA: f64 = 0.1;

const HYPER: Hyper = Hyper {
    batch: 1,
    replacement: true,
    scheme: Scheme::LogEuler,
    substeps: 1,
    temperature: 0.0,
    sampling_seed: 0,
    brownian_seed: 0,
    index: 0,
    record: true,
};

/// Why a check has no number.
type Failure = Box<dyn std::error::Error>;

/// One identity.
struct Check {
    name: &'static str,
    /// Where it is stated in the paper, or the identity itself.
    source: &'static str,
    /// The largest error that rounding and the tolerances of the algorithms explain.
    bound: f64,
    error: fn(&Case) -> Result<f64, Failure>,
}

static CHECKS: &[Check] = &[
    Check {
        name: "argmin φ_α interpolates",
        source: "eq. 4: Xβ = y",
        bound: 1e-10,
        error: interpolators::feasibility,
    },
    Check {
        name: "argmin φ_α is stationary",
        source: "eq. 4: ∇φ_α(β) ∈ span(Xᵀ)",
        bound: 1e-10,
        error: interpolators::stationarity,
    },
    Check {
        name: "α → ∞ gives the least ‖β‖₂",
        source: "§3: Xᵀ(XXᵀ)⁻¹y",
        bound: 1e-9,
        error: interpolators::large_alpha,
    },
    Check {
        name: "α → 0 gives the least ‖β‖₁",
        source: "§3: linear program",
        bound: 1e-4,
        error: interpolators::small_alpha,
    },
    Check {
        name: "ln α_j = −kD_j gives the least ΣD_j|β_j|",
        source: "§3: linear program",
        bound: 1e-3,
        error: interpolators::small_uneven_alpha,
    },
    Check {
        name: "least ‖β‖₁ and ΣD_j|β_j| are proven",
        source: "|Xᵀλ| ≤ w, yᵀλ = Σw|β|",
        bound: 1e-9,
        error: interpolators::certificate,
    },
    Check {
        name: "gradient flow ends at argmin φ_α",
        source: "eq. 4",
        bound: 1e-8,
        error: runs::flow_end,
    },
    Check {
        name: "∫L is half the divergence",
        source: "Prop. 7: ∫L = ½D_φ(β∞, 0)",
        bound: 1e-6,
        error: runs::flow_integral,
    },
    Check {
        name: "SGF: product of the weights",
        source: "eq. 5, 10: w₊w₋ = α_t²",
        bound: 1e-9,
        error: runs::stochastic_flow_product,
    },
    Check {
        name: "SGF: stationary at every time",
        source: "Prop. 1: ∇φ_α_t(β_t) ∈ span(Xᵀ)",
        bound: 1e-9,
        error: runs::stochastic_flow_stationarity,
    },
    Check {
        name: "SGF ends at argmin φ_α∞, dt = γ, γ/2, γ/10",
        source: "Thm. 1",
        bound: 1e-6,
        error: runs::stochastic_flow_end,
    },
    Check {
        name: "GD: exact discrete identity",
        source: "∇φ_a(β) = ½Xᵀν + c",
        bound: 1e-10,
        error: runs::gd_identity,
    },
    Check {
        name: "SGD: exact discrete identity",
        source: "∇φ_a(β) = ½Xᵀν + c",
        bound: 1e-10,
        error: runs::sgd_identity,
    },
    Check {
        name: "mini-batch SGD: exact discrete identity",
        source: "∇φ_a(β) = ½Xᵀν + c",
        bound: 1e-10,
        error: runs::batch_identity,
    },
    Check {
        name: "Euler–Maruyama: exact discrete identity",
        source: "∇φ_a(β) = ½Xᵀν + c",
        bound: 1e-10,
        error: runs::euler_maruyama_identity,
    },
    Check {
        name: "where they go: argmin φ_a(β) − ⟨c, β⟩",
        source: "∇φ_a(β) − c ∈ span(Xᵀ), Xβ = y",
        bound: 1e-10,
        error: runs::destinations,
    },
    Check {
        name: "depth 3, 4: flow ends at its interpolator",
        source: "w±²⁻ᵖ = α²⁻ᵖ ∓ Xᵀμ",
        bound: 1e-6,
        error: runs::deep_flow_end,
    },
    Check {
        name: "depth 3: SGF ends where α₊ and α₋ say",
        source: "Itô for w±²⁻ᵖ",
        bound: 1e-6,
        error: runs::deep_stochastic_flow_end,
    },
    Check {
        name: "label noise: slow flow is argmin φ_α(T)",
        source: "eq. 10: α(T) = α exp(−8DT)",
        bound: 1e-8,
        error: runs::label_noise_limit,
    },
    Check {
        name: "GD descends ∇L, depth 2 to 6",
        source: "differences of L",
        bound: 1e-8,
        error: steps::gradient,
    },
    Check {
        name: "SGD's mean step is GD's",
        source: "eq. 1, enumerated",
        bound: 1e-12,
        error: steps::mean_step,
    },
    Check {
        name: "SGD's covariance",
        source: "diag(r²)/n − rrᵀ/n², enumerated",
        bound: 1e-10,
        error: steps::covariance,
    },
    Check {
        name: "SGF's covariance has SGD's trace · n/(n−1)",
        source: "eq. 3: (4L/n)I",
        bound: 1e-10,
        error: steps::model_covariance,
    },
    Check {
        name: "batches: γ_eff of samples and labels",
        source: "enumerated batches",
        bound: 1e-10,
        error: steps::batches,
    },
    Check {
        name: "∇φ_α, depth 2 to 6",
        source: "differences of φ_α",
        bound: 1e-7,
        error: |case| Ok(steps::potentials(case)),
    },
    Check {
        name: "sharpness, depth 2 to 4",
        source: "λ_max of differences of ∇L",
        bound: 1e-3,
        error: steps::sharpness,
    },
    Check {
        name: "tr H and λ_max(H), depth 2 to 4",
        source: "ṙ = −Hr, differences of r",
        bound: 5e-3,
        error: steps::curvature,
    },
];

/// One problem with what most checks need.
struct Case {
    seed: u64,
    problem: Regression,
    interpolation: Interpolation,
}

impl Case {
    fn new(seed: u64, beta_law: BetaLaw) -> Result<Self, Failure> {
        let source = SparseGaussian {
            n: 40,
            d: 100,
            sparsity: 5,
            beta_law,
            seed,
        };
        let problem = source.generate()?;
        Ok(Self {
            seed,
            interpolation: Interpolation::new(&problem)?,
            problem,
        })
    }

    /// Half the step size at which SGD from α starts to diverge.
    fn step_size(&self, alpha: f64, depth: u32) -> f64 {
        let landing = approximate_landing(&self.problem);
        let alpha = vec![alpha; self.problem.d()];
        0.5 * StepSizeLimits::at(&self.problem, &landing, &alpha, depth).gamma_auto()
    }

    fn hyper(&self) -> Hyper {
        Hyper {
            sampling_seed: self.seed,
            brownian_seed: self.seed,
            ..HYPER
        }
    }

    /// Randomness of the checks' own.
    fn generator(&self) -> Generator {
        generator(self.seed, Stream::Checks, 0)
    }
}

/// Runs every check on `problems` problems from `seed` on, writes the table, and returns how many
/// checks failed.
///
/// # Errors
/// If a problem cannot be made or the table cannot be written.
pub fn run(seed: u64, problems: u64, out: &mut dyn Write) -> Result<usize, Failure> {
    let laws = [
        BetaLaw::Signs,
        BetaLaw::PaperLike,
        BetaLaw::Ones,
        BetaLaw::Normal,
    ];
    let cases: Vec<Case> = (0..problems)
        .zip(laws.into_iter().cycle())
        .map(|(at, law)| Case::new(seed.wrapping_add(at), law))
        .collect::<Result<_, _>>()?;
    let failed = examine(CHECKS, &cases, out)?;
    let verdict = if failed == 0 {
        format!("all {} identities hold", CHECKS.len())
    } else {
        format!("{failed} of {} identities FAILED", CHECKS.len())
    };
    writeln!(out, "{verdict}; problems: {problems}, first seed: {seed}")?;
    Ok(failed)
}

/// Writes the table row by row; returns the number of checks that failed.
fn examine(checks: &[Check], cases: &[Case], out: &mut dyn Write) -> Result<usize, Failure> {
    let mut failed = 0;
    writeln!(
        out,
        "{:47} {:33} {:>7} {:>7}",
        "identity", "stated or found by", "worst", "bound"
    )?;
    for check in checks {
        let mut worst = 0.0;
        let mut complaints = Vec::new();
        for case in cases {
            match (check.error)(case) {
                Ok(error) => {
                    // NaN is not within any bound.
                    let within = error <= check.bound;
                    if !within {
                        complaints.push(format!("seed {}: {error:.1e}", case.seed));
                    }
                    worst = plain::worse(error, worst);
                }
                Err(failure) => {
                    complaints.push(format!("seed {}: {failure}", case.seed));
                    worst = f64::NAN;
                }
            }
        }
        let verdict = if complaints.is_empty() {
            "ok"
        } else {
            failed += 1;
            "FAILED"
        };
        writeln!(
            out,
            "{:47} {:33} {worst:7.0e} {:7.0e}  {verdict}",
            check.name, check.source, check.bound
        )?;
        for complaint in complaints {
            writeln!(out, "    {complaint}")?;
        }
        out.flush()?;
    }
    Ok(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn check(error: fn(&Case) -> Result<f64, Failure>) -> Check {
        Check {
            name: "name",
            source: "source",
            bound: 1e-3,
            error,
        }
    }

    /// An error above the bound, one that is not a number, and none at all.
    #[test]
    fn what_is_not_within_the_bound_has_failed() {
        let case = Case::new(7, BetaLaw::Ones).unwrap();
        let checks = [
            check(|_| Ok(1e-3)),
            check(|_| Ok(2e-3)),
            check(|_| Ok(f64::NAN)),
            check(|_| Err("the solver gave up".into())),
        ];
        let mut table = Vec::new();
        assert_eq!(examine(&checks, &[case], &mut table).unwrap(), 3);
        let table = String::from_utf8(table).unwrap();
        let lines: Vec<&str> = table.lines().collect();
        assert!(lines[1].ends_with("ok"), "{table}");
        assert!(lines[2].ends_with("FAILED") && lines[3].contains("seed 7: 2.0e-3"));
        assert!(
            lines[4].ends_with("FAILED") && lines[4].contains("NaN"),
            "{table}"
        );
        assert!(lines[7].contains("seed 7: the solver gave up"), "{table}");
    }

    #[test]
    fn one_number_that_is_none_outweighs_the_others() {
        assert!(plain::largest([1.0, f64::NAN, 2.0]).is_nan());
        assert_eq!(plain::largest([1.0, -3.0, 2.0]), 3.0);
    }
}
