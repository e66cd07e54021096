//! The program on a real terminal, against a real API.

#[expect(dead_code, reason = "it serves the other tests as well")]
mod pty;

use callab_tests::TestApp;
use pty::Terminal;
use twilio_sim::scenario;

/// A workspace with a healthy account and a suspended one, and a terminal that looks at them.
async fn opened(columns: u16, rows: u16, more: &[&str]) -> (TestApp, Terminal) {
    let app = TestApp::start().await;
    let owner = app.owner();
    let healthy = scenario::healthy(&app.sim);
    app.connect(&owner, &healthy).await;
    let suspended = scenario::healthy(&app.sim);
    let id = app.connect(&owner, &suspended).await;
    app.run_jobs().await;
    assert!(app.sim.happen(&suspended.sid, "suspended_status_only"));
    let input = serde_json::json!({ "accountId": id });
    owner.done("verifyTwilioAccount", "account { id }", input).await;
    app.run_jobs().await;
    let staff = app.client(None, "support");
    let terminal = Terminal::start(columns, rows, &format!("{}/graphql", app.url), staff.token(), more);
    (app, terminal)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_broken_and_why_by_keys_alone() {
    let (_app, mut terminal) = opened(120, 36, &[]).await;
    terminal.shows("2 of 2").await;
    terminal.shows("■ SUSP").await;
    terminal.shows("● live").await;
    terminal.keys("\r");
    terminal.shows("Why calls don't connect").await;
    terminal.shows("✖  3 Twilio account active").await;
    terminal.shows("CUSTOMER must act:").await;
    terminal.keys("V");
    terminal.shows("needs --write").await;
    terminal.keys("q");
    terminal.shows("Connections: 2 of 2").await;
    terminal.keys("q");
    assert_eq!(terminal.ended().await, Some(0));
    terminal.is_as_it_was_found();
}

#[tokio::test(flavor = "multi_thread")]
async fn it_fits_small_terminals_and_says_when_it_does_not() {
    let (_app, mut terminal) = opened(80, 24, &[]).await;
    terminal.shows("■ SUSP").await;
    for (columns, rows) in [(40, 10), (1, 1), (300, 100), (20, 5)] {
        terminal.resize(columns, rows);
    }
    terminal.shows("needs 40x10").await;
    terminal.resize(80, 24);
    terminal.shows("■ SUSP").await;
    terminal.keys("\u{3}");
    assert_eq!(terminal.ended().await, Some(0));
    terminal.is_as_it_was_found();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_signal_leaves_the_terminal_as_it_was_found() {
    for signal in ["TERM", "HUP", "INT"] {
        let (_app, mut terminal) = opened(100, 30, &[]).await;
        terminal.shows("■ SUSP").await;
        terminal.signal(signal);
        assert_eq!(terminal.ended().await, Some(130), "{signal}");
        terminal.is_as_it_was_found();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_is_not_there_is_told_and_keys_still_quit() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/graphql", listener.local_addr().unwrap());
    drop(listener);
    let mut terminal = Terminal::start(100, 30, &url, "token", &[]);
    terminal.shows("the API cannot be reached").await;
    terminal.keys("q");
    assert_eq!(terminal.ended().await, Some(0));
    terminal.is_as_it_was_found();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_shows_again_what_was_shown_and_holds_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.jsonl");
    let (app, mut terminal) = opened(120, 36, &["--record", report.to_str().unwrap()]).await;
    terminal.shows("2 of 2").await;
    terminal.shows("● live").await;
    terminal.keys("/+14155550101");
    terminal.shows("+14155550101").await;
    terminal.keys("\u{1b}");
    terminal.shows("2 of 2").await;
    terminal.keys("\r");
    terminal.shows("✖  3 Twilio account active").await;
    terminal.keys("\u{3}");
    assert_eq!(terminal.ended().await, Some(0));
    let written = std::fs::read_to_string(&report).unwrap();
    let staff = app.client(None, "support");
    assert!(
        !written.contains("4155550101") && !written.contains(staff.token()),
        "{written}"
    );
    let mut replay = std::process::Command::new(env!("CARGO_BIN_EXE_callab-console"));
    let played = replay
        .arg("replay")
        .arg(&report)
        .env("HOME", folder.path())
        .output()
        .unwrap();
    let shown = String::from_utf8(played.stdout).unwrap();
    assert!(
        shown.contains("Why calls don't connect") && shown.contains("✖  3 Twilio account active"),
        "{shown}"
    );
    assert!(played.status.success() && played.stderr.is_empty());
}
