//! A lab that no general code knows goes everywhere that the first one goes.

mod lab;

use std::sync::Once;

use implicit_bias_lab::figure::catalogue;
use implicit_bias_lab::figure::output;
use implicit_bias_lab::figure::page::Page;
use implicit_bias_lab::figure::simulate::simulate;
use implicit_bias_lab::knobs::Value;
use implicit_bias_lab::labs::{self, LABS, Lab as _, Preset};
use implicit_bias_lab::model::watch::Watch;
use implicit_bias_lab::recipe::{Recipe, carrier, link, preset, presets};
use implicit_bias_lab::sim::schedule::SamplingSchedule;
use implicit_bias_lab::sweep::run::run;
use implicit_bias_lab::sweep::summary::Results;
use implicit_bias_lab::sweep::table::{self, Unfinished};
use implicit_bias_lab::sweep::{Shard, StepSize, Sweep, Vary};
use implicit_bias_lab::{archive, export, sweep};

/// The lab's only preset, once the lab is registered.
fn home() -> &'static Preset {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| labs::register(&lab::LAB).expect("its names are its own"));
    &lab::LAB.presets()[0]
}

fn options(out: std::path::PathBuf) -> export::Options {
    export::Options {
        out,
        record_noise: true,
        theory: export::Theory::Auto,
        schedule: SamplingSchedule::LogSpaced,
        spare_cores: 0,
    }
}

#[test]
fn it_is_listed_behind_the_others_and_once() {
    let recipe = home().recipe();
    assert_eq!(recipe.lab.id(), "random-walk");
    assert_eq!(labs::all().last().unwrap().id(), "random-walk");
    assert_eq!(presets().last().unwrap().id, "walk-home");
    assert_eq!(preset("walk-home").unwrap().recipe(), recipe);
    assert!(catalogue::figure("walks").is_some());
    let again = labs::register(&lab::LAB).unwrap_err().to_string();
    assert!(again.contains("`random-walk` is taken"), "{again}");
    // A recipe that names no lab is the first one's, as ever.
    let plain = Recipe::from_toml("format = 2\n").unwrap();
    assert_eq!(plain.lab.id(), LABS[0].id());
}

#[test]
fn it_travels_in_files_links_and_pictures() {
    let mut recipe = home().recipe();
    recipe.knobs.set_text("drift", "0.25").unwrap();
    recipe.step = 7;
    assert_eq!(Recipe::from_toml(&recipe.to_toml()).unwrap(), recipe);
    assert_eq!(link::decode(&link::encode(&recipe)).unwrap(), recipe);
    let made = catalogue::figure("walks")
        .unwrap()
        .make(&catalogue::Asked::NOTHING, &|_| ())
        .unwrap();
    let imprint = made.imprint("Walks", "");
    let svg = output::svg(&made.figure, &Page::paper(300.0), &imprint);
    assert!(svg.contains(">strides</text>"), "the lab's word for steps");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walks.svg");
    std::fs::write(&path, svg).unwrap();
    assert_eq!(carrier::open(&path).unwrap(), made.recipe);
    assert_eq!(made.measured.columns, ["position"]);
    assert_eq!(made.measured.rows.len(), 3);
}

#[test]
fn what_is_exported_is_read_back() {
    let recipe = home().recipe();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let summary = export::run(&recipe, &options(out.clone()), |_| true).unwrap();
    assert_eq!(summary["runs"][2]["name"], "walk-3");
    assert_eq!(summary["runs"][0]["steps"], 200);
    assert!(summary["runs"][0].get("step_size").is_none());
    let (read, history) = archive::read(&out).unwrap();
    assert_eq!(read.lab.id(), "random-walk");
    assert_eq!(read.step, 200);
    let expected = simulate(&recipe, 200, true, &mut |_| ()).unwrap();
    assert_eq!(history.step, expected.step);
    for (read, expected) in history.runs.iter().zip(&expected.runs) {
        assert_eq!(read.values, expected.values);
        assert!(read.states() == expected.states());
    }
    let mut table = Vec::new();
    export::tidy_csv(&history, &mut table).unwrap();
    let table = String::from_utf8(table).unwrap();
    assert!(table.starts_with("run,algorithm,step,time,position\n"));
    let line = lab::LAB.provenance(&recipe.knobs, &history, history.len() - 1);
    assert_eq!(line, "Drift μ = 0.0 · k = 200");
}

#[test]
fn it_is_swept_into_a_table_of_its_own_columns() {
    home();
    let ready = &lab::LAB.sweeps()[0];
    let sweep = ready.plan.sweep().unwrap();
    assert_eq!((sweep.places(), sweep.cells()), (3, 12));
    let cells = sweep.order(0..sweep.cells());
    let results = Results::of(&sweep, &cells, &|_| ()).unwrap();
    let mut text = Vec::new();
    table::write(&sweep, results.cells(), results.columns(), &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.starts_with(
        "cell,drift,walk_seed,run,algorithm,status,steps_taken,position,walkers,length\n"
    ));
    assert_eq!(text.lines().count(), 1 + 12 * 2);
    // Nothing to compare with, and nothing to order by: no words, and no panic.
    assert_eq!(sweep::caption::caption(&sweep, &results), "");
    let opened = sweep.recipe_of(results.get(3).unwrap());
    assert_eq!(opened.knobs.count("walk_seed"), 3);
    let error = sweep.with_step_size(StepSize::Edge).unwrap_err();
    assert!(error.to_string().contains("measures no largest step size"));
}

#[test]
fn a_table_of_another_lab_is_not_gone_on_with() {
    home();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("table.csv");
    let sweep = lab::LAB.sweeps()[0].plan.sweep().unwrap();
    let table = Unfinished::open(&out, &sweep, Shard::WHOLE, false).unwrap();
    let table = std::sync::Mutex::new(table);
    run(&sweep, &[0], &Watch::default(), &|result| {
        table.lock().unwrap().append(&sweep, &result).unwrap();
        std::ops::ControlFlow::Continue(())
    })
    .unwrap();
    drop(table);
    let base = Recipe::new(LABS[0]);
    let other = Sweep::new(base, Vec::new(), 1, Vary::All, sweep::Steps::Recipe).unwrap();
    let error = Unfinished::open(&out, &other, Shard::WHOLE, false).unwrap_err();
    assert!(error.to_string().contains("another sweep"), "{error}");
    let mine = Unfinished::open(&out, &sweep, Shard::WHOLE, false).unwrap();
    assert_eq!(mine.len(), 1, "nothing is lost");
}

#[test]
fn what_this_version_does_not_have_is_named_in_one_line() {
    let recipe = home().recipe();
    let text = recipe.to_toml().replace("random-walk", "ballistic-walk");
    let error = Recipe::from_toml(&text).unwrap_err().to_string();
    for part in [
        "no lab `ballistic-walk`",
        "diagonal-network",
        "random-walk",
        "update",
    ] {
        assert!(error.contains(part), "{error}");
    }
    assert!(!error.contains('\n'), "{error}");
}

#[test]
fn its_action_changes_the_settings() {
    let mut recipe = home().recipe();
    recipe.knobs.set("drift", Value::Real(0.5)).unwrap();
    let history = simulate(&recipe, 5, false, &mut |_| ()).unwrap();
    let action = &lab::LAB.actions()[0];
    let turned = (action.act)(&recipe.knobs, &history, 3).unwrap();
    assert_eq!(turned.real("drift"), -0.5);
}
