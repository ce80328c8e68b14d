//! Files and folders that are handed over whole, where there is no disk: made in memory, a folder as one archive.
//!
//! Whoever takes them is named once ([`hand_to`]).

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{WriteError, limits};

/// Whether a file can be given another one beside it.
pub const HAS_FOLDERS: bool = false;

/// What the name of a folder ends with.
pub const FOLDER_EXTENSION: &str = "zip";

/// Takes a whole file by its name, or says why not.
pub type Take = fn(&str, &[u8]) -> io::Result<()>;

static TAKE: OnceLock<Take> = OnceLock::new();

/// Names who takes what is written, for as long as the program runs: whoever is named first.
pub fn hand_to(take: Take) {
    TAKE.get_or_init(|| take);
}

fn hand_over(name: &str, bytes: &[u8]) -> io::Result<()> {
    let nobody = || io::Error::other("nobody takes files here");
    TAKE.get().ok_or_else(nobody)?(name, bytes)
}

/// The name under which something is handed over that is asked for by this text: without folders and what systems do not
/// have in names.
pub fn name_of(asked: &str) -> String {
    let is_odd = |c: char| {
        c.is_control() || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
    };
    let name: String = asked
        .chars()
        .map(|c| if is_odd(c) { '-' } else { c })
        .collect();
    let name = name.trim_matches([' ', '.']);
    if name.is_empty() {
        "run".to_owned()
    } else {
        name.to_owned()
    }
}

fn name_at(path: &Path) -> String {
    name_of(&path.to_string_lossy())
}

/// A file that is to be.
#[derive(Debug)]
pub struct NewFile {
    path: PathBuf,
}

impl NewFile {
    /// Begins it. Any name will do.
    pub fn at(path: &Path) -> Result<Self, WriteError> {
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// Writes it and hands it over.
    pub fn fill(
        self,
        fill: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    ) -> Result<(), WriteError> {
        let mut bytes = Vec::new();
        let done = fill(&mut bytes).and_then(|()| hand_over(&name_at(&self.path), &bytes));
        done.map_err(|source| WriteError {
            path: self.path,
            source,
        })
    }
}

type Entries = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// A folder that is to be.
#[derive(Debug)]
pub struct NewFolder {
    name: String,
    entries: Entries,
    /// Bytes of all that is in memory for it.
    bytes: Arc<AtomicU64>,
}

impl NewFolder {
    /// Begins it. Any name will do.
    pub fn at(out: &Path) -> io::Result<Self> {
        let name = name_at(out);
        let stem = name.strip_suffix(".zip").unwrap_or(&name);
        Ok(Self {
            name: stem.to_owned(),
            entries: Entries::default(),
            bytes: Arc::default(),
        })
    }

    /// Makes a file in it.
    pub fn create(&self, name: &str) -> io::Result<Entry> {
        Ok(Entry {
            name: name.to_owned(),
            spool: self.spool()?,
            entries: self.entries.clone(),
        })
    }

    /// Makes room for what is not to stay.
    pub fn spool(&self) -> io::Result<Spool> {
        Ok(Spool {
            cursor: Cursor::default(),
            bytes: self.bytes.clone(),
        })
    }

    /// Hands it over, as an archive with a folder of its name in it.
    pub fn publish(self) -> io::Result<()> {
        let entries = std::mem::take(&mut *lock(&self.entries));
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        // Pictures and archives, which do not become smaller.
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        for (name, bytes) in entries {
            archive.start_file(format!("{}/{name}", self.name), options)?;
            archive.write_all(&bytes)?;
        }
        let archive = archive.finish()?.into_inner();
        hand_over(&format!("{}.{FOLDER_EXTENSION}", self.name), &archive)
    }
}

fn lock(entries: &Entries) -> std::sync::MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
    entries.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file in a new folder, being written; it is in it once this is dropped.
#[derive(Debug)]
pub struct Entry {
    name: String,
    spool: Spool,
    entries: Entries,
}

impl Write for Entry {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.spool.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Entry {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.spool.seek(to)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        // They count for as long as the folder is there: an empty spool takes nothing back.
        let bytes = std::mem::take(self.spool.cursor.get_mut());
        lock(&self.entries).insert(std::mem::take(&mut self.name), bytes);
    }
}

/// Numbers on their way, which have no name and are gone with their handle.
#[derive(Debug)]
pub struct Spool {
    cursor: Cursor<Vec<u8>>,
    /// Bytes of the whole folder.
    bytes: Arc<AtomicU64>,
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let before = self.cursor.get_ref().len();
        let end = self.cursor.position() as usize + bytes.len();
        let more = end.saturating_sub(before) as u64;
        if self.bytes.load(Ordering::Relaxed) + more > limits::DOWNLOAD {
            return Err(io::Error::other(format!(
                "{}, the most that a browser's page makes: use the program for the desktop",
                super::input::too_large(limits::DOWNLOAD)
            )));
        }
        self.bytes.fetch_add(more, Ordering::Relaxed);
        self.cursor.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Spool {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.cursor.read(bytes)
    }
}

impl Seek for Spool {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.cursor.seek(to)
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        let bytes = self.cursor.get_ref().len() as u64;
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// Whether a new folder cannot have this name: the browser finds another one then.
pub fn is_taken(_folder: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests;
