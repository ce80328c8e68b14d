//! Folders of finished runs, one of their files changed.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use implicit_bias_lab::archive;
use implicit_bias_lab::export::{self, Options, Theory};
use implicit_bias_lab::labs::LABS;
use implicit_bias_lab::recipe::Recipe;
use implicit_bias_lab::sim::schedule::SamplingSchedule;
use rand::RngExt as _;
use tempfile::TempDir;
use zip::ZipArchive;

use super::mutate::{self, chance, one_of};
use super::{Case, Outcome, Random, check_message, tables};

fn run(out: &Path) {
    let mut recipe = Recipe::new(LABS[0]);
    for (key, value) in [
        ("n", "4"),
        ("d", "6"),
        ("sparsity", "2"),
        ("steps", "30"),
        ("step_size", "0.02"),
    ] {
        recipe.knobs.set_text(key, value).unwrap();
    }
    let options = Options {
        out: out.to_owned(),
        record_noise: true,
        schedule: SamplingSchedule::LogSpaced,
        theory: Theory::On,
        spare_cores: 0,
    };
    export::run(&recipe, &options, |_| true).unwrap();
}

/// The arrays in a file.
fn arrays(path: &Path) -> Vec<(String, Vec<u8>)> {
    let mut zip = ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
    let count = zip.len();
    let read = |at: usize| {
        let mut file = zip.by_index(at).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        (file.name().unwrap().into_owned(), bytes)
    };
    (0..count).map(read).collect()
}

/// The same file with something else in it; the archive itself stays whole, mostly.
fn repacked(random: &mut Random, path: &Path) -> Vec<u8> {
    let mut arrays = arrays(path);
    for _ in 0..random.random_range(1..3) {
        let at = random.random_range(0..arrays.len());
        match random.random_range(0..5) {
            0 => arrays[at].1 = tables::npy(random),
            1 => drop(arrays.remove(at)),
            2 => {
                let other = random.random_range(0..arrays.len());
                arrays[at].1 = arrays[other].1.clone();
            }
            3 => {
                // Its numbers and not its header.
                let from = arrays[at].1.len().min(128);
                let mut numbers = arrays[at].1.split_off(from);
                mutate::bytes(random, &mut numbers);
                arrays[at].1.extend(numbers);
            }
            _ => mutate::bytes(random, &mut arrays[at].1),
        }
    }
    let mut bytes = tables::npz(random, &arrays);
    if chance(random, 0.1) {
        mutate::bytes(random, &mut bytes);
    }
    bytes
}

pub(super) fn folders() -> Case {
    let folder = TempDir::new().unwrap();
    let whole = folder.path().join("whole");
    run(&whole);
    let changed = folder.path().join("changed");
    fs::create_dir(&changed).unwrap();
    let files: Vec<PathBuf> = fs::read_dir(&whole)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    Box::new(move |random| {
        let _keep = &folder;
        for file in &files {
            fs::copy(file, changed.join(file.file_name().unwrap())).unwrap();
        }
        let file = one_of(random, &files);
        let name = file.file_name().unwrap();
        let target = changed.join(name);
        let extension = file.extension().and_then(|extension| extension.to_str());
        if chance(random, 0.03) {
            fs::remove_file(&target).unwrap();
        } else if extension == Some("npz") {
            fs::write(&target, repacked(random, file)).unwrap();
        } else {
            let mut text = fs::read_to_string(file).unwrap();
            let known = ["finished", "diverged", "null", "gd", "sgd-1", "{", "["];
            mutate::text(random, &mut text, &known);
            // Sizes for which data would be made first are the business of those who run such a recipe.
            let is_large = text.lines().any(|line| {
                let number = line.split_once('=').map(|(_, value)| value.trim().parse());
                matches!(number, Some(Ok(size)) if (100..u64::MAX).contains(&size))
            });
            if is_large && extension == Some("toml") {
                return Outcome::Understood;
            }
            fs::write(&target, text).unwrap();
        }
        match archive::read(&changed) {
            Ok((recipe, history)) => {
                assert_eq!(history.runs.len(), history.status.len());
                assert!(history.step.is_sorted());
                assert!(!recipe.to_toml().is_empty());
            }
            Err(error) => check_message(&error.to_string()),
        }
        Outcome::Understood
    })
}
