//! How a run was made, in one line.

use super::settings;
use super::starts::StartKind;
use crate::format::{count, number, short};
use crate::knobs::Knobs;
use crate::labs::diagonal::dynamics::label_noise::NoiseSchedule;
use crate::model::data::observation::Observation;
use crate::sim::history::History;

/// `n = 40, d = 100 · α = 0.1 · γ = 0.1 (1.07 γ_auto) · …`
pub(super) fn provenance(knobs: &Knobs, history: &History, row: usize) -> String {
    let mut parts = Vec::new();
    let scalar = |id: &str| history.scalar(id);
    if let (Some(n), Some(d)) = (scalar("n"), scalar("d")) {
        parts.push(format!("n = {}, d = {}", count(n as u64), count(d as u64)));
    }
    if let Some(depth) = scalar("depth").filter(|depth| *depth > 2.0) {
        parts.push(format!("depth {depth}"));
    }
    parts.extend(observation(knobs));
    parts.extend(history.vector("alpha").and_then(initialisation));
    parts.extend(start(knobs));
    if let Some(step_size) = history.shared_at("step_size", row) {
        let auto = scalar("gamma_auto").map_or_else(String::new, |auto| {
            format!(" ({} γ_auto)", number(step_size / auto, 3))
        });
        parts.push(format!("γ = {}{auto}", short(step_size, 3)));
    }
    parts.push(label_noise(&settings::noise_schedule(knobs)));
    if let Some(decay) = history.shared_at("weight_decay", row)
        && decay > 0.0
    {
        parts.push(format!("λ = {}", short(decay, 3)));
    }
    parts.extend(seeds(knobs));
    if let (Some(step), Some(time)) = (history.step.get(row), history.time.get(row)) {
        parts.push(format!("k = {}, t = {}", count(*step), short(*time, 4)));
    }
    parts.join(" · ")
}

/// How synthetic data are observed, if it is not as they are by themselves.
fn observation(knobs: &Knobs) -> Option<String> {
    let Observation { scale, noise, .. } = settings::observation(knobs)?;
    let scaled = (scale != 1.0).then(|| format!("β* times {}", short(scale, 3)));
    let noisy = (noise > 0.0).then(|| format!("noise {} on y", short(noise, 3)));
    let parts: Vec<String> = [scaled, noisy].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn initialisation(alpha: &[f64]) -> Option<String> {
    let low = alpha.iter().copied().fold(f64::INFINITY, f64::min);
    let high = alpha.iter().copied().fold(0.0, f64::max);
    (low <= high).then(|| {
        if low == high {
            format!("α = {}", short(low, 3))
        } else {
            format!("α from {} to {}", short(low, 3), short(high, 3))
        }
    })
}

/// The start, if it is not w± = α.
fn start(knobs: &Knobs) -> Option<String> {
    let start = settings::start(knobs);
    match start.kind {
        StartKind::Symmetric => None,
        StartKind::Interpolator => Some(format!(
            "start at an interpolator {} from the ℓ₂-smallest",
            short(start.distance, 3)
        )),
        StartKind::RandomLabels if start.copy_noise == 0.0 => {
            Some("start trained on random labels of the same inputs".to_owned())
        }
        StartKind::RandomLabels => Some(format!(
            "start trained on random labels of {} noisy copies, σ = {}",
            start.copies,
            short(start.copy_noise, 3)
        )),
    }
}

fn label_noise(schedule: &NoiseSchedule) -> String {
    match schedule {
        NoiseSchedule::None => "no label noise".to_owned(),
        NoiseSchedule::Constant { level } => format!("δ = {}", short(*level, 3)),
        NoiseSchedule::StepOff { level, until } => {
            format!("δ = {} for k < {}", short(*level, 3), count(*until))
        }
        NoiseSchedule::Exponential { level, time } => {
            format!("δ = {} exp(−k/{})", short(*level, 3), short(*time, 3))
        }
        NoiseSchedule::PowerLaw {
            level,
            time,
            exponent,
        } => {
            let [level, time, exponent] = [*level, *time, *exponent].map(|value| short(value, 3));
            format!("δ = {level} (1 + k/{time})^−{exponent}")
        }
        NoiseSchedule::PiecewiseLinear { points } => {
            format!("δ drawn through {} points", points.len())
        }
    }
}

/// The seeds that matter for these settings.
fn seeds(knobs: &Knobs) -> Option<String> {
    let named = [
        ("data_seed", "data"),
        ("observation_seed", "noise on y"),
        ("sampling_seed", "sampling"),
        ("brownian_seed", "Brownian"),
    ];
    let relevant = |key: &str| {
        let mut table = knobs.table().iter();
        table.any(|knob| knob.key == key && (knob.relevant)(knobs))
    };
    let seeds = named.iter().filter(|(key, _)| relevant(key));
    let seeds = seeds.map(|(key, name)| format!("{name} {}", knobs.count(key)));
    let seeds: Vec<String> = seeds.collect();
    (!seeds.is_empty()).then(|| format!("seeds: {}", seeds.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::LABS;
    use crate::recipe::preset;

    #[test]
    fn the_line_names_everything_that_makes_the_run() {
        let recipe = preset("fig5-label-noise").unwrap().recipe();
        let mut experiment = LABS[0].experiment(&recipe.knobs, false).unwrap();
        let mut history = History::new(experiment.setup().clone());
        history.push(&experiment.sample());
        experiment.advance(20);
        history.push(&experiment.sample());
        let line = provenance(&recipe.knobs, &history, 1);
        for part in [
            "n = 40, d = 100",
            "α = 0.1",
            "γ = 0.05",
            "γ_auto",
            "δ = 1 for k < 1\u{a0}000",
            "data 10, sampling 10, Brownian 10",
            "k = 20, t = 1",
        ] {
            assert!(line.contains(part), "{part} in {line}");
        }
    }
}
