//! The binary, as an operator starts and stops it.

use std::fs::Permissions;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use callab_tests::Up;

/// The binary in a data directory of its own, on a free port, without the settings of this machine.
fn callab(data_dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callab"));
    command
        .env_clear()
        .env("CALLAB__DATA_DIR", data_dir)
        .env("CALLAB__HTTP__LISTEN", "127.0.0.1:0")
        .stdin(Stdio::null());
    command
}

fn run(command: &mut Command) -> Output {
    command.output().expect("the binary runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The body and head of what it answers at `path`.
fn get(up: &Up, path: &str) -> String {
    let address = up.url().trim_start_matches("http://");
    let mut socket = TcpStream::connect(address).expect("it listens");
    write!(socket, "GET {path} HTTP/1.0\r\n\r\n").expect("a request");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn up_starts_with_no_configuration_serves_and_stops_on_sigterm() {
    let temp = tempfile::tempdir().unwrap();
    let data_dir = temp.path().join("data");
    for start in ["first", "second"] {
        let up = Up::start(&mut callab(&data_dir));
        let answer = get(&up, "/readyz");
        assert!(answer.starts_with("HTTP/1.0 200"), "{start} start: {answer}");

        let second = run(callab(&data_dir).arg("up"));
        assert!(
            text(&second.stderr).contains("another callab runs on the data directory"),
            "{second:?}"
        );
        assert_eq!(second.status.code(), Some(1));

        let (status, log) = up.stop();
        assert_eq!(status.code(), Some(0), "{start} start: {log}");
        assert!(log.contains("http.public_url is not set"), "{log}");
    }
}

#[test]
fn every_wrong_setting_is_told_at_the_start() {
    let temp = tempfile::tempdir().unwrap();
    let output = run(callab(temp.path())
        .args(["up"])
        .env("CALLAB__QUEUE__URL", "x")
        .env("CALLAB__WORKER__SLOTS", "none"));
    assert_eq!(output.status.code(), Some(1));
    let error = text(&output.stderr);
    assert!(error.contains("2 settings are wrong"), "{error}");
    assert!(
        error.contains("queue.url (CALLAB__QUEUE__URL)") && error.contains("worker.slots"),
        "{error}"
    );
}

#[test]
fn a_database_server_needs_a_configured_key() {
    let temp = tempfile::tempdir().unwrap();
    let output = run(callab(temp.path())
        .arg("up")
        .env("CALLAB__DATABASE__URL", "postgres://u:hunter2@127.0.0.1:1/x"));
    assert_eq!(output.status.code(), Some(1));
    let error = text(&output.stderr);
    assert!(
        error.contains("vault.key_file") && !error.contains("hunter2"),
        "{error}"
    );
}

#[test]
fn a_database_that_is_away_is_told_without_its_password() {
    let temp = tempfile::tempdir().unwrap();
    let key = temp.path().join("key");
    let generated = run(callab(temp.path()).args(["vault", "generate"]));
    std::fs::write(&key, &generated.stdout).unwrap();
    std::fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    let output = run(callab(&temp.path().join("data"))
        .arg("up")
        .env("CALLAB__DATABASE__URL", "postgres://u:hunter2@127.0.0.1:1/x")
        .env("CALLAB__DATABASE__WAIT_S", "1")
        .env("CALLAB__VAULT__KEY_FILE", &key));
    assert_eq!(output.status.code(), Some(1));
    let error = text(&output.stderr);
    assert!(
        error.contains("could not connect to the database") && !error.contains("hunter2"),
        "{error}"
    );
}

#[test]
fn a_token_is_printed_and_a_senseless_one_refused() {
    let temp = tempfile::tempdir().unwrap();
    let token = run(callab(temp.path()).args(["token", "--role", "owner", "--workspace", "a"]));
    assert_eq!(text(&token.stdout).trim().split('.').count(), 3, "{token:?}");
    let refused = run(callab(temp.path()).args(["token", "--role", "lead", "--workspace", "a"]));
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
}

#[test]
fn the_schema_is_printed() {
    let temp = tempfile::tempdir().unwrap();
    let schema = run(callab(temp.path()).arg("schema"));
    assert!(text(&schema.stdout).contains("type Query"), "{schema:?}");
}

#[test]
fn migrate_brings_the_database_up_to_date_once() {
    let temp = tempfile::tempdir().unwrap();
    let first = run(callab(temp.path()).arg("migrate"));
    assert!(
        first.status.success() && !text(&first.stdout).starts_with("0 "),
        "{first:?}"
    );
    let second = run(callab(temp.path()).arg("migrate"));
    assert!(text(&second.stdout).starts_with("0 migrations applied"), "{second:?}");
}

#[test]
fn demo_once_ends_with_the_count() {
    let temp = tempfile::tempdir().unwrap();
    let demo = run(callab(temp.path()).args(["demo", "--once"]).env("TMPDIR", temp.path()));
    assert_eq!(
        text(&demo.stdout).lines().last(),
        Some("demo: 13 steps passed, 0 failed"),
        "{demo:?}"
    );
    assert_eq!(demo.status.code(), Some(0));
    assert_eq!(
        std::fs::read_dir(temp.path()).unwrap().count(),
        0,
        "nothing is left behind"
    );
}
