//! How a table is written: what stands between its cells and before its decimals, and whether its first line names
//! the columns.

use std::borrow::Cow;

use super::cell::{self, Cell};

/// What stands between two cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delimiter {
    /// One character.
    One(char),
    /// Any number of spaces and tabs.
    Spaces,
}

impl Delimiter {
    /// In words, for what was read.
    pub(super) fn in_words(self) -> Option<&'static str> {
        match self {
            Self::One(';') => Some("semicolons between cells"),
            Self::One('\t') => Some("tabs between cells"),
            Self::One('|') => Some("bars between cells"),
            Self::Spaces => Some("spaces between cells"),
            Self::One(_) => None,
        }
    }
}

/// Those that are looked for; of two that fit as well, the first is taken.
const DELIMITERS: [Delimiter; 5] = [
    Delimiter::One(','),
    Delimiter::One(';'),
    Delimiter::One('\t'),
    Delimiter::One('|'),
    Delimiter::Spaces,
];

/// How the cells of a table are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) delimiter: Delimiter,
    pub(super) decimal_comma: bool,
}

impl Dialect {
    /// Finds the dialect of some lines, the first of which may be a header; `known` if the file names its delimiter.
    pub(super) fn of(lines: &[&str], known: Option<Delimiter>) -> Self {
        let candidates = DELIMITERS
            .into_iter()
            .filter(|delimiter| known.is_none_or(|known| known == *delimiter));
        let rated = candidates.map(|delimiter| {
            let dialect = Self::with(lines, delimiter);
            (dialect, dialect.fit(lines))
        });
        let best = rated.reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.map_or_else(
            || Self::with(lines, known.unwrap_or(DELIMITERS[0])),
            |(dialect, _)| dialect,
        )
    }

    fn with(lines: &[&str], delimiter: Delimiter) -> Self {
        let marks = || {
            let rows = lines.iter().flat_map(move |line| split(line, delimiter));
            rows.filter_map(|cell| cell::is_decimal_comma(&cell))
        };
        let decimal_comma = delimiter != Delimiter::One(',')
            && marks().next().is_some()
            && marks().all(|is_comma| is_comma);
        Self {
            delimiter,
            decimal_comma,
        }
    }

    /// How well the lines below the first fit: the share that has as many cells as most of them, times the share of
    /// numbers and gaps among their cells. If none has several cells, the number of cells of the first line.
    fn fit(self, lines: &[&str]) -> (f64, usize) {
        let first = lines
            .first()
            .map_or(0, |line| split(line, self.delimiter).len());
        let below = if lines.len() > 1 { &lines[1..] } else { lines };
        let rows: Vec<Vec<Cow<'_, str>>> = below
            .iter()
            .map(|line| split(line, self.delimiter))
            .collect();
        let alike = |width: usize| rows.iter().filter(|row| row.len() == width).count();
        let widths = rows.iter().map(Vec::len).filter(|width| *width > 1);
        let Some(most) = widths.map(alike).max() else {
            return (0.0, if first > 1 { first } else { 0 });
        };
        let cells = rows.iter().flatten();
        let (mut read, mut all) = (0, 0);
        for cell in cells {
            all += 1;
            read += usize::from(cell::read(cell, self.decimal_comma) != Cell::Text);
        }
        // A table of text has a best delimiter, too, whose cells the message can name.
        let share = (read as f64 / all.max(1) as f64).max(1e-3);
        (most as f64 / rows.len() as f64 * share, 0)
    }

    /// The cells of a line.
    pub(super) fn split<'a>(&self, line: &'a str) -> Vec<Cow<'a, str>> {
        split(line, self.delimiter)
    }

    /// What a cell says.
    pub(super) fn read(&self, text: &str) -> Cell {
        cell::read(text, self.decimal_comma)
    }
}

/// Splits a line into cells without white space around them. A cell that begins with a quotation mark ends with one;
/// two inside stand for one.
fn split(line: &str, delimiter: Delimiter) -> Vec<Cow<'_, str>> {
    let mut cells = Vec::new();
    let mut rest = line;
    loop {
        rest = match delimiter {
            // A tab is white space, and so is a gap between two.
            Delimiter::One(_) => rest.trim_start_matches([' ', '\u{a0}']),
            Delimiter::Spaces => rest.trim_start(),
        };
        if rest.is_empty() && delimiter == Delimiter::Spaces {
            return cells;
        }
        let (cell, after) = match rest.strip_prefix('"') {
            Some(quoted) => unquoted(quoted, delimiter),
            None => plain(rest, delimiter),
        };
        cells.push(cell);
        match after {
            Some(after) => rest = after,
            None => return cells,
        }
    }
}

/// The cell that a line begins with, and what is behind the delimiter.
fn plain(rest: &str, delimiter: Delimiter) -> (Cow<'_, str>, Option<&str>) {
    let found = match delimiter {
        Delimiter::One(mark) => rest.split_once(mark),
        Delimiter::Spaces => rest.split_once(char::is_whitespace),
    };
    match found {
        Some((cell, after)) => (Cow::Borrowed(cell.trim()), Some(after)),
        None => (Cow::Borrowed(rest.trim()), None),
    }
}

/// The same behind an opening quotation mark.
fn unquoted(quoted: &str, delimiter: Delimiter) -> (Cow<'_, str>, Option<&str>) {
    let mut from = 0;
    while let Some(at) = quoted[from..].find('"') {
        let end = from + at;
        if quoted[end + 1..].starts_with('"') {
            from = end + 2;
            continue;
        }
        let (tail, after) = plain(&quoted[end + 1..], delimiter);
        let mut cell = Cow::Borrowed(quoted[..end].trim());
        if cell.contains('"') {
            cell = Cow::Owned(cell.replace("\"\"", "\""));
        }
        if !tail.is_empty() {
            cell = Cow::Owned([&*cell, &*tail].concat());
        }
        return (cell, after);
    }
    // Not closed on this line: no quotation after all.
    plain(quoted, delimiter)
}

/// What the first line of a table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FirstLine {
    /// Data.
    Row,
    /// The names of the columns.
    Names,
    /// The numbers of rows and columns and the names of the classes, as scikit-learn's tables have it.
    Counts,
}

/// Tells names from data. Numbers are not names, and neither is a gap: a first line with one bad cell among
/// numbers is data with a mistake in it. But integers that count up are names that a program gave.
pub(super) fn first_line(dialect: &Dialect, first: &str, below: &[&str]) -> FirstLine {
    let cells = dialect.split(first);
    let kinds: Vec<Cell> = cells.iter().map(|cell| dialect.read(cell)).collect();
    let numbers = kinds.iter().filter_map(|cell| match cell {
        Cell::Number(number) => Some(*number),
        _ => None,
    });
    let numbers: Vec<f64> = numbers.collect();
    // A column may be called `inf` where the others have names.
    let texts = kinds.iter().filter(|cell| **cell == Cell::Text).count();
    if numbers.is_empty() {
        return if texts > 0 {
            FirstLine::Names
        } else {
            FirstLine::Row
        };
    }
    if is_counts(dialect, &kinds, below) {
        return FirstLine::Counts;
    }
    let kinds_of = |line: &&str| -> Vec<Cell> {
        let cells = dialect.split(line);
        cells.iter().map(|cell| dialect.read(cell)).collect()
    };
    let below: Vec<Vec<Cell>> = below.iter().map(kinds_of).collect();
    let unnamed = cells.first().is_some_and(|cell| cell.is_empty());
    let mut named = kinds.iter().skip(usize::from(unnamed));
    let all_are_named = named.all(|cell| matches!(cell, Cell::Number(_) | Cell::Text));
    // R quotes the name that row names do not have; nobody quotes a gap.
    let quoted = unnamed && first.trim_start().starts_with("\"\"");
    let is_header =
        quoted || unnamed && are_an_index(&below) || are_counted_names(texts, &numbers, &below);
    if all_are_named && is_header {
        FirstLine::Names
    } else {
        FirstLine::Row
    }
}

/// Whether the first cells of these rows name or count them.
fn are_an_index(rows: &[Vec<Cell>]) -> bool {
    let firsts = || rows.iter().map(|row| row.first());
    let names = firsts().all(|cell| cell == Some(&Cell::Text));
    let counts = |start: f64| {
        let mut numbered = firsts().zip(0_u32..);
        numbered.all(|(cell, at)| cell == Some(&Cell::Number(start + f64::from(at))))
    };
    !rows.is_empty() && (names || counts(0.0) || counts(1.0))
}

/// Whether the numbers of a first line are the names that a program gave by counting, or years.
fn are_counted_names(texts: usize, numbers: &[f64], below: &[Vec<Cell>]) -> bool {
    let Some(second) = below.first() else {
        return false;
    };
    let start = numbers[0];
    let count_up = start.fract() == 0.0 && numbers.windows(2).all(|pair| pair[1] == pair[0] + 1.0);
    if texts > 0 {
        let counted = count_up && numbers.len() > 1 && (start == 0.0 || start >= 1000.0);
        return counted || are_a_scale(numbers, below);
    }
    // 0, 1, 2 above 3, 4, 5 are numbers that go on.
    let goes_on = counts_up(second);
    count_up && numbers.len() > 2 && !goes_on && (start == 0.0 || !are_whole(below))
}

/// Whether the numbers of a first line rise or fall like wavelengths, which no row below does.
fn are_a_scale(numbers: &[f64], below: &[Vec<Cell>]) -> bool {
    const LEAST: usize = 10;
    let is_monotone =
        |numbers: &[f64]| numbers.is_sorted_by(|a, b| a < b) || numbers.is_sorted_by(|a, b| a > b);
    let of_row = |row: &Vec<Cell>| -> Vec<f64> {
        let cells = row.iter();
        let numbers = cells.filter_map(|cell| match cell {
            Cell::Number(number) => Some(*number),
            _ => None,
        });
        numbers.collect()
    };
    numbers.len() >= LEAST
        && is_monotone(numbers)
        && !below.is_empty()
        && !below.iter().any(|row| is_monotone(&of_row(row)))
}

/// `n, d, class, …` above rows of d features and a label.
fn is_counts(dialect: &Dialect, kinds: &[Cell], below: &[&str]) -> bool {
    let [Cell::Number(_), Cell::Number(d), classes @ ..] = kinds else {
        return false;
    };
    let width = below.first().map_or(0, |line| dialect.split(line).len());
    // One word among numbers is a mistake.
    classes.len() > 1 && classes.iter().all(|cell| *cell == Cell::Text) && *d + 1.0 == width as f64
}

fn are_whole(rows: &[Vec<Cell>]) -> bool {
    let mut cells = rows.iter().flatten();
    cells.all(|cell| matches!(cell, Cell::Number(number) if number.fract() == 0.0))
}

fn counts_up(row: &[Cell]) -> bool {
    let mut pairs = row.windows(2);
    pairs.all(|pair| matches!(pair, [Cell::Number(a), Cell::Number(b)] if *b == a + 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_split_as_they_are_quoted() {
        let comma = Delimiter::One(',');
        assert_eq!(
            split("a, b ,\"c, d\",\"e\"\"f\"", comma),
            ["a", "b", "c, d", "e\"f"]
        );
        assert_eq!(split(",1,,", comma), ["", "1", "", ""]);
        assert_eq!(split("\t1\t\t2", Delimiter::One('\t')), ["", "1", "", "2"]);
        assert_eq!(
            split("  1 \"a b\"\t2  ", Delimiter::Spaces),
            ["1", "a b", "2"]
        );
        assert_eq!(split("", comma), [""]);
        assert_eq!(split("\"1\" ,2", comma), ["1", "2"]);
    }

    #[test]
    fn the_delimiter_is_the_one_that_fits() {
        for (lines, delimiter, decimal_comma) in [
            (&["a,b", "1,2", "3,4"][..], Delimiter::One(','), false),
            (
                &["a;b;y", "0,5;-1,2;0,8", "1,1;0,4;0,2"],
                Delimiter::One(';'),
                true,
            ),
            (&["a;b", "1,5;2", "1;3,5"], Delimiter::One(';'), true),
            (&["1,5 2,5", "1,5 2,6"], Delimiter::Spaces, true),
            (&["a b\tc", "1\t2", "3\t4"], Delimiter::One('\t'), false),
            (&["1.5|2", "2|3"], Delimiter::One('|'), false),
            (&["a, b", "1, 2"], Delimiter::One(','), false),
            (&["1 2", "3 4"], Delimiter::Spaces, false),
            (&["1,2", "3"], Delimiter::One(','), false),
            (&["x y,z", "1,2"], Delimiter::One(','), false),
            (&["1"], Delimiter::One(','), false),
        ] {
            let found = Dialect::of(lines, None);
            let expected = Dialect {
                delimiter,
                decimal_comma,
            };
            assert_eq!(found, expected, "{lines:?}");
        }
    }

    #[test]
    fn names_are_told_from_numbers() {
        for (lines, expected) in [
            (&["a,b", "1,2"][..], FirstLine::Names),
            (&["inf,b", "1,2"], FirstLine::Names),
            (&[",a,b", "0,1,2"], FirstLine::Names),
            (&["0,1,2", "0.5,1,3"], FirstLine::Names),
            (&[",0,1", "0,5,3"], FirstLine::Names),
            (&[",1940,1945", "food,5,3"], FirstLine::Names),
            (&["\"\",142.2,144.8", "9.4,5,3"], FirstLine::Names),
            (&[",5,6", "3,4,5"], FirstLine::Row),
            (&["0,1,2,y", "1,2,3,4"], FirstLine::Names),
            (&["country,1990,1991", "1,2,3"], FirstLine::Names),
            (&["1,2,3", "4,5,6"], FirstLine::Row),
            (&["0,1,2", "3,4,5"], FirstLine::Row),
            (&["0,1", "0.5,1"], FirstLine::Row),
            (&["1,oops", "3,4"], FirstLine::Row),
            (&["1,2,oops", "3,4,5"], FirstLine::Row),
            (
                &[
                    "400.5,401,402,403,405,406,407,408,409,410,glucose",
                    "1,2,3,4,5,6,7,8,9,8,7",
                    "1,2,3,4,5,6,7,8,9,9,7",
                ],
                FirstLine::Names,
            ),
            (
                &[
                    "1,2,3,4,5,6,7,8,9,10.5,oops",
                    "1,2,3,4,5,6,7,8,9,11,12",
                    "1,2,3,4,5,6,7,8,9,9,7",
                ],
                FirstLine::Row,
            ),
            (&["NA,1", "3,4"], FirstLine::Row),
            (&["True,False", "True,True"], FirstLine::Row),
            (&["150,2,setosa,virginica", "1.5,2,0"], FirstLine::Counts),
        ] {
            let dialect = Dialect::of(lines, None);
            assert_eq!(
                first_line(&dialect, lines[0], &lines[1..]),
                expected,
                "{lines:?}"
            );
        }
    }
}
