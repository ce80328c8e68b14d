//! The table of numbers that the lab is built on, seed by seed.

use std::sync::LazyLock;

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::{End, mean, recipe, seeded};

/// Ten seeds that no preset has.
const SEEDS: std::ops::Range<u64> = 1000..1010;

/// What an experiment of each seed gives.
fn per_seed<T: Send>(seeds: std::ops::Range<u64>, of: impl Fn(u64) -> T + Sync + Send) -> Vec<T> {
    seeds.into_par_iter().map(of).collect()
}

/// Writes a measurement to the test's captured output, for `--nocapture`.
#[expect(
    clippy::print_stdout,
    reason = "captured by the test harness, and how one reads the margins"
)]
fn report(what: &str, numbers: &[f64]) {
    println!("{what}: mean {:.4}, all {numbers:.3?}", mean(numbers));
}

/// The networks of every seed with R = 2 and h = 64, at the end of 400 epochs, with the control and every choice of
/// regularisers.
static ENDS: LazyLock<Vec<End>> = LazyLock::new(|| {
    per_seed(SEEDS, |seed| {
        let settings = [
            ("with_control", "true"),
            ("with_rescues", "true"),
            ("steps", "700"),
        ];
        End::of(&seeded("bad-minima-waiting", seed, &settings))
    })
});

fn of_all(number: impl Fn(&End) -> f64) -> Vec<f64> {
    ENDS.iter().map(number).collect()
}

/// Another program over 20 seeds: test .997 against .895, gap mean .102 [.047, .165] and at least .05 in 19 of 20;
/// length ratio mean 2.9 [1.77, 3.7]; with momentum, L2 and augmentation from the same start .991 [.95, 1.0];
/// training accuracy 1 in all; ‖θ − θ_adv‖ ≈ 1.3 beside ‖θ_adv − θ₀‖ ≈ 75 to 150.
#[test]
fn two_minima_of_the_same_training_error_and_the_way_out() {
    let gaps = of_all(|end| end.random("test_accuracy") - end.adversarial("test_accuracy"));
    let ratios = of_all(|end| end.adversarial("boundary_length") / end.random("boundary_length"));
    let rescued = of_all(|end| end.of_family("rescue-all", "test_accuracy"));
    let length = of_all(|end| end.of_family("rescue-all", "boundary_length"));
    let margins = of_all(|end| end.random("median_margin") - end.adversarial("median_margin"));
    let moved = of_all(|end| {
        end.adversarial("distance_from_entry") / end.adversarial("distance_from_start")
    });
    for (what, numbers) in [
        ("gap", &gaps),
        ("length ratio", &ratios),
        ("rescued", &rescued),
        ("rescued length", &length),
        ("margin lost", &margins),
        ("moved", &moved),
    ] {
        report(what, numbers);
    }
    // Void otherwise.
    for end in &*ENDS {
        assert_eq!(end.random("train_accuracy"), 1.0);
        assert_eq!(end.adversarial("train_accuracy"), 1.0);
    }
    assert!(gaps.iter().filter(|gap| **gap >= 0.04).count() >= 9);
    assert!(mean(&gaps) >= 0.07);
    assert!(ratios.iter().all(|ratio| *ratio >= 1.5));
    assert!(mean(&rescued) >= 0.97);
    // The circle's is 4.71, which 60 points leave some freedom: the other program had 5.0 ± .3.
    assert!((4.2..5.7).contains(&mean(&length)));
    // Margins of .25 and .16: two thirds of the difference.
    assert!(mean(&margins) >= 0.06);
    // A part in fifty to a hundred; a tenth would be another story.
    assert!(moved.iter().all(|part| *part < 0.1));
}

/// Test accuracies .995, .947, .889 for R = 0, 1, 2 (ten seeds each, deviations .013, .023, .030): the means of
/// ten differ by five standard errors. R = 0 has nothing to memorise: the same network twice, to the bit.
#[test]
fn more_copies_spoil_more() {
    let of = |copies: &'static str| {
        per_seed(SEEDS, move |seed| {
            let settings = [("memory_copies", copies), ("steps", "700")];
            End::of(&seeded("bad-minima-waiting", seed, &settings))
        })
    };
    let [none, one] = ["0", "1"].map(of);
    for end in &none {
        let runs = end.sample.runs.iter().flatten();
        let states: Vec<_> = runs.map(|run| &run.state).collect();
        assert_eq!(states[0], states[1]);
    }
    let [none, one] = [none, one].map(|ends| -> Vec<f64> {
        let accuracies = ends.iter().map(|end| end.adversarial("test_accuracy"));
        accuracies.collect()
    });
    let two = of_all(|end| end.adversarial("test_accuracy"));
    report("R = 0", &none);
    report("R = 1", &one);
    report("R = 2", &two);
    let [none, one, two] = [none, one, two].map(|accuracies| mean(&accuracies));
    assert!(none - one > 0.02 && one - two > 0.02, "{none} {one} {two}");
}

/// Pretraining with true labels costs something too: .96 to .98 against .995 and .889, a part of the gap that is
/// less than a half and, over ten seeds, not nothing.
#[test]
fn most_of_the_loss_is_due_to_the_labels_and_not_all() {
    let control = of_all(|end| end.of_family("true-label-start", "test_accuracy"));
    report("control", &control);
    let random = mean(&of_all(|end| end.random("test_accuracy")));
    let adversarial = mean(&of_all(|end| end.adversarial("test_accuracy")));
    let part = (random - mean(&control)) / (random - adversarial);
    assert!((0.0..0.5).contains(&part), "{part}");
}

/// n = 50, λ = .02 over six seeds: none .903, momentum .967, L2 .935, augmentation .980, the pairs .987, .991,
/// .983, all .983; standard errors near .01, of which .96 leaves the pairs two. The slogan is about the pairs; what is said besides is that
/// augmentation alone comes within .02 of them, and that L2 alone does not within 400 epochs.
#[test]
fn any_two_regularisers_suffice_and_one_of_them_nearly() {
    let ends = per_seed(1000..1008, |seed| {
        End::of(&seeded("bad-minima-any-two", seed, &[]))
    });
    let of = |family: &str| {
        let accuracies = ends
            .iter()
            .map(|end| end.of_family(family, "test_accuracy"));
        let accuracies: Vec<f64> = accuracies.collect();
        report(family, &accuracies);
        mean(&accuracies)
    };
    let none = of("adversarial-start");
    let singles = ["rescue-m", "rescue-l2", "rescue-a"].map(of);
    let pairs = ["rescue-m-l2", "rescue-m-a", "rescue-l2-a"].map(of);
    let all = of("rescue-all");
    assert!(none < 0.94, "{none}");
    for pair in pairs {
        assert!(pair > 0.96, "{pairs:?}");
    }
    // With λ = .02, all three are not better than two.
    assert!(all > none + 0.03, "{all} {none}");
    let worst = pairs.into_iter().fold(1.0, f64::min);
    let [_, decay, augmentation] = singles;
    assert!(augmentation > worst - 0.03, "{augmentation} {worst}");
    assert!(decay < worst - 0.01, "{decay} {worst}");
}

/// Ten times as many epochs bring .917 instead of .903 (n = 50, six seeds): less than a fifth of the gap to .99.
#[test]
fn waiting_does_not_help() {
    let numbers = per_seed(1000..1006, |seed| {
        let recipe = seeded("bad-minima-waiting", seed, &[("train_points", "50")]);
        let [early, late] = End::after(&recipe, [700, 4300]);
        [
            late.adversarial("test_accuracy") - early.adversarial("test_accuracy"),
            late.random("test_accuracy") - late.adversarial("test_accuracy"),
        ]
    });
    let [gained, left] =
        [0, 1].map(|at| -> Vec<f64> { numbers.iter().map(|of_seed| of_seed[at]).collect() });
    report("gained", &gained);
    report("left", &left);
    assert!(mean(&gained) < 0.03 && mean(&left) > 0.04);
}

/// γ = .1 half escapes (.962 instead of .889): more than a tenfold time at γ = .01 does.
#[test]
fn larger_steps_escape_in_part() {
    let large = per_seed(1000..1006, |seed| {
        let settings = [("step_size", "0.1"), ("steps", "700")];
        let end = End::of(&seeded("bad-minima-waiting", seed, &settings));
        end.adversarial("test_accuracy")
    });
    let small = of_all(|end| end.adversarial("test_accuracy"));
    let gained: Vec<f64> = large
        .iter()
        .zip(small)
        .map(|(large, small)| large - small)
        .collect();
    report("gained", &gained);
    assert!(mean(&gained) > 0.02);
}

/// The window opens with seed 0: what its texts claim holds there too.
#[test]
fn the_shipped_seeds_show_the_point() {
    for id in [
        "bad-minima",
        "bad-minima-rings",
        "bad-minima-control",
        "bad-minima-same-inputs",
    ] {
        let end = End::at(&recipe(id, &[]), 700);
        assert_eq!(end.random("train_accuracy"), 1.0, "{id}");
        assert_eq!(end.adversarial("train_accuracy"), 1.0, "{id}");
        let gap = end.random("test_accuracy") - end.adversarial("test_accuracy");
        assert!(gap >= 0.02, "{id}: {gap}");
    }
}
