//! Reading what somebody names: regular files, up to a limit.
//!
//! On a disk, pipes and devices have no end and may wait for ever; what a kernel shows as files changes under the
//! reader, and some of it waits, too. In a browser's page there are the files that were brought into it.

#[cfg(not(target_arch = "wasm32"))]
mod disk;
#[cfg(any(target_arch = "wasm32", test))]
#[cfg_attr(
    test,
    expect(
        clippy::unnecessary_wraps,
        reason = "a disk can refuse, and has the same interface"
    )
)]
pub mod page;

use std::io::Read as _;
use std::path::Path;

#[cfg(not(target_arch = "wasm32"))]
pub use disk::{ONLY_WHAT_IS_BROUGHT, Source, is_file, is_folder, is_there, open, size};
#[cfg(target_arch = "wasm32")]
pub use page::{ONLY_WHAT_IS_BROUGHT, Source, is_file, is_folder, is_there, open, size};

/// Reads a regular file, or says why not.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut file = open(path, most)?.take(most + 1);
    let read = file.read_to_end(&mut bytes);
    read.map_err(|error| error.to_string())?;
    // It may have grown since.
    if bytes.len() as u64 > most {
        return Err(too_large(most));
    }
    Ok(bytes)
}

/// Reads the beginning of a regular file, all of it if it is no larger.
pub fn read_beginning(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = open(path, u64::MAX)?.take(most).read_to_end(&mut bytes);
    read.map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// That a file is larger than is read.
pub fn too_large(most: u64) -> String {
    format!("it holds more than {} MB", most >> 20)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn regular_files_are_read_up_to_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, [7; 100]).unwrap();
        assert_eq!(read(&path, 100).unwrap(), [7; 100]);
        assert_eq!(is_there(&path), Some(true));
        assert_eq!(is_there(&folder.path().join("b")), Some(false));
        let error = read(&path, 99).unwrap_err();
        assert!(error.contains("more than"), "{error}");
        assert!(open(folder.path(), 100).unwrap_err().contains("a folder"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_has_no_end_or_may_wait_for_ever_is_not_opened() {
        for (path, reason) in [
            ("/dev/zero", "a pipe or a device"),
            ("/dev/tty", "a pipe or a device"),
            ("/proc/self/environ", "belongs to the system"),
            ("/proc/self/root/proc/self/mem", "belongs to the system"),
        ] {
            let error = open(Path::new(path), 100).unwrap_err();
            assert!(error.contains(reason), "{path}: {error}");
        }
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("table.csv");
        std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
        let error = open(&link, 100).unwrap_err();
        assert!(error.contains("a device"), "{error}");
        let fifo = folder.path().join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status();
        if made.is_ok_and(|made| made.success()) {
            let error = open(&fifo, 100).unwrap_err();
            assert!(error.contains("a pipe"), "{error}");
        }
    }
}
