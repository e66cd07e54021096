//! The five jobs without a screen: lines in, lines out.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::program::Console;
use callab_tests::TestApp;
use serde_json::json;
use twilio_sim::{SimAccount, scenario};

/// How long something may take to be said.
const PATIENCE: Duration = Duration::from_secs(30);

/// A conversation.
struct Talk {
    child: Child,
    said: Receiver<String>,
    all: String,
}

impl Talk {
    fn begin(console: &Console, arguments: &[&str]) -> Self {
        let mut child = console
            .command(arguments)
            .stdin(Stdio::piped())
            .spawn()
            .expect("it starts");
        let (say, said) = channel();
        let out = child.stdout.take().expect("its output");
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines() {
                if say.send(line.expect("a line")).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            said,
            all: String::new(),
        }
    }

    /// Answers a line.
    fn line(&mut self, line: &str) {
        writeln!(self.child.stdin.as_mut().expect("it reads"), "{line}").expect("it reads");
    }

    /// Waits until this is said, while the API's jobs are run.
    async fn says(&mut self, app: &TestApp, text: &str) -> String {
        let begun = Instant::now();
        loop {
            while let Ok(line) = self.said.try_recv() {
                self.all.push_str(&line);
                self.all.push('\n');
                if line.contains(text) {
                    return line;
                }
            }
            assert!(begun.elapsed() < PATIENCE, "`{text}` is not said:\n{}", self.all);
            app.run_jobs().await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn opened() -> (TestApp, SimAccount, String) {
    let app = TestApp::start().await;
    let owner = app.owner();
    let account = scenario::healthy(&app.sim);
    let id = app.connect(&owner, &account).await;
    app.run_jobs().await;
    (app, account, id)
}

async fn suspend(app: &TestApp, account: &SimAccount, id: &str) {
    assert!(app.sim.happen(&account.sid, "suspended_status_only"));
    app.owner()
        .done("verifyTwilioAccount", "account { id }", json!({ "accountId": id }))
        .await;
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_a_line_and_its_cause_is_found_and_handed_over() {
    let (app, account, id) = opened().await;
    let console = Console::of(&app, "support");
    let mut talk = Talk::begin(&console, &["--plain", "--write"]);
    talk.says(&app, "may change things, live. 1 healthy.").await;
    talk.says(&app, "q to quit").await;
    suspend(&app, &account, &id).await;
    let line = talk.says(&app, "healthy -> suspended").await;
    assert!(
        line.as_bytes()[2] == b':' && line.contains(&account.friendly_name),
        "{line}"
    );
    // Who is broken, by number; why; the reply; who changed what.
    talk.line("1");
    talk.says(&app, "1 suspended for").await;
    talk.line("1");
    talk.says(&app, "1 why calls do not connect").await;
    talk.line("1");
    talk.says(&app, "<- likely cause").await;
    talk.line("2");
    talk.says(&app, "Twilio has suspended the account").await;
    talk.line("9");
    talk.says(&app, "twilio_account.connect").await;
    // It is mended at Twilio: verified again, and seen to be.
    assert!(app.sim.happen(&account.sid, "active_again"));
    talk.line("6");
    talk.says(&app, "Twilio accepts the credentials").await;
    talk.line("8");
    talk.says(&app, "it holds").await;
    talk.line("handover.md");
    talk.says(&app, "written to handover.md").await;
    talk.line("q");
    assert_eq!(talk.child.wait().unwrap().code(), Some(0));
    assert!(console.home().join("handover.md").exists());
    assert!(!talk.all.contains('\u{1b}'), "nothing steers the terminal");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_only_reads_unless_told_otherwise_and_finds_by_sid() {
    let (app, account, _) = opened().await;
    let console = Console::of(&app, "support");
    let mut talk = Talk::begin(&console, &["--plain"]);
    talk.says(&app, "reading only").await;
    talk.line(&account.sid);
    talk.says(&app, &account.sid).await;
    talk.line("5");
    talk.says(&app, "start with --write").await;
    talk.line("6");
    talk.says(&app, "start with --write").await;
    talk.line("b");
    talk.line("nobody of this name");
    talk.says(&app, "there is no such connection").await;
    drop(talk.child.stdin.take());
    assert_eq!(talk.child.wait().unwrap().code(), Some(0));
}
