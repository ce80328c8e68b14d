//! What the columns of a table are: an index, names, features, the label.

use std::borrow::Cow;

use super::Reading;
use super::cell::Cell;
use super::dialect::Dialect;
use crate::knobs::nearest;
use crate::model::data::{DataError, excerpt};

/// The columns of a table, by its header and its first rows.
pub(super) struct Columns {
    /// How many there are, without those at the end that are empty throughout.
    pub(super) width: usize,
    /// Their names, as many as there are columns, or none at all.
    names: Vec<String>,
    /// Whether the first one counts or names the rows.
    pub(super) has_index: bool,
    /// Whether it names them under a name of its own or none: then all of it must be names.
    pub(super) is_of_names: bool,
    /// Empty columns at the end.
    pub(super) empty: usize,
}

/// Which columns are used.
pub(super) struct Selection {
    /// Their positions.
    pub(super) used: Vec<usize>,
    /// Which of the used ones holds the labels.
    pub(super) target: usize,
    /// Those that were left out as asked.
    pub(super) ignored: Vec<usize>,
    /// What is remarkable, in sentences.
    pub(super) remarks: Vec<String>,
}

impl Columns {
    /// Those of a table with these names and first rows.
    pub(super) fn of(
        header: Option<&Vec<String>>,
        rows: &[Vec<Cow<'_, str>>],
        dialect: &Dialect,
    ) -> Self {
        let whole = rows
            .first()
            .map_or_else(|| header.map_or(0, Vec::len), Vec::len);
        // A delimiter at the end of every line makes a column of nothing.
        let is_empty = |column: usize| {
            rows.iter()
                .all(|row| row.get(column).is_none_or(|cell| cell.is_empty()))
                && header.is_none_or(|names| names.get(column).is_none_or(String::is_empty))
        };
        let empty = (0..whole)
            .rev()
            .take_while(|column| is_empty(*column))
            .count();
        let width = whole - empty;
        let mut names: Vec<String> = header.cloned().unwrap_or_default();
        while names.len() > width && names.last().is_some_and(String::is_empty) {
            names.pop();
        }
        // R leaves out the name above its row names.
        if !names.is_empty() && names.len() + 1 == width {
            names.insert(0, String::new());
        }
        let unnamed = names.first().is_some_and(String::is_empty);
        let is_name = |row: &Vec<Cow<'_, str>>| {
            row.first()
                .is_some_and(|cell| dialect.read(cell) == Cell::Text)
        };
        let is_of_names = !unnamed && width > 2 && rows.first().is_some_and(is_name);
        Self {
            width,
            names,
            has_index: unnamed || is_of_names,
            is_of_names,
            empty,
        }
    }

    /// Whether the header has as many names as the first row has cells, or there is none.
    pub(super) fn are_all_named(&self) -> bool {
        self.names.is_empty() || self.names.len() == self.width
    }

    fn name(&self, column: usize) -> Option<&str> {
        let name = self.names.get(column)?;
        (!name.is_empty()).then_some(name)
    }

    /// A column for a message: by its number and its name.
    pub(super) fn called(&self, column: usize) -> String {
        match self.name(column) {
            Some(name) => format!("column {} (`{}`)", column + 1, excerpt(name)),
            None => format!("column {}", column + 1),
        }
    }

    /// How to leave a column out.
    pub(super) fn remedy(&self, column: usize) -> String {
        let known = self.name(column).filter(|name| {
            let all = self.names.iter().filter(|other| other == name);
            all.count() == 1 && !name.contains([',', ';'])
        });
        let name = known.map_or_else(|| format!("#{}", column + 1), excerpt);
        format!("set csv_ignore={name} to leave the column out")
    }

    /// Chooses the columns as asked.
    pub(super) fn select(&self, reading: &Reading<'_>) -> Result<Selection, DataError> {
        let mut ignored = Vec::new();
        for asked in reading.ignore.split([',', ';']).map(str::trim) {
            if !asked.is_empty() {
                ignored.extend(self.find(asked, "csv_ignore", reading)?);
            }
        }
        ignored.sort_unstable();
        ignored.dedup();
        let target = match reading.target {
            "" => None,
            asked => Some(self.find_one(asked, reading)?),
        };
        let first = usize::from(self.has_index && target != Some(0));
        let used: Vec<usize> = (first..self.width)
            .filter(|column| !ignored.contains(column))
            .collect();
        if used.len() < 2 {
            return Err(DataError::Settings(format!(
                "{} needs at least two columns, one feature and the label y, separated by commas, semicolons, tabs or \
                 spaces",
                reading.name
            )));
        }
        let label = target.unwrap_or(used[used.len() - 1]);
        let Some(target) = used.iter().position(|column| *column == label) else {
            return Err(DataError::Settings(format!(
                "{} is the label of {}, and csv_ignore leaves it out: take it out of one of the two",
                self.called(label),
                reading.name
            )));
        };
        Ok(Selection {
            remarks: self.repeated(&used, label),
            used,
            target,
            ignored,
        })
    }

    /// A remark on names that several columns have.
    fn repeated(&self, used: &[usize], label: usize) -> Vec<String> {
        let mut remarks = Vec::new();
        let names = used.iter().filter_map(|column| self.name(*column));
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        let pair = names.windows(2).find(|pair| pair[0] == pair[1]);
        if let Some(pair) = pair {
            let label = match self.name(label) {
                Some(name) if name == pair[0] => format!(": the label is {}", self.called(label)),
                _ => String::new(),
            };
            remarks.push(format!(
                "Several columns are called `{}`{label}.",
                excerpt(pair[0])
            ));
        }
        remarks
    }

    /// The columns of that name, or the one of that number, written `#3`.
    fn find(
        &self,
        asked: &str,
        setting: &str,
        reading: &Reading<'_>,
    ) -> Result<Vec<usize>, DataError> {
        let of_name = self.names.iter().enumerate();
        let of_name = of_name.filter(|(_, name)| *name == asked);
        let of_name: Vec<usize> = of_name.map(|(column, _)| column).collect();
        if !of_name.is_empty() {
            return Ok(of_name);
        }
        let number = asked.strip_prefix('#');
        if let Some(number) = number.and_then(|number| number.parse::<usize>().ok()) {
            if (1..=self.width).contains(&number) {
                return Ok(vec![number - 1]);
            }
            return Err(DataError::Settings(format!(
                "{} has {} columns, so there is no column `{}`: lower the number in `{setting}`",
                reading.name,
                self.width,
                excerpt(asked)
            )));
        }
        let (name, asked) = (&reading.name, excerpt(asked));
        Err(DataError::Settings(if self.names.is_empty() {
            format!(
                "{name} has no header line, so there is no column `{asked}`: write the column's number, as in \
                 `{setting}=#1`, or csv_header=yes if its first line holds names"
            )
        } else {
            let near = nearest(&asked, self.names.iter().map(String::as_str));
            let hint = near.map_or_else(
                || format!("; its columns are {}", self.listed()),
                |near| format!("; did you mean `{}`?", excerpt(near)),
            );
            format!("{name} has no column `{asked}`{hint}")
        }))
    }

    fn find_one(&self, asked: &str, reading: &Reading<'_>) -> Result<usize, DataError> {
        let found = self.find(asked, "csv_target", reading)?;
        if let [column] = found[..] {
            return Ok(column);
        }
        let numbers = found.iter().take(5);
        let numbers: Vec<String> = numbers.map(|column| format!("#{}", column + 1)).collect();
        Err(DataError::Settings(format!(
            "{} has {} columns called `{}`: set csv_target to the number of one, {}",
            reading.name,
            found.len(),
            excerpt(asked),
            numbers.join(" or ")
        )))
    }

    /// Some names, for a message.
    fn listed(&self) -> String {
        let names = self.names.iter().filter(|name| !name.is_empty()).take(5);
        let names: Vec<String> = names.map(|name| format!("`{}`", excerpt(name))).collect();
        let more = if self.names.len() > 5 { ", …" } else { "" };
        format!("{}{more}", names.join(", "))
    }
}

impl Selection {
    /// Whether a column is used, or left out because that was asked for.
    pub(super) fn uses_or_ignores(&self, column: usize) -> bool {
        self.used.contains(&column) || self.ignored.contains(&column)
    }

    /// The names of the used columns, empty where there is none.
    pub(super) fn names(&self, columns: &Columns) -> Vec<String> {
        let names = self.used.iter().map(|column| columns.name(*column));
        names
            .map(|name| name.unwrap_or_default().to_owned())
            .collect()
    }
}
