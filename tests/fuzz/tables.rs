//! The user's own data: tables as text, plain or packed, and arrays of NumPy.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use implicit_bias_lab::files::npz;
use implicit_bias_lab::model::data::csv::{CsvTable, Header, Missing};
use rand::RngExt as _;
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::mutate::{self, chance, one_of};
use super::{Case, Outcome, Random, check_message};

/// A table such as people have, and some that they have not.
fn table(random: &mut Random) -> String {
    let columns = random.random_range(1..6);
    let rows = random.random_range(0..12);
    let delimiter = *one_of(random, &[",", ";", "\t", " ", ", ", "|"]);
    let decimal_comma = delimiter == ";" && chance(random, 0.5);
    let end = *one_of(random, &["\n", "\n", "\r\n", "\r"]);
    let mut lines = Vec::new();
    if chance(random, 0.1) {
        lines.push(format!("sep={delimiter}"));
    }
    if chance(random, 0.5) {
        let name = |at: usize| match at % 4 {
            0 => format!("x{at}"),
            1 => format!("\"a {delimiter} b\""),
            2 => at.to_string(),
            _ => "y".to_owned(),
        };
        let names: Vec<String> = (0..columns).map(name).collect();
        let comment = if chance(random, 0.1) { "# " } else { "" };
        lines.push(format!("{comment}{}", names.join(delimiter)));
    }
    for row in 0..rows {
        let cells: Vec<String> = (0..columns)
            .map(|_| {
                let number: f64 = random.random_range(-10.0..10.0);
                let text = format!("{number:.3}");
                let text = if decimal_comma {
                    text.replace('.', ",")
                } else {
                    text
                };
                match random.random_range(0..30) {
                    0 => format!("\"{text}\""),
                    1 => (*one_of(
                        random,
                        &[
                            "NA",
                            "",
                            "nan",
                            "inf",
                            "True",
                            "1e5",
                            "-",
                            "1.234,5",
                            "2024-01-01",
                        ],
                    ))
                    .to_owned(),
                    2 => row.to_string(),
                    _ => text,
                }
            })
            .collect();
        lines.push(cells.join(delimiter));
    }
    lines.push(String::new());
    lines.join(end)
}

/// The same text as other programs save it.
fn encoded(random: &mut Random, text: &str) -> Vec<u8> {
    match random.random_range(0..10) {
        0 => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        1 => {
            let units = std::iter::once(0xfeff).chain(text.encode_utf16());
            units.flat_map(u16::to_le_bytes).collect()
        }
        2 => text
            .chars()
            .map(|c| u8::try_from(c).unwrap_or(b'?'))
            .collect(),
        3 => {
            let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
            gzip.write_all(text.as_bytes()).unwrap();
            gzip.finish().unwrap()
        }
        _ => text.as_bytes().to_vec(),
    }
}

/// Reads a file with any settings; whatever is taken is a problem of finite numbers.
fn load(random: &mut Random, path: &std::path::Path) {
    let columns = [
        "",
        "y",
        "x0",
        "#1",
        "#2",
        "#9",
        "0",
        "a",
        "-1",
        "#18446744073709551616",
    ];
    let beside = |random: &mut Random| {
        let same = path.to_str().unwrap();
        (*one_of(random, &["", "", "", "", same, "no such file"])).to_owned()
    };
    let table = CsvTable {
        path: path.to_str().unwrap().to_owned(),
        target: (*one_of(random, &columns)).to_owned(),
        ignore: (*one_of(random, &["", "", "", "#1", "x0,#2", ",", "y"])).to_owned(),
        header: *one_of(
            random,
            &[Header::Auto, Header::Auto, Header::Yes, Header::No],
        ),
        missing: *one_of(random, &[Missing::Refuse, Missing::DropRows]),
        holdout_fraction: *one_of(random, &[0.0, 0.2, 0.9]),
        seed: random.random(),
        validation: beside(random),
        truth: beside(random),
        ..CsvTable::default()
    };
    match table.load() {
        Ok(loaded) => {
            let rows = &loaded.problem.train;
            assert!(
                rows.x
                    .iter()
                    .chain(&rows.y)
                    .all(|number| number.is_finite())
            );
            assert_eq!(rows.x.nrows(), rows.y.len());
            for remark in &loaded.remarks {
                check_message(remark);
            }
            for name in &loaded.features {
                assert!(!name.contains(char::is_control), "{name:?}");
            }
        }
        Err(error) => check_message(&error.to_string()),
    }
}

pub(super) fn text() -> Case {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("table.csv");
    Box::new(move |random| {
        let _keep = &folder;
        let mut text = table(random);
        if chance(random, 0.6) {
            mutate::text(random, &mut text, &["\"", "NA", "sep=;", "#"]);
        }
        let mut raw = encoded(random, &text);
        if chance(random, 0.1) {
            mutate::bytes(random, &mut raw);
        }
        std::fs::write(&path, raw).unwrap();
        load(random, &path);
        Outcome::Understood
    })
}

/// An array file, its header as it should be or nearly so.
pub(super) fn npy(random: &mut Random) -> Vec<u8> {
    let (rows, columns) = (
        random.random_range(0..6_usize),
        random.random_range(1..5_usize),
    );
    let shape = match random.random_range(0..8) {
        0 => format!("({rows},)"),
        1 => "()".to_owned(),
        2 => format!("({rows}, {columns}, 1)"),
        3 => format!(
            "({}, {columns})",
            one_of(random, &["-1", "4294967296", "18446744073709551615", "7"])
        ),
        _ => format!("({rows}, {columns})"),
    };
    let kinds = [
        ("<f8", 8),
        ("<f4", 4),
        (">f8", 8),
        ("<i8", 8),
        ("|b1", 1),
        ("<u2", 2),
        ("<U3", 12),
        ("<c16", 16),
        ("|O", 8),
    ];
    let (kind, size) = if chance(random, 0.7) {
        kinds[0]
    } else {
        *one_of(random, &kinds)
    };
    let fortran = if chance(random, 0.2) { "True" } else { "False" };
    let mut header =
        format!("{{'descr': '{kind}', 'fortran_order': {fortran}, 'shape': {shape}, }}");
    if chance(random, 0.15) {
        mutate::words(
            random,
            &mut header,
            &["'descr'", "shape", "True", "[('a', '<f8')]"],
        );
    }
    let version = if chance(random, 0.1) { 2 } else { 1 };
    let mut bytes = vec![0x93, b'N', b'U', b'M', b'P', b'Y', version, 0];
    header.push('\n');
    let length = header.len();
    if version == 1 {
        bytes.extend((length as u16).to_le_bytes());
    } else {
        bytes.extend((length as u32).to_le_bytes());
    }
    bytes.extend(header.into_bytes());
    let count = rows * columns * size;
    let count = if chance(random, 0.1) {
        count / 2
    } else {
        count
    };
    if size == 8 && chance(random, 0.9) {
        let numbers = (0..count / 8).flat_map(|_| random.random_range(-3.0..3.0_f64).to_le_bytes());
        bytes.extend(numbers.collect::<Vec<_>>());
    } else {
        bytes.extend((0..count).map(|_| random.random::<u8>()));
    }
    bytes
}

/// A packed folder of arrays.
pub(super) fn npz(random: &mut Random, arrays: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut zip = ZipWriter::new(&mut bytes);
    let method = if chance(random, 0.3) {
        zip::CompressionMethod::Deflated
    } else {
        zip::CompressionMethod::Stored
    };
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, array) in arrays {
        // Names come once.
        if zip.start_file(name.as_str(), options).is_ok() {
            zip.write_all(array).unwrap();
        }
    }
    zip.finish().unwrap();
    bytes.into_inner()
}

pub(super) fn arrays() -> Case {
    let folder = TempDir::new().unwrap();
    Box::new(move |random| {
        let packed = chance(random, 0.5);
        let mut raw = if packed {
            let names = [
                "x",
                "y",
                "X",
                "beta_star",
                "x_mean",
                "x_scale",
                "y_mean",
                "x_validation",
                "y_validation",
                "arr_0",
                "../x",
            ];
            let count = random.random_range(0..5);
            let arrays: Vec<(String, Vec<u8>)> = ["x", "y"]
                .into_iter()
                .map(str::to_owned)
                .chain(
                    (0..count)
                        .map(|_| (*one_of(random, &names)).to_owned())
                        .collect::<Vec<_>>(),
                )
                .map(|name| format!("{name}.npy"))
                .map(|name| (name, npy(random)))
                .collect();
            npz(random, &arrays)
        } else {
            npy(random)
        };
        if chance(random, 0.15) {
            mutate::bytes(random, &mut raw);
        }
        if let Err(error) = npz::reals(&raw) {
            assert!(!error.to_string().is_empty());
        }
        let path = folder
            .path()
            .join(if packed { "data.npz" } else { "data.npy" });
        std::fs::write(&path, raw).unwrap();
        load(random, &path);
        Outcome::Understood
    })
}
