//! What is refused, and how it is said.

use super::*;

fn refusal(text: &str) -> String {
    let error = Recipe::from_toml(text).unwrap_err().to_string();
    assert!(error.chars().count() < 600, "{error}");
    error
}

#[test]
fn what_is_of_the_wrong_type_is_named_with_its_key_and_its_line() {
    for (text, line, said) in [
        (
            "format = 2\n\nstep = \"soon\"",
            3,
            "`step` cannot be \"soon\"",
        ),
        (
            "title = 3\nformat = 2",
            1,
            "`title` takes a text in quotation marks, not an integer",
        ),
        (
            "format = \"2\"",
            1,
            "`format` takes a whole number, not a string",
        ),
        ("format = 2\nlab = 1.5", 2, "`lab` takes a text"),
        ("format = 2\npanels = \"loss\"", 2, "`panels` takes a list"),
        (
            "format = 2\npanels = [\n1]",
            2,
            "`panels` takes pictures by their names, not an integer",
        ),
        ("format = 2\nsettings = 1", 2, "`settings` takes settings"),
        ("format = 2\nchange = 1", 2, "`change` takes changes"),
        (
            "format = 2\n[settings]\nn = 4\nalpha = { a = 1 }",
            4,
            "`alpha` cannot be a table",
        ),
        (
            "format = 2\n[settings]\nn = \"many\"",
            3,
            "`n` cannot be `many`",
        ),
        ("format = 2\nsettings.n = 0", 2, "`n` cannot be `0`"),
        (
            "format = 2\n[[change]]\nstep = 1\n[[change]]\nstep = 2\nstep_size = \"big\"",
            6,
            "`step_size` cannot be `big`",
        ),
        (
            "format = 2\n[[change]]\nstep = 2.5",
            3,
            "`step` cannot be 2.5",
        ),
        (
            "format = 2\n[[change]]\nstep = 2\n[[change]]\nstep = 1",
            5,
            "decrease",
        ),
        ("format = 2\ntitel = 'x'", 2, "unknown field `titel`"),
    ] {
        let error = refusal(text);
        assert!(error.contains(said), "{error}");
        assert!(error.contains(&format!("line {line}: ")), "{error}");
    }
}

#[test]
fn texts_and_lists_without_bounds_are_refused_and_their_limits_said() {
    let long = "x".repeat(5 << 20);
    for (text, said) in [
        (
            format!("format = 2\ntitle = \"{long}\""),
            "`title` is longer than 500",
        ),
        (
            format!("format = 2\nabout = \"{long}\""),
            "`about` is longer than",
        ),
        (
            format!("format = 2\nquestion = \"{long}\""),
            "`question` is longer than",
        ),
        (
            format!("format = 2\nquestion = \"{}\"", "\\n".repeat(1999)),
            "more than 20 lines",
        ),
        (format!("format = 2\n{long} = 1"), "unknown field `xxx"),
        (
            format!("format = 2\nlab = \"{}\"", &long[..400]),
            "there is no lab `xxx",
        ),
        (
            format!("format = 2\n[settings]\n{long} = 1"),
            "there is no setting `xxx",
        ),
        (
            format!("format = 2\n[settings]\nforks = \"{long}\""),
            "`forks` is too long: it takes 10000 characters",
        ),
        (
            format!("format = 2\n[settings]\ndata = \"{long}\""),
            "`data` cannot be `xxx",
        ),
        (
            format!("format = 2\npanels = [\"{long}\"]"),
            "no picture `xxx",
        ),
        (
            format!("format = 2\npanels = [{}]", "\"loss\",".repeat(200)),
            "more than 100 pictures",
        ),
        (
            format!(
                "format = 2\n{}",
                "[[change]]\nstep = 1\n".repeat(limits::CHANGES + 1)
            ),
            "more than 200000 entries",
        ),
        (
            format!("format = 2\n{}", "#\n".repeat(limits::RECIPE_LINES)),
            "more than 1000000 lines",
        ),
        (
            format!("format = 2\n#{}", "x".repeat(limits::RECIPE)),
            "longer than 16 MB",
        ),
        (
            "format = 2\ntitle = \"a\\u001b[2J\"".to_owned(),
            "control character \\u{1b}",
        ),
    ] {
        let error = refusal(&text);
        assert!(error.contains(said), "{error}");
    }
}
