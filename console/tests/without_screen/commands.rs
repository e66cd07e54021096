//! The program without its screen, against a real API: what it writes, and how it exits.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use crate::program::{Console, Ran};
use callab_tests::app::ECHO_LINE;
use callab_tests::{TestAgent, TestApp};
use serde_json::{Value, json};
use twilio_sim::{Phone, scenario};

/// A number of the healthy account's.
const NUMBER: &str = "+14155550101";

/// A healthy account, and beside it a suspended one.
async fn one_healthy_one_suspended() -> TestApp {
    let app = TestApp::start().await;
    let owner = app.owner();
    app.connect(&owner, &scenario::healthy(&app.sim)).await;
    suspend(&app).await;
    app
}

async fn suspend(app: &TestApp) {
    let owner = app.owner();
    let suspended = scenario::healthy(&app.sim);
    let id = app.connect(&owner, &suspended).await;
    app.run_jobs().await;
    assert!(app.sim.happen(&suspended.sid, "suspended_status_only"));
    let input = json!({ "accountId": id });
    owner.done("verifyTwilioAccount", "account { id }", input).await;
    app.run_jobs().await;
}

/// Every command says the same four things beside its data.
fn has_envelope(told: &Value) {
    assert_eq!(told["schemaVersion"], 1);
    assert!(
        told["asOf"].is_string() && told["partial"].is_boolean() && told["stale"].is_u64(),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn once_answers_every_connection_with_its_health() {
    let app = one_healthy_one_suspended().await;
    let console = Console::of(&app, "support");
    let told = console.run(&["--once", "--json"]).await.exits(1).json();
    has_envelope(&told);
    let rows = told["connections"].as_array().unwrap();
    let health: Vec<&str> = rows.iter().map(|row| row["health"].as_str().unwrap()).collect();
    assert_eq!(health, ["suspended", "healthy"]);
    assert_eq!(rows[0]["whoActs"], "CUSTOMER");
    let csv = console
        .run(&["--once", "--csv", "--filter", "health:susp"])
        .await
        .exits(1)
        .out;
    assert_eq!(csv.lines().count(), 2, "{csv}");
    assert!(
        csv.starts_with("health,since,is_stale,customer,") && csv.contains("\nsuspended,"),
        "{csv}"
    );
    // By the words of the screen, too; what makes no sense is no good news.
    let csv = console
        .run(&["--once", "--csv", "--filter", "health:ok"])
        .await
        .exits(0)
        .out;
    assert_eq!(csv.lines().count(), 2, "{csv}");
    for command in ["--once", "watch", "jobs"] {
        let ran = console.run(&[command, "--filter", "healt:fail"]).await.exits(2);
        assert!(
            ran.err.contains("no field `healt` here: ") && ran.out.is_empty(),
            "{}",
            ran.err
        );
    }
    // Only what is let through counts.
    console.run(&["--once", "--filter", "health:healthy"]).await.exits(0);
    // What is mistyped must not look as if all were well.
    for (command, filter) in [("--once", "health:broken"), ("numbers", "nobody-has-this-name")] {
        let ran = console.run(&[command, "--filter", filter]).await.exits(0);
        assert!(ran.err.contains("the filter lets none of "), "{command}: {}", ran.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_shown_and_diagnosed_by_any_name_that_only_it_has() {
    let app = one_healthy_one_suspended().await;
    let console = Console::of(&app, "support");
    let told = console.run(&["--once", "--json"]).await.json();
    let (suspended, healthy) = (&told["connections"][0], &told["connections"][1]);
    let sid = suspended["accountSid"].as_str().unwrap();
    let name = format!(
        "{} / {}",
        healthy["customer"].as_str().unwrap(),
        healthy["connection"].as_str().unwrap()
    );
    for meant in [suspended["id"].as_str().unwrap(), sid, &sid[..20]] {
        let told = console.run(&["show", meant, "--json"]).await.exits(1).json();
        has_envelope(&told);
        assert_eq!(told["connection"]["accountSid"], sid);
    }
    let told = console.run(&["diagnose", sid, "--json"]).await.exits(1).json();
    has_envelope(&told);
    assert_eq!(
        (&told["cause"], told["checks"].as_array().unwrap().len()),
        (&json!("ACCOUNT_ACTIVE"), 16)
    );
    // Both have the same name: both are told, and nothing else.
    let ran = console.run(&["diagnose", &name]).await.exits(2);
    assert!(
        ran.out.is_empty() && ran.err.contains("2 connections") && ran.err.contains(sid),
        "{}",
        ran.err
    );
    console
        .run(&["show", "nobody"])
        .await
        .exits(2)
        .tells("there is no connection `nobody`");
    console
        .run(&["show", healthy["accountSid"].as_str().unwrap()])
        .await
        .exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_written_in_every_format() {
    let app = one_healthy_one_suspended().await;
    let console = Console::of(&app, "support");
    for list in ["numbers", "calls", "billing", "jobs", "audit"] {
        let told = console.run(&[list, "--json"]).await.exits(0).json();
        has_envelope(&told);
        assert!(told[list].is_array() && told["more"] == false, "{told}");
        let csv = console.run(&[list, "--csv"]).await.exits(0).out;
        let rows = told[list].as_array().unwrap().len();
        assert_eq!(csv.lines().count(), rows + 1, "{csv}");
    }
    let told = console
        .run(&["numbers", "--json", "--limit", "1"])
        .await
        .exits(0)
        .json();
    assert_eq!(
        (told["numbers"].as_array().unwrap().len(), &told["more"]),
        (1, &json!(true))
    );
    let number = &told["numbers"][0];
    assert_eq!(
        (&number["calls"], &number["attempts"]),
        (&json!(0), &json!(0)),
        "{number}"
    );
    for nothing in ["lastInAt", "lastOutAt", "connectPercent"] {
        assert!(
            number.get(nothing).is_some_and(serde_json::Value::is_null),
            "{nothing}: {number}"
        );
    }
    // Digits are hidden by the API, and a number begins like a formula.
    let csv = console.run(&["numbers", "--csv"]).await.exits(0).out;
    assert!(csv.contains(",'+1 ") && !csv.contains("4155550101"), "{csv}");
    console
        .run(&["audit", "--since", "last week"])
        .await
        .exits(2)
        .tells("--since");
    assert_eq!(
        console
            .run(&["audit", "--csv", "--since", "2126-01-01"])
            .await
            .exits(0)
            .out
            .lines()
            .count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_followed_to_its_end() {
    let app = one_healthy_one_suspended().await;
    let console = Console::of(&app, "support");
    let told = console.run(&["--once", "--json"]).await.json();
    let sid = |place: usize| told["connections"][place]["accountSid"].as_str().unwrap().to_owned();
    let (suspended, healthy) = (sid(0), sid(1));
    console.run(&["sync", &healthy]).await.exits(0).tells("--wait");
    app.run_jobs().await;
    let told = console
        .run_beside_jobs(&app, &["sync", &healthy, "--wait", "--json"])
        .await
        .exits(0)
        .json();
    has_envelope(&told);
    assert_eq!((&told["state"], &told["health"]), (&json!("done"), &json!("healthy")));
    console
        .run_beside_jobs(&app, &["verify", &healthy, "--wait"])
        .await
        .exits(0)
        .tells("accepts the credentials");
    console
        .run_beside_jobs(&app, &["verify", &suspended, "--wait"])
        .await
        .exits(1)
        .tells("not good");
    // A role that only looks may not.
    Console::of(&app, "staff_viewer")
        .run(&["sync", &healthy])
        .await
        .exits(3)
        .tells("your role");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_call_is_only_placed_with_consent_and_tells_its_steps() {
    let app = TestApp::start().await;
    let owner = app.owner();
    app.connect(&owner, &scenario::healthy(&app.sim)).await;
    let number = app.add(&owner, NUMBER, "Main line").await;
    let agent = TestAgent::start().await.unwrap();
    let id = app.agent(&owner, "a1", agent.url()).await;
    app.assign(&owner, &number, &id, "OUTBOUND").await;
    let talks = Duration::from_secs(1);
    app.sim.phone(
        ECHO_LINE,
        Phone::Answers {
            after: Duration::from_millis(5),
            talks,
        },
    );
    let console = Console::of(&app, "support");
    let ran = console
        .run(&["test-call", "Main line", "--out"])
        .await
        .exits(2)
        .tells("--yes");
    assert!(
        ran.err.contains("on the CUSTOMER's Twilio bill") && ran.err.contains("are left"),
        "{}",
        ran.err
    );
    console
        .run(&["test-call", &number, "--out", "+4930123456", "--yes"])
        .await
        .exits(2)
        .tells("no such target");
    let ran = passes(&app, &console, &["test-call", &number, "--out", "--yes"]).await;
    assert!(
        ran.out.contains("good   answered") && ran.out.contains("\nPASS"),
        "{}",
        ran.out
    );
    app.sim.phone(ECHO_LINE, Phone::Busy);
    let ran = passes(&app, &console, &["test-call", NUMBER, "--out", "--yes", "--json"])
        .await
        .exits(1)
        .json();
    has_envelope(&ran);
    assert_eq!(ran["verdict"], "FAIL");
    Console::of(&app, "staff_viewer")
        .run(&["test-call", &number, "--out", "--yes"])
        .await
        .exits(3);
}

/// Runs a test call while time passes for the API.
async fn passes(app: &TestApp, console: &Console, arguments: &[&str]) -> Ran {
    let mut child = console.command(arguments).spawn().expect("it starts");
    app.until("the end of the test call", async || {
        child.try_wait().expect("its state")
    })
    .await;
    child.wait_with_output().expect("its output").into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_is_written_once_and_for_its_owner_alone() {
    let app = one_healthy_one_suspended().await;
    let console = Console::of(&app, "support");
    let told = console.run(&["--once", "--json"]).await.json();
    let sid = told["connections"][0]["accountSid"].as_str().unwrap();
    let path = console.home().join("bundle.json");
    console
        .run(&["bundle", sid, "-o", "bundle.json"])
        .await
        .exits(0)
        .tells("checks: 16");
    let written: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(written["account"]["sid"], sid);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    console
        .run(&["bundle", sid, "-o", "bundle.json"])
        .await
        .exits(2)
        .tells("--force");
    console
        .run(&["bundle", sid, "-o", "bundle.json", "--force"])
        .await
        .exits(0);
    console.run(&["bundle", sid, "-o", "bundle.md"]).await.exits(0);
    let markdown = std::fs::read_to_string(console.home().join("bundle.md")).unwrap();
    assert!(markdown.starts_with("# Support bundle"), "{markdown}");
    let ran = console.run(&["bundle", sid, "-o", "-"]).await.exits(0);
    assert!(
        ran.out.starts_with("# Support bundle") && ran.err.contains("checks: 16"),
        "{}",
        ran.out
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn watching_tells_changes_line_by_line_and_ends_cleanly() {
    let app = TestApp::start().await;
    app.connect(&app.owner(), &scenario::healthy(&app.sim)).await;
    let console = Console::of(&app, "support");
    let mut child = console.command(&["watch"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    let first = next();
    has_envelope(&first);
    assert_eq!((&first["kind"], &first["health"]), (&json!("state"), &json!("healthy")));
    suspend(&app).await;
    let change = tokio::task::block_in_place(|| {
        loop {
            let line = next();
            if line["health"] == "suspended" {
                break line;
            }
        }
    });
    assert_eq!(change["kind"], "change");
    let cursor = change["cursor"].as_str().unwrap().to_owned();
    signal(&child, "INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    // It goes on after a cursor, and ends by itself when nobody reads any more.
    let mut child = console.command(&["watch", "--after", &cursor]).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(tokio::task::block_in_place(|| child.wait()).unwrap().code(), Some(0));
}

/// The script is whole or it says why not; a full disk is no bug of the program's.
#[tokio::test]
async fn completions_that_cannot_be_written_say_so() {
    let console = Console::at("", "");
    let ran = console.run(&["completions", "bash"]).await;
    assert!(ran.out.contains("_callab__console() {"), "{}", ran.out);
    let full = std::fs::File::create("/dev/full").unwrap();
    let mut command = console.command(&["completions", "bash"]);
    let ended = command.stdout(full).output().unwrap();
    let told = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(5), "{told}");
    assert!(
        told.contains("nothing can be written") && !told.contains("bug"),
        "{told}"
    );
}

fn signal(child: &std::process::Child, name: &str) {
    let sent = std::process::Command::new("kill")
        .args([format!("-{name}"), child.id().to_string()])
        .status();
    assert!(sent.expect("kill").success());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_signed_in_is_told_how_and_the_token_is_kept_for_its_owner_alone() {
    let app = TestApp::start().await;
    let url = format!("{}/graphql", app.url);
    Console::at(&url, "")
        .run(&["--once"])
        .await
        .exits(3)
        .tells("callab-console login");
    Console::at(&url, "not.a.token")
        .run(&["--once"])
        .await
        .exits(3)
        .tells("sign in again");
    Console::at("", "token").run(&["--once"]).await.exits(2).tells("--url");
    let console = Console::at(&url, "");
    let token = app.client(None, "support").token().to_owned();
    let ran = console.run_with(&["login"], &format!("{token}\n")).await.exits(0);
    assert!(!ran.out.contains(&token) && !ran.err.contains(&token));
    console.run(&["--once"]).await.exits(0);
    let ran = console.run(&["doctor", "--json"]).await.exits(0);
    has_envelope(&ran.json());
    assert!(!ran.out.contains(&token));
    let kept = std::fs::read_dir(console.home().join(".local/state/callab-console"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    assert_eq!(kept.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::set_permissions(kept.path(), std::fs::Permissions::from_mode(0o644)).unwrap();
    console.run(&["--once"]).await.exits(3).tells("can be read by others");
    console.run(&["logout"]).await.exits(0);
    console.run(&["--once"]).await.exits(3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_is_not_there_or_does_not_answer_whole_is_told_by_the_exit() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/graphql", listener.local_addr().unwrap());
    drop(listener);
    let console = Console::at(&url, "token");
    console
        .run(&["--once", "--json"])
        .await
        .exits(4)
        .tells("cannot be reached");
    console.run(&["doctor"]).await.exits(4).tells("fail  api");
    let page = json!({ "nodes": [], "pageInfo": { "hasNextPage": false, "endCursor": null } });
    let error = json!({ "message": "Something went wrong on our side.", "extensions": { "code": "INTERNAL" } });
    let url = answers(&json!({ "data": { "twilioAccounts": page }, "errors": [error] }));
    let ran = Console::at(&url, "token")
        .run(&["--once", "--json"])
        .await
        .exits(5)
        .tells("not whole");
    assert_eq!(ran.json()["partial"], true);
    let url = answers(&json!({ "data": null, "errors": [error] }));
    Console::at(&url, "token").run(&["--once"]).await.exits(4);
}

/// An API that gives every question the same answer.
fn answers(answer: &Value) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/graphql", listener.local_addr().expect("its address"));
    let body = answer.to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut asked = [0; 16_384];
            let _ = stream.read(&mut asked);
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length:";
            let _ = write!(stream, "{head} {}\r\n\r\n{body}", body.len());
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_makes_no_sense_is_named_by_file_line_and_key() {
    let console = Console::at("", "");
    console.run(&["config"]).await.exits(0).tells("the defaults hold");
    let folder = console.home().join(".config/callab-console");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("config.toml");
    let default = console.run(&["config", "--print-default"]).await.exits(0).out;
    std::fs::write(&file, &default).unwrap();
    console.run(&["config"]).await.exits(0).tells("is sound");
    std::fs::write(&file, "theme = \"dark\"\n\n[keys]\nup = \"j\"\n").unwrap();
    for arguments in [&["--once"][..], &["config"], &["doctor"]] {
        let ran = console.run(arguments).await.exits(2);
        ran.tells("config.toml, line 4: [keys] `j` is given to both down and up");
    }
    std::fs::write(&file, "url = \"http://127.0.0.1:9/graphql\"\n").unwrap();
    console.run(&["--once"]).await.exits(3); // The address is taken from the file: a token is what is missing.
    console.run(&["--colour"]).await.exits(2);
    console.run(&[]).await.exits(3);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_terminal_the_screen_is_refused_and_once_is_named() {
    let app = TestApp::start().await;
    Console::of(&app, "support").run(&[]).await.exits(2).tells("--once");
}
