//! A self-test as a table: which identity, how far off at worst, within the bound or not.
//!
//! This file knows neither the lab nor its problems; whatever has problems and checks can use it.

use std::error::Error;
use std::io::Write;

/// Why a check has no result, or the table could not be made.
pub type Failure = Box<dyn Error>;

/// A problem that checks are tried on.
pub(super) trait Seeded {
    /// The seed it was made from.
    fn seed(&self) -> u64;
}

/// One identity.
pub(super) struct Check<C> {
    pub(super) name: &'static str,
    /// Where it is stated in the paper, or the identity itself.
    pub(super) source: &'static str,
    /// The largest error that rounding and the tolerances of the algorithms explain.
    pub(super) bound: f64,
    pub(super) error: fn(&C) -> Result<f64, Failure>,
}

/// Writes the table of all checks on all cases, and the verdict; returns the number of checks that failed.
pub(super) fn write_table<C: Seeded>(
    checks: &[Check<C>],
    seed: u64,
    cases: &[C],
    out: &mut dyn Write,
) -> Result<usize, Failure> {
    let failed = write_rows(checks, cases, out)?;
    let verdict = if failed == 0 {
        format!("all {} identities hold", checks.len())
    } else {
        format!("{failed} of {} identities FAILED", checks.len())
    };
    let problems = cases.len();
    writeln!(out, "{verdict}; problems: {problems}, first seed: {seed}")?;
    Ok(failed)
}

/// Writes the rows of the table one by one; returns the number of checks that failed.
fn write_rows<C: Seeded>(
    checks: &[Check<C>],
    cases: &[C],
    out: &mut dyn Write,
) -> Result<usize, Failure> {
    let mut failed = 0;
    writeln!(
        out,
        "{:47} {:33} {:>7} {:>7}",
        "identity", "stated or found by", "worst", "bound"
    )?;
    for check in checks {
        let mut worst = 0.0;
        let mut complaints = Vec::new();
        for case in cases {
            match (check.error)(case) {
                Ok(error) => {
                    // NaN is not within any bound.
                    let within = error <= check.bound;
                    if !within {
                        complaints.push(format!("seed {}: {error:.1e}", case.seed()));
                    }
                    worst = worse(error, worst);
                }
                Err(failure) => {
                    complaints.push(format!("seed {}: {failure}", case.seed()));
                    worst = f64::NAN;
                }
            }
        }
        let verdict = if complaints.is_empty() {
            "ok"
        } else {
            failed += 1;
            "FAILED"
        };
        writeln!(
            out,
            "{:47} {:33} {worst:7.0e} {:7.0e}  {verdict}",
            check.name, check.source, check.bound
        )?;
        for complaint in complaints {
            writeln!(out, "    {complaint}")?;
        }
        out.flush()?;
    }
    Ok(failed)
}

/// The larger error; NaN is larger than any number.
pub(super) fn worse(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Seven;

    impl Seeded for Seven {
        fn seed(&self) -> u64 {
            7
        }
    }

    const fn check(error: fn(&Seven) -> Result<f64, Failure>) -> Check<Seven> {
        Check {
            name: "name",
            source: "source",
            bound: 1e-3,
            error,
        }
    }

    /// An error above the bound, one that is not a number, and none at all.
    #[test]
    fn what_is_not_within_the_bound_has_failed() {
        let checks = [
            check(|_| Ok(1e-3)),
            check(|_| Ok(2e-3)),
            check(|_| Ok(f64::NAN)),
            check(|_| Err("the solver gave up".into())),
        ];
        let mut table = Vec::new();
        assert_eq!(write_rows(&checks, &[Seven], &mut table).unwrap(), 3);
        let table = String::from_utf8(table).unwrap();
        let lines: Vec<&str> = table.lines().collect();
        assert!(lines[1].ends_with("ok"), "{table}");
        assert!(lines[2].ends_with("FAILED") && lines[3].contains("seed 7: 2.0e-3"));
        assert!(
            lines[4].ends_with("FAILED") && lines[4].contains("NaN"),
            "{table}"
        );
        assert!(lines[7].contains("seed 7: the solver gave up"), "{table}");
    }
}
