//! Where the window keeps what is remembered from one session to the next.
//!
//! The toolkit's own store empties its file before it writes it: a full disk or a power failure would take
//! everything. This one writes a whole file or none. The toolkit's keeps the place of the window alone.
//!
//! What cannot be read is kept aside under another name, so that nothing is lost by starting without it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

use eframe::Storage;

use super::state::Choices;
use crate::files;

/// Bytes of a store at most, 64 MB: more than settings have.
const LARGEST: u64 = 64 << 20;

/// The key of the choices; that of the toolkit's store in older versions as well.
const CHOICES: &str = "choices";

/// See the module.
#[derive(Default)]
pub(super) struct Store {
    /// Nothing if it cannot be kept anywhere.
    path: Option<PathBuf>,
    values: BTreeMap<String, String>,
    /// Whether the file does not have them yet.
    changed: bool,
    writing: Option<JoinHandle<Result<(), String>>>,
    /// Why they could not be written last.
    problem: Option<String>,
}

impl Store {
    /// Reads the store in a folder, and what to say of it if it could not be read.
    pub(super) fn open(folder: &Path) -> (Self, Option<String>) {
        let named = folder.join("settings.json");
        // A link to where it is kept otherwise stays one.
        let path = fs::canonicalize(&named).unwrap_or(named);
        let mut store = Self::default();
        store.path = Some(path.clone());
        match read(&path) {
            Ok(values) => {
                store.values = values;
                let kept = store.get_string(CHOICES).is_some();
                if !kept || eframe::get_value::<Choices>(&store, CHOICES).is_some() {
                    return (store, None);
                }
                store.values.clear();
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return (store, None),
            Err(_unreadable) => {}
        }
        let words = match put_aside(&path) {
            Ok(aside) => format!(
                "The settings of the last session could not be read, and are kept in {}",
                aside.display()
            ),
            Err(error) => {
                store.path = None;
                format!(
                    "The settings in {} can be neither read nor put aside ({error}): those of this session are not \
                     kept",
                    path.display()
                )
            }
        };
        (store, Some(words))
    }

    /// Takes over what an older version has left in the toolkit's store.
    pub(super) fn take_over(&mut self, older: &dyn Storage) {
        if self.values.is_empty()
            && eframe::get_value::<Choices>(older, CHOICES).is_some()
            && let Some(choices) = older.get_string(CHOICES)
        {
            self.values.insert(CHOICES.to_owned(), choices);
        }
    }

    /// Why the settings were not written, once.
    pub(super) fn take_problem(&mut self) -> Option<String> {
        if self.writing.as_ref().is_some_and(JoinHandle::is_finished) {
            self.wait();
        }
        self.problem.take()
    }

    /// Waits for what is being written.
    fn wait(&mut self) {
        let Some(writing) = self.writing.take() else {
            return;
        };
        if let Ok(Err(problem)) = writing.join() {
            self.problem = Some(problem);
            // For the next time.
            self.changed = true;
        }
    }
}

impl Storage for Store {
    fn get_string(&self, key: &str) -> Option<String> {
        self.values.get(key).cloned()
    }

    fn set_string(&mut self, key: &str, value: String) {
        if self.values.get(key) != Some(&value) {
            self.values.insert(key.to_owned(), value);
            self.changed = true;
        }
    }

    fn remove_string(&mut self, key: &str) {
        self.changed |= self.values.remove(key).is_some();
    }

    /// Writes what has changed, on a thread of its own: a home on another machine may take its time.
    fn flush(&mut self) {
        self.wait();
        let Some(path) = self.path.clone().filter(|_| self.changed) else {
            return;
        };
        let values = self.values.clone();
        let write = move || {
            let whole = files::write_with(&path, |file| {
                serde_json::to_writer_pretty(&mut *file, &values).map_err(io::Error::from)?;
                file.write_all(b"\n")
            });
            whole.map_err(|error| format!("The settings are not kept: {error}"))
        };
        let thread = thread::Builder::new().name("settings".to_owned());
        match thread.spawn(write) {
            Ok(writing) => {
                self.writing = Some(writing);
                self.changed = false;
            }
            Err(error) => self.problem = Some(format!("The settings are not kept: {error}")),
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.wait();
    }
}

fn read(path: &Path) -> io::Result<BTreeMap<String, String>> {
    // Neither waits for a pipe nor reads a device.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(serde_json::from_slice(&bytes)?)
}

/// Where the toolkit keeps the place of the window, if its own choice would make it wait: a pipe in the
/// place of its file is put aside, or another file taken.
pub(super) fn of_toolkit(folder: &Path) -> Option<PathBuf> {
    let usual = folder.join("app.ron");
    let is_harmless = fs::metadata(&usual).map_or(true, |found| found.is_file());
    if is_harmless || put_aside(&usual).is_ok() {
        return None;
    }
    Some(folder.join("window.ron"))
}

/// Gives something that cannot be read a name under which nobody looks for it; returns the name.
fn put_aside(path: &Path) -> io::Result<PathBuf> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".unreadable");
    let aside = path.with_file_name(name);
    fs::rename(path, &aside)?;
    Ok(aside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(folder: &Path) -> Store {
        let (mut store, words) = Store::open(folder);
        assert_eq!(words, None);
        eframe::set_value(&mut store, CHOICES, &Choices::default());
        store.flush();
        drop(store);
        let (store, words) = Store::open(folder);
        assert_eq!(words, None);
        assert!(store.get_string(CHOICES).is_some());
        store
    }

    #[test]
    fn settings_that_cannot_be_read_are_kept_aside_and_said() {
        for garbage in [
            "",
            "{\"choices\": \"(dark:fal",
            "{\"choices\": \"(dark:7)\"}\n",
            "[1, 2]",
            "\u{0}\u{0}",
        ] {
            let folder = tempfile::tempdir().unwrap();
            drop(kept(folder.path()));
            let path = folder.path().join("settings.json");
            fs::write(&path, garbage).unwrap();
            let (mut store, words) = Store::open(folder.path());
            let words = words.unwrap();
            assert!(words.contains("settings.json.unreadable"), "{words}");
            assert_eq!(store.get_string(CHOICES), None);
            let aside = folder.path().join("settings.json.unreadable");
            assert_eq!(fs::read_to_string(aside).unwrap(), garbage);
            // And the new ones are kept.
            eframe::set_value(&mut store, CHOICES, &Choices::default());
            store.flush();
            drop(store);
            let (store, words) = Store::open(folder.path());
            assert!(words.is_none() && store.get_string(CHOICES).is_some());
        }
    }

    #[test]
    fn a_failed_write_leaves_the_last_settings_is_said_once_and_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = kept(folder.path());
        let path = store.path.clone().unwrap();
        let before = fs::read(&path).unwrap();
        // Nothing can be made there, whoever tries.
        store.path = Some(PathBuf::from("/dev/null/settings.json"));
        store.set_string("more", "1".to_owned());
        store.flush();
        store.wait();
        let problem = store.take_problem().unwrap();
        assert!(
            problem.starts_with("The settings are not kept"),
            "{problem}"
        );
        assert_eq!(store.take_problem(), None);
        assert_eq!(fs::read(&path).unwrap(), before);
        store.path = Some(path.clone());
        store.flush();
        store.wait();
        assert_ne!(fs::read(&path).unwrap(), before);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_does_not_hang_the_start_and_a_link_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        let socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let (_, words) = Store::open(folder.path());
        assert!(words.unwrap().contains("kept in"));
        drop(socket);
        let toolkits = folder.path().join("app.ron");
        assert_eq!(of_toolkit(folder.path()), None);
        let socket = std::os::unix::net::UnixListener::bind(&toolkits).unwrap();
        assert_eq!(of_toolkit(folder.path()), None);
        assert!(!toolkits.exists(), "put aside");
        drop(socket);
        let elsewhere = tempfile::tempdir().unwrap();
        let target = elsewhere.path().join("mine.json");
        fs::write(&target, "{}").unwrap();
        std::os::unix::fs::symlink(&target, &path).unwrap();
        drop(kept(folder.path()));
        assert!(fs::symlink_metadata(&path).unwrap().is_symlink());
        assert!(fs::read_to_string(&target).unwrap().contains(CHOICES));
    }
}
