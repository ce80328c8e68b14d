//! What an interrupted sweep has left, changed: it is gone on with to the very table that would have been made without
//! an interruption, or refused.

use std::fs;
use std::ops::ControlFlow;
use std::sync::Mutex;

use implicit_bias_lab::labs::LABS;
use implicit_bias_lab::model::watch::Watch;
use implicit_bias_lab::recipe::Recipe;
use implicit_bias_lab::sweep::run::{self, CellResult};
use implicit_bias_lab::sweep::table::Unfinished;
use implicit_bias_lab::sweep::{Axis, Shard, Steps, Sweep, Vary};
use rand::RngExt as _;
use tempfile::TempDir;

use super::mutate::{self, chance};
use super::{Case, Outcome, check_message};

fn sweep() -> Sweep {
    let mut recipe = Recipe::new(LABS[0]);
    let settings = [
        ("n", "4"),
        ("d", "6"),
        ("sparsity", "2"),
        ("steps", "20"),
        ("sgd_runs", "1"),
        ("sgf_runs", "0"),
    ];
    for (key, value) in settings {
        recipe.knobs.set_text(key, value).unwrap();
    }
    let axis = Axis::parse("alpha=0.05,0.2,1", &recipe.knobs).unwrap();
    Sweep::new(recipe, vec![axis], 3, Vary::All, Steps::Recipe).unwrap()
}

fn results(sweep: &Sweep) -> Vec<CellResult> {
    let found = Mutex::new(Vec::new());
    let cells: Vec<u64> = (0..sweep.cells()).collect();
    run::run(sweep, &cells, &Watch::default(), &|result| {
        found.lock().unwrap().push(result);
        ControlFlow::Continue(())
    })
    .unwrap();
    let mut found = found.into_inner().unwrap();
    found.sort_by_key(|result| result.cell);
    found
}

pub(super) fn tables() -> Case {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("table.csv");
    let partial = folder.path().join("table.csv.partial");
    let sweep = sweep();
    let results = results(&sweep);
    let columns = results[0].runs[0].columns;

    let mut table = Unfinished::open(&out, &sweep, Shard::WHOLE, false).unwrap();
    for result in &results[..6] {
        table.append(&sweep, result).unwrap();
    }
    let interrupted = fs::read_to_string(&partial).unwrap();
    for result in &results[6..] {
        table.append(&sweep, result).unwrap();
    }
    table.finish(&sweep, columns).unwrap();
    let whole = fs::read_to_string(&out).unwrap();
    fs::remove_file(&out).unwrap();

    Box::new(move |random| {
        let _keep = &folder;
        let mut text = interrupted.clone();
        // The first line says which sweep it is; most changes are to the cells.
        let first = text.find('\n').unwrap() + 1;
        let mut cells = text.split_off(first);
        match random.random_range(0..10) {
            0..4 => mutate::lines(random, &mut cells),
            4..8 => mutate::words(
                random,
                &mut cells,
                &["cell", "rows", "tally", "0", "1", "7", "99"],
            ),
            8 => {
                let mut raw = cells.into_bytes();
                mutate::bytes(random, &mut raw);
                cells = String::from_utf8_lossy(&raw).into_owned();
            }
            _ => mutate::text(random, &mut text, &[]),
        }
        if chance(random, 0.2) && cells.ends_with('\n') {
            cells.pop();
        }
        fs::write(&partial, [text, cells].concat()).unwrap();
        match Unfinished::open(&out, &sweep, Shard::WHOLE, false) {
            Ok(mut table) => {
                assert!(table.len() <= results.len(), "cells that the sweep has not");
                for result in &results {
                    if !table.holds(result.cell) {
                        table.append(&sweep, result).unwrap();
                    }
                }
                match table.finish(&sweep, columns) {
                    Ok(()) => {
                        let made = fs::read_to_string(&out).unwrap();
                        fs::remove_file(&out).unwrap();
                        assert_eq!(made, whole);
                    }
                    Err(error) => check_message(&error.to_string()),
                }
            }
            Err(error) => check_message(&error.to_string()),
        }
        Outcome::Understood
    })
}
