//! What the lab's pictures are made of, and what its captions say.

use implicit_bias_lab::figure::simulate::simulate;
use implicit_bias_lab::labs::Shown;
use implicit_bias_lab::recipe::{Recipe, preset};
use implicit_bias_lab::scene::clock::Clock;
use implicit_bias_lab::scene::memory::Memory;
use implicit_bias_lab::scene::pictures::cell;
use implicit_bias_lab::scene::view::View;
use implicit_bias_lab::scene::{Content, Plot, Shape};
use implicit_bias_lab::sim::history::History;

use super::*;

fn recipe(name: &str, settings: &[(&str, &str)]) -> Recipe {
    let mut recipe = preset(name).unwrap().recipe();
    for (key, value) in settings {
        recipe.knobs.set_text(key, value).unwrap();
    }
    recipe
}

fn history(recipe: &Recipe, steps: u64) -> History {
    simulate(recipe, steps, true, &mut |_| {}).unwrap()
}

fn plot(recipe: &Recipe, history: &History, id: &str) -> Plot {
    let view = View {
        history,
        knobs: &recipe.knobs,
        clock: Clock::Steps,
        log_time: true,
        theory: true,
        hidden: &[],
        cursor: None,
        until: None,
        window: None,
    };
    let mut panels = recipe.lab.cells().iter().copied().flatten();
    let panel = panels.find(|panel| panel.id == id).unwrap();
    match cell(panel, &view, &mut Memory::default()).content {
        Content::Plot(plot) => plot,
        Content::Table(_) => panic!("a table"),
    }
}

/// What a handle would set where it is, are the settings as they are: one in the plane sets both shifts of the span, and
/// one off it the third.
#[test]
fn the_start_has_handles_in_the_plane_and_off_it() {
    let settings = [
        ("start_span_1", "0.31"),
        ("start_span_2", "-0.2"),
        ("start_off", "0.17"),
    ];
    let recipe = recipe("linear-span", &settings);
    let plot = plot(&recipe, &history(&recipe, 50), "space");
    let handles = &plot.live.handles;
    assert_eq!(handles.len(), 2);
    let mut seen = Vec::new();
    for handle in handles {
        for follower in &handle.settings {
            let value = follower.constant + dot(&follower.along, &handle.at);
            let set = recipe.knobs.real(follower.setting);
            assert!(
                (value - set).abs() < 1e-12,
                "{}: {value}, {set}",
                follower.setting
            );
            seen.push(follower.setting);
        }
    }
    assert_eq!(seen, ["start_span_1", "start_span_2", "start_off"]);
    // In the plane of two coefficients a single handle does both, beside that of the datum.
    let recipe = self::recipe("linear-bregman", &[]);
    let plot = self::plot(&recipe, &history(&recipe, 50), "space");
    let settings: Vec<Vec<&str>> = (plot.live.handles.iter())
        .map(|handle| {
            handle
                .settings
                .iter()
                .map(|follower| follower.setting)
                .collect()
        })
        .collect();
    assert_eq!(
        settings,
        [
            vec!["datum_x1", "datum_x2"],
            vec!["start_span_1", "start_off"]
        ]
    );
}

/// The Bregman ball touches the line of solutions at the end of mirror descent: no point of it is beyond the line by
/// more than its chords are off the curve, and one is on it.
#[test]
fn the_bregman_ball_touches_the_line() {
    for p in ["1.2", "2", "6"] {
        let recipe = recipe("linear-bregman", &[("p", p)]);
        let plot = plot(&recipe, &history(&recipe, 20_000), "space");
        let ball = plot.layers.iter().find_map(|layer| match &layer.shape {
            Shape::Area(points) => Some(points),
            _ => None,
        });
        let beyond = ball.unwrap().iter().map(|[a, b]| a + 0.45 * b - 1.0);
        let most = beyond.fold(f64::NEG_INFINITY, f64::max);
        // Ninety points: up to four degrees from where it touches, 1 − cos 2° = 6e-4 inside, more at a corner.
        assert!((-0.02..1e-6).contains(&most), "{p}: {most}");
    }
}

/// A caption tells the numbers of its row, not of the preset: other settings, other words.
#[test]
fn captions_are_computed() {
    let told = |name: &str, settings: &[(&str, &str)], steps: u64| {
        let recipe = recipe(name, settings);
        let history = history(&recipe, steps);
        LAB.caption(&Shown {
            knobs: &recipe.knobs,
            history: &history,
            row: history.len() - 1,
            hidden: &[],
        })
    };
    let span = told("linear-span", &[], 4000);
    for part in [
        "GD, SGD and Heavy ball are where",
        "Adam +0.60",
        "Coordinate descent −0.60",
    ] {
        assert!(span.contains(part), "{span}");
    }
    let early = told("linear-span", &[], 3);
    assert!(
        early.contains("Distance to their own") && !early.contains("Adam"),
        "{early}"
    );
    let memory = told("linear-remembered", &[], 2000);
    assert!(
        memory.starts_with("Random labels: GD fits them"),
        "{memory}"
    );
    let later = told("linear-remembered", &[], 9000);
    assert!(later.contains("its projection has"), "{later}");
    let torn = told(
        "linear-margin",
        &[("data", "blobs"), ("class_distance", "1")],
        1000,
    );
    assert!(torn.contains("no margin exists"), "{torn}");
    let diverged = told("linear-span", &[("step_size", "50")], 2000);
    assert!(diverged.contains("diverged"), "{diverged}");
    let directions = told("linear-geometries", &[], 1000);
    assert!(directions.contains("Coordinate descent"), "{directions}");
}
