//! The session in a real keyring: gnome-keyring on a bus of its own, with a home of its own.

use std::process::Stdio;

use callab_tests::TestApp;

use crate::program::{Console, Ran};

/// Runs lines of shell on a bus with an unlocked keyring. `$console` is the program. None where no keyring is installed.
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
async fn with_keyring(console: &Console, lines: &str) -> Option<Ran> {
    for needed in ["dbus-run-session", "gnome-keyring-daemon", "dbus-send"] {
        let is_there = std::process::Command::new(needed)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if is_there.is_err() {
            eprintln!("SKIPPED: no {needed} is installed (Debian: apt-get install dbus gnome-keyring)");
            return None;
        }
    }
    let run = console.home().join("run");
    std::fs::create_dir(&run).expect("a folder");
    std::fs::set_permissions(&run, std::os::unix::fs::PermissionsExt::from_mode(0o700)).expect("its owner's");
    let script = format!(
        "lock() {{ dbus-send --session --print-reply=literal --dest=org.freedesktop.secrets /org/freedesktop/secrets \
           org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/collection/login >/dev/null; }}\n\
         printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1\n{lines}"
    );
    // The program's own surroundings, with a bus around it.
    let program = console.command(&[]);
    let mut on_a_bus = std::process::Command::new("dbus-run-session");
    on_a_bus
        .args(["--", "bash", "-c", &script])
        .env_clear()
        .current_dir(console.home());
    on_a_bus.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    on_a_bus
        .env("XDG_RUNTIME_DIR", &run)
        .env("console", program.get_program());
    let ran = tokio::task::spawn_blocking(move || on_a_bus.stdin(Stdio::null()).output().expect("it starts").into());
    Some(ran.await.expect("no panic"))
}

/// Every file below the home, as one text: what can be read of the token there, others may read, too.
fn files(console: &Console) -> String {
    fn read(folder: &std::path::Path, all: &mut Vec<u8>) {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let kind = entry.file_type().expect("its kind");
            if kind.is_dir() {
                read(&entry.path(), all);
            } else if kind.is_file() {
                all.extend(std::fs::read(entry.path()).expect("a file"));
            }
        }
    }
    let mut all = Vec::new();
    read(console.home(), &mut all);
    String::from_utf8_lossy(&all).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_kept_in_the_keyring_used_and_forgotten() {
    let app = TestApp::start().await;
    let token = app.client(None, "support").token().to_owned();
    let console = Console::at(&format!("{}/graphql", app.url), "");
    let lines = format!(
        "echo {token} | $console login; $console --once --json && echo USED; $console doctor; $console logout\n\
         $console --once; echo ended with $?"
    );
    let Some(ran) = with_keyring(&console, &lines).await else {
        return;
    };
    let ran = ran
        .tells("the token is kept in the keyring")
        .tells("USED")
        .tells("the token is from the keyring")
        .tells("is forgotten")
        .tells("ended with 3")
        .tells("not signed in");
    assert!(!ran.out.contains(&token) && !ran.err.contains(&token));
    let files = files(&console);
    assert!(!files.is_empty(), "the keyring keeps nothing");
    assert!(!files.contains(&token), "the token lies open");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_is_locked_is_said_to_be_and_nothing_is_said_to_be_forgotten() {
    let app = TestApp::start().await;
    let token = app.client(None, "support").token().to_owned();
    let console = Console::at(&format!("{}/graphql", app.url), "");
    let lines = format!(
        "echo {token} | $console login; lock; $console --once; echo used with $?; $console logout; echo forgotten with $?\n\
         echo {token} | $console login --file; $console --once --json && echo BY FILE"
    );
    let Some(ran) = with_keyring(&console, &lines).await else {
        return;
    };
    let ran = ran
        .tells("the token is kept in the keyring")
        .tells("the keyring does not give the token")
        .tells("used with 3")
        .tells("the keyring may still hold the token")
        .tells("forgotten with 3")
        .tells("which only you can read")
        .tells("BY FILE");
    assert!(!ran.err.contains("is forgotten"), "{}", ran.err);
}
