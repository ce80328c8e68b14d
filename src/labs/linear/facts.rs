//! The constants of an experiment, for pictures, captions and exports.

use super::answers::Margins;
use super::data::Data;
use super::experiment::Phase;
use super::geometry;
use super::problem::Loss;
use super::settings::{Labels, Settings};
use super::theory::span::Span;
use crate::sim::experiment::Facts;

/// What does not change while the experiment runs.
pub(super) fn facts(
    data: &Data,
    settings: &Settings,
    phase: &Phase,
    margins: &Margins,
    start: &[f64],
) -> Facts {
    let mut facts = Facts {
        remarks: data.remarks.clone(),
        data_checksum: data.checksum,
        ..Facts::default()
    };
    let logistic = settings.loss == Loss::Logistic;
    for (name, value) in [
        ("n", data.n() as f64),
        ("d", data.d as f64),
        ("rank", phase.span.rank() as f64),
        (
            "gamma",
            settings.step_size.unwrap_or_else(|| phase.recommended()),
        ),
        ("gamma_recommended", phase.recommended()),
        ("gamma_edge", phase.edge),
        ("is_logistic", f64::from(u8::from(logistic))),
    ] {
        facts.scalars.insert(name, value);
    }
    if let Some(truth) = data.truth.as_ref().filter(|_| !logistic) {
        facts.vectors.insert("w_star", truth.clone());
        // Where training on the data themselves ends that never leaves the span: nothing before it, nothing after.
        let end = Span::new(&data.x, data.d, &data.y).nearest_solution(start);
        let gaps = end
            .iter()
            .zip(truth)
            .map(|(end, truth)| (end - truth).powi(2));
        facts.scalars.insert("fresh_merit", gaps.sum());
    }
    if logistic {
        add_margins(&mut facts, data, margins);
    } else {
        geometry::add(&mut facts, data, settings, &phase.span);
        facts.remarks.extend(remarks(data, settings, phase));
    }
    facts
}

/// What there is to say of the solutions of the square loss.
fn remarks(data: &Data, settings: &Settings, phase: &Phase) -> Vec<String> {
    let mut remarks = Vec::new();
    let rank = phase.span.rank();
    if !phase.span.interpolates() {
        remarks.push(
            "No w fits these labels exactly: the loss stays above 0, the theory is that of least squares, and \
             stochastic methods do not settle."
                .to_owned(),
        );
    }
    if rank == data.d {
        remarks.push(format!(
            "X has rank {rank} = d: there is one solution, and no method has a choice."
        ));
    } else if rank < data.n() && settings.labels == Labels::True {
        remarks.push(format!(
            "Some samples repeat others: the {} rows of X have rank {rank}.",
            data.n()
        ));
    }
    remarks
}

/// The points, their classes and the answers of the three norms; or that there are none.
fn add_margins(facts: &mut Facts, data: &Data, margins: &Margins) {
    if data.d == 2 {
        facts.vectors.insert("points", data.x.clone());
        // A training set was made of them: they are two classes.
        facts
            .vectors
            .insert("classes", data.classes().unwrap_or_default());
    }
    if !margins.exist() {
        facts.remarks.push(
            "No line through 0 separates these classes: there is no margin, the loss has a minimum, and the runs go on \
             to it."
                .to_owned(),
        );
    }
    for (name, answer) in [
        ("margin_l1", &margins.one),
        ("margin_l2", &margins.two),
        ("margin_linf", &margins.infinity),
    ] {
        facts
            .vectors
            .extend(answer.as_ref().map(|answer| (name, answer.w.clone())));
    }
    if let Some([slope, _]) = margins.growth(data.n()) {
        facts.scalars.insert("margin_l2_norm", slope);
    }
    if data
        .classes()
        .is_ok_and(|classes| classes.iter().all(|class| *class == classes[0]))
    {
        facts.remarks.push(
            "All labels are of one class: the margin is that of the samples themselves.".to_owned(),
        );
    }
}
