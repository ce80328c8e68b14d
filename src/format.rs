//! Numbers as people write them, for the screen and for captions, and as other programs read them.

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
