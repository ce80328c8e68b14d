//! Forks: deterministic runs that start where the noise of another run has brought α (Fig. 4).
//!
//! A fork is written `gd from sgd-1 at 12000`: gradient descent (or `gf`, gradient flow) from
//! w± = √|w₊w₋| of run `sgd-1` after 12 000 steps. `predicted` takes α exp(−2γ diag(XᵀX/n) ∫(L+δ²))
//! (eq. 5, 10) instead, and `late` starts the run at that step and not at the beginning. Several forks
//! are separated by semicolons. The run that is forked is simulated once more, up to its step
//! ([`super::fork_start`]), so that a recipe with forks replays from its seeds alone.
//!
//! `gd from symmetric` starts from w± = α whatever the other runs start from: what they are compared with
//! where β₀ ≠ 0.

use std::fmt;
use std::str::FromStr;

use crate::format::{count, excerpt};
use crate::knobs::{KnobError, Knobs, Value};
use crate::labs::diagonal::dynamics::gd::GD;
use crate::labs::diagonal::dynamics::{Method, method, methods};
use crate::labs::{LabAction, Shortcut};
use crate::palette::{Ink, Line, Look};
use crate::sim::experiment::Family;
use crate::sim::experiment::RunInfo;
use crate::sim::history::History;
use crate::sim::names::interned;

/// The most forks of one recipe: each costs a simulation of the run it comes from.
const MOST: usize = 8;

const ABOUT: &str = "Started from the effective initialisation of another run: without noise it must land where that run \
                     would by gradient flow. Or from w± = α, for comparison with runs that start elsewhere.";

/// The families of forks. Each fork is an experiment of its own, with its own name, line and median; equal ones
/// share a family. In a legend they are called by where they start, see [`Fork::label`].
pub(super) fn families() -> impl Iterator<Item = Family> {
    (0..MOST).map(|index| family(index, NAMES[index][1]))
}

fn family(index: usize, label: &'static str) -> Family {
    Family {
        id: NAMES[index][0],
        label,
        about: ABOUT,
        look: LOOKS[index],
    }
}

/// Their names in files and, where nothing more is known, on the screen.
const NAMES: [[&str; 2]; MOST] = [
    ["fork", "Fork"],
    ["fork-2", "Fork 2"],
    ["fork-3", "Fork 3"],
    ["fork-4", "Fork 4"],
    ["fork-5", "Fork 5"],
    ["fork-6", "Fork 6"],
    ["fork-7", "Fork 7"],
    ["fork-8", "Fork 8"],
];

/// None is that of a method, and each differs from the one before in its line or its colour.
const LOOKS: [Look; MOST] = [
    look(Ink::Text, Line::Dashed, 2.2),
    look(Ink::Text, Line::Marked, 1.6),
    look(Ink::Weak, Line::Dashed, 2.2),
    look(Ink::Text, Line::Solid, 1.4),
    look(Ink::Purple, Line::Marked, 1.6),
    look(Ink::Weak, Line::Solid, 1.8),
    look(Ink::Blue, Line::Dashed, 2.2),
    look(Ink::Vermillion, Line::Dashed, 2.2),
];

const fn look(ink: Ink, line: Line, width: f64) -> Look {
    Look { ink, line, width }
}

/// One fork.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fork {
    /// The rule that goes on: one without randomness.
    pub method: &'static str,
    /// Where it starts.
    pub origin: Origin,
}

/// Where a fork starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From w± = α.
    Symmetric,
    /// From the α that another run has at a step.
    Run(ForkedRun),
}

/// A run that is forked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForkedRun {
    /// Its name.
    pub name: String,
    /// Its steps before the fork.
    pub step: u64,
    /// Whether α is predicted by eq. 5 and 10, not measured.
    pub predicted: bool,
    /// Whether the new run starts at that step, not at 0.
    pub late: bool,
}

/// The word for [`Origin::Symmetric`].
const SYMMETRIC: &str = "symmetric";

impl fmt::Display for Fork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Origin::Run(forked) = &self.origin else {
            return write!(f, "{} from {SYMMETRIC}", self.method);
        };
        write!(f, "{} from {} at {}", self.method, forked.name, forked.step)?;
        for (word, said) in [("predicted", forked.predicted), ("late", forked.late)] {
            if said {
                write!(f, " {word}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for Fork {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (method, forked) = match words[..] {
            [method, "from", SYMMETRIC] => (method, None),
            [method, "from", run, "at", step, ref rest @ ..] => {
                (method, Some(ForkedRun::parse(run, step, rest)?))
            }
            _ => {
                return Err(format!(
                    "`{}` is not a fork: write `gd from sgd-1 at 12000`, and `predicted` or `late` behind it, or \
                     `gd from {SYMMETRIC}`",
                    excerpt(text)
                ));
            }
        };
        let method = deterministic(method).ok_or_else(|| {
            format!(
                "`{}` cannot start from a fork: write `gd` or `gf`",
                excerpt(method)
            )
        })?;
        Ok(Self {
            method: method.id,
            origin: forked.map_or(Origin::Symmetric, Origin::Run),
        })
    }
}

impl ForkedRun {
    fn parse(run: &str, step: &str, rest: &[&str]) -> Result<Self, String> {
        let step = step
            .parse()
            .map_err(|_not_a_number| format!("`{}` is not a number of steps", excerpt(step)))?;
        if let Some(word) = rest
            .iter()
            .find(|word| !["predicted", "late"].contains(word))
        {
            return Err(format!(
                "`{}` is not known in a fork: only `predicted` and `late` are",
                excerpt(word)
            ));
        }
        Ok(Self {
            name: run.to_owned(),
            step,
            predicted: rest.contains(&"predicted"),
            late: rest.contains(&"late"),
        })
    }
}

fn deterministic(id: &str) -> Option<&'static Method> {
    method(id).filter(|method| method.max_runs == 1 && method.covered_by_theorem)
}

/// Reads the forks of a recipe, separated by semicolons.
pub(super) fn parse(text: &str) -> Result<Vec<Fork>, KnobError> {
    let parts = text.split(';').map(str::trim);
    let forks: Vec<Fork> = parts
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().map_err(KnobError::Conflict))
        .collect::<Result<_, _>>()?;
    if forks.len() > MOST {
        return Err(KnobError::Conflict(format!(
            "{} forks are too many: at most {MOST}",
            forks.len()
        )));
    }
    Ok(forks)
}

/// Writes forks in the form that [`parse`] reads.
pub(super) fn write(forks: &[Fork]) -> String {
    let parts: Vec<String> = forks.iter().map(Fork::to_string).collect();
    parts.join("; ")
}

impl Fork {
    /// The rule that goes on.
    pub(super) fn method(&self) -> &'static Method {
        deterministic(self.method).unwrap_or(&GD)
    }

    /// The step at which it starts.
    pub(super) fn start_step(&self) -> u64 {
        match &self.origin {
            Origin::Run(forked) if forked.late => forked.step,
            Origin::Run(_) | Origin::Symmetric => 0,
        }
    }

    /// What it is called on the screen: by where it starts, which is at α∞ if the forked run had come to its end.
    fn label(&self, is_final: bool) -> String {
        let method = self.method().label;
        let forked = match &self.origin {
            Origin::Symmetric => return format!("fresh {method} (w± = α)"),
            Origin::Run(forked) => forked,
        };
        let runs = methods().iter().flat_map(|method| {
            let runs = 0..method.max_runs as usize;
            runs.map(|index| method.run(index))
        });
        let mut runs = runs.filter(|run| run.name == forked.name);
        let run = runs
            .next()
            .map_or_else(|| forked.name.clone(), |run| run.label);
        let is_last = is_final && !forked.late;
        let alpha = if is_last { "α∞" } else { "αₜ" };
        let law = if forked.predicted { " (eq. 5)" } else { "" };
        let step = count(forked.step);
        let when = match (is_last, forked.late) {
            (true, _) => String::new(),
            (false, false) => format!(", k = {step}"),
            (false, true) => format!(", from k = {step} on"),
        };
        format!("{method} from {alpha}{law} of {run}{when}")
    }
}

/// How the forks of a recipe are named, some of which are of runs that had come to their end.
pub(super) fn infos(forks: &[Fork], are_final: &[bool]) -> Vec<RunInfo> {
    let infos = forks.iter().zip(are_final).enumerate();
    let infos = infos.map(|(index, (fork, is_final))| {
        let label = fork.label(*is_final);
        let first = forks.iter().position(|other| other == fork);
        RunInfo {
            name: format!("fork-{}", index + 1),
            family: family(first.unwrap_or(index).min(MOST - 1), interned(&label)),
            label,
        }
    });
    infos.collect()
}

/// What the keys do: a run without noise from where noise has brought another one.
pub(super) static ACTIONS: [LabAction; 3] = [
    LabAction {
        id: "fork-descent",
        help: "fork: GD from αₜ at the cursor, as a new run",
        shortcut: SHORTCUT,
        act: |knobs, history, row| forked(knobs, history, row, "gd", false),
    },
    LabAction {
        id: "fork-flow",
        help: "fork: gradient flow from αₜ at the cursor",
        shortcut: Shortcut {
            shift: true,
            ..SHORTCUT
        },
        act: |knobs, history, row| forked(knobs, history, row, "gf", false),
    },
    LabAction {
        id: "fork-late",
        help: "fork: GD that starts at the cursor's step",
        shortcut: Shortcut {
            command: true,
            ..SHORTCUT
        },
        act: |knobs, history, row| forked(knobs, history, row, "gd", true),
    },
];

const SHORTCUT: Shortcut = Shortcut {
    letter: 'F',
    shift: false,
    command: false,
};

/// The settings with one more run, by `method` from the first run with noise that has come to `row`.
fn forked(
    knobs: &Knobs,
    history: &History,
    row: usize,
    method: &'static str,
    late: bool,
) -> Result<Knobs, String> {
    if !history.marks.is_empty() {
        return Err(
            "γ or δ was changed on the way, which a fork would not see: reset (R), run again, then fork"
                .to_owned(),
        );
    }
    let random = |family: &str| {
        methods()
            .iter()
            .any(|method| method.id == family && method.max_runs > 1)
    };
    let noisy: Vec<usize> = (0..history.runs.len())
        .filter(|run| random(history.setup.runs[*run].family.id))
        .collect();
    let &first = noisy
        .first()
        .ok_or("there is no run with noise to fork: switch SGD or SGF on")?;
    let alive = noisy.iter().find(|run| row < history.runs[**run].len());
    let &run = alive.ok_or_else(|| {
        format!(
            "{} has diverged before this step: fork it earlier",
            history.setup.runs[first].label
        )
    })?;
    let step = history.step.get(row).copied().unwrap_or(0);
    let mut forks = parse(knobs.word("forks")).map_err(|error| error.to_string())?;
    forks.push(Fork {
        method,
        origin: Origin::Run(ForkedRun {
            name: history.setup.runs[run].name.clone(),
            step,
            predicted: false,
            late,
        }),
    });
    let text = write(&forks);
    parse(&text).map_err(|error| error.to_string())?;
    let mut forked = knobs.clone();
    forked
        .set("forks", Value::Word(text))
        .map_err(|error| error.to_string())?;
    Ok(forked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forks_are_read_as_they_are_written() {
        let text = "gd from sgd-1 at 12000; gd from sgf-2 at 7 predicted late; gf from sgd-1 at 1 late; gd from symmetric";
        let forks = parse(text).unwrap();
        assert_eq!(write(&forks), text);
        let starts: Vec<u64> = forks.iter().map(Fork::start_step).collect();
        assert_eq!(starts, [0, 7, 1, 0]);
        let labels: Vec<String> = infos(&forks, &[true, false, false, false])
            .into_iter()
            .map(|info| info.label)
            .collect();
        let expected = [
            "GD from α∞ of SGD 1",
            "GD from αₜ (eq. 5) of SGF 2, from k = 7 on",
            "GF from αₜ of SGD 1, from k = 1 on",
            "fresh GD (w± = α)",
        ];
        assert_eq!(labels, expected);
        assert!(parse(" ; ").unwrap().is_empty());
    }

    #[test]
    fn unlike_forks_have_names_lines_and_families_of_their_own_and_equal_ones_share() {
        let forks = parse("gd from sgd-1 at 9; gf from sgd-1 at 9; gd from sgd-1 at 9").unwrap();
        let infos = infos(&forks, &[false; 3]);
        let families: Vec<&str> = infos.iter().map(|info| info.family.id).collect();
        assert_eq!(families, ["fork", "fork-2", "fork"]);
        assert!(infos[0].family.label != infos[1].family.label);
        let looks = methods().iter().map(|method| method.look).chain(LOOKS);
        let looks: Vec<Look> = looks.collect();
        for (at, look) in looks.iter().enumerate() {
            assert!(!looks[..at].contains(look), "{look:?} twice");
        }
    }

    #[test]
    fn what_is_not_a_fork_is_refused_with_a_reason() {
        for (text, reason) in [
            ("gd", "write `gd from sgd-1 at 12000`"),
            ("sgd from sgd-1 at 5", "cannot start from a fork"),
            ("gd from sgd-1 at soon", "not a number"),
            ("gd from sgd-1 at 5 quickly", "`quickly` is not known"),
            ("sgd from symmetric", "cannot start from a fork"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
        // What was typed goes to a terminal.
        let hostile = "\u{1b}[2J".repeat(1000);
        for text in [&hostile, &format!("gd from sgd-1 at 5 {hostile}")] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.len() < 1000 && !error.contains('\u{1b}'), "{error}");
        }
        let many = ["gd from sgd-1 at 5"; MOST + 1].join(";");
        assert!(parse(&many).is_err());
    }
}
