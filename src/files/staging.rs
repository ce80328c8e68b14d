//! What is being written and has not got its name yet.
//!
//! `NAME` is staged as `NAME.partial-XXXXXX` in the same folder, so that a rename is enough to finish it, and is
//! locked as long as its program lives: where the system has locks, what nobody holds was left by
//! a program that was killed, and the next one that stages the same name removes it.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::{Builder, NamedTempFile, TempDir};

/// What an interrupted program removes: staged files and folders, and folders above them if they are empty.
#[derive(Debug)]
struct Register {
    staged: BTreeSet<PathBuf>,
    parents: BTreeSet<PathBuf>,
    /// Whether the program is about to end: nothing is staged or finished any more.
    closed: bool,
}

static REGISTER: Mutex<Register> = Mutex::new(Register {
    staged: BTreeSet::new(),
    parents: BTreeSet::new(),
    closed: false,
});

fn register() -> MutexGuard<'static, Register> {
    // Sets of paths are whole whatever thread has died over them.
    REGISTER.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Register {
    fn refuse_if_closed(&self) -> io::Result<()> {
        if self.closed {
            return Err(io::Error::new(
                io::ErrorKind::Interrupted,
                "the program was interrupted",
            ));
        }
        Ok(())
    }
}

/// Removes whatever is unfinished, for a program that ends at once: from here on nothing gets its name.
pub fn abandon() {
    let mut register = register();
    register.closed = true;
    for path in std::mem::take(&mut register.staged) {
        remove(&path);
    }
    // The deepest first; those that hold something stay.
    for folder in std::mem::take(&mut register.parents).iter().rev() {
        drop(fs::remove_dir(folder));
    }
}

/// What cannot be removed is left to the next run.
fn remove(path: &Path) {
    if path.is_dir() {
        // Once more if a thread has put something in on the way.
        drop(fs::remove_dir_all(path).or_else(|_| fs::remove_dir_all(path)));
    } else {
        drop(fs::remove_file(path));
    }
}

/// Something staged, known to the register and locked.
#[derive(Debug)]
pub(super) struct Staged<T> {
    /// Nothing once it is published.
    inner: Option<T>,
    path: PathBuf,
    /// A folder's, held until it is published or dropped; a file holds its own.
    _lock: Option<File>,
}

impl<T> Staged<T> {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn inner(&mut self) -> io::Result<&mut T> {
        let gone = || io::Error::other("it has its name already");
        self.inner.as_mut().ok_or_else(gone)
    }

    /// Gives it its name, which `rename` does.
    pub(super) fn publish(mut self, rename: impl FnOnce(T) -> io::Result<()>) -> io::Result<()> {
        // Held until it is done: an interruption comes before or after.
        let mut register = register();
        register.refuse_if_closed()?;
        register.staged.remove(&self.path);
        self.inner.take().map_or(Ok(()), rename)
    }
}

impl<T> Drop for Staged<T> {
    fn drop(&mut self) {
        if let Some(inner) = self.inner.take() {
            // It removes itself.
            drop(inner);
            register().staged.remove(&self.path);
        }
    }
}

/// Stages a file. Readable and writable by whom the system's mask for new files lets.
pub(super) fn file(path: &Path) -> io::Result<Staged<NamedTempFile>> {
    stage(path, |builder, folder| {
        permit(builder, 0o666);
        let file = builder.tempfile_in(folder)?;
        let path = file.path().to_owned();
        // By the handle that writes: elsewhere than on Unix no other could write then.
        let held = is_held(file.as_file());
        Ok((file, path, None, held))
    })
}

/// Stages a folder, likewise.
pub(super) fn folder(out: &Path) -> io::Result<Staged<TempDir>> {
    stage(out, |builder, folder| {
        permit(builder, 0o777);
        let folder = builder.tempdir_in(folder)?;
        let path = folder.path().to_owned();
        // Some systems cannot open a folder, and then have no lock of it.
        let lock = File::open(&path).ok();
        let held = lock.as_ref().is_none_or(is_held);
        Ok((folder, path, lock, held))
    })
}

/// Locks what is staged; `false` if another program was faster, which is about to remove it. Where there are no
/// locks nobody removes anything.
fn is_held(file: &File) -> bool {
    !matches!(file.try_lock(), Err(TryLockError::WouldBlock))
}

#[cfg(unix)]
fn permit(builder: &mut Builder<'_, '_>, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    builder.permissions(fs::Permissions::from_mode(mode));
}

#[cfg(not(unix))]
fn permit(_builder: &mut Builder<'_, '_>, _mode: u32) {}

/// How often a place is staged that another program takes for left behind and removes.
const ATTEMPTS: usize = 8;

fn stage<T>(
    path: &Path,
    make: impl Fn(&mut Builder<'_, '_>, &Path) -> io::Result<(T, PathBuf, Option<File>, bool)>,
) -> io::Result<Staged<T>> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::other("this is not a name that can be given"))?;
    let (folder, prefix) = (parent(path), prefix(name));
    remove_left_behind(folder, &prefix);
    for _ in 0..ATTEMPTS {
        let mut register = register();
        register.refuse_if_closed()?;
        let made = make(Builder::new().prefix(&prefix), folder);
        let (inner, path, lock, held) = made.map_err(without_name)?;
        if !held || !path.exists() {
            continue;
        }
        register.staged.insert(path.clone());
        return Ok(Staged {
            inner: Some(inner),
            path,
            _lock: lock,
        });
    }
    Err(io::Error::other(
        "another program removes what is written there",
    ))
}

/// An error that does not name what would have been staged, of which nobody knows.
fn without_name(error: io::Error) -> io::Error {
    let text = error.to_string();
    match text.split_once(" at path ") {
        Some((reason, _)) => io::Error::new(error.kind(), reason),
        None => error,
    }
}

/// The longest name of a file on the usual systems, in bytes.
const LONGEST_NAME: usize = 255;

/// The characters that make a staged name unique.
const UNIQUE: usize = 6;

/// What the names of those staged for `name` begin with.
fn prefix(name: &OsStr) -> OsString {
    let name = name.to_string_lossy();
    let room = LONGEST_NAME - ".partial-".len() - UNIQUE;
    let end = name.floor_char_boundary(room);
    [&name[..end], ".partial-"].concat().into()
}

/// Removes what programs that were killed have staged for the same name.
fn remove_left_behind(folder: &Path, prefix: &OsStr) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let unique = name.as_encoded_bytes();
        let Some(unique) = unique.strip_prefix(prefix.as_encoded_bytes()) else {
            continue;
        };
        let is_ours = unique.len() == UNIQUE && unique.iter().all(u8::is_ascii_alphanumeric);
        // Not the kind that a link points to; and a pipe would not open.
        let kind = entry.file_type();
        if !is_ours || !kind.is_ok_and(|kind| kind.is_file() || kind.is_dir()) {
            continue;
        }
        if let Ok(file) = File::open(entry.path())
            && file.try_lock().is_ok()
        {
            remove(&entry.path());
        }
    }
}

/// The folder in which `path` is.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A file that an interrupted program removes, until it holds something.
#[derive(Debug)]
pub(crate) struct Provisional(Option<PathBuf>);

impl Provisional {
    pub(crate) fn new(path: PathBuf) -> io::Result<Self> {
        let mut register = register();
        register.refuse_if_closed()?;
        register.staged.insert(path.clone());
        Ok(Self(Some(path)))
    }

    /// From here on it stays.
    pub(crate) fn keep(&mut self) {
        if let Some(path) = self.0.take() {
            register().staged.remove(&path);
        }
    }
}

impl Drop for Provisional {
    fn drop(&mut self) {
        self.keep();
    }
}

/// The folders above a place that were not there, removed again unless they are kept.
#[derive(Debug)]
pub(crate) struct Parents(Vec<PathBuf>);

impl Parents {
    /// Makes those that are missing.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let mut register = register();
        register.refuse_if_closed()?;
        let missing = parent(path).ancestors();
        let missing = missing.take_while(|folder| !folder.as_os_str().is_empty());
        let missing: Vec<_> = missing
            .take_while(|folder| !folder.exists())
            .map(Path::to_owned)
            .collect();
        let mut made = Self(Vec::new());
        for folder in missing.into_iter().rev() {
            match fs::create_dir(&folder) {
                Ok(()) => {
                    register.parents.insert(folder.clone());
                    made.0.push(folder);
                }
                // Another thread or program was faster.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => {}
                Err(error) => {
                    // Dropped, they ask for it.
                    drop(register);
                    return Err(error);
                }
            }
        }
        Ok(made)
    }

    pub(crate) fn keep(mut self) {
        let mut register = register();
        for folder in self.0.drain(..) {
            register.parents.remove(&folder);
        }
    }
}

impl Drop for Parents {
    fn drop(&mut self) {
        if self.0.is_empty() {
            return;
        }
        let mut register = register();
        for folder in self.0.iter().rev() {
            // One that holds something stays.
            drop(fs::remove_dir(folder));
            register.parents.remove(folder);
        }
    }
}
