//! Where master keys come from, and how a change of them is noticed.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use callab_vault::{FRESH_FOR, KeySource, MasterKeys, MasterKeysError, Vault};
use secrecy::ExposeSecret;
use tempfile::TempDir;

const ROW: &str = "workspace_key/1";

fn identity(keys: &MasterKeys) -> String {
    let text = keys.to_text();
    let last = text.expose_secret().lines().last();
    last.expect("an identity").to_owned()
}

fn names(keys: &MasterKeys) -> Vec<String> {
    keys.names().map(ToString::to_string).collect()
}

fn write(path: &Path, keys: &[&MasterKeys]) {
    let text: String = keys
        .iter()
        .map(|keys| keys.to_text().expose_secret().to_owned())
        .collect();
    fs::write(path, text).expect("writing a key file");
    fs::set_permissions(path, Permissions::from_mode(0o600)).expect("its mode");
}

fn sh(script: &str) -> KeySource {
    KeySource::Command(["/bin/sh", "-c", script].map(str::to_owned).to_vec())
}

#[test]
fn a_setting_holds_keys_separated_by_commas_or_lines() {
    let (new, old) = (MasterKeys::generate(), MasterKeys::generate());
    for between in [",", "\n", " , \n"] {
        let text = format!("{}{between}{}", identity(&new), identity(&old));
        let read = KeySource::Text(text.into()).read().unwrap();
        assert_eq!(names(&read), [names(&new), names(&old)].concat());
    }
    let wrong = KeySource::Text("AGE-SECRET-KEY-1WRONG".into()).read().unwrap_err();
    assert!(matches!(wrong, MasterKeysError::UnusableSetting { .. }));
    assert!(!format!("{wrong:?} {wrong}").contains("1WRONG"));
}

#[test]
fn a_command_prints_the_keys() {
    let keys = MasterKeys::generate();
    let printed = sh(&format!("echo '# a comment'; echo {}", identity(&keys)))
        .read()
        .unwrap();
    assert_eq!(names(&printed), names(&keys));
}

#[test]
fn a_command_that_fails_is_named_and_what_it_printed_is_not_shown() {
    let nowhere = KeySource::Command(vec!["/nowhere/at-all".to_owned()])
        .read()
        .unwrap_err();
    assert!(matches!(&nowhere, MasterKeysError::CommandFailed { program, .. } if program == "/nowhere/at-all"));
    let failed = sh("echo AGE-SECRET-KEY-1HALF; exit 3").read().unwrap_err();
    assert!(matches!(&failed, MasterKeysError::CommandEnded { status, .. } if status.code() == Some(3)));
    let odd = sh("echo AGE-SECRET-KEY-1HALF").read().unwrap_err();
    assert!(matches!(&odd, MasterKeysError::UnusableOutput { .. }));
    for error in [failed, odd] {
        assert!(!format!("{error:?} {error}").contains("1HALF"));
    }
}

fn is_there(process: &str) -> bool {
    let asked = std::process::Command::new("sh")
        .args(["-c", &format!("kill -0 {process}")])
        .stderr(std::process::Stdio::null())
        .status();
    asked.expect("a shell").success()
}

/// A command may end and leave something behind that holds its standard output open: what is to be read never ends then.
#[test]
fn a_command_that_does_not_come_to_an_end_is_ended_with_all_that_it_started() {
    let keys = MasterKeys::generate();
    let folder = TempDir::new().unwrap();
    let left = folder.path().join("left");
    let print = format!("echo {}; sleep 300 & echo $! > {}", identity(&keys), left.display());
    for (how, script) in [
        ("leaves one behind", print.clone()),
        ("waits", format!("{print}; wait")),
    ] {
        let begun = Instant::now();
        let slow = sh(&script).read().unwrap_err();
        assert!(
            matches!(&slow, MasterKeysError::CommandTooSlow { seconds: 10, .. }),
            "{how}: {slow}"
        );
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{how}: {:?}",
            begun.elapsed()
        );
        let process = fs::read_to_string(&left).unwrap();
        // It is there until somebody asks how it ended.
        let until = Instant::now() + Duration::from_secs(5);
        while is_there(process.trim()) && !is_zombie(process.trim()) {
            assert!(Instant::now() < until, "{how}: it runs on");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    // One that says more than any list of keys, and would wait for a reader.
    let begun = Instant::now();
    let endless = sh("yes").read().unwrap_err();
    assert!(matches!(endless, MasterKeysError::UnusableOutput { .. }), "{endless}");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

fn is_zombie(process: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/status"));
    status.is_ok_and(|status| status.contains("State:\tZ"))
}

#[test]
fn a_source_prints_no_key() {
    let keys = MasterKeys::generate();
    let printed = format!(
        "{:?} {:?} {:?}",
        KeySource::Text(identity(&keys).into()),
        sh(&identity(&keys)),
        Vault::open(KeySource::Text(identity(&keys).into())).unwrap()
    );
    assert!(!printed.contains("AGE-SECRET-KEY"), "{printed}");
}

fn file_with(keys: &[&MasterKeys]) -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("master.key");
    write(&path, keys);
    (folder, path)
}

#[test]
fn a_key_put_in_front_is_learned_and_the_earlier_one_still_opens() {
    let (old, new) = (MasterKeys::generate(), MasterKeys::generate());
    let (_folder, path) = file_with(&[&old]);
    let vault = Vault::open(KeySource::File(path.clone())).unwrap();
    let (sealed, key) = vault.new_workspace_key(ROW).unwrap();
    write(&path, &[&new, &old]);
    vault.read_again().unwrap();
    assert_eq!(
        vault.current_key(),
        sealed.key,
        "it was read a moment ago, and is not read again so soon"
    );
    std::thread::sleep(FRESH_FOR);
    vault.read_again().unwrap();
    assert_eq!(vault.current_key().as_str(), names(&new)[0]);
    assert_eq!(vault.open_workspace_key(ROW, &sealed).unwrap().name(), key.name());
}

#[test]
fn a_source_that_fails_leaves_the_keys_as_they_were() {
    let (old, new) = (MasterKeys::generate(), MasterKeys::generate());
    let (_folder, path) = file_with(&[&old]);
    let vault = Vault::open(KeySource::File(path.clone())).unwrap();
    write(&path, &[&new]);
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    std::thread::sleep(FRESH_FOR);
    assert!(matches!(
        vault.read_again(),
        Err(MasterKeysError::OpenToOthers { mode: 0o644, .. })
    ));
    assert_eq!(vault.current_key().as_str(), names(&old)[0]);
}

#[test]
fn retired_keys_leave_the_file_and_are_kept_beside_it() {
    let (new, old, older) = (MasterKeys::generate(), MasterKeys::generate(), MasterKeys::generate());
    let (_folder, path) = file_with(&[&new, &old, &older]);
    for retired in [&older, &old] {
        let names: Vec<_> = retired.names().cloned().collect();
        let kept_in = MasterKeys::retire(&path, &names).unwrap();
        assert_eq!(kept_in, path.with_extension("key.retired"));
    }
    assert_eq!(names(&MasterKeys::read(&path).unwrap()), names(&new));
    let kept = MasterKeys::read(&path.with_extension("key.retired")).unwrap();
    assert_eq!(names(&kept), [names(&older), names(&old)].concat());

    let last: Vec<_> = new.names().cloned().collect();
    assert!(matches!(
        MasterKeys::retire(&path, &last),
        Err(MasterKeysError::LastKey { .. })
    ));
    assert_eq!(names(&MasterKeys::read(&path).unwrap()), names(&new));
}

/// A command reads the keys when it begins, and may print them much later: what came meanwhile is not among them.
#[test]
fn keys_of_a_slow_command_are_as_old_as_its_beginning() {
    let folder = TempDir::new().unwrap();
    let (path, runs) = (folder.path().join("keys"), folder.path().join("runs"));
    let (first, second, third) = (MasterKeys::generate(), MasterKeys::generate(), MasterKeys::generate());
    write(&path, &[&first]);
    let longer_than_fresh = FRESH_FOR.as_secs_f64() + 0.2;
    let script = format!(
        "echo >> {}; keys=$(cat {}); sleep {longer_than_fresh}; echo \"$keys\"",
        runs.display(),
        path.display()
    );
    let vault = Vault::open(sh(&script)).unwrap();
    for keys in [[&second, &first].as_slice(), &[&third, &second, &first]] {
        write(&path, keys);
        vault.read_again().unwrap();
        assert_eq!(&vault.current_key(), keys[0].names().next().unwrap());
    }
    // Those that wait for one reading do not read one after the other.
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| vault.read_again().unwrap());
        }
    });
    let runs = fs::read_to_string(&runs).unwrap().lines().count();
    assert_eq!(
        runs, 4,
        "one at the opening, one for each new key, one for eight at once"
    );
}

/// A run that is killed leaves its draft, or has kept the keys and not taken them out: the next one goes on.
#[test]
fn keys_are_retired_whatever_an_earlier_run_left_behind() {
    let (new, old) = (MasterKeys::generate(), MasterKeys::generate());
    let (folder, path) = file_with(&[&new, &old]);
    let kept_in = path.with_extension("key.retired");
    let left = path.with_extension(format!("key.{}", new.names().next().unwrap()));
    write(&left, &[&new]);
    fs::write(&kept_in, format!("# kept by hand\n{}", identity(&old))).unwrap();
    let retired: Vec<_> = old.names().cloned().collect();
    MasterKeys::retire(&path, &retired).unwrap();
    assert_eq!(names(&MasterKeys::read(&path).unwrap()), names(&new));
    let kept = fs::read_to_string(&kept_in).unwrap();
    assert_eq!(kept.matches(&identity(&old)).count(), 1, "it is kept once");
    assert!(kept.starts_with("# kept by hand\n"), "and nothing of it is lost");

    // What is kept grows by whole files alone: no byte of it is written in its place.
    let another = MasterKeys::generate();
    write(&path, &[&new, &another]);
    let before = fs::File::open(&kept_in).unwrap();
    MasterKeys::retire(&path, &another.names().cloned().collect::<Vec<_>>()).unwrap();
    assert_eq!(std::io::read_to_string(before).unwrap(), kept);
    let kept = MasterKeys::read(&kept_in).unwrap();
    assert_eq!(names(&kept), [names(&old), names(&another)].concat());
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        3,
        "no draft of ours is left"
    );
}

/// Somebody puts a new key in front between the reading of the file and its writing: here while the kept keys are read, from a
/// pipe.
#[test]
fn a_key_file_that_is_replaced_while_keys_are_retired_is_left_alone() {
    let (new, old, newest) = (MasterKeys::generate(), MasterKeys::generate(), MasterKeys::generate());
    let (folder, path) = file_with(&[&new, &old]);
    let kept_in = path.with_extension("key.retired");
    let made = std::process::Command::new("mkfifo").arg(&kept_in).status();
    assert!(made.unwrap().success());
    let retired: Vec<_> = old.names().cloned().collect();
    let refused = std::thread::scope(|scope| {
        let retiring = scope.spawn(|| MasterKeys::retire(&path, &retired));
        let pipe = fs::File::options().write(true).open(&kept_in).unwrap(); // As soon as it is read.
        let theirs = folder.path().join("new");
        write(&theirs, &[&newest, &new, &old]);
        fs::rename(&theirs, &path).unwrap();
        drop(pipe);
        retiring.join().unwrap().unwrap_err()
    });
    assert!(
        matches!(&refused, MasterKeysError::Changed { path: named } if *named == path),
        "{refused}"
    );
    assert!(refused.to_string().contains("run the command again"), "{refused}");
    let all = [names(&newest), names(&new), names(&old)].concat();
    assert_eq!(names(&MasterKeys::read(&path).unwrap()), all, "nothing is lost");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no draft is left");

    MasterKeys::retire(&path, &retired).unwrap();
    assert_eq!(
        names(&MasterKeys::read(&path).unwrap()),
        [names(&newest), names(&new)].concat()
    );
    assert_eq!(
        names(&MasterKeys::read(&kept_in).unwrap()),
        names(&old),
        "it is kept once"
    );
}

/// At any moment.
#[test]
fn no_key_that_is_put_in_front_while_keys_are_retired_is_lost() {
    let (new, old) = (MasterKeys::generate(), MasterKeys::generate());
    let (folder, path) = file_with(&[&new, &old]);
    let theirs = folder.path().join("new");
    let retired: Vec<_> = old.names().cloned().collect();
    for round in 0..60 {
        let newest = MasterKeys::generate();
        write(&path, &[&new, &old]);
        write(&theirs, &[&newest, &new, &old]);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_micros(round * 50));
                fs::rename(&theirs, &path).unwrap();
            });
            match MasterKeys::retire(&path, &retired) {
                Ok(_) | Err(MasterKeysError::Changed { .. }) => {}
                Err(other) => panic!("{other}"),
            }
        });
        let left = names(&MasterKeys::read(&path).unwrap());
        assert_eq!(left[..2], [names(&newest), names(&new)].concat(), "round {round}");
    }
}

#[test]
fn retired_keys_are_put_back_behind_the_others() {
    let (new, old, older) = (MasterKeys::generate(), MasterKeys::generate(), MasterKeys::generate());
    let (_folder, path) = file_with(&[&new, &old, &older]);
    let retired: Vec<_> = older.names().chain(old.names()).cloned().collect();
    MasterKeys::retire(&path, &retired).unwrap();
    for _ in 0..2 {
        MasterKeys::put_back(&path, &retired[1..]).unwrap();
        assert_eq!(
            names(&MasterKeys::read(&path).unwrap()),
            [names(&new), names(&old)].concat()
        );
    }
    let kept = MasterKeys::read(&path.with_extension("key.retired")).unwrap();
    assert_eq!(
        names(&kept),
        [names(&old), names(&older)].concat(),
        "they are kept all the same"
    );
}

#[test]
fn of_many_that_retire_at_once_none_breaks_another() {
    let (new, shared) = (MasterKeys::generate(), MasterKeys::generate());
    let olds: Vec<_> = (0..8).map(|_| MasterKeys::generate()).collect();
    let all: Vec<&MasterKeys> = [&new, &shared].into_iter().chain(&olds).collect();
    let (folder, path) = file_with(&all);
    std::thread::scope(|scope| {
        for old in &olds {
            let retired: Vec<_> = shared.names().chain(old.names()).cloned().collect();
            let path = &path;
            scope.spawn(move || MasterKeys::retire(path, &retired).unwrap());
        }
    });
    assert_eq!(names(&MasterKeys::read(&path).unwrap()), names(&new));
    let mut kept = names(&MasterKeys::read(&path.with_extension("key.retired")).unwrap());
    let mut expected: Vec<_> = all[1..].iter().flat_map(|keys| names(keys)).collect();
    kept.sort();
    expected.sort();
    assert_eq!(kept, expected, "none is lost");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no draft is left");
}
