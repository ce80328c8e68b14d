//! The view of the sweeps.

use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, Vec2, pos2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use implicit_bias_lab::sweep::table::provenance::Provenance;

use super::harness::{
    DESIGN, TIMEOUT, Window, app, app_mut, choose, described, paints, ready, save_as, small,
    tessellate, type_into, wait,
};

/// The window with the sweeps of a small recipe, over four α with ten seeds.
fn sweeping(size: Vec2) -> Window {
    let mut window = ready(small(), size);
    window.key_press(Key::W);
    window.run_steps(2);
    assert!(app(&window).sweeping());
    let live = format!("With the live recipe: {}", app(&window).recipe().title);
    choose(&mut window, "Sweep", &live);
    type_into(&mut window, "First setting", "0.05:0.4:4");
    choose(&mut window, "Length of the runs", "the recipe's steps");
    window
}

fn sweep_to_the_end(window: &mut Window) {
    wait(window, "sweeping", |app| {
        app.sweep_progress().is_some_and(|[done, all]| done == all)
            && app.status().contains(" converged, ")
    });
}

/// Clicks into the picture over the axes of a sweep, so far from its left.
fn click_at_the_end(window: &mut Window, right: f32) {
    let picture = |node: &egui_kittest::Node<'_>| {
        let label = node.accesskit_node().label();
        label.is_some_and(|label| label.starts_with("At the end"))
    };
    let mut pictures = window.query_all_by_role(Role::Image);
    let rect = pictures.find(picture).expect("the picture").rect();
    drop(pictures);
    let at = pos2(rect.left() + right, rect.center().y);
    window.hover_at(at);
    window.run_steps(3);
    window.drag_at(at);
    window.drop_at(at);
    window.run_steps(3);
}

#[test]
fn a_sweep_paints_while_it_runs_stops_goes_on_and_opens_a_run() {
    let mut window = sweeping(DESIGN);
    assert!(paints(&window, "40\u{a0}cells"));
    window.key_press(Key::Space);
    window.step();
    wait(&mut window, "the first cell", |app| {
        app.sweep_progress().is_some_and(|[done, _]| done > 0)
    });
    window.get_by_label("⏹ Stop").click();
    window.step();
    wait(&mut window, "stopping", |app| {
        app.status().starts_with("Stopped at") || app.status().contains(" converged, ")
    });
    let [stopped, all] = app(&window).sweep_progress().unwrap();
    assert_eq!(all, 40);
    if stopped < all {
        window.get_by_label("▶ Go on").click();
        window.step();
    }
    sweep_to_the_end(&mut window);
    assert!(
        window
            .get_by_label("▶ Start")
            .accesskit_node()
            .is_disabled()
    );
    // The picture says its numbers, and so does the caption.
    let words = described(&window, "At the end");
    assert!(
        words.contains("α = 0.05: GD: ") && words.contains(", SGD: "),
        "{words}"
    );
    let words = described(&window, "Run by run, all values together");
    assert!(words.contains("SGD: rank correlation"), "{words}");
    assert!(
        window
            .query_by_label_contains("median validation loss is")
            .is_some()
    );
    tessellate(&window);

    // Every quantity can be shown.
    choose(&mut window, "Quantity", "∫L");
    tessellate(&window);

    // A click at the left end opens a run of the first place.
    click_at_the_end(&mut window, 90.0);
    assert!(!app(&window).sweeping());
    let knobs = &app(&window).recipe().knobs;
    assert_eq!(knobs.real("alpha"), 0.05);
    assert!(knobs.real_or_auto("step_size").is_some(), "γ is a number");
    // Under its own name, and run to where it ended.
    let title = &app(&window).recipe().title;
    assert!(title.contains(": α = 0.05, seed "), "{title}");
    wait(&mut window, "the run", |app| {
        app.step() > 0 && !app.status().contains("Ready")
    });
    // The sweep is still there.
    window.key_press(Key::W);
    window.run_steps(2);
    assert_eq!(app(&window).sweep_progress(), Some([40, 40]));
}

#[test]
fn a_map_and_a_cloud_are_drawn_at_every_size_and_in_both_themes() {
    for size in [DESIGN, Vec2::new(480.0, 360.0)] {
        let mut window = sweeping(DESIGN);
        choose(&mut window, "Second setting", "γ");
        type_into(&mut window, "Second setting", "0.02,0.05,3");
        window.key_press(Key::Space);
        window.step();
        sweep_to_the_end(&mut window);
        let words = described(&window, "At the end");
        assert!(words.contains("γ = 3: GD: –, 10 of 10 diverged"), "{words}");
        window.set_size(size);
        for key in [Key::T, Key::T, Key::F2] {
            window.key_press(key);
            window.run_steps(3);
            tessellate(&window);
        }
        window.key_press(Key::F2);
        window.run_steps(3);
        window.set_size(DESIGN);
        window.run_steps(3);
        choose(&mut window, "Colours", "SGD");
        choose(&mut window, "First setting", "nothing");
        choose(&mut window, "Second setting", "nothing");
        window.key_press(Key::Space);
        window.step();
        wait(&mut window, "the cloud", |app| {
            app.sweep_progress() == Some([10, 10]) && app.status().contains(" converged, ")
        });
        assert_eq!(described(&window, "At the end"), "");
        assert_eq!(described(&window, "Run by run, all"), "", "of one place");
        let words = described(&window, "Run by run");
        assert!(words.contains("SGF: rank correlation"), "{words}");
        window.set_size(size);
        window.run_steps(3);
        tessellate(&window);
    }
}

#[test]
fn the_step_size_is_asked_for_beside_its_name_unless_it_varies() {
    let mut window = sweeping(DESIGN);
    for width in (760..1500_u16).step_by(20) {
        window.set_size(Vec2::new(width.into(), 900.0));
        window.run_steps(2);
        let choice = window.get_by_label("Step size").rect();
        let is_beside = |node: egui_kittest::Node<'_>| {
            let gap = choice.left() - node.rect().right();
            gap > 0.0 && gap < 20.0 && choice.y_range().contains(node.rect().center().y)
        };
        let mut names = window.query_all_by_label("γ");
        assert!(names.any(is_beside), "in a window {width} wide");
    }
    choose(&mut window, "Second setting", "γ");
    assert!(window.query_by_label("Step size").is_none());
    choose(&mut window, "Second setting", "nothing");
    assert!(window.query_by_label("Step size").is_some());
}

#[test]
fn the_form_is_inside_of_a_window_that_is_narrower_than_a_setting_with_its_values() {
    let mut window = sweeping(DESIGN);
    choose(&mut window, "Second setting", "Weight decay λ");
    for width in (320..760_u16).step_by(20) {
        window.set_size(Vec2::new(width.into(), 900.0));
        window.run_steps(3);
        let fields = window.query_all_by_role(Role::TextInput);
        let lists = window.query_all_by_role(Role::ComboBox);
        for node in fields.chain(lists) {
            let rect = node.rect();
            let words = node.accesskit_node().label();
            assert!(
                rect.right() <= width.into(),
                "{words:?} at {rect} of {width}"
            );
        }
    }
}

#[test]
fn a_place_where_every_run_diverges_opens_as_well() {
    let mut window = sweeping(DESIGN);
    choose(&mut window, "First setting", "γ");
    type_into(&mut window, "First setting", "0.05,3,9");
    window.key_press(Key::Space);
    window.step();
    sweep_to_the_end(&mut window);
    let words = described(&window, "At the end");
    assert!(words.contains("γ = 9: GD: –, 10 of 10 diverged"), "{words}");
    // Far from the only medians, those of 0.05.
    click_at_the_end(&mut window, 400.0);
    assert!(!app(&window).sweeping());
    let knobs = &app(&window).recipe().knobs;
    assert_eq!(knobs.real_or_auto("step_size"), Some(9.0));
}

#[test]
fn what_cannot_be_swept_is_explained() {
    let mut window = sweeping(DESIGN);
    for (values, expected) in [
        ("1:0.005:12", "runs backwards: write alpha=0.005:1:12"),
        (",", "`` is not a number"),
        ("0.1:x:3", "`x` is not a number"),
    ] {
        type_into(&mut window, "First setting", values);
        assert!(
            window.query_by_label_contains(expected).is_some(),
            "{values}"
        );
        window.key_press(Key::Space);
        window.run_steps(2);
        let status = app(&window).status();
        assert!(status.contains(expected), "{status}");
    }
    // A place that cannot run stops the sweep with a message.
    choose(&mut window, "First setting", "Batch b");
    type_into(&mut window, "First setting", "1,1000");
    window.key_press(Key::Space);
    window.step();
    wait(&mut window, "the message", |app| {
        app.status().contains("batch = 1000 cannot run")
    });
    // So does one that takes for ever, until somebody agrees. Where a tiny step leaves no room for noise, the end of a run
    // is known from its first steps on: they have to take the others, too.
    window.get_by_label("end early").click();
    window.run_steps(2);
    type_into(&mut window, "First setting", "1");
    choose(&mut window, "First setting", "γ");
    type_into(&mut window, "First setting", "0.0000001,0.0000002");
    choose(&mut window, "Length of the runs", "until runs have settled");
    window.key_press(Key::Space);
    window.step();
    let start = Instant::now();
    while window.query_by_label("Start anyway").is_none() {
        assert!(start.elapsed() < TIMEOUT, "{}", app(&window).status());
        std::thread::sleep(Duration::from_millis(4));
        window.step();
    }
    // Nobody agrees to a sweep that the form does not describe any more.
    type_into(&mut window, "First setting", "0.0000001,0.0000003");
    assert!(window.query_by_label("Start anyway").is_none());
    let status = app(&window).status();
    assert!(
        status.ends_with("Space starts the sweep above instead"),
        "{status}"
    );
    type_into(&mut window, "First setting", "0.0000001,0.0000002");
    window.get_by_label("Start anyway").click();
    window.run_steps(3);
    window.get_by_label("⏹ Stop").click();
    window.run_steps(2);
    let status = app(&window).status();
    assert!(status.starts_with("Stopped at 0 of "), "at once: {status}");
}

#[test]
fn a_sweep_is_saved_as_pictures_and_as_the_table_of_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = sweeping(DESIGN);
    window.key_press(Key::Space);
    window.step();
    sweep_to_the_end(&mut window);
    for (format, name) in [
        ("PNG", "a.png"),
        ("SVG", "a.svg"),
        ("PDF", "a.pdf"),
        ("CSV", "a.csv"),
    ] {
        let path = folder.path().join(name);
        save_as(&mut window, Modifiers::NONE, format, &path, "Save");
        wait(&mut window, name, |app| app.status().contains(name));
        let bytes = std::fs::read(&path).unwrap();
        assert!(bytes.len() > 5000, "{name}");
    }
    let table = std::fs::read_to_string(folder.path().join("a.csv")).unwrap();
    assert!(table.starts_with("cell,alpha,"), "{table}");
    // A cell has GD, two of SGD and two of SGF.
    assert_eq!(table.lines().count(), 1 + 40 * 5);
    // A whole table is known by what stands beside it, as the command line's is.
    let provenance = Provenance::beside(&folder.path().join("a.csv")).unwrap();
    assert!(provenance.seals(&folder.path().join("a.csv")));
    assert_eq!((provenance.cells, provenance.cells_of_sweep), (40, 40));
    // A picture opens as the recipe that is varied.
    app_mut(&mut window).open_file(&folder.path().join("a.png"));
    assert!(!app(&window).sweeping());
    assert_eq!(app(&window).recipe().knobs.count("d"), 24);
}
