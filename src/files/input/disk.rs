//! Files of a disk.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Duration;

use crossbeam_channel::bounded;

use super::too_large;

/// Whether nothing can be read but what somebody has handed over.
pub const ONLY_WHAT_IS_BROUGHT: bool = false;

/// An open file.
pub type Source = File;

/// Opens a regular file of at most `most` bytes, or says why not.
pub fn open(path: &Path, most: u64) -> Result<File, String> {
    let kind = fs::metadata(path).map_err(|error| error.to_string())?;
    if kind.is_dir() {
        return Err("it is a folder: choose a file".to_owned());
    }
    if !kind.is_file() {
        return Err("it is a pipe or a device: choose a regular file".to_owned());
    }
    if is_of_the_kernel(path) {
        return Err("it belongs to the system: choose a regular file".to_owned());
    }
    if kind.len() > most {
        return Err(too_large(most));
    }
    File::open(path).map_err(|error| error.to_string())
}

/// How many bytes a file has.
pub fn size(source: &Source) -> io::Result<u64> {
    Ok(source.metadata()?.len())
}

/// Whether this is a regular file.
pub fn is_file(path: &Path) -> bool {
    path.is_file()
}

/// Whether this is a folder.
pub fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

/// Whether there is something of that name; `None` where that is not known in a moment, as on a file server that
/// does not answer.
pub fn is_there(path: &Path) -> Option<bool> {
    /// Longer than a disk takes that has to start.
    const MOMENT: Duration = Duration::from_millis(500);
    let (sender, answer) = bounded(1);
    let path = path.to_owned();
    let ask = move || {
        // Who has asked may have stopped waiting.
        sender.send(path.exists()).unwrap_or_default();
    };
    let thread = std::thread::Builder::new().name("is-there".to_owned());
    thread.spawn(ask).ok()?;
    answer.recv_timeout(MOMENT).ok()
}

/// Whether a file is one of those by which a kernel shows itself.
fn is_of_the_kernel(path: &Path) -> bool {
    let whole = fs::canonicalize(path);
    cfg!(target_os = "linux")
        && whole.is_ok_and(|whole| whole.starts_with("/proc") || whole.starts_with("/sys"))
}
