//! Numbers as people write them, for the screen and for captions, and as other programs read them; texts from
//! outside as messages quote them.

use std::borrow::Cow;

use crate::files::limits;

/// ± a standard error, to stand behind its number; nothing behind an exact one.
pub fn plus_minus(error: Option<f64>, digits: usize) -> String {
    match error {
        Some(error) if error > 0.0 => format!(" ± {}", number(error, digits)),
        _ => String::new(),
    }
}

/// `digits` significant digits, in plain notation where that is short, else as 1.2·10⁻⁵.
pub fn number(value: f64, digits: usize) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !value.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{value:.*e}", digits - 1);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    // Taken after rounding: 99.6 has the magnitude of 100.
    let magnitude: i32 = exponent.parse().unwrap_or(0);
    if !(-3..5).contains(&magnitude) {
        return format!("{}·10{}", minus(mantissa), superscript(exponent));
    }
    let unit = 10_f64.powi((magnitude + 1 - digits as i32).max(0));
    let decimals = (digits as i32 - 1 - magnitude).max(0) as usize;
    let rounded = if unit > 1.0 {
        (value / unit).round() * unit
    } else {
        value
    };
    minus(&format!("{rounded:.decimals$}"))
}

/// A number as people type it: with a decimal comma, with gaps between groups of digits, and as [`number`] writes it.
pub fn read_number(text: &str) -> Option<f64> {
    let plain: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !['\u{a0}', '\u{202f}', '\u{2009}'].contains(c))
        .collect();
    let plain = plain.replace('−', "-");
    let plain = if plain.contains('.') {
        plain
    } else {
        plain.replacen(',', ".", 1)
    };
    let Some((mantissa, power)) = plain.split_once("·10") else {
        return plain.parse().ok();
    };
    let digit = |c: char| match c {
        '⁻' | '-' => Some('-'),
        '^' => None,
        _ => "⁰¹²³⁴⁵⁶⁷⁸⁹"
            .chars()
            .position(|raised| raised == c)
            .and_then(|digit| char::from_digit(digit as u32, 10))
            .or(Some(c)),
    };
    let power: String = power.chars().filter_map(digit).collect();
    format!("{mantissa}e{power}").parse().ok()
}

/// Like [`number`], without zeros at the end: for numbers that somebody has set.
pub fn short(value: f64, digits: usize) -> String {
    let text = number(value, digits);
    let (mantissa, power) = text.split_at(text.find('·').unwrap_or(text.len()));
    let mantissa = if mantissa.contains('.') {
        mantissa.trim_end_matches('0').trim_end_matches('.')
    } else {
        mantissa
    };
    format!("{mantissa}{power}")
}

/// As many digits as it takes to read the same number back, for tables.
pub fn exact(number: f64) -> String {
    format!("{number:?}")
}

/// A power of ten: 10⁻³, with 1 and 10 in plain notation.
pub fn power_of_ten(exponent: i32) -> String {
    match exponent {
        0 => "1".to_owned(),
        1 => "10".to_owned(),
        _ => format!("10{}", superscript(&exponent.to_string())),
    }
}

/// A whole number with thin gaps between groups of three digits.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{a0}');
        }
        text.push(digit);
    }
    text
}

/// A rate such as 8.1 k.
pub fn rate(value: f64) -> String {
    match value {
        v if v >= 1e6 => format!("{:.2} M", v / 1e6),
        v if v >= 1e3 => format!("{:.1} k", v / 1e3),
        v if v >= 10.0 => format!("{v:.0}"),
        v => format!("{v:.1}"),
    }
}

fn minus(text: &str) -> String {
    text.replace('-', "−")
}

fn superscript(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '-' => '⁻',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            '0'..='9' => char::from_u32(0x2070 + u32::from(c) - u32::from('0')).unwrap_or(c),
            other => other,
        })
        .collect()
}

/// A text from outside as a message may quote it: short, and without characters that a terminal obeys.
pub fn excerpt(text: &str) -> String {
    /// Characters of a message for one quotation.
    const MOST: usize = 120;
    // Marks that reverse or hide what follows are no letters either.
    let is_mark = |character| matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    escaped(text, MOST, "…", |character| {
        character.is_control() || is_mark(character)
    })
    .into_owned()
}

/// A message as it goes to the screen: without characters that a terminal obeys, and one that is far longer than
/// anybody reads ends early.
pub fn readable(message: &str) -> Cow<'_, str> {
    escaped(message, limits::MESSAGE, " …", |character| {
        character.is_control() && character != '\n'
    })
}

/// At most so many characters of a text, with these escaped; what is left out is told by `more`.
fn escaped<'a>(
    text: &'a str,
    most: usize,
    more: &str,
    is_escaped: impl Fn(char) -> bool,
) -> Cow<'a, str> {
    let is_cut = text.chars().nth(most).is_some();
    if !is_cut && !text.contains(&is_escaped) {
        return text.into();
    }
    let mut out = String::new();
    for character in text.chars().take(most) {
        if is_escaped(character) {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
    }
    if is_cut {
        out.push_str(more);
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_exact_has_an_error() {
        assert_eq!(plus_minus(Some(0.0123), 2), " ± 0.012");
        for exact in [None, Some(0.0), Some(f64::NAN)] {
            assert_eq!(plus_minus(exact, 2), "");
        }
    }

    #[test]
    fn numbers_are_read_as_they_are_written_and_as_people_type_them() {
        // Exact in so many digits, so that writing loses nothing.
        for value in [0.0, 1.0, 0.05, 1.2e-5, -3.4e-12, 6.5e7, 12300.0, -0.25] {
            assert_eq!(read_number(&number(value, 3)), Some(value));
        }
        for (text, value) in [
            ("0,05", 0.05),
            (" 1e-3 ", 1e-3),
            ("1,5e-3", 1.5e-3),
            ("10 000", 1e4),
            ("−2", -2.0),
            ("1.20·10⁻⁵", 1.2e-5),
            ("2·10^-3", 2e-3),
        ] {
            assert_eq!(read_number(text), Some(value), "{text}");
        }
        for text in ["", "big", "1.2.3", "1,2,3", "0.1,0.2"] {
            assert_eq!(read_number(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_read_as_one_writes_them() {
        assert_eq!(number(0.061234, 3), "0.0612");
        assert_eq!(number(-2.5, 2), "−2.5");
        assert_eq!(number(12345.6, 3), "12300");
        assert_eq!(number(99.96, 3), "100");
        assert_eq!(number(140_049.0, 2), "1.4·10⁵");
        assert_eq!(number(1.234e-7, 3), "1.23·10⁻⁷");
        assert_eq!(number(0.0, 3), "0");
        assert_eq!(number(f64::NAN, 3), "–");
        let set = [0.05, 1.0, 100.0, 2e-5].map(|value| short(value, 3));
        assert_eq!(set, ["0.05", "1", "100", "2·10⁻⁵"]);
        assert_eq!(power_of_ten(-12), "10⁻¹²");
        assert_eq!(count(1_234_567), "1\u{a0}234\u{a0}567");
        assert_eq!(rate(8100.0), "8.1 k");
    }

    #[test]
    fn quotations_are_short_and_harmless() {
        assert_eq!(excerpt("Größe 3 µm"), "Größe 3 µm");
        assert_eq!(excerpt("a\u{1b}[2J\nb"), "a\\u{1b}[2J\\nb");
        assert_eq!(excerpt(&"x".repeat(5_000_000)).chars().count(), 121);
        assert_eq!(readable("Größe"), "Größe");
        assert_eq!(readable("a\u{1b}[31m\nb"), "a\\u{1b}[31m\nb");
        let long = readable(&"é".repeat(5_000_000)).into_owned();
        assert_eq!(long.chars().count(), limits::MESSAGE + 2);
    }
}
