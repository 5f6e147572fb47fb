//! Tars from strangers, unpacked: nothing lands outside, nothing is written over, nothing is left of what fails.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use hadal::jobs::Task;
use hadal::source::{ExtractError, Extracted, extract, pack};
use tar::{Builder, EntryType, Header};
use tempfile::TempDir;

/// One entry: type, name, mode, target of a link or content of a file.
type Line<'a> = (EntryType, &'a str, u32, &'a str);

const FILE: EntryType = EntryType::Regular;
const DIR: EntryType = EntryType::Directory;
const SYM: EntryType = EntryType::Symlink;
const HARD: EntryType = EntryType::Link;

/// A tar with names exactly as they are: the crate would not write most of these.
fn tarred(lines: &[Line]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (kind, name, mode, text) in lines {
        let mut header = Header::new_gnu();
        header.set_entry_type(*kind);
        header.set_mode(*mode);
        header.set_mtime(1_000_000_000);
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        let content = if *kind == FILE { text.as_bytes() } else { b"" };
        if *kind != FILE {
            header.as_old_mut().linkname[..text.len()].copy_from_slice(text.as_bytes());
        }
        header.set_size(content.len() as u64);
        header.set_cksum();
        builder.append(&header, content).unwrap();
    }
    builder.into_inner().unwrap()
}

fn unpack(tar: &[u8], to: &Path, rooted: bool) -> Result<Extracted, ExtractError> {
    extract(tar, to, rooted, &Task::new())
}

/// Names of everything below a folder, links not followed.
fn names(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        for entry in fs::read_dir(&path).unwrap() {
            let path = entry.unwrap().path();
            names.push(path.strip_prefix(folder).unwrap().display().to_string());
            if fs::symlink_metadata(&path).unwrap().is_dir() {
                open.push(path);
            }
        }
    }
    names.sort();
    names
}

#[test]
fn nothing_lands_outside_and_nothing_is_left_of_a_refusal() {
    let hostile: [&[Line]; 9] = [
        &[(FILE, "../evil", 0o644, "x")],
        &[(FILE, "a/../../evil", 0o644, "x")],
        &[(FILE, "/evil", 0o644, "x")],
        &[(DIR, "a", 0o755, ""), (FILE, "a/..", 0o644, "x")],
        &[(SYM, "a", 0o777, ".."), (FILE, "a/evil", 0o644, "x")],
        &[(SYM, "a", 0o777, "/"), (DIR, "a/evil", 0o755, "")],
        &[(SYM, "a", 0o777, ".."), (SYM, "a/evil", 0o777, "x")],
        &[(FILE, "a", 0o644, "x"), (FILE, "a/b", 0o644, "x")],
        &[(FILE, "a/b", 0o644, "x"), (HARD, "a/c", 0o644, "../../evil")],
    ];
    for lines in hostile {
        let place = TempDir::new().unwrap();
        let to = place.path().join("to");
        fs::create_dir(&to).unwrap();
        let error = unpack(&tarred(lines), &to, false).unwrap_err();
        assert!(
            matches!(error, ExtractError::Outside(_) | ExtractError::Through { .. }),
            "{lines:?}: {error}"
        );
        assert_eq!(names(place.path()), ["to"], "{lines:?}");
    }
}

#[test]
fn links_are_made_last_and_lead_wherever_they_say() {
    let place = TempDir::new().unwrap();
    let outside = place.path().join("outside");
    fs::write(&outside, "kept").unwrap();
    let to = place.path().join("to");
    fs::create_dir(&to).unwrap();
    let target = outside.to_str().unwrap();
    // A link, then a file of the same name: the file is a file, and what the link meant is untouched.
    let tar = tarred(&[
        (DIR, "d", 0o755, ""),
        (SYM, "d/a", 0o777, target),
        (FILE, "d/a", 0o644, "new"),
        (SYM, "d/b", 0o777, target),
        (HARD, "d/c", 0o644, "d/a"),
        (HARD, "d/e", 0o644, "d/b"),
        (HARD, "d/f", 0o644, "d/nothing"),
    ]);
    let done = unpack(&tar, &to, false).unwrap();
    assert_eq!(fs::read_to_string(&outside).unwrap(), "kept");
    assert_eq!(names(&to), ["d", "d/a", "d/b", "d/c", "d/e"]);
    assert!(fs::symlink_metadata(to.join("d/a")).unwrap().is_file());
    assert_eq!(fs::read_link(to.join("d/b")).unwrap(), outside);
    assert_eq!(fs::read_link(to.join("d/e")).unwrap(), outside);
    let inode = |name: &str| fs::metadata(to.join(name)).unwrap().ino();
    assert_eq!(inode("d/a"), inode("d/c"));
    assert_eq!(done.skipped, ["d/f (a hard link to d/nothing, which is not in the archive)"]);
}

#[test]
fn what_is_there_stays_as_it_is() {
    let place = TempDir::new().unwrap();
    let there = place.path().join("there");
    for (lines, make) in [
        ([(FILE, "there", 0o644, "new")].as_slice(), "file"),
        (&[(DIR, "there", 0o755, ""), (FILE, "there/x", 0o644, "new")], "folder"),
        (&[(SYM, "there", 0o777, "new")], "link"),
        (&[(FILE, "other", 0o644, "new"), (FILE, "there", 0o644, "new")], "file"),
    ] {
        match make {
            "file" => fs::write(&there, "old").unwrap(),
            "folder" => fs::create_dir(&there).unwrap(),
            // It leads nowhere, and would be written through all the same.
            _ => std::os::unix::fs::symlink("nowhere", &there).unwrap(),
        }
        let error = unpack(&tarred(lines), place.path(), false).unwrap_err();
        assert!(matches!(&error, ExtractError::Exists(path) if path == &there), "{error}");
        assert_eq!(names(place.path()), ["there"]);
        if make == "folder" { fs::remove_dir(&there).unwrap() } else { fs::remove_file(&there).unwrap() }
    }
}

#[test]
fn permissions_are_sane_and_devices_are_left_out() {
    let place = TempDir::new().unwrap();
    let tar = tarred(&[
        (DIR, "d", 0o7000, ""),
        (FILE, "d/suid", 0o6755, "x"),
        (FILE, "d/none", 0o000, "x"),
        (EntryType::Char, "d/null", 0o666, ""),
        (EntryType::Block, "d/disk", 0o666, ""),
        (EntryType::Fifo, "d/pipe", 0o666, ""),
    ]);
    let done = unpack(&tar, place.path(), false).unwrap();
    let mode = |name: &str| fs::metadata(place.path().join(name)).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode("d"), mode("d/suid") & 0o7000, mode("d/none")), (0o700, 0, 0o600));
    assert_eq!((done.files, done.bytes, done.skipped_count), (2, 2, 3));
    assert_eq!(done.skipped, ["d/null (a device)", "d/disk (a device)", "d/pipe (a named pipe)"]);
    let time = |name: &str| fs::metadata(place.path().join(name)).unwrap().mtime();
    assert_eq!((time("d"), time("d/suid")), (1_000_000_000, 1_000_000_000));
}

#[test]
fn what_is_cut_short_leaves_nothing() {
    let whole =
        tarred(&[(DIR, "d", 0o755, ""), (FILE, "d/a", 0o644, &"x".repeat(3000)), (FILE, "d/b", 0o644, "y")]);
    for cut in [600, 1024, 2000, 4000, 5000] {
        let place = TempDir::new().unwrap();
        let error = unpack(&whole[..cut], place.path(), false);
        if let Ok(done) = error {
            // Between two entries a tar may as well end.
            assert!(cut % 512 == 0 && done.files < 2, "{cut}: {done:?}");
        } else {
            assert_eq!(names(place.path()), [""; 0], "{cut}");
        }
    }
    let place = TempDir::new().unwrap();
    let task = Task::new();
    task.cancel();
    assert!(extract(&*whole, place.path(), false, &task).is_err());
    assert_eq!(names(place.path()), [""; 0]);
    assert!(unpack(&whole, &place.path().join("missing"), false).is_err());
}

#[test]
fn a_whole_file_system_is_written_below_its_folder() {
    let place = TempDir::new().unwrap();
    let tar = tarred(&[(DIR, "/", 0o755, ""), (DIR, "/bin/", 0o755, ""), (FILE, "/bin/sh", 0o755, "x")]);
    let done = unpack(&tar, place.path(), true).unwrap();
    assert_eq!(names(place.path()), ["bin", "bin/sh"]);
    assert_eq!(done.tops, [place.path().join("bin")]);
}

#[test]
fn what_is_packed_comes_out_the_same() {
    let place = TempDir::new().unwrap();
    let from = place.path().join("from");
    let long = "n".repeat(150);
    fs::create_dir_all(from.join("deep").join(&long)).unwrap();
    fs::write(from.join("deep").join(&long).join("file"), vec![7; 100_000]).unwrap();
    fs::write(from.join("one"), "1").unwrap();
    fs::hard_link(from.join("one"), from.join("two")).unwrap();
    std::os::unix::fs::symlink("one", from.join("link")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(from.join("socket")).unwrap();
    let mut tar = Vec::new();
    let packed = pack(&from, &mut tar, &Task::new()).unwrap();
    assert_eq!((packed.files, packed.bytes, packed.skipped), (3, 100_001, 1));
    let to = place.path().join("to");
    fs::create_dir(&to).unwrap();
    unpack(&tar, &to, false).unwrap();
    fs::remove_file(from.join("socket")).unwrap();
    assert_eq!(names(&to.join("from")), names(&from));
    let inode = |name: &str| fs::metadata(to.join("from").join(name)).unwrap().ino();
    assert_eq!(inode("one"), inode("two"));
    assert_eq!(fs::read_link(to.join("from/link")).unwrap(), Path::new("one"));
    assert!(
        pack(&place.path().join("missing"), Vec::new(), &Task::new())
            .unwrap_err()
            .to_string()
            .contains("missing")
    );
}
