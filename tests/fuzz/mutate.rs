//! Changes to whole inputs: of bytes, of lines and of the words in a line.

use rand::RngExt as _;

use super::Random;

/// One of these.
pub(super) fn one_of<'a, T>(random: &mut Random, choices: &'a [T]) -> &'a T {
    &choices[random.random_range(0..choices.len())]
}

/// Whether something happens that does so with this chance.
pub(super) fn chance(random: &mut Random, chance: f64) -> bool {
    random.random_bool(chance)
}

/// Numbers at which programs break.
pub(super) const NUMBERS: [&str; 28] = [
    "0",
    "-0",
    "-1",
    "1",
    "2",
    "0.5",
    "1e-300",
    "1e300",
    "1e308",
    "-1e308",
    "1e400",
    "4.9e-324",
    "nan",
    "inf",
    "-inf",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "1_000",
    "0x10",
    "1,5",
    "1e",
    "٣",
    "+1",
    "1e-8",
    "100000",
    "3.0",
];

/// Texts at which programs break.
pub(super) const WORDS: [&str; 16] = [
    "",
    " ",
    "\u{0}",
    "\u{1b}[31m",
    "\u{202e}",
    "β",
    "\u{feff}",
    "𝔘𝔫𝔦",
    "a\u{300}",
    "\r",
    "\t",
    "'",
    "\"",
    "\\",
    "..",
    "ℓ₁",
];

/// A text that is longer than anyone means.
fn long(random: &mut Random) -> String {
    let piece = *one_of(random, &["a", "9", "é", "[", "\u{1b}", "1,", "x:"]);
    piece.repeat(random.random_range(1..4000))
}

/// A word to put in the place of another.
pub(super) fn word(random: &mut Random) -> String {
    match random.random_range(0..10) {
        0..4 => (*one_of(random, &NUMBERS)).to_owned(),
        4..7 => (*one_of(random, &WORDS)).to_owned(),
        7..9 => format!("{:e}", f64::from_bits(random.random())),
        _ => long(random),
    }
}

/// Changes a few bytes of anything.
pub(super) fn bytes(random: &mut Random, bytes: &mut Vec<u8>) {
    for _ in 0..random.random_range(1..6) {
        if bytes.is_empty() {
            bytes.push(random.random());
            continue;
        }
        let at = random.random_range(0..bytes.len());
        match random.random_range(0..8) {
            0 => bytes[at] = random.random(),
            1 => bytes[at] ^= 1 << random.random_range(0..8_u32),
            2 => drop(bytes.remove(at)),
            3 => bytes.insert(at, random.random()),
            4 => bytes.truncate(at),
            5 => {
                let end = bytes.len().min(at + random.random_range(1..64));
                let piece = bytes[at..end].to_vec();
                let to = random.random_range(0..bytes.len());
                bytes.splice(to..to, piece);
            }
            6 => {
                let end = bytes.len().min(at + random.random_range(1..64));
                bytes.drain(at..end);
            }
            _ => {
                let filler = *one_of(random, &[0, 0xff, b'0', b'9', b'\n', 0x7f, 0x80]);
                let end = bytes.len().min(at + random.random_range(1..9));
                bytes[at..end].fill(filler);
            }
        }
    }
}

/// Where the words of a text are, by bytes.
fn words_of(text: &str) -> Vec<(usize, usize)> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        let belongs = c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '+');
        match (belongs, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                words.push((from, at));
                start = None;
            }
            _ => {}
        }
    }
    words.extend(start.map(|from| (from, text.len())));
    words
}

/// Replaces, repeats, swaps or drops some of a text's words; further ones are taken from `known`.
pub(super) fn words(random: &mut Random, text: &mut String, known: &[&str]) {
    for _ in 0..random.random_range(1..4) {
        let words = words_of(text);
        if words.is_empty() {
            text.push_str(&word(random));
            continue;
        }
        let (start, end) = *one_of(random, &words);
        let other = match random.random_range(0..6) {
            0 | 1 if !known.is_empty() => (*one_of(random, known)).to_owned(),
            2 => {
                let (start, end) = *one_of(random, &words);
                text[start..end].to_owned()
            }
            3 => String::new(),
            _ => word(random),
        };
        text.replace_range(start..end, &other);
    }
}

/// Drops, repeats, swaps or cuts some of a text's lines.
pub(super) fn lines(random: &mut Random, text: &mut String) {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..random.random_range(1..4) {
        if lines.is_empty() {
            return;
        }
        let at = random.random_range(0..lines.len());
        let other = random.random_range(0..lines.len());
        match random.random_range(0..5) {
            0 => drop(lines.remove(at)),
            1 => lines.insert(other, lines[at].clone()),
            2 => lines.swap(at, other),
            3 => {
                let line = lines[at].clone();
                lines[other].push_str(&line);
            }
            _ => {
                let cut = random.random_range(0..=lines[at].len());
                let cut = (0..=cut).rev().find(|cut| lines[at].is_char_boundary(*cut));
                lines[at].truncate(cut.unwrap_or(0));
            }
        }
    }
    *text = lines.join("\n");
    text.push('\n');
}

/// Changes a text in one of these ways, or in several.
pub(super) fn text(random: &mut Random, text: &mut String, known: &[&str]) {
    for _ in 0..random.random_range(1..3) {
        match random.random_range(0..8) {
            0..5 => words(random, text, known),
            5 | 6 => lines(random, text),
            _ => {
                let mut raw = std::mem::take(text).into_bytes();
                bytes(random, &mut raw);
                *text = String::from_utf8_lossy(&raw).into_owned();
            }
        }
    }
}
