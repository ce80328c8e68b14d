//! Kaczmarz's method: w moves to the nearest point that fits one row, drawn at random.

use super::sampler::Sampler;
use super::{Hyper, Rule, Step};
use crate::labs::linear::problem::Problem;
use crate::model::kernels;
use crate::sim::tape::Tape;

struct Kaczmarz {
    sampler: Sampler,
}

pub(super) fn build(hyper: &Hyper, _w: &[f64]) -> Box<dyn Rule> {
    Box::new(Kaczmarz {
        sampler: Sampler::new(hyper.seed, hyper.index, 1, hyper.record),
    })
}

impl Rule for Kaczmarz {
    /// w ← w + (yᵢ − ⟨xᵢ, w⟩) xᵢ/‖xᵢ‖²; weight decay is a step of its own.
    fn step(&mut self, problem: &Problem, w: &mut [f64], step: &Step) -> f64 {
        let i = self.sampler.draw(problem.n())[0];
        let row = problem.row(i);
        let residual = kernels::dot(row, w) - problem.y[i];
        let square = kernels::dot(row, row);
        if square > 0.0 {
            let length = residual / square;
            w.iter_mut().zip(row).for_each(|(w, x)| *w -= length * x);
        }
        if step.weight_decay > 0.0 {
            let shrink = 1.0 - step.step_size * step.weight_decay;
            for w in w {
                *w *= shrink;
            }
        }
        0.5 * residual * residual
    }

    fn restart(&mut self, _w: &[f64]) {}

    fn gradients(&self, _n: usize) -> usize {
        1
    }

    fn tapes(&mut self) -> &mut [Tape] {
        &mut self.sampler.tapes
    }
}
