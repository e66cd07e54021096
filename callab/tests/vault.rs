//! `callab vault`, as an operator uses it beside a running `callab up`.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use callab_tests::sealed::tokens_in;
use vault::{KeySource, MasterKeys, Vault};

/// The binary in a data directory of its own, on a free port, without the settings of this machine.
fn callab(data_dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callab"));
    command
        .env_clear()
        .env("CALLAB__DATA_DIR", data_dir)
        .env("CALLAB__HTTP__LISTEN", "127.0.0.1:0")
        .stdin(Stdio::null())
        .args(arguments);
    command
}

fn run(command: &mut Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("the binary runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (status.code(), text(stdout), text(stderr))
}

/// A running `callab up`, ended with the value.
struct Up(Child);

impl Up {
    fn start(data_dir: &Path) -> Self {
        let mut child = callab(data_dir, &["up"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary runs");
        let mut line = String::new();
        let mut lines = BufReader::new(child.stdout.as_mut().expect("its standard output"));
        lines.read_line(&mut line).expect("its first line");
        assert!(line.starts_with("callab listens on"), "{line}");
        Self(child)
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
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
    let _up = Up::start(&data_dir);
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
    let (_, status, _) = run(&mut callab(&data_dir, &["vault", "status", "--open"]));
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
    drop(Up::start(&data_dir));
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
    drop(Up::start(&data_dir));
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
    let up = Up::start(&temp.path().join("data"));
    let limits = fs::read_to_string(format!("/proc/{}/limits", up.0.id())).unwrap();
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
