//! Numbers out of words, medians out of a history, and draws out of a seed.

use implicit_bias_lab::model::random::next_seed;
use implicit_bias_lab::sim::experiment::RunStatus;
use implicit_bias_lab::sim::history::History;

/// Two digits: 1.0 may stand for 0.95 to 1.05.
pub(crate) const TWO_DIGITS: f64 = 0.053;

/// A stream of draws.
pub(crate) struct Draws(u64);

impl Draws {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = next_seed(self.0);
        (self.0 >> 17) % bound
    }

    /// One time in so many.
    pub(crate) fn chance(&mut self, one_in: u64) -> bool {
        self.below(one_in) == 0
    }

    pub(crate) fn pick(&mut self, from: &[&str]) -> String {
        from[self.below(from.len() as u64) as usize].to_owned()
    }
}

/// What has been met, so that the draws are known to test what they are there for.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) numbers: usize,
    pub(crate) diverged: usize,
    pub(crate) collapsed: usize,
    pub(crate) partly: usize,
    pub(crate) higher: usize,
    pub(crate) lower: usize,
    pub(crate) same: usize,
    pub(crate) hidden: usize,
    pub(crate) forks: usize,
    pub(crate) without_truth: usize,
    pub(crate) one_sample: usize,
    pub(crate) noise_on: usize,
    pub(crate) without_gd: usize,
    pub(crate) shrunk: usize,
    pub(crate) toys: usize,
}

impl Tally {
    pub(crate) fn assert_covered(&self) {
        let all = [
            self.diverged,
            self.partly,
            self.higher,
            self.lower,
            self.same,
            self.hidden,
            self.forks,
            self.without_truth,
            self.one_sample,
            self.noise_on,
            self.without_gd,
            self.shrunk,
            self.toys,
        ];
        // Collapses take thousands of steps and have tests of their own (tests/outcomes.rs).
        assert!(all.iter().all(|count| *count > 0), "{self:?}");
        assert!(self.numbers > 600, "{self:?}");
    }
}

/// The number at the start of some words, and what comes after it.
pub(crate) fn number(words: &str) -> Option<(f64, &str)> {
    let plain = words.find(|c: char| !(c.is_ascii_digit() || ".−\u{a0}".contains(c)));
    let (digits, mut rest) = words.split_at(plain.unwrap_or(words.len()));
    let trimmed = digits.trim_end_matches(['.', '\u{a0}']);
    if trimmed.len() < digits.len() {
        rest = &words[trimmed.len()..];
    }
    let mantissa: f64 = trimmed
        .replace('−', "-")
        .replace('\u{a0}', "")
        .parse()
        .ok()?;
    let Some(power) = rest.strip_prefix("·10") else {
        return Some((mantissa, rest));
    };
    let end = power.find(|c| !"⁰¹²³⁴⁵⁶⁷⁸⁹⁻".contains(c));
    let (exponent, rest) = power.split_at(end.unwrap_or(power.len()));
    let exponent: String = exponent
        .chars()
        .map(
            |c| match "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().position(|digit| digit == c) {
                Some(digit) => char::from_digit(digit as u32, 10).unwrap(),
                None => '-',
            },
        )
        .collect();
    let exponent: i32 = exponent.parse().ok()?;
    Some((mantissa * 10_f64.powi(exponent), rest))
}

/// The number behind some words.
pub(crate) fn after(words: &str, what: &str) -> Option<f64> {
    let (_, rest) = words.split_once(what)?;
    Some(number(rest)?.0)
}

/// Asserts that a number of a caption is what it should be.
pub(crate) fn assert_says(said: f64, expected: f64, tolerance: f64, words: &str, seen: &mut Tally) {
    seen.numbers += 1;
    let near = (said - expected).abs() <= tolerance * expected.abs() || said == expected;
    assert!(near, "{said} for {expected} in\n{words}");
}

/// The runs of a family that count at a row, those that have diverged and those that have collapsed. Those that have
/// diverged count as long as their loss comes back to what it was at the start.
pub(crate) fn standing(history: &History, family: &str, row: usize) -> (Vec<usize>, usize, usize) {
    let (mut counted, mut diverged, mut collapsed) = (Vec::new(), 0, 0);
    let roles = history.setup.roles;
    let loss = roles.loss.and_then(|id| history.setup.column(id));
    for (run, info) in history.setup.runs.iter().enumerate() {
        if info.family.id != family {
            continue;
        }
        let values = &history.runs[run].values;
        let losses = loss.and_then(|loss| values.get(loss));
        let losses = losses.map_or(&[][..], Vec::as_slice);
        match history.status[run] {
            RunStatus::Diverged { .. } => {
                let comes_back = |later: &[f64]| {
                    let start = losses.iter().find(|loss| loss.is_finite());
                    later
                        .iter()
                        .any(|loss| start.is_none_or(|start| loss <= start))
                };
                if losses.get(row..).is_some_and(comes_back) {
                    counted.push(run);
                } else {
                    diverged += 1;
                }
            }
            RunStatus::Collapsed => {
                let end = losses.last().unwrap();
                let moves = |loss: &f64| (loss - end).abs() > 1e-6 * end;
                if losses[row..].iter().any(moves) {
                    counted.push(run);
                } else {
                    collapsed += 1;
                }
            }
            RunStatus::Running | RunStatus::Waiting | RunStatus::Converged => counted.push(run),
        }
    }
    (counted, diverged, collapsed)
}

/// The median of a quantity over some runs at a row; an insight is the last that is known.
pub(crate) fn median(history: &History, runs: &[usize], quantity: &str, row: usize) -> Option<f64> {
    let source = history.setup.find(quantity)?;
    let values = runs
        .iter()
        .filter_map(|run| history.runs[*run].number_at(source, row));
    let mut values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    Some(0.5 * (values[last / 2] + values[last.div_ceil(2)]))
}

/// What must be said of failed runs: nothing, or every count.
pub(crate) fn assert_failures(
    said: Option<&str>,
    standing: &(Vec<usize>, usize, usize),
    words: &str,
    seen: &mut Tally,
) {
    let (counted, diverged, collapsed) = standing;
    let all = counted.len() + diverged + collapsed;
    seen.diverged += diverged;
    seen.collapsed += collapsed;
    let Some(said) = said else {
        assert_eq!(diverged + collapsed, 0, "not told of: {words}");
        return;
    };
    for (many, word) in [(*diverged, "diverged"), (*collapsed, "collapsed")] {
        assert_eq!(said.contains(word), many > 0, "{word}: {words}");
        if many > 0 && all > 1 {
            let forms = [
                format!("{many} of {all} {word}"),
                format!("all {all} {word}"),
                format!(", {many} {word}"),
            ];
            let told = forms.iter().any(|form| said.contains(form));
            assert!(
                told && (!said.contains("all ") || many == all),
                "{many} {word}: {words}"
            );
        }
    }
    if !counted.is_empty() {
        seen.partly += 1;
        let rest = match counted.len() {
            1 => "median of the other one".to_owned(),
            others => format!("median of the other {others}"),
        };
        assert!(said.contains(&rest), "{rest}: {words}");
    }
}
