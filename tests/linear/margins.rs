//! Logistic loss on the wedge: which margin, and how fast.

use super::*;

const WEDGE: [(&str, &str); 3] = [("loss", "logistic"), ("data", "wedge"), ("p", "3")];

fn course(seed: u64, more: &[(&'static str, &'static str)], running: &[&str]) -> Course {
    let all: Vec<(&str, &str)> = WEDGE.iter().chain(more).copied().collect();
    let mut knobs = knobs(&all, running);
    for key in ["data_seed", "sampling_seed"] {
        knobs.set_text(key, &seed.to_string()).unwrap();
    }
    Course::new(&knobs)
}

/// The directions of the three margins are (1, 0), (0.8, 0.4) and (2/3, 2/3), whatever the seed: to 1e-8, the digits
/// of an interior-point method on a vertex.
#[test]
fn the_wedge_has_three_answers() {
    for seed in FRESH {
        let mut course = course(seed, &[], &["gd"]);
        for (name, expected) in [
            ("margin_l1", [1.0, 0.0]),
            ("margin_l2", [0.8, 0.4]),
            ("margin_linf", [2.0 / 3.0, 2.0 / 3.0]),
        ] {
            let found = course.array(name);
            assert!(
                distance(&found, &expected) < 1e-8,
                "seed {seed}, {name}: {found:?}"
            );
        }
    }
}

/// The table of the specification. Coordinate and sign descent are there after ten steps; normalised GD comes as near
/// in a thousand steps as GD in 10⁴³; GD's angle falls like 1/ln t.
#[test]
fn every_rule_tends_to_the_margin_of_its_norm() {
    let running = [
        "gd",
        "sgd",
        "normalised",
        "sign",
        "coordinate",
        "adam",
        "mirror",
    ];
    let mut angles = [const { Vec::new() }; 8];
    for seed in FRESH {
        let mut course = course(seed, &[], &running);
        let early = course.at(10);
        for name in ["sign", "coordinate"] {
            let angle = early.value(name, "merit");
            assert!(angle < 1e-6, "seed {seed}, {name}: {angle:e}");
        }
        let state = course.at(1000);
        angles[0].push(state.value("normalised", "merit"));
        let state = course.at(10_000);
        angles[1].push(state.value("normalised", "merit"));
        angles[2].push(state.value("mirror", "merit"));
        angles[3].push(state.value("adam", "merit"));
        angles[4].push(state.value("gd", "merit"));
        let state = course.at(100_000);
        angles[5].push(state.value("gd", "merit"));
        angles[6].push(state.value("sgd", "merit"));
        angles[7].push(state.value("gd", "norm_l2") / state.value("gd", "norm_theory"));
        assert!(state.value("gd", "training_loss") < 1e-4);
        let ratio = state.value("gd", "margin_ratio");
        assert!((0.9..=1.0 + 1e-9).contains(&ratio), "seed {seed}: {ratio}");
    }
    let names = [
        "normalised GD, 10³ steps",
        "normalised GD, 10⁴",
        "mirror ℓ₃, 10⁴",
        "Adam, 10⁴",
        "GD, 10⁴",
        "GD, 10⁵",
        "SGD, 10⁵",
        "‖w‖ of GD over the theorem's, 10⁵",
    ];
    let [normalised, later, mirror, adam, gd, gd_later, sgd, norm] =
        std::array::from_fn(|at| sorted(names[at], angles[at].clone()));
    assert!(normalised[7] < 0.01 && later[7] < 1e-3);
    // Slow: nearly all of the way after 10⁴ steps is still to go, but no run is far away.
    assert!(median(&gd) > 10.0 * median(&normalised) && gd[7] < 0.2);
    assert!(gd_later[7] < 0.15 && sgd[7] < 0.2);
    assert!(mirror[7] < 0.15 && adam[7] < 0.3);
    // What is left of ρ falls like 1/ln t: 2 % of ‖w‖ at 10⁵ steps.
    assert!(norm[0] > 0.97 && norm[7] < 1.03);
}

/// Against ln t the inverse of the angle is a straight line, as far as the run is not passing through its answer: from
/// decade to decade it rises, and by about as much. On the preset's data, those of the specification: 7.3, 8.7, 10.5,
/// 13 and 16 after 10, …, 10⁵ steps.
#[test]
fn the_inverse_angle_of_gd_rises_by_as_much_in_every_decade() {
    let mut course = course(0, &[], &["gd"]);
    let inverse =
        [1, 2, 3, 4, 5].map(|power| course.at(10_u64.pow(power)).value("gd", "inverse_angle"));
    let rises: Vec<f64> = inverse.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(rises.iter().all(|rise| *rise > 0.0), "{inverse:?}");
}

/// Mirror descent tends to the margin of its p, which an exhaustive search over directions gives independently.
#[test]
fn mirror_descent_tends_to_the_margin_of_its_p() {
    for (p, expected) in [
        ("1.5", [0.889, 0.222]),
        ("3", [0.739, 0.522]),
        ("6", [0.697, 0.607]),
    ] {
        let power: f64 = p.parse().unwrap();
        let mut course = course(1000, &[("p", p)], &["mirror"]);
        let (x, y) = (course.array("x"), course.array("y"));
        let margin = |angle: f64| {
            let w = [angle.cos(), angle.sin()];
            let rows = x.chunks_exact(2).zip(&y).map(|(x, y)| y * dot(x, &w));
            let size = (w[0].abs().powf(power) + w[1].abs().powf(power)).powf(1.0 / power);
            rows.fold(f64::INFINITY, f64::min) / size
        };
        let angles = (0..=100_000).map(|i| 1e-5 * f64::from(i));
        let best = angles
            .max_by(|a, b| margin(*a).total_cmp(&margin(*b)))
            .unwrap();
        assert!(
            (best - f64::atan2(expected[1], expected[0])).abs() < 2e-3,
            "{p}: {best}"
        );
        let early = course.at(100);
        let angle_to = |w: &[f64]| (f64::atan2(w[1], w[0]) - best).abs();
        let late = course.at(30_000);
        // The lab's own answer is the same direction, to the spacing of the search.
        let gap = (late.value("mirror", "merit") - angle_to(late.w("mirror"))).abs();
        assert!(gap < 1e-4, "{p}: {gap}");
        let ratio = late.value("mirror", "margin_ratio");
        assert!(
            ratio > early.value("mirror", "margin_ratio") && ratio <= 1.0 + 1e-9,
            "{p}: {ratio}"
        );
    }
}

/// With two support vectors in the plane all three norms agree. Normalised GD is there to 1e-3 after 10⁴ steps (3e-5 to
/// 3e-4 on the specification's five sets), where GD is a hundred times farther away after 10⁵ (0.07 to 0.2; 0.003 to
/// 0.024 on those five, whose law is not stated).
#[test]
fn blobs_have_one_answer_that_gd_reaches_slowly() {
    let (mut normalised, mut gd) = (Vec::new(), Vec::new());
    for seed in FRESH {
        let more = [("data", "blobs"), ("class_distance", "8")];
        let mut course = course(seed, &more, &["gd", "normalised"]);
        normalised.push(course.at(10_000).value("normalised", "merit"));
        gd.push(course.at(100_000).value("gd", "merit"));
    }
    let normalised = sorted("blobs, normalised GD, 10⁴", normalised);
    let gd = sorted("blobs, GD, 10⁵", gd);
    assert!(normalised[7] < 1e-3 && gd[7] < 0.4);
    assert!(median(&gd) > 100.0 * median(&normalised));
}
