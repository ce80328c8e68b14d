//! The constants of an experiment, for cards, captions and exports.

use super::Start;
use crate::labs::diagonal::Prepared;
use crate::labs::diagonal::dynamics::methods;
use crate::labs::diagonal::dynamics::sgd::{SGD, auto_loss_every};
use crate::labs::diagonal::settings::{DataSource, Settings};
use crate::model::regression::{Regression, Validation};
use crate::sim::experiment::Facts;

/// What does not change while the experiment runs.
pub(super) fn facts(prepared: &Prepared, settings: &Settings, start: &Start) -> Facts {
    let (limits, step_size) = (&start.limits, start.step_size);
    let problem = &prepared.problem;
    let mut facts = Facts {
        remarks: prepared.remarks.clone(),
        data_checksum: prepared.checksum,
        ..Facts::default()
    };
    facts.scalars.insert("n", problem.n() as f64);
    facts.scalars.insert("d", problem.d() as f64);
    facts.scalars.insert("depth", f64::from(settings.depth));
    facts.scalars.insert("gamma", step_size);
    facts.scalars.insert("gamma_auto", limits.gamma_auto());
    facts
        .scalars
        .insert("gamma_recommended", limits.gamma_recommended());
    facts.scalars.insert("gamma_gd", 2.0 / limits.lambda_max);
    facts.scalars.insert("trace_h", limits.trace);
    facts.scalars.insert("lambda_max_h", limits.lambda_max);
    facts.scalars.insert("two_over_gamma", 2.0 / step_size);
    low_dimensional_facts(&mut facts, problem);
    if let DataSource::Fourier(fourier, _) = &settings.source {
        facts.vectors.insert("fourier_points", fourier.points());
        facts.vectors.insert("labels", problem.train.y.clone());
        facts
            .scalars
            .insert("fourier_weighted", f64::from(u8::from(fourier.weighted)));
    }
    loss_facts(&mut facts, problem, settings);
    facts
        .scalars
        .insert("sgf_substeps", settings.substeps as f64);
    facts.vectors.insert("alpha", settings.alpha.clone());
    if let Some(tilt) = start.initialisation.tilt() {
        facts.vectors.insert("start_tilt", tilt.to_vec());
    }
    facts
        .vectors
        .insert("column_mean_square", problem.column_mean_square.to_vec());
    validation_facts(&mut facts, problem);
    facts
}

/// How often SGD computes the loss, and what follows where that is not at every step.
fn loss_facts(facts: &mut Facts, problem: &Regression, settings: &Settings) {
    let every = settings.loss_every.unwrap_or(1);
    facts.scalars.insert("loss_every", every as f64);
    if every == 1 {
        return;
    }
    let runs = methods().iter().zip(&settings.runs);
    let mut running = runs.filter(|(_, runs)| **runs > 0);
    let has_sgd = running.any(|(method, _)| method.id == SGD.id);
    let steps = settings.steps;
    let estimated = "∫L and α predicted are estimated, with a standard error.";
    if has_sgd && every < steps {
        facts.remarks.push(format!(
            "SGD computes L once in {every} steps (`loss_every`); in between {estimated}"
        ));
    } else if has_sgd && steps > 1 {
        facts.remarks.push(format!(
            "SGD computes L at the first of the {steps} steps alone, `loss_every` being {every}; {estimated}"
        ));
    } else if every != auto_loss_every(problem.n(), problem.d()) {
        facts.remarks.push(
            "`loss_every` has no effect: it is for SGD, of which there is no run.".to_owned(),
        );
    }
}

/// β* and its norms, or what the validation loss is instead.
fn validation_facts(facts: &mut Facts, problem: &Regression) {
    match &problem.validation {
        Validation::Truth(beta_star) => {
            facts
                .scalars
                .insert("beta_star_norm_l1", beta_star.iter().map(|b| b.abs()).sum());
            facts.scalars.insert(
                "beta_star_norm_l2",
                beta_star.iter().map(|b| b * b).sum::<f64>().sqrt(),
            );
            facts.vectors.insert("beta_star", beta_star.to_vec());
        }
        Validation::HoldOut(rows) => {
            let held_out = rows.y.len();
            facts.remarks.push(format!(
                "Validation: mean squared error on {held_out} held-out rows."
            ));
        }
        Validation::Unavailable => {
            facts.remarks.push(
                "No validation loss: the data have no known β* and no row is held out.".to_owned(),
            );
        }
    }
}

/// For two or three coefficients and one fewer samples: the data themselves, and the line of
/// interpolators by a point and a direction.
fn low_dimensional_facts(facts: &mut Facts, problem: &Regression) {
    let (x, y) = (problem.train.features(), &problem.train.y);
    let (direction, point) = match (x, &y[..]) {
        (&[a, b], &[y]) => {
            let size = a * a + b * b;
            (vec![-b, a], vec![a * y / size, b * y / size])
        }
        (&[a1, a2, a3, b1, b2, b3], &[y1, y2]) => {
            let cross = [a2 * b3 - a3 * b2, a3 * b1 - a1 * b3, a1 * b2 - a2 * b1];
            let (aa, ab, bb) = (
                a1 * a1 + a2 * a2 + a3 * a3,
                a1 * b1 + a2 * b2 + a3 * b3,
                b1 * b1 + b2 * b2 + b3 * b3,
            );
            let determinant = aa * bb - ab * ab;
            let (s, t) = (
                (bb * y1 - ab * y2) / determinant,
                (aa * y2 - ab * y1) / determinant,
            );
            let point = [(a1, b1), (a2, b2), (a3, b3)].map(|(a, b)| s * a + t * b);
            (cross.to_vec(), point.to_vec())
        }
        _ => return,
    };
    let length = direction.iter().map(|part| part * part).sum::<f64>().sqrt();
    if length.is_nan() || length <= 0.0 || point.iter().any(|part| !part.is_finite()) {
        return;
    }
    let direction = direction.iter().map(|part| part / length).collect();
    facts.vectors.insert("line_direction", direction);
    facts.vectors.insert("line_point", point);
    facts.vectors.insert("features", x.to_vec());
    facts.vectors.insert("labels", y.clone());
}
