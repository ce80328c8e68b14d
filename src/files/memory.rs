//! Files that have been brought into a page, where there are no others: by name, for as long as the page is open.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The files, and how often they have changed.
type Files = (u64, BTreeMap<String, Arc<Vec<u8>>>);

static FILES: Mutex<Files> = Mutex::new((0, BTreeMap::new()));

fn files() -> MutexGuard<'static, Files> {
    FILES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps a file under its name, in the place of one of the same name.
pub fn keep(name: &str, bytes: Vec<u8>) {
    let mut files = files();
    files.0 += 1;
    files.1.insert(name.to_owned(), Arc::new(bytes));
}

/// What is in a file.
pub fn read(path: &Path) -> Option<Arc<Vec<u8>>> {
    files().1.get(path.to_str()?).cloned()
}

/// All of them, as a worker needs them, and how often they have changed.
pub fn all() -> (u64, Vec<(String, Arc<Vec<u8>>)>) {
    let files = files();
    let all = files.1.iter();
    (
        files.0,
        all.map(|(name, bytes)| (name.clone(), bytes.clone()))
            .collect(),
    )
}

/// Takes all of them over.
pub fn replace(all: Vec<(String, Arc<Vec<u8>>)>) {
    files().1 = all.into_iter().collect();
}
