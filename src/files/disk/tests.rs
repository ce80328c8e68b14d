use super::*;
use crate::files::{write, write_with};

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

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
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(names(folder.path()), ["a.txt"]);
    write(&path, b"new").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
}

#[test]
fn missing_folders_are_made_and_removed_if_nothing_comes_of_it() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("no/such/folder.txt");
    let failed = write_with(&path, |_| Err(io::Error::other("no more")));
    assert!(failed.is_err());
    drop(NewFolder::at(&home.path().join("neither/this")).unwrap());
    assert!(names(home.path()).is_empty());
    // A file is in the way of a folder.
    write(&home.path().join("file"), b"").unwrap();
    assert!(write(&home.path().join("file/below/a.txt"), b"").is_err());
    assert!(NewFile::at(&home.path().join("..")).is_err());
    assert_eq!(names(home.path()), ["file"]);
    write(&path, b"x").unwrap();
    assert_eq!(names(&home.path().join("no/such")), ["folder.txt"]);
}

#[test]
fn a_folder_is_whole_under_its_name_or_not_there() {
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("new/frames");
    let staging = NewFolder::at(&out).unwrap();
    fs::write(staging.path().join("1"), b"one").unwrap();
    assert!(!is_taken(&out));
    drop(staging);
    assert!(names(home.path()).is_empty());
    let staging = NewFolder::at(&out).unwrap();
    fs::write(staging.path().join("1"), b"one").unwrap();
    staging.publish().unwrap();
    assert!(is_taken(&out) && is_taken(&out.join("1")));
    assert_eq!(fs::read(out.join("1")).unwrap(), b"one");
    let again = NewFolder::at(&out).unwrap();
    fs::write(again.path().join("2"), b"two").unwrap();
    again.publish_among_others().unwrap();
    assert_eq!(names(&out), ["1", "2"]);
    assert_eq!(names(&home.path().join("new")), ["frames"]);
}

#[test]
fn what_a_killed_program_has_staged_is_removed_by_the_next_of_that_name_and_nothing_else_is() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    fs::create_dir(at("run.partial-abc123")).unwrap();
    fs::write(at("run.partial-abc123/arrays.npz"), b"half").unwrap();
    fs::write(at("run.partial-XYZ789"), b"half").unwrap();
    let others = [
        "run.partial",
        "run.partial-",
        "run.partial-abc12",
        "run.partial-abc1234",
        "run.partial-abc12.",
        "other.partial-abc123",
        "my run.partial-abc123",
    ];
    for name in others {
        fs::write(at(name), b"mine").unwrap();
    }
    let alive = NewFile::at(&at("run")).unwrap();
    let staged = alive.staged.path().to_owned();
    assert!(!at("run.partial-abc123").exists() && !at("run.partial-XYZ789").exists());
    // A second one of the same name is no reason to remove the first, whose program lives.
    drop(NewFolder::at(&at("run")).unwrap());
    assert!(staged.exists());
    alive.fill(|file| file.write_all(b"whole")).unwrap();
    assert_eq!(fs::read(at("run")).unwrap(), b"whole");
    assert_eq!(names(home.path()).len(), 1 + others.len());
}

#[test]
fn a_name_may_be_as_long_as_the_system_takes() {
    let home = tempfile::tempdir().unwrap();
    let name = "β".repeat(127);
    write(&home.path().join(&name), b"x").unwrap();
    assert_eq!(names(home.path()), [name]);
}

#[cfg(unix)]
mod on_unix {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_new_has_the_mode_of_any_new_file_and_what_is_replaced_passes_its_own_on() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        fs::write(at("plain"), b"").unwrap();
        fs::create_dir(at("plain folder")).unwrap();
        write(&at("file"), b"").unwrap();
        NewFolder::at(&at("folder")).unwrap().publish().unwrap();
        assert_eq!(mode(&at("file")), mode(&at("plain")));
        assert_eq!(mode(&at("folder")), mode(&at("plain folder")));
        for wanted in [0o600, 0o640, 0o755, 0o444] {
            fs::set_permissions(at("file"), fs::Permissions::from_mode(wanted)).unwrap();
            write(&at("file"), b"new").unwrap();
            assert_eq!(mode(&at("file")), wanted);
        }
    }

    #[test]
    fn links_pipes_and_devices_are_refused_before_the_work() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        fs::write(at("file"), b"mine").unwrap();
        fs::create_dir(at("folder")).unwrap();
        symlink(at("file"), at("link")).unwrap();
        symlink(at("folder"), at("link to a folder")).unwrap();
        symlink(at("nothing"), at("dangling")).unwrap();
        let refused = |path: &Path, why: &str| {
            let as_file = NewFile::at(path).unwrap_err().to_string();
            assert!(as_file.contains(why), "{as_file}");
            let as_folder = NewFolder::at(path).unwrap_err().to_string();
            assert!(as_folder.contains(why), "{as_folder}");
        };
        for link in ["link", "link to a folder", "dangling"] {
            refused(&at(link), "symbolic link");
        }
        refused(Path::new("/dev/null"), "device");
        let socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        refused(&at("socket"), "pipe");
        drop(socket);
        assert!(NewFile::at(&at("folder")).is_err());
        assert!(NewFolder::at(&at("file")).is_err());
        // Nobody, not even root, makes a file there.
        assert!(NewFile::at(Path::new("/proc/a.txt")).is_err());
        assert!(NewFolder::at(Path::new("/proc/a")).is_err());
        assert_eq!(fs::read(at("file")).unwrap(), b"mine");
        assert_eq!(names(home.path()).len(), 6);
    }

    #[test]
    fn a_full_disk_is_said_and_leaves_nothing() {
        // Every write to it says that there is no room left.
        let full = || fs::File::options().write(true).open("/dev/full");
        let Ok(_) = full() else { return };
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a.txt");
        let failed = write_with(&path, |_| full()?.write_all(b"x"));
        let message = failed.unwrap_err().to_string();
        assert!(message.contains("No space left"), "{message}");
        assert!(names(home.path()).is_empty());
    }
}
