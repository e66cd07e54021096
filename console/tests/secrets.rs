//! What must never be shown, and what must never be done twice.

#[expect(dead_code, reason = "it serves the other tests as well")]
mod api;
#[expect(dead_code, reason = "it serves the other tests as well")]
mod pty;

use std::time::{Duration, Instant};

use api::data::Data;
use api::faults::Http;
use api::{Api, TOKEN};
use futures_util::future::join_all;
use pty::Terminal;
use serde_json::json;

async fn pass(milliseconds: u64) {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
}

/// The same as text, and as the clipboard is written.
fn holds(bytes: &[u8], secret: &str) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let copies = text.split("\u{1b}]52;c;").skip(1).filter_map(|rest| {
        let copy = rest.split(['\u{7}', '\u{1b}']).next()?;
        Some(String::from_utf8_lossy(&decoded(copy)).into_owned())
    });
    text.contains(secret) || copies.into_iter().any(|copy| copy.contains(secret))
}

/// Base 64.
fn decoded(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits = text
        .bytes()
        .filter_map(|digit| DIGITS.iter().position(|known| *known == digit));
    let bits: Vec<usize> = bits.collect();
    let bytes = bits.chunks(4).flat_map(|chunk| {
        let whole = chunk.iter().fold(0, |whole, part| whole << 6 | part) << (6 * (4 - chunk.len()));
        [whole >> 16, whole >> 8, whole]
            .map(|byte| u8::try_from(byte & 0xff).expect("a byte"))
            .into_iter()
            .take(chunk.len() - 1)
    });
    bytes.collect()
}

#[test]
fn a_copied_secret_would_be_found() {
    assert_eq!(decoded("c2VjcmV0IQ=="), b"secret!");
    assert!(holds(b"x\x1b]52;c;c2VjcmV0IQ==\x07y", "secret"));
    assert!(!holds(b"x\x1b]52;c;c2VjcmV0IQ==\x07y", "secrets"));
}

/// Every string that the API tells holds the session: an API, or a proxy, that tells what it was told.
#[tokio::test(flavor = "multi_thread")]
async fn the_operator_s_session_is_shown_and_copied_nowhere() {
    let told = format!("told {TOKEN} back");
    let mut data = Data::of(5);
    data.text.clone_from(&told);
    for row in &mut data.rows {
        row["workspace"]["name"] = json!(told);
        row["label"] = json!(told);
        row["sid"] = json!(TOKEN);
        row["health"]["reason"] =
            json!({ "code": told, "text": told, "evidence": told, "whoActs": told, "twilioCode": null });
    }
    data.viewer["subject"] = json!(told);
    data.viewer["role"] = json!(told);
    data.schema_version.clone_from(&told);
    let api = Api::start(data);
    let mut terminal = Terminal::start(160, 40, &api.url(), TOKEN, &[]);
    terminal.shows("told ••• back").await;
    api.change(3, &told);
    terminal.keys("jy4Y\r");
    terminal.shows("Why calls don't connect").await;
    terminal.keys("y4Y?");
    pass(300).await;
    terminal.keys("?L");
    pass(300).await;
    terminal.keys("L");
    for words in [
        json!({ "errors": [{ "message": told, "extensions": { "code": told, "traceId": told } }] }).to_string(),
        json!({ "data": told }).to_string(),
        json!({ "data": { told.as_str(): told } }).to_string(),
        told.clone(),
    ] {
        api.answers(Http::Words(words));
        terminal.keys("\u{c}");
        pass(300).await;
        terminal.keys("L");
        pass(300).await;
        terminal.keys("L");
    }
    terminal.signal("TERM");
    assert!(terminal.ended().await.is_some());
    let bytes = terminal.bytes();
    assert!(holds(&bytes, "\u{1b}]52;c;"), "something was copied");
    assert!(!holds(&bytes, TOKEN), "the session was shown or copied");
}

/// Who is signed out copies nothing any more: no menu is there that nobody sees.
#[tokio::test(flavor = "multi_thread")]
async fn after_the_session_nothing_is_copied() {
    let api = Api::start(Data::of(5));
    let mut terminal = Terminal::start(120, 36, &api.url(), TOKEN, &["--write"]);
    terminal.shows("5 of 5").await;
    api.answers(Http::Status(401, None));
    terminal.keys("\u{c}");
    terminal.shows("SIGNED OUT").await;
    for keys in ["y1", "y3", "\r", "2y1", ":", "L", "VE"] {
        terminal.keys(keys);
        pass(100).await;
    }
    assert!(!holds(&terminal.bytes(), "\u{1b}]52;c;"), "something was copied");
    let text = terminal.text();
    assert!(text.contains("sign in again") && !text.contains("WRITE"), "{text}");
    assert_eq!(api.changes().len(), 0);
    terminal.keys("q");
    assert_eq!(terminal.ended().await, Some(0));
}

/// The API keeps secrets to itself, and the console asks for none: what it did not ask for it does not show.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_asked_for_is_not_shown() {
    let mut data = Data::of(5);
    for row in &mut data.rows {
        for field in ["authToken", "apiKeySecret", "webhookSecret", "recordingUrl"] {
            row[field] = json!("planted-secret-7f3a");
            row["health"][field] = json!("planted-secret-7f3a");
        }
    }
    let api = Api::start(data);
    let mut terminal = Terminal::start(120, 36, &api.url(), TOKEN, &[]);
    terminal.shows("5 of 5").await;
    terminal.keys("y4Y\r");
    terminal.shows("Why calls don't connect").await;
    terminal.keys("y4Y");
    pass(300).await;
    assert!(!holds(&terminal.bytes(), "planted-secret"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_whose_key_is_pressed_twice_is_made_once() {
    let api = Api::start(Data::of(5));
    let mut terminal = Terminal::start(120, 36, &api.url(), TOKEN, &["--write"]);
    terminal.shows("● live").await;
    api.answers(Http::After(Duration::from_millis(700)));
    for (key, change) in [("V", "verifyTwilioAccount"), ("R", "syncNumbers")] {
        let before = api.changes().len();
        for _ in 0..4 {
            terminal.keys(key);
            terminal.keys("\r\r");
            pass(50).await;
            terminal.keys("\u{1b}"); // Back from whatever Enter opened.
            pass(50).await;
        }
        pass(1500).await;
        let changes = api.changes();
        assert_eq!(changes.len() - before, 1, "{changes:?}");
        assert_eq!(changes[before].name, change);
        let key = &changes[before].arguments["input"]["idempotencyKey"];
        assert!(key.as_str().is_some_and(|key| key.len() > 20), "{key}");
    }
}

/// A key that asks first.
struct Asks {
    /// What is pressed before it, and what is shown then.
    way: (&'static str, &'static str),
    key: &'static str,
    title: &'static str,
    typed: &'static str,
    change: &'static str,
}

const ASKS: [Asks; 5] = [
    Asks {
        way: ("2", "Numbers ─ 1"),
        key: "T",
        title: "Start a test call?",
        typed: "",
        change: "startTestCall",
    },
    Asks {
        way: ("4", "! NEW"),
        key: "A",
        title: "Acknowledge this alert?",
        typed: "the customer knows",
        change: "acknowledgeBillingEpisode",
    },
    Asks {
        way: ("g", "› ✖ FAIL"),
        key: "P",
        title: "Pause this connection?",
        typed: "",
        change: "pauseTwilioAccount",
    },
    Asks {
        way: ("gj", "› ■ SUSP"),
        key: "P",
        title: "type its name, main-1: it had 1 calls in the last 15 minutes",
        typed: "main-1",
        change: "pauseTwilioAccount",
    },
    Asks {
        way: ("5", "›   waiting"),
        key: "X",
        title: "Cancel this job?",
        typed: "",
        change: "cancelJob",
    },
];

/// Enter is pressed again and again while the API takes its time: the dialog is locked until the answer comes, and it is done once.
#[tokio::test(flavor = "multi_thread")]
async fn a_dialog_that_is_confirmed_twice_does_it_once() {
    join_all(ASKS.map(async |asks| {
        let mut data = Data::of(5);
        let episode = json!({ "isOpen": true, "closedAt": null, "acknowledgedAt": null, "acknowledgedBy": null });
        data.planted = json!({
            "billingEpisodes": { "nodes": [episode] },
            "jobs": { "nodes": [{ "state": "WAITING", "isCancelable": true }] },
            "phoneNumbers": { "nodes": [{ "account": { "id": "acc-0" } }] },
            asks.change: { "userErrors": [] },
        });
        let api = Api::start(data);
        let mut terminal = Terminal::start(120, 36, &api.url(), TOKEN, &["--write"]);
        terminal.shows("● live").await;
        terminal.keys(asks.way.0);
        terminal.shows(asks.way.1).await;
        terminal.keys(asks.key);
        terminal.shows(asks.title).await;
        pass(400).await; // It is deaf at first.
        terminal.keys(asks.typed);
        pass(100).await;
        api.answers(Http::After(Duration::from_millis(1500)));
        terminal.keys("\u{1b}[C\r\r");
        terminal.shows("sent, the answer is awaited").await;
        for keys in ["\r", "\u{1b}[C\r", "q", asks.key, "\r\r"] {
            terminal.keys(keys);
            pass(50).await;
            let text = terminal.text();
            assert!(
                text.contains("sent, the answer is awaited"),
                "{}: it is open\n{text}",
                asks.key
            );
        }
        let begun = Instant::now();
        while terminal.text().contains("sent, the answer is awaited") {
            assert!(begun.elapsed() < Duration::from_secs(20), "{}", terminal.text());
            pass(20).await;
        }
        pass(300).await;
        let changes = api.changes();
        assert_eq!(changes.len(), 1, "{}: {changes:?}", asks.key);
        assert_eq!(changes[0].name, asks.change);
        let key = &changes[0].arguments["input"]["idempotencyKey"];
        assert!(key.as_str().is_some_and(|key| key.len() > 20), "{key}");
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_write_nothing_is_changed() {
    let api = Api::start(Data::of(5));
    let mut terminal = Terminal::start(120, 36, &api.url(), TOKEN, &[]);
    terminal.shows("● live").await;
    for key in ["V", "R", "V\r", "R\r"] {
        terminal.keys(key);
        terminal.shows("needs --write").await;
    }
    pass(500).await;
    assert_eq!(api.changes().len(), 0);
}
