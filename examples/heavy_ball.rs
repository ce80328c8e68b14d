//! A rule of your own in the window: gradient descent with heavy-ball momentum.
//!
//! ```text
//! cargo run --release --example heavy_ball -- --set heavy_ball_runs=1 --play
//! cargo run --release --example heavy_ball -- run --set heavy_ball_runs=1 --out folder
//! cargo test --example heavy_ball
//! ```
//!
//! A rule is a [`Method`], which says what it is and how it is drawn, and a [`Dynamics`], which takes a step. All else
//! is there already: its setting `heavy_ball_runs`, curves and legend, tables, sweeps, recipes and links.

use std::process::ExitCode;

use implicit_bias_lab::labs::diagonal::dynamics::{
    Dynamics, Forward, Ledger, Method, Progress, RegisterError, StepRecord, StepSettings, register,
};
use implicit_bias_lab::labs::diagonal::network::Weights;
use implicit_bias_lab::model::aligned::{Aligned, zeros};
use implicit_bias_lab::model::regression::Regression;
use implicit_bias_lab::palette::{Ink, Line, Look};

/// The share of the last displacement that is repeated.
const MOMENTUM: f64 = 0.9;

static HEAVY_BALL: Method = Method {
    id: "heavy-ball",
    label: "Heavy ball",
    about: "Gradient descent with momentum: v± ← 0.9 v± − γ∇L(w±), w± ← w± + v±. Deterministic; one run.",
    look: Look {
        ink: Ink::Text,
        line: Line::Solid,
        width: 2.2,
    },
    max_runs: 1,
    default_runs: "0",
    // The gradient below is that of β = w₊² − w₋².
    any_depth: false,
    // Weight decay would shrink w± and leave v± as it is.
    any_weights: false,
    // Momentum does not keep w₊w₋, so Theorem 1 does not tell where it ends.
    covered_by_theorem: false,
    build: |problem, _hyper| Box::new(HeavyBall::new(problem, MOMENTUM)),
};

struct HeavyBall {
    momentum: f64,
    /// Computes r = Xβ − y and the losses.
    forward: Forward,
    /// Xᵀr.
    gradient: Aligned,
    /// v₊ and v₋, the last displacements.
    velocity: [Vec<f64>; 2],
}

impl HeavyBall {
    fn new(problem: &Regression, momentum: f64) -> Self {
        Self {
            momentum,
            forward: Forward::new(problem),
            gradient: zeros(problem.design.stride()),
            velocity: [vec![0.0; problem.d()], vec![0.0; problem.d()]],
        }
    }
}

impl Dynamics for HeavyBall {
    fn step(
        &mut self,
        problem: &Regression,
        weights: &mut Weights,
        settings: StepSettings,
        ledger: &mut Ledger,
    ) -> Progress {
        let Self {
            momentum,
            forward,
            gradient,
            velocity: [v_plus, v_minus],
        } = self;
        let losses = forward.compute_with_gradient(problem, weights, gradient);
        // Every step enters its loss: ∫L, the extremes between samples and the bound of divergence come from here.
        let gamma = settings.step_size;
        let record = StepRecord::without_noise(gamma, problem.n());
        if ledger.enter(losses, &record) == Progress::Diverged {
            return Progress::Diverged;
        }
        // ∇_{w±}L = ±w± ⊙ Xᵀr/n
        let c = gamma / problem.n() as f64;
        for (j, g) in gradient[..problem.d()].iter().enumerate() {
            v_plus[j] = *momentum * v_plus[j] - c * g * weights.w_plus[j];
            v_minus[j] = *momentum * v_minus[j] + c * g * weights.w_minus[j];
            weights.w_plus[j] += v_plus[j];
            weights.w_minus[j] += v_minus[j];
        }
        Progress::Stepped
    }

    fn restart(&mut self) {
        self.forward.restart();
        for velocity in &mut self.velocity {
            velocity.fill(0.0);
        }
    }
}

fn main() -> Result<ExitCode, RegisterError> {
    // Before anything else: the settings are made of the rules.
    register(&HEAVY_BALL)?;
    Ok(implicit_bias_lab::cli::main())
}

#[cfg(test)]
mod tests {
    use implicit_bias_lab::labs::diagonal::dynamics::{Hyper, gd::GD, method, methods};
    use implicit_bias_lab::labs::{self, Lab as _, diagonal};
    use implicit_bias_lab::model::data::sparse::{BetaLaw, SparseGaussian};
    use implicit_bias_lab::recipe::{Recipe, link};

    use super::*;

    fn problem() -> Regression {
        let data = SparseGaussian {
            n: 10,
            d: 20,
            sparsity: 2,
            beta_law: BetaLaw::Ones,
            seed: 1,
        };
        data.generate().expect("n, d and the sparsity fit")
    }

    /// The weights after so many steps of γ, and L at the start of the last one.
    fn train(mut rule: Box<dyn Dynamics>, step_size: f64, steps: usize) -> (Weights, f64) {
        let problem = problem();
        let mut weights = Weights::start(&[0.1; 20], 2);
        let mut ledger = Ledger::new(&problem, &weights.beta());
        let settings = StepSettings {
            step_size,
            label_noise: 0.0,
        };
        for _ in 0..steps {
            let progress = rule.step(&problem, &mut weights, settings, &mut ledger);
            assert_eq!(progress, Progress::Stepped);
        }
        (weights, ledger.last_loss)
    }

    fn heavy_ball(momentum: f64) -> Box<dyn Dynamics> {
        Box::new(HeavyBall::new(&problem(), momentum))
    }

    /// Both compute the same products; the order of rounding within one step differs, by 1e-16 relative, and 50 stable
    /// steps do not make more than 1e-13 of it.
    #[test]
    fn without_momentum_it_is_gradient_descent() {
        let (plain, _) = train((GD.build)(&problem(), &Hyper::default()), 0.05, 50);
        let (ours, _) = train(heavy_ball(0.0), 0.05, 50);
        for (a, b) in plain.w_plus.iter().zip(&*ours.w_plus) {
            assert!((a / b - 1.0).abs() < 1e-13, "{a} {b}");
        }
    }

    /// With momentum μ a small step moves on as gradient descent does with γ/(1 − μ), up to O(γ).
    #[test]
    fn momentum_is_a_longer_step() {
        let relative = |step_size: f64| {
            let steps = (20.0 / step_size) as usize;
            let (plain, _) = train((GD.build)(&problem(), &Hyper::default()), step_size, steps);
            let (ours, _) = train(heavy_ball(0.5), 0.5 * step_size, steps);
            let pairs = plain.w_plus.iter().zip(&*ours.w_plus);
            pairs.map(|(a, b)| (a / b - 1.0).abs()).fold(0.0, f64::max)
        };
        let [coarse, fine] = [2e-3, 1e-3].map(relative);
        assert!(coarse < 0.05, "{coarse}");
        // First order: half the step, half the difference.
        assert!((coarse / fine - 2.0).abs() < 0.2, "{coarse} {fine}");
    }

    #[test]
    fn it_interpolates() {
        let (_, loss) = train(heavy_ball(MOMENTUM), 0.02, 20_000);
        assert!(loss < 1e-20, "{loss}");
    }

    /// One test, since registering is for the whole program.
    #[test]
    fn it_is_a_rule_like_the_others_once_registered() {
        static SAME_LABEL: Method = Method {
            id: "another",
            ..HEAVY_BALL
        };
        static UNFIT: Method = Method {
            id: "Heavy_ball",
            ..HEAVY_BALL
        };
        static LATE: Method = Method {
            id: "late",
            label: "Late",
            ..HEAVY_BALL
        };
        register(&HEAVY_BALL).expect("its name is free");
        assert_eq!(
            register(&HEAVY_BALL),
            Err(RegisterError::Taken { id: "heavy-ball" })
        );
        assert_eq!(
            register(&SAME_LABEL),
            Err(RegisterError::Taken { id: "another" })
        );
        assert_eq!(register(&GD), Err(RegisterError::Taken { id: "gd" }));
        assert_eq!(
            register(&UNFIT),
            Err(RegisterError::Unfit { id: "Heavy_ball" })
        );

        assert_eq!(methods().last().map(|method| method.id), Some("heavy-ball"));
        assert!(method("heavy-ball").is_some());
        assert_eq!(register(&LATE), Err(RegisterError::Late { id: "late" }));

        // A recipe has its setting; a link names it only where it runs, so that the links of everybody else stay short
        // and can be read by a program without the rule.
        let mut recipe = Recipe::new(labs::LABS[0]);
        let without = link::encode(&recipe);
        let runs = |recipe: &Recipe| recipe.knobs.count("heavy_ball_runs");
        assert_eq!(runs(&link::decode(&without).unwrap()), 0);
        recipe.knobs.set_text("heavy_ball_runs", "1").unwrap();
        let with = link::encode(&recipe);
        assert_eq!(runs(&link::decode(&with).unwrap()), 1);
        assert!(with.len() > without.len());

        // It runs beside the others, with all that is recorded of them.
        let mut experiment = diagonal::LAB.experiment(&recipe.knobs, false).unwrap();
        experiment.advance(100);
        let names: Vec<String> = experiment
            .setup()
            .runs
            .iter()
            .map(|run| run.name.clone())
            .collect();
        assert!(names.contains(&"heavy-ball".to_owned()), "{names:?}");
        assert!(experiment.sample().runs.iter().all(Option::is_some));
    }
}
