//! What customers, terminals and impatient fingers send: nothing of it reaches the screen as anything but text.

#[expect(dead_code, reason = "it serves the other tests as well")]
mod api;
#[expect(dead_code, reason = "it serves the other tests as well")]
mod pty;

use std::time::Duration;

use api::data::Data;
use api::faults::Http;
use api::{Api, TOKEN};
use pty::Terminal;
use serde_json::json;

fn opened_with(more: &[&str]) -> (Api, Terminal) {
    let api = Api::start(Data::of(50));
    let terminal = Terminal::start(120, 36, &api.url(), TOKEN, more);
    (api, terminal)
}

async fn leaves(mut terminal: Terminal) {
    terminal.keys("\u{3}");
    assert_eq!(terminal.ended().await, Some(0));
    terminal.is_as_it_was_found();
}

async fn pass(milliseconds: u64) {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_sizes_keeps_what_is_typed_and_what_is_selected() {
    let (_api, mut terminal) = opened_with(&[]);
    terminal.shows("50 of 50").await;
    terminal.keys("/main-");
    terminal.shows("/ main-").await;
    let sizes = [(40, 10), (1, 1), (300, 100), (20, 5), (80, 24), (2, 90), (250, 3)];
    for (round, (columns, rows)) in sizes.iter().cycle().take(60).enumerate() {
        terminal.resize(*columns, *rows);
        if round == 30 {
            terminal.keys("1");
        }
    }
    terminal.keys("7");
    terminal.resize(120, 36);
    terminal.shows("/ main-17").await;
    terminal.shows("1 of 50").await;
    leaves(terminal).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pasted_into_the_filter_is_text_on_one_line() {
    let (api, mut terminal) = opened_with(&["--write"]);
    terminal.shows("50 of 50").await;
    terminal.keys("\u{1b}[200~qVR\r\u{1b}[201~"); // Into nothing: no keys.
    pass(300).await;
    terminal.keys("/");
    terminal.keys("\u{1b}[200~main\n\u{202e}-1\u{1b}]0;title\u{7}7\u{1b}[201~");
    terminal.shows("/ main -1]0;title7").await;
    let bytes = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    assert!(
        !bytes.contains('\u{202e}') && !bytes.contains("\u{1b}]0;"),
        "it got through"
    );
    assert_eq!(api.changes().len(), 0, "what is pasted changes nothing");
    leaves(terminal).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn much_that_is_typed_at_once_is_read_to_its_end() {
    let (_api, mut terminal) = opened_with(&[]);
    terminal.shows("50 of 50").await;
    terminal.keys("/");
    terminal.keys(&"x".repeat(3000));
    terminal.keys("\u{202e}"); // No keyboard has this one.
    pass(1500).await;
    terminal.keys("\u{1b}"); // Takes the filter away: everything before it was read.
    terminal.shows("50 of 50").await;
    assert!(!String::from_utf8_lossy(&terminal.bytes()).contains('\u{202e}'));
    leaves(terminal).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn half_an_escape_sequence_stops_nothing() {
    let (_api, mut terminal) = opened_with(&[]);
    terminal.shows("● live").await;
    terminal.keys("\u{1b}[");
    let before = terminal.frames();
    pass(2500).await;
    assert!(terminal.frames() > before, "the clock stands still");
    terminal.signal("TERM");
    assert!(terminal.ended().await.is_some());
    terminal.is_as_it_was_found();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_answer_of_the_terminal_s_is_no_key() {
    let (_api, mut terminal) = opened_with(&[]);
    terminal.shows("● live").await;
    for late in [
        "\u{1b}]11;rgb:1e1e/1e1e/1e1e\u{1b}\\",
        "\u{1b}]11;rgb:1e1e/1e1e/1e1e\u{7}",
        "\u{1b}]10;rgb:eeee/eeee/eeee\u{1b}\\\u{1b}[?62;22;52c",
        "\u{1b}P1+r524742=38\u{1b}\\",
    ] {
        terminal.keys(late);
        pass(300).await;
        let text = terminal.text();
        assert!(
            text.contains("Connections: 50 of 50") && !text.contains("› problems"),
            "{late:?}: {text}"
        );
        assert!(
            text.contains("sort: worst") && text.contains("› ✖ FAIL"),
            "{late:?}: {text}"
        );
        assert!(!text.contains("FROZEN"), "{late:?}: {text}");
    }
    terminal.keys("?"); // Keys are keys again.
    terminal.shows("Help").await;
    leaves(terminal).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_with_escapes_and_marks_that_turn_text_are_shown_without_them() {
    let evil = "Ac\u{1b}[31mme\u{1b}]0;x\u{7} \u{202e}evil\u{2066}\u{200f} \u{9b}2J\u{90}q\u{0}";
    let mut data = Data::of(5);
    data.text = evil.to_owned();
    data.viewer["subject"] = json!(evil);
    for row in &mut data.rows {
        row["workspace"]["name"] = json!(evil);
        row["label"] = json!(evil);
        row["sid"] = json!(evil);
        row["health"]["reason"] = json!({
            "code": evil, "text": evil, "evidence": evil, "whoActs": "CUSTOMER", "twilioCode": 20003,
        });
    }
    let api = Api::start(data);
    let mut terminal = Terminal::start(120, 36, &api.url(), TOKEN, &[]);
    terminal.shows("Ac[31mme]0;x evil").await;
    terminal.keys("\r");
    terminal.shows("Why calls don't connect").await;
    terminal.keys("y4Y");
    api.answers(Http::Words(
        json!({ "errors": [{ "message": evil, "extensions": { "code": evil } }] }).to_string(),
    ));
    terminal.keys("\u{c}");
    terminal.shows("2Jq: Ac[31mme]0;x evil").await;
    terminal.keys("L");
    terminal.shows("Messages").await;
    let bytes = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    for bad in [
        "\u{202e}",
        "\u{2066}",
        "\u{200f}",
        "\u{9b}",
        "\u{90}",
        "\u{1b}]0;",
        "\u{1b}[31m",
        "\u{0}",
    ] {
        assert!(!bytes.contains(bad), "{bad:?} reached the terminal");
    }
    leaves(terminal).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locale_without_utf_8_has_everything_in_ascii() {
    let api = Api::start(Data::of(50));
    let env = [("LC_ALL", "C")];
    let mut terminal = Terminal::start_in(120, 36, &api.url(), TOKEN, &[], &env);
    terminal.shows("+ live").await;
    terminal.shows("X FAIL").await;
    for keys in ["\r", "L", "L", "q", "?", "?", "/zzz", "\u{1b}", "V"] {
        terminal.keys(keys);
        pass(300).await;
        let text = terminal.text();
        let odd: String = text.chars().filter(|c| !c.is_ascii()).collect();
        assert_eq!(odd, "", "after {keys:?}:\n{text}");
    }
    leaves(terminal).await;
}
