//! Files and folders on a disk.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::staging::{self, Parents, Staged};
use super::{WriteError, kind_of, refusal, refuse_what_is_no_file};

/// Whether a file can be given another one beside it.
pub const HAS_FOLDERS: bool = true;

/// What the name of a folder ends with.
pub const FOLDER_EXTENSION: &str = "";

/// A file in a new folder, being written.
pub type Entry = File;

/// Numbers on their way, which have no name and are gone with their handle.
pub type Spool = File;

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

    /// Makes a file in it.
    pub fn create(&self, name: &str) -> io::Result<Entry> {
        File::create(self.path().join(name))
    }

    /// Makes room for what is not to stay.
    pub fn spool(&self) -> io::Result<Spool> {
        // Unlinked while open: nothing to clean up, whatever happens.
        tempfile::tempfile_in(self.path())
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

#[cfg(test)]
mod tests;
