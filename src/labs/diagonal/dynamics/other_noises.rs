//! Gradient flow with other noises than SGF's: which property of the noise makes the bias?
//!
//! | rule | SDE | what it changes |
//! |---|---|---|
//! | exact covariance | dw± = −∇L dt ± √γ w± ⊙ XᵀσdB | SGD's own covariance instead of its isotropic model |
//! | wrong SDE | dw± = −∇L dt ± 2√(γL/n) w± ⊙ dB, B ∈ Rᵈ | no Xᵀ: the noise leaves span(Xᵀ), and is weaker |
//! | Langevin | dw± = −∇L dt + √(2T) dB±, B± ∈ Rᵈ | neither w± nor L: it never stops |
//!
//! SGD's coefficients c of Xᵀc have the covariance γ²(diag(r²)/n − rrᵀ/n²) per step, which is σσᵀ with
//! σ = diag(r)(I − 11ᵀ/n)/√n; its trace is 4L(1 − 1/n), so SGF's (4L/n)I is the isotropic matrix of
//! (nearly) the same trace. Label noise adds (4δ²/n)I to it. In the wrong SDE L + δ² takes the place of
//! L as in eq. 10; Langevin dynamics has no label noise.
//!
//! The first two take log-Euler sub-steps, d ln w± = ∓z − q with Itô's term q = ½d⟨z⟩ explicit, whatever
//! SGF's scheme is; Langevin's noise does not scale with the weights, which cross 0: Euler–Maruyama.
//!
//! All of them share SGF's Brownian path: the first n components of dB are the numbers that the SGF run
//! of the same index draws at the same sub-step. Further components come from a stream of their own.
//!
//! # What eq. 5 would predict
//!
//! The ledger's [`NoiseShare`] is that of the paper's formula applied to the rule's own ∫L, so that the
//! gauge of predicted against measured α shows which rules follow it: all of it for the first two, whose noise
//! is multiplicative like SGF's, and none for Langevin dynamics, whose noise is not. What really
//! shrinks ln αⱼ is ½γ∫(XᵀCX)ⱼⱼ for the exact covariance, larger than 2γDⱼ∫L on the support of β*, and
//! 2γ∫L/n for the wrong SDE, a factor nDⱼ less: without Xᵀ the variance of every coordinate's noise is
//! smaller by that factor, too.

use super::ledger::{Losses, NoiseShare};
use super::sgf::MAX_LOG_STEP;
use super::substeps::{Integrator, SubStep, SubSteps};
use super::{Dynamics, Forward, Hyper, Method, Progress};
use crate::labs::diagonal::network::Weights;
use crate::model::kernels;
use crate::model::random::{Normals, Stream};
use crate::model::regression::Regression;
use crate::palette::{Ink, Line, Look};

/// SGF with SGD's exact covariance.
pub static EXACT_COVARIANCE: Method = Method {
    id: "sgf-exact",
    label: "Exact cov.",
    about: "SGF with SGD's own noise covariance: dw± = −∇L dt ± √γ w± ⊙ XᵀσdB, σ = diag(r)(I − 11ᵀ/n)/√n. \
            Driven by the Brownian motion of the SGF run of the same number.",
    look: Look {
        ink: Ink::Purple,
        line: Line::Solid,
        width: 1.6,
    },
    max_runs: 40,
    default_runs: "0",
    any_depth: false,
    any_weights: true,
    covered_by_theorem: false,
    build: |problem, hyper| rule(Noise::ExactCovariance, problem, hyper),
};

/// The wrong SDE.
pub static WRONG_SDE: Method = Method {
    id: "wrong-sde",
    label: "Wrong SDE",
    about: "SGF without Xᵀ in its noise: dw± = −∇L dt ± 2√(γL/n) w± ⊙ dB, B in Rᵈ. It leaves span(Xᵀ), \
            so no φ_α describes where it ends.",
    look: Look {
        ink: Ink::Purple,
        line: Line::Dashed,
        width: 1.6,
    },
    max_runs: 40,
    default_runs: "0",
    any_depth: false,
    any_weights: true,
    covered_by_theorem: false,
    build: |problem, hyper| rule(Noise::Unstructured, problem, hyper),
};

/// Langevin dynamics.
pub static LANGEVIN: Method = Method {
    id: "langevin",
    label: "Langevin",
    about: "Langevin dynamics: dw± = −∇L dt + √(2T) dB±. Its noise ignores the loss, so it never converges.",
    look: Look {
        ink: Ink::Weak,
        line: Line::Marked,
        width: 1.4,
    },
    max_runs: 40,
    default_runs: "0",
    any_depth: false,
    any_weights: true,
    covered_by_theorem: false,
    build: |problem, hyper| {
        let noise = Noise::Langevin {
            temperature: hyper.temperature,
        };
        rule(noise, problem, hyper)
    },
};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Noise {
    ExactCovariance,
    Unstructured,
    Langevin { temperature: f64 },
}

fn rule(noise: Noise, problem: &Regression, hyper: &Hyper) -> Box<dyn Dynamics> {
    let integrator = OtherNoise::new(noise, problem, hyper);
    Box::new(SubSteps::new(integrator, hyper))
}

struct OtherNoise {
    noise: Noise,
    forward: Forward,
    /// xᵢⱼ², n × d, for the exact covariance.
    squares: Vec<f64>,
    increment: Vec<f64>,
    /// Itô's term q, length d.
    shrinkage: Vec<f64>,
    scratch: Vec<f64>,
    /// Brownian increments over √dt: at least n, of which [`OtherNoise::width`] are used.
    normals: Vec<f64>,
    width: usize,
    brownian: Normals,
    further: Normals,
}

impl OtherNoise {
    fn new(noise: Noise, problem: &Regression, hyper: &Hyper) -> Self {
        let (n, d) = (problem.n(), problem.d());
        let width = match noise {
            // n for the samples, n for their labels.
            Noise::ExactCovariance => 2 * n,
            Noise::Unstructured => d,
            Noise::Langevin { .. } => 2 * d,
        };
        Self {
            noise,
            forward: Forward::new(problem),
            squares: if noise == Noise::ExactCovariance {
                problem.train.features().iter().map(|x| x * x).collect()
            } else {
                Vec::new()
            },
            increment: vec![0.0; d],
            shrinkage: vec![0.0; d],
            scratch: vec![0.0; n],
            normals: vec![0.0; width.max(n)],
            width,
            brownian: Normals::new(hyper.brownian_seed, Stream::Brownian, hyper.index),
            further: Normals::new(hyper.brownian_seed, Stream::FurtherBrownian, hyper.index),
        }
    }

    fn draw_normals(&mut self, n: usize, delta: f64) {
        let (shared, further) = self.normals.split_at_mut(n);
        self.brownian.fill(shared);
        // Labels without noise draw nothing, as in SGD.
        if self.noise != Noise::ExactCovariance || delta > 0.0 {
            self.further.fill(further);
        }
    }

    /// z = Xᵀ(dt·r/n − √(γdt)(σN + 2δN'/√n)), q = ½γdt diag(XᵀCX), C = diag(r² + 4δ²)/n − rrᵀ/n².
    fn exact_covariance(&mut self, problem: &Regression, gamma: f64, delta: f64, dt: f64) {
        let x = problem.train.features();
        let n = problem.n() as f64;
        let residual = &mut self.forward.residual;
        let (samples, labels) = self.normals.split_at(residual.len());

        kernels::transposed_matrix_vector(x, residual, &mut self.increment);
        for (square, r) in self.scratch.iter_mut().zip(&*residual) {
            *square = r * r + 4.0 * delta * delta;
        }
        kernels::transposed_matrix_vector(&self.squares, &self.scratch, &mut self.shrinkage);
        for (q, gradient) in self.shrinkage.iter_mut().zip(&self.increment) {
            let mean = gradient / n;
            *q = 0.5 * gamma * dt * (*q / n - mean * mean);
        }

        let mean = samples.iter().sum::<f64>() / n;
        let diffusion = (gamma * dt / n).sqrt();
        for ((r, sample), label) in residual.iter_mut().zip(samples).zip(labels) {
            *r = dt / n * *r - diffusion * (*r * (sample - mean) + 2.0 * delta * label);
        }
        kernels::transposed_matrix_vector(x, residual, &mut self.increment);
    }

    /// z = dt·Xᵀr/n − 2√(γL̃dt/n)N, q = 2γL̃dt/n.
    fn unstructured(&mut self, problem: &Regression, strength: f64, dt: f64) {
        let n = problem.n() as f64;
        self.gradient(problem, dt / n);
        let diffusion = 2.0 * (strength * dt / n).sqrt();
        for (z, normal) in self.increment.iter_mut().zip(&self.normals) {
            *z -= diffusion * normal;
        }
        self.shrinkage.fill(2.0 * strength * dt / n);
    }

    /// w± ← w± ∓ dt·w± ⊙ Xᵀr/n + √(2T dt) N±.
    fn langevin(&mut self, problem: &Regression, weights: &mut Weights, temperature: f64, dt: f64) {
        self.gradient(problem, dt / problem.n() as f64);
        kernels::multiplicative_step(
            &mut weights.w_plus,
            &mut weights.w_minus,
            1.0,
            &self.increment,
        );
        let diffusion = (2.0 * temperature * dt).sqrt();
        let both = weights.w_plus.iter_mut().chain(&mut weights.w_minus);
        for (w, normal) in both.zip(&self.normals) {
            *w += diffusion * normal;
        }
    }

    /// scale·Xᵀr, written to `increment`.
    fn gradient(&mut self, problem: &Regression, scale: f64) {
        for r in &mut self.forward.residual {
            *r *= scale;
        }
        kernels::transposed_matrix_vector(
            problem.train.features(),
            &self.forward.residual,
            &mut self.increment,
        );
    }
}

impl Integrator for OtherNoise {
    fn prepare(&mut self, problem: &Regression, weights: &Weights, label_noise: f64) -> Losses {
        self.draw_normals(problem.n(), label_noise);
        self.forward.compute(problem, weights)
    }

    fn normals(&self) -> &[f64] {
        &self.normals[..self.width]
    }

    fn noise(&self, label_noise: f64) -> (f64, NoiseShare) {
        match self.noise {
            // Its noise has a strength of its own: neither label noise nor eq. 10 applies.
            Noise::Langevin { .. } => (0.0, NoiseShare::NONE),
            Noise::ExactCovariance | Noise::Unstructured => (label_noise, NoiseShare::FULL),
        }
    }

    fn advance(
        &mut self,
        problem: &Regression,
        weights: &mut Weights,
        substep: &SubStep,
    ) -> Progress {
        let (gamma, delta, dt) = (substep.step_size, substep.label_noise, substep.dt);
        match self.noise {
            Noise::ExactCovariance => self.exact_covariance(problem, gamma, delta, dt),
            Noise::Unstructured => {
                let noisy_loss = substep.loss + delta * delta;
                self.unstructured(problem, gamma * noisy_loss, dt);
            }
            Noise::Langevin { temperature } => {
                self.langevin(problem, weights, temperature, dt);
                return Progress::Stepped;
            }
        }
        if kernels::max_abs(&self.increment) > MAX_LOG_STEP
            || kernels::max_abs(&self.shrinkage) > MAX_LOG_STEP
        {
            return Progress::Diverged;
        }
        kernels::exponential_step(
            &mut weights.w_plus,
            &mut weights.w_minus,
            &self.increment,
            1.0,
            &self.shrinkage,
        );
        Progress::Stepped
    }

    fn restart(&mut self) {
        self.forward.restart();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::diagonal::dynamics::sgf::SGF;
    use crate::labs::diagonal::dynamics::testing::{HYPER, one_step, problem, weights};
    use crate::labs::diagonal::dynamics::{StepSettings, TapeData};

    fn brownian(rule: &mut dyn Dynamics) -> Vec<f64> {
        match &rule.tapes()[0].data {
            TapeData::Reals(normals) => normals.clone(),
            TapeData::Integers(_) => panic!("normals are real"),
        }
    }

    fn residual(problem: &Regression, w: &Weights) -> Vec<f64> {
        let mut r = vec![0.0; problem.n()];
        problem.train.residual(&w.beta(), &mut r);
        r
    }

    /// What happens to a coordinate in one sub-step, from w± to w±.
    type Move = dyn Fn(&Weights, &[f64], &[f64], usize) -> (f64, f64);

    /// Replays three sub-steps of a rule from its tape; 1e-13 relative per step.
    fn check(method: &Method, delta: f64, width: usize, moved: &Move) {
        let problem = problem();
        let start = weights(problem.d(), 2);
        let settings = StepSettings {
            step_size: GAMMA,
            label_noise: delta,
        };
        let hyper = Hyper {
            substeps: 3,
            ..HYPER
        };
        let (after, mut rule) = one_step(method, &hyper, settings, &start);
        let normals = brownian(&mut *rule);
        assert_eq!(normals.len(), 3 * width);
        let mut w = start;
        for normals in normals.chunks_exact(width) {
            let r = residual(&problem, &w);
            let pairs = (0..problem.d()).map(|j| moved(&w, &r, normals, j));
            let (w_plus, w_minus): (Vec<f64>, Vec<f64>) = pairs.unzip();
            w = Weights {
                w_plus: w_plus.into(),
                w_minus: w_minus.into(),
                depth: 2,
            };
        }
        for j in 0..problem.d() {
            for (ours, theirs) in [
                (after.w_plus[j], w.w_plus[j]),
                (after.w_minus[j], w.w_minus[j]),
            ] {
                assert!((ours / theirs - 1.0).abs() < 1e-13, "{}", method.id);
            }
        }
    }

    const GAMMA: f64 = 0.05;
    const DT: f64 = GAMMA / 3.0;

    /// The matrix C by enumeration of what SGD does in one step of length γ: c = (rᵢ ± 2δ)eᵢ, every
    /// sample and sign equally likely.
    fn covariance(r: &[f64], delta: f64) -> Vec<Vec<f64>> {
        let n = r.len();
        let mut second = vec![vec![0.0; n]; n];
        let mut mean = vec![0.0; n];
        for i in 0..n {
            for sign in [-1.0, 1.0] {
                let c = r[i] + sign * 2.0 * delta;
                second[i][i] += c * c / (2 * n) as f64;
                mean[i] += c / (2 * n) as f64;
            }
        }
        for i in 0..n {
            for k in 0..n {
                second[i][k] -= mean[i] * mean[k];
            }
        }
        second
    }

    /// The documented σ has σσᵀ = C, and C the trace that SGF's (4L/n)I has up to 1 − 1/n.
    #[test]
    fn the_covariance_is_that_of_sgd() {
        let r = [0.3, -1.2, 0.7, 0.05, 2.0];
        let n = r.len();
        let exact = covariance(&r, 0.0);
        let sigma = |i: usize, k: usize| {
            r[i] * (f64::from(u8::from(i == k)) - 1.0 / n as f64) / (n as f64).sqrt()
        };
        for (i, row) in exact.iter().enumerate() {
            for (k, exact) in row.iter().enumerate() {
                let product: f64 = (0..n).map(|l| sigma(i, l) * sigma(k, l)).sum();
                assert!((product - exact).abs() < 1e-15);
            }
        }
        let loss = r.iter().map(|r| r * r).sum::<f64>() / (4 * n) as f64;
        let trace: f64 = (0..n).map(|i| exact[i][i]).sum();
        assert!((trace - 4.0 * loss * (1.0 - 1.0 / n as f64)).abs() < 1e-14);
    }

    #[test]
    fn the_exact_covariance_steps_as_stated() {
        let problem = problem();
        let n = problem.n();
        for delta in [0.0, 0.2] {
            let x = problem.train.x.clone();
            check(&EXACT_COVARIANCE, delta, 2 * n, &move |w, r, normals, j| {
                let covariance = covariance(r, delta);
                let mean = normals[..n].iter().sum::<f64>() / n as f64;
                let (mut z, mut square) = (0.0, 0.0);
                for i in 0..n {
                    let noise = r[i] * (normals[i] - mean) + 2.0 * delta * normals[n + i];
                    z +=
                        x[[i, j]] * (DT * r[i] / n as f64 - (GAMMA * DT / n as f64).sqrt() * noise);
                    for k in 0..n {
                        square += x[[i, j]] * covariance[i][k] * x[[k, j]];
                    }
                }
                let q = 0.5 * GAMMA * DT * square;
                (w.w_plus[j] * (-z - q).exp(), w.w_minus[j] * (z - q).exp())
            });
        }
    }

    #[test]
    fn the_wrong_sde_steps_as_stated() {
        let problem = problem();
        let (n, x) = (problem.n() as f64, problem.train.x.clone());
        check(&WRONG_SDE, 0.2, 11, &move |w, r, normals, j| {
            let noisy = r.iter().map(|r| r * r).sum::<f64>() / (4.0 * n) + 0.04;
            let gradient: f64 = r.iter().enumerate().map(|(i, r)| x[[i, j]] * r / n).sum();
            let z = DT * gradient - 2.0 * (GAMMA * noisy / n * DT).sqrt() * normals[j];
            let q = 2.0 * GAMMA * noisy / n * DT;
            (w.w_plus[j] * (-z - q).exp(), w.w_minus[j] * (z - q).exp())
        });
    }

    #[test]
    fn langevin_steps_as_stated() {
        let problem = problem();
        let (n, x) = (problem.n() as f64, problem.train.x.clone());
        check(&LANGEVIN, 0.2, 22, &move |w, r, normals, j| {
            let gradient: f64 = r.iter().enumerate().map(|(i, r)| x[[i, j]] * r / n).sum();
            let noise = (2.0 * HYPER.temperature * DT).sqrt();
            (
                w.w_plus[j] * (1.0 - DT * gradient) + noise * normals[j],
                w.w_minus[j] * (1.0 + DT * gradient) + noise * normals[11 + j],
            )
        });
    }

    /// One Brownian path for all: the first n numbers of every sub-step are SGF's.
    #[test]
    fn all_noises_share_the_path_of_stochastic_gradient_flow() {
        let problem = problem();
        let n = problem.n();
        let start = weights(problem.d(), 2);
        let settings = StepSettings {
            step_size: GAMMA,
            label_noise: 0.0,
        };
        let (_, mut sgf) = one_step(&SGF, &HYPER, settings, &start);
        let path = brownian(&mut *sgf);
        for (method, width) in [
            (&EXACT_COVARIANCE, 2 * n),
            (&WRONG_SDE, 11),
            (&LANGEVIN, 22),
        ] {
            let (_, mut rule) = one_step(method, &HYPER, settings, &start);
            let normals = brownian(&mut *rule);
            for (theirs, ours) in path.chunks_exact(n).zip(normals.chunks_exact(width)) {
                assert_eq!(theirs, &ours[..n], "{}", method.id);
            }
        }
    }
}
