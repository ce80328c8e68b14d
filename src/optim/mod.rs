//! Rules that turn gradients into steps, for parameters that are one flat vector.
//!
//! The diagonal network has kernels of its own; this is for the labs whose steps cost little beside their
//! gradients. An [`Objective`] draws its own batches, adds its own weight decay and noise; a [`Rule`] knows
//! only the gradient that it is given. All of them take the step size with every step, so that it may change
//! while they run.

#[cfg(test)]
mod tests;

use num_traits::Float;

use crate::model::kernels::vectorised;

/// What is minimised.
pub trait Objective<N> {
    /// Writes the gradient at `parameters`, exact or of a batch, over `gradient` and returns the loss
    /// that it belongs to.
    fn loss_and_gradient(&mut self, parameters: &[N], gradient: &mut [N]) -> N;
}

/// How a step follows from gradients g; γ is the step size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule<N> {
    /// w ← w − γg.
    GradientDescent,
    /// v ← μv − γg(w), w ← w + v; v starts at zero (Polyak).
    HeavyBall {
        /// μ.
        momentum: N,
    },
    /// v ← μv − γg(w + μv), w ← w + v; v starts at zero.
    Nesterov {
        /// μ.
        momentum: N,
    },
    /// w ← w − γm̂/(√v̂ + ε) with the means m̂ of g and v̂ of g² corrected for their start at zero (Kingma and
    /// Ba 2015, algorithm 1).
    Adam {
        /// β₁, the decay of m.
        mean_decay: N,
        /// β₂, the decay of v.
        square_decay: N,
        /// ε.
        offset: N,
    },
    /// w ← w − γ sign g: steepest descent in the ℓ∞ norm but for the length of the step.
    Sign,
    /// wⱼ ← wⱼ − γgⱼ for the first j of the largest |gⱼ| alone: steepest descent in the ℓ₁ norm.
    Coordinate,
}

impl<N: Float> Rule<N> {
    /// Adam with the constants of its authors: β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸.
    ///
    /// # Panics
    /// If `N` cannot hold these numbers, which every floating-point type can.
    pub fn adam() -> Self {
        let number = |value: f64| N::from(value).expect("a floating-point type holds it");
        Self::Adam {
            mean_decay: number(0.9),
            square_decay: number(0.999),
            offset: number(1e-8),
        }
    }
}

/// A rule with what it remembers from step to step.
#[derive(Clone, Debug)]
pub struct Optimiser<N> {
    rule: Rule<N>,
    /// The velocity, or Adam's m.
    first: Vec<N>,
    /// Adam's v, or where Nesterov takes its gradient.
    second: Vec<N>,
    gradient: Vec<N>,
    /// β₁ᵏ and β₂ᵏ.
    powers: [N; 2],
}

impl<N: Float> Optimiser<N> {
    /// For `dimension` parameters.
    pub fn new(rule: Rule<N>, dimension: usize) -> Self {
        let zeros = || vec![N::zero(); dimension];
        Self {
            rule,
            first: zeros(),
            second: zeros(),
            gradient: zeros(),
            powers: [N::one(); 2],
        }
    }

    /// The rule.
    pub fn rule(&self) -> Rule<N> {
        self.rule
    }

    /// Goes on by another rule. What the old one remembered is forgotten unless both are of one kind.
    pub fn set_rule(&mut self, rule: Rule<N>) {
        if std::mem::discriminant(&rule) != std::mem::discriminant(&self.rule) {
            self.restart();
        }
        self.rule = rule;
    }

    /// Forgets the steps taken so far: no velocity, no means.
    pub fn restart(&mut self) {
        self.first.fill(N::zero());
        self.second.fill(N::zero());
        self.powers = [N::one(); 2];
    }

    /// The gradient that the last step used.
    pub fn gradient(&self) -> &[N] {
        &self.gradient
    }

    /// Takes a step and returns the loss where its gradient was taken.
    ///
    /// # Panics
    /// If `parameters` has not the dimension given to [`Self::new`].
    pub fn step(
        &mut self,
        objective: &mut impl Objective<N>,
        parameters: &mut [N],
        step_size: N,
    ) -> N {
        assert_eq!(parameters.len(), self.gradient.len(), "another dimension");
        let loss = if let Rule::Nesterov { momentum } = self.rule {
            for ((ahead, w), v) in self.second.iter_mut().zip(&*parameters).zip(&self.first) {
                *ahead = *w + momentum * *v;
            }
            objective.loss_and_gradient(&self.second, &mut self.gradient)
        } else {
            objective.loss_and_gradient(parameters, &mut self.gradient)
        };
        vectorised(
            #[inline(always)]
            || self.apply(parameters, step_size),
        );
        loss
    }

    #[inline(always)]
    fn apply(&mut self, parameters: &mut [N], step_size: N) {
        let moves = parameters.iter_mut().zip(&self.gradient);
        match self.rule {
            Rule::GradientDescent => moves.for_each(|(w, g)| *w = *w - step_size * *g),
            Rule::HeavyBall { momentum } | Rule::Nesterov { momentum } => {
                for ((w, g), v) in moves.zip(&mut self.first) {
                    *v = momentum * *v - step_size * *g;
                    *w = *w + *v;
                }
            }
            Rule::Adam {
                mean_decay,
                square_decay,
                offset,
            } => {
                let [mean_power, square_power] = &mut self.powers;
                *mean_power = *mean_power * mean_decay;
                *square_power = *square_power * square_decay;
                let length = step_size / (N::one() - *mean_power);
                let correction = (N::one() - *square_power).sqrt().recip();
                let means = self.first.iter_mut().zip(&mut self.second);
                for ((w, g), (mean, square)) in moves.zip(means) {
                    *mean = mean_decay * *mean + (N::one() - mean_decay) * *g;
                    *square = square_decay * *square + (N::one() - square_decay) * *g * *g;
                    *w = *w - length * *mean / (square.sqrt() * correction + offset);
                }
            }
            Rule::Sign => moves
                .filter(|(_, g)| !g.is_zero())
                .for_each(|(w, g)| *w = *w - step_size * g.signum()),
            Rule::Coordinate => {
                let mut steepest: Option<(&mut N, N)> = None;
                for (w, g) in moves {
                    if steepest
                        .as_ref()
                        .is_none_or(|(_, most)| g.abs() > most.abs())
                    {
                        steepest = Some((w, *g));
                    }
                }
                if let Some((w, g)) = steepest {
                    *w = *w - step_size * g;
                }
            }
        }
    }
}
