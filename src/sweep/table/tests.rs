mod joined;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::ControlFlow;
use std::sync::Mutex;

use rand::{RngExt as _, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::provenance::{description, path_of};
use super::*;
use crate::model::watch::Watch;
use crate::sweep::run::run;
use crate::sweep::testing::{self, columns};
use crate::sweep::{Steps, Vary};

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
    run(sweep, &missing, &Watch::default(), &|result| {
        table.lock().unwrap().append(sweep, &result).unwrap();
        ControlFlow::Continue(())
    })
    .unwrap();
    let table = table.into_inner().unwrap();
    table.finish(sweep, columns(sweep)).unwrap();
    missing.len()
}

fn table(folder: &Path, sweep: &Sweep, shard: &str) -> String {
    let out = folder.join("table.csv");
    fill(open(&out, sweep, shard).unwrap(), sweep, shard);
    assert_eq!(fs::read_dir(folder).unwrap().count(), 2, "no partial file");
    let text = fs::read_to_string(&out).unwrap();
    fs::remove_file(path_of(&out)).unwrap();
    fs::remove_file(out).unwrap();
    text
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
    run(&sweep, &sweep.order(0..6), &Watch::default(), &|result| {
        kept.lock().unwrap().push(result);
        ControlFlow::Continue(())
    })
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
    let begun = partial::first_line(&description(&other, Shard::WHOLE).to_string());
    // Killed before its first cell was there, or while that was written.
    for rest in ["", "01234567 {\"cell\":0,\"tal"] {
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
    run(&sweep, &[0], &Watch::default(), &|result| {
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
    // Not even with --force, and whether or not its first line is whole.
    for mine in ["mine\n", "mine", "implicit notes", "{\"recipe\":1}\n"] {
        fs::write(&partial, mine).unwrap();
        for force in [false, true] {
            let foreign = Unfinished::open(&out, &sweep, Shard::WHOLE, force);
            assert!(matches!(foreign, Err(TableError::Foreign(_))), "{mine:?}");
        }
        assert_eq!(fs::read_to_string(&partial).unwrap(), mine);
    }
    fs::remove_file(&partial).unwrap();
    let a_folder = Unfinished::open(folder.path(), &sweep, Shard::WHOLE, true);
    assert!(matches!(a_folder, Err(TableError::Exists(_))));
    fs::write(folder.path().join("file"), "mine").unwrap();
    let nowhere = open(&folder.path().join("file/table.csv"), &sweep, "1/1");
    assert!(nowhere.unwrap_err().to_string().contains("cannot write"));
}

#[cfg(unix)]
#[test]
fn links_and_devices_are_refused_before_the_work_and_not_followed() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let sweep = small(1);
    fs::write(at("precious"), "mine\n").unwrap();
    fs::write(at("empty"), "").unwrap();
    for target in ["precious", "empty", "nothing"] {
        let links = [at("table.csv"), at("table.csv.partial")];
        for link in &links {
            symlink(at(target), link).unwrap();
            let refused = Unfinished::open(&links[0], &sweep, Shard::WHOLE, true);
            let refused = refused.unwrap_err().to_string();
            assert!(refused.contains("symbolic link"), "{refused}");
            fs::remove_file(link).unwrap();
        }
    }
    let device = Unfinished::open(Path::new("/dev/null"), &sweep, Shard::WHOLE, true);
    assert!(device.unwrap_err().to_string().contains("device"));
    assert_eq!(fs::read_to_string(at("precious")).unwrap(), "mine\n");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn folders_are_made_for_a_table_and_removed_if_no_cell_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("new/folder/table.csv");
    let sweep = small(1);
    drop(open(&out, &sweep, "1/1").unwrap());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    fill(open(&out, &sweep, "1/1").unwrap(), &sweep, "1/1");
    assert!(out.is_file());
}

/// A mutant of a partial file, as an editor, a merge or a failing disk might make it.
fn mutant(whole: &[u8], random: &mut Xoshiro256PlusPlus) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = whole
        .split_inclusive(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    // The first line is the sweep's own.
    let line = random.random_range(1..lines.len());
    match random.random_range(0..9) {
        // Another number or letter somewhere.
        0 | 1 => {
            let at = random.random_range(0..lines[line].len() - 1);
            lines[line][at] = b"0123456789abcdef,.-\"n "[random.random_range(0..22)];
        }
        // A cell by another number: one of the table, or beyond it.
        2 => {
            let cell = random.random_range(0..9);
            let text = String::from_utf8(lines[line].clone()).unwrap();
            let at = text.find("\"cell\":").unwrap() + 7;
            let end = at + text[at..].find([',', '}']).unwrap();
            lines[line] = format!("{}{cell}{}", &text[..at], &text[end..]).into();
        }
        // Twice.
        3 => {
            let place = random.random_range(1..=lines.len());
            lines.insert(place, lines[line].clone());
        }
        // With the rows of another cell.
        4 => {
            let other = random.random_range(1..lines.len());
            let half = lines[line].len().min(lines[other].len()) / 2;
            let tail = lines[other][half..].to_vec();
            lines[line].truncate(half);
            lines[line].extend(tail);
        }
        // Gone.
        5 => drop(lines.remove(line)),
        // Two in one.
        6 => drop(lines[line].pop()),
        // Zeros, as a power failure leaves them.
        7 => {
            let from = random.random_range(0..lines[line].len());
            lines[line][from..].fill(0);
        }
        // Cut off.
        _ => {
            let at = random.random_range(0..lines[line].len());
            lines[line].truncate(at);
            lines.truncate(line + 1);
        }
    }
    lines.concat()
}

#[test]
fn whatever_was_changed_in_a_partial_file_the_table_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("table.csv");
    let partial = folder.path().join("table.csv.partial");
    let sweep = small(1);
    let whole = table(folder.path(), &sweep, "1/1");
    let kept = Mutex::new(BTreeMap::new());
    let order = sweep.order(0..6);
    run(&sweep, &order, &Watch::default(), &|result| {
        kept.lock().unwrap().insert(result.cell, result);
        ControlFlow::Continue(())
    })
    .unwrap();
    let kept = kept.into_inner().unwrap();
    let mut unfinished = open(&out, &sweep, "1/1").unwrap();
    for result in kept.values() {
        unfinished.append(&sweep, result).unwrap();
    }
    drop(unfinished);
    let bytes = fs::read(&partial).unwrap();
    let mut random = Xoshiro256PlusPlus::seed_from_u64(14);
    let (mut passed_over, mut run_again) = (0, 0);
    for case in 0..600 {
        let mutant = mutant(&bytes, &mut random);
        fs::write(&partial, &mutant).unwrap();
        let mut again = open(&out, &sweep, "1/1").unwrap();
        passed_over += again.damaged();
        for (cell, result) in &kept {
            if !again.holds(*cell) {
                run_again += 1;
                again.append(&sweep, result).unwrap();
            }
        }
        assert_eq!((again.len(), again.tally().runs()), (6, 30), "case {case}");
        let columns = kept[&0].runs[0].columns;
        again.finish(&sweep, columns).unwrap();
        assert_eq!(fs::read_to_string(&out).unwrap(), whole, "case {case}");
        assert!(!partial.exists());
        fs::remove_file(&out).unwrap();
    }
    // Most are seen to be damaged; to put back the character that was there changes nothing.
    assert!(
        passed_over > 300 && run_again > 300,
        "{passed_over} {run_again}"
    );
}

#[test]
fn cells_of_another_sweep_are_not_taken_for_those_of_this_one() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("table.csv");
    let partial = folder.path().join("table.csv.partial");
    let lines = |sweep: &Sweep| {
        let table = Mutex::new(open(&out, sweep, "1/1").unwrap());
        run(sweep, &[0, 1], &Watch::default(), &|result| {
            table.lock().unwrap().append(sweep, &result).unwrap();
            ControlFlow::Continue(())
        })
        .unwrap();
        drop(table);
        let text = fs::read_to_string(&partial).unwrap();
        fs::remove_file(&partial).unwrap();
        text
    };
    let (sweep, other) = (small(1), small(2));
    let (mine, theirs) = (lines(&sweep), lines(&other));
    let first = mine.split_inclusive('\n').take(1);
    let mixed: String = first.chain(theirs.split_inclusive('\n').skip(1)).collect();
    fs::write(&partial, mixed).unwrap();
    let again = open(&out, &sweep, "1/1").unwrap();
    assert_eq!((again.len(), again.damaged()), (0, 2));
}

#[test]
fn a_partial_file_that_changes_under_a_sweep_makes_no_wrong_table() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("table.csv");
    let sweep = small(1);
    let table = Mutex::new(open(&out, &sweep, "1/1").unwrap());
    run(&sweep, &sweep.order(0..6), &Watch::default(), &|result| {
        table.lock().unwrap().append(&sweep, &result).unwrap();
        ControlFlow::Continue(())
    })
    .unwrap();
    let table = table.into_inner().unwrap();
    let partial = table.partial().to_owned();
    let text = fs::read_to_string(&partial).unwrap();
    fs::write(&partial, text.replace("finished", "FINISHED")).unwrap();
    let failed = table.finish(&sweep, columns(&sweep));
    let failed = failed.unwrap_err().to_string();
    assert!(
        failed.contains("has changed its finished cells"),
        "{failed}"
    );
    assert!(!out.exists() && partial.exists());
}
