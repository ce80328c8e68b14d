//! The identities of the theory, checked on fresh random problems: `implicit-bias-lab selftest`.
//!
//! Every check computes one number in two ways that share no code: as the program does, and by the
//! plain formulas of `plain`, an enumeration, finite differences or another algorithm. A check is
//! one function and one line of `checks`. From outside there is [`SELF_TEST`] alone.
//!
//! | module | what it checks |
//! |---|---|
//! | `interpolators` | argmin φ_α, its limits, the certificate of the ℓ₁ solution |
//! | `runs` | where runs end, and what holds at every step on the way |
//! | `starts` | the same from β₀ ≠ 0, and with weight decay |
//! | `steps` | single steps and derivatives: gradients, covariances, curvatures |
//!
//! The problems are the paper's (n = 40, d = 100, 5 non-zeros), with each law of β* in turn.

mod checks;
mod interpolators;
mod plain;
mod runs;
mod starts;
mod steps;

use std::io::Write;

use crate::labs::SelfTest;
use crate::labs::diagonal::choices::Chosen as _;
use crate::labs::diagonal::dynamics::Hyper;
use crate::labs::diagonal::dynamics::sgf::Scheme;
use crate::labs::diagonal::theory::interpolation::Interpolation;
use crate::labs::diagonal::theory::step_size::{StepSizeLimits, approximate_limit};
use crate::labs::self_test_table as report;
pub use crate::labs::self_test_table::Failure;
use crate::model::data::sparse::{BetaLaw, SparseGaussian};
use crate::model::random::{Generator, Stream, generator};
use crate::model::regression::Regression;
use checks::CHECKS;

/// The lab's self-test, on two problems of each law of β* unless told otherwise.
pub static SELF_TEST: SelfTest = SelfTest { problems: 8, run };

/// The initialisation of the runs.
const ALPHA: f64 = 0.1;

const HYPER: Hyper = Hyper {
    batch: 1,
    replacement: true,
    loss_every: 1,
    scheme: Scheme::LogEuler,
    substeps: 1,
    temperature: 0.0,
    sampling_seed: 0,
    brownian_seed: 0,
    index: 0,
    record: true,
};

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
        let limit = approximate_limit(&self.problem);
        let alpha = vec![alpha; self.problem.d()];
        0.5 * StepSizeLimits::at(&self.problem, &limit, &alpha, depth).gamma_auto()
    }

    fn hyper(&self) -> Hyper {
        Hyper {
            sampling_seed: self.seed,
            brownian_seed: self.seed,
            ..HYPER
        }
    }

    /// A random stream that only the checks use.
    fn generator(&self) -> Generator {
        generator(self.seed, Stream::Checks, 0)
    }
}

/// Runs every check on `problems` problems from `seed` on.
fn run(seed: u64, problems: u64, out: &mut dyn Write) -> Result<usize, Failure> {
    let laws = BetaLaw::ALL.iter().copied().cycle();
    let cases: Vec<Case> = (0..problems)
        .zip(laws)
        .map(|(at, law)| Case::new(seed.wrapping_add(at), law))
        .collect::<Result<_, _>>()?;
    report::write_table(CHECKS, seed, &cases, out)
}

impl report::Seeded for Case {
    fn seed(&self) -> u64 {
        self.seed
    }
}
