//! Finished tables: what stands beside them, and what comes of those of all shards.

use super::super::merge::merge;
use super::super::provenance::SCHEMA;
use super::*;

/// Makes the tables of these shards, named by their numbers.
fn make(folder: &Path, sweep: &Sweep, numbers: &[u64], of: u64) -> Vec<PathBuf> {
    let table = |number: &u64| {
        let out = folder.join(format!("{number}.csv"));
        let shard = format!("{number}/{of}");
        fill(open(&out, sweep, &shard).unwrap(), sweep, &shard);
        out
    };
    numbers.iter().map(table).collect()
}

#[test]
fn the_tables_of_all_shards_in_any_order_are_joined_into_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let sweep = small(2);
    let whole = folder.path().join("whole.csv");
    fill(open(&whole, &sweep, "1/1").unwrap(), &sweep, "1/1");
    let both = |path: &Path| [path.to_owned(), path_of(path)].map(|path| fs::read(path).unwrap());
    assert_eq!(
        fs::read_to_string(&whole).unwrap().lines().count(),
        1 + 12 * 5
    );
    // More shards than cells as well: some have none.
    for of in [1, 2, 5, 13] {
        let parts = tempfile::tempdir().unwrap();
        let numbers: Vec<u64> = (1..=of).collect();
        let mut tables = make(parts.path(), &sweep, &numbers, of);
        tables.reverse();
        let out = parts.path().join("joined.csv");
        let merged = merge(&out, &tables, false).unwrap();
        assert_eq!((merged.ended.runs(), merged.was_there), (60, false));
        assert!(both(&out) == both(&whole), "{of} shards");
        // Once more there is nothing to do, as for the sweep itself.
        assert!(merge(&out, &tables, false).unwrap().was_there);
        let known = finished(&out, &sweep, Shard::WHOLE).unwrap();
        assert_eq!(known, Some(merged.ended));
        assert_eq!(
            fs::read_dir(parts.path()).unwrap().count() as u64,
            2 * (of + 1)
        );
    }
}

#[test]
fn what_is_not_every_shard_of_one_sweep_once_is_not_joined() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let sweep = small(2);
    let tables = make(folder.path(), &sweep, &[1, 2, 3, 4], 4);
    let refused = |tables: &[PathBuf]| {
        let error = merge(&at("joined.csv"), tables, false).unwrap_err();
        assert!(!at("joined.csv").exists() && !at("joined.csv.json").exists());
        error
            .to_string()
            .replace(&format!("{}/", folder.path().display()), "")
    };
    let message = refused(&tables[1..3]);
    assert!(
        message.starts_with("shards 1/4, 4/4 are missing"),
        "{message}"
    );
    let message = refused(&tables[..3]);
    assert!(message.contains("shard 4/4 is missing") && message.contains("--shard 4/4"));
    // A copy under another name.
    let copy = at("copy.csv");
    fs::copy(&tables[1], &copy).unwrap();
    fs::copy(path_of(&tables[1]), path_of(&copy)).unwrap();
    let message = refused(&[tables.clone(), vec![copy]].concat());
    assert_eq!(
        message,
        "2.csv and copy.csv are both shard 2/4: name one of them"
    );
    // Of another sweep, and of other parts.
    let others = tempfile::tempdir().unwrap();
    let other = make(others.path(), &small(1), &[4], 4).remove(0);
    let message = refused(&[&tables[..3], &[other]].concat());
    assert!(
        message.contains("4.csv is of another sweep than 1.csv"),
        "{message}"
    );
    assert!(message.ends_with("they differ in `seeds`"), "{message}");
    let other = make(others.path(), &sweep, &[3], 3).remove(0);
    let message = refused(&[&tables[..3], &[other]].concat());
    assert!(
        message.ends_with("they differ in the number of shards"),
        "{message}"
    );
    // Without what says what it is; unfinished; not there.
    let lone = at("lone.csv");
    fs::copy(&tables[3], &lone).unwrap();
    let message = refused(&[&tables[..3], &[lone]].concat());
    assert!(message.contains("lone.csv.json is missing"), "{message}");
    fs::write(at("begun.csv.partial"), "").unwrap();
    let message = refused(&[at("begun.csv")]);
    assert!(message.contains("begun.csv is not finished"), "{message}");
    assert!(refused(&[at("nothing.csv")]).contains("there is no table nothing.csv"));
    // A digit of one number.
    let text = fs::read_to_string(&tables[2]).unwrap();
    let at_the_end = text.rfind(|digit: char| digit.is_ascii_digit()).unwrap();
    let digit = if text.as_bytes()[at_the_end] == b'7' {
        "8"
    } else {
        "7"
    };
    let changed = [&text[..at_the_end], digit, &text[at_the_end + 1..]].concat();
    fs::write(&tables[2], changed).unwrap();
    let message = refused(&tables);
    assert!(
        message.contains("3.csv was changed since it was made"),
        "{message}"
    );
    // What has the name already is not replaced, unless that is wished for.
    fs::write(&tables[2], text).unwrap();
    fs::write(at("joined.csv"), "mine").unwrap();
    let error = merge(&at("joined.csv"), &tables, false)
        .unwrap_err()
        .to_string();
    assert!(error.contains("already exists"), "{error}");
    assert_eq!(fs::read(at("joined.csv")).unwrap(), b"mine");
    merge(&at("joined.csv"), &tables, true).unwrap();
    assert!(
        fs::read_to_string(at("joined.csv"))
            .unwrap()
            .starts_with("cell,")
    );
}

#[test]
fn a_finished_table_is_known_until_anything_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("table.csv");
    let partial = folder.path().join("table.csv.partial");
    let sweep = small(1);
    let known = |sweep: &Sweep, shard: &str| {
        let ended = finished(&out, sweep, shard.parse().unwrap());
        ended.unwrap().map(Tally::runs)
    };
    assert_eq!(known(&sweep, "1/2"), None);
    let mut unfinished = open(&out, &sweep, "1/2").unwrap();
    for result in testing::all(&sweep).cells() {
        if Shard::of_cell(result.cell, 2).number() == 1 {
            unfinished.append(&sweep, result).unwrap();
        }
    }
    let left = fs::read(&partial).unwrap();
    unfinished.finish(&sweep, columns(&sweep)).unwrap();
    assert_eq!(known(&sweep, "1/2"), Some(15));
    assert_eq!(known(&sweep, "2/2"), None);
    assert_eq!(known(&small(2), "1/2"), None);
    // Killed when all was written, and not yet removed.
    fs::write(&partial, left).unwrap();
    assert_eq!(known(&sweep, "1/2"), Some(15));
    assert!(!partial.exists());
    // A file that is not its own stays.
    fs::write(&partial, "mine").unwrap();
    assert_eq!(known(&sweep, "1/2"), Some(15));
    assert_eq!(fs::read(&partial).unwrap(), b"mine");
    fs::remove_file(&partial).unwrap();
    // Killed between the two: what says what it is is there, and no table.
    let table = fs::read(&out).unwrap();
    fs::remove_file(&out).unwrap();
    assert_eq!(known(&sweep, "1/2"), None);
    assert_eq!(fill(open(&out, &sweep, "1/2").unwrap(), &sweep, "1/2"), 3);
    assert!(fs::read(&out).unwrap() == table);
    fs::write(&out, "mine").unwrap();
    assert_eq!(known(&sweep, "1/2"), None);
    // What somebody else keeps under that name is no reason to lose it.
    fs::remove_file(&out).unwrap();
    fs::write(path_of(&out), "{\"mine\": 1}").unwrap();
    let refused = Unfinished::open(&out, &sweep, Shard::WHOLE, true).unwrap_err();
    assert!(matches!(refused, TableError::Foreign(_)), "{refused}");
}

#[test]
fn what_stands_beside_a_table_describes_its_columns_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("table.csv");
    let mut sweep = small(1);
    // Words of a choice, and numbers that have an effect at one of them.
    let over = [
        "label_noise=constant,none",
        "label_noise_level=0.1,0.5",
        "batch=1,2",
    ];
    let axes = crate::sweep::Axis::parse_all(&over, &sweep.base().knobs).unwrap();
    sweep = Sweep::new(sweep.base().clone(), axes, 1, Vary::All, Steps::Recipe).unwrap();
    fill(open(&out, &sweep, "1/1").unwrap(), &sweep, "1/1");
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(path_of(&out)).unwrap()).unwrap();
    assert_eq!(json["schema"], SCHEMA);
    assert_eq!([&json["cells"], &json["cells_of_sweep"]], [8, 8]);
    assert_eq!(
        json["sweep"]["over"][0],
        serde_json::json!(["label_noise", ["constant", "none"]])
    );
    assert_eq!(json["ended"]["finished"], 40);
    let mut reader = csv::Reader::from_path(&out).unwrap();
    let names = reader.headers().unwrap().clone();
    let described = json["columns"].as_array().unwrap();
    assert_eq!(described.len(), names.len());
    assert_eq!(
        names.iter().take(4).collect::<Vec<_>>(),
        [
            "cell",
            over[0].split_once('=').unwrap().0,
            "label_noise_level",
            "batch"
        ]
    );
    let mut words = BTreeSet::new();
    for row in reader.records().map(Result::unwrap) {
        for ((name, field), column) in names.iter().zip(&row).zip(described) {
            assert_eq!(column["name"], name);
            assert!(!column["about"].as_str().unwrap().is_empty(), "{name}");
            let kind = column["type"].as_str().unwrap();
            let (kind, or) = kind.split_once(" or ").unwrap_or((kind, ""));
            let fits = match kind {
                "integer" => field.parse::<i64>().is_ok(),
                "number" => field.parse::<f64>().is_ok(),
                "boolean" => field.parse::<bool>().is_ok(),
                "text" => true,
                _ => false,
            };
            assert!(fits || or.contains(field), "{name}: {kind} {field}");
            if name == "label_noise" {
                words.insert(field.to_owned());
            }
        }
    }
    assert_eq!(words, ["constant", "none"].map(str::to_owned).into());
    let counted = [
        "gradient_evaluations",
        "sign_flips",
        "steps_taken",
        "batch",
        "cell",
    ];
    for column in described {
        let is_integer = column["type"].as_str().unwrap().starts_with("integer");
        let name = column["name"].as_str().unwrap();
        assert!(is_integer || !counted.contains(&name), "{name}");
    }
}
