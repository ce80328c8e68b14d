//! Every control of every view has a name and may be pressed.

use std::collections::BTreeSet;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use implicit_bias_lab::recipe::preset;

use crate::harness::{DESIGN, Window, app, ready, small};

/// What a user acts on.
const CONTROLS: [Role; 9] = [
    Role::Button,
    Role::CheckBox,
    Role::ComboBox,
    Role::Link,
    Role::RadioButton,
    Role::Slider,
    Role::SpinButton,
    Role::Switch,
    Role::TextInput,
];

/// A dialog of the system would open on a developer's screen, and who leaves leaves.
const LEFT_ALONE: [&str; 4] = ["Browse", "Open a file", "Choose", "Quit"];

/// A view, and the key that leads there from a window that is ready.
type View = (&'static str, Option<(Modifiers, Key)>);

const VIEWS: [View; 9] = [
    ("plots", None),
    ("equations", Some((Modifiers::NONE, Key::E))),
    ("lecture", Some((Modifiers::NONE, Key::F2))),
    ("an enlarged plot", Some((Modifiers::NONE, Key::M))),
    ("sweeps", Some((Modifiers::NONE, Key::W))),
    ("keys", Some((Modifiers::NONE, Key::Questionmark))),
    ("commands", Some((Modifiers::COMMAND, Key::K))),
    ("saving", Some((Modifiers::COMMAND, Key::S))),
    ("annotations", Some((Modifiers::NONE, Key::A))),
];

fn press(window: &mut Window, (modifiers, key): (Modifiers, Key)) {
    window.key_press_modifiers(modifiers, key);
    window.run_steps(3);
}

/// The controls that act, by role and name, in their order.
fn controls(window: &Window) -> Vec<(Role, String)> {
    let nodes = window.root().children_recursive();
    let controls = nodes.filter_map(|node| {
        let node = node.accesskit_node();
        let is_one = CONTROLS.contains(&node.role()) && !node.is_disabled();
        is_one.then(|| (node.role(), node.label().unwrap_or_default()))
    });
    controls.collect()
}

/// Presses a control wherever it is, as a reader of screens does; whether it is there.
fn act(window: &mut Window, role: Role, name: &str) -> bool {
    let mut found = window.query_all_by_role_and_label(role, name);
    let Some(node) = found.next() else {
        return false;
    };
    node.click_accesskit();
    drop(found);
    window.run_steps(3);
    true
}

fn opened(key: Option<(Modifiers, Key)>) -> Window {
    let mut window = ready(small(), DESIGN);
    if let Some(key) = key {
        press(&mut window, key);
    }
    window
}

#[test]
fn every_control_of_every_view_has_a_name_and_may_be_pressed() {
    for (view, key) in VIEWS {
        let mut window = opened(key);
        let all = controls(&window);
        let nameless = all.iter().filter(|(_, name)| name.trim().is_empty());
        let nameless: Vec<Role> = nameless.map(|(role, _)| *role).collect();
        assert!(nameless.is_empty(), "{view}: without a name: {nameless:?}");
        let before: BTreeSet<String> = all.iter().map(|(_, name)| name.clone()).collect();
        for (role, name) in all {
            if LEFT_ALONE.iter().any(|word| name.contains(word)) {
                continue;
            }
            if !act(&mut window, role, &name) {
                // What was pressed before has changed the view.
                window = opened(key);
                assert!(act(&mut window, role, &name), "{view}: `{name}` has gone");
            }
            assert!(!app(&window).status().is_empty(), "{view}: `{name}`");
            press(&mut window, (Modifiers::NONE, Key::Escape));
            let now: BTreeSet<String> = controls(&window)
                .into_iter()
                .map(|(_, name)| name)
                .collect();
            if now != before {
                window = opened(key);
            }
        }
    }
}

#[test]
fn the_controls_of_every_lab_have_names() {
    for id in ["linear-span", "relu-ramp", "bad-minima"] {
        let recipe = preset(id).unwrap().recipe();
        for lecture in [false, true] {
            let mut window = ready(recipe.clone(), DESIGN);
            if lecture {
                press(&mut window, (Modifiers::NONE, Key::F2));
            }
            for (role, name) in controls(&window) {
                assert!(
                    !name.trim().is_empty(),
                    "{id}, lecture {lecture}: a {role:?} without a name"
                );
            }
        }
    }
}
