//! Recipes, links, tours and the axes of sweeps: texts from the outside.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use implicit_bias_lab::labs::LABS;
use implicit_bias_lab::recipe::question::Question;
use implicit_bias_lab::recipe::{Recipe, RecipeError, link, presets};
use implicit_bias_lab::sweep::{Axis, Shard};
use implicit_bias_lab::tours::{self, Tour};
use rand::RngExt as _;

use super::mutate::{self, chance, one_of};
use super::{Case, Outcome, Random, check_message};

/// The words that mean something in a recipe.
fn known() -> Vec<&'static str> {
    let knobs = LABS.iter().flat_map(|lab| lab.knobs());
    let mut known: Vec<&str> = knobs.map(|knob| knob.key).collect();
    known.extend(LABS.iter().map(|lab| lab.id()));
    known.extend([
        "format", "lab", "title", "about", "question", "panels", "step", "settings", "change",
    ]);
    known.extend([
        "[settings]",
        "[[change]]",
        "step = 3",
        "auto",
        "max",
        "true",
        "false",
        "none",
        "csv",
    ]);
    known
}

/// A whole recipe, short or long.
pub(super) fn whole(random: &mut Random) -> String {
    let recipes: Vec<Recipe> = presets().map(|preset| preset.recipe()).collect();
    let recipe = one_of(random, &recipes);
    if chance(random, 0.5) {
        return recipe.to_toml();
    }
    // Hardly anything but what is changed.
    let lab = recipe.lab;
    let mut text = format!("format = 2\nlab = \"{}\"\n[settings]\n", lab.id());
    for _ in 0..random.random_range(0..6) {
        let knob = one_of(random, lab.knobs());
        let number = one_of(random, &mutate::NUMBERS);
        text.extend([
            knob.key, " = ", number, "
",
        ]);
    }
    text
}

/// What is read is written and read again; what is not is refused in a message that can be shown.
pub(super) fn judge(read: &Result<Recipe, RecipeError>) -> Outcome {
    match read {
        Ok(recipe) => {
            let again = Recipe::from_toml(&recipe.to_toml()).unwrap();
            assert_eq!(again.to_toml(), recipe.to_toml());
            let travelled = link::decode(&link::encode(recipe)).unwrap();
            assert_eq!(travelled.to_toml(), recipe.to_toml());
            let asked = Question::read(&recipe.question);
            assert!(asked.options.len() <= 4);
            Outcome::Understood
        }
        Err(error) => {
            check_message(&error.to_string());
            match error {
                RecipeError::Damaged(_) => Outcome::Unknown,
                _ => Outcome::Understood,
            }
        }
    }
}

pub(super) fn recipes() -> Case {
    let known = known();
    Box::new(move |random| {
        let mut text = whole(random);
        mutate::text(random, &mut text, &known);
        let read = Recipe::from_toml(&text);
        judge(&read)
    })
}

/// A link to any text, as [`link::encode`] makes it.
pub(super) fn packed(text: &[u8]) -> String {
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::fast());
    deflate.write_all(text).unwrap();
    let body = URL_SAFE_NO_PAD.encode(deflate.finish().unwrap());
    format!("ibl:1:{body}:{:08x}", crc32fast::hash(text))
}

pub(super) fn links() -> Case {
    let known = known();
    Box::new(move |random| {
        let mut text = whole(random);
        mutate::text(random, &mut text, &known);
        // Its checksum is right: what is wrong with it is inside.
        let mut link = packed(text.as_bytes());
        if chance(random, 0.2) {
            let mut raw = link.into_bytes();
            mutate::bytes(random, &mut raw);
            let found = link::find(&raw);
            assert!(
                found.is_none_or(|found| raw.windows(found.len()).any(|at| at == found.as_bytes()))
            );
            link = String::from_utf8_lossy(&raw).into_owned();
        } else if chance(random, 0.25) {
            let fold = *one_of(random, &["\r\n", "=\r\n", "\n> ", " "]);
            let lines: Vec<&[u8]> = link.as_bytes().chunks(72).collect();
            let lines: Vec<&str> = lines
                .iter()
                .map(|line| str::from_utf8(line).unwrap())
                .collect();
            link = lines.join(fold);
        }
        let read = link::decode(&link);
        judge(&read)
    })
}

pub(super) fn tours() -> Case {
    let mut known: Vec<&str> = presets().map(|preset| preset.id).collect();
    known.extend([
        "title",
        "about",
        "step",
        "say",
        "load",
        "set",
        "show",
        "enlarge",
        "overview",
        "highlight",
    ]);
    known.extend([
        "play", "pause", "reset", "converge", "wait", "for", "ask", "reveal", "then", "|",
    ]);
    known.extend(LABS.iter().flat_map(|lab| lab.knobs()).map(|knob| knob.key));
    let texts: Vec<&str> = tours::shipped().map(|tour| tour.text).collect();
    Box::new(move |random| {
        let mut text = (*one_of(random, &texts)).to_owned();
        mutate::text(random, &mut text, &known);
        match Tour::read("a tour", &text) {
            Ok(tour) => assert!(!tour.steps.is_empty() && !tour.title.is_empty()),
            Err(error) => check_message(&error.to_string()),
        }
        Outcome::Understood
    })
}

pub(super) fn axes() -> Case {
    let bases: Vec<Recipe> = LABS.iter().map(|lab| Recipe::new(*lab)).collect();
    Box::new(move |random| {
        let base = one_of(random, &bases);
        let knob = one_of(random, base.knobs.table());
        let numbers: Vec<String> = (0..random.random_range(1..5))
            .map(|_| match random.random_range(0..4) {
                0 => mutate::word(random),
                1 => (*one_of(random, &mutate::NUMBERS)).to_owned(),
                _ => random.random_range(1..50).to_string(),
            })
            .collect();
        let between = *one_of(random, &[",", ":", ":", " , "]);
        let mut text = format!("{}={}", knob.key, numbers.join(between));
        if chance(random, 0.1) {
            mutate::words(random, &mut text, &["lin", "log", ":", "="]);
        }
        match Axis::parse(&text, &base.knobs) {
            Ok(axis) => {
                assert!(axis.values().is_sorted() && !axis.values().is_empty());
                assert!(axis.values().len() < 1 << 24);
            }
            Err(error) => check_message(&error.to_string()),
        }
        if let Err(error) = numbers[0].parse::<Shard>() {
            check_message(&error);
        }
        Outcome::Understood
    })
}
