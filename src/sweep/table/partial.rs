//! The finished cells of a sweep that is not: a file beside its table with `.partial` behind the name.
//!
//! The first line is the sweep itself; every other line is a cell, appended in one write. Every line begins
//! with a checksum; that of a cell covers the sweep as well. What is read back is therefore what this sweep has
//! written, or nothing: a last line that was cut off is a cell that is not finished, and is cut off
//! altogether; a line that was changed, a cell that the sweep does not have, a cell that is there twice are
//! passed over, counted, and the cells run again. The table does not depend on which cells were run when, so to run
//! them again is always right, and refusing the whole file would lose what is whole in it.
//!
//! A file of that name that no sweep has written is never touched.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use crc32fast::Hasher;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::TableError;
use crate::files::{self, Provisional};
use crate::sweep::summary::Tally;

/// What the first line begins with, by which a file is known to be a sweep's.
const MAGIC: &str = "implicit-bias-lab sweep ";

/// Bytes of a first line that are read, 64 MB: more than a recipe has.
const LONGEST_FIRST: u64 = 64 << 20;

/// A cell.
#[derive(Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) cell: u64,
    pub(super) tally: Tally,
    pub(super) rows: String,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Partial {
    pub(super) path: PathBuf,
    file: File,
    /// What the checksum of a cell begins with: the sweep's.
    seed: u32,
    /// Where the line of each finished cell begins, and its length.
    pub(super) lines: BTreeMap<u64, (u64, u64)>,
    /// Where the next one begins.
    end: u64,
    /// Lines that were passed over.
    pub(super) damaged: usize,
    /// Whether it is this sweep's, and may be removed.
    owned: bool,
    /// What an interruption removes while there is no cell in it.
    empty: Option<Provisional>,
}

/// Whose a file is.
#[derive(Debug, PartialEq, Eq)]
enum Owner {
    This,
    /// A sweep's that has finished no cell, or nobody's: it keeps nobody from beginning.
    Nobody,
    Another,
    /// No sweep has written it.
    Foreign,
}

impl Partial {
    /// Opens the file beside `out` and finds the finished cells, which are handed to `each`. With `force` drops what another sweep has left.
    pub(super) fn open(
        out: &Path,
        description: &str,
        is_mine: impl Fn(u64) -> bool,
        force: bool,
        each: impl FnMut(&Line),
    ) -> Result<Self, TableError> {
        let path = beside(out);
        let failed = |source| TableError::Io {
            path: path.clone(),
            source,
        };
        files::refuse_what_is_no_file(&path).map_err(failed)?;
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(&path).map_err(failed)?;
        // Where locks are not supported, the user must take care.
        if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
            return Err(TableError::Busy(path));
        }
        let mut partial = Self {
            path: path.clone(),
            file,
            seed: crc32fast::hash(description.as_bytes()),
            lines: BTreeMap::new(),
            end: 0,
            damaged: 0,
            owned: false,
            empty: None,
        };
        let first = first_line(description);
        match partial.owner(&first).map_err(failed)? {
            Owner::This => {
                partial.end = first.len() as u64;
                partial.find(is_mine, each).map_err(failed)?;
            }
            Owner::Another if !force => return Err(TableError::Another(path)),
            Owner::Foreign => return Err(TableError::Foreign(path)),
            Owner::Nobody | Owner::Another => {}
        }
        partial.owned = true;
        partial.start(&first).map_err(failed)?;
        Ok(partial)
    }

    /// Whose it is, if its first line should be `mine`.
    fn owner(&self, mine: &str) -> io::Result<Owner> {
        let mut reader = BufReader::new(&self.file);
        let mut line = Vec::new();
        let mut bounded = (&mut reader).take(LONGEST_FIRST);
        bounded.read_until(b'\n', &mut line)?;
        if line == mine.as_bytes() {
            return Ok(Owner::This);
        }
        let is_whole = line.ends_with(b"\n");
        if !line.starts_with(MAGIC.as_bytes()) {
            let was_cut = !is_whole && MAGIC.as_bytes().starts_with(&line);
            return Ok(if was_cut {
                Owner::Nobody
            } else {
                Owner::Foreign
            });
        }
        if !is_whole {
            return Ok(Owner::Nobody);
        }
        let rest = &line[MAGIC.len()..line.len() - 1];
        let is_intact = checked(rest, Hasher::new()).is_some();
        line.clear();
        reader.read_until(b'\n', &mut line)?;
        let has_cells = line.ends_with(b"\n");
        Ok(if is_intact && !has_cells {
            Owner::Nobody
        } else {
            Owner::Another
        })
    }

    /// Finds the finished cells, behind the first line.
    fn find(
        &mut self,
        is_mine: impl Fn(u64) -> bool,
        mut each: impl FnMut(&Line),
    ) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.end))?;
        let mut reader = BufReader::new(&self.file);
        let mut text = Vec::new();
        loop {
            text.clear();
            let length = reader.read_until(b'\n', &mut text)? as u64;
            if text.pop() != Some(b'\n') {
                return Ok(());
            }
            let line = line_in(&text, self.seed);
            let line = line.filter(|line| is_mine(line.cell));
            match line.filter(|line| !self.lines.contains_key(&line.cell)) {
                Some(line) => {
                    self.lines.insert(line.cell, (self.end, length));
                    each(&line);
                }
                None => self.damaged += 1,
            }
            self.end += length;
        }
    }

    /// Cuts off what is not finished, and says in an empty file which sweep it is of.
    fn start(&mut self, first: &str) -> io::Result<()> {
        if self.end == 0 {
            self.empty = Some(Provisional::new(self.path.clone())?);
        }
        self.file.set_len(self.end)?;
        self.file.seek(SeekFrom::Start(self.end))?;
        if self.end == 0 {
            self.file.write_all(first.as_bytes())?;
            self.end = first.len() as u64;
        }
        Ok(())
    }

    /// Appends a cell. It is safe once this returns.
    pub(super) fn append(&mut self, line: &Line) -> io::Result<()> {
        // The JSON of a string holds no line break.
        let json = json!(line).to_string();
        let checksum = sum(json.as_bytes(), Hasher::new_with_initial(self.seed));
        let text = format!("{checksum:08x} {json}\n");
        self.file.write_all(text.as_bytes())?;
        self.empty = None;
        let length = text.len() as u64;
        self.lines.insert(line.cell, (self.end, length));
        self.end += length;
        Ok(())
    }

    /// Hands out the finished cells in their order.
    pub(super) fn for_each(
        &mut self,
        mut each: impl FnMut(&Line) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut text = Vec::new();
        for (start, length) in self.lines.values() {
            self.file.seek(SeekFrom::Start(*start))?;
            text.resize(*length as usize, 0);
            self.file.read_exact(&mut text)?;
            text.pop();
            let line = line_in(&text, self.seed);
            let changed = || io::Error::other("another program has changed its finished cells");
            each(&line.ok_or_else(changed)?)?;
        }
        Ok(())
    }

    /// Removes the file, of which nothing is needed any more.
    pub(super) fn remove(mut self) -> io::Result<()> {
        self.owned = false;
        fs::remove_file(&self.path)
    }
}

impl Drop for Partial {
    /// Leaves no file behind that holds nothing.
    fn drop(&mut self) {
        if self.owned && self.lines.is_empty() && self.damaged == 0 {
            // A file that cannot be removed does no harm.
            drop(fs::remove_file(&self.path));
        }
    }
}

/// Where the finished cells of a table are kept that is not finished.
pub(super) fn beside(out: &Path) -> PathBuf {
    let mut name = out.file_name().map_or_else(OsString::new, OsString::from);
    name.push(".partial");
    out.with_file_name(name)
}

pub(super) fn first_line(description: &str) -> String {
    let checksum = crc32fast::hash(description.as_bytes());
    format!("{MAGIC}{checksum:08x} {description}\n")
}

fn sum(bytes: &[u8], mut hasher: Hasher) -> u32 {
    hasher.update(bytes);
    hasher.finalize()
}

/// What stands behind a checksum and a space, if it is what the checksum was made of.
fn checked(text: &[u8], hasher: Hasher) -> Option<&[u8]> {
    let (checksum, rest) = text.split_at_checked(8)?;
    let rest = rest.strip_prefix(b" ")?;
    let expected = format!("{:08x}", sum(rest, hasher));
    (checksum == expected.as_bytes()).then_some(rest)
}

fn line_in(text: &[u8], seed: u32) -> Option<Line> {
    let json = checked(text, Hasher::new_with_initial(seed))?;
    serde_json::from_slice(json).ok()
}
