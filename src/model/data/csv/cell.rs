//! What one cell of a table says.

/// One cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell {
    /// A finite number.
    Number(f64),
    /// True or false.
    Flag(bool),
    /// A gap, or a word that stands for one.
    Missing,
    /// A number that is not finite.
    Infinite,
    /// Anything else.
    Text,
}

/// What stands for a gap, in any case.
const MISSING: &[&str] = &[
    "na", "n/a", "#n/a", "<na>", "nan", "null", "none", ".", "?", "-",
];

/// Reads a cell whose decimals follow a comma if `decimal_comma`, a point otherwise.
pub(super) fn read(text: &str, decimal_comma: bool) -> Cell {
    let text = text.trim();
    if text.is_empty() {
        return Cell::Missing;
    }
    // The common case first: as Rust writes it.
    if !(decimal_comma && text.contains(['.', ',']))
        && let Ok(number) = text.parse::<f64>()
    {
        if number.is_finite() {
            return Cell::Number(number);
        }
        if number.is_infinite() {
            return Cell::Infinite;
        }
    }
    let is = |word: &&str| text.eq_ignore_ascii_case(word);
    if MISSING.iter().any(is) {
        return Cell::Missing;
    }
    for (word, flag) in [("true", true), ("false", false)] {
        if is(&word) {
            return Cell::Flag(flag);
        }
    }
    let plain = plain(text, decimal_comma);
    match plain.and_then(|plain| plain.parse::<f64>().ok()) {
        Some(number) if number.is_finite() => Cell::Number(number),
        Some(number) if number.is_infinite() => Cell::Infinite,
        _ => Cell::Text,
    }
}

/// A number as Rust writes it: the minus of typesetters, the D of Fortran's exponents, decimal commas and groups of
/// thousands replaced.
fn plain(text: &str, decimal_comma: bool) -> Option<String> {
    let text = text.replace('\u{2212}', "-").replace(['d', 'D'], "e");
    let (mark, group) = if decimal_comma {
        (',', '.')
    } else {
        ('.', ',')
    };
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => text.split_at(at),
        None => (&text[..], ""),
    };
    let (whole, decimals) = match mantissa.find(mark) {
        Some(at) => mantissa.split_at(at),
        None => (mantissa, ""),
    };
    // A word such as "end" has a d in it, but no digit before.
    if !mantissa.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let whole = if whole.contains(group) {
        if !are_thousands(whole, group) {
            return None;
        }
        whole.replace(group, "")
    } else {
        whole.to_owned()
    };
    // `1,` is one of several cells between commas rather than a number.
    if decimal_comma && decimals.len() == 1 {
        return None;
    }
    let decimals = decimals.replacen(mark, ".", 1);
    Some([&whole, &decimals, exponent].concat())
}

/// Whether the digits stand in groups: 1,234,567.
fn are_thousands(whole: &str, group: char) -> bool {
    let digits = whole.strip_prefix(['+', '-']).unwrap_or(whole);
    digits.split(group).enumerate().all(|(at, part)| {
        let digits = part.bytes().all(|byte| byte.is_ascii_digit());
        digits && (part.len() == 3 || at == 0 && (1..3).contains(&part.len()))
    })
}

/// What a cell says about the mark before its decimals: comma, point or nothing.
pub(super) fn is_decimal_comma(text: &str) -> Option<bool> {
    let text = text.trim();
    let (comma, point) = (text.rfind(','), text.rfind('.'));
    let number = |decimal_comma| matches!(read(text, decimal_comma), Cell::Number(_));
    match (comma, point) {
        // The last of the two is the mark.
        (Some(comma), Some(point)) => number(comma > point).then_some(comma > point),
        (Some(_), None) => number(true).then_some(true),
        // 1.234 is a thousand in a table of decimal commas: no evidence against them.
        (None, Some(_)) => {
            let whole = text.strip_prefix(['+', '-']).unwrap_or(text);
            (number(false) && !are_thousands(whole, '.')).then_some(false)
        }
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, number) in [
            ("1.5", 1.5),
            (" -2e-3 ", -2e-3),
            ("\u{2212}4", -4.0),
            ("1.2882D+00", 1.2882),
            ("6.63d-02", 6.63e-2),
            ("1,234,567.5", 1_234_567.5),
            ("-12,345", -12_345.0),
            (".5", 0.5),
            ("+7.", 7.0),
        ] {
            assert_eq!(read(text, false), Cell::Number(number), "{text}");
        }
        for (text, number) in [
            ("1,5", 1.5),
            ("-0,2", -0.2),
            ("1.234,5", 1234.5),
            ("1.234", 1234.0),
            ("1,5D2", 150.0),
            ("3", 3.0),
        ] {
            assert_eq!(read(text, true), Cell::Number(number), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_says_what_it_is() {
        for (text, cell) in [
            ("", Cell::Missing),
            ("NA", Cell::Missing),
            ("NaN", Cell::Missing),
            (".", Cell::Missing),
            ("inf", Cell::Infinite),
            ("1e999", Cell::Infinite),
            ("TRUE", Cell::Flag(true)),
            ("False", Cell::Flag(false)),
            ("abc", Cell::Text),
            ("12,34", Cell::Text),
            ("1,2345", Cell::Text),
            ("end", Cell::Text),
            ("1959Q1", Cell::Text),
            ("0x10", Cell::Text),
            ("1 234", Cell::Text),
            ("1.2.3", Cell::Text),
            ("2020-01-01", Cell::Text),
        ] {
            assert_eq!(read(text, false), cell, "{text}");
        }
        assert_eq!(read("1.5", true), Cell::Text);
    }

    #[test]
    fn the_mark_before_decimals_is_found() {
        for (text, mark) in [
            ("1,5", Some(true)),
            ("1.5", Some(false)),
            ("1.234", None),
            ("1.234,5", Some(true)),
            ("1,234.5", Some(false)),
            ("15", None),
            ("a,b", None),
        ] {
            assert_eq!(is_decimal_comma(text), mark, "{text}");
        }
    }
}
