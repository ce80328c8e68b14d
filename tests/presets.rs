//! Every preset shows its point, on data sets that nobody has picked.
//!
//! Each test runs a preset's own recipe headless, up to the step at which the window would stop,
//! over data sets other than the shipped one, and asserts what the preset claims. Thresholds are
//! those of the calibration study (over other generators and seeds) or lie well inside what 40
//! further data sets gave; the comments state both, as median [smallest, largest] over data sets.
//! Validation losses differ a hundredfold between data sets: only ratios within one are compared.

use std::fmt;
use std::ops::Range;

use faer::linalg::solvers::Solve as _;
use implicit_bias_lab::recipe::{Recipe, preset, presets};
use implicit_bias_lab::sim::experiment::Sample;
use implicit_bias_lab::sim::schedule::SamplingSchedule;
use implicit_bias_lab::sim::session::Session;

/// Seeds of the data sets: neither shipped with a preset nor used to choose settings or thresholds.
const FRESH: Range<u64> = 1000..1012;

/// What a finished run of a recipe left behind.
struct Outcome {
    families: Vec<&'static str>,
    columns: Vec<&'static str>,
    /// Named arrays of the data set: name, shape, numbers.
    data: Vec<(&'static str, Vec<usize>, Vec<f64>)>,
    /// Mean square of every feature.
    column_mean_square: Vec<f64>,
    end: Sample,
    /// First recorded step at which the training loss of run 0 was below half of its start.
    half_loss_step: Option<u64>,
}

impl Outcome {
    /// The column's last value for every run of a family; infinite for a diverged run, which is
    /// worse than any other, not missing.
    fn values(&self, family: &str, column: &str) -> Vec<f64> {
        let at = self.columns.iter().position(|id| *id == column);
        let at = at.unwrap_or_else(|| panic!("no column `{column}`"));
        let runs = self.families.iter().zip(&self.end.runs);
        runs.filter(|(id, _)| **id == family)
            .map(|(_, run)| run.as_ref().map_or(f64::INFINITY, |run| run.values[at]))
            .collect()
    }

    fn median(&self, family: &str, column: &str) -> f64 {
        Sorted::new(self.values(family, column)).median()
    }

    /// Median of `above` over median of `below`.
    fn ratio(&self, column: &str, above: &str, below: &str) -> f64 {
        self.median(above, column) / self.median(below, column)
    }

    /// β of the first run of a family.
    fn beta(&self, family: &str) -> Vec<f64> {
        let at = self.families.iter().position(|id| *id == family);
        let at = at.unwrap_or_else(|| panic!("no run of `{family}`"));
        let state = &self.end.runs[at]
            .as_ref()
            .expect("it did not diverge")
            .state;
        let pairs = state[0].iter().zip(&state[1]);
        pairs
            .map(|(plus, minus)| plus * plus - minus * minus)
            .collect()
    }

    fn array(&self, name: &str) -> &[f64] {
        let array = self.data.iter().find(|(id, ..)| *id == name);
        &array.unwrap_or_else(|| panic!("no array `{name}`")).2
    }
}

/// Numbers in increasing order; prints them all, for failure messages.
struct Sorted(Vec<f64>);

impl Sorted {
    fn new(mut numbers: Vec<f64>) -> Self {
        assert!(numbers.iter().all(|number| !number.is_nan()), "{numbers:?}");
        numbers.sort_by(f64::total_cmp);
        Self(numbers)
    }

    fn median(&self) -> f64 {
        let middle = self.0.len() / 2;
        if self.0.len() % 2 == 1 {
            self.0[middle]
        } else {
            0.5 * (self.0[middle - 1] + self.0[middle])
        }
    }

    fn min(&self) -> f64 {
        self.0[0]
    }

    fn max(&self) -> f64 {
        self.0[self.0.len() - 1]
    }

    /// Fraction above a level.
    fn share_above(&self, level: f64) -> f64 {
        self.0.iter().filter(|number| **number > level).count() as f64 / self.0.len() as f64
    }

    /// Writes the measurement to the test's captured output, for `--nocapture`.
    #[expect(
        clippy::print_stdout,
        reason = "captured by the test harness, and how one reads the margins"
    )]
    fn report(self, what: &str) -> Self {
        println!("{what}: {self}");
        self
    }
}

impl fmt::Display for Sorted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "median {:.4}, all", self.median())?;
        self.0
            .iter()
            .try_for_each(|number| write!(f, " {number:.4}"))
    }
}

fn recipe(id: &str, changes: &[(&str, &str)]) -> Recipe {
    let preset = preset(id).unwrap_or_else(|error| panic!("{error}"));
    let mut recipe = preset.recipe();
    change(&mut recipe, changes);
    recipe
}

fn change(recipe: &mut Recipe, changes: &[(&str, &str)]) {
    for (key, value) in changes {
        let changed = recipe.knobs.set_text(key, value);
        changed.unwrap_or_else(|error| panic!("{error}"));
    }
}

/// The same recipe on another data set, with other samples and other Brownian motions.
fn with_seeds(recipe: &Recipe, seed: u64) -> Recipe {
    let mut recipe = recipe.clone();
    let seed = &*seed.to_string();
    change(
        &mut recipe,
        &["data_seed", "sampling_seed", "brownian_seed"].map(|key| (key, seed)),
    );
    recipe
}

/// Runs a recipe to its end, or until every run has converged, as the window does.
fn run(recipe: &Recipe) -> Outcome {
    let experiment = recipe.lab.experiment(&recipe.knobs, false);
    let experiment = experiment.unwrap_or_else(|error| panic!("{error}"));
    let setup = experiment.setup().clone();
    let data = experiment.data();
    let mut session = Session::new(
        experiment,
        SamplingSchedule::LogSpaced,
        recipe.knobs.clone(),
        recipe.changes.clone(),
    );
    session.stop_when_converged(true);
    session.advance_to(recipe.knobs.count("steps"), None);
    let loss = setup.column("training_loss").expect("a recorded column");
    let first_losses: Vec<(u64, f64)> = session
        .take_samples()
        .iter()
        .filter_map(|sample| Some((sample.step, sample.runs[0].as_ref()?.values[loss])))
        .collect();
    let half_loss_step = first_losses
        .iter()
        .find(|(_, loss)| *loss < 0.5 * first_losses[0].1)
        .map(|(step, _)| *step);
    Outcome {
        families: setup.runs.iter().map(|run| run.family.id).collect(),
        columns: setup.columns.iter().map(|column| column.id).collect(),
        column_mean_square: setup.facts.vectors["column_mean_square"].clone(),
        data,
        end: session.experiment().sample(),
        half_loss_step,
    }
}

/// Measures on many data sets, two at a time.
fn over_data_sets<T: Send>(seeds: Range<u64>, measure: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let half = |parity: u64| {
        let measure = &measure;
        let seeds = seeds.clone().filter(move |seed| seed % 2 == parity);
        move || seeds.map(measure).collect::<Vec<T>>()
    };
    std::thread::scope(|scope| {
        let odd = scope.spawn(half(1));
        let mut all = half(0)();
        all.extend(odd.join().expect("the measurement panicked"));
        all
    })
}

/// Every number a measurement gave, over all data sets.
fn pooled<T>(outcomes: &[T], numbers: impl Fn(&T) -> Vec<f64>) -> Sorted {
    Sorted::new(outcomes.iter().flat_map(numbers).collect())
}

/// One number per data set.
fn each<T>(outcomes: &[T], number: impl Fn(&T) -> f64) -> Sorted {
    Sorted::new(outcomes.iter().map(number).collect())
}

/// Validation of GD over that of every single run of a family.
fn run_by_run(outcome: &Outcome, family: &str) -> Vec<f64> {
    let gd = outcome.median("gd", "validation_loss");
    let runs = outcome.values(family, "validation_loss");
    runs.into_iter().map(|validation| gd / validation).collect()
}

fn outcomes(recipe: &Recipe) -> Vec<Outcome> {
    over_data_sets(FRESH, |seed| run(&with_seeds(recipe, seed)))
}

/// A talk waits no longer than this for the point to show.
#[test]
fn every_preset_ends_within_20_seconds_at_its_speed() {
    for preset in presets() {
        let knobs = preset.recipe().knobs;
        let speed = knobs
            .real_or_auto("speed")
            .expect("a preset names its speed: `max` would differ from machine to machine");
        let seconds = knobs.count("steps") as f64 / speed;
        assert!(seconds <= 20.0, "{} takes {seconds} s", preset.id);
    }
}

/// The pictures that ship show what their text says: no run diverges, and where noise is to help
/// (or not to), it does so in every single run on the screen.
#[test]
fn the_shipped_pictures_show_their_point() {
    let all: Vec<_> = presets().collect();
    let numbers = 0..all.len() as u64;
    over_data_sets(numbers, |number| {
        let id = all[number as usize].id;
        let outcome = run(&recipe(id, &[]));
        assert!(
            outcome.end.runs.iter().all(Option::is_some),
            "{id} diverges"
        );
        for family in ["sgd", "sgf"] {
            let runs = run_by_run(&outcome, family);
            if runs.is_empty() {
                continue;
            }
            let ratios = Sorted::new(runs).report(&format!("{id}: GD/{family}"));
            let as_told = match id {
                "kernel" => ratios.min() > 0.95 && ratios.max() < 1.05,
                "fourier-dense" => ratios.max() < 1.0,
                "depth-3" => ratios.min() > 0.7 && ratios.max() < 1.4,
                _ => ratios.min() > 1.0,
            };
            assert!(as_told, "{id}, {family}: {ratios}");
        }
    });
}

/// Calibration study (α = 0.05, γ = 0.1, 16 sets): median 6.4 to 8, smallest 1.6, none below 1; it
/// asks for a median above 3 and nine in ten above 1. Here over 52 sets: 9 [1.3, 48].
#[test]
fn fig1_left_sgd_validates_several_times_better_than_gd() {
    let outcomes = outcomes(&recipe("fig1-left", &[]));
    let ratios = each(&outcomes, |outcome| {
        outcome.ratio("validation_loss", "gd", "sgd")
    })
    .report("GD/SGD");
    let runs = pooled(&outcomes, |outcome| run_by_run(outcome, "sgd")).report("run by run");
    assert!(ratios.median() > 3.0, "{ratios}");
    assert!(runs.share_above(1.0) >= 0.9, "{runs}");
}

/// Calibration study: ∫L of SGD 1.5 to 5.6 times GD's, median 2.9, so a median above 1.5 is certain;
/// val GD/SGD median 5.1, about 1.5 % of the runs worse than GD or diverged. Here over 52 sets: ∫L
/// 2.6 [1.7, 6.4], val 6.6 [1.2, 130], and SGF's val 5.5 [1.2, 20].
#[test]
fn fig2_noise_raises_the_loss_integral_and_lowers_the_validation_loss() {
    let outcomes = outcomes(&recipe("fig2", &[]));
    let integrals = each(&outcomes, |outcome| {
        outcome.ratio("loss_integral", "sgd", "gd")
    })
    .report("∫L SGD/GD");
    assert!(
        integrals.median() > 1.5 && integrals.min() > 1.0,
        "{integrals}"
    );
    for family in ["sgd", "sgf"] {
        let ratios = each(&outcomes, |outcome| {
            outcome.ratio("validation_loss", "gd", family)
        })
        .report(family);
        let runs = pooled(&outcomes, |outcome| run_by_run(outcome, family)).report("run by run");
        assert!(ratios.median() > 3.0, "{family}: {ratios}");
        assert!(runs.share_above(1.0) >= 0.9, "{family}: {runs}");
    }
    // Eq. 5 at work: the effective α of SGD ends below GD's wherever ∫L was larger.
    let shrinkage = each(&outcomes, |outcome| {
        outcome.ratio("alpha_measured", "gd", "sgd")
    });
    assert!(shrinkage.min() > 1.0, "{shrinkage}");
}

/// "The slower the loss falls, the sparser", run by run. It holds for the flow, where the effective
/// α is a function of ∫L alone (calibration study: Spearman −0.99 to −1.00 in 28 of 28 cells); for
/// SGD the rank correlation is only about −0.3, and nothing is claimed.
#[test]
fn fig2_flow_runs_with_a_larger_loss_integral_validate_better() {
    let flows = recipe(
        "fig2",
        &[("gd_runs", "0"), ("sgd_runs", "0"), ("sgf_runs", "30")],
    );
    let correlations = over_data_sets(1000..1002, |seed| {
        let outcome = run(&with_seeds(&flows, seed));
        spearman(
            &outcome.values("sgf", "loss_integral"),
            &outcome.values("sgf", "validation_loss"),
        )
    });
    let correlations = Sorted::new(correlations).report("Spearman");
    assert!(correlations.max() <= -0.95, "{correlations}");
}

/// Rank correlation of two lists without ties.
fn spearman(a: &[f64], b: &[f64]) -> f64 {
    let rank = |values: &[f64], value: f64| values.iter().filter(|other| **other < value).count();
    let gaps = a.iter().zip(b).map(|(&x, &y)| {
        let gap = rank(a, x) as f64 - rank(b, y) as f64;
        gap * gap
    });
    let n = a.len() as f64;
    1.0 - 6.0 * gaps.sum::<f64>() / (n * (n * n - 1.0))
}

/// Calibration study (γ = 0.05): median val SGD/SGF 1.00 to 1.20, so within [0.8, 1.25]; ∫L within
/// 20 %. Here over 12 other sets: 1.02 [0.94, 1.24] and 1.00 [0.87, 1.22], while GD/SGD is 1.49
/// [1.05, 1.95]: 0.02 to 0.1 against 0.4 in logarithms.
#[test]
fn fig3_the_flow_ends_where_sgd_ends() {
    let outcomes = outcomes(&recipe("fig3", &[]));
    for column in ["validation_loss", "loss_integral"] {
        let ratios = each(&outcomes, |outcome| outcome.ratio(column, "sgd", "sgf")).report(column);
        assert!(
            (0.8..=1.25).contains(&ratios.median()),
            "{column}: {ratios}"
        );
    }
    // "Close together, below GD": much less apart than either is from GD. Single runs need not
    // overlap: the flow's noise is isotropic, SGD's is not, and that shifts some data sets.
    let apart = each(&outcomes, |outcome| {
        outcome.ratio("validation_loss", "sgd", "sgf").ln().abs()
    })
    .report("|ln SGD/SGF|");
    for family in ["sgd", "sgf"] {
        let below = each(&outcomes, |outcome| {
            outcome.ratio("validation_loss", "gd", family).ln()
        })
        .report(family);
        assert!(
            apart.median() < 0.5 * below.median() && below.min() > 0.0,
            "{family}: {below}; apart: {apart}"
        );
    }
}

/// Calibration study (10 sets): val GD/SGD median 3.4 to 3.6, −ln(effective α/α) 0.67; SGD is less than
/// half as far from GD started at the predicted α∞ as from GD started at α, median 0.19, largest 0.39.
/// Here over 52 sets: 3.5 [1.4, 6.9], 0.64 [0.56, 0.81], and over 40 of them 0.13 [0.03, 0.57] with 39
/// below a half. The exceptions are data sets in which β* is hardly the ℓ₁ interpolator: interpolators
/// far apart have nearly the same ℓ₁ norm there, and that SGD shrinks α on the support more than eq. 5
/// says decides between them. So: medians, nine in ten, and SGD never behind GD.
#[test]
fn fig4_sgd_ends_where_gd_ends_from_a_smaller_start() {
    let fig4 = recipe("fig4", &[]);
    let alpha = fig4.knobs.real("alpha");
    let step_size = fig4.knobs.real("step_size");
    let measured = over_data_sets(FRESH, |seed| {
        let noisy = run(&with_seeds(&fig4, seed));
        // Eq. 5, coordinate by coordinate, from the first SGD run's ∫L.
        let integral = noisy.values("sgd", "loss_integral")[0];
        let shrunk: Vec<String> = noisy
            .column_mean_square
            .iter()
            .map(|d| format!("{:?}", alpha * (-2.0 * step_size * d * integral).exp()))
            .collect();
        let by_hand = [
            ("alpha", &shrunk.join(",")[..]),
            ("sgd_runs", "0"),
            ("forks", ""),
        ];
        let plain = run(&with_seeds(&recipe("fig4", &by_hand), seed));
        let end = noisy.beta("sgd");
        // The preset's fork is that GD run, but for what ∫L still gains after its step: under 1 % of
        // the exponent, of which the end point moves by less than half.
        let fork = distance(&noisy.beta("fork"), &plain.beta("gd"));
        let moved = distance(&noisy.beta("gd"), &plain.beta("gd"));
        assert!(fork < 5e-3 * moved, "{fork} {moved}");
        let closeness = distance(&end, &plain.beta("gd")) / distance(&end, &noisy.beta("gd"));
        (noisy, closeness)
    });
    let ratios = each(&measured, |(outcome, _)| {
        outcome.ratio("validation_loss", "gd", "sgd")
    })
    .report("GD/SGD");
    let shrinkage = each(&measured, |(outcome, _)| {
        (alpha / outcome.median("sgd", "alpha_measured")).ln()
    })
    .report("−ln(effective α/α)");
    let closeness = each(&measured, |(_, closeness)| *closeness).report("closeness");
    assert!(ratios.median() > 2.5 && ratios.min() > 1.0, "{ratios}");
    assert!((0.5..=0.9).contains(&shrinkage.median()), "{shrinkage}");
    assert!(
        closeness.median() < 0.3 && closeness.share_above(0.5) <= 0.1,
        "{closeness}"
    );
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    let squares = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b));
    squares.sum::<f64>().sqrt()
}

/// Calibration study: val SGD/(SGD with noise) median 2e4, smallest 1.1e3. The median holds here, the
/// smallest does not: label noise of length drives β to the minimum of Σ Dⱼ|βⱼ|, D = diag(XᵀX/n),
/// and in about one set in ten that is not β* (GD/that over 52 sets: 4e4 [3.3, 3e5]; in the worst set
/// the weighted minimum itself is at 0.25). So: a median, and never worse.
#[test]
fn fig5_label_noise_hurts_while_it_lasts_and_helps_afterwards() {
    let quiet = [("label_noise", "none")];
    let noisy = recipe("fig5-label-noise", &[]);
    let until = noisy.knobs.count("label_noise_until").to_string();
    let measured = over_data_sets(FRESH, |seed| {
        let validation = |changes: &[(&str, &str)]| {
            let outcome = run(&with_seeds(&recipe("fig5-label-noise", changes), seed));
            ["sgd", "sgf"].map(|family| outcome.median(family, "validation_loss"))
        };
        let during = [("steps", &*until)];
        let quiet_during = [quiet[0], during[0]];
        let [with, without] = [validation(&[]), validation(&quiet)];
        let [with_then, without_then] = [validation(&during), validation(&quiet_during)];
        [0, 1].map(|family| {
            let during = with_then[family] / without_then[family];
            [during, without[family] / with[family]]
        })
    });
    for (family, name) in ["SGD", "SGF"].iter().enumerate() {
        let during = each(&measured, |ratios| ratios[family][0])
            .report("with/without, at the end of the noise");
        let after = each(&measured, |ratios| ratios[family][1]).report("without/with, at the end");
        assert!(during.median() > 1.0, "{name}: {during}");
        assert!(after.median() > 1e3 && after.min() > 1.0, "{name}: {after}");
    }
}

/// The three algorithms agree with each other and with the ℓ₂ interpolator, computed here without any
/// training, at both ends of the kernel range. At α = 1 the calibration study has GD/SGD 1.00, smallest
/// 0.98; here over 12 sets within 0.4 %. The potential differs from the ℓ₂ norm by
/// O(β²/α⁴): 5 % is ample.
/// Three data sets in forty have a row so long that `γ_auto` makes SGD swing far out before it settles
/// (∫L up to 10 times the usual at α = 1, 5e4 times at α = 10); even then the end moves by 1 % only.
#[test]
fn kernel_regime_ends_at_the_l2_interpolator_whatever_the_algorithm() {
    for alpha in ["1", "10"] {
        let recipe = recipe("kernel", &[("alpha", alpha)]);
        let outcomes = outcomes(&recipe);
        for family in ["gd", "sgd", "sgf"] {
            let ratios = each(&outcomes, |outcome| {
                outcome.median(family, "validation_loss") / l2_interpolator_validation(outcome)
            })
            .report(&format!("α = {alpha}: {family}/ℓ₂"));
            assert!(
                ratios.min() > 0.95 && ratios.max() < 1.05,
                "α = {alpha}, {family}: {ratios}"
            );
        }
    }
}

/// ‖β − β*‖² of β = Xᵀ(XXᵀ)⁻¹y.
fn l2_interpolator_validation(outcome: &Outcome) -> f64 {
    let (x, y) = (outcome.array("x"), outcome.array("y"));
    let beta_star = outcome.array("beta_star");
    let (n, d) = (y.len(), beta_star.len());
    let gram = faer::Mat::from_fn(n, n, |i, k| {
        (0..d).map(|j| x[i * d + j] * x[k * d + j]).sum::<f64>()
    });
    let labels = faer::Mat::from_fn(n, 1, |i, _| y[i]);
    let factor = gram.llt(faer::Side::Lower);
    let dual = factor.expect("the rows are independent").solve(&labels);
    let beta: Vec<f64> = (0..d)
        .map(|j| (0..n).map(|i| x[i * d + j] * dual[(i, 0)]).sum())
        .collect();
    distance(&beta, beta_star).powi(2)
}

/// Ten times smaller α than Fig 2. Waiting: w grows like exp(t·constant) from α to about 0.7, so the
/// loss halves about ln(0.7/0.01)/ln(0.7/0.1) = 2.2 times later. End point: calibration study val GD
/// 0.62 and 0.006, a factor 100; val GD/SGD median 22, smallest 4.6 (here over 52 sets 25 [2.0, 75]).
#[test]
fn rich_regime_waits_longer_and_ends_sparser() {
    let rich = recipe("rich", &[]);
    let fig2 = recipe("fig2", &[("sgd_runs", "0"), ("sgf_runs", "0")]);
    let measured = over_data_sets(FRESH, |seed| {
        (run(&with_seeds(&rich, seed)), run(&with_seeds(&fig2, seed)))
    });
    let waiting = each(&measured, |(rich, fig2)| {
        rich.half_loss_step.unwrap() as f64 / fig2.half_loss_step.unwrap() as f64
    })
    .report("waiting");
    let gain = each(&measured, |(rich, fig2)| {
        fig2.median("gd", "validation_loss") / rich.median("gd", "validation_loss")
    })
    .report("GD from Fig 2's α / GD");
    assert!(waiting.median() > 1.5 && waiting.min() > 1.2, "{waiting}");
    assert!(gain.median() > 10.0 && gain.min() > 1.0, "{gain}");
    for family in ["sgd", "sgf"] {
        let ratios = each(&measured, |(rich, _)| {
            rich.ratio("validation_loss", "gd", family)
        })
        .report(family);
        assert!(
            ratios.median() > 10.0 && ratios.min() > 1.0,
            "{family}: {ratios}"
        );
    }
}

/// Over 40 other sets val GD/SGD was 8.3 [1.8, 29] (at twice the length), GD/SGF over 12 sets 8.9
/// [3.0, 19]. The calibration study's 1.8 [1.2, …] is for α = 0.1 and fewer points.
#[test]
fn fourier_sparse_truth_is_found_better_by_the_sparser_bias() {
    let outcomes = outcomes(&recipe("fourier-sparse", &[]));
    for family in ["sgd", "sgf"] {
        let sparser =
            each(&outcomes, |outcome| outcome.ratio("norm_l1", "gd", family)).report("ℓ₁ GD/noisy");
        let ratios = each(&outcomes, |outcome| {
            outcome.ratio("validation_loss", "gd", family)
        })
        .report(family);
        assert!(sparser.min() > 1.0, "{family}: {sparser}");
        assert!(
            ratios.median() > 4.0 && ratios.min() > 1.0,
            "{family}: {ratios}"
        );
    }
}

/// The same settings, another truth: SGD is again the sparser one in ℓ₁ (over 40 sets GD/SGD 1.025
/// [1.017, 1.043]), and its validation loss is higher (GD/SGD 0.93 [0.84, 0.98], at twice the
/// length). The effect is moderate but one-sided; half of it is asked for.
#[test]
fn fourier_dense_truth_gains_nothing_from_the_sparser_bias() {
    let outcomes = outcomes(&recipe("fourier-dense", &[]));
    for family in ["sgd", "sgf"] {
        let sparser =
            each(&outcomes, |outcome| outcome.ratio("norm_l1", "gd", family)).report("ℓ₁ GD/noisy");
        let ratios = each(&outcomes, |outcome| {
            outcome.ratio("validation_loss", family, "gd")
        })
        .report(family);
        assert!(sparser.min() > 1.0, "{family}: {sparser}");
        assert!(
            ratios.median() > 1.035 && ratios.min() > 0.99,
            "{family}: {ratios}"
        );
    }
}

/// Deterministic: gradient flow ends at the points that the texts name, where asinh(β/2α²) is a multiple
/// of x = (1, 2), and GD with γ = 0.02 within 0.01 of them, nearer the ℓ₂ solution.
#[test]
fn toys_in_the_plane_move_along_the_line_as_alpha_falls() {
    for (id, end) in [
        ("toy-large", [0.394, 0.803]),
        ("toy-medium", [0.253, 0.873]),
        ("toy-small", [0.030, 0.985]),
    ] {
        let outcome = run(&recipe(id, &[]));
        let (flow, gd) = (outcome.beta("gf"), outcome.beta("gd"));
        assert!(distance(&flow, &end) < 1e-3, "{id}: {flow:?}");
        let alpha = recipe(id, &[]).knobs.real("alpha");
        let mirror = |b: f64| (b / (2.0 * alpha * alpha)).asinh();
        assert!(
            (mirror(flow[1]) / mirror(flow[0]) - 2.0).abs() < 1e-9,
            "{id}: {flow:?}"
        );
        assert!(
            distance(&gd, &flow) < 1e-2 && gd[0] > flow[0],
            "{id}: {gd:?}"
        );
    }
}

/// The distance β₁ + β₂ over √2 from the ℓ₁ solution, of the 0.5 at which the ℓ₂ solution lies.
/// Calibration study (100 to 200 runs): GD 0.443, SGD 0.029 [0.028, 0.029].
#[test]
fn toy_3d_label_noise_ends_at_the_sparse_solution() {
    let toy = recipe("toy-3d", &[]);
    let along = |beta: &[f64]| (beta[0] + beta[1]) / std::f64::consts::SQRT_2;
    let ends = over_data_sets(FRESH, |seed| {
        let outcome = run(&with_seeds(&toy, seed));
        [along(&outcome.beta("gd")), along(&outcome.beta("sgd"))]
    });
    let gd = each(&ends, |ends| ends[0]).report("GD");
    let sgd = each(&ends, |ends| ends[1]).report("SGD");
    assert!(gd.min() > 0.43 && gd.max() < 0.45, "{gd}");
    assert!(sgd.min() > 0.02 && sgd.max() < 0.04, "{sgd}");
}

/// Calibration study: val SGF/(wrong SDE) median 1/7.6, largest 1/2.6; wrong SDE/GD .76 to 1.4; Langevin
/// dynamics never converges. Over 400 data sets the medians are GD/SGF 5.7, GD/exact 3.6 and GD/wrong 1.02; of
/// twelve of them they exceed 3.5 and 2.4, and lie within [0.93, 1.14], 99 times in 100.
/// "Next to nothing" is said of the median.
#[test]
fn other_noises_gain_through_the_data_only() {
    let noises = recipe("other-noises", &[]);
    let outcomes = over_data_sets(FRESH, |seed| run(&with_seeds(&noises, seed)));
    for (family, least) in [("sgf", 3.0), ("sgf-exact", 2.0)] {
        let ratios = each(&outcomes, |outcome| {
            outcome.ratio("validation_loss", "gd", family)
        })
        .report(family);
        assert!(
            ratios.median() > least && ratios.share_above(1.0) >= 0.9,
            "{family}: {ratios}"
        );
    }
    let wrong = each(&outcomes, |outcome| {
        outcome.ratio("validation_loss", "gd", "wrong-sde")
    })
    .report("wrong SDE");
    assert!((0.8..=1.3).contains(&wrong.median()), "{wrong}");
    let langevin = each(&outcomes, |outcome| {
        outcome.median("langevin", "training_loss")
    })
    .report("Langevin L");
    assert!(langevin.min() > 1e-4, "{langevin}");
}

/// Calibration study at γ = 0.05 (medians over other data sets): −ln(a/α) .059 for b = 4 against .299
/// for single samples, validation .493 against .385 and GD's .55.
#[test]
fn batch_of_4_leaves_a_tenth_of_gain_and_a_fifth_of_the_shrinkage() {
    let batch = recipe("batch-of-4", &[]);
    let shrinkage = |outcome: &Outcome| (0.1 / outcome.median("sgd", "alpha_measured")).ln();
    let outcomes = outcomes(&batch);
    let ratios = each(&outcomes, |outcome| {
        outcome.ratio("validation_loss", "gd", "sgd")
    })
    .report("GD/SGD");
    assert!((1.03..=1.25).contains(&ratios.median()), "{ratios}");
    let four = each(&outcomes, shrinkage).report("b = 4");
    assert!((0.045..=0.08).contains(&four.median()), "{four}");
    let mut single = recipe("batch-of-4", &[("batch", "1"), ("step_size", "0.0125")]);
    change(
        &mut single,
        &[("steps", "60000"), ("sgd_runs", "1"), ("gd_runs", "0")],
    );
    let quarter = over_data_sets(1000..1004, |seed| run(&with_seeds(&single, seed)));
    let quarter = each(&quarter, shrinkage).report("b = 1 at γ/4");
    assert!(
        (0.7..=1.3).contains(&(quarter.median() / four.median())),
        "{quarter}"
    );
}

/// Calibration study: val GD/GF 1.14 at γ = 0.3, always worse than 1. Here 1.11 [1.007, 1.38].
#[test]
fn step_size_moves_gd_a_little_and_in_the_wrong_direction() {
    let outcomes = outcomes(&recipe("step-size", &[]));
    let ratios = each(&outcomes, |outcome| {
        outcome.ratio("validation_loss", "gd", "gf")
    })
    .report("GD/GF");
    assert!((1.03..=1.25).contains(&ratios.median()), "{ratios}");
    assert!(ratios.min() > 1.0, "{ratios}");
}

/// Calibration study (same δ and γ, other data sets): the effective α falls by
/// exp(−2γ²δ²k) = e⁻² and, with the loss that the noise itself keeps up, a further tenth or two; val
/// after annealing .017 where GD has .6 to .8. Here 10 to 12 in all four sets, and GD/noisy 70 [2.0, 133].
#[test]
fn label_noise_limit_is_reached_by_samples_and_flow_alike() {
    let limit = recipe("label-noise-limit", &[("sgd_runs", "1"), ("sgf_runs", "1")]);
    let outcomes = over_data_sets(1000..1004, |seed| run(&with_seeds(&limit, seed)));
    for family in ["sgd", "sgf"] {
        let shrunk = each(&outcomes, |outcome| {
            0.1 / outcome.median(family, "alpha_measured")
        })
        .report(family);
        assert!(
            (7.0..=14.0).contains(&shrunk.median()),
            "{family}: {shrunk}"
        );
        let ratios = each(&outcomes, |outcome| {
            outcome.ratio("validation_loss", "gd", family)
        })
        .report(family);
        assert!(
            ratios.median() > 10.0 && ratios.min() > 1.0,
            "{family}: {ratios}"
        );
    }
}
