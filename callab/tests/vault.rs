//! `callab vault`, as an operator uses it beside a running `callab up`.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use callab_tests::Up;
use callab_tests::sealed::tokens_in;
use vault::{KeySource, MasterKeys, Vault};

/// The binary in a data directory of its own, on a free port, without the settings of this machine.
fn callab(data_dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callab"));
    command
        .env_clear()
        .env("CALLAB__DATA_DIR", data_dir)
        .env("CALLAB__HTTP__LISTEN", "127.0.0.1:0")
        .env("CALLAB__DATABASE__WAIT_S", "1")
        .stdin(Stdio::null())
        .args(arguments);
    command
}

fn run(command: &mut Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("the binary runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (status.code(), text(stdout), text(stderr))
}

/// A running `callab up` in the data directory.
fn up(data_dir: &Path) -> Up {
    Up::start(&mut callab(data_dir, &[]))
}

/// Puts a new key, made by the binary itself, in front of the others.
fn put_new_key_in_front(data_dir: &Path) {
    let (_, new, _) = run(&mut callab(data_dir, &["vault", "generate"]));
    let path = data_dir.join("master.key");
    let text = new + &fs::read_to_string(&path).expect("the key file");
    fs::write(&path, text).expect("writing it");
}

#[test]
fn a_rotation_that_is_killed_goes_on_and_a_key_in_use_is_not_retired() {
    let temp = tempfile::tempdir().unwrap();
    let data_dir = temp.path().join("data");
    let _up = up(&data_dir);
    let key_file = data_dir.join("master.key");
    let old = Vault::open(KeySource::File(key_file.clone())).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = format!("sqlite://{}", data_dir.join("callab.db").display());
    let seeded = runtime.block_on(async {
        let db = callab::database::connect(&database).await?;
        tokens_in(&db, &old, 350).await
    });
    seeded.unwrap();

    put_new_key_in_front(&data_dir);
    let mut rotating = callab(&data_dir, &["vault", "rotate"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(rotating.stderr.take().unwrap());
    let mut line = String::new();
    told.read_line(&mut line).unwrap();
    assert!(line.starts_with("100 sealed anew"), "{line}");
    rotating.kill().unwrap();
    rotating.wait().unwrap();
    told.read_to_string(&mut line).unwrap();

    let (code, status, _) = run(&mut callab(&data_dir, &["vault", "status"]));
    assert_eq!(code, Some(0), "{status}");
    assert!(
        status.contains("earlier, still needed"),
        "it was killed midway: {status}"
    );

    let (code, rotated, error) = run(&mut callab(&data_dir, &["vault", "rotate", "--retire"]));
    assert_eq!(code, Some(0), "{rotated} {error}");
    assert!(
        rotated.ends_with("    350 workspaces  current\n"),
        "the earlier key is told no more: {rotated}"
    );
    assert!(
        error.contains("workspaces to the master key") && error.contains("took master keys out of"),
        "the log keeps what was done: {error}"
    );
    let open = ["vault", "status", "--open"];
    let (_, _, log) = run(callab(&data_dir, &open).env("LOGNAME", "otto"));
    assert!(
        log.contains("otto had every sealed value opened"),
        "as who is logged in: {log}"
    );
    let open = ["vault", "status", "--open", "--operator", "olga"];
    let (_, status, log) = run(callab(&data_dir, &open).env("CALLAB__LOG__FILTER", "off"));
    assert!(log.contains("olga had every sealed value opened"), "{log}");
    assert!(
        status.contains("    350 workspaces  current") && status.contains("350 sealed values opened, 0 could not be"),
        "{status}"
    );
    assert_eq!(status.lines().count(), 2, "the earlier key is gone: {status}");
    let kept = fs::metadata(data_dir.join("master.key.retired")).unwrap();
    assert_eq!(kept.permissions().mode() & 0o777, 0o600);
    let kept = Vault::open(KeySource::File(data_dir.join("master.key.retired"))).unwrap();
    assert_eq!(kept.key_names(), old.key_names());
}

#[test]
fn a_key_that_is_needed_stays_in_the_file() {
    let temp = tempfile::tempdir().unwrap();
    let data_dir = temp.path().join("data");
    drop(up(&data_dir));
    let key_file = data_dir.join("master.key");
    let seed = Vault::open(KeySource::File(key_file.clone())).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = format!("sqlite://{}", data_dir.join("callab.db").display());
    runtime.block_on(async {
        let db = callab::database::connect(&database).await.unwrap();
        tokens_in(&db, &seed, 2).await.unwrap();
        // One more is sealed to a key that is in no file.
        let away = Vault::new(MasterKeys::generate());
        tokens_in(&db, &away, 1).await.unwrap();
    });
    put_new_key_in_front(&data_dir);
    let before = fs::read_to_string(&key_file).unwrap();
    let (code, said, error) = run(&mut callab(&data_dir, &["vault", "rotate", "--retire"]));
    assert_eq!(code, Some(1), "{said} {error}");
    assert!(error.contains("no key is taken out"), "{error}");
    assert_eq!(fs::read_to_string(&key_file).unwrap(), before);
    let (code, status, _) = run(&mut callab(&data_dir, &["vault", "status"]));
    assert_eq!(code, Some(1), "{status}");
    assert!(
        status.contains("NOT AT HAND") && status.contains("set aside"),
        "{status}"
    );
}

/// A process that had not heard of the new key has made a workspace's key, and stores it late.
#[test]
fn a_key_that_is_needed_again_at_the_last_moment_is_put_back() {
    let temp = tempfile::tempdir().unwrap();
    let data_dir = temp.path().join("data");
    drop(up(&data_dir));
    let key_file = data_dir.join("master.key");
    let late = Vault::open(KeySource::File(key_file.clone())).unwrap();
    put_new_key_in_front(&data_dir);
    let before = MasterKeys::read(&key_file).unwrap();
    let names = |keys: &MasterKeys| keys.names().cloned().collect::<Vec<_>>();
    assert_eq!(names(&before).len(), 2);

    let retiring = callab(&data_dir, &["vault", "rotate", "--retire"])
        .env("CALLAB__DATABASE__WAIT_S", "10")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while names(&MasterKeys::read(&key_file).unwrap()).len() == 2 {
        assert!(begun.elapsed() < Duration::from_mins(1), "it is not taken out");
        std::thread::sleep(Duration::from_millis(20));
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = format!("sqlite://{}", data_dir.join("callab.db").display());
    runtime.block_on(async {
        let db = callab::database::connect(&database).await.unwrap();
        tokens_in(&db, &late, 1).await.unwrap();
    });
    let Output { status, stderr, .. } = retiring.wait_with_output().unwrap();
    let error = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{error}");
    assert!(
        error.contains("needed again at the last moment") && error.contains("rotate again"),
        "{error}"
    );
    let told = ["took master keys out of", "put master keys back into"].map(|what| error.find(what));
    assert!(told[0].is_some() && told[0] < told[1], "{error}");
    assert_eq!(names(&MasterKeys::read(&key_file).unwrap()), names(&before));

    let (code, rotated, error) = run(&mut callab(&data_dir, &["vault", "rotate", "--retire"]));
    assert_eq!(code, Some(0), "{rotated} {error}");
    assert_eq!(names(&MasterKeys::read(&key_file).unwrap()), names(&before)[..1]);
}

#[test]
fn looking_at_no_installation_makes_none() {
    let temp = tempfile::tempdir().unwrap();
    let data_dir = temp.path().join("data");
    let (code, _, error) = run(&mut callab(&data_dir, &["vault", "status"]));
    assert_eq!(code, Some(1));
    assert!(error.contains("there are no master keys in"), "{error}");
    assert!(!data_dir.exists());
}

#[test]
fn master_keys_come_from_a_setting_or_a_command() {
    let temp = tempfile::tempdir().unwrap();
    let data_dir = temp.path().join("data");
    drop(up(&data_dir));
    let text = fs::read_to_string(data_dir.join("master.key")).unwrap();
    let identity = text.lines().last().unwrap();
    let name = Vault::open(KeySource::File(data_dir.join("master.key")))
        .unwrap()
        .current_key();
    let cat = format!("/bin/cat,{}", data_dir.join("master.key").display());
    for (setting, value) in [
        ("CALLAB__VAULT__KEYS", identity),
        ("CALLAB__VAULT__KEY_COMMAND", cat.as_str()),
    ] {
        let (code, status, error) = run(callab(&data_dir, &["vault", "status"]).env(setting, value));
        assert_eq!(code, Some(0), "{setting}: {error}");
        assert!(status.starts_with(name.as_str()), "{setting}: {status}");
    }
    let (code, _, error) = run(callab(&data_dir, &["vault", "status"])
        .env("CALLAB__VAULT__KEYS", "AGE-SECRET-KEY-1WRONG")
        .env("CALLAB__VAULT__KEY_COMMAND", "/bin/false"));
    assert_eq!(code, Some(1));
    assert!(error.contains("set only one of") && !error.contains("WRONG"), "{error}");
    let (_, _, error) = run(callab(&data_dir, &["up"]).env("CALLAB__VAULT__KEY_COMMAND", "/bin/false"));
    assert!(error.contains("/bin/false printed no master keys"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_with_keys_writes_no_core_dump() {
    let temp = tempfile::tempdir().unwrap();
    let running = up(&temp.path().join("data"));
    let limits = fs::read_to_string(format!("/proc/{}/limits", running.id())).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    assert_eq!(
        core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(),
        ["0", "0"],
        "{core}"
    );
}

/// The user that owns nothing.
const NOBODY: u32 = 65534;

/// Linux gives what `/proc` shows of such a process to root, so that no other process of the same user reads its memory. Root may
/// look into everything: a test that runs as root has the product run as somebody else.
#[cfg(target_os = "linux")]
#[test]
fn a_process_with_keys_is_not_looked_into_by_another_of_its_user() {
    let temp = tempfile::tempdir().unwrap();
    let me = fs::metadata("/proc/self").unwrap().uid();
    let user = if me == 0 { NOBODY } else { me };
    let as_user = |command: &mut Command| {
        if me == 0 {
            command.uid(NOBODY).gid(NOBODY);
        }
    };
    // Where that user may run it, and write.
    let binary = temp.path().join("callab");
    fs::copy(env!("CARGO_BIN_EXE_callab"), &binary).unwrap();
    std::os::unix::fs::chown(temp.path(), Some(user), None).unwrap();
    let mut command = Command::new(&binary);
    command
        .env_clear()
        .env("CALLAB__DATA_DIR", temp.path().join("data"))
        .env("CALLAB__HTTP__LISTEN", "127.0.0.1:0");
    as_user(&mut command);
    let running = Up::start(&mut command);
    let mut other = Command::new("sleep");
    as_user(other.arg("60"));
    let mut other = other.spawn().unwrap();

    let looks = |id: u32| {
        let mut cat = Command::new("cat");
        cat.arg(format!("/proc/{id}/environ"))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        as_user(&mut cat);
        cat.status().unwrap().success()
    };
    let owners =
        |id: u32| ["mem", "maps", "environ"].map(|file| fs::metadata(format!("/proc/{id}/{file}")).unwrap().uid());
    let (of_other, of_product) = (owners(other.id()), owners(running.id()));
    let (other_is_seen, product_is_seen) = (looks(other.id()), looks(running.id()));
    other.kill().unwrap();
    other.wait().unwrap();
    assert_eq!(
        (of_other, other_is_seen),
        ([user; 3], true),
        "any other process is looked into"
    );
    assert_eq!((of_product, product_is_seen), ([0; 3], false));
}
