//! From lines of text to a table of numbers: what each column is, and every cell of those that are used.

use std::collections::HashSet;

use super::cell::Cell;
use super::columns::{Columns, Selection};
use super::dialect::{Delimiter, Dialect, FirstLine, first_line};
use super::text::Lines;
use super::{Header, Missing, Reading};
use crate::model::data::{DataError, check_size, excerpt};

/// Lines that are looked at before the first is read: what is decided about a table is decided by them.
const SAMPLE_LINES: usize = 200;

/// Bytes of them, if there are two.
const SAMPLE_BYTES: usize = 1 << 18;

/// Numbers in rows and columns.
pub(super) struct Table {
    /// Row by row, those of the columns that are used.
    pub(super) cells: Vec<f64>,
    /// Columns that are used.
    pub(super) width: usize,
    /// Which of them holds the labels.
    pub(super) target: usize,
    /// Their names, if there are any.
    pub(super) names: Vec<String>,
    /// What was found and done, in words, after the size.
    pub(super) notes: Vec<String>,
    /// What is remarkable about the content, in sentences.
    pub(super) remarks: Vec<String>,
}

impl Table {
    /// Names of the features, if there are any.
    pub(super) fn feature_names(&self) -> Vec<String> {
        // They stand beside axes: a tab within a quoted name is a space.
        let names = self.names.iter();
        let names = names.map(|name| name.replace(char::is_control, " "));
        let mut names: Vec<String> = names.collect();
        if self.target < names.len() {
            names.remove(self.target);
        }
        names
    }
}

/// What stands above the table, and its first lines.
struct Beginning {
    /// The last comment before the table, which may name the columns.
    comment: Option<(u64, String)>,
    delimiter: Option<Delimiter>,
    sample: Vec<(u64, String)>,
}

/// What is counted while rows are read.
#[derive(Default)]
struct Tally {
    rows: usize,
    /// Lines that begin with # or %.
    comments: usize,
    incomplete: usize,
    flags: bool,
}

/// Reads the lines of a file.
pub(super) fn read(lines: &mut Lines, reading: &Reading<'_>) -> Result<Table, DataError> {
    let mut tally = Tally::default();
    let beginning = beginning(lines, reading, &mut tally)?;
    let texts: Vec<&str> = beginning
        .sample
        .iter()
        .map(|(_, line)| line.as_str())
        .collect();
    let dialect = Dialect::of(&texts, beginning.delimiter);
    let first = match (reading.header, texts.first()) {
        (_, None) | (Header::No, _) => FirstLine::Row,
        (Header::Yes, _) => FirstLine::Names,
        (Header::Auto, Some(line)) => first_line(&dialect, line, &texts[1..]),
    };
    let header = header(&beginning, &dialect, first, reading);
    let skipped = usize::from(first != FirstLine::Row);
    let rows: Vec<Vec<_>> = texts[skipped..]
        .iter()
        .map(|line| dialect.split(line))
        .collect();
    let columns = Columns::of(header.as_ref().map(|(_, names)| names), &rows, &dialect);
    if let (Some((_, names)), Some(row)) = (&header, rows.first())
        && !columns.are_all_named()
    {
        let (line, _) = beginning.sample[skipped];
        return Err(reading.malformed(line, miscounted(row.len(), names.len())));
    }
    let selection = columns.select(reading)?;
    let mut reader = RowReader {
        reading,
        dialect,
        columns: &columns,
        selection: &selection,
        cells: Vec::new(),
        tally,
        seen: HashSet::new(),
    };
    for (line, text) in &beginning.sample[skipped..] {
        reader.push(*line, text)?;
    }
    while let Some((line, text)) = next(lines, reading, &mut reader.tally)? {
        reader.push(line, &text)?;
    }
    let (cells, tally) = (reader.cells, reader.tally);
    let mut table = Table {
        cells,
        width: selection.used.len(),
        target: selection.target,
        names: selection.names(&columns),
        notes: Vec::new(),
        remarks: selection.remarks.clone(),
    };
    table.notes = notes(
        first,
        header.as_ref(),
        &columns,
        &selection,
        &dialect,
        &tally,
    );
    table.notes.extend(lines.encoding.map(str::to_owned));
    Ok(table)
}

/// The next line of the table.
fn next(
    lines: &mut Lines,
    reading: &Reading<'_>,
    tally: &mut Tally,
) -> Result<Option<(u64, String)>, DataError> {
    loop {
        let line = lines.next();
        let Some((at, line)) = line.map_err(|(at, reason)| reading.malformed(at, reason))? else {
            return Ok(None);
        };
        if is_comment(&line) {
            tally.comments += 1;
        } else if !line.trim().is_empty() {
            return Ok(Some((at, line)));
        }
    }
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with(['#', '%'])
}

fn beginning(
    lines: &mut Lines,
    reading: &Reading<'_>,
    tally: &mut Tally,
) -> Result<Beginning, DataError> {
    let mut comment = None;
    let mut delimiter = None;
    let mut sample = Vec::new();
    let mut bytes = 0;
    loop {
        let line = lines.next();
        let Some((at, line)) = line.map_err(|(at, reason)| reading.malformed(at, reason))? else {
            break;
        };
        if is_comment(&line) {
            tally.comments += 1;
            if sample.is_empty() {
                comment = Some((at, line));
            }
            continue;
        }
        if line.trim().is_empty() {
            continue;
        }
        if at == 1
            && let Some(known) = separator(&line)
        {
            delimiter = Some(known);
            continue;
        }
        bytes += line.len();
        sample.push((at, line));
        if sample.len() >= SAMPLE_LINES || bytes > SAMPLE_BYTES && sample.len() > 2 {
            break;
        }
    }
    Ok(Beginning {
        comment,
        delimiter,
        sample,
    })
}

/// The delimiter that a first line `sep=;` names, as spreadsheets write it.
fn separator(line: &str) -> Option<Delimiter> {
    let line = line.trim_matches(['"', ' ', '\r']);
    let prefix = line.get(..4)?;
    if !prefix.eq_ignore_ascii_case("sep=") {
        return None;
    }
    match &line[4..] {
        "" | " " => Some(Delimiter::Spaces),
        mark => mark.chars().next().map(Delimiter::One),
    }
}

/// The names of the columns, with their line: the table's first line, or the last comment above it.
fn header(
    beginning: &Beginning,
    dialect: &Dialect,
    first: FirstLine,
    reading: &Reading<'_>,
) -> Option<(u64, Vec<String>)> {
    let owned = |line: &str| -> Vec<String> {
        let cells = dialect.split(line).into_iter();
        cells.map(std::borrow::Cow::into_owned).collect()
    };
    let (at, line) = beginning.sample.first()?;
    if first == FirstLine::Names {
        return Some((*at, owned(line)));
    }
    if reading.header == Header::No {
        return None;
    }
    let (at, comment) = beginning.comment.as_ref()?;
    let names = comment.trim().trim_start_matches(['#', '%']).trim();
    let width = dialect.split(line).len();
    let is_header = dialect.split(names).len() == width
        && width > 1
        && first_line(dialect, names, &[line]) == FirstLine::Names;
    is_header.then(|| (*at, owned(names)))
}

fn miscounted(found: usize, expected: usize) -> String {
    format!(
        "{found} columns, but {expected} above: every row needs as many cells; quote a cell that holds the delimiter"
    )
}

/// Reads the rows of a table into numbers.
struct RowReader<'a> {
    reading: &'a Reading<'a>,
    dialect: Dialect,
    columns: &'a Columns,
    selection: &'a Selection,
    cells: Vec<f64>,
    tally: Tally,
    /// What the column of names has held so far.
    seen: HashSet<String>,
}

impl RowReader<'_> {
    fn push(&mut self, line: u64, text: &str) -> Result<(), DataError> {
        let mut row = self.dialect.split(text);
        // Rows of delimiters alone, as spreadsheets leave them below a table.
        if row.iter().all(|cell| cell.is_empty()) {
            return Ok(());
        }
        let width = self.columns.width;
        while row.len() > width && row.last().is_some_and(|cell| cell.is_empty()) {
            row.pop();
        }
        if row.len() != width {
            return Err(self.reading.malformed(line, miscounted(row.len(), width)));
        }
        if self.columns.is_of_names && !self.selection.ignored.contains(&0) {
            self.check_name(line, &row[0])?;
        }
        let start = self.cells.len();
        for &column in &self.selection.used {
            let cell = self.dialect.read(&row[column]);
            match cell {
                Cell::Number(number) => self.cells.push(number),
                Cell::Flag(flag) => {
                    self.tally.flags = true;
                    self.cells.push(f64::from(u8::from(flag)));
                }
                Cell::Missing if self.reading.missing == Missing::DropRows => {
                    self.cells.truncate(start);
                    self.tally.incomplete += 1;
                    return Ok(());
                }
                Cell::Missing | Cell::Infinite | Cell::Text => {
                    let reason = self.refusal(cell, &row[column], column);
                    return Err(self.reading.malformed(line, reason));
                }
            }
        }
        self.tally.rows += 1;
        // Before more is read: a table that is too large is not read whole.
        check_size(self.tally.rows, self.selection.used.len().saturating_sub(1))
    }

    /// Names are left out as long as they tell the rows apart, and are no numbers.
    fn check_name(&mut self, line: u64, name: &str) -> Result<(), DataError> {
        let is_name = self.dialect.read(name) == Cell::Text;
        if is_name && self.seen.insert(name.to_owned()) {
            return Ok(());
        }
        let column = self.columns.called(0);
        let reason = if is_name {
            format!(
                "`{}` stands in {column} once more, so it is no column of names",
                excerpt(name)
            )
        } else {
            format!(
                "`{}` in {column} is no name, but the cells above are",
                excerpt(name)
            )
        };
        let remedy = self.columns.remedy(0);
        Err(self.reading.malformed(line, format!("{reason}: {remedy}")))
    }

    /// Why a cell is not taken, and what to do.
    fn refusal(&self, cell: Cell, text: &str, column: usize) -> String {
        let (place, text) = (self.columns.called(column), excerpt(text));
        let remedy = self.columns.remedy(column);
        match cell {
            Cell::Missing if text.is_empty() => format!(
                "{place} is empty: set csv_missing=drop-rows to leave out rows with gaps, or fill it in"
            ),
            Cell::Missing => format!(
                "`{text}` in {place} stands for a gap: set csv_missing=drop-rows to leave out rows with gaps, or fill \
                 it in"
            ),
            Cell::Infinite => format!(
                "`{text}` in {place} is not a finite number: remove the row or write a number; {remedy}"
            ),
            _ => format!("`{text}` in {place} is not a number: {remedy}, or write numbers for it"),
        }
    }
}

/// What was found and done, in the order of the file.
fn notes(
    first: FirstLine,
    header: Option<&(u64, Vec<String>)>,
    columns: &Columns,
    selection: &Selection,
    dialect: &Dialect,
    tally: &Tally,
) -> Vec<String> {
    let mut notes = Vec::new();
    notes.push(
        match (header, first) {
            (Some(_), FirstLine::Names) => "header read",
            (Some(_), _) => "header read from a comment",
            (None, FirstLine::Counts) => "first line of counts left out",
            (None, _) => "no header",
        }
        .to_owned(),
    );
    if columns.has_index && !selection.uses_or_ignores(0) {
        notes.push(if columns.is_of_names {
            format!("index of names left out ({})", columns.called(0))
        } else {
            "index left out".to_owned()
        });
    }
    match columns.empty {
        0 => {}
        1 => notes.push("empty last column left out".to_owned()),
        empty => notes.push(format!("{empty} empty last columns left out")),
    }
    if !selection.ignored.is_empty() {
        let ignored = selection
            .ignored
            .iter()
            .map(|column| columns.called(*column));
        let ignored: Vec<String> = ignored.take(5).collect();
        let more = selection.ignored.len() - ignored.len();
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        notes.push(format!("{}{more} ignored", ignored.join(", ")));
    }
    notes.extend(dialect.delimiter.in_words().map(str::to_owned));
    if dialect.decimal_comma {
        notes.push("decimal commas".to_owned());
    }
    let comments = tally.comments - usize::from(header.is_some() && first != FirstLine::Names);
    let lines = |count: usize, what: &str| match count {
        1 => format!("1 {what} left out"),
        _ => format!("{count} {what}s left out"),
    };
    if comments > 0 {
        notes.push(lines(comments, "comment line"));
    }
    if tally.incomplete > 0 {
        notes.push(format!("{} for a gap", lines(tally.incomplete, "row")));
    }
    if tally.flags {
        notes.push("True and False read as 1 and 0".to_owned());
    }
    notes
}
