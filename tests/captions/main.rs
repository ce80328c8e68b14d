//! Captions against the history that they speak of, by an independent reading: the numbers are parsed out of the words
//! and the medians taken anew.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod diagonal;
mod others;
mod reading;

use implicit_bias_lab::figure::simulate::simulate;
use implicit_bias_lab::labs::{self, Shown};
use implicit_bias_lab::recipe::{Recipe, presets};
use implicit_bias_lab::sim::history::History;
use reading::Draws;

/// What a line has room for at 1440 × 900.
const ROOM: usize = 172;

/// The recipe of that many settings, over what the preset or the lab says.
fn set(recipe: &mut Recipe, settings: &[(&str, String)]) {
    for (key, value) in settings {
        recipe.knobs.set_text(key, value).unwrap();
    }
}

/// What is said with these families hidden.
fn said(recipe: &Recipe, history: &History, row: usize, hidden: &[&'static str]) -> String {
    recipe.lab.caption(&Shown {
        knobs: &recipe.knobs,
        history,
        row,
        hidden,
    })
}

/// A recipe with the history of its run, the row that is looked at and what is hidden.
struct Case {
    recipe: Recipe,
    history: History,
    row: usize,
    hidden: Vec<&'static str>,
}

impl Case {
    /// Runs the recipe; `None` if it cannot run. Looks at the last row or, one time in three, at an earlier one, with
    /// one family in six hidden.
    fn new(recipe: Recipe, draws: &mut Draws) -> Option<Self> {
        let history =
            simulate(&recipe, recipe.knobs.length(), draws.chance(2), &mut |_| {}).ok()?;
        let last = history.len() - 1;
        let row = if draws.chance(3) {
            1 + draws.below(last.max(1) as u64) as usize
        } else {
            last
        };
        let mut hidden = Vec::new();
        for info in &history.setup.runs {
            if draws.chance(6) && !hidden.contains(&info.family.id) {
                hidden.push(info.family.id);
            }
        }
        Some(Self {
            recipe,
            row: row.min(last),
            history,
            hidden,
        })
    }

    fn said(&self) -> String {
        said(&self.recipe, &self.history, self.row, &self.hidden)
    }
}

/// 200 recipes with a fixed seed, of every lab: diverging, collapsing, with one sample, without β*, without GD,
/// with label noise on at the end, with hidden families and with forks. Every number in a caption and every "higher"
/// and "lower" is held against the history.
#[test]
fn captions_say_what_the_history_says() {
    let mut draws = Draws::new(13);
    let mut seen = reading::Tally::default();
    for _ in 0..140 {
        let case = diagonal::draw(&mut draws);
        diagonal::check(&case, &mut seen);
    }
    for _ in 0..28 {
        others::check_linear(&others::draw_linear(&mut draws), &mut seen);
    }
    for _ in 0..24 {
        others::check_stability(&others::draw_stability(&mut draws), &mut seen);
    }
    for _ in 0..8 {
        others::check_bad_minima(&others::draw_bad_minima(&mut draws), &mut seen);
    }
    println!("{seen:?}");
    seen.assert_covered();
}

/// At the room of a window of 1440 × 900: two lines, and none that wraps.
#[test]
fn captions_of_presets_fit_their_two_lines() {
    for preset in presets() {
        let recipe = preset.recipe();
        let until = recipe.knobs.length().min(2000);
        let Ok(history) = simulate(&recipe, until, false, &mut |_| {}) else {
            continue;
        };
        let words = said(&recipe, &history, history.len() - 1, &[]);
        println!("{}:\n{words}\n", preset.id);
        let lines: Vec<&str> = words.lines().collect();
        assert!(
            !lines.is_empty() && lines.len() <= 2,
            "{}: {words}",
            preset.id
        );
        let longest = lines.iter().map(|line| line.chars().count()).max();
        // The bad minima's table of rescues is two lines by itself.
        let room = if recipe.lab.id() == "bad-global-minima" {
            2 * ROOM
        } else {
            ROOM
        };
        assert!(longest.unwrap() <= room, "{}: {words}", preset.id);
    }
}

/// Where SGD computes the loss once in 20 steps, the caption has the standard error of ∫L and the equations have that
/// of ∫L and of αₜ; where it computes every loss, neither has any.
#[test]
fn an_estimated_integral_is_said_with_its_error() {
    for (loss_every, estimated) in [("1", false), ("20", true)] {
        let mut recipe = lab("diagonal-network");
        let settings = [
            ("n", "20"),
            ("d", "50"),
            ("sparsity", "3"),
            ("alpha", "0.05"),
            ("step_size", "0.1"),
            ("sgf_runs", "0"),
            ("loss_every", loss_every),
        ];
        set(
            &mut recipe,
            &settings.map(|(key, value)| (key, value.to_owned())),
        );
        let history = simulate(&recipe, 2_000, false, &mut |_| {}).unwrap();
        let row = history.len() - 1;
        let words = said(&recipe, &history, row, &[]);
        let told = words.split_once(" (∫L ± ").map(|(_, rest)| rest);
        let told = told.and_then(|rest| rest.split_once(" %)")?.0.parse::<f64>().ok());
        let shown = Shown {
            knobs: &recipe.knobs,
            history: &history,
            row,
            hidden: &[],
        };
        let of = |column: &str| shown.medians().of("sgd", column).unwrap();
        let expected = 100.0 * of("loss_integral_error") / of("loss_integral");
        let equations = recipe.lab.equations(&shown);
        let terms = equations.iter().flat_map(|equation| &equation.terms);
        let errors = terms.filter(|term| term.symbol == "±").count();
        if estimated {
            let told = told.unwrap_or_else(|| panic!("{words}"));
            assert!(
                (told / expected - 1.0).abs() < reading::TWO_DIGITS,
                "{words}: {expected}"
            );
            assert_eq!(errors, 2);
        } else {
            assert!(!words.contains('±') && expected == 0.0, "{words}");
            assert_eq!(errors, 0);
        }
        println!("{words}");
    }
}

fn lab(id: &str) -> Recipe {
    Recipe::new(labs::lab(id).unwrap())
}
