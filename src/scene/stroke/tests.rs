use std::sync::Arc;

use super::sections::between;
use super::*;
use crate::scene::columns::{Samples, reduce};

const PEN: Pen = Pen {
    width: 1.6,
    fringe: 1.0,
    tolerance: 0.0,
};

/// One length per unit, ordinates upwards: the frame is the plane.
const PLANE: Placing = Placing {
    origin: [0.0, 0.0],
    scale: [1.0, 1.0],
};

fn reduced(points: &[Point]) -> Arc<Reduced> {
    let x: Vec<Option<f64>> = points.iter().map(|[x, _]| Some(*x)).collect();
    let y: Vec<f64> = points.iter().map(|[_, y]| *y).collect();
    reduce(&Samples::plain(&x, &y, false), (0.0, 200.0), 200.0)
}

fn stroked(points: &[Point], pen: Pen) -> Vec<Vec<Section>> {
    let reduced = reduced(points);
    stroke(&reduced, &(0..reduced.len()), PLANE, pen)
}

fn section_at(sections: &[Section], x: f64) -> Section {
    let after = sections.partition_point(|section| section.x < x);
    let after = after.clamp(1, sections.len() - 1);
    between(sections[after - 1], sections[after], x)
}

/// How much of the colour there is at an ordinate, from 0 to 1.
fn darkness(section: &Section, y: f64) -> f64 {
    let [out, low, high, beyond] = section.edges;
    let rising = (y - out) / (low - out);
    let falling = (beyond - y) / (beyond - high);
    rising.min(falling).clamp(0.0, 1.0)
}

/// Half the height that is coloured, the fringes half.
fn half(section: &Section) -> f64 {
    let [out, low, high, beyond] = section.edges;
    0.25 * (high + beyond - low - out)
}

#[test]
fn a_straight_line_is_as_broad_as_its_pen_however_steep_and_however_sampled() {
    for slope in [0.0, 0.3, -1.0, 7.0] {
        for apart in [0.25, 1.0, 20.0] {
            let points = (0..=(100.0 / apart) as i32).map(|at| f64::from(at) * apart);
            let points: Vec<Point> = points.map(|x| [x, slope * x]).collect();
            let pen = Pen {
                tolerance: 1e-6,
                ..PEN
            };
            let pieces = stroked(&points, pen);
            let [piece] = pieces.as_slice() else {
                panic!("{pieces:?}")
            };
            assert!(piece.len() <= 8, "{slope}, {apart}: {}", piece.len());
            // All of the colour: half a pixel less, at right angles, on either side.
            let height = (PEN.width - 1.0) * f64::hypot(1.0, slope);
            // Away from the ends, which are round.
            for x in (4..=96).map(f64::from) {
                let section = section_at(piece, x);
                let middle = 0.5 * (section.edges[1] + section.edges[2]);
                assert!((middle - slope * x).abs() < 1e-3, "{slope}, {apart}");
                let full = section.edges[2] - section.edges[1];
                assert!((full - height).abs() < 1e-3, "{slope}, {apart}: {full}");
            }
        }
    }
}

#[test]
fn a_step_is_seen_whole_wherever_it_is_in_its_pixel() {
    for left in (0..10).map(|tenth| 50.0 + 0.1 * f64::from(tenth)) {
        for right in [0.0, 0.6, 1.0, 1.4, 2.2].map(|width| left + width) {
            let points = [[0.0, 0.0], [left, 0.0], [right, 90.0], [150.0, 90.0]];
            let pieces = stroked(&points, PEN);
            let pixels = (40..60).map(|pixel| f64::from(pixel) + 0.5);
            let pixels: Vec<Section> = pixels.map(|x| section_at(&pieces[0], x)).collect();
            let darkest = |y: i32| {
                let pixels = pixels.iter().map(|pixel| darkness(pixel, y.into()));
                pixels.fold(0.0, f64::max)
            };
            // Between two sections its ends may be cut off slantwise, by a twentieth of its height.
            let rows: Vec<f64> = (5..=85).map(darkest).collect();
            let is_seen = rows.iter().all(|row| *row >= 0.5);
            assert!(is_seen, "{left} to {right}: {rows:?}");
            // And only there.
            for (x, y) in [(left - 2.0, 0.0), (right + 2.0, 90.0)] {
                let section = section_at(&pieces[0], x);
                assert!((half(&section) - 0.8).abs() < 1e-9, "{section:?}");
                assert!((section.edges[0] - y + 1.3).abs() < 1e-9, "{section:?}");
            }
        }
    }
}

#[test]
fn a_spike_is_as_high_as_it_is_and_the_stroke_stays_in_bounds() {
    let mut points: Vec<Point> = (0..400).map(|x| [0.5 * f64::from(x), 0.0]).collect();
    points[201][1] = 70.0;
    points[300][1] = -40.0;
    let sections = stroked(&points, PEN).concat();
    let edge = |which: usize| sections.iter().map(move |section| section.edges[which]);
    let [low, high] = [edge(0).fold(0.0, f64::min), edge(3).fold(0.0, f64::max)];
    // Half a pixel of fringe, and up to half the width.
    assert!((70.5..=71.3).contains(&high), "{high}");
    assert!((-41.3..=-40.5).contains(&low), "{low}");
    for section in sections {
        assert!(section.edges.is_sorted(), "{section:?}");
    }
}

#[test]
fn sections_that_are_left_out_lie_where_the_others_put_them() {
    let smooth = |x: f64| 40.0 * (x / 30.0).sin() + x;
    let points: Vec<Point> = (0..2000)
        .map(|at| {
            let x = f64::from(at) * 0.1;
            let noise = if (600..700).contains(&at) { 5.0 } else { 0.0 };
            [x, smooth(x) + noise * f64::from(at % 3)]
        })
        .collect();
    let whole = stroked(&points, PEN);
    let tolerance = 0.1;
    let few = stroked(&points, Pen { tolerance, ..PEN });
    assert!(3 * few[0].len() < whole[0].len(), "{}", few[0].len());
    for section in &whole[0] {
        let there = section_at(&few[0], section.x);
        for edge in [1, 2] {
            let apart = (there.edges[edge] - section.edges[edge]).abs();
            assert!(apart < 1.001 * tolerance, "{section:?}");
        }
    }
}

#[test]
fn a_point_alone_is_a_spot_and_a_gap_is_one() {
    let pieces = stroked(&[[3.0, 1.0], [9.0, f64::NAN], [20.0, 5.0]], PEN);
    assert_eq!(pieces.len(), 2);
    for (piece, at) in pieces.iter().zip([[3.0, 1.0], [20.0, 5.0]]) {
        assert_eq!(piece.iter().map(|at| at.x).sum::<f64>(), 2.0 * at[0]);
        assert!((half(&piece[0]) - 0.8).abs() < 1e-12 && piece.len() == 2);
    }
    assert!(stroked(&[], PEN).is_empty());
}

#[test]
fn dashes_are_as_long_over_time_however_steep_the_line() {
    let steep = |x: i32| [f64::from(x), if x % 2 == 0 { 1e12 } else { -1e12 }];
    let gentle = |x: i32| [f64::from(x), f64::from(x) / 7.0];
    for line in [steep, gentle] {
        let points: Vec<Point> = (0..=200).map(line).collect();
        // Two points far apart: the straight piece between them is dashed as well.
        for points in [points.clone(), vec![points[0], points[200]]] {
            let pieces = stroked(&points, PEN);
            let dashes = dashed(&pieces[0], 0.0, [9.0, 5.0]);
            assert_eq!(dashes.len(), 15);
            for (at, dash) in dashes.iter().take(14).enumerate() {
                let begin = 14.0 * at as f64;
                let ends = [dash[0].x, dash[dash.len() - 1].x];
                let expected = [begin.max(pieces[0][0].x), begin + 9.0];
                for (end, expected) in ends.into_iter().zip(expected) {
                    assert!((end - expected).abs() < 1e-9, "{ends:?}");
                }
            }
        }
    }
}

#[test]
fn two_parts_of_a_line_meet_in_one_section_and_are_the_whole() {
    let wave = |x: i32| {
        let y = if x == 120 {
            f64::NAN
        } else {
            f64::from(x * x % 37)
        };
        [f64::from(x), y]
    };
    let points: Vec<Point> = (0..=200).map(wave).collect();
    let reduced = reduced(&points);
    let whole = stroke(&reduced, &(0..reduced.len()), PLANE, PEN);
    assert_eq!(whole.len(), 2);
    for cut in [0, 1, 57, 119, 120, 121, reduced.len() - 1] {
        let parts = [0..cut, cut..reduced.len()];
        let mut sections = parts.map(|part| stroke(&reduced, &part, PLANE, PEN).concat());
        assert_eq!(sections[0].last(), sections[1].first(), "{cut}");
        sections[1].remove(0);
        assert_eq!(sections.concat(), whole.concat(), "{cut}");
    }
}
