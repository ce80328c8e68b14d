//! What is opened, saved, copied and pasted.

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, OutputCommand, Vec2};
use egui_kittest::kittest::Queryable as _;
use implicit_bias_lab::recipe::link;
use implicit_bias_lab::ui::App;

use super::harness::{DESIGN, Window, app, app_mut, ready, save_as, small, wait, window};

/// The window with a run of 60 steps whose γ was changed after 40 of them.
fn changed_run() -> Window {
    let mut window = ready(small(), DESIGN);
    for step in 1..=40 {
        window.key_press(Key::ArrowRight);
        window.step();
        wait(&mut window, "a step", |app| app.step() == step);
    }
    window
        .get_by_role_and_label(Role::Slider, "γ")
        .set_value_accesskit(0.05);
    window.run_steps(3);
    wait(&mut window, "the change", |app| {
        app.recipe_of_run()
            .is_some_and(|recipe| !recipe.changes.is_empty())
    });
    for step in 41..=60 {
        window.key_press(Key::ArrowRight);
        window.step();
        wait(&mut window, "a step", |app| app.step() == step);
    }
    window
}

fn copied_link(window: &mut Window) -> String {
    let ctx = window.ctx.clone();
    app_mut(window).copy_link(&ctx);
    let commands = ctx.output(|output| output.commands.clone());
    let copied = commands.into_iter().find_map(|command| match command {
        OutputCommand::CopyText(text) => Some(text),
        _ => None,
    });
    copied.expect("a link was copied")
}

#[test]
fn links_pictures_and_folders_open_where_the_run_was() {
    let mut window = changed_run();
    let made = app(&window).recipe_of_run().expect("a run");
    assert_eq!((made.step, made.changes.len()), (60, 1));
    let link = copied_link(&mut window);
    assert_eq!(link::decode(&link).expect("a link"), made);

    let folder = tempfile::tempdir().expect("a folder");
    let picture = folder.path().join("figure.png");
    let bytes = [b"\x89PNG", link.as_bytes()].concat();
    std::fs::write(&picture, bytes).expect("a file");
    std::fs::write(folder.path().join("scenario.toml"), made.to_toml()).expect("a file");
    let arrived = |app: &App| app.recipe_of_run().is_some_and(|recipe| recipe == made);
    for case in 0..3 {
        window.key_press(Key::Num1);
        window.step();
        wait(&mut window, "another recipe", |app| {
            app.step() == 0 && !arrived(app)
        });
        match case {
            0 => window.event(Event::Paste(format!("See\n{link}"))),
            1 => app_mut(&mut window).open_file(&picture),
            _ => app_mut(&mut window).open_file(folder.path()),
        }
        window.step();
        wait(&mut window, "the same step", arrived);
        assert!(!app(&window).playing(), "{case}");
    }
}

#[test]
fn who_was_sent_a_page_passes_the_page_on() {
    let mut window = changed_run();
    let link = copied_link(&mut window);
    assert!(link.starts_with("ibl:"), "{link}");
    let text = format!("Look: http://lab.example/a/?play#{link}");
    window.event(Event::Paste(text));
    window.step();
    wait(&mut window, "the run", |app| app.recipe_of_run().is_some());
    assert_eq!(
        copied_link(&mut window),
        format!("http://lab.example/a/#{link}")
    );
    let status = app(&window).status();
    assert!(
        status.contains("opens at http://lab.example/a/"),
        "{status}"
    );
    // One without a page takes nothing back.
    window.event(Event::Paste(link));
    window.step();
    wait(&mut window, "the run", |app| app.recipe_of_run().is_some());
    assert!(copied_link(&mut window).starts_with("http://lab.example/a/#ibl:"));
}

#[test]
fn what_cannot_be_opened_is_explained_and_the_run_kept() {
    let mut window = changed_run();
    let made = app(&window).recipe_of_run();
    let folder = tempfile::tempdir().expect("a folder");
    let picture = folder.path().join("photo.png");
    std::fs::write(&picture, b"\x89PNG").expect("a file");
    let torn = &copied_link(&mut window)[..60];
    for (paste, path, reason) in [
        (Some("a word"), None, "there is no link"),
        (Some(torn), None, "damaged"),
        (None, Some(picture.as_path()), "photo.png holds no recipe"),
        (None, Some(folder.path()), "no scenario.toml"),
    ] {
        if let Some(text) = paste {
            window.event(Event::Paste(text.to_owned()));
        }
        if let Some(path) = path {
            app_mut(&mut window).open_file(path);
        }
        window.step();
        let status = app(&window).status();
        assert!(status.contains(reason), "{status}");
        assert_eq!(app(&window).recipe_of_run(), made);
    }
    // A fork would not see the change.
    window.key_press(Key::F);
    window.step();
    let status = app(&window).status();
    assert!(status.contains("a fork would not see"), "{status}");
    let table = folder.path().join("table.csv");
    std::fs::write(&table, "y,a\n1,2\n2,3\n").expect("a file");
    app_mut(&mut window).open_file(&table);
    assert_eq!(app(&window).recipe().knobs.word("data"), "csv");
}

#[test]
fn a_bad_file_is_explained_and_the_recipe_kept() {
    let mut recipe = small();
    recipe.knobs.set_text("data", "csv").unwrap();
    recipe
        .knobs
        .set_text("csv_path", "no/such/file.csv")
        .unwrap();
    let mut window = window(recipe, DESIGN);
    window.step();
    wait(&mut window, "refusing", |app| {
        app.status().contains("no/such/file.csv")
    });
    assert_eq!(app(&window).recipe().knobs.word("data"), "csv");
    window.key_press(Key::Num1);
    window.step();
    wait(&mut window, "recovering", |app| {
        app.status().contains("Ready")
    });
}

#[test]
fn what_is_saved_holds_the_run_and_nothing_is_replaced_unasked() {
    let mut window = changed_run();
    let made = app(&window).recipe_of_run().expect("a run");
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    for (shift, format, name) in [
        (Modifiers::NONE, "", "plots.png"),
        (Modifiers::NONE, "SVG", "plots.svg"),
        (Modifiers::NONE, "PDF", "plots.pdf"),
        (Modifiers::SHIFT, "", "window.png"),
    ] {
        save_as(&mut window, shift, format, &at(name), "Save");
        wait(&mut window, name, |app| app.status().contains(name));
        let opened = implicit_bias_lab::recipe::carrier::open(&at(name)).expect(name);
        assert_eq!(opened, made, "{name}");
    }
    save_as(
        &mut window,
        Modifiers::NONE,
        "CSV",
        &at("plots.csv"),
        "Save",
    );
    wait(&mut window, "a table", |app| {
        app.status().contains("plots.csv")
    });
    let table = std::fs::read_to_string(at("plots.csv")).expect("a file");
    assert!(table.lines().count() > 100, "{table}");
    // A name that is taken takes another button.
    std::fs::write(at("plots.png"), "mine").expect("a file");
    window.key_press(Key::S);
    window.run_steps(3);
    window
        .get_by_role_and_label(Role::TextInput, "File")
        .focus();
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.event(Event::Text(at("plots.png").display().to_string()));
    window.run_steps(2);
    assert!(
        window
            .query_by_role_and_label(Role::Button, "Save")
            .is_none()
    );
    window.key_press(Key::Enter);
    window.run_steps(3);
    assert_eq!(std::fs::read(at("plots.png")).expect("a file"), b"mine");
    window
        .get_by_role_and_label(Role::Button, "Replace")
        .click();
    window.run_steps(2);
    wait(&mut window, "replacing", |_| {
        std::fs::read(at("plots.png")).is_ok_and(|bytes| bytes != b"mine")
    });
    // Folders are made; a file in the place of one is explained, and nothing is there.
    let new = at("no/such/folder.png");
    save_as(&mut window, Modifiers::NONE, "", &new, "Save");
    wait(&mut window, "saving", |_| new.is_file());
    let nowhere = at("plots.png/below.png");
    save_as(&mut window, Modifiers::NONE, "", &nowhere, "Save");
    wait(&mut window, "a refusal", |app| {
        app.status().contains("cannot write")
    });
    assert!(!nowhere.exists());
}

#[test]
fn a_run_that_has_not_begun_is_not_saved() {
    let mut window = window(small(), Vec2::new(1280.0, 800.0));
    window.run_steps(3);
    wait(&mut window, "loading", |app| app.recipe_of_run().is_some());
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plots.png");
    save_as(&mut window, Modifiers::NONE, "", &path, "Save");
    assert!(
        app(&window).status().contains("at step 0"),
        "{}",
        app(&window).status()
    );
    assert_eq!(
        std::fs::read_dir(folder.path()).expect("a folder").count(),
        0
    );
}

/// It names the run that was on the screen.
#[test]
fn the_dialog_goes_with_escape_and_with_another_run() {
    let mut window = changed_run();
    for key in [Key::Escape, Key::Num1] {
        window.key_press(Key::S);
        window.run_steps(3);
        assert!(window.query_by_label("Browse…").is_some());
        window.key_press(key);
        window.run_steps(3);
        assert!(window.query_by_label("Browse…").is_none(), "{key:?}");
    }
}

#[test]
fn the_run_is_saved_as_a_folder_and_as_a_clip() {
    let mut window = changed_run();
    let made = app(&window).recipe_of_run().expect("a run");
    let folder = tempfile::tempdir().expect("a folder");
    let choose = |window: &mut Window, subject: &str, format: &str, field: &str, name: &str| {
        window.key_press(Key::S);
        window.run_steps(3);
        window.get_by_role_and_label(Role::ComboBox, "What").click();
        window.run_steps(3);
        window.get_by_label(subject).click();
        window.run_steps(3);
        window.get_by_label(format).click();
        window.run_steps(2);
        window.get_by_role_and_label(Role::TextInput, field).focus();
        window.run_steps(2);
        window.key_press_modifiers(Modifiers::COMMAND, Key::A);
        window.event(Event::Text(folder.path().join(name).display().to_string()));
        window.run_steps(2);
        window.get_by_role_and_label(Role::Button, "Save").click();
        window.run_steps(2);
    };
    choose(&mut window, "The run's data", "NPZ folder", "Folder", "run");
    wait(&mut window, "a folder", |app| {
        app.status().contains("Saved")
    });
    let (recipe, history) =
        implicit_bias_lab::archive::read(&folder.path().join("run")).expect("a run");
    assert_eq!(recipe.changes, made.changes);
    assert_eq!(history.step.last(), Some(&made.step));
    choose(&mut window, "The run's data", "CSV", "File", "run.csv");
    wait(&mut window, "a table", |app| {
        app.status().contains("run.csv")
    });
    choose(&mut window, "Clip", "GIF", "File", "clip.gif");
    wait(&mut window, "a clip", |app| {
        app.status().contains("clip.gif")
    });
    let clip = std::fs::read(folder.path().join("clip.gif")).expect("a clip");
    assert!(
        clip.starts_with(b"GIF89a") && clip.len() < 5_000_000,
        "{} bytes",
        clip.len()
    );
}

#[test]
fn the_key_that_opens_the_dialog_does_not_answer_it() {
    let mut window = changed_run();
    window.key_press_modifiers(Modifiers::COMMAND, Key::K);
    window.run_steps(2);
    // Ends with Enter.
    super::harness::type_into(&mut window, "What to do", "save the run's data");
    window.run_steps(3);
    let save = window.query_by_role_and_label(Role::Button, "Save");
    assert!(save.is_some(), "it is open, and nothing is being saved");
    assert!(!app(&window).status().contains("Sav"));
}
