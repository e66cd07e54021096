//! Which key files are taken, which are refused and why, and how a new one comes to be.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use callab_vault::{KeyTextError, MasterKeys, MasterKeysError};
use secrecy::ExposeSecret;
use tempfile::TempDir;

/// A key pair published in the tests of the `age` crate, and so as secret as this file.
const IDENTITY: &str = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";
const RECIPIENT: &str = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";

fn key_file(folder: &TempDir, text: &[u8], mode: u32) -> PathBuf {
    let path = folder.path().join("master.key");
    fs::write(&path, text).expect("writing a key file");
    fs::set_permissions(&path, Permissions::from_mode(mode)).expect("setting its mode");
    path
}

fn names(keys: &MasterKeys) -> Vec<String> {
    keys.names().map(ToString::to_string).collect()
}

fn files_in(folder: &Path) -> usize {
    fs::read_dir(folder).expect("listing the folder").count()
}

#[test]
fn a_key_is_named_by_its_public_recipient() {
    let keys = MasterKeys::parse(IDENTITY.as_bytes()).unwrap();
    assert_eq!(names(&keys), [RECIPIENT]);
}

#[test]
fn comments_blank_lines_and_windows_line_ends_say_nothing() {
    let text = format!("# created: today\r\n# public key: {RECIPIENT}\r\n\r\n  {IDENTITY}  \r\n#\r\n");
    assert_eq!(names(&MasterKeys::parse(text.as_bytes()).unwrap()), [RECIPIENT]);
}

#[test]
fn the_first_key_is_the_newest() {
    let older = MasterKeys::parse(IDENTITY.as_bytes()).unwrap();
    let newer = MasterKeys::generate();
    let text = format!("{}{IDENTITY}", newer.to_text().expose_secret());
    let both = MasterKeys::parse(text.as_bytes()).unwrap();
    assert_eq!(names(&both), [names(&newer), names(&older)].concat());

    let again = MasterKeys::parse(both.to_text().expose_secret().as_bytes()).unwrap();
    assert_eq!(names(&again), names(&both));
}

#[test]
fn text_that_is_not_a_list_of_identities_is_refused_by_line() {
    for text in ["", "\n\n", "# only a comment\n"] {
        assert_eq!(
            MasterKeys::parse(text.as_bytes()).unwrap_err(),
            KeyTextError::Empty,
            "{text:?}"
        );
    }
    let mistyped = IDENTITY.replace("Q2Y5J33", "Q2Y5J34");
    for second_line in [RECIPIENT, mistyped.as_str(), "hunter2", "AGE-PLUGIN-YUBIKEY-1QGQ"] {
        let text = format!("{IDENTITY}\n{second_line}\n");
        let error = MasterKeys::parse(text.as_bytes()).unwrap_err();
        assert_eq!(error, KeyTextError::NotAnIdentity { line: 2 }, "{second_line}");
        assert!(!error.to_string().contains(second_line));
    }
    assert_eq!(
        MasterKeys::parse(b"#\n\xff\xfe").unwrap_err(),
        KeyTextError::NotAnIdentity { line: 2 }
    );
    assert!(matches!(
        MasterKeys::parse("\n".repeat(70_000).as_bytes()),
        Err(KeyTextError::TooLong { .. })
    ));
}

#[test]
fn a_file_of_its_owner_alone_is_read() {
    let folder = TempDir::new().unwrap();
    for mode in [0o400, 0o600, 0o700] {
        let path = key_file(&folder, IDENTITY.as_bytes(), mode);
        assert_eq!(names(&MasterKeys::read(&path).unwrap()), [RECIPIENT], "{mode:o}");
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_file_open_to_others_is_refused() {
    let folder = TempDir::new().unwrap();
    for mode in [0o640, 0o604, 0o620, 0o644] {
        let path = key_file(&folder, IDENTITY.as_bytes(), mode);
        match MasterKeys::read(&path) {
            Err(MasterKeysError::OpenToOthers { mode: seen, .. }) => assert_eq!(seen, mode),
            other => panic!("{mode:o}: {other:?}"),
        }
    }
}

#[test]
fn a_missing_an_unreadable_and_a_wrong_file_are_told_apart() {
    let folder = TempDir::new().unwrap();
    let missing = folder.path().join("nowhere.key");
    assert!(matches!(MasterKeys::read(&missing), Err(MasterKeysError::Missing { path }) if path == missing));

    let directory = folder.path().join("directory");
    fs::create_dir(&directory).unwrap();
    fs::set_permissions(&directory, Permissions::from_mode(0o700)).unwrap();
    assert!(matches!(
        MasterKeys::read(&directory),
        Err(MasterKeysError::Unreadable { .. })
    ));

    let empty = key_file(&folder, b"", 0o600);
    assert!(matches!(
        MasterKeys::read(&empty),
        Err(MasterKeysError::Unusable {
            source: KeyTextError::Empty,
            ..
        })
    ));

    let long = key_file(&folder, "#".repeat(70_000).as_bytes(), 0o600);
    assert!(matches!(
        MasterKeys::read(&long),
        Err(MasterKeysError::Unusable {
            source: KeyTextError::TooLong { .. },
            ..
        })
    ));
}

#[test]
fn a_new_file_is_its_owners_alone_and_reads_back() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("master.key");
    let made = MasterKeys::generate_file(&path).unwrap();

    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(names(&MasterKeys::read(&path).unwrap()), names(&made));
    assert_eq!(files_in(folder.path()), 1, "the draft is gone");
}

#[test]
fn a_file_that_is_there_is_never_overwritten() {
    let folder = TempDir::new().unwrap();
    let path = key_file(&folder, IDENTITY.as_bytes(), 0o600);
    assert!(matches!(
        MasterKeys::generate_file(&path),
        Err(MasterKeysError::Exists { .. })
    ));
    assert_eq!(fs::read_to_string(&path).unwrap(), IDENTITY);
    assert_eq!(files_in(folder.path()), 1, "the draft is gone");
}

#[test]
fn of_many_that_start_at_once_one_makes_the_file() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("master.key");
    let made: Vec<_> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| MasterKeys::generate_file(&path)))
            .collect();
        starts
            .into_iter()
            .filter_map(|start| start.join().unwrap().ok())
            .collect()
    });
    assert_eq!(made.len(), 1);
    assert_eq!(names(&MasterKeys::read(&path).unwrap()), names(&made[0]));
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("nowhere/master.key");
    assert!(
        matches!(MasterKeys::generate_file(&path), Err(MasterKeysError::NotWritten { path: named, .. }) if named == path)
    );
}
