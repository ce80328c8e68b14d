//! Figures as files: the same recipe gives the same bytes, every file opens as the run it shows, and the
//! numbers beside a figure are those of `run`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use implicit_bias_lab::export;
use implicit_bias_lab::figure::catalogue::{self, Look, Made};
use implicit_bias_lab::figure::output::{self, Format};
use implicit_bias_lab::figure::page::Page;
use implicit_bias_lab::figure::simulate::simulate;
use implicit_bias_lab::recipe::{Recipe, carrier, preset};
use implicit_bias_lab::scene::clock::Clock;
use implicit_bias_lab::sim::schedule::SamplingSchedule;

/// A short run of a preset.
fn short(id: &str, steps: u64) -> Recipe {
    let mut recipe = preset(id).unwrap().recipe();
    recipe.knobs.set_text("steps", &steps.to_string()).unwrap();
    recipe
}

fn made(recipe: &Recipe, panels: &[&str]) -> Made {
    let steps = recipe.knobs.count("steps");
    let history = simulate(recipe, steps, true, &mut |_| {}).unwrap();
    let look = Look {
        panels,
        columns: 2,
        clock: Clock::Steps,
        log_time: true,
        theory: true,
    };
    catalogue::of_history(recipe, &history, &look)
}

fn bytes(made: &Made, format: Format) -> Vec<u8> {
    let imprint = made.imprint(&made.recipe.title, &made.recipe.about);
    output::bytes(&made.figure, &Page::paper(400.0), &imprint, format, 1.0).unwrap()
}

#[test]
fn the_same_recipe_gives_the_same_bytes() {
    let recipe = short("fig3", 300);
    let panels = [
        "training_loss",
        "validation_loss",
        "coefficients",
        "thermometer",
    ];
    let (first, second) = (made(&recipe, &panels), made(&recipe, &panels));
    for format in Format::ALL {
        assert!(
            bytes(&first, format) == bytes(&second, format),
            "{format:?}"
        );
    }
}

#[test]
fn every_file_opens_as_the_run_it_shows() {
    let folder = tempfile::tempdir().unwrap();
    let mut recipe = short("fig5-label-noise", 50);
    recipe.title = "<Ärger> & \"Glück\" — ‖β‖₂²".to_owned();
    let made = made(&recipe, &["validation_loss"]);
    for format in Format::ALL {
        let path = folder
            .path()
            .join("figure")
            .with_extension(format.extension());
        std::fs::write(&path, bytes(&made, format)).unwrap();
        let opened = carrier::open(&path).unwrap_or_else(|error| panic!("{format:?}: {error}"));
        assert_eq!(opened, made.recipe, "{format:?}");
        assert_eq!((opened.step, opened.knobs), (50, recipe.knobs.clone()));
    }
}

#[test]
fn every_preset_draws_every_picture_it_has() {
    for preset in implicit_bias_lab::recipe::presets() {
        let recipe = short(preset.id, 60);
        let cells = recipe.lab.cells().iter().copied().flatten();
        let panels: Vec<&str> = cells.map(|panel| panel.id).collect();
        let made = made(&recipe, &panels);
        let svg = String::from_utf8(bytes(&made, Format::Svg)).unwrap();
        let document = resvg::usvg::roxmltree::Document::parse(&svg).unwrap();
        let titles: Vec<_> = document
            .descendants()
            .filter_map(|node| node.attribute("aria-label"))
            .collect();
        assert_eq!(titles.len(), panels.len(), "{}", preset.id);
        assert!(
            !svg.contains("NaN") && !svg.contains("inf\""),
            "{}",
            preset.id
        );
        assert!(svg.len() < 1_000_000, "{}: {} bytes", preset.id, svg.len());
        // Text stays text, in every word of the axes.
        let axis = format!(">{}</text>", recipe.lab.clock().steps_axis);
        assert!(svg.contains(&axis), "{}", preset.id);
    }
}

#[test]
fn the_numbers_beside_a_figure_are_those_of_a_run() {
    let recipe = short("fig2", 400);
    let made = made(&recipe, &["validation_loss"]);
    let folder = tempfile::tempdir().unwrap();
    let options = export::Options {
        out: folder.path().join("run"),
        record_noise: false,
        theory: export::Theory::Off,
        schedule: SamplingSchedule::LogSpaced,
        spare_cores: 0,
    };
    let summary = export::run(&recipe, &options, |_| true).unwrap();
    let runs: BTreeMap<&str, &serde_json::Value> = summary["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| (run["name"].as_str().unwrap(), run))
        .collect();
    assert_eq!(made.measured.rows.len(), runs.len());
    for (name, numbers) in &made.measured.rows {
        for (column, number) in made.measured.columns.iter().zip(numbers) {
            assert_eq!(
                runs[name.as_str()][column.as_str()].as_f64(),
                Some(*number),
                "{name} {column}"
            );
        }
    }
}

fn lab(arguments: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_implicit-bias-lab"))
        .args(arguments)
        .output()
        .unwrap()
}

fn refusal(arguments: &[&str]) -> String {
    let output = lab(arguments);
    assert!(!output.status.success(), "{arguments:?} was accepted");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn the_command_draws_presets_recipes_pictures_and_folders() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let recipe = at("recipe.toml");
    std::fs::write(&recipe, short("fig2", 200).to_toml()).unwrap();
    let run = at("run");
    assert!(
        lab(&["run", "--recipe", &recipe, "--out", &run])
            .status
            .success()
    );
    let panels = ["--panels", "training_loss,norm_l1", "--width", "84mm"];
    let draw = |what: &str, out: &str| {
        let output = lab(&[&["figure", what, "--out", out], &panels[..]].concat());
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        std::fs::read(out).unwrap()
    };
    let of_recipe = draw(&recipe, &at("a.svg"));
    assert!(
        of_recipe == draw(&at("a.svg"), &at("b.svg")),
        "a picture draws itself again"
    );
    let of_folder = String::from_utf8(draw(&run, &at("c.svg"))).unwrap();
    let of_recipe = String::from_utf8(of_recipe).unwrap();
    // The folder's recipe has its automatic settings spelt out, and its rows are the same.
    let drawing = |svg: &str| svg.split("</style>").nth(1).unwrap().to_owned();
    assert!(
        drawing(&of_recipe) == drawing(&of_folder),
        "the folder's rows are those of the run"
    );
    assert!(draw("fig2", &at("d.pdf")).starts_with(b"%PDF"));
}

#[test]
fn what_cannot_be_drawn_is_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(at("taken.svg"), "mine").unwrap();
    std::fs::write(at("plain.png"), b"\x89PNG\r\n\x1a\n").unwrap();
    let (svg, bmp) = (at("x.svg"), at("x.bmp"));
    for (arguments, expected) in [
        (vec!["figure", "fig9", "--out", &svg], "did you mean"),
        (
            vec!["figure", "fig2", "--out", &bmp],
            ".svg, .pdf, .png or .csv",
        ),
        (
            vec!["figure", "fig2", "--out", &svg, "--width", "3"],
            "such as 3.25in",
        ),
        (
            vec!["figure", "fig2", "--out", &svg, "--panels", "norm_l3"],
            "did you mean `norm_l",
        ),
        (vec!["figure", "--out", &svg], "--list"),
        (vec!["figure", "fig2"], "--out"),
        (vec!["figure", "fig2", "--out", &at("taken.svg")], "--force"),
        (vec!["figure", &at("plain.png"), "--out", &svg], "no recipe"),
        (
            vec!["figure", folder.path().to_str().unwrap(), "--out", &svg],
            "scenario.toml",
        ),
    ] {
        let message = refusal(&arguments);
        assert!(message.contains(expected), "{arguments:?}: {message}");
    }
    assert_eq!(std::fs::read_to_string(at("taken.svg")).unwrap(), "mine");
    let missing = at("no/such/folder/x.svg");
    let message = refusal(&["figure", &at("taken.svg"), "--out", &missing]);
    assert!(!Path::new(&missing).exists(), "{message}");
}

/// A named figure of short runs, and its file's bytes.
fn named(folder: &Path, name: &str, options: &[&str]) -> Vec<u8> {
    let out = folder.join(name);
    let start = ["figure", "fig2", "--set", "steps=200", "--force", "--out"];
    let arguments = [&start[..], &[out.to_str().unwrap()], options].concat();
    let output = lab(&arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    std::fs::read(out).unwrap()
}

#[test]
fn a_figure_fits_a_column_stands_alone_and_gives_its_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let draw = |name: &str, options: &[&str]| named(folder.path(), name, options);
    let svg = |options: &[&str]| String::from_utf8(draw("x.svg", options)).unwrap();
    let of = |svg: &str, key: &str| -> Vec<f64> {
        let from = svg.find(key).unwrap() + key.len();
        let text = svg[from..].split('"').next().unwrap();
        let numbers = text.trim_end_matches("pt").split(' ');
        numbers.map(|number| number.parse().unwrap()).collect()
    };
    // Three plots beside each other, and below each other where there is no room: far higher than wide.
    let [wide, column] = [svg(&["--width", "6.75in"]), svg(&["--width", "3.25in"])];
    assert_eq!(of(&column, "width=\""), [234.0]);
    assert!(
        of(&wide, " height=\"")[0] < 300.0,
        "{:?}",
        of(&wide, " height=\"")
    );
    assert!(of(&column, " height=\"")[0] > 450.0);
    assert_eq!(of(&svg(&["--height", "100mm"]), " height=\""), [283.46]);

    let alone = [
        "--panels",
        "3",
        "--no-titles",
        "--no-legend",
        "--tight",
        "--ground",
        "none",
    ];
    let alone = svg(&alone);
    assert!(!alone.contains("font-weight=\"700\"") && !alone.contains(">GD</text>"));
    let ground = |svg: &str| {
        svg.split("</style>")
            .nth(1)
            .unwrap()
            .trim_start()
            .starts_with("<rect")
    };
    assert!(ground(&wide) && !ground(&alone));
    let [of_page, of_cut] = [svg(&["--panels", "3"]), svg(&["--panels", "3", "--tight"])];
    let [page, cut] = [of(&of_page, "viewBox=\""), of(&of_cut, "viewBox=\"")];
    assert!(cut[0] > 0.0 && cut[1] > 0.0 && cut[2] < page[2] && cut[3] < page[3]);

    // Ten points of type are twice five, and a line of half a point is one.
    let svg = svg(&[
        "--font-size",
        "5",
        "--line-width",
        "0.5",
        "--y-range",
        "3=0.01,100",
    ]);
    assert!(svg.contains("font-size=\"5\"") && svg.contains("stroke-width=\"0.5\""));
    assert!(
        svg.contains(">10⁻²</text>") || svg.contains(">0.01</text>") || svg.contains("10<tspan")
    );

    assert!(draw("x.pdf", &[]).starts_with(b"%PDF-1.5"));
    let png = draw("x.png", &["--scale", "2"]);
    let at = png.windows(4).position(|four| four == b"pHYs").unwrap() + 4;
    let per_metre = u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert_eq!(
        (per_metre, png[at + 8]),
        (7559, 1),
        "192 to an inch, in metres"
    );
    let csv = String::from_utf8(draw("x.csv", &["--panels", "3"])).unwrap();
    assert!(csv.starts_with("plot,series,kind,x,y,low,high,text\nValidation loss,"));
}

#[test]
fn options_that_change_nothing_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let run = at("run");
    let made = lab(&["run", "--preset", "fig2", "--set", "steps=5", "--out", &run]);
    assert!(made.status.success());
    let (svg, csv, all) = (at("x.svg"), at("x.csv"), at("all"));
    for (arguments, expected) in [
        (vec!["fig2", "--out", &csv, "--tight"], "leave --tight out"),
        (
            vec!["fig2", "--out", &csv, "--footer"],
            "leave --footer out",
        ),
        (
            vec!["fig2", "--out", &svg, "--scale", "3"],
            "--scale is for PNG",
        ),
        (
            vec!["fig1-right", "--out", &svg, "--clock", "time"],
            "leave --clock out",
        ),
        (
            vec!["fig1-right", "--out", &svg, "--linear-time"],
            "leave --linear-time out",
        ),
        (
            vec!["fig1-right", "--out", &svg, "--set", "alpha=1"],
            "varies `alpha` itself",
        ),
        (
            vec!["fig2", "--out", &svg, "--set", "alpa=1"],
            "did you mean `alpha`",
        ),
        (vec!["fig2", "--out", &svg, "--set", "alpha"], "key=value"),
        (
            vec!["all", "--out", &all, "--set", "alpha=1"],
            "leave --set out",
        ),
        (
            vec!["all", "--out", &all, "--columns", "2"],
            "leave --columns out",
        ),
        (
            vec![&run, "--out", &svg, "--set", "alpha=1"],
            "keeps its settings",
        ),
        (
            vec![&run, "--out", &svg, "--panels", "12"],
            "there is no plot 12",
        ),
        (
            vec![&run, "--out", &svg, "--y-range", "1=-1,1"],
            "begins above 0",
        ),
        (
            vec!["fig2", "--out", &svg, "--y-range", "2,1"],
            "the smaller one first",
        ),
        (
            vec!["fig2", "--out", &svg, "--font-size", "1"],
            "from 3 to 72",
        ),
    ] {
        let arguments = [vec!["figure"], arguments].concat();
        let message = refusal(&arguments);
        assert!(message.contains(expected), "{arguments:?}: {message}");
    }
    assert!(!Path::new(&svg).exists() && !Path::new(&csv).exists() && !Path::new(&all).exists());
}

#[test]
fn the_docs_show_every_figure_beside_its_command() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = ["figures.md", "labs.md"].map(|name| root.join("assets/docs").join(name));
    let pages = pages.map(|page| std::fs::read_to_string(page).unwrap());
    let page = pages.concat();
    for spec in catalogue::figures() {
        let id = spec.id;
        let command = format!("`implicit-bias-lab figure {id} --out {id}.png`");
        let picture = format!("assets/gallery/{id}.png");
        assert!(page.contains(&command), "{command}");
        assert!(
            page.contains(&format!("<img src=\"../gallery/{id}.png\"")),
            "{picture}"
        );
        carrier::open(&root.join(&picture)).unwrap_or_else(|error| panic!("{picture}: {error}"));
    }
}

/// What a sweep has written is drawn from its table, numbers or words along its axes, and not if it was changed since.
#[test]
fn the_table_of_a_sweep_is_drawn_again() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let [table, svg, csv] = ["table.csv", "x.svg", "x.csv"].map(at);
    let sweep = |over: &[&str]| {
        let mut arguments = vec![
            "sweep",
            "--preset",
            "fig5-label-noise",
            "--seeds",
            "2",
            "--force",
        ];
        for setting in ["n=8", "d=12", "sparsity=2", "sgd_runs=1", "steps=60"] {
            arguments.push("--set");
            arguments.push(setting);
        }
        for over in over {
            arguments.push("--over");
            arguments.push(over);
        }
        arguments.extend(["--out", &table]);
        let done = lab(&arguments);
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    };
    let draws = |more: &[&str]| {
        let done = lab(&[&["figure", &table, "--force"], more].concat());
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    };
    sweep(&["label_noise=constant,none", "alpha=0.1,0.2,0.4"]);
    draws(&["--out", &svg, "--width", "3.25in"]);
    sweep(&["alpha=0.1,0.2,0.4"]);
    draws(&[
        "--out",
        &svg,
        "--panels",
        "validation_loss,gain,runs",
        "--tight",
        "--no-legend",
    ]);
    draws(&["--out", &csv, "--panels", "1"]);
    let numbers = std::fs::read_to_string(&csv).unwrap();
    let medians = numbers
        .lines()
        .filter(|line| line.contains("\"GD, median\",line,"));
    assert_eq!(medians.count(), 3, "{numbers}");

    let refused = |more: &[&str], expected: &str| {
        let message = refusal(&[&["figure", &table, "--out", &svg, "--force"], more].concat());
        assert!(
            message.contains(expected) && message.lines().count() == 1,
            "{message}"
        );
    };
    refused(&["--set", "n=9"], "keeps its settings");
    refused(&["--clock", "time"], "leave --clock out");
    refused(&["--panels", "gian"], "did you mean `gain`?");
    refused(&["--panels", "gain:gd"], "write `gain` alone");
    refused(&["--panels", "5"], "there is no plot 5");
    let whole = std::fs::read_to_string(&table).unwrap();
    std::fs::write(&table, whole.replacen("0.2,", "0.3,", 1)).unwrap();
    refused(&[], "not as it was made");
    std::fs::remove_file(format!("{table}.json")).unwrap();
    refused(&[], "not every combination");
    std::fs::write(&table, whole).unwrap();
    draws(&["--out", &svg]);
}
