//! Whole files or none, whole folders or none: written under another name in the same place, then
//! renamed.

pub mod input;
pub mod limits;
pub mod npz;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

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
    let whole = || {
        let folder = parent(path);
        let mut file = tempfile::Builder::new()
            .prefix(".partial-")
            .tempfile_in(folder)?;
        let mut buffer = io::BufWriter::new(file.as_file_mut());
        fill(&mut buffer)?;
        buffer.flush()?;
        drop(buffer);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            // Temporary files are private; a finished one is as readable as any.
            let readable = fs::Permissions::from_mode(0o644);
            file.as_file().set_permissions(readable)?;
        }
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    whole().map_err(|source| WriteError {
        path: path.to_owned(),
        source,
    })
}

/// The folder in which `path` is.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Whether a new folder cannot have this name: a file has it, or a folder that holds something.
pub fn is_taken(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) || folder.is_file()
}

/// A folder beside the final one, removed when it is dropped; [`publish`] gives it its name.
pub fn staging_folder(out: &Path) -> io::Result<TempDir> {
    let parent = parent(out);
    fs::create_dir_all(parent)?;
    let name = out
        .file_name()
        .ok_or_else(|| io::Error::other("this is not the name of a folder"))?;
    let prefix = format!("{}.partial-", name.to_string_lossy());
    tempfile::Builder::new().prefix(&prefix).tempdir_in(parent)
}

/// Gives a complete folder its final name.
pub fn publish(staging: TempDir, out: &Path) -> io::Result<()> {
    if out.is_dir() {
        // Seen to be empty before the work; if it is not any more this fails, and rightly so.
        fs::remove_dir(out)?;
    }
    fs::rename(staging.path(), out)?;
    // Renamed away: there is nothing left to remove.
    drop(staging.keep());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Temporary folders are private; a finished one is as readable as its files.
        fs::set_permissions(out, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_what_was_there_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        write(&path, b"old").unwrap();
        let error = write_with(&path, |file| {
            file.write_all(b"new")?;
            Err(io::Error::other("disk full"))
        });
        let message = error.unwrap_err().to_string();
        assert!(
            message.contains("a.txt") && message.contains("disk full"),
            "{message}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        write(&path, b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert!(write(&folder.path().join("no/such/folder.txt"), b"").is_err());
    }

    #[test]
    fn a_folder_is_whole_under_its_name_or_not_there() {
        let home = tempfile::tempdir().unwrap();
        let out = home.path().join("new/frames");
        let staging = staging_folder(&out).unwrap();
        fs::write(staging.path().join("1"), b"one").unwrap();
        assert!(!is_taken(&out));
        drop(staging);
        assert_eq!(fs::read_dir(home.path().join("new")).unwrap().count(), 0);
        let staging = staging_folder(&out).unwrap();
        fs::write(staging.path().join("1"), b"one").unwrap();
        publish(staging, &out).unwrap();
        assert!(is_taken(&out) && is_taken(&out.join("1")));
        assert_eq!(fs::read(out.join("1")).unwrap(), b"one");
        assert_eq!(fs::read_dir(home.path().join("new")).unwrap().count(), 1);
    }
}
