//! The settings of labs that read a table of the user's: how it is read, beside the path, the label column and what a
//! lab does with the rows.

use super::choices::{Chosen as _, chosen};
use crate::knobs::{Kind, Knob, Knobs, Role};
use crate::model::data::csv::{CsvTable, Header, Missing};

chosen! { Header:
    Auto => "auto", "found";
    Yes => "yes", "names";
    No => "no", "a row";
}

chosen! { Missing:
    Refuse => "refuse", "refused";
    DropRows => "drop-rows", "rows left out";
}

/// Help for the path.
pub(super) const PATH_HELP: &str = "Path of a table of numbers: text with commas, semicolons, tabs or spaces, gzip or \
    not, or .npy, .npz. A header line is optional. Dropping a file on the window sets it.";

/// Help for the label column.
pub(super) const TARGET_HELP: &str =
    "Name of the column y, or its number, as in #3. Empty: the last column.";

/// How a table is read.
pub(super) fn reading_knobs(group: &'static str) -> [Knob; 4] {
    fn relevant(knobs: &Knobs) -> bool {
        knobs.is_relevant(Role::DataFile)
    }
    [
        Knob {
            relevant,
            ..Knob::new(
                group,
                "csv_ignore",
                "Ignored columns",
                Kind::Text,
                "",
                "Columns that are left out, by name or by number as in #3, separated by commas.",
            )
        },
        Knob {
            relevant,
            ..Knob::new(
                group,
                "csv_header",
                "First line",
                Kind::Choice(Header::CHOICES),
                "auto",
                "Whether the first line names the columns. What is found is said with the data.",
            )
        },
        Knob {
            relevant,
            ..Knob::new(
                group,
                "csv_missing",
                "Gaps",
                Kind::Choice(Missing::CHOICES),
                "refuse",
                "What becomes of a row with an empty cell, NA, NaN or the like: the file is refused, or the row left out.",
            )
        },
        Knob {
            role: Some(Role::DataChecksum),
            relevant: |knobs| {
                let checksum = knobs.text_of(Role::DataChecksum);
                relevant(knobs) && checksum.is_some_and(|checksum| !checksum.is_empty())
            },
            ..Knob::new(
                group,
                "csv_checksum",
                "Checksum",
                Kind::Text,
                "",
                "CRC-32 of the file that the run was made with: another file is refused. Empty: whatever the file holds. \
                 Recipes of finished runs have it, and another path clears it.",
            )
        },
    ]
}

/// The table that these settings name, all of it for training.
pub(super) fn table(knobs: &Knobs) -> CsvTable {
    CsvTable {
        path: knobs.word("csv_path").to_owned(),
        target: knobs.word("csv_target").to_owned(),
        ignore: knobs.word("csv_ignore").to_owned(),
        header: Header::of(knobs, "csv_header"),
        missing: Missing::of(knobs, "csv_missing"),
        checksum: knobs.word("csv_checksum").to_owned(),
        ..CsvTable::default()
    }
}
