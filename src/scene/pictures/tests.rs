//! Every picture of every preset, and of histories that lack something.

mod failures;

use std::borrow::Cow;

use super::paths::Paths;
use super::series::Series;
use super::stems::Stems;
use super::*;
use crate::figure::simulate::simulate;
use crate::recipe::{Recipe, preset, presets};
use crate::scene::clock::Clock;
use crate::scene::scale::place;
use crate::scene::view::Window;
use crate::sim::history::RunHistory;

/// Steps of the test runs.
const STEPS: u64 = 300;

pub(in crate::scene) fn view<'a>(history: &'a History, recipe: &'a Recipe) -> View<'a> {
    View {
        history,
        knobs: &recipe.knobs,
        clock: Clock::Steps,
        log_time: true,
        theory: true,
        hidden: &[],
        cursor: None,
        until: None,
        window: None,
    }
}

pub(in crate::scene) fn run(recipe: &Recipe) -> History {
    simulate(recipe, STEPS, true, &mut |_| {}).unwrap()
}

pub(in crate::scene) fn recipe(name: &str, settings: &[(&str, &str)]) -> Recipe {
    let mut recipe = preset(name).unwrap().recipe();
    for (key, value) in settings {
        recipe.knobs.set_text(key, value).unwrap();
    }
    recipe
}

/// The panels that have something to show.
fn panels(recipe: &Recipe, history: &History) -> impl Iterator<Item = &'static Panel> {
    let facts = &history.setup.facts;
    let panels = recipe.lab.cells().iter().copied().flatten();
    panels.filter(|panel| (panel.relevant)(facts))
}

pub(in crate::scene) fn panel(recipe: &Recipe, id: &str) -> &'static Panel {
    let mut panels = recipe.lab.cells().iter().copied().flatten();
    panels.find(|panel| panel.id == id).unwrap()
}

pub(super) fn plot(panel: &Panel, view: &View<'_>) -> Option<Plot> {
    match cell(panel, view, &mut Memory::default()).content {
        Content::Plot(plot) => Some(plot),
        Content::Table(_) => None,
    }
}

/// Whether a panel is of a kind.
fn is<P: Picture>(panel: &Panel) -> bool {
    let picture: &dyn Any = panel.picture;
    picture.is::<P>()
}

fn named(plot: &Plot, name: &str) -> bool {
    plot.layers.iter().any(|layer| layer.name == name)
}

/// All coordinates of a layer.
fn coordinates(layer: &Layer) -> Vec<f64> {
    match &layer.shape {
        Shape::Line { curve, .. } => curve.points([false; 2]).as_flattened().to_vec(),
        Shape::Area(points) | Shape::Points { at: points, .. } => points.as_flattened().to_vec(),
        Shape::Band(ribbon) => ribbon.rows([false; 2]).as_flattened().to_vec(),
        Shape::Segments(segments) => segments.as_flattened().as_flattened().to_vec(),
        Shape::Bars { bars, .. } => bars.as_flattened().to_vec(),
        Shape::Horizontal(at, _) | Shape::Vertical(at, _) => vec![*at],
        Shape::Arrow(ends) => ends.as_flattened().to_vec(),
        Shape::Text { at, .. } => at.as_flattened().to_vec(),
    }
}

fn check(plot: &Plot, what: &str) {
    assert_eq!(plot.note.is_empty(), !plot.layers.is_empty(), "{what}");
    for axis in [&plot.x, &plot.y] {
        if let Some((low, high)) = axis.range {
            assert!(low.is_finite() && high.is_finite() && low <= high, "{what}");
            assert!(!axis.log || low > 0.0, "{what}: {low}");
        }
    }
    for layer in &plot.layers {
        let name = &layer.name;
        assert!(!name.is_empty(), "{what}: {:?}", layer.shape);
        assert!(
            layer.opacity > 0.0 && layer.opacity <= 1.0,
            "{what}: {name}"
        );
        let coordinates = coordinates(layer);
        // Lines and bands may break.
        let may_break = matches!(layer.shape, Shape::Line { .. } | Shape::Band(_));
        let finite = coordinates.iter().all(|part| part.is_finite());
        assert!(finite || may_break, "{what}: {name}");
        if let Shape::Band(ribbon) = &layer.shape {
            let order = ribbon
                .rows([false; 2])
                .iter()
                .all(|[_, low, high]| low.is_nan() || high.is_nan() || low <= high);
            assert!(order, "{what}: {name}");
        }
    }
}

#[test]
fn every_picture_of_every_preset_is_sound_and_its_axes_stand_still() {
    for preset in presets() {
        let recipe = preset.recipe();
        let history = run(&recipe);
        for panel in panels(&recipe, &history) {
            let what = format!("{} of {}", panel.id, preset.id);
            let whole = view(&history, &recipe);
            assert_eq!(
                cell(panel, &whole, &mut Memory::default()).about,
                panel.about
            );
            let Some(end) = plot(panel, &whole) else {
                assert!(
                    matches!(cell(panel, &whole, &mut Memory::default()).content, Content::Table(rows) if !rows.is_empty())
                );
                continue;
            };
            check(&end, &what);
            // Of deeper networks less is known.
            let deep = history.scalar("depth").is_some_and(|depth| depth > 2.0);
            assert!(deep || !end.layers.is_empty(), "{what}: {}", end.note);
            let over_time = is::<Series>(panel) || is::<Paths>(panel);
            for (cursor, until) in [
                (Some(100), None),
                (None, Some(40)),
                (Some(7), Some(40)),
                (Some(0), Some(0)),
                (Some(1_000_000), None),
            ] {
                let early = View {
                    cursor,
                    until,
                    ..whole
                };
                let part = plot(panel, &early).unwrap();
                check(&part, &what);
                assert_eq!((&part.x, &part.y), (&end.x, &end.y), "{what}");
                let expected = over_time && cursor.is_some() && part.note.is_empty();
                assert_eq!(named(&part, "cursor"), expected, "{what}");
                let lines = part.layers.iter().filter_map(|layer| match &layer.shape {
                    Shape::Line { curve, .. } if over_time => Some(curve.points([false; 2])),
                    _ => None,
                });
                let last = lines.flat_map(Cow::into_owned).map(|[x, _]| x);
                let last = last.fold(0.0, f64::max);
                let most = until.unwrap_or(STEPS) as f64;
                assert!(last <= most, "{what}: {last}");
            }
            for clock in Clock::ALL {
                let linear = View {
                    clock,
                    log_time: false,
                    theory: false,
                    cursor: Some(50),
                    ..whole
                };
                check(&plot(panel, &linear).unwrap(), &what);
            }
        }
    }
}

#[test]
fn runs_are_drawn_as_lines_with_extremes_dots_and_a_reference() {
    let recipe = recipe("fig2", &[]);
    let history = run(&recipe);
    let view = view(&history, &recipe);
    let loss = plot(panel(&recipe, "training_loss"), &view).unwrap();
    assert!(named(&loss, "GD") && named(&loss, "SGD 2") && named(&loss, "SGD 2 extremes"));
    assert_eq!(loss.y.label, "L(β)");
    assert_eq!(loss.x.range, Some((1.0, STEPS as f64)));
    let (low, high) = loss.y.range.unwrap();
    assert!((high.log10() - high.log10().round()).abs() < 1e-12 && low < high);
    let validation = plot(panel(&recipe, "validation_loss"), &view).unwrap();
    assert_eq!(validation.y.label, "‖β − β*‖₂²");
    assert!(named(&validation, "SGD 2 validation at the destination"));
    assert_eq!(
        validation.key[0].label,
        "validation at the destination (dots)"
    );
    let bare = View {
        theory: false,
        ..view
    };
    let bare = plot(panel(&recipe, "validation_loss"), &bare).unwrap();
    assert!(bare.layers.len() < validation.layers.len() && bare.key.is_empty());
    let norm = plot(panel(&recipe, "norm_l1"), &view).unwrap();
    assert_eq!(norm.y.range.unwrap().0, 0.0);
    assert!(named(&norm, "min ‖β‖₁"));
    let integral = plot(panel(&recipe, "loss_integral"), &view).unwrap();
    assert_eq!(integral.y.label, "∫₀ᵗ L ds");
    let hidden = View {
        hidden: &["sgd"],
        ..view
    };
    let hidden_loss = plot(panel(&recipe, "training_loss"), &hidden).unwrap();
    assert!(named(&hidden_loss, "GD") && !named(&hidden_loss, "SGD 2"));
    assert_eq!(legend(&hidden).len() + 1, legend(&view).len());
}

#[test]
fn large_families_are_a_median_between_quantiles() {
    let recipe = recipe("fig2", &[("sgd_runs", "12")]);
    let history = run(&recipe);
    let view = view(&history, &recipe);
    for id in ["training_loss", "sharpness"] {
        let plot = plot(panel(&recipe, id), &view).unwrap();
        check(&plot, id);
        assert!(
            named(&plot, "SGD median") && named(&plot, "SGD 10–90 %"),
            "{id}"
        );
        assert!(named(&plot, "GD") && !named(&plot, "SGD 2"), "{id}");
    }
    let entries = legend(&view);
    let labels: Vec<&str> = entries.iter().map(|entry| entry.label.as_str()).collect();
    assert_eq!(labels, ["GD", "SGD ×12", "SGF ×2", "β*"]);
    let cost = View {
        clock: Clock::Gradients,
        cursor: Some(100),
        ..view
    };
    let plot = plot(panel(&recipe, "training_loss"), &cost).unwrap();
    let cursors = plot.layers.iter().filter(|layer| layer.name == "cursor");
    assert_eq!(
        cursors.count(),
        3,
        "every family has its own cost at a step"
    );
}

#[test]
fn a_run_that_diverges_ends_in_a_cross() {
    let recipe = recipe("fig2", &[("step_size", "5")]);
    let history = run(&recipe);
    let whole = view(&history, &recipe);
    let loss = panel(&recipe, "training_loss");
    assert!(named(&plot(loss, &whole).unwrap(), "SGD 2 diverged"));
    let before = View {
        until: Some(1),
        ..whole
    };
    assert!(!named(&plot(loss, &before).unwrap(), "SGD 2 diverged"));
    for panel in panels(&recipe, &history) {
        if let Some(plot) = plot(panel, &whole) {
            check(&plot, panel.id);
        }
    }
}

#[test]
fn live_changes_are_marked() {
    let mut recipe = recipe("fig2", &[]);
    recipe.changes.push(crate::recipe::Change {
        step: 20,
        settings: vec![("step_size".into(), crate::knobs::Value::Real(0.01))],
    });
    let history = run(&recipe);
    let time = View {
        clock: Clock::Time,
        ..view(&history, &recipe)
    };
    let loss = plot(panel(&recipe, "training_loss"), &time).unwrap();
    let changes = loss.layers.iter().filter_map(|layer| match layer.shape {
        Shape::Vertical(at, Pattern::Dashed) => Some(at),
        _ => None,
    });
    let changes: Vec<f64> = changes.collect();
    assert_eq!(changes.len(), 1);
    assert!((changes[0] - history.marks[0].time).abs() < 1e-12);
}

#[test]
fn the_line_at_two_over_the_step_size_follows_a_live_change_of_it() {
    let line = |recipe: &Recipe| {
        let history = run(recipe);
        let sharpness = plot(panel(recipe, "sharpness"), &view(&history, recipe)).unwrap();
        assert_eq!(sharpness.key.len(), 1);
        let mut layers = sharpness.layers.into_iter();
        layers.find(|layer| layer.name == "2/γ").unwrap().shape
    };
    let mut recipe = recipe("fig2", &[("step_size", "0.1")]);
    assert!(matches!(line(&recipe), Shape::Horizontal(20.0, _)));
    recipe.changes.push(crate::recipe::Change {
        step: 30,
        settings: vec![("step_size".into(), crate::knobs::Value::Real(0.01))],
    });
    let Shape::Line { curve, .. } = line(&recipe) else {
        panic!("no longer straight across");
    };
    let points = curve.points([false; 2]);
    let levels: Vec<f64> = points.iter().map(|[_, y]| *y).collect();
    assert_eq!(levels, [20.0, 20.0, 200.0, 200.0]);
    assert_eq!((points[1][0], points[2][0]), (30.0, 30.0));
    assert_eq!(points[3][0], STEPS as f64);
}

#[test]
fn rings_of_the_truth_are_inside_the_paths_from_the_first_step_on() {
    let recipe = recipe("fig2", &[]);
    let history = simulate(&recipe, 2, false, &mut |_| {}).unwrap();
    let truth = history.vector("beta_star").unwrap();
    let paths = plot(panel(&recipe, "paths"), &view(&history, &recipe)).unwrap();
    let (low, high) = paths.y.range.unwrap();
    assert!(truth.iter().all(|beta| (low..=high).contains(beta)));
}

#[test]
fn the_thermometer_says_what_its_bars_are_at_any_depth() {
    for (depth, what) in [("2", "√|w₊ⱼw₋ⱼ|"), ("3", "effective αⱼ")] {
        let recipe = recipe("depth-3", &[("depth", depth)]);
        let history = run(&recipe);
        let bars = plot(panel(&recipe, "thermometer"), &view(&history, &recipe)).unwrap();
        assert!(bars.key[0].label.ends_with(what), "{}", bars.key[0].label);
    }
}

#[test]
fn what_is_nowhere_known_says_so() {
    let recipe = recipe("fig2", &[]);
    let mut history = run(&recipe);
    let column = history.setup.column("validation_loss").unwrap();
    for run in &mut history.runs {
        run.values[column].fill(f64::NAN);
    }
    let validation = panel(&recipe, "validation_loss");
    let plot = plot(validation, &view(&history, &recipe)).unwrap();
    assert!(plot.layers.is_empty());
    assert_eq!(plot.note, NOT_AVAILABLE);
}

#[test]
fn a_history_without_rows_or_theory_panics_nowhere() {
    for name in ["fig2", "toy-small", "toy-3d", "fourier-sparse"] {
        let recipe = recipe(name, &[]);
        let mut history = simulate(&recipe, STEPS, false, &mut |_| {}).unwrap();
        history.runs[0] = RunHistory::default();
        let nothing = History::new(history.setup.clone());
        let start = simulate(&recipe, 0, true, &mut |_| {}).unwrap();
        for history in [&history, &nothing, &start] {
            for panel in panels(&recipe, history) {
                for until in [None, Some(10)] {
                    let view = View {
                        until,
                        cursor: until,
                        ..view(history, &recipe)
                    };
                    if let Some(plot) = plot(panel, &view) {
                        check(&plot, panel.id);
                        let over_time = is::<Series>(panel);
                        if history.len() < 2 && over_time {
                            assert_eq!(plot.note, NOTHING_YET, "{}", panel.id);
                        }
                    }
                }
            }
        }
    }
}

/// What both painters are given of a layer: all but how finely its curves are told.
fn outline(layer: &Layer) -> String {
    let shape = match &layer.shape {
        Shape::Line {
            pattern, marked, ..
        } => format!("line {pattern:?} {marked}"),
        Shape::Band(_) => "band".to_owned(),
        // A window knows the place of its cursor, a page the step.
        Shape::Vertical(at, pattern) => format!("vertical {at:.6} {pattern:?}"),
        other => format!("{other:.6?}"),
    };
    let Layer {
        name,
        ink,
        opacity,
        width,
        ..
    } = layer;
    format!("{name}: {ink:?} {opacity} {width} {shape}")
}

/// The readings of the clock in steps, in places of a logarithmic axis or a linear one.
fn places(history: &History, log: bool) -> Vec<Vec<Option<f64>>> {
    let runs = 0..history.runs.len();
    let places = runs.map(|run| {
        let readings = Clock::Steps.readings(history, run).into_iter();
        readings.map(|reading| place(reading, log)).collect()
    });
    places.collect()
}

#[test]
fn entries_are_the_same_whether_drawn_all_along_or_from_now_on() {
    let recipe = recipe("fig2", &[]);
    let (early, late) = (simulate(&recipe, 100, false, &mut |_| {}), run(&recipe));
    let mut memory = Memory::default();
    let mut entries = |history: &History, drawn: &[usize], log: bool| {
        let readings = places(history, log);
        let window = Window {
            readings: &readings,
            time: (0.0, if log { 2.5 } else { 300.0 }),
            cursor: None,
            moved: [None; 2],
            size: [200.0, 100.0],
            turn: None,
        };
        let view = View {
            log_time: log,
            window: Some(window),
            ..view(history, &recipe)
        };
        let outline = |memory: &mut Memory| -> Vec<_> {
            let entries = memory.entries(&view, 1, drawn, |_, state| state[0].clone());
            let points = entries.into_iter();
            points
                .map(|(curve, span)| (curve.points([log, false]).into_owned(), span))
                .collect()
        };
        (outline(&mut memory), outline(&mut Memory::default()))
    };
    entries(&early.unwrap(), &[3, 4], true);
    for (drawn, log) in [([4, 7], true), ([7, 99], false), ([3, 4], true)] {
        let (followed, anew) = entries(&late, &drawn, log);
        assert!(followed.iter().all(|(points, _)| points.len() > 50));
        assert_eq!(followed, anew, "{drawn:?}");
    }
}

#[test]
fn a_window_is_given_the_layers_of_the_page() {
    for preset in presets() {
        // More runs than lines of one colour that can be told apart.
        let many = [("sgd_runs", "10")];
        let settings: &[_] = if preset.id == "fig2" { &many } else { &[] };
        let recipe = recipe(preset.id, settings);
        let history = run(&recipe);
        let readings = places(&history, true);
        for panel in panels(&recipe, &history) {
            let what = format!("{} of {}", panel.id, preset.id);
            for cursor in [None, Some(40)] {
                let page = View {
                    cursor,
                    ..view(&history, &recipe)
                };
                let Some(on_page) = plot(panel, &page) else {
                    continue;
                };
                let window = Window {
                    readings: &readings,
                    time: (0.0, (STEPS as f64).log10()),
                    cursor: cursor.map(|step| (step as f64).log10()),
                    moved: [None; 2],
                    // As many pixels as places at which a page evaluates a function.
                    size: [500.5, 300.0],
                    turn: None,
                };
                let on_screen = View {
                    cursor: None,
                    window: Some(window),
                    ..page
                };
                let on_screen = plot(panel, &on_screen).unwrap();
                assert_eq!(on_screen.note, on_page.note, "{what}");
                assert_eq!(on_screen.key, on_page.key, "{what}");
                assert_eq!(on_screen.x.label, on_page.x.label, "{what}");
                assert_eq!(on_screen.y.label, on_page.y.label, "{what}");
                let is_companion = |layer: &&Layer| {
                    !is_dots_of_companion(panel, layer) && !is_name_under_stems(panel, layer)
                };
                let [on_page, on_screen] = [&on_page, &on_screen].map(|plot| {
                    let layers = plot.layers.iter().filter(is_companion);
                    layers.map(outline).collect::<Vec<_>>()
                });
                assert_eq!(on_screen, on_page, "{what}");
            }
        }
    }
}

/// Whether a layer is a name under a stem, which stands at the foot of a frame that a window remembers.
fn is_name_under_stems(panel: &Panel, layer: &Layer) -> bool {
    is::<Stems>(panel) && matches!(layer.shape, Shape::Text { .. })
}

/// Whether a layer is the dots of a companion quantity, which stand as far apart as there are pixels.
fn is_dots_of_companion(panel: &Panel, layer: &Layer) -> bool {
    let dots = matches!(&layer.shape, Shape::Points { at, .. } if at.len() > 1);
    is::<Series>(panel) && dots
}
