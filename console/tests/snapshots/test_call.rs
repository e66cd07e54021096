//! A test call, as it goes on, and as nothing more is heard of it.

use std::time::Duration;

use chrono::TimeDelta;
use console::connection::Trouble;
use console::msg::{Msg, Question};
use console::state::{Asks, Verdict};
use crossterm::event::KeyCode;

use super::dump::{SIZES, texts};
use super::played::{Played, Shown, State};

/// Whoever calls a number turns to a phone, and sees what came of it on coming back.
#[test]
fn it_is_followed_while_nobody_looks() {
    let mut played = Played::in_state(Shown::TestCall, State::Write);
    played.tell(Msg::Focus(false));
    played.hold();
    played.tell(Msg::Tick(played.model.now + TimeDelta::seconds(1)));
    let is_asked = |question: &Question| matches!(question, Question::TestCall { .. });
    assert!(played.held().iter().any(is_asked), "{:?}", played.held());
}

/// What is not heard of any more is marked, with its age; its clock does not run on past its end, and it cannot be hung up then.
#[test]
fn what_is_not_heard_of_any_more_says_so() {
    for size in SIZES {
        let mut played = Played::in_state(Shown::TestCall, State::Stale);
        let text = texts(&mut played.model, size);
        assert!(text.contains("  01:07 "), "{text}");
        assert!(text.contains("◌ last told 9m ago"), "{text}");
        assert!(text.contains("◌▸ agent connected"), "{text}");
        assert!(
            !text.contains("X hang up") && text.contains("it is over by now"),
            "{text}"
        );

        let mut played = Played::in_state(Shown::TestCall, State::Reconnecting);
        let text = texts(&mut played.model, size);
        assert!(text.contains("◌ last told 3") && text.contains("◌▸ agent"), "{text}");
        assert!(text.contains("X is off: offline"), "{text}");

        let mut played = Played::in_state(Shown::TestCall, State::ErrorLater);
        let text = texts(&mut played.model, size);
        assert!(text.contains("◌ last told") && text.contains("502"), "{text}");

        let mut played = Played::in_state(Shown::TestCall, State::Write);
        let text = texts(&mut played.model, size);
        assert!(
            !text.contains("◌ last") && !text.contains("◌▸") && text.contains("X hang up"),
            "{text}"
        );
    }
}

/// That it cannot be asked for is told once, not every second.
#[test]
fn what_fails_every_second_is_told_once() {
    let mut played = Played::in_state(Shown::TestCall, State::ErrorLater);
    let told = played.model.messages.iter().count();
    for _ in 0..5 {
        played.tell(Msg::Tick(played.model.now + TimeDelta::seconds(1)));
    }
    assert_eq!(played.model.messages.iter().count(), told);
}

/// Where there is no room for all, what came of it is seen, and the step that stopped it.
#[test]
fn its_verdict_is_seen_at_every_size() {
    for size in SIZES {
        let mut played = Played::in_state(Shown::TestCall, State::Write);
        let call = played.model.test.as_mut().expect("a test call");
        call.ended_at = Some(call.started_at + TimeDelta::seconds(9));
        call.steps[4].answer = console::state::detail::Answer::Fail;
        let text = "FAIL: it stopped at agent connected, Twilio 11200".to_owned();
        call.verdict = Some(Verdict { is_pass: false, text });
        let text = texts(&mut played.model, size);
        for told in ["FAIL: it stopped", "11200", "✖ agent connected", "  00:09"] {
            assert!(text.contains(told), "{told} is missing:\n{text}");
        }
    }
}

/// A start of which nothing is known is not said to be shown where it is not.
#[test]
fn a_start_without_an_answer_says_what_is_not_known() {
    let mut played = Played::asked(Asks::TestCall);
    played.model.now += TimeDelta::seconds(1);
    played.hold();
    played.press(KeyCode::Right);
    played.enter();
    let question = played.held().first().cloned().expect("it is asked");
    let trouble = Trouble::Slow(Duration::from_secs(10));
    played.tell(Msg::Answered(question, Err(trouble), Duration::from_secs(10)));
    assert!(played.model.overlay.is_none());
    let said: Vec<&str> = played
        .model
        .messages
        .iter()
        .map(|message| message.text.as_str())
        .collect();
    assert!(
        said[0].contains(
            "whether the test call was started is not known: if it was, it ends by itself, and Calls (3) shows it"
        ),
        "{said:?}"
    );
    played.key('X');
    assert!(texts(&mut played.model, SIZES[0]).contains("no test call goes on of which this console knows"));
}
