//! The terminal is left as it was found: on every way out, whatever happened.

#[expect(dead_code, reason = "it serves the other tests as well")]
mod api;
#[expect(dead_code, reason = "it serves the other tests as well")]
mod pty;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use api::data::Data;
use api::faults::Http;
use api::{Api, TOKEN};
use portable_pty::CommandBuilder;
use pty::tmux::Tmux;
use pty::{PROGRAM, Terminal};

fn opened() -> (Api, Terminal) {
    let api = Api::start(Data::of(50));
    let terminal = Terminal::start(120, 36, &api.url(), TOKEN, &[]);
    (api, terminal)
}

/// A shell in a terminal, that starts the program by `console`.
async fn shell(api: &Api) -> Terminal {
    let mut command = CommandBuilder::new("bash");
    command.args(["--norc", "--noprofile", "-i"]);
    command.env("PS1", "shell> ");
    command.env("CALLAB_TOKEN", TOKEN);
    let mut terminal = Terminal::run(120, 36, command);
    terminal.shows("shell> ").await;
    terminal.keys(&format!(
        "console() {{ {PROGRAM} --theme dark --url {}; }}\r",
        api.url()
    ));
    terminal
}

#[tokio::test(flavor = "multi_thread")]
async fn after_quitting_and_after_signing_out() {
    for keys in ["q", "\u{3}"] {
        let (api, mut terminal) = opened();
        terminal.shows("50 of 50").await;
        api.answers(Http::Status(401, None));
        terminal.keys("\u{c}");
        terminal.shows("SIGNED OUT").await;
        terminal.keys(keys);
        assert_eq!(terminal.ended().await, Some(0));
        terminal.is_as_it_was_found();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_every_signal_that_ends_programs() {
    for signal in ["TERM", "HUP", "INT"] {
        let (_api, mut terminal) = opened();
        terminal.shows("50 of 50").await;
        terminal.signal(signal);
        assert_eq!(terminal.ended().await, Some(130), "{signal}");
        terminal.is_as_it_was_found();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_signal_while_the_api_does_not_answer() {
    let api = Api::start(Data::of(5));
    api.answers(Http::After(Duration::from_mins(1)));
    let mut terminal = Terminal::start(120, 36, &api.url(), TOKEN, &[]);
    terminal.shows("loading").await;
    terminal.signal("TERM");
    assert_eq!(terminal.ended().await, Some(130));
    terminal.is_as_it_was_found();
}

/// The parts are those of debug builds that stumble when they are told to.
#[cfg(debug_assertions)]
#[tokio::test(flavor = "multi_thread")]
async fn after_a_panic_in_any_part_that_is_named_in_a_report() {
    for part in ["input", "api", "compute", "draw"] {
        let api = Api::start(Data::of(50));
        let state = tempfile::tempdir().unwrap();
        let folder = state.path().to_str().unwrap();
        let env = [("CALLAB_CONSOLE_PANIC", part), ("XDG_STATE_HOME", folder)];
        let mut terminal = Terminal::start_in(120, 36, &api.url(), TOKEN, &[], &env);
        if part == "input" {
            terminal.shows("50 of 50").await;
            terminal.keys("j");
        }
        assert_eq!(terminal.ended().await, Some(70), "{part}");
        terminal.is_as_it_was_found();
        let bytes = String::from_utf8(terminal.bytes()).unwrap();
        let last_words = &bytes[bytes.rfind("\u{1b}[?1049l").expect("the screen was left")..];
        assert!(
            last_words.contains("this is a bug: asked to panic"),
            "{part}: {last_words}"
        );
        assert!(
            !last_words.contains("\u{1b}[?2026h"),
            "{part}: a frame was drawn afterwards"
        );

        let files = fs::read_dir(state.path().join("callab-console")).unwrap();
        let mut files = files.map(|file| file.unwrap().path());
        // The log is there as well.
        let path = files.find(|path| path.file_name().unwrap().to_str().unwrap().starts_with("bug-"));
        let path = path.expect("a report");
        assert!(
            last_words.replace("\r\n", "").contains(path.to_str().unwrap()),
            "{last_words}"
        );
        let report = fs::read_to_string(&path).unwrap();
        assert!(report.contains(&format!("asked to panic: {part}")), "{report}");
        assert!(!report.contains(TOKEN), "{report}");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_is_closed_ends_the_program() {
    for _ in 0..5 {
        let (_api, mut terminal) = opened();
        terminal.shows("50 of 50").await;
        terminal.keys("jjj");
        terminal.close();
        let closed = Instant::now();
        assert!(terminal.ended().await.is_some(), "it goes on without a terminal");
        assert!(closed.elapsed() < Duration::from_secs(10));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_that_takes_no_more_output_does_not_keep_the_program() {
    let (_api, mut terminal) = opened();
    terminal.shows("50 of 50").await;
    terminal.stall();
    for _ in 0..40 {
        terminal.keys("\u{c}"); // A repaint, of some 8 KB.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    terminal.signal("TERM");
    assert_eq!(terminal.ended().await, Some(130), "it waits for the terminal");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_is_suspended_and_taken_again_by_fg() {
    let api = Api::start(Data::of(50));
    let mut terminal = shell(&api).await;
    terminal.keys("console\r");
    terminal.shows("50 of 50").await;
    for round in 1..=2 {
        terminal.keys("\u{1a}"); // Ctrl-z
        // Not what the shell said the last time: until it says so again, the console reads what is typed.
        let begun = std::time::Instant::now();
        while terminal.text().matches("Stopped").count() < round {
            assert!(begun.elapsed().as_secs() < 60, "{}", terminal.text());
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        terminal.keys(&format!("echo stopped $(({round} + 10))\r"));
        terminal.shows(&format!("stopped {}", round + 10)).await;
        assert!(!terminal.text().contains("Connections"), "{}", terminal.text());
        terminal.resize(100, 30);
        terminal.keys("fg\r");
        terminal.shows("50 of 50").await;
        terminal.shows("● live").await;
        terminal.keys("?");
        terminal.shows("Help").await;
        terminal.keys("?");
        terminal.shows("50 of 50").await;
    }
    terminal.keys("q");
    terminal.shows("shell> ").await;
    terminal.keys("echo ended with $?\r");
    terminal.shows("ended with 0").await;
    terminal.keys("exit\r");
    assert_eq!(terminal.ended().await, Some(0));
    terminal.is_as_it_was_found();
}

#[tokio::test(flavor = "multi_thread")]
async fn when_somebody_else_stops_and_continues_it() {
    for signal in ["TSTP", "STOP"] {
        let api = Api::start(Data::of(50));
        let mut terminal = shell(&api).await;
        terminal.keys("console\r");
        terminal.shows("50 of 50").await;
        let sent = std::process::Command::new("pkill")
            .args([&format!("-{signal}"), "-P", &terminal.process().to_string()])
            .status();
        assert!(sent.unwrap().success());
        terminal.shows("Stopped").await;
        terminal.keys("\rfg\r");
        terminal.shows("50 of 50").await;
        terminal.keys("/main-7");
        terminal.shows("/ main-7").await; // Keys are read one by one again.
        terminal.keys("\u{3}");
        terminal.shows("shell> ").await;
        terminal.keys("exit\r");
        assert!(terminal.ended().await.is_some());
        terminal.is_as_it_was_found();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_shell_to_come_back_from_it_is_not_suspended() {
    let (_api, mut terminal) = opened();
    terminal.shows("50 of 50").await;
    terminal.keys("\u{1a}");
    terminal.shows("no shell is there to come back from").await;
    terminal.keys("q");
    assert_eq!(terminal.ended().await, Some(0));
    terminal.is_as_it_was_found();
}

#[tokio::test(flavor = "multi_thread")]
async fn inside_tmux() {
    let api = Api::start(Data::of(50));
    let shell = format!("CALLAB_TOKEN={TOKEN} LC_ALL=C.UTF-8 PS1='shell> ' bash --norc --noprofile -i");
    let tmux = Tmux::start(120, 36, &shell);
    let modes = || {
        tmux.ask(&[
            "display-message",
            "-p",
            "#{alternate_on} #{mouse_any_flag} #{cursor_flag}",
        ])
    };
    tmux.shows("shell>").await;
    let found = modes();
    assert_eq!(found, "0 0 1");
    for keys in ["q", "\u{3}"] {
        tmux.keys(&format!("clear; {PROGRAM} --url {}; echo ended with $?\r", api.url()));
        tmux.shows("50 of 50").await;
        tmux.shows("● live").await;
        assert!(modes().starts_with('1'), "the alternate screen is on");
        tmux.keys(keys);
        tmux.shows("ended with 0").await;
        assert_eq!(modes(), found, "after {keys:?}");
    }
}
