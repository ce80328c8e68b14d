//! Being asked to end: Ctrl-C, `kill`, a terminal that closes.
//!
//! A command is not asked to wind down, which might take it minutes: a thread of its own removes what is
//! unfinished ([`crate::files::abandon`]), says what was kept and ends the program with 128 and the signal's number, as
//! shells do. The window is asked to close, and ended likewise if it does not. A second signal ends the
//! program at once.
//!
//! Elsewhere than on Unix the system ends the program by itself.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long a window may take to close, and a main thread waits for the end of its program.
const WAIT_TIMEOUT: Duration = Duration::from_secs(3);

/// 128 and the signal's number, once there was one.
static CODE: AtomicU8 = AtomicU8::new(0);

type Words = Box<dyn Fn() -> String + Send>;
type Close = Box<dyn FnOnce() + Send>;

/// What to say, and how to close the window.
static PLANS: Mutex<(Option<Words>, Option<Close>)> = Mutex::new((None, None));

fn plans() -> MutexGuard<'static, (Option<Words>, Option<Close>)> {
    PLANS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What an interrupted command says of what it leaves.
pub fn say(words: impl Fn() -> String + Send + 'static) {
    plans().0 = Some(Box::new(words));
}

/// How a window is asked to close.
pub fn close_by(close: impl FnOnce() + Send + 'static) {
    plans().1 = Some(Box::new(close));
}

/// The code that the program ends with, if it was asked to end.
pub fn code() -> Option<u8> {
    match CODE.load(Ordering::SeqCst) {
        0 => None,
        code => Some(code),
    }
}

/// For the main thread of a command: what it would say of its end is the interruption's doing, which another
/// thread is about to explain.
pub fn give_way() {
    if code().is_some() {
        thread::sleep(WAIT_TIMEOUT);
    }
}

/// Elsewhere than on Unix the system knows what to do.
#[cfg(not(unix))]
pub fn watch() -> std::io::Result<()> {
    Ok(())
}

/// Takes the signals that ask the program to end, from here on. Where that fails the system ends the program by
/// itself.
#[cfg(unix)]
pub fn watch() -> std::io::Result<()> {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::flag::register_conditional_shutdown;
    use signal_hook::iterator::Signals;

    let ending = Arc::new(AtomicBool::new(false));
    let watched = [SIGINT, SIGTERM, SIGHUP].into_iter();
    let watched: Vec<i32> = watched.filter(|signal| !is_ignored(*signal)).collect();
    for signal in &watched {
        register_conditional_shutdown(*signal, 128 + signal, ending.clone())?;
    }
    let mut signals = Signals::new(&watched)?;
    let wait = move || {
        if let Some(signal) = signals.forever().next() {
            // The program's own thread may see files vanish: it has to know why.
            CODE.store((128 + signal) as u8, Ordering::SeqCst);
            ending.store(true, Ordering::SeqCst);
            end(128 + signal);
        }
    };
    let thread = thread::Builder::new().name("signals".to_owned());
    thread.spawn(wait).map(drop)
}

/// Whether whoever has started the program does not want it to hear a signal: `nohup`, or a script's `&`.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    use std::io::IsTerminal as _;
    let status = std::fs::read_to_string("/proc/self/status");
    let mask = status.ok().and_then(|status| ignored(&status));
    // Where the system does not say, a program without a terminal was started by something that may mean it.
    mask.map_or_else(
        || signal != signal_hook::consts::SIGTERM && !std::io::stdin().is_terminal(),
        |mask| mask & (1 << (signal - 1)) != 0,
    )
}

/// The signals that Linux says a program ignores.
#[cfg(unix)]
fn ignored(status: &str) -> Option<u64> {
    let mut lines = status.lines();
    let mask = lines.find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(mask.trim(), 16).ok()
}

#[cfg(unix)]
#[expect(
    clippy::exit,
    reason = "the other threads are in the middle of their work"
)]
fn end(code: i32) {
    use std::io::{self, IsTerminal as _, Write as _};

    let (words, close) = std::mem::take(&mut *plans());
    if let Some(close) = close {
        close();
        thread::sleep(WAIT_TIMEOUT);
    }
    crate::files::abandon();
    let words = words.map_or_else(|| "interrupted".to_owned(), |words| words());
    // Behind the progress bar, which a terminal shows.
    let gap = if io::stderr().is_terminal() { "\n" } else { "" };
    // Nothing can be done if even stderr is gone.
    drop(writeln!(io::stderr(), "{gap}implicit-bias-lab: {words}"));
    std::process::exit(code);
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_nohup_ignores_is_seen() {
        let status = "SigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\nSigCgt:\t0\n";
        assert_eq!(ignored(status), Some(0x1001));
        assert_eq!(ignored("Name:\tx\n"), None);
    }
}
