//! What the label-noise schedule of the moment will do, before it has run.

use super::settings;
use crate::format::number;
use crate::knobs::Knobs;
use crate::labs::Strip;
use crate::labs::diagonal::network::geometric_mean;
use crate::labs::diagonal::theory::forecast::Forecast;
use crate::labs::diagonal::theory::step_size::StepSizeLimits;
use crate::model::arithmetic::Elementary as _;
use crate::sim::history::History;

/// The label noise under the time axis.
pub(super) static STRIP: Strip = Strip {
    label: "label noise δ",
    symbol: "δ",
    nothing: "no label noise",
    shared: "label_noise_level",
    level: |knobs, step| settings::noise_schedule(knobs).level(step),
    note: in_words,
};

/// A forecast for the whole recipe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct NoiseForecast {
    /// ∫δ²dt.
    pub(super) dose: f64,
    /// Geometric mean of α̃∞ (eq. 10).
    pub(super) alpha: f64,
}

/// For the settings and the step size in use; `None` without label noise.
pub(super) fn of_schedule(knobs: &Knobs, history: &History) -> Option<NoiseForecast> {
    let facts = &history.setup.facts;
    let scalar = |id: &str| facts.scalars.get(id).copied();
    let limits = StepSizeLimits {
        trace: scalar("trace_h")?,
        lambda_max: scalar("lambda_max_h")?,
        depth: settings::depth(knobs),
    };
    let step_size = history.step_size_at(history.len().saturating_sub(1))?;
    let schedule = settings::noise_schedule(knobs);
    let forecast = Forecast::new(&schedule, knobs.count("steps"), step_size, &limits);
    let alpha = facts.vectors.get("alpha")?;
    let mean_square = facts.vectors.get("column_mean_square")?;
    let decay = mean_square.iter().sum::<f64>() / mean_square.len() as f64;
    // A batch of b averages its label noise.
    let share = 1.0 / knobs.count("batch") as f64;
    let shrunk = (share * forecast.log_shrink(decay)).exponential();
    // What weight decay does besides depends on how long it will stay on.
    (forecast.dose > 0.0 && knobs.real("weight_decay") == 0.0).then(|| NoiseForecast {
        dose: forecast.dose,
        alpha: geometric_mean(alpha.iter().copied()) * shrunk,
    })
}

/// The forecast in words, for the strip under the plots.
fn in_words(knobs: &Knobs, history: &History) -> String {
    let forecast = of_schedule(knobs, history);
    let forecast = forecast.filter(|_| settings::depth(knobs) == 2);
    forecast.map_or_else(String::new, |forecast| {
        format!(
            "dose ∫δ² = {}; forecast of SGD's effective α: {}",
            number(forecast.dose, 3),
            number(forecast.alpha, 2)
        )
    })
}
