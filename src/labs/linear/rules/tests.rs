//! Single steps of every algorithm against plain formulas.

use super::*;
use crate::labs::linear::theory::span::{Span, norm};
use crate::model::kernels::dot;

const STEP: Step = Step {
    step_size: 0.1,
    weight_decay: 0.0,
    label_noise: 0.3,
    temperature: 1e-2,
    number: 0,
};

fn problem(loss: Loss) -> Problem {
    Problem {
        x: vec![0.9, -0.8, 0.8, 0.2, 0.9, -0.2],
        y: vec![1.0, 0.8],
        d: 3,
        loss,
    }
}

fn hyper(loss: Loss, potential: Potential) -> Hyper {
    Hyper {
        loss,
        d: 3,
        potential,
        momentum: 0.8,
        sign_step: 0.01,
        adam_step: 0.02,
        preconditioner: vec![1.0, 0.2, 0.05],
        batch: 1,
        seed: 7,
        index: 0,
        record: true,
    }
}

fn method(id: &str) -> &'static Method {
    METHODS.iter().find(|method| method.id == id).unwrap()
}

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

const START: [f64; 3] = [0.4, 0.3, 0.7];

/// The move of one step.
fn move_of(id: &str, loss: Loss, potential: &Potential, index: usize) -> Vec<f64> {
    let hyper = Hyper {
        index,
        ..hyper(loss, potential.clone())
    };
    let mut rule = (method(id).build)(&hyper, &START);
    let mut w = START;
    rule.step(&problem(loss), &mut w, &STEP);
    difference(&w, &START)
}

fn gradient(loss: Loss) -> Vec<f64> {
    let mut gradient = vec![0.0; 3];
    problem(loss).loss_and_gradient(&START, &mut [0.0; 2], &mut gradient);
    gradient
}

fn assert_near(found: &[f64], expected: &[f64], what: &str) {
    for (a, b) in found.iter().zip(expected) {
        assert!(
            (a - b).abs() < 1e-14,
            "{what}: {found:?}, expected {expected:?}"
        );
    }
}

#[test]
fn methods_have_names_and_looks_of_their_own() {
    for (at, method) in METHODS.iter().enumerate() {
        for other in &METHODS[..at] {
            assert!(other.id != method.id && other.label != method.label);
            assert!(other.look != method.look, "{} {}", other.id, method.id);
        }
    }
}

#[test]
fn full_steps_are_what_their_formulas_say() {
    for loss in [Loss::Square, Loss::Logistic] {
        let g = gradient(loss);
        let euclidean = Potential::Euclidean;
        let value = problem(loss).loss_at(&START);
        let scaled =
            |by: [f64; 3]| -> Vec<f64> { g.iter().zip(by).map(|(g, by)| by * g).collect() };
        let steepest = (0..3)
            .max_by(|a, b| g[*a].abs().total_cmp(&g[*b].abs()))
            .unwrap();
        let over = if loss == Loss::Logistic { value } else { 1.0 };
        let coordinate = std::array::from_fn(|j| if j == steepest { -0.1 / over } else { 0.0 });
        for (id, expected) in [
            ("gd", scaled([-0.1; 3])),
            ("heavy-ball", scaled([-0.1; 3])),
            ("nesterov", scaled([-0.1; 3])),
            ("preconditioned", scaled([-0.1, -0.02, -0.005])),
            ("coordinate", scaled(coordinate)),
            ("mirror", scaled([-0.1; 3])),
        ] {
            assert_near(&move_of(id, loss, &euclidean, 0), &expected, id);
        }
        let signs: Vec<f64> = g.iter().map(|g| -0.01 * g.signum()).collect();
        assert_near(&move_of("sign", loss, &euclidean, 0), &signs, "sign");
    }
    let g = gradient(Loss::Logistic);
    let value = problem(Loss::Logistic).loss_at(&START);
    let normalised: Vec<f64> = g.iter().map(|g| -0.1 * g / value).collect();
    let found = move_of("normalised", Loss::Logistic, &Potential::Euclidean, 0);
    assert_near(&found, &normalised, "normalised");
}

/// Of two samples, each drawn about half of the time: the mean over both is GD's step, and the label noise cancels.
#[test]
fn stochastic_steps_are_gds_on_average() {
    let problem = problem(Loss::Square);
    for id in ["sgd", "stochastic-mirror"] {
        let mut by_row = [None, None];
        for index in 0..40 {
            let hyper = Hyper {
                index,
                ..hyper(Loss::Square, Potential::Euclidean)
            };
            let mut rule = (method(id).build)(&hyper, &START);
            let mut w = START;
            rule.step(&problem, &mut w, &STEP);
            let crate::sim::tape::TapeData::Integers(rows) = &rule.tapes()[0].data else {
                panic!("rows are whole numbers");
            };
            by_row[rows[0] as usize] = Some(difference(&w, &START));
        }
        let [Some(a), Some(b)] = by_row else {
            panic!("both rows are drawn in 40 draws");
        };
        let mean: Vec<f64> = a.iter().zip(b).map(|(a, b)| 0.5 * (a + b)).collect();
        let expected: Vec<f64> = gradient(Loss::Square).iter().map(|g| -0.1 * g).collect();
        assert_near(&mean, &expected, id);
    }
    // Every label is y + δ or y − δ: the step differs from SGD's by γδ times the row.
    for index in 0..10 {
        let plain = move_of("sgd", Loss::Square, &Potential::Euclidean, index);
        let noisy = move_of("label-noise", Loss::Square, &Potential::Euclidean, index);
        let gap = difference(&noisy, &plain);
        let row = [0, 1].map(|i| problem.row(i)).into_iter().find(|row| {
            let share = dot(&gap, row) / dot(row, row);
            let rest: Vec<f64> = gap.iter().zip(*row).map(|(g, x)| g - share * x).collect();
            norm(&rest) < 1e-14
        });
        let row = row.expect("along a row");
        assert!((norm(&gap) - 0.1 * 0.3 * norm(row)).abs() < 1e-14);
    }
}

#[test]
fn kaczmarz_fits_the_row_that_it_has_drawn() {
    let problem = problem(Loss::Square);
    let mut rule = (method("kaczmarz").build)(&hyper(Loss::Square, Potential::Euclidean), &START);
    let mut w = START;
    rule.step(&problem, &mut w, &STEP);
    let fits = |i: usize| (dot(problem.row(i), &w) - problem.y[i]).abs() < 1e-15;
    assert!(fits(0) || fits(1));
    assert!(norm(&Span::new(&problem.x, 3, &problem.y).outside(&difference(&w, &START))) < 1e-15);
}

/// Langevin's noise has variance 2γT in every direction: over 4000 runs its mean square is within 10 % (4.5 standard
/// deviations of a mean of 4000 squares).
#[test]
fn heat_is_isotropic() {
    let gd = move_of("gd", Loss::Square, &Potential::Euclidean, 0);
    let mut squares = [0.0; 3];
    let mut random = (method("langevin").build)(&hyper(Loss::Square, Potential::Euclidean), &START);
    for _ in 0..4000 {
        let mut w = START;
        random.step(&problem(Loss::Square), &mut w, &STEP);
        for (square, (moved, gd)) in squares
            .iter_mut()
            .zip(difference(&w, &START).iter().zip(&gd))
        {
            *square += (moved - gd).powi(2) / 4000.0;
        }
    }
    for square in squares {
        assert!((square / (2.0 * 0.1 * 1e-2) - 1.0).abs() < 0.1, "{square}");
    }
}

/// No step of mirror descent raises the loss, however large γ is and whatever Ψ, from 0 and from elsewhere; and its
/// dual never leaves the span.
#[test]
fn mirror_descent_never_overshoots() {
    let others = [Potential::Hypentropy(0.05), Potential::Entropy];
    let powers = [1.1, 1.2, 2.0, 3.0, 6.0].map(Potential::Power);
    for loss in [Loss::Square, Loss::Logistic] {
        let problem = problem(loss);
        let span = Span::new(&problem.x, 3, &problem.y);
        for potential in powers.iter().chain(&others) {
            for start in [[0.0; 3], START] {
                if !potential.contains(&start) {
                    continue;
                }
                let step = Step {
                    step_size: 50.0,
                    ..STEP
                };
                let mut rule = (method("mirror").build)(&hyper(loss, potential.clone()), &start);
                let mut w = start;
                let mut before = problem.loss_at(&w);
                for k in 0..300 {
                    rule.step(&problem, &mut w, &step);
                    let after = problem.loss_at(&w);
                    let allowed = before * (1.0 + 1e-9) + 1e-25;
                    assert!(
                        after <= allowed,
                        "{potential:?}, {loss:?}, step {k}: {before:e} {after:e}"
                    );
                    before = after;
                }
                let moved = difference(&potential.dual(&w), &potential.dual(&start));
                let off = norm(&span.outside(&moved));
                assert!(
                    off <= 1e-9 * (1.0 + norm(&moved)),
                    "{potential:?}, {loss:?}: {off:e}"
                );
            }
        }
    }
}

/// A rule that goes on with another training set starts like a fresh one, but for its random numbers.
#[test]
fn a_restart_forgets_velocities_and_duals() {
    let problem = problem(Loss::Square);
    for id in ["heavy-ball", "nesterov", "adam", "mirror", "gd"] {
        let hyper = hyper(Loss::Square, Potential::Power(1.5));
        let mut rule = (method(id).build)(&hyper, &START);
        let mut w = START;
        for _ in 0..20 {
            rule.step(&problem, &mut w, &STEP);
        }
        rule.restart(&w);
        let mut fresh = (method(id).build)(&hyper, &w);
        let mut other = w;
        for _ in 0..5 {
            rule.step(&problem, &mut w, &STEP);
            fresh.step(&problem, &mut other, &STEP);
        }
        assert_eq!(w, other, "{id}");
    }
}
