//! The equations under the plots: the loss, and what becomes of α (eq. 5, 10).

use super::dynamics::{covered_noise, is_covered};
use super::network::geometric_mean;
use crate::labs::Shown;
use crate::scene::equation::{Equation, Term};
use crate::sim::history::History;

/// Two routes to γ∫(L + δ²) agree to this where γ has been the same all the time and the rule takes its whole
/// share: both are sums of the same terms, up to the order of rounding over 10⁶ steps.
const SAME: f64 = 1e-9;

/// The equations with the numbers of the first run that counts and has noise of which eq. 5 speaks, or else of the
/// first run.
pub(super) fn equations(shown: &Shown<'_>) -> Vec<Equation> {
    let runs = &shown.history.setup.runs;
    let has_noise = |run: &usize| covered_noise().any(|id| id == runs[*run].family.id);
    let run = shown.runs().find(has_noise).or_else(|| shown.runs().next());
    let Some(run) = run else {
        return Vec::new();
    };
    let numbers = Numbers {
        history: shown.history,
        run,
        row: shown.row,
    };
    let effective_alpha = is_covered(runs[run].family.id).then(|| numbers.effective_alpha());
    [effective_alpha.flatten(), numbers.loss()]
        .into_iter()
        .flatten()
        .collect()
}

/// Where numbers are read.
struct Numbers<'a> {
    history: &'a History,
    run: usize,
    row: usize,
}

impl Numbers<'_> {
    fn column(&self, id: &str) -> Option<f64> {
        let source = self.history.setup.find(id)?;
        self.history.runs[self.run].number_at(source, self.row)
    }

    /// The standard error of what stands before it, where that is an estimate.
    fn error(&self, column: &str) -> Option<Term> {
        let error = self.column(column).filter(|error| *error > 0.0)?;
        Some(
            Term::quantity(
                "±",
                error,
                "Its standard error: SGD computes L once in a while and estimates ∫L from the drawn samples in between",
            )
            .of_knob("loss_every"),
        )
    }

    fn equation(&self, about: &'static str, terms: Vec<Term>) -> Equation {
        let run = &self.history.setup.runs[self.run];
        Equation {
            of: run.label.clone(),
            ink: run.family.look.ink,
            about,
            terms,
        }
    }

    /// αₜ = α exp(−2γ D ∫(L + δ²) − ∫λ) (eq. 5, 10), the geometric mean over the coordinates, beside what the weights
    /// say. Deeper networks have two effective α per coordinate and no equation of one line.
    fn effective_alpha(&self) -> Option<Equation> {
        let facts = &self.history.setup.facts;
        if facts.scalars.get("depth") != Some(&2.0) {
            return None;
        }
        let alpha = geometric_mean(facts.vectors.get("alpha")?.iter().copied());
        let d = facts.vectors.get("column_mean_square")?;
        let d = d.iter().sum::<f64>() / d.len() as f64;
        let mut terms = vec![
            Term::quantity(
                "αₜ",
                self.column("alpha_predicted")?,
                "What noise has made of α by now, predicted: the effective α of Theorem 1",
            )
            .shown_in(&["effective_alpha", "thermometer"]),
        ];
        terms.extend(self.error("alpha_predicted_error"));
        terms.extend([
            Term::sign("="),
            Term::quantity("α", alpha, "The start: w± = α").of_knob("alpha"),
            Term::sign("exp(−2 ·"),
        ]);
        terms.extend(self.dose(d)?);
        let decay = self.column("decay_integral").unwrap_or(0.0);
        if decay > 0.0 {
            terms.push(Term::sign("−"));
            terms.push(
                Term::quantity("∫λ", decay, "Weight decay λ, summed over the flow time")
                    .of_knob("weight_decay"),
            );
        }
        terms.push(Term::sign(")"));
        if let Some(measured) = self.column("alpha_measured") {
            terms.push(Term::sign("measured"));
            terms.push(
                Term::quantity(
                    "√|w₊w₋|",
                    measured,
                    "The effective α that the weights have by now, whatever a theory says",
                )
                .shown_in(&["effective_alpha", "thermometer"]),
            );
        }
        Some(self.equation(
            "What becomes of the initialisation (eq. 5; with label noise eq. 10), as the geometric mean over the \
             coordinates. Exact for stochastic gradient flow, close for SGD.",
            terms,
        ))
    }

    /// γ · D · ∫(L + δ²): factor by factor where one γ holds for all of it.
    fn dose(&self, d: f64) -> Option<Vec<Term>> {
        let shrinkage = self.column("shrinkage")?;
        let gamma = self.history.step_size_at(self.row)?;
        let loss = self.column("loss_integral")?;
        let noise = self.column("noise_integral").unwrap_or(0.0);
        let d = Term::quantity(
            "D",
            d,
            "diag(XᵀX/n), the mean square of the features, on average over the coordinates",
        );
        let whole = gamma * (loss + noise);
        if (whole - shrinkage).abs() > SAME * shrinkage.abs().max(f64::MIN_POSITIVE) {
            let dose = Term::quantity(
                "γ∫(L+δ²)",
                shrinkage,
                "γ(L + δ²) summed over the flow time with the γ of every step, and with the rule's share of either noise",
            );
            return Some(vec![
                d,
                Term::sign("·"),
                dose.of_knob("step_size").shown_in(&["loss_integral"]),
            ]);
        }
        let mut terms = vec![
            Term::quantity("γ", gamma, "The step size").of_knob("step_size"),
            Term::sign("·"),
            d,
            Term::sign("·"),
        ];
        let loss = Term::quantity(
            "∫L",
            loss,
            "The area under the training loss: the slower it falls, the larger it grows",
        )
        .shown_in(&["loss_integral"]);
        if noise > 0.0 {
            let noise = Term::quantity(
                "∫δ²",
                noise,
                "The square of the label noise, summed over the flow time",
            );
            terms.extend([
                Term::sign("("),
                loss,
                Term::sign("+"),
                noise.of_knob("label_noise_level"),
                Term::sign(")"),
            ]);
        } else {
            terms.push(loss);
            terms.extend(self.error("loss_integral_error"));
        }
        Some(terms)
    }

    /// L = ‖Xβ − y‖²/(4n).
    fn loss(&self) -> Option<Equation> {
        let loss = self.column("training_loss")?;
        let n = *self.history.setup.facts.scalars.get("n")?;
        let terms = vec![
            Term::quantity("L", loss, "The training loss").shown_in(&["training_loss"]),
            Term::sign("="),
            Term::quantity(
                "‖Xβ − y‖²",
                4.0 * n * loss,
                "How far the fit is from the labels, squared",
            ),
            Term::sign("/ (4 ·"),
            Term {
                value: format!("{n}"),
                ..Term::quantity("n", n, "Training samples")
            }
            .of_knob("n"),
            Term::sign(")"),
        ];
        Some(self.equation(
            "The training loss, which every algorithm here lowers.",
            terms,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::read_number;
    use crate::knobs::Knobs;
    use crate::labs::Lab as _;
    use crate::labs::diagonal::LAB;
    use crate::sim::experiment::Sample;

    /// A history of so many steps of a small problem, all of them recorded.
    fn history(settings: &[(&str, &str)], steps: u64) -> (Knobs, History) {
        let mut knobs = Knobs::new(LAB.knobs());
        for (key, value) in [("n", "6"), ("d", "9"), ("sparsity", "2")]
            .iter()
            .chain(settings)
        {
            knobs.set_text(key, value).unwrap();
        }
        let mut experiment = LAB.experiment(&knobs, false).unwrap();
        let mut history = History::new(experiment.setup().clone());
        let mut keep = |sample: Sample| history.push(&sample);
        keep(experiment.sample());
        for _ in 0..steps {
            experiment.advance(1);
            keep(experiment.sample());
        }
        (knobs, history)
    }

    /// The equations at its end.
    fn at_the_end(settings: &[(&str, &str)]) -> Vec<Equation> {
        let (knobs, history) = history(settings, 60);
        equations(&Shown {
            knobs: &knobs,
            history: &history,
            row: history.len() - 1,
            hidden: &[],
        })
    }

    fn value(equation: &Equation, symbol: &str) -> f64 {
        let term = equation.terms.iter().find(|term| term.symbol == symbol);
        let term = term.unwrap_or_else(|| panic!("{symbol} in {equation:?}"));
        read_number(&term.value).unwrap()
    }

    /// Every number has three digits, so a product of five of them is right to about 3 %.
    const ROUNDED: f64 = 0.03;

    #[test]
    fn the_numbers_under_the_symbols_satisfy_the_equations() {
        for settings in [
            &[("step_size", "0.05")][..],
            &[
                ("step_size", "0.05"),
                ("label_noise", "constant"),
                ("label_noise_level", "0.3"),
            ],
            &[("step_size", "0.05"), ("sgd_runs", "0"), ("sgf_runs", "1")],
            &[("step_size", "0.05"), ("weight_decay", "0.1")],
        ] {
            let equations = at_the_end(settings);
            let [alpha, loss] = &equations[..] else {
                panic!("{equations:?}");
            };
            let optional = |symbol: &str| {
                let has = alpha.terms.iter().any(|term| term.symbol == symbol);
                if has { value(alpha, symbol) } else { 0.0 }
            };
            let dose =
                value(alpha, "γ") * value(alpha, "D") * (value(alpha, "∫L") + optional("∫δ²"));
            let expected = value(alpha, "α") * (-2.0 * dose - optional("∫λ")).exp();
            assert!(
                (value(alpha, "αₜ") / expected - 1.0).abs() < ROUNDED,
                "{settings:?}: {alpha:?}"
            );
            let expected = value(loss, "‖Xβ − y‖²") / (4.0 * value(loss, "n"));
            assert!(
                (value(loss, "L") / expected - 1.0).abs() < ROUNDED,
                "{loss:?}"
            );
        }
    }

    #[test]
    fn a_batch_has_its_share_of_the_noise_in_one_number() {
        let equations = at_the_end(&[("step_size", "0.05"), ("batch", "3")]);
        let alpha = &equations[0];
        let expected =
            value(alpha, "α") * (-2.0 * value(alpha, "D") * value(alpha, "γ∫(L+δ²)")).exp();
        assert!(
            (value(alpha, "αₜ") / expected - 1.0).abs() < ROUNDED,
            "{alpha:?}"
        );
    }
}
