//! Whole files or none, whole folders or none.
//!
//! On a disk (module `disk`) they are written under another name in the same place, then renamed. Where something is to be is
//! looked at, made room for and staged before there is anything to write ([`NewFile::at`], [`NewFolder::at`]): work whose
//! result has no place is not begun. Missing folders above it are made, and removed again if nothing comes of it. What
//! is staged is removed when it is dropped, when the program is interrupted ([`abandon`]), and where the program was
//! killed, by the next one that writes under the same name.
//!
//! In a browser's page there is no disk: what is to be read has been brought into the page (module `memory`), and what is
//! written is handed over whole (module `download`), a folder as one archive.

#[cfg(not(target_arch = "wasm32"))]
mod disk;
#[cfg(any(target_arch = "wasm32", test))]
#[cfg_attr(
    test,
    expect(
        clippy::unnecessary_wraps,
        reason = "a disk can refuse, and has the same interface"
    )
)]
pub mod download;
pub mod input;
pub mod limits;
#[cfg(any(target_arch = "wasm32", test))]
pub mod memory;
pub mod npy;
pub mod npz;
#[cfg_attr(
    target_arch = "wasm32",
    expect(dead_code, reason = "a page has nothing to stage on")
)]
mod staging;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

#[cfg(not(target_arch = "wasm32"))]
pub use disk::{Entry, FOLDER_EXTENSION, HAS_FOLDERS, NewFile, NewFolder, Spool, is_taken};
#[cfg(target_arch = "wasm32")]
pub use download::{Entry, FOLDER_EXTENSION, HAS_FOLDERS, NewFile, NewFolder, Spool, is_taken};
pub use staging::abandon;
pub(crate) use staging::{Parents, Provisional};

/// Why a file was not written. Whatever had its name before is untouched.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {path}: {source}")]
pub struct WriteError {
    /// The file.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// Writes a file that is complete under its name or not there; replaces one of that name.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    write_with(path, |file| file.write_all(bytes))
}

/// The same for what is made while it is written.
pub fn write_with(
    path: &Path,
    fill: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
) -> Result<(), WriteError> {
    NewFile::at(path)?.fill(fill)
}

/// Refuses a name under which there is something else than a file: a link would be replaced and what it
/// points to left as it was; a device or a pipe would be gone.
pub fn refuse_what_is_no_file(path: &Path) -> io::Result<()> {
    let Some(kind) = kind_of(path)? else {
        return Ok(());
    };
    if kind.is_file() {
        return Ok(());
    }
    Err(refusal(kind, "file"))
}

/// What has this name; nothing if nothing has.
fn kind_of(path: &Path) -> io::Result<Option<fs::FileType>> {
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(Some(found.file_type())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn refusal(kind: fs::FileType, wanted: &str) -> io::Error {
    let what = if kind.is_symlink() {
        "a symbolic link"
    } else if kind.is_dir() {
        "a folder"
    } else {
        "a device or a pipe"
    };
    io::Error::other(format!("it is {what}: name a {wanted}"))
}
