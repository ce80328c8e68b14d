//! The same bits from the same recipe, alone or with others.

use super::{knobs, samples};
use implicit_bias_lab::knobs::Knobs;
use implicit_bias_lab::labs::LABS;
use implicit_bias_lab::sim::experiment::{RunSample, Sample};

#[test]
fn the_same_recipe_gives_the_same_bits_and_each_seed_moves_only_its_own() {
    let base = [
        ("n", "10"),
        ("d", "20"),
        ("sparsity", "3"),
        ("step_size", "0.05"),
        ("steps", "500"),
    ];
    let with = |settings: &[(&str, &str)]| {
        let noise = [("label_noise", "constant"), ("label_noise_level", "0.1")];
        samples(&knobs(&[&base[..], &noise, settings].concat()), Vec::new())
    };
    let reference = with(&[]);
    assert!(reference == with(&[]));
    // Legend order: GD, SGD 1, SGD 2, SGF 1, SGF 2. Runs of a family have streams of their own.
    let last = |samples: &[Sample]| -> Vec<RunSample> {
        let runs = samples[samples.len() - 1].runs.iter();
        runs.map(|run| run.clone().unwrap()).collect()
    };
    let runs = last(&reference);
    assert!(runs[1] != runs[2] && runs[3] != runs[4]);
    for (seed, moved) in [
        ("data_seed", [true, true, true, true, true]),
        ("sampling_seed", [false, true, true, false, false]),
        ("brownian_seed", [false, false, false, true, true]),
    ] {
        let other = last(&with(&[(seed, "1")]));
        let differs: Vec<bool> = runs.iter().zip(&other).map(|(a, b)| a != b).collect();
        assert_eq!(differs, moved, "{seed}");
    }
    // More runs of one family do not disturb those that are there.
    let more = last(&with(&[("sgd_runs", "3")]));
    assert!(more[..3] == runs[..3] && more[4..] == runs[3..]);
}

/// Runs of SGD on data too large for the nearest cache look at them together. Each must take the path that
/// it takes alone: the same bits, beside a rule that goes alone, beside a late fork, in slices of any length.
#[test]
fn runs_in_a_group_take_the_paths_they_take_alone() {
    let knobs = |settings: &[(&str, &str)]| {
        let mut knobs = Knobs::new(LABS[0].knobs());
        let common = [
            ("n", "61"),
            ("d", "130"),
            ("step_size", "0.01"),
            ("data_seed", "4"),
        ];
        for (key, value) in common.iter().chain(settings) {
            knobs.set_text(key, value).unwrap();
        }
        knobs
    };
    let ends = |settings: &[(&str, &str)], slices: &[u64]| {
        let knobs = knobs(settings);
        let mut experiment = LABS[0].experiment(&knobs, false).unwrap();
        for steps in slices {
            experiment.advance(*steps);
        }
        let names = experiment.setup().runs.iter().map(|run| run.name.clone());
        let names: Vec<String> = names.collect();
        let runs = experiment.sample().runs.into_iter();
        names
            .into_iter()
            .zip(runs.map(|run| run.unwrap().state))
            .collect::<std::collections::BTreeMap<_, _>>()
    };
    let fork = ("forks", "gd from sgd-1 at 70 late");
    let four = ends(&[("sgd_runs", "4"), ("sgf_runs", "0"), fork], &[100]);
    let sliced = ends(
        &[("sgd_runs", "4"), ("sgf_runs", "0"), fork],
        &[1, 68, 2, 29],
    );
    assert_eq!(four, sliced);
    let alone = ends(&[("sgd_runs", "1"), ("sgf_runs", "0"), fork], &[100]);
    for name in ["gd", "sgd-1", "fork-1"] {
        assert_eq!(four[name], alone[name], "{name}");
    }
    let two = ends(&[("sgd_runs", "2"), ("sgf_runs", "1")], &[60, 40]);
    assert_eq!(four["sgd-2"], two["sgd-2"]);
    assert_ne!(four["sgd-2"], four["sgd-3"]);
}
