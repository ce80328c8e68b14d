//! How long runs must go on to end where they end.

use super::settings;
use crate::knobs::Knobs;
use crate::model::arithmetic::Elementary as _;
use crate::sim::experiment::Facts;

/// Beyond this part of γ_auto, which the automatic step size stays below, runs take [`LONGER`] times as
/// long.
const BOLD: f64 = 0.95;
const LONGER: f64 = 32.0;

/// The flow time after which the runs of a recipe have settled.
///
/// From the origin, gradient flow needs a time that grows like 1/α up to a logarithm: the
/// coordinates that β* does not use start at α, and the loss ends at the rate of √(β²+4α⁴) in
/// their directions. Measured to L < 10⁻¹⁰ (n = 40, d = 100, 5 non-zeros of ±1): αt = 16, 25, 30 and
/// 43 for GD at α = 0.3, 0.1, 0.05 and 0.01, and, as noise lowers α further, 26, 110, 130 and 240 for
/// SGD near its largest stable step size. So
///
/// t(α) = 200 (1 + ½ ln⁺(1/α))/α
///
/// leaves the slowest measured median a factor of 2.7 and more, for what lies between a median
/// and its worst data set. Runs that it ends at α = 0.005 have L < 10⁻⁹, and their validation loss is
/// within 2 % of what it becomes.
///
/// Beyond the automatic step size noise lowers α by e³ to e⁹ and not by e² to e⁴, and those 2 % would
/// be factors of up to 16. At the measured edge SGD took 3 to 29 times t(α) to converge (α = 0.005 and
/// 0.013, ten data sets each), so there it is 32 t(α).
///
/// It does not know of other depths than 2 or of label noise that lasts; there, and for data on another
/// scale, say how many steps.
pub(super) fn time(knobs: &Knobs, facts: &Facts) -> f64 {
    let fact = |id: &str| facts.scalars.get(id).copied().unwrap_or(f64::NAN);
    let longer = if fact("gamma") > BOLD * fact("gamma_auto") {
        LONGER
    } else {
        1.0
    };
    longer * from(smallest_alpha(knobs))
}

/// t(α).
fn from(alpha: f64) -> f64 {
    200.0 * (1.0 + 0.5 * (1.0 / alpha).logarithm().max(0.0)) / alpha
}

fn smallest_alpha(knobs: &Knobs) -> f64 {
    let alpha = settings::alpha(knobs);
    alpha.into_iter().fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::diagonal::knobs::KNOBS;

    #[test]
    fn small_scales_and_bold_steps_take_longer() {
        let mut knobs = Knobs::new(&KNOBS);
        knobs.set_text("alpha", "0.01").unwrap();
        let at = |knobs: &Knobs, gamma_auto: f64| {
            let mut facts = Facts::default();
            facts
                .scalars
                .extend([("gamma", 0.1), ("gamma_auto", gamma_auto)]);
            time(knobs, &facts)
        };
        let usual = at(&knobs, f64::NAN);
        assert!((60_000.0..70_000.0).contains(&usual), "{usual}");
        assert_eq!(at(&knobs, 0.11), usual);
        assert_eq!(at(&knobs, 0.1), LONGER * usual);
        knobs.set_text("alpha", "1,0.01,0.1").unwrap();
        assert_eq!(at(&knobs, f64::NAN), usual);
    }
}
