//! A table is read back as the sweep that has written it, or refused.

use super::*;
use crate::figure::Figure;
use crate::figure::imprint::Imprint;
use crate::figure::output;
use crate::figure::page::Page;
use crate::sweep::pictures::Pictures;
use crate::sweep::table;
use crate::sweep::testing::{all, small};

fn written(sweep: &Sweep, results: &Results) -> String {
    let mut out = Vec::new();
    table::write(sweep, results.cells(), results.columns(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn drawn(sweep: &Sweep, results: &Results) -> String {
    let figure = Figure::of_sweep(&Pictures::of(sweep, results, None, None).unwrap());
    output::svg(&figure, &Page::paper(400.0), &Imprint::default())
}

/// Reads back what a sweep has written and holds both pictures against each other.
fn is_redrawn(sweep: &Sweep) {
    let results = all(sweep);
    let (read, again) = parse(written(sweep, &results).as_bytes()).unwrap();
    let axes = |sweep: &Sweep| -> Vec<(&str, Vec<f64>)> {
        let axes = sweep.axes().iter();
        axes.map(|axis| (axis.key(), axis.values().to_vec()))
            .collect()
    };
    assert_eq!(axes(&read), axes(sweep));
    assert_eq!(read.seeds(), sweep.seeds());
    assert_eq!(again.len(), results.len());
    assert!(drawn(&read, &again) == drawn(sweep, &results));
}

#[test]
fn the_picture_of_a_table_is_that_of_its_sweep() {
    let two = [("sgd_runs", "2"), ("steps", "60")];
    let short = [("steps", "60")];
    is_redrawn(&small(&two, &["alpha=0.05,0.2,0.5"], 3, Vary::All));
    is_redrawn(&small(&two, &["alpha=0.05,0.2,0.5"], 3, Vary::Noise));
    is_redrawn(&small(&two, &["alpha=0.05,0.2,0.5"], 1, Vary::All));
    // Half of these diverge.
    is_redrawn(&small(&short, &["step_size=0.02,0.05,3"], 2, Vary::All));
    is_redrawn(&small(&two, &[], 6, Vary::Noise));
    // The step size is first, last, or chosen anew at every place.
    is_redrawn(&small(
        &short,
        &["step_size=0.01,0.03", "alpha=0.1,0.2,0.4"],
        2,
        Vary::All,
    ));
    is_redrawn(&small(
        &short,
        &["alpha=0.1,0.2,0.4", "step_size=0.01,0.03"],
        2,
        Vary::All,
    ));
    let automatic = [("steps", "60"), ("step_size", "auto")];
    is_redrawn(&small(
        &automatic,
        &["alpha=0.1,0.2,0.4", "batch=1,2"],
        2,
        Vary::All,
    ));
    // A map with a border, a length, numbers of runs, and seeds of the data as an axis.
    is_redrawn(&small(&short, &["n=4,6", "sparsity=1,2,3"], 2, Vary::All));
    is_redrawn(&small(&[], &["steps=20,50"], 2, Vary::All));
    is_redrawn(&small(&short, &["sgd_runs=1,2,3"], 2, Vary::All));
    is_redrawn(&small(&short, &["data_seed=3,4,9"], 2, Vary::Noise));
}

fn refusal(text: &str) -> String {
    let message = parse(text.as_bytes()).map(|_| ()).unwrap_err().to_string();
    assert!(!message.contains('\n') && message.len() < 300, "{message}");
    message
}

/// What is not a whole table of a sweep is refused in one line that says why.
#[test]
fn what_is_damaged_is_refused() {
    let sweep = small(&[("steps", "40")], &["alpha=0.05,0.2,0.5"], 2, Vary::All);
    let whole = written(&sweep, &all(&sweep));
    let lines: Vec<&str> = whole.lines().collect();
    // A line of names, and six cells of two runs.
    assert_eq!(lines.len(), 1 + 6 * 2);
    let of = |lines: &[&str]| format!("{}\n", lines.join("\n"));
    for (text, expected) in [
        (String::new(), "no rows"),
        (of(&lines[..1]), "no rows"),
        ("a,b\n1,2\n".to_owned(), "no column `cell`"),
        (of(&lines[1..]), "no line of names"),
        (of(&lines[..12]), "the runs of cell 5 are not those"),
        (of(&lines[..11]), "5 cells are not every combination"),
        (
            of(&[&lines[..3], &lines[5..]].concat()),
            "cell 2 comes after cell 0",
        ),
        (
            of(&[&lines[..1], &lines[3..]].concat()),
            "the first cell is 1",
        ),
        (
            of(&[&lines[..3], &lines[7..9], &lines[3..]].concat()),
            "cell 3 comes after cell 0",
        ),
        (
            of(&[&lines[..7], &lines[..1], &lines[7..]].concat()),
            "`cell` is no cell",
        ),
        (
            whole[..whole.len() - 40].to_owned(),
            "fields where the names are",
        ),
        (whole.replacen("alpha,", "alhpa,", 1), "no column `alpha`"),
        (
            whole.replacen(",gd,gd,", ",gd,gr,", 1),
            "`gr` is no algorithm",
        ),
        (whole.replacen(",0.2,", ",0.3,", 1), "not every combination"),
        (whole.replacen(",finished,", ",well,", 1), "no status"),
        (
            whole.replacen("validation_loss", "loss", 1),
            "no column `validation_loss`",
        ),
    ] {
        let message = refusal(&text);
        assert!(message.contains(expected), "{expected}: {message}");
    }
    // Cells in the wrong place, with their numbers changed.
    let mut swapped: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    for (at, number) in [(3, "2"), (4, "2"), (5, "1"), (6, "1")] {
        swapped[at].replace_range(..1, number);
    }
    swapped.swap(3, 5);
    swapped.swap(4, 6);
    assert!(refusal(&swapped.join("\n")).contains("not every combination"));
    assert!(
        parse(b"cell,run\n\xff\xfe,1\n")
            .unwrap_err()
            .to_string()
            .contains("no text")
    );
}

/// Whatever is cut off or changed in a table: no panic, and a picture only of what some sweep could have written.
#[test]
fn no_damage_makes_it_panic() {
    let sweep = small(&[("steps", "20")], &["alpha=0.05,0.2"], 2, Vary::All);
    let whole = written(&sweep, &all(&sweep));
    let rows = whole.lines().count();
    for end in (0..whole.len())
        .step_by(97)
        .filter(|end| whole.is_char_boundary(*end))
    {
        let cut = &whole[..end];
        if let Ok((read, results)) = parse(cut.as_bytes()) {
            assert!(cut.lines().count() <= rows);
            assert_eq!(results.len() as u64, read.cells());
        }
    }
    for at in (0..whole.len()).step_by(61) {
        let mut bytes = whole.clone().into_bytes();
        bytes[at] = b'7';
        drop(parse(&bytes));
        bytes[at] = b',';
        drop(parse(&bytes));
    }
}

/// A table of every lab's first ready sweep, of which a corner is run.
#[test]
fn every_lab_reads_its_own_tables() {
    for lab in crate::labs::all() {
        let Some(ready) = lab.sweeps().first() else {
            continue;
        };
        let base = ready.plan.base().unwrap();
        let length = base.knobs.key_of(Role::Length);
        let mut knobs = base.knobs.clone();
        if let Some(length) = length {
            knobs.set_text(length, "30").unwrap();
        }
        let base = Recipe { knobs, ..base };
        let full = ready.plan.of(base.clone()).unwrap();
        let axes = full.axes().iter();
        let axes = axes.map(|axis| Axis::new(axis.key(), axis.values()[..2].to_vec(), &base.knobs));
        let axes = axes.collect::<Result<_, _>>().unwrap();
        let sweep = Sweep::new(base, axes, 1, ready.plan.vary, Steps::Recipe).unwrap();
        is_redrawn(&sweep);
    }
}

/// As they were written before there was another.
#[test]
fn a_table_without_the_arithmetic_is_of_the_fused_one() {
    let sweep = small(&[("steps", "60")], &["alpha=0.1,0.3"], 2, Vary::All);
    let results = all(&sweep);
    let whole = written(&sweep, &results);
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.has_headers(false).from_reader(whole.as_bytes());
    let rows: Vec<StringRecord> = reader.records().map(Result::unwrap).collect();
    let at = rows[0]
        .iter()
        .position(|name| name == "arithmetic")
        .unwrap();
    let mut old = csv::Writer::from_writer(Vec::new());
    for row in &rows {
        assert!(["arithmetic", "fused"].contains(&&row[at]));
        let others = row.iter().enumerate().filter(|(k, _)| *k != at);
        old.write_record(others.map(|(_, field)| field)).unwrap();
    }
    let old = old.into_inner().unwrap();
    let (read, again) = parse(&old).unwrap();
    assert_eq!(read.base().knobs.text_of(Role::Arithmetic), Some("fused"));
    assert!(drawn(&read, &again) == drawn(&sweep, &results));
}
