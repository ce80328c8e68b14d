//! Pictures of small sweeps.

use super::*;
use crate::labs::diagonal::dynamics::gd::GD;
use crate::labs::diagonal::dynamics::sgd::SGD;
use crate::sweep::Vary;
use crate::sweep::testing::{all, first, small};

const LOSS: Quantity<'static> = Quantity {
    id: "validation_loss",
    label: "validation",
};

#[test]
fn curves_pass_through_the_medians_and_mark_where_runs_diverge() {
    let sweep = small(&[], &["step_size=0.02,0.05,3"], 3, Vary::All);
    let results = all(&sweep);
    let plot = curves(&sweep, &results, LOSS, &[GD.family(), SGD.family()]);
    assert!(plot.x.log);
    let line = plot
        .layers
        .iter()
        .find(|layer| layer.name == "SGD, median" && matches!(layer.shape, Shape::Line { .. }));
    let Shape::Line {
        curve: Curve::Points(points),
        ..
    } = &line.unwrap().shape
    else {
        panic!("a line");
    };
    assert_eq!(points.len(), 2, "at the third half of the runs diverge");
    for (place, [x, y]) in (0..).zip(points) {
        assert_eq!([*x], *sweep.values(place));
        let mut losses: Vec<f64> = results
            .cloud("sgd", ["training_loss", "validation_loss"])
            .filter(|(cell, _)| sweep.place(*cell) == place)
            .map(|(_, [_, loss])| loss)
            .collect();
        losses.sort_by(f64::total_cmp);
        assert_eq!(*y, losses[1]);
    }
    let edge = plot
        .layers
        .iter()
        .find(|layer| layer.name == "SGD diverges");
    let Shape::Vertical(edge, _) = edge.unwrap().shape else {
        panic!("a line");
    };
    assert!((edge - (0.05_f64 * 3.0).sqrt()).abs() < 1e-12);
    assert_eq!(plot.key.len(), 3);
}

#[test]
fn the_axis_of_a_sweep_rests_while_its_picture_fills() {
    let sweep = small(&[], &["alpha=0.05:0.8:5"], 1, Vary::All);
    let families = [GD.family()];
    let axis = |cells| curves(&sweep, &first(&sweep, cells), LOSS, &families).x;
    let whole = axis(5);
    assert_eq!(axis(1), whole);
    let (low, high) = whole.range.unwrap();
    assert!(low < 0.05 && 0.8 < high && high < 1.0);

    // Any step size that is worth a mark is on the axis.
    let sweep = small(&[], &["step_size=0.001,0.002"], 1, Vary::All);
    let plot = curves(&sweep, &all(&sweep), LOSS, &families);
    let auto = all(&sweep).largest_step_size().unwrap();
    assert!(0.002 < auto && auto < plot.x.range.unwrap().1);
}

#[test]
fn a_map_is_whole_from_the_first_corner_on_and_right_in_the_end() {
    let over = ["alpha=0.05:0.8:5", "step_size=0.01,0.02,3"];
    let sweep = small(&[], &over, 1, Vary::All);
    let results = first(&sweep, 1);
    let plot = map(&sweep, &results, LOSS, Shown::Median("gd"));
    let tiles = plot.tiles.unwrap();
    assert_eq!([tiles.x.len(), tiles.y.len()], [5, 3]);
    let first = number_at(&sweep, &results, 0, LOSS.id, Shown::Median("gd")).unwrap();
    assert!(tiles.numbers.iter().all(|number| *number == first));

    let results = all(&sweep);
    let plot = map(&sweep, &results, LOSS, Shown::Ratio("sgd", "gd"));
    let tiles = plot.tiles.unwrap();
    for place in 0..15 {
        let (column, row) = ((place / 3) as usize, (place % 3) as usize);
        let number = tiles.numbers[row * 5 + column];
        let run = |family: usize| results.at(place).next().unwrap().runs[family].value(LOSS.id);
        if row == 2 {
            assert!(number.is_nan(), "γ = 3 diverges");
        } else {
            assert_eq!(number, run(1) / run(0));
        }
    }
    let (low, high) = tiles.scale.range.unwrap();
    assert!((low * high - 1.0).abs() < 1e-12, "1 is in the middle");
    assert_eq!(tiles.sides, ["SGD better", "GD better"]);
    let Shape::Points { at, .. } = &plot.layers[0].shape else {
        panic!("crosses");
    };
    assert_eq!(at.len(), 5);
}

#[test]
fn a_cloud_has_every_run_and_its_correlation() {
    let results = all(&small(&[], &[], 12, Vary::All));
    let axes = [
        Quantity {
            id: "loss_integral",
            label: "∫L",
        },
        LOSS,
    ];
    let families = [SGD.family()];
    let (plot, legend) = cloud(std::slice::from_ref(&results), axes, &families);
    let Shape::Points { at, .. } = &plot.layers[0].shape else {
        panic!("dots");
    };
    assert_eq!(at.len(), 12);
    let expected = format!("SGD: rank correlation {}", number(rank_correlation(at), 3));
    assert_eq!(legend[0].label, expected);
}
