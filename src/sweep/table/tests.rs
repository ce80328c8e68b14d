use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use super::*;
use crate::sweep::pace::Estimate;
use crate::sweep::run::run;
use crate::sweep::{Steps, Vary, testing};

fn small(seeds: u64) -> Sweep {
    let settings = [
        ("sgd_runs", "2"),
        ("sgf_runs", "2"),
        ("step_size", "auto"),
        ("steps", "40"),
    ];
    let over = ["alpha=0.05,0.2,1", "batch=1,2"];
    testing::small(&settings, &over, seeds, Vary::All)
}

fn open(out: &Path, sweep: &Sweep, shard: &str) -> Result<Unfinished, TableError> {
    Unfinished::open(out, sweep, shard.parse().unwrap(), false)
}

/// Runs what is not there yet and returns how many cells that were.
fn fill(table: Unfinished, sweep: &Sweep, shard: &str) -> usize {
    let shard: Shard = shard.parse().unwrap();
    let missing = shard.cells(sweep).filter(|cell| !table.holds(*cell));
    let missing = sweep.order(missing);
    let table = Mutex::new(table);
    run(sweep, &missing, &AtomicBool::new(false), &|result| {
        table.lock().unwrap().append(sweep, &result).unwrap();
        ControlFlow::Continue(())
    })
    .unwrap();
    let columns = Estimate::of(sweep, 1).unwrap().columns;
    let table = table.into_inner().unwrap();
    table.finish(sweep, columns).unwrap();
    missing.len()
}

fn table(folder: &Path, sweep: &Sweep, shard: &str) -> String {
    let out = folder.join("table.csv");
    fill(open(&out, sweep, shard).unwrap(), sweep, shard);
    assert_eq!(fs::read_dir(folder).unwrap().count(), 1, "no partial file");
    let text = fs::read_to_string(&out).unwrap();
    fs::remove_file(out).unwrap();
    text
}

#[test]
fn shards_one_behind_the_other_are_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let sweep = small(2);
    let whole = table(folder.path(), &sweep, "1/1");
    assert_eq!(whole.lines().count(), 1 + 12 * 5);
    for of in [2, 5, 13] {
        let shards = (1..=of).map(|i| table(folder.path(), &sweep, &format!("{i}/{of}")));
        assert_eq!(shards.collect::<String>(), whole, "{of} shards");
    }
}

#[test]
fn a_row_names_everything_once_and_reads_back() {
    let folder = tempfile::tempdir().unwrap();
    let sweep = small(1);
    let text = table(folder.path(), &sweep, "1/1");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    assert_eq!(names[..3], ["cell", "alpha", "batch"]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let field = |row: usize, name: &str| -> &str {
        let at = names.iter().position(|other| other == name);
        &rows[row][at.unwrap()]
    };
    let mut knobs = sweep.base().knobs.iter();
    assert!(knobs.all(|(knob, _)| names.iter().any(|name| name == knob.key)));
    assert_eq!(rows.len(), 6 * 5);
    for (row, cell) in (0..30).map(|row| (row, row as u64 / 5)) {
        assert_eq!(field(row, "cell"), cell.to_string());
        assert_eq!(field(row, "steps"), "40");
        assert_eq!(field(row, "sgf_substeps"), "4");
        let values = sweep.values(cell);
        assert_eq!(field(row, "alpha").parse(), Ok(values[0]));
        let (gamma, auto): (f64, f64) = (
            field(row, "step_size").parse().unwrap(),
            field(row, "gamma_auto").parse().unwrap(),
        );
        assert!((gamma - 0.9 * auto).abs() < 0.01 * auto);
        assert!(field(row, "validation_loss").parse::<f64>().unwrap() > 0.0);
    }
}

#[test]
fn an_interrupted_table_goes_on_wherever_it_was_cut() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("table.csv");
    let partial = folder.path().join("table.csv.partial");
    let sweep = small(1);
    let whole = table(folder.path(), &sweep, "1/1");
    // All six cells, but not the table.
    let mut unfinished = open(&out, &sweep, "1/1").unwrap();
    let kept = Mutex::new(Vec::new());
    run(
        &sweep,
        &sweep.order(0..6),
        &AtomicBool::new(false),
        &|result| {
            kept.lock().unwrap().push(result);
            ControlFlow::Continue(())
        },
    )
    .unwrap();
    let mut kept = kept.into_inner().unwrap();
    for result in &kept {
        unfinished.append(&sweep, result).unwrap();
    }
    drop(unfinished);
    // The window, which keeps cells in memory, writes the same.
    kept.sort_by_key(|result| result.cell);
    let mut written = Vec::new();
    let columns = kept[0].runs[0].columns;
    write(&sweep, kept.iter(), columns, &mut written).unwrap();
    assert_eq!(String::from_utf8(written).unwrap(), whole);
    let bytes = fs::read(&partial).unwrap();
    let ends: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] == b'\n').collect();
    assert_eq!(ends.len(), 1 + 6);
    let cuts = [
        (0, 6),
        (ends[0] / 2, 6),
        (ends[0], 6),
        (ends[0] + 1, 6),
        (ends[2] + 1, 4),
        (ends[2] + 100, 4),
        (ends[3], 4),
        (ends[6] + 1, 0),
    ];
    for (cut, missing) in cuts {
        fs::write(&partial, &bytes[..cut]).unwrap();
        let table = open(&out, &sweep, "1/1").unwrap();
        assert_eq!(fill(table, &sweep, "1/1"), missing, "cut at {cut}");
        assert_eq!(fs::read_to_string(&out).unwrap(), whole, "cut at {cut}");
        fs::remove_file(&out).unwrap();
    }
}

#[test]
fn a_sweep_that_has_finished_no_cell_is_in_nobodys_way() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("table.csv");
    let partial = folder.path().join("table.csv.partial");
    let (sweep, other) = (small(1), small(2));
    let begun = format!("{}\n", description(&other, Shard::WHOLE));
    // Killed before its first cell was there, or while that was written.
    for rest in ["", "{\"cell\":0,\"tal"] {
        fs::write(&partial, format!("{begun}{rest}")).unwrap();
        assert_eq!(fill(open(&out, &sweep, "1/1").unwrap(), &sweep, "1/1"), 6);
        fs::remove_file(&out).unwrap();
    }
}

#[test]
fn a_table_of_other_data_in_the_same_file_is_another() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data.csv");
    fs::write(&data, "1,2,3\n4,5,6\n").unwrap();
    let path = data.display().to_string();
    let mut recipe = small(1).base().clone();
    for (key, value) in [("data", "csv"), ("csv_path", path.as_str())] {
        recipe.knobs.set_text(key, value).unwrap();
    }
    let sweep = Sweep::new(recipe, Vec::new(), 1, Vary::All, Steps::Recipe).unwrap();
    let before = description(&sweep, Shard::WHOLE);
    assert_eq!(before, description(&sweep, Shard::WHOLE));
    fs::write(&data, "1,2,3\n4,5,7\n").unwrap();
    assert_ne!(before, description(&sweep, Shard::WHOLE));
}

#[test]
fn nobody_elses_file_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("table.csv");
    let sweep = small(1);
    let partial = folder.path().join("table.csv.partial");
    let mut table = open(&out, &sweep, "1/1").unwrap();
    assert!(table.is_empty());
    let busy = open(&out, &sweep, "1/1").unwrap_err();
    assert!(matches!(busy, TableError::Busy(_)), "{busy}");
    drop(table);
    assert!(!partial.exists(), "a file without cells is removed");
    table = open(&out, &sweep, "1/1").unwrap();
    let table = Mutex::new(table);
    run(&sweep, &[0], &AtomicBool::new(false), &|result| {
        table.lock().unwrap().append(&sweep, &result).unwrap();
        ControlFlow::Continue(())
    })
    .unwrap();
    drop(table);
    for (other, shard) in [(small(2), "1/1"), (small(1), "1/2")] {
        let another = open(&out, &other, shard).unwrap_err().to_string();
        assert!(
            another.contains("another sweep") && another.contains("--force"),
            "{another}"
        );
    }
    let again = open(&out, &sweep, "1/1").unwrap();
    assert_eq!(again.tally().finished, 5);
    drop(again);
    let forced = Unfinished::open(&out, &small(2), Shard::WHOLE, true).unwrap();
    assert_eq!(forced.len(), 0);
    drop(forced);
    fs::write(&out, "mine").unwrap();
    let taken = open(&out, &small(2), "1/1").unwrap_err().to_string();
    assert!(taken.contains("already exists"), "{taken}");
    fs::remove_file(&out).unwrap();
    fs::write(&partial, "mine\n").unwrap();
    assert!(matches!(
        open(&out, &sweep, "1/1"),
        Err(TableError::Another(_))
    ));
    assert_eq!(fs::read(&partial).unwrap(), b"mine\n");
    let a_folder = Unfinished::open(folder.path(), &sweep, Shard::WHOLE, true);
    assert!(matches!(a_folder, Err(TableError::Exists(_))));
    let nowhere = open(&folder.path().join("no/such/table.csv"), &sweep, "1/1");
    assert!(nowhere.unwrap_err().to_string().contains("cannot write"));
}
