//! What the API and the way to it can do wrong, on a real terminal: what is shown then, and that nothing is asked in a storm.

#[expect(dead_code, reason = "it serves the other tests as well")]
mod api;
#[expect(dead_code, reason = "it serves the other tests as well")]
mod pty;

use std::time::Duration;

use api::data::Data;
use api::faults::{Http, Socket};
use api::{Api, TOKEN};
use futures_util::future::join_all;
use pty::Terminal;

/// So many connections, and a terminal that looks at them.
fn opened(count: usize) -> (Api, Terminal) {
    let api = Api::start(Data::of(count));
    let terminal = look_at(&api);
    (api, terminal)
}

fn look_at(api: &Api) -> Terminal {
    Terminal::start(120, 36, &api.url(), TOKEN, &[])
}

/// It can be left by its key, and leaves the terminal as it was found.
async fn leaves(mut terminal: Terminal) {
    terminal.keys("\u{3}");
    assert_eq!(terminal.ended().await, Some(0));
    terminal.is_as_it_was_found();
}

async fn pass(seconds: f64) {
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_api_is_waited_for_and_keys_work_meanwhile() {
    let api = Api::start(Data::of(50));
    api.answers(Http::After(Duration::from_secs(5)));
    let mut terminal = look_at(&api);
    terminal.shows("loading 0").await;
    terminal.keys("?");
    terminal.shows("Help").await;
    terminal.keys("?");
    terminal.shows("loading 0").await;
    assert_eq!(
        api.asked("twilioAccounts").len(),
        0,
        "the first answer is not there yet"
    );
    terminal.shows("50 of 50").await;
    leaves(terminal).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_is_gone_at_the_start_is_found_when_it_comes() {
    let mut api = Api::start(Data::of(50));
    api.stop();
    let terminal = look_at(&api);
    terminal.shows("the API cannot be reached").await;
    api.start_again().await;
    terminal.shows("50 of 50").await;
    terminal.shows("● live").await;
    leaves(terminal).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_api_is_followed_on_from_the_last_event() {
    let (mut api, terminal) = opened(50);
    terminal.shows("● live").await;
    api.change(49, "FAILING");
    terminal.shows("Customer 49 / main-49: failing").await;
    api.stop();
    terminal.shows("OFFLINE").await;
    terminal.shows("◌").await;
    api.with(|data| data.change(48, "SUSPENDED")); // What happens while nobody listens.
    api.start_again().await;
    terminal.shows("Customer 48 / main-48: suspended").await;
    terminal.shows("● live").await;
    let (_, opened) = api.followed();
    assert_eq!(opened.last().unwrap().after.as_deref(), Some("c1"));
    assert_eq!(api.asked("twilioAccounts").len(), 1, "nothing had to be read again");
    leaves(terminal).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_only_the_socket_refuses_is_over_too() {
    let faults = [
        Socket::Refused(401),
        Socket::Closed(4401),
        Socket::Closed(4403),
        Socket::Ended(4403),
    ];
    join_all(faults.map(async |fault| {
        let api = Api::start(Data::of(5));
        api.sockets(fault);
        let terminal = look_at(&api);
        terminal.shows("SIGNED OUT").await;
        assert_eq!(api.followed().0, 1, "{fault:?}");
        leaves(terminal).await;
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_was_never_good_is_told_at_the_start() {
    let api = Api::start(Data::of(5));
    let terminal = Terminal::start(120, 36, &api.url(), "another session", &[]);
    terminal.shows("SIGNED OUT").await;
    terminal.shows("sign in again").await;
    leaves(terminal).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_named_and_tried_less_and_less_often() {
    let faults = [
        (Http::Status(403, None), "your role may not do this"),
        (Http::Status(500, None), "the API failed with status 500"),
        (
            Http::Words("<html>\u{1b}[31mnot here".to_owned()),
            "the answer makes no sense",
        ),
        (
            Http::Words("{\"data\": \"\u{202e}evil\u{9b}31m\"}".to_owned()),
            "the answer makes no sense",
        ),
        (Http::Words("{}".to_owned()), "the answer makes no sense"),
    ];
    join_all(faults.map(async |(fault, shown)| {
        let api = Api::start(Data::of(5));
        api.answers(fault.clone());
        let terminal = look_at(&api);
        terminal.shows(shown).await;
        pass(4.0).await;
        let tries = api.asked("eventCursor").len();
        assert!((2..=5).contains(&tries), "{tries} tries for {fault:?}");
        let bytes = String::from_utf8_lossy(&terminal.bytes()).into_owned();
        assert!(
            !bytes.contains('\u{202e}') && !bytes.contains("\u{1b}[31m"),
            "{fault:?}"
        );
        api.answers(Http::Well);
        terminal.shows("5 of 5").await;
        leaves(terminal).await;
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_an_end_is_read_no_further_than_it_can_be_long() {
    let api = Api::start(Data::of(5));
    api.answers(Http::Endless);
    let terminal = look_at(&api);
    terminal.shows("it is larger than 16 MB").await;
    assert!(terminal.megabytes() < 160.0, "{} MB", terminal.megabytes());
    leaves(terminal).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_it_asks_to_slow_down_nothing_is_asked_for_as_long_as_it_says() {
    let api = Api::start(Data::of(5));
    api.answers(Http::Status(429, Some(6)));
    let mut terminal = look_at(&api);
    terminal.shows("slow down").await;
    let asked = api.questions();
    assert!(asked <= 2, "{asked} questions");
    api.answers(Http::Well);
    for _ in 0..10 {
        terminal.keys("\u{c}"); // Ctrl-l: the operator is impatient.
        pass(0.3).await;
    }
    assert_eq!(api.questions(), asked);
    terminal.shows("5 of 5").await;
    leaves(terminal).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_is_cut_is_opened_again_and_goes_on_where_it_was() {
    let (api, terminal) = opened(50);
    terminal.shows("● live").await;
    api.change(49, "FAILING");
    terminal.shows("Customer 49 / main-49: failing").await;
    api.cut();
    terminal.shows("OFFLINE").await;
    terminal.shows("● live").await;
    let (_, opened) = api.followed();
    let after: Vec<_> = opened.iter().map(|opened| opened.after.as_deref()).collect();
    assert_eq!(after, [Some("c0"), Some("c1")]);
    assert_eq!(api.asked("twilioAccounts").len(), 1);
    leaves(terminal).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_that_is_too_big_has_everything_read_again() {
    let (api, terminal) = opened(50);
    terminal.shows("● live").await;
    api.sockets(Socket::TooOld);
    api.with(|data| {
        for place in 0..50 {
            data.change(place, "SUSPENDED");
        }
    });
    api.cut();
    terminal.shows("OFFLINE").await;
    pass(1.0).await;
    api.sockets(Socket::Well);
    terminal.shows("● live").await;
    terminal.shows("■ 50 SUSP").await;
    assert!(api.asked("twilioAccounts").len() >= 2, "it was read again");
    let (_, opened) = api.followed();
    assert_eq!(
        opened.last().unwrap().after.as_deref(),
        Some("c50"),
        "and followed from there"
    );
    leaves(terminal).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_that_fail_at_once_are_no_storm() {
    let faults = [
        Socket::Cut,
        Socket::TooOld,
        Socket::FellBehind,
        Socket::Refused(500),
        Socket::Refused(429),
    ];
    join_all(faults.map(async |fault| {
        let api = Api::start(Data::of(5));
        api.sockets(fault);
        let terminal = look_at(&api);
        terminal.shows("OFFLINE").await;
        pass(7.0).await;
        let (tries, reads) = (api.followed().0, api.asked("twilioAccounts").len());
        assert!((2..=6).contains(&tries), "{tries} sockets for {fault:?}");
        assert!(reads <= 6, "{reads} reads for {fault:?}");
        leaves(terminal).await;
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_held_down_while_offline_is_no_storm() {
    let (mut api, mut terminal) = opened(50);
    terminal.shows("● live").await;
    api.stop();
    terminal.shows("OFFLINE").await;
    api.start_again().await;
    api.sockets(Socket::Refused(500));
    let before = api.followed().0;
    for _ in 0..120 {
        terminal.keys("j");
        pass(0.03).await;
    }
    let tries = api.followed().0 - before;
    assert!((3..=9).contains(&tries), "{tries} sockets within 4 s");
    api.sockets(Socket::Well);
    pass(0.6).await;
    terminal.keys("j");
    terminal.shows("● live").await;
    leaves(terminal).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_is_newer_is_told_and_its_words_are_shown() {
    let mut data = Data::of(5);
    data.schema_version = "2.4".to_owned();
    data.change(0, "ON_FIRE");
    data.viewer["role"] = "WIZARD".into();
    let api = Api::start(data);
    let terminal = look_at(&api);
    terminal.shows("the API's schema is 2.4, this console knows 1").await;
    terminal.shows("? ON_…").await;
    terminal.shows("? 1 ON_FIRE").await;
    terminal.shows("? WIZARD").await;
    leaves(terminal).await;
}
