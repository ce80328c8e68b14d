//! Sub- and superscripts of labels, told apart so that the window and the page can lower and raise them:
//! `γ_auto`, `β_ℓ₂`, `λ_{max}`, `x^{2}` and, where asked for, `10⁻⁵` and `‖β‖₁`.

/// Where a piece of text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// On the line.
    Line,
    /// A subscript.
    Below,
    /// A superscript.
    Above,
}

/// A piece of text on one level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its characters.
    pub text: String,
    /// Where they stand.
    pub level: Level,
}

/// Size of a sub- or superscript, in units of the type size.
pub const SCRIPT: f64 = 0.76;

/// How far the baseline of a subscript lies under that of the line, in units of the type size.
pub const DROP: f64 = 0.17;

/// How far that of a superscript lies above it.
pub const RISE: f64 = 0.34;

const ABOVE: [(char, char); 15] = [
    ('⁰', '0'),
    ('¹', '1'),
    ('²', '2'),
    ('³', '3'),
    ('⁴', '4'),
    ('⁵', '5'),
    ('⁶', '6'),
    ('⁷', '7'),
    ('⁸', '8'),
    ('⁹', '9'),
    ('⁺', '+'),
    ('⁻', '−'),
    ('ⁿ', 'n'),
    ('ⁱ', 'i'),
    ('ᵀ', 'T'),
];

const BELOW: [(char, char); 17] = [
    ('₀', '0'),
    ('₁', '1'),
    ('₂', '2'),
    ('₃', '3'),
    ('₄', '4'),
    ('₅', '5'),
    ('₆', '6'),
    ('₇', '7'),
    ('₈', '8'),
    ('₉', '9'),
    ('₊', '+'),
    ('₋', '−'),
    ('ₐ', 'a'),
    ('ᵢ', 'i'),
    ('ₖ', 'k'),
    ('ₙ', 'n'),
    ('ₜ', 't'),
];

/// The pieces of a label whose subscripts are marked with `_` and superscripts with `^`. Characters that are small by
/// themselves, such as ₁ and ⁵, stay as they are.
///
/// A mark without braces holds for the letters and digits that follow, and only behind a single symbol: `γ_auto` has a
/// subscript, `step_size` has none.
pub fn marked(text: &str) -> Vec<Piece> {
    let mut pieces = Pieces::default();
    if !text.contains(['_', '^']) {
        pieces.push(text, Level::Line);
        return pieces.done;
    }
    let chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        let level = match chars[at] {
            '_' => Level::Below,
            '^' => Level::Above,
            _ => Level::Line,
        };
        let script = (level != Level::Line)
            .then(|| script_at(&chars, at))
            .flatten();
        if let Some((script, end)) = script {
            pieces.push(&script, level);
            at = end;
        } else {
            pieces.push(chars[at].encode_utf8(&mut [0; 4]), Level::Line);
            at += 1;
        }
    }
    pieces.done
}

/// The same, with characters that are small by themselves spelled out in ordinary ones, which can be read from
/// farther away: `10⁻⁵` is 10 with −5 above the line.
pub fn spelled(text: &str) -> Vec<Piece> {
    let mut pieces = Pieces::default();
    for Piece { text, level } in marked(text) {
        for c in text.chars() {
            let small = |table: &[(char, char)]| {
                let known = table.iter().find(|(small, _)| *small == c);
                known.map(|(_, plain)| *plain)
            };
            let (c, level) = match (level, small(&ABOVE), small(&BELOW)) {
                (Level::Line, Some(plain), _) => (plain, Level::Above),
                (Level::Line, _, Some(plain)) => (plain, Level::Below),
                // A script of a script is small enough as it is.
                _ => (c, level),
            };
            pieces.push(c.encode_utf8(&mut [0; 4]), level);
        }
    }
    pieces.done
}

/// What the mark at a place makes small, and where the text goes on.
fn script_at(chars: &[char], mark: usize) -> Option<(String, usize)> {
    let before = |back: usize| mark.checked_sub(back).map(|at| chars[at]);
    if chars.get(mark + 1) == Some(&'{') {
        let inside = &chars[mark + 2..];
        let length = inside.iter().position(|c| *c == '}')?;
        return Some((inside[..length].iter().collect(), mark + 3 + length));
    }
    let is_symbol = before(1).is_some_and(char::is_alphabetic)
        && before(2).is_none_or(|c| !c.is_alphanumeric() && c != '_');
    if !is_symbol {
        return None;
    }
    let following = chars[mark + 1..].iter();
    let script: String = following
        .take_while(|c| c.is_alphanumeric() || **c == '∞')
        .collect();
    let length = script.chars().count();
    (length > 0).then_some((script, mark + 1 + length))
}

/// Pieces of which no two neighbours are on the same level.
#[derive(Default)]
struct Pieces {
    done: Vec<Piece>,
}

impl Pieces {
    fn push(&mut self, text: &str, level: Level) {
        match self.done.last_mut() {
            Some(last) if last.level == level => last.text.push_str(text),
            _ => self.done.push(Piece {
                text: text.to_owned(),
                level,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(pieces: Vec<Piece>) -> String {
        let told = pieces.into_iter().map(|piece| match piece.level {
            Level::Line => piece.text,
            Level::Below => format!("<{}>", piece.text),
            Level::Above => format!("[{}]", piece.text),
        });
        told.collect()
    }

    #[test]
    fn single_symbols_have_subscripts_and_words_have_none() {
        for (text, expected) in [
            ("γ = 0.8 γ_auto", "γ = 0.8 γ<auto>"),
            ("D(β_ℓ₂, β)", "D(β<ℓ₂>, β)"),
            ("λ_{max}(H), x^{2}", "λ<max>(H), x[2]"),
            ("φ_αₜ", "φ<αₜ>"),
            ("step_size", "step_size"),
            ("training_loss_2", "training_loss_2"),
            ("_ alone, x_ and x_{open", "_ alone, x_ and x_{open"),
            ("10⁻⁵", "10⁻⁵"),
        ] {
            assert_eq!(told(marked(text)), expected);
        }
    }

    #[test]
    fn small_characters_are_spelled_out_on_the_line_only() {
        for (text, expected) in [
            ("10⁻¹⁶", "10[−16]"),
            ("‖β − β*‖₂²", "‖β − β*‖<2>[2]"),
            ("w₊ − w₋", "w<+> − w<−>"),
            ("Xᵀ", "X[T]"),
            ("β_ℓ₁", "β<ℓ₁>"),
            ("plain", "plain"),
        ] {
            assert_eq!(told(spelled(text)), expected);
        }
    }
}
