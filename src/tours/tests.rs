//! What a tour may say, and what it is told where it says something else.

use super::*;

#[test]
fn every_tour_that_ships_is_read() {
    assert!(shipped().count() >= 6);
    for (text, listed) in shipped().zip(listed()) {
        let tour = tour(text.id).unwrap();
        assert_eq!(
            [listed.id, &listed.title, &listed.about],
            [text.id, &tour.title, &tour.about]
        );
        assert!(
            !tour.title.is_empty() && !tour.about.is_empty(),
            "{}",
            text.id
        );
        assert!(tour.steps.len() >= 3, "{}", text.id);
        for step in &tour.steps {
            let says =
                |directive: &Directive| matches!(directive, Directive::Say(_) | Directive::Ask(_));
            assert!(
                step.directives.iter().any(says),
                "{}: {}",
                text.id,
                step.heading
            );
        }
        let first = tour.steps[0].directives.iter();
        let loads = |directive: &&Directive| matches!(directive, Directive::Load(_));
        assert!(
            first.clone().any(|directive| loads(&directive)),
            "{}",
            text.id
        );
    }
}

#[test]
fn indented_lines_continue_the_one_before_and_comments_are_passed_over() {
    let text = "title A\n# a remark\nstep One\nload fig2\nsay First\n  second.\n\nsay Third.";
    let tour = Tour::read("a", text).unwrap();
    assert_eq!(tour.title, "A");
    let said: Vec<&str> = tour.steps[0]
        .directives
        .iter()
        .filter_map(|directive| match directive {
            Directive::Say(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(said, ["First second.", "Third."]);
}

/// What a tour is told that asks and runs at once.
const ANSWERED: &str = "`play` would give the answer before anybody has one";

#[test]
fn a_wrong_line_is_named_with_its_file_and_what_to_do() {
    let begin = "title A\nstep One\nload fig2\n";
    for (line, expected) in [
        (
            "lod fig1-left",
            "line 4: there is no directive `lod`; did you mean `load`?",
        ),
        (
            "load fig22",
            "line 4: there is no preset `fig22`; did you mean `fig2`?",
        ),
        ("set alhpa 0.1", "did you mean `alpha`?"),
        ("set alpha big", "it takes a number above 0"),
        ("set alpha", "`set` takes a setting and its value"),
        ("show barometer", "there is no picture `barometer`"),
        ("highlight barometer", "there is no picture `barometer`"),
        (
            "highlight step_size",
            "write `picture step_size` or `setting step_size`",
        ),
        ("wait end", "say what for"),
        ("wait for step many", "a whole number"),
        ("wait for godot", "there is no setting `godot`"),
        ("ask Which?", "2 to 4 answers"),
        ("ask Which? | one", "2 to 4 answers"),
        ("ask Which? | 1 | 2 | 3 | 4 | 5", "2 to 4 answers"),
        ("reveal", "nothing to reveal"),
        ("ask Which? | one | two\nplay", ANSWERED),
        ("ask Which? | one | two\nreveal 3", "from 1 to 2"),
        ("say", "a text is missing"),
        ("step", "a heading is missing"),
        ("play now", "`play` takes nothing"),
        ("play \0 end", "takes nothing, not `\\u{0} end`"),
        ("title B", "stands before the first step"),
        ("then nowhere", "there is no tour `nowhere`"),
    ] {
        let error = Tour::read("a.tour", &format!("{begin}{line}\n")).unwrap_err();
        let message = error.to_string();
        assert!(
            message.starts_with(&format!(
                "a.tour, line {}: ",
                4 + line.matches('\n').count()
            )) && message.contains(expected),
            "{line:?} gave {message}"
        );
    }
    for (text, expected) in [
        ("", "has no steps"),
        ("title A\n", "has no steps"),
        ("say Hello\n", "line 1: it belongs to a step"),
        ("  hello\n", "line 1: an indented line"),
        ("step A\nset alpha 1\n", "line 2: no preset is loaded yet"),
        (
            "step A\nhighlight alpha\n",
            "line 2: no preset is loaded yet",
        ),
    ] {
        let message = Tour::read("a.tour", text).unwrap_err().to_string();
        assert!(message.contains(expected), "{text:?} gave {message}");
    }
}

#[test]
fn a_circle_of_tours_is_refused() {
    let text = shipped().next().unwrap();
    let circle = format!("step One\nload fig2\nsay Hello\nthen {}\n", text.id);
    assert!(Tour::read("elsewhere.tour", &circle).is_ok());
    let message = Tour::read(text.id, &circle).unwrap_err().to_string();
    assert!(
        message.contains("line 4: the tours go round in a circle"),
        "{message}"
    );
}

#[test]
fn a_file_that_is_no_tour_is_refused_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("binary.tour");
    std::fs::write(&path, [0xff, 0xfe, 0x00]).unwrap();
    for (path, expected) in [
        (path, "not a text in UTF-8"),
        (folder.path().to_owned(), "no ordinary file"),
        (folder.path().join("missing.tour"), "cannot read"),
    ] {
        let message = open(&path).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
    let long = folder.path().join("long.tour");
    std::fs::write(&long, "# x\n".repeat(100_000)).unwrap();
    assert!(open(&long).unwrap_err().to_string().contains("longer than"));
}

#[test]
fn the_tour_in_the_docs_can_be_followed() {
    let page = include_str!("../../assets/docs/window.md");
    let start = page.find("title Two starts").unwrap();
    let text = page[start..].split("```").next().unwrap();
    let tour = Tour::read("window.md", text).unwrap();
    assert_eq!(tour.steps.len(), 2);
}
