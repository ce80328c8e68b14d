use super::*;
use crate::labs::LABS;
use std::collections::BTreeSet;

fn sweep(over: &[&str], seeds: u64) -> Result<Sweep, SweepError> {
    let base = Recipe::new(LABS[0]);
    let axes = Axis::parse_all(over, &base.knobs)?;
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
fn shards_are_a_partition_into_equal_parts() {
    let sweep = sweep(&["alpha=0.005:1:12"], 3).unwrap();
    for of in [1, 2, 5, 36, 50] {
        let mut found = BTreeSet::new();
        for number in 1..=of {
            let shard: Shard = format!("{number}/{of}").parse().unwrap();
            let cells: Vec<u64> = shard.cells(&sweep).collect();
            assert!((36 / of..=36_u64.div_ceil(of)).contains(&(cells.len() as u64)));
            assert!(cells.is_sorted());
            for cell in cells {
                assert!(shard.holds(cell) && Shard::of_cell(cell, of) == shard);
                assert!(found.insert(cell), "{cell} twice");
            }
        }
        assert_eq!(found, (0..36).collect());
    }
    // Any number that somebody types.
    let last: Shard = format!("{0}/{0}", u64::MAX).parse().unwrap();
    assert!(last.cells(&sweep).count() <= 1);
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
        (
            &["label_noise=none", "label_noise=constant"],
            1,
            "varied twice",
        ),
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

/// Whatever smooth law the time of a cell follows along the axes, the longest shard takes little longer than the
/// shortest as long as no place alone is a large part of the whole.
#[test]
fn shards_take_equally_long() {
    let times = |over: &[&str], seeds, of: u64, cost: &dyn Fn(&[usize]) -> f64| {
        let sweep = sweep(over, seeds).unwrap();
        let mut times = vec![0.0; of as usize];
        for cell in 0..sweep.cells() {
            let number = Shard::of_cell(cell, of).number();
            times[number as usize - 1] += cost(&sweep.coordinates(sweep.place(cell)));
        }
        let extremes = |(low, high): (f64, f64), time: &f64| (low.min(*time), high.max(*time));
        let (low, high) = times.iter().fold((f64::INFINITY, 0.0), extremes);
        high / low - 1.0
    };
    // A hundredfold over twelve values: its blocks would differ by as much.
    let steep = |at: &[usize]| 0.66_f64.powi(at[0] as i32);
    for of in [2, 4, 5, 10] {
        let spread = times(&["alpha=0.005:1:12"], 30, of, &steep);
        assert!(spread < 0.15, "{of} shards: {spread}");
    }
    // Maps with a single seed, along either axis and both, with as many shards as columns too.
    let over = ["alpha=0.01:1:40", "step_size=0.01:0.1:40"];
    for law in [[0.95, 1.0], [1.0, 0.95], [0.95, 1.05], [0.93, 0.93]] {
        let cost = |at: &[usize]| {
            let [i, j] = [at[0], at[1]].map(|at| at as i32);
            f64::powi(law[0], i) * f64::powi(law[1], j)
        };
        for of in [2, 3, 4, 8, 10] {
            let spread = times(&over, 1, of, &cost);
            assert!(spread < 0.15, "{law:?}, {of} shards: {spread}");
        }
    }
}
