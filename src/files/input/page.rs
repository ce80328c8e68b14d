//! Files that were brought into a browser's page.

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use super::too_large;
use crate::files::memory;

/// Whether nothing can be read but what somebody has handed over.
pub const ONLY_WHAT_IS_BROUGHT: bool = true;

/// An open file.
#[derive(Debug)]
pub struct Source(Cursor<Shared>);

/// The bytes of a file, which others have as well.
#[derive(Debug)]
struct Shared(Arc<Vec<u8>>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Read for Source {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read(bytes)
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

/// Opens a file of at most `most` bytes, or says why not.
pub fn open(path: &Path, most: u64) -> Result<Source, String> {
    let Some(bytes) = memory::read(path) else {
        return Err(if memory::has_folder(path) {
            "it is a folder: choose a file".to_owned()
        } else {
            "this page does not have it: drop the file of that name here, or choose it with Ctrl+O"
                .to_owned()
        });
    };
    if bytes.len() as u64 > most {
        return Err(too_large(most));
    }
    Ok(Source(Cursor::new(Shared(bytes))))
}

/// How many bytes a file has.
pub fn size(source: &Source) -> io::Result<u64> {
    Ok(source.0.get_ref().0.len() as u64)
}

/// Whether this is a file.
pub fn is_file(path: &Path) -> bool {
    memory::read(path).is_some()
}

/// Whether this is a folder, out of an archive.
pub fn is_folder(path: &Path) -> bool {
    memory::has_folder(path)
}

/// Whether there is something of that name.
pub fn is_there(path: &Path) -> Option<bool> {
    Some(is_file(path) || is_folder(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_the_page_is_read_like_one_of_a_disk() {
        memory::keep("page.csv", b"a,b".to_vec()).unwrap();
        let path = Path::new("/home/me/page.csv");
        let mut source = open(path, 3).unwrap();
        assert_eq!(size(&source).unwrap(), 3);
        source.seek(SeekFrom::Start(1)).unwrap();
        let mut text = String::new();
        source.read_to_string(&mut text).unwrap();
        assert_eq!(text, ",b");
        assert!(open(path, 2).unwrap_err().contains("more than"));
        assert_eq!(is_there(path), Some(true));
    }

    #[test]
    fn one_that_is_not_there_is_asked_for() {
        let words = open(Path::new("no such page.csv"), 3).unwrap_err();
        assert!(words.contains("drop the file"), "{words}");
    }
}
