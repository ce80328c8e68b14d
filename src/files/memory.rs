//! Files that have been brought into a page, where there are no others: by name, for as long as the page is open.
//!
//! A browser tells no file's folder. A path is that of the file of its last name, so that a recipe made elsewhere finds
//! its data; a name with a folder in it is that of a file out of an archive.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::input::too_large;
use super::limits;

/// The files, and how often they have changed.
type Files = (u64, BTreeMap<String, Arc<Vec<u8>>>);

static FILES: Mutex<Files> = Mutex::new((0, BTreeMap::new()));

fn files() -> MutexGuard<'static, Files> {
    FILES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps a file under its name, in the place of one of the same name; or says why not.
pub fn keep(name: &str, bytes: Vec<u8>) -> Result<(), String> {
    refuse_what_is_too_large(bytes.len() as u64)?;
    let mut files = files();
    let others = files.1.iter().filter(|(kept, _)| *kept != name);
    let others: usize = others.map(|(_, bytes)| bytes.len()).sum();
    if others as u64 + bytes.len() as u64 > limits::BROUGHT_IN_ALL {
        return Err(format!(
            "with the files that are in this page already {}: reload the page to begin without them",
            too_large(limits::BROUGHT_IN_ALL)
        ));
    }
    files.0 += 1;
    files.1.insert(name.to_owned(), Arc::new(bytes));
    Ok(())
}

/// Refuses a file that is too large for a page, by its size alone.
pub fn refuse_what_is_too_large(size: u64) -> Result<(), String> {
    if size <= limits::BROUGHT {
        return Ok(());
    }
    Err(format!(
        "{}, the most that a browser's page takes: use the program for the desktop, or fewer rows",
        too_large(limits::BROUGHT)
    ))
}

/// Forgets what is in a folder out of an archive.
pub fn forget_folder(folder: &str) {
    let mut files = files();
    let (before, folder) = (files.1.len(), Path::new(folder));
    files
        .1
        .retain(|name, _| Path::new(name).parent() != Some(folder));
    files.0 += u64::from(files.1.len() != before);
}

/// What is in a file.
pub fn read(path: &Path) -> Option<Arc<Vec<u8>>> {
    let files = files();
    let whole = path.to_str()?;
    let found = files.1.get(whole).or_else(|| files.1.get(file_name(whole)));
    found.cloned()
}

/// Whether it is the folder of a file out of an archive.
pub fn has_folder(path: &Path) -> bool {
    let files = files();
    let mut names = files.1.keys();
    !path.as_os_str().is_empty() && names.any(|name| Path::new(name).parent() == Some(path))
}

/// The last name of a path of whatever system.
pub fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// How often they have changed.
pub fn version() -> u64 {
    files().0
}

/// All of them, as a worker needs them.
pub fn all() -> Vec<(String, Arc<Vec<u8>>)> {
    let files = files();
    let all = files.1.iter();
    all.map(|(name, bytes)| (name.clone(), bytes.clone()))
        .collect()
}

/// Takes all of them over.
pub fn replace(all: Vec<(String, Arc<Vec<u8>>)>) {
    files().1 = all.into_iter().collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_by_its_last_name_wherever_it_was_and_replaced_by_one_of_the_same_name() {
        keep("houses of memory.csv", vec![1]).unwrap();
        for path in [
            "houses of memory.csv",
            "/home/me/houses of memory.csv",
            "C:\\data\\houses of memory.csv",
        ] {
            assert_eq!(*read(Path::new(path)).unwrap(), [1], "{path}");
        }
        assert!(read(Path::new("flats of memory.csv")).is_none());
        let before = version();
        keep("houses of memory.csv", vec![2]).unwrap();
        assert!(version() > before);
        assert_eq!(*read(Path::new("houses of memory.csv")).unwrap(), [2]);
    }

    #[test]
    fn a_folder_is_there_as_long_as_its_files() {
        let folder = Path::new("folder of memory");
        assert!(!has_folder(folder) && !has_folder(Path::new("")));
        keep("folder of memory/dataset.npz", vec![3]).unwrap();
        assert!(has_folder(folder));
        assert!(read(Path::new("folder of memory/dataset.npz")).is_some());
        // Its own only: what lies elsewhere under the same name is another file.
        assert!(read(Path::new("elsewhere/dataset.npz")).is_none());
        forget_folder("folder of memory");
        assert!(!has_folder(folder));
    }

    #[test]
    fn what_is_too_large_is_refused_by_its_size() {
        let words = refuse_what_is_too_large(100 << 20).unwrap_err();
        assert!(words.contains("more than 64 MB"), "{words}");
        assert!(refuse_what_is_too_large(limits::BROUGHT).is_ok());
    }
}
