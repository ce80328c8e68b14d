//! Whatever reads what others wrote, given what nobody would write.
//!
//! `cargo test --test fuzz` tries a few thousand inputs of every kind, always the same. The long form goes on for as
//! long as it is told, each target on its own, and takes other inputs from another seed:
//!
//!     FUZZ_SECONDS=1800 FUZZ_SEED=1 cargo test --release --test fuzz -- --nocapture --test-threads=1
//!     FUZZ_SECONDS=600 cargo test --release --test fuzz -- --nocapture links
//!
//! An input is made from its seed and its number alone. One that fails is named, and tried again by itself with
//! `FUZZ_SEED=S FUZZ_CASE=N`.
//!
//! A case fails by a panic; by taking longer or more memory than [`LONGEST`] and [`MOST_MEMORY`]; by a message that is
//! long or holds control characters; and by what its target asks for. Inputs are made by changing whole ones where
//! they have structure, so that most get past the first reader: how many did is printed, and half must.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(
    clippy::print_stdout,
    reason = "how many cases there were is for whoever asks for it"
)]

mod archives;
mod carriers;
mod commands;
mod mutate;
mod partial;
mod tables;
mod texts;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rand::SeedableRng as _;
use rand_xoshiro::Xoshiro256PlusPlus;

/// What draws an input.
type Random = Xoshiro256PlusPlus;

/// What an input came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// The outermost reader did not know it.
    Unknown,
    /// It was read, or refused for what is in it.
    Understood,
}

/// Makes an input and tries it.
type Case = Box<dyn FnMut(&mut Random) -> Outcome>;

/// The longest that a case may take on a processor of its own. Tests are built with checks and run on any machine.
const LONGEST: Duration = Duration::from_secs(5);

/// How much a case may raise the memory that the program has ever held.
const MOST_MEMORY: u64 = 512 << 20;

/// Bytes of a message.
const LONGEST_MESSAGE: usize = 2000;

/// Memory is that of the process, so only one target runs at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn given(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Tries `quick` cases of a target, or as many as there is time for.
fn fuzz(name: &str, quick: u64, mut case: Case) {
    let _alone = ALONE
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    let seed = given("FUZZ_SEED").unwrap_or(0);
    let only = given("FUZZ_CASE");
    let time = given("FUZZ_SECONDS").map(Duration::from_secs);
    let start = Instant::now();
    let (mut tried, mut understood) = (0, 0);
    let mut slowest = Duration::ZERO;
    for number in only.unwrap_or(0).. {
        let is_over = match (only, time) {
            (Some(only), _) => number > only,
            (None, Some(time)) => start.elapsed() > time,
            (None, None) => number >= quick,
        };
        if is_over {
            break;
        }
        let mut random = Random::seed_from_u64(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let (before, clock) = (peak_memory(), thread_time());
        let outcome = catch_unwind(AssertUnwindSafe(|| case(&mut random)));
        let took = thread_time().saturating_sub(clock);
        let grown = peak_memory().saturating_sub(before);
        slowest = slowest.max(took);
        let place = format!("{name}: FUZZ_SEED={seed} FUZZ_CASE={number}");
        let Ok(outcome) = outcome else {
            panic!("{place} has failed, see above");
        };
        assert!(took <= LONGEST, "{place} takes {took:?}");
        assert!(grown <= MOST_MEMORY, "{place} takes {grown} bytes");
        tried += 1;
        understood += u64::from(outcome == Outcome::Understood);
    }
    println!(
        "{name}: {tried} cases in {:.0} s, {understood} past the first reader, the slowest {:.0} ms",
        start.elapsed().as_secs_f64(),
        1e3 * slowest.as_secs_f64()
    );
    assert!(
        only.is_some() || 2 * understood >= tried,
        "{name}: most inputs are noise"
    );
}

/// What a user would read: short, and nothing that a terminal obeys.
fn check_message(text: &str) {
    assert!(
        text.len() <= LONGEST_MESSAGE,
        "a message of {} bytes: {}",
        text.len(),
        text.chars().take(300).collect::<String>()
    );
    assert!(!text.contains(char::is_control), "{text:?}");
    assert!(!text.trim().is_empty());
}

/// The most bytes the process has held so far, where the system tells.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) << 10
}

/// Processor time of this thread: a busy machine is not held against a case.
#[cfg(unix)]
fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}

#[cfg(not(unix))]
fn thread_time() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

#[test]
fn recipes() {
    fuzz("recipes", 4000, texts::recipes());
}

#[test]
fn links() {
    fuzz("links", 4000, texts::links());
}

#[test]
fn tours() {
    fuzz("tours", 4000, texts::tours());
}

#[test]
fn axes() {
    fuzz("axes", 6000, texts::axes());
}

#[test]
fn tables_as_text() {
    fuzz("tables as text", 3000, tables::text());
}

#[test]
fn tables_as_arrays() {
    fuzz("tables as arrays", 3000, tables::arrays());
}

#[test]
fn folders_of_runs() {
    fuzz("folders of runs", 1500, archives::folders());
}

#[test]
fn pictures() {
    fuzz("pictures", 2000, carriers::pictures());
}

#[test]
fn partial_tables() {
    fuzz("partial tables", 1500, partial::tables());
}

#[test]
fn command_lines() {
    fuzz("command lines", 100, commands::lines());
}
