use super::*;
use crate::labs::LABS;
use std::collections::BTreeSet;

fn sweep(over: &[&str], seeds: u64) -> Result<Sweep, SweepError> {
    let base = Recipe::new(LABS[0]);
    let axes = over.iter().map(|text| Axis::parse(text, &base.knobs));
    let axes = axes.collect::<Result<_, _>>()?;
    Sweep::new(base, axes, seeds, Vary::All, Steps::Recipe)
}

#[test]
fn a_place_that_is_not_known_looks_like_the_corner_of_its_square() {
    let sweep = sweep(&["alpha=0.1:1:5", "step_size=0.01:0.1:9"], 1).unwrap();
    // Row 3, column 6.
    let place = 3 * 9 + 6;
    let likeness = |known: &[u64]| sweep.stand_in(place, |place| known.contains(&place));
    assert_eq!(likeness(&[place, 0]), Some(place));
    assert_eq!(likeness(&[2 * 9 + 6, 0]), Some(2 * 9 + 6));
    assert_eq!(likeness(&[4, 0]), Some(4));
    assert_eq!(likeness(&[0, 44]), Some(0));
    assert_eq!(likeness(&[44]), None);
}

#[test]
fn cells_count_seeds_fastest_and_the_first_axis_slowest() {
    let sweep = sweep(&["alpha=0.1,1", "batch=1,2,4"], 5).unwrap();
    assert_eq!((sweep.places(), sweep.cells()), (6, 30));
    let recipe = sweep.recipe(5 * 4 + 3);
    assert_eq!(sweep.values(4), [1.0, 2.0]);
    assert_eq!(recipe.knobs.real("alpha"), 1.0);
    assert_eq!(recipe.knobs.count("batch"), 2);
    for key in Vary::All.seeds(&recipe.knobs) {
        assert_eq!(recipe.knobs.count(key), 3, "{key}");
    }
    assert_eq!(sweep.recipe(0).knobs.count("data_seed"), 0);
}

#[test]
fn the_order_is_coarse_to_fine_and_leaves_nothing_out() {
    let sweep = sweep(&["alpha=0.005:1:12", "batch=1:32:6"], 3).unwrap();
    let order = sweep.order(0..sweep.cells());
    assert_eq!(order.iter().copied().collect::<BTreeSet<_>>().len(), 216);
    let places: Vec<u64> = order[..9].iter().map(|cell| sweep.place(*cell)).collect();
    assert_eq!(places, sweep.corners());
    let at: Vec<_> = places
        .iter()
        .map(|place| sweep.coordinates(*place))
        .collect();
    let expected = [0, 8, 11].map(|i| [0, 4, 5].map(|j| vec![i, j])).concat();
    assert_eq!(at, expected);
    // All places with the first seeds, then all with the second.
    let seeds: Vec<u64> = order.iter().map(|cell| sweep.seed(*cell)).collect();
    assert!(seeds.is_sorted());
}

#[test]
fn shards_are_a_partition() {
    let sweep = sweep(&["alpha=0.005:1:12"], 3).unwrap();
    for of in [1, 2, 5, 36, 50] {
        let mut end = 0;
        for number in 1..=of {
            let shard: Shard = format!("{number}/{of}").parse().unwrap();
            let cells = shard.cells(&sweep);
            assert_eq!(cells.start, end);
            end = cells.end;
        }
        assert_eq!(end, 36);
    }
    for text in ["3/2", "0/2", "1/0", "1", "a/b", "-1/2", ""] {
        assert!(text.parse::<Shard>().is_err(), "{text}");
    }
}

#[test]
fn sweeps_that_make_no_sense_are_refused() {
    for (over, seeds, expected) in [
        (&["alpha=0.1,1"][..], 0, "at least 1"),
        (
            &["alpha=0.1,1", "alpha=0.2,1"],
            1,
            "`alpha` is varied twice",
        ),
        (&["data_seed=1,2"], 1, "seeds count up by themselves"),
        (&["alpha=0.1,1", "n=40,50", "batch=1,2"], 1, "not 3"),
        (&["alpha=0.1:1:100000"], 1000, "100000000 cells are more"),
        (&["alpha=0.1,1"], 1_000_001, "`data_seed` cannot be"),
    ] {
        let message = sweep(over, seeds).unwrap_err().to_string();
        assert!(message.contains(expected), "{over:?}: {message}");
    }
    let steps = Steps::FlowTime(10.0);
    let base = Recipe::new(LABS[0]);
    let axis = Axis::parse("steps=10,20", &base.knobs).unwrap();
    assert!(Sweep::new(base, vec![axis], 1, Vary::All, steps).is_err());
}

#[test]
fn what_takes_long_to_settle_gets_more_steps_and_nothing_fewer_than_the_recipe_says() {
    let mut knobs = Recipe::new(LABS[0]).knobs;
    let length = |knobs: &Knobs, steps: Steps| steps.length(knobs, 0.1, Some(65_000.0));
    knobs.set_text("steps", "100").unwrap();
    assert_eq!(length(&knobs, Steps::Auto), 650_001);
    assert_eq!(length(&knobs, Steps::Recipe), 100);
    assert_eq!(length(&knobs, Steps::FlowTime(50.0)), 500);
    assert_eq!(Steps::Auto.length(&knobs, 0.1, None), 100);
    knobs.set_text("steps", "1e7").unwrap();
    assert_eq!(length(&knobs, Steps::Auto), 10_000_000);
}
