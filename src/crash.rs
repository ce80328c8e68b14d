//! What is kept of a panic, which is a mistake of the program: a file with the version, what the program was
//! working on and where it was, for whoever reports it. Nothing is sent.
//!
//! The folder is the user's own for such things (`$XDG_STATE_HOME`, `~/.local/state`), or that for temporary
//! files. Paths of the machine that the program was built on are left out of it and of what is printed.

use std::any::Any;
use std::backtrace::Backtrace;
use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::panic::{self, Location, PanicHookInfo};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::SystemTime;

/// Reports of one program at most: a mistake may repeat itself.
const MOST: usize = 5;

/// Bytes of a message at most.
const LONGEST: usize = 2000;

type Work = Box<dyn Fn() -> String + Send>;
type Excuse = Box<dyn Fn(&str, &str) -> Option<String> + Send>;

struct Known {
    work: Option<Work>,
    excuse: Option<Excuse>,
    reports: usize,
    last: Option<PathBuf>,
}

static KNOWN: Mutex<Known> = Mutex::new(Known {
    work: None,
    excuse: None,
    reports: 0,
    last: None,
});

fn known() -> MutexGuard<'static, Known> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the program is working on from here on: its recipe, as text.
pub fn note(work: impl Fn() -> String + Send + 'static) {
    known().work = Some(Box::new(work));
}

/// Which panics are nobody's mistake, from where they were and what they say, and what is said of them instead, if
/// anything: libraries panic where the system fails them.
pub fn excuse(excuse: impl Fn(&str, &str) -> Option<String> + Send + 'static) {
    known().excuse = Some(Box::new(excuse));
}

/// The last report, if there is one.
pub fn last_report() -> Option<PathBuf> {
    known().last.clone()
}

/// Where the last report is, as a sentence to be put behind another one.
pub fn words() -> String {
    last_report().map_or_else(String::new, |path| {
        format!(". A report is in {}", path.display())
    })
}

/// Keeps a report of every panic, in whatever thread, and says in a line where it is.
pub fn watch() {
    panic::set_hook(Box::new(|info| {
        let thread = thread::current();
        let thread = thread.name().unwrap_or("unnamed").to_owned();
        let place = info.location().map_or_else(String::new, place);
        let message = message(info);
        let excused = known()
            .excuse
            .as_ref()
            .map(|excuse| excuse(&place, &message));
        if let Some(words) = excused.flatten() {
            if !words.is_empty() {
                drop(writeln!(io::stderr(), "implicit-bias-lab: {words}"));
            }
            return;
        }
        let told = format!("internal error in the thread `{thread}` at {place}: {message}");
        let kept = keep(&told);
        let kept = match &kept {
            Some(Ok(path)) => format!("\nA report is in {}; nothing was sent.", path.display()),
            Some(Err(error)) => format!("\nNo report could be written: {error}"),
            None => String::new(),
        };
        // Nothing can be done if even stderr is gone.
        drop(writeln!(io::stderr(), "implicit-bias-lab: {told}{kept}"));
    }));
}

/// What a panic says.
pub(crate) fn text_of(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("it panicked without a message")
}

fn message(info: &PanicHookInfo<'_>) -> String {
    let text = info.payload_as_str();
    let text = text.unwrap_or("it panicked without a message");
    text[..text.floor_char_boundary(LONGEST)].to_owned()
}

/// Writes the report, unless there are many already.
fn keep(told: &str) -> Option<io::Result<PathBuf>> {
    let mut known = known();
    if known.reports == MOST {
        return None;
    }
    known.reports += 1;
    let work = known.work.as_ref().map(|work| work());
    let text = report(
        told,
        work.as_deref(),
        &Backtrace::force_capture().to_string(),
    );
    let folders = [state_folder(), Some(env::temp_dir())];
    let mut written = Err(io::Error::other("there is no folder for it"));
    for folder in folders.into_iter().flatten() {
        written = write(&folder, &text);
        if let Ok(path) = &written {
            known.last = Some(path.clone());
            break;
        }
    }
    Some(written)
}

fn write(folder: &Path, text: &str) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let prefix = format!("crash-{}-", now.map_or(0, |now| now.as_secs()));
    // A name that nobody can have foreseen, and readable by the user alone: recipes name files.
    let file = tempfile::Builder::new()
        .prefix(&prefix)
        .suffix(".txt")
        .tempfile_in(folder)?;
    file.as_file().write_all(text.as_bytes())?;
    let (_, path) = file.keep().map_err(|error| error.error)?;
    Ok(path)
}

fn report(told: &str, work: Option<&str>, backtrace: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let (os, processor) = (env::consts::OS, env::consts::ARCH);
    let work = work.unwrap_or("(none)");
    let lines = backtrace.lines();
    let backtrace: Vec<String> = lines.map(line_without_builder).collect();
    format!(
        "Implicit Bias Lab {version} on {os}, {processor}\n{told}\n\nThe recipe, which may name files of yours:\n\n\
         {work}\n\nWhere it was:\n\n{}\n",
        backtrace.join("\n")
    )
}

/// The folder for what a program keeps about its own running.
fn state_folder() -> Option<PathBuf> {
    let absolute = |name: &str| {
        let path = env::var_os(name).map(PathBuf::from);
        path.filter(|path| path.is_absolute())
    };
    let home = || Some(env::home_dir()?.join(".local").join("state"));
    let folder = if cfg!(windows) {
        absolute("LOCALAPPDATA")
    } else {
        absolute("XDG_STATE_HOME").or_else(home)
    };
    Some(folder?.join("implicit-bias-lab"))
}

fn place(location: &Location<'_>) -> String {
    let (file, line) = (relative(location.file()), location.line());
    format!("{file}:{line}")
}

/// A line of a backtrace.
fn line_without_builder(line: &str) -> String {
    match line.split_once("at ") {
        Some((indent, path)) if indent.trim().is_empty() => {
            format!("{indent}at {}", relative(path))
        }
        _ => line.to_owned(),
    }
}

/// A message in which a library may have named its own source file.
pub fn without_builder(message: &str) -> String {
    let words = message
        .split(' ')
        .map(|word| in_crate(word).unwrap_or(word));
    words.collect::<Vec<_>>().join(" ")
}

/// A source file's path from its crate on, if it is in one that was fetched, or in the standard library.
fn in_crate(path: &str) -> Option<&str> {
    let behind = |mark: &str| Some(path.split_once(mark)?.1.split_once(['/', '\\'])?.1);
    let marks = [
        "/registry/src/",
        "\\registry\\src\\",
        "/checkouts/",
        "/rustc/",
    ];
    marks.into_iter().find_map(behind)
}

/// A source file's path, without where it was on the machine that compiled it.
fn relative(path: &str) -> &str {
    let is_absolute = path.starts_with('/') || path.contains(":\\");
    let file = || path.rsplit(['/', '\\']).next().unwrap_or(path);
    match in_crate(path) {
        Some(found) => found,
        None if is_absolute => file(),
        None => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_the_machine_that_built_it_are_left_out() {
        for (path, expected) in [
            ("src/sim/session.rs", "src/sim/session.rs"),
            (
                "/home/jane/.cargo/registry/src/index-1949cf8c6b5b557f/winit-0.30.13/src/lib.rs",
                "winit-0.30.13/src/lib.rs",
            ),
            (
                "C:\\Users\\jane\\.cargo\\registry\\src\\index-19\\winit-0.30.13\\src\\lib.rs",
                "winit-0.30.13\\src\\lib.rs",
            ),
            (
                "/rustc/0123abcd/library/core/src/option.rs",
                "library/core/src/option.rs",
            ),
            ("/home/jane/lab/src/crash.rs", "crash.rs"),
            ("./src/crash.rs", "./src/crash.rs"),
        ] {
            assert_eq!(relative(path), expected);
        }
        let line = "             at /home/jane/lab/src/crash.rs:12:5";
        assert_eq!(line_without_builder(line), "             at crash.rs:12:5");
        let name = "   3: look at this";
        assert_eq!(line_without_builder(name), name);
        let message = "os error at /home/jane/.cargo/registry/src/index-19/winit-0.30.13/src/mod.rs:765: no /dev/dri";
        let expected = "os error at winit-0.30.13/src/mod.rs:765: no /dev/dri";
        assert_eq!(without_builder(message), expected);
    }

    #[test]
    fn a_report_says_version_recipe_and_place() {
        let text = report("internal error", Some("alpha = 0.1"), "  0: main\n");
        let parts = [
            env!("CARGO_PKG_VERSION"),
            "alpha = 0.1",
            "0: main",
            "internal",
        ];
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    }
}
