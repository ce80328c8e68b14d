//! Tables as people have them: every file of `cases` (its README says what each is) loads or is refused as it should.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod replay;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use implicit_bias_lab::knobs::Knobs;
use implicit_bias_lab::labs::LABS;
use implicit_bias_lab::model::data::Loaded;
use implicit_bias_lab::model::data::csv::{CsvTable, Missing};

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/csv/cases")
}

fn table(name: &str) -> CsvTable {
    CsvTable {
        path: cases().join(name).to_str().unwrap().to_owned(),
        ..CsvTable::default()
    }
}

fn load(name: &str) -> Result<Loaded, String> {
    table(name).load().map_err(|error| error.to_string())
}

/// Files that hold the numbers of `base.csv`, with what must be said of them.
const SAME: &[(&str, &str)] = &[
    (
        "base.csv",
        "Read 12 rows × 20 features, label y, header read.",
    ),
    ("bom_crlf.csv", "label y, header read."),
    ("bom_nohdr.csv", "label in the last column, no header."),
    ("numeric_header.csv", "label 20, header read."),
    ("pandas_index.csv", "label y, header read, index left out."),
    ("r_writecsv.csv", "label y, header read, index left out."),
    ("semicolon.csv", "header read, semicolons between cells."),
    (
        "semicolon_decimal_comma.csv",
        "semicolons between cells, decimal commas.",
    ),
    ("tabs.csv", "tabs between cells."),
    ("sep_line.csv", "label y, header read."),
    (
        "trailing_comma.csv",
        "label y, header read, empty last column left out.",
    ),
    ("savetxt_header.csv", "label y, header read from a comment."),
    (
        "utf16.csv",
        "label y, header read, tabs between cells, UTF-16.",
    ),
    ("latin1_header.csv", "label y, header read, Latin-1."),
    ("header_inf.csv", "label y, header read."),
    ("fortran_d.csv", "label y, header read."),
    (
        "spaces.txt",
        "label in the last column, no header, spaces between cells.",
    ),
    (
        "dup_names.csv",
        "Several columns are called `y`: the label is column 21 (`y`).",
    ),
];

/// Files of other numbers: rows, features and what must be said of them.
const OTHERS: &[(&str, usize, usize, &str)] = &[
    ("numeric_header_min.csv", 2, 3, "label 3, header read."),
    ("mixed_decimals_semicolon_min.csv", 2, 2, "decimal commas."),
    ("bool.csv", 12, 20, "True and False read as 1 and 0."),
    ("const_zero_col.csv", 12, 20, "1 feature is 0 in every row"),
    ("x_zero.csv", 12, 20, "20 features are 0 in every row"),
    ("y_zero.csv", 12, 20, "The label is 0 in every row"),
    ("dup_rows_same.csv", 14, 20, "header read."),
    ("moved_data.csv", 12, 20, "header read."),
    ("raw_scale_min.csv", 2, 3, "standardise=true"),
];

/// Files that are refused, with the place and the remedy.
const REFUSED: &[(&str, &[&str])] = &[
    (
        "inf.csv",
        &[
            "line ",
            "`inf` in column ",
            "not a finite number",
            "csv_ignore=",
        ],
    ),
    (
        "missing_empty.csv",
        &["line ", "column ", "is empty", "csv_missing=drop-rows"],
    ),
    (
        "missing_na.csv",
        &["line ", "`NA` in column ", "csv_missing=drop-rows"],
    ),
];

#[test]
fn every_case_is_in_a_table_here() {
    let listed = SAME.iter().map(|case| case.0);
    let listed = listed.chain(OTHERS.iter().map(|case| case.0));
    let listed = listed.chain(REFUSED.iter().map(|case| case.0));
    let listed: BTreeSet<String> = listed.map(str::to_owned).collect();
    let entries = fs::read_dir(cases()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names: BTreeSet<String> = names.filter(|name| name != "README.md").collect();
    assert_eq!(listed, names);
}

#[test]
fn one_table_is_the_same_in_every_dress() {
    let base = load("base.csv").unwrap();
    for (name, words) in SAME {
        let loaded = load(name).unwrap();
        let remarks = loaded.remarks.join(" ");
        assert!(remarks.contains(words), "{name}: {remarks}");
        assert_eq!(loaded.problem.train.x, base.problem.train.x, "{name}");
        assert_eq!(loaded.problem.train.y, base.problem.train.y, "{name}");
    }
}

#[test]
fn other_tables_load_with_what_is_odd_about_them() {
    for (name, n, d, words) in OTHERS {
        let loaded = load(name).unwrap();
        let remarks = loaded.remarks.join(" ");
        assert!(remarks.contains(words), "{name}: {remarks}");
        let (rows, columns) = (loaded.problem.n(), loaded.problem.d());
        assert_eq!((rows, columns), (*n, *d), "{name}");
    }
    let mixed = load("mixed_decimals_semicolon_min.csv").unwrap().problem;
    assert_eq!(mixed.train.features(), [0.5, -1.2, 1.1, 0.4]);
    assert_eq!(mixed.train.y, [0.8, 0.2]);
    let changed = load("moved_data.csv").unwrap();
    assert_ne!(changed.checksum, load("base.csv").unwrap().checksum);
}

#[test]
fn the_others_are_refused_with_place_and_remedy() {
    for (name, words) in REFUSED {
        let message = load(name).unwrap_err();
        for word in *words {
            assert!(message.contains(word), "{name}: {message}");
        }
    }
    for name in ["missing_empty.csv", "missing_na.csv"] {
        let table = CsvTable {
            missing: Missing::DropRows,
            ..table(name)
        };
        let loaded = table.load().unwrap();
        assert!(loaded.problem.n() < 12, "{name}");
        assert!(loaded.remarks[0].contains("left out for a gap"), "{name}");
    }
    let ambiguous = CsvTable {
        target: "y".to_owned(),
        ..table("dup_names.csv")
    };
    let message = ambiguous.load().unwrap_err().to_string();
    assert!(message.contains("#1 or #21"), "{message}");
}

/// By the settings of every lab that reads tables, through to what the window and the exports show.
#[test]
fn what_was_read_is_a_remark_of_the_experiment() {
    let path = cases().join("pandas_index.csv");
    let mut labs = 0;
    for lab in LABS {
        let mut knobs = Knobs::new(lab.knobs());
        if knobs.set_text("csv_path", path.to_str().unwrap()).is_err() {
            continue;
        }
        knobs.set_text("data", "csv").unwrap();
        let experiment = lab.experiment(&knobs, false).unwrap();
        let remarks = &experiment.setup().facts.remarks;
        let first = "Read 12 rows × 20 features, label y, header read, index left out.";
        assert!(remarks.contains(&first.to_owned()), "{remarks:?}");
        labs += 1;
    }
    assert_eq!(labs, 2);
}
