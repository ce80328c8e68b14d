use std::io::Read as _;

use zip::ZipArchive;

use super::*;

static TAKEN: Mutex<BTreeMap<String, Vec<u8>>> = Mutex::new(BTreeMap::new());

fn taken(name: &str) -> Option<Vec<u8>> {
    hand_to(|name, bytes| {
        TAKEN
            .lock()
            .unwrap()
            .insert(name.to_owned(), bytes.to_owned());
        Ok(())
    });
    TAKEN.lock().unwrap().remove(name)
}

#[test]
fn a_file_is_handed_over_whole_or_not_at_all() {
    assert_eq!(taken("a.txt"), None);
    let half = |file: &mut dyn Write| {
        file.write_all(b"half")?;
        Err(io::Error::other("no more"))
    };
    let error = NewFile::at(Path::new("a.txt")).unwrap().fill(half);
    assert!(error.unwrap_err().to_string().contains("a.txt"));
    assert_eq!(taken("a.txt"), None);
    let file = NewFile::at(Path::new("a.txt")).unwrap();
    file.fill(|file| file.write_all(b"whole")).unwrap();
    assert_eq!(taken("a.txt").unwrap(), b"whole");
}

#[test]
fn a_folder_is_an_archive_of_its_files() {
    assert_eq!(taken("run of two.zip"), None);
    let folder = NewFolder::at(Path::new("run of two.zip")).unwrap();
    let mut spool = folder.spool().unwrap();
    spool.write_all(b"on the way").unwrap();
    drop(spool);
    let mut entry = folder.create("b.npz").unwrap();
    entry.write_all(b"0123").unwrap();
    entry.seek(SeekFrom::Start(1)).unwrap();
    entry.write_all(b"x").unwrap();
    drop(entry);
    folder.create("a.json").unwrap().write_all(b"{}").unwrap();
    assert_eq!(folder.bytes.load(Ordering::Relaxed), 6);
    folder.publish().unwrap();
    let archive = taken("run of two.zip").unwrap();
    let mut archive = ZipArchive::new(Cursor::new(archive)).unwrap();
    let mut found = BTreeMap::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        found.insert(file.name().unwrap().to_string(), bytes);
    }
    let expected = [
        ("run of two/a.json", &b"{}"[..]),
        ("run of two/b.npz", b"0x23"),
    ];
    let expected = expected.map(|(name, bytes)| (name.to_owned(), bytes.to_vec()));
    assert_eq!(found, expected.into());
}

#[test]
fn what_memory_has_no_room_for_is_refused_in_words() {
    let folder = NewFolder::at(Path::new("large")).unwrap();
    folder.bytes.store(limits::DOWNLOAD, Ordering::Relaxed);
    let error = folder.spool().unwrap().write_all(b"1").unwrap_err();
    assert!(error.to_string().contains("more than 1024 MB"), "{error}");
}

#[test]
fn names_have_no_folders_and_nothing_that_a_system_has_not() {
    assert_eq!(name_of("fig-2-plots.png"), "fig-2-plots.png");
    assert_eq!(name_of(" ../a/b: c?.png "), "-a-b- c-.png");
    assert_eq!(name_of("..."), "run");
    assert_eq!(name_of("β → ∞.svg"), "β → ∞.svg");
}
