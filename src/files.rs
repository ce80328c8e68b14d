//! Whole files or none, whole folders or none: written under another name in the same place, then
//! renamed.
//!
//! Where something is to be is looked at, made room for and staged before there is anything to write
//! ([`NewFile::at`], [`NewFolder::at`]): work whose result has no place is not begun. Missing folders above
//! it are made, and removed again if nothing comes of it. What is staged is removed when it is dropped, when
//! the program is interrupted ([`abandon`]), and where the program was killed, by the next one that
//! writes under the same name.

pub mod input;
pub mod limits;
#[cfg(target_arch = "wasm32")]
pub mod memory;
pub mod npz;
mod staging;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use staging::Staged;
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

/// A file that is to be: staged beside its place.
#[derive(Debug)]
pub struct NewFile {
    path: PathBuf,
    staged: Staged<tempfile::NamedTempFile>,
    parents: Parents,
}

impl NewFile {
    /// Stages it. A file may have its name, and is replaced when this one is whole; anything else may not.
    pub fn at(path: &Path) -> Result<Self, WriteError> {
        let staged = || {
            refuse_what_is_no_file(path)?;
            let parents = Parents::of(path)?;
            let staged = staging::file(path)?;
            Ok((staged, parents))
        };
        match staged() {
            Ok((staged, parents)) => Ok(Self {
                path: path.to_owned(),
                staged,
                parents,
            }),
            Err(source) => Err(WriteError {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// Writes it and gives it its name; one that it replaces passes its permissions on.
    pub fn fill(
        self,
        fill: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    ) -> Result<(), WriteError> {
        let Self {
            path,
            mut staged,
            parents,
        } = self;
        let whole = || {
            let file = staged.inner()?;
            let mut buffer = io::BufWriter::new(file.as_file_mut());
            fill(&mut buffer)?;
            buffer.flush()?;
            drop(buffer);
            if let Ok(replaced) = fs::symlink_metadata(&path).map(|of| of.permissions()) {
                file.as_file().set_permissions(replaced)?;
            }
            staged.publish(|file| file.persist(&path).map(drop).map_err(|error| error.error))?;
            parents.keep();
            Ok(())
        };
        whole().map_err(|source| WriteError { path, source })
    }
}

/// A folder that is to be: staged beside its place.
#[derive(Debug)]
pub struct NewFolder {
    out: PathBuf,
    staged: Staged<tempfile::TempDir>,
    parents: Parents,
}

impl NewFolder {
    /// Stages it. An empty folder may have its name.
    pub fn at(out: &Path) -> io::Result<Self> {
        refuse_what_is_no_folder(out)?;
        let parents = Parents::of(out)?;
        Ok(Self {
            out: out.to_owned(),
            staged: staging::folder(out)?,
            parents,
        })
    }

    /// Where to put what is to be in it.
    pub fn path(&self) -> &Path {
        self.staged.path()
    }

    /// Gives it its name.
    pub fn publish(self) -> io::Result<()> {
        let out = &self.out;
        if out.is_dir() {
            // Seen to be empty before the work; if it is not any more this fails, and rightly so.
            fs::remove_dir(out)?;
        }
        self.staged.publish(|staged| {
            fs::rename(staged.path(), out)?;
            // Renamed away: there is nothing left to remove.
            drop(staged.keep());
            Ok(())
        })?;
        self.parents.keep();
        Ok(())
    }

    /// Moves every file in it to where it is to be, beside what is there already; replaces those of the same name.
    pub fn publish_among_others(self) -> io::Result<()> {
        if !self.out.exists() {
            return self.publish();
        }
        for entry in fs::read_dir(self.path())? {
            let entry = entry?;
            let place = self.out.join(entry.file_name());
            refuse_what_is_no_file(&place)?;
            if let Ok(replaced) = fs::symlink_metadata(&place) {
                fs::set_permissions(entry.path(), replaced.permissions())?;
            }
            fs::rename(entry.path(), place)?;
        }
        self.parents.keep();
        Ok(())
    }
}

/// Whether a new folder cannot have this name: a file has it, or a folder that holds something.
pub fn is_taken(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) || folder.is_file()
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

fn refuse_what_is_no_folder(path: &Path) -> io::Result<()> {
    let Some(kind) = kind_of(path)? else {
        return Ok(());
    };
    if kind.is_dir() {
        return Ok(());
    }
    if kind.is_file() {
        return Err(io::Error::other("it is a file: name a folder"));
    }
    Err(refusal(kind, "folder"))
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

#[cfg(test)]
mod tests;
