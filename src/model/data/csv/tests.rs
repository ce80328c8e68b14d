use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::files::npy;

fn table(content: &[u8]) -> (tempfile::NamedTempFile, CsvTable) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    let path = file.path().to_str().unwrap().to_owned();
    let table = CsvTable {
        path,
        ..CsvTable::default()
    };
    (file, table)
}

fn load(content: &str, target: &str, holdout_fraction: f64) -> Result<Regression, DataError> {
    let (_file, table) = table(content.as_bytes());
    let table = CsvTable {
        target: target.to_owned(),
        holdout_fraction,
        ..table
    };
    table.load().map(|loaded| loaded.problem)
}

/// What was read, with settings changed.
fn said(content: &str, change: impl FnOnce(&mut CsvTable)) -> Result<String, String> {
    let (_file, mut table) = table(content.as_bytes());
    change(&mut table);
    let loaded = table.load().map_err(|error| error.to_string())?;
    Ok(loaded.remarks.join(" "))
}

#[test]
fn header_and_target_are_optional() {
    let plain = load("1,2,3\n4,5,6\n", "", 0.0).unwrap();
    assert_eq!(plain.train.y, [3.0, 6.0]);
    let named = load("a, y, b\n1,3,2\n4,6,5\n", "y", 0.0).unwrap();
    assert_eq!(named.train.y, plain.train.y);
    assert_eq!(named.train.x, plain.train.x);
    assert!(named.validation_loss(&[0.0, 0.0]).is_nan());
    let numbered = load("1,3,2\n4,6,5\n", "#2", 0.0).unwrap();
    assert_eq!(numbered.train.x, plain.train.x);
}

#[test]
fn held_out_rows_leave_training() {
    let rows: Vec<_> = (0..10).map(|i| format!("{i},{}", 2 * i)).collect();
    let content = rows.join("\n");
    let problem = load(&content, "", 0.3).unwrap();
    assert_eq!(problem.n(), 7);
    assert_eq!(problem.validation_loss(&[2.0]), 0.0);
    assert!(problem.validation_loss(&[1.0]) > 0.0);
}

#[test]
fn bad_files_are_refused_with_the_place_and_the_remedy() {
    for (content, target, expected) in [
        ("1,2\n3\n", "", "line 2: 1 columns, but 2 above"),
        (
            "a,b,c\n1,2,3\n\n4,5\n",
            "",
            "line 4: 2 columns, but 3 above",
        ),
        ("a,b\n1,2,3,4\n", "", "line 2: 4 columns, but 2 above"),
        (
            "1,2\n3,NaN\n",
            "",
            "line 2: `NaN` in column 2 stands for a gap: set csv_missing=drop-rows",
        ),
        (
            "x,y\n1,2\n,3\n",
            "",
            "line 3: column 1 (`x`) is empty: set csv_missing=drop-rows",
        ),
        (
            "x,y\n1,2\ninf,3\n",
            "",
            "line 3: `inf` in column 1 (`x`) is not a finite number",
        ),
        (
            "1,2\n3,abc\n",
            "",
            "line 2: `abc` in column 2 is not a number: set csv_ignore=#2",
        ),
        ("1,oops\n3,4\n", "", "line 1: `oops` in column 2"),
        ("a,b,y\n1,x,2\n", "", "set csv_ignore=b to leave"),
        (
            "name,b,y\nu,1,2\nu,3,4\n",
            "",
            "`u` stands in column 1 (`name`) once more",
        ),
        (
            "name,b,y\nu,1,2\n7,3,4\n",
            "",
            "`7` in column 1 (`name`) is no name",
        ),
        ("1\n2\n", "", "at least two columns"),
        ("", "", "at least two columns"),
        ("# only a comment\n", "", "at least two columns"),
        ("a,b\n", "", "0 rows"),
        ("a,label\n1,2\n", "lable", "did you mean `label`?"),
        ("1,2\n", "y", "no header line"),
        ("1,2\n", "#3", "has 2 columns"),
        (
            "y,x,y\n1,2,3\n",
            "y",
            "2 columns called `y`: set csv_target to the number of one, #1 or #3",
        ),
    ] {
        let message = load(content, target, 0.0).unwrap_err().to_string();
        assert!(message.contains(expected), "{content:?} gave {message}");
    }
    let missing = CsvTable {
        path: "no/such.csv".into(),
        ..CsvTable::default()
    };
    assert!(
        missing
            .load()
            .unwrap_err()
            .to_string()
            .contains("no/such.csv")
    );
}

#[test]
fn messages_are_short_whatever_the_file_holds() {
    let cell = "x\u{1b}[31m".repeat(1_000_000);
    for content in [
        format!("1,2\n{cell},3\n"),
        format!("{cell},{cell},y\n1,2,3\n"),
    ] {
        for target in ["", "absent"] {
            let Err(error) = load(&content, target, 0.0) else {
                continue;
            };
            let message = error.to_string();
            // A path, a cell and the advice.
            assert!(message.len() < 1000, "{}", message.len());
            assert!(!message.contains('\u{1b}'));
        }
    }
}

#[test]
fn a_table_that_is_too_large_is_refused_while_it_is_read() {
    // A hundred thousand columns and rows without end: 20 million numbers are in the first 200 rows.
    let row = format!("{}1\n", "1,".repeat(99_999));
    let (_file, table) = table(row.repeat(250).as_bytes());
    let message = table.load().unwrap_err().to_string();
    assert!(message.contains("201 × 99999"), "{message}");
}

#[test]
fn what_is_written_otherwise_is_read_and_said() {
    for (content, x, words) in [
        (
            "a,y\n1,2\n",
            1.0,
            "Read 1 row × 1 feature, label y, header read.",
        ),
        ("1,2\n", 1.0, "no header"),
        (
            "sep=;\na;y\n1,5;2\n",
            1.5,
            "semicolons between cells, decimal commas",
        ),
        ("\"sep=,\"\na,y\n1,2\n", 1.0, "header read."),
        (
            "# made by hand\n% twice\na,y\n1,2\n",
            1.0,
            "2 comment lines left out",
        ),
        (
            "# a b y\n1 2 3\n",
            1.0,
            "header read from a comment, spaces between cells",
        ),
        ("a\ty\n\n\u{2212}1\t2\n\t\n", -1.0, "tabs between cells"),
        (
            "a,y,,\n1,2,,\n3,4,,\n",
            1.0,
            "2 empty last columns left out",
        ),
        ("a,y\n\"1,234.5\",2\n", 1234.5, "header read."),
        (
            "\"\",\"a\",\"y\"\n\"u\",1,2\n\"v\",3,4\n",
            1.0,
            "index left out",
        ),
        ("a,y\nu,1,2\nv,3,4\n", 1.0, "index left out"),
        (
            "name,a,y\nu,1,2\nv,3,4\n",
            1.0,
            "index of names left out (column 1 (`name`))",
        ),
        ("u,1,2\nv,3,4\n", 1.0, "no header, index of names left out"),
        ("0,1,2\n1.5,3,4\n", 1.5, "header read"),
        (
            "150,2,setosa,virginica\n1.5,3,4\n",
            1.5,
            "first line of counts left out",
        ),
        (
            "a,y\nTrue,2\nFALSE,1\n",
            1.0,
            "True and False read as 1 and 0",
        ),
        ("a,a,y\n1,2,3\n", 1.0, "Several columns are called `a`."),
        ("a,y\r\"1\",2\r", 1.0, "header read."),
        (
            "a,b,y\n1,2,3\n2,5,3\n3,1,3\n",
            1.0,
            "csv_ignore=a leaves it out",
        ),
    ] {
        let (_file, table) = table(content.as_bytes());
        let loaded = table
            .load()
            .unwrap_or_else(|error| panic!("{content:?}: {error}"));
        let remarks = loaded.remarks.join(" ");
        assert!(remarks.contains(words), "{content:?}: {remarks}");
        assert_eq!(loaded.problem.train.x[(0, 0)], x, "{content:?}");
    }
}

#[test]
fn settings_say_what_a_file_does_not() {
    let gap = "a,b,y\n1,2,3\nNA,5,6\n7,8,9\n";
    let dropped = said(gap, |table| table.missing = Missing::DropRows).unwrap();
    assert!(
        dropped.contains("Read 2 rows") && dropped.contains("1 row left out for a gap"),
        "{dropped}"
    );
    let ignored = said(gap, |table| table.ignore = "a".to_owned()).unwrap();
    assert!(
        ignored.contains("Read 3 rows × 1 feature") && ignored.contains("column 1 (`a`) ignored"),
        "{ignored}"
    );
    let both = said(gap, |table| table.ignore = "#1, b".to_owned());
    assert!(both.unwrap_err().contains("at least two columns"));
    let label = said(gap, |table| {
        table.ignore = "y".to_owned();
        table.target = "y".to_owned();
    });
    assert!(label.unwrap_err().contains("take it out of one of the two"));
    let years = "1990,1991\n1,2\n";
    assert!(said(years, |_| {}).unwrap().contains("Read 2 rows"));
    let named = said(years, |table| table.header = Header::Yes).unwrap();
    assert!(
        named.contains("Read 1 row × 1 feature, label 1991"),
        "{named}"
    );
    let numbers = "0,1,2\n1.5,3,4\n";
    let data = said(numbers, |table| table.header = Header::No).unwrap();
    assert!(data.contains("Read 2 rows"), "{data}");
}

#[test]
fn the_old_file_is_told_from_a_new_one() {
    let (mut file, mut table) = table(b"a,y\n1,2\n");
    table.checksum = written(table.load().unwrap().checksum.unwrap());
    assert_eq!(table.checksum.len(), 8);
    table.load().unwrap();
    file.write_all(b"3,4\n").unwrap();
    let message = table.load().unwrap_err().to_string();
    assert!(
        message.contains("has changed since") && message.contains("csv_checksum="),
        "{message}"
    );
}

#[test]
fn uneven_columns_are_told_and_made_even() {
    let content = "a,b,y\n1,1000,1\n2,3000,2\n4,2000,3\n";
    let told = said(content, |_| {}).unwrap();
    assert!(told.contains("standardise=true"), "{told}");
    let (_file, mut table) = table(content.as_bytes());
    table.scaling.standardise = true;
    let loaded = table.load().unwrap();
    assert!(!loaded.remarks.join(" ").contains("standardise=true"));
    // Variance 1 up to a few roundings.
    assert!(
        loaded
            .problem
            .column_mean_square
            .iter()
            .all(|square| (square - 1.0).abs() < 1e-14)
    );
    assert_eq!(loaded.scaling.unwrap().x_mean[1], 2000.0);
}

#[test]
fn gzip_and_numpy_are_read_as_text_is() {
    let content = b"1.5,2,3\n4,5,6\n7,8,10\n";
    let (_file, plain) = table(content);
    let plain = plain.load().unwrap().problem;
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(content).unwrap();
    let (_file, gzip) = table(&packed.finish().unwrap());
    let npy = npy(&[3, 3], &[1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0]);
    let (_other, npy) = table(&npy);
    for table in [gzip, npy] {
        let problem = table.load().unwrap().problem;
        assert_eq!(problem.train.x, plain.train.x);
        assert_eq!(problem.train.y, plain.train.y);
    }
}

fn npy(shape: &[u64], values: &[f64]) -> Vec<u8> {
    let mut bytes = npy::header(npy::Numbers::Reals, shape);
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

fn npz(arrays: &[(&str, &[u64], &[f64])], method: zip::CompressionMethod) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(method);
    for (name, shape, values) in arrays {
        zip.start_file(format!("{name}.npy"), options).unwrap();
        zip.write_all(&npy(shape, values)).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn an_archive_of_x_and_y_is_split_unless_it_is_a_run_s() {
    let (x, y) = (&[1.0, 2.0, 3.0, 4.0][..], &[5.0, 6.0, 7.0, 8.0][..]);
    let own: [(&str, &[u64], &[f64]); 2] = [("X", &[4, 1], x), ("y", &[4], y)];
    for method in [
        zip::CompressionMethod::Stored,
        zip::CompressionMethod::Deflated,
    ] {
        let (_file, mut table) = table(&npz(&own, method));
        table.holdout_fraction = 0.5;
        let problem = table.load().unwrap().problem;
        assert_eq!(problem.n(), 2);
        assert!(matches!(problem.validation, Validation::HoldOut(_)));
    }
    let run: [(&str, &[u64], &[f64]); 7] = [
        ("x", &[4, 1], x),
        ("y", &[4], y),
        ("x_validation", &[1, 1], &[9.0]),
        ("y_validation", &[1], &[10.0]),
        ("x_mean", &[1], &[0.5]),
        ("x_scale", &[1], &[2.0]),
        ("y_mean", &[1], &[0.25]),
    ];
    let (_file, mut table) = table(&npz(&run, zip::CompressionMethod::Stored));
    table.holdout_fraction = 0.5;
    table.scaling.standardise = true;
    let loaded = table.load().unwrap();
    assert_eq!(loaded.problem.train.y, y);
    assert_eq!(loaded.problem.validation_loss(&[0.0]), 100.0);
    assert_eq!(loaded.scaling.unwrap().x_scale, [2.0]);
}

#[test]
fn other_archives_are_refused_with_what_to_do() {
    let (_file, other) = table(&npz(&[("a", &[1], &[1.0])], zip::CompressionMethod::Stored));
    let message = other.load().unwrap_err().to_string();
    assert!(
        message.contains("it holds `a`, but no `x` and `y`"),
        "{message}"
    );
    let uneven: [(&str, &[u64], &[f64]); 2] = [("x", &[2, 1], &[1.0, 2.0]), ("y", &[1], &[1.0])];
    let (_file, uneven) = table(&npz(&uneven, zip::CompressionMethod::Stored));
    let message = uneven.load().unwrap_err().to_string();
    assert!(
        message.contains("2 rows of 1 columns and `y` 1"),
        "{message}"
    );
    let (_file, torn) = table(b"PK\x03\x04 not whole");
    assert!(
        torn.load()
            .unwrap_err()
            .to_string()
            .contains("cut off or changed")
    );
}

#[test]
fn validation_may_have_a_file_of_its_own() {
    let (_file, mut rows) = table(b"a,b,y\n1,2,3\n2,5,3\n");
    rows.holdout_fraction = 0.5;
    let (other, _) = table(b"a;b;y\n1;1;1\n");
    rows.validation = other.path().display().to_string();
    let loaded = rows.load().unwrap();
    assert_eq!(loaded.problem.n(), 2);
    assert_eq!(loaded.problem.validation_loss(&[0.0, 0.0]), 1.0);
    assert!(
        loaded
            .remarks
            .join(" ")
            .contains("Validation rows: Read 1 row × 2 features")
    );
    // A change of either file is noticed.
    rows.checksum = written(loaded.checksum.unwrap());
    rows.load().unwrap();
    std::fs::write(other.path(), "a;b;y\n1;1;2\n").unwrap();
    assert!(
        rows.load()
            .unwrap_err()
            .to_string()
            .contains("has changed since")
    );
    rows.checksum.clear();
    for (content, reason) in [
        ("b,a,y\n1,1,1\n", "has a column `b` where"),
        ("a,y\n1,1\n", "has 1 features"),
    ] {
        std::fs::write(other.path(), content).unwrap();
        let message = rows.load().unwrap_err().to_string();
        assert!(message.contains(reason), "{message}");
    }
    rows.truth.clone_from(&rows.validation);
    assert!(
        rows.load()
            .unwrap_err()
            .to_string()
            .contains("csv_validation and csv_truth")
    );
}

#[test]
fn a_known_truth_is_what_coefficients_are_compared_with() {
    let (_file, mut rows) = table(b"a,b,y\n1,20,3\n3,50,3\n");
    let (truth, _) = table(b"");
    rows.truth = truth.path().display().to_string();
    for content in [
        "0.5 -2\n",
        "beta\n0.5\n-2\n",
        "name,beta\na,0.5\nb,-2\n",
        "# β*\n0,5;-2\n",
    ] {
        std::fs::write(truth.path(), content).unwrap();
        let problem = rows.load().unwrap().problem;
        assert_eq!(problem.n(), 2);
        assert_eq!(problem.validation_loss(&[0.5, 0.0]), 4.0, "{content:?}");
    }
    // In standard deviations, which are 1 and 15.
    rows.scaling.standardise = true;
    assert_eq!(
        rows.load().unwrap().problem.validation_loss(&[0.5, 0.0]),
        900.0
    );
    std::fs::write(truth.path(), "1,2,3\n").unwrap();
    let message = rows.load().unwrap_err().to_string();
    assert!(
        message.contains("holds 3 numbers, but there are 2 features"),
        "{message}"
    );
}

/// As endless as a device.
struct Endless {
    row: Vec<u8>,
    at: usize,
}

impl std::io::Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let rest = &self.row[self.at..];
        let read = rest.len().min(buffer.len());
        buffer[..read].copy_from_slice(&rest[..read]);
        self.at = (self.at + read) % self.row.len();
        Ok(read)
    }
}

#[test]
fn a_table_without_an_end_is_refused_at_the_limit() {
    let mut row = b"1,".repeat(50_000);
    row.extend(b"1\n");
    let mut lines = Lines::decode(Box::new(Endless { row, at: 0 }), &Watch::default()).unwrap();
    let reading = Reading {
        name: "endless".to_owned(),
        target: "",
        ignore: "",
        header: Header::Auto,
        missing: Missing::Refuse,
    };
    let error = table::read(&mut lines, &reading).err().unwrap();
    // 401 rows of 50 000 features are the first that are too many.
    let message = error.to_string();
    assert!(message.contains("401 × 50000 features"), "{message}");
}

#[test]
fn a_table_that_nobody_waits_for_is_not_read_on() {
    let (_file, table) = table(&b"1,2,3\n".repeat(1000));
    let watch = Watch::default();
    assert!(table.load_watched(&watch).is_ok());
    watch.give_up();
    let error = table.load_watched(&watch).unwrap_err();
    assert!(matches!(error, DataError::GivenUp(_)), "{error}");
}

#[test]
fn messages_quote_the_cell_at_fault_and_not_much_of_it() {
    let long = "x".repeat(5 << 20);
    for content in [
        format!("a,b\n1,{long}\n"),
        format!("a,b\n1,2\n3,{long}\n"),
        format!("a,{long}\n1,oops\n"),
        format!("{long}\n"),
        format!("a,b\n1,2\n1,2,{long}\n"),
        format!("a,b\n1,2\n1,\"{long}\n"),
    ] {
        let error = load(&content, "", 0.0).unwrap_err().to_string();
        assert!(error.chars().count() < 600, "{}", error.len());
        assert!(!error.contains(&"x".repeat(200)), "{error}");
    }
    for target in [&long[..], "\u{1b}]0;x\u{7}"] {
        let error = load("a,b\n1,2\n", target, 0.0).unwrap_err().to_string();
        assert!(
            error.chars().count() < 600 && !error.contains('\u{1b}'),
            "{error}"
        );
    }
    let secret = load("root:$6$secret:1:2\nmail:*:1:2\n", "", 0.0).unwrap_err();
    assert!(!secret.to_string().contains("secret"), "{secret}");
}
