//! What lies over the screen: dialogs, messages, the palette.

use console::state::{Asks, Mode, Overlay};

use super::data::Plan;
use super::dump::{SIZES, texts};
use super::played::{Played, Shown, State};

/// Enter alone never does what is asked, whatever was typed: it leads to Cancel, and from there out.
#[test]
fn enter_alone_confirms_nothing() {
    for asks in Asks::ALL {
        for typed in ["", "customer told", "eu-prod"] {
            let mut played = Played::asked(*asks);
            played.model.now += chrono::TimeDelta::seconds(1);
            let Some(Overlay::Dialog(dialog)) = &played.model.overlay else {
                panic!("{asks:?} is not asked");
            };
            if dialog.typed.is_none() && !typed.is_empty() {
                continue;
            }
            let told = played.model.messages.iter().count();
            typed.chars().for_each(|letter| played.key(letter));
            let text = texts(&mut played.model, SIZES[0]);
            assert_eq!(
                text.contains("[ Cancel ]"),
                typed.is_empty(),
                "what has the keys is seen:\n{text}"
            );
            for _ in 0..3 {
                played.enter();
                if played.model.overlay.is_none() {
                    break;
                }
            }
            assert!(played.model.overlay.is_none(), "{asks:?} is left by Enter");
            assert_eq!(played.model.messages.iter().count(), told, "{asks:?} with {typed:?}");
        }
    }
}

/// At every size a dialog shows whom it is about, what is typed, and what has the keys; what has no room is marked.
#[test]
fn a_dialog_shows_its_target_its_field_and_its_buttons_at_every_size() {
    use crossterm::event::KeyCode;

    for asks in Asks::ALL {
        for size in [(120, 36), (80, 24), (40, 12), (40, 10)] {
            let mut played = Played::asked(*asks);
            played.model.now += chrono::TimeDelta::seconds(1);
            let Some(Overlay::Dialog(dialog)) = &mut played.model.overlay else {
                panic!("{asks:?} is not asked");
            };
            // One target more than has room, and the last of them is meant.
            let many = dialog.choices.len() > 1;
            if many {
                let more = dialog.choices[0].clone();
                dialog.choices.extend(std::iter::repeat_n(more, 20));
                dialog
                    .choices
                    .push(("the last of all".to_owned(), dialog.choices[0].1.clone()));
                dialog.chosen = dialog.choices.len() - 1;
            }
            let target: String = dialog.lines[0]
                .chars()
                .take(20)
                .collect::<String>()
                .trim_end()
                .to_owned();
            let (yes, has_field) = (dialog.asks.yes(), dialog.typed.is_some());
            let text = texts(&mut played.model, size);
            assert!(text.contains(&target), "{target}:\n{text}");
            assert!(text.contains("[ Cancel ]"), "{text}");
            assert!(!many || text.contains("(x) the last of all"), "{text}");
            if has_field {
                "because the customer wrote that it was told so by a colleague"
                    .chars()
                    .for_each(|letter| played.key(letter));
                let text = texts(&mut played.model, size);
                assert!(text.contains("by a colleague"), "{text}");
            }
            played.press(KeyCode::Right);
            let text = texts(&mut played.model, size);
            assert!(text.contains(&format!("[ {yes} ]")), "{text}");
            if size.1 == 10 && !many {
                let Some(Overlay::Dialog(dialog)) = &mut played.model.overlay else {
                    panic!("{asks:?} is not asked");
                };
                dialog.lines = vec![
                    target.clone(),
                    "what it does ".repeat(9),
                    "what it costs".to_owned(),
                    "more".to_owned(),
                ];
                let text = texts(&mut played.model, size);
                assert!(
                    text.contains(&target) && text.contains('…') && text.contains(&format!("[ {yes} ]")),
                    "{text}"
                );
            }
        }
    }
}

/// A letter that was meant for something else does not move to the button that does it: only the arrows and Tab do.
#[test]
fn letters_move_nothing_in_a_dialog() {
    for asks in Asks::ALL {
        for letters in ["l", "hl", "jl", "kkl"] {
            let mut played = Played::asked(*asks);
            played.model.now += chrono::TimeDelta::seconds(1);
            letters.chars().for_each(|letter| played.key(letter));
            let Some(Overlay::Dialog(dialog)) = &played.model.overlay else {
                panic!("{asks:?} is not asked any more");
            };
            assert_eq!(dialog.chosen, 0, "{asks:?} {letters}");
            assert_ne!(dialog.focus, console::state::Focus::Yes, "{asks:?} {letters}");
        }
    }
}

/// A dialog that an answer opens does not come over what was opened meanwhile, nor is it about what was selected meanwhile.
#[test]
fn a_dialog_that_comes_late_is_not_opened_over_something_else() {
    for (screen, key, title) in [
        ('2', 'T', "Start a test call?"),
        ('1', 'E', "Write the support bundle?"),
    ] {
        let asked = || {
            let mut played = Played::begin(&Plan::default());
            played.model.mode = Mode::Write;
            played.key(screen);
            played.hold();
            played.key(key);
            played
        };
        let mut played = asked();
        played.release();
        assert!(texts(&mut played.model, SIZES[0]).contains(title), "{title}");

        let mut played = asked();
        played.key('j');
        played.release();
        let text = texts(&mut played.model, SIZES[0]);
        assert!(played.model.overlay.is_none(), "{text}");
        assert!(
            text.contains(&format!("something else was selected meanwhile; {key} asks again")),
            "{text}"
        );

        let mut played = asked();
        "/hotel".chars().for_each(|letter| played.key(letter));
        played.release();
        played.model.now += chrono::TimeDelta::seconds(1);
        assert!(matches!(&played.model.overlay, Some(Overlay::Filter(typed)) if typed.value() == "hotel"));
        played.enter();
        let text = texts(&mut played.model, SIZES[0]);
        assert!(played.model.overlay.is_none(), "{text}");
        assert!(
            text.contains(&format!("something else was opened meanwhile; {key} asks again")),
            "{text}"
        );
    }
}

/// What a dialog asks may not be possible any more when it is answered: nothing is sent then, it says why, and stays.
#[test]
fn a_dialog_sends_nothing_once_its_change_is_off() {
    use console::connection::{Heard, Trouble};
    use console::msg::Msg;
    use crossterm::event::KeyCode;

    for (asks, typed) in [
        (Asks::Pause, ""),
        (Asks::CancelJob, ""),
        (Asks::TestCall, ""),
        (Asks::Reveal, "a reason"),
    ] {
        let mut played = Played::asked(asks);
        let (why, again_in) = (Trouble::Throttled, std::time::Duration::from_secs(45));
        played.tell(Msg::Heard(Heard::Closed { why, again_in }));
        played.model.now += chrono::TimeDelta::seconds(1);
        typed.chars().for_each(|letter| played.key(letter));
        played.press(KeyCode::Right);
        played.hold(); // Only what is not asked is not answered.
        played.enter();
        let text = texts(&mut played.model, SIZES[0]);
        assert!(text.contains("nothing was sent: offline"), "{asks:?}: {text}");
        assert!(played.model.pending.is_empty(), "{asks:?}");
        let Some(Overlay::Dialog(dialog)) = &played.model.overlay else {
            panic!("{asks:?} is closed");
        };
        assert!(!dialog.is_sent && dialog.asks == asks);
        // Once it is live again it can be sent.
        played.tell(Msg::Heard(Heard::Open));
        played.enter();
        assert_eq!(played.model.pending.len(), 1, "{asks:?}");
    }
}

/// Falling back to reading closes what would change something, and says so; a test call is not hung up by then either.
#[test]
fn the_fall_back_to_reading_closes_what_would_change_something() {
    use console::msg::Msg;

    for asks in Asks::ALL {
        let mut played = Played::asked(*asks);
        let changes = !matches!(asks, Asks::Reveal | Asks::Bundle);
        for minutes in [14, 15] {
            assert!(played.model.overlay.is_some(), "{asks:?} before {minutes}");
            played.tell(Msg::Tick(played.model.key_at + chrono::TimeDelta::minutes(minutes)));
        }
        assert_eq!(played.model.overlay.is_none(), changes, "{asks:?}");
        assert_eq!(played.model.mode, Mode::ReadOnly);
        let said = played
            .model
            .messages
            .iter()
            .any(|message| message.text.contains("is closed"));
        assert_eq!(said, changes, "{asks:?}");
    }
    let mut played = Played::in_state(Shown::TestCall, State::Write);
    played.model.mode = Mode::ReadOnly;
    played.hold();
    played.key('X');
    assert!(played.model.pending.is_empty());
    assert!(texts(&mut played.model, SIZES[0]).contains("nothing was sent: needs --write"));
}

/// A call that cannot be read takes away its own box alone.
#[test]
fn what_fails_late_closes_nothing_else() {
    use console::connection::Trouble;
    use console::msg::{Msg, Question};
    use crossterm::event::KeyCode;

    for goes_elsewhere in [false, true] {
        let mut played = Played::in_state(Shown::Calls, State::ReadOnly);
        played.hold();
        played.enter();
        let Some(Overlay::Inspect(inspect)) = &played.model.overlay else {
            panic!("no call is opened");
        };
        let id = inspect.id.clone();
        if goes_elsewhere {
            played.press(KeyCode::Esc);
            played.key('/');
        }
        let trouble = Trouble::Slow(std::time::Duration::from_secs(10));
        let took = std::time::Duration::from_secs(10);
        played.tell(Msg::Answered(Question::Call { id }, Err(trouble), took));
        assert_eq!(played.model.overlay.is_some(), goes_elsewhere);
    }
}

/// What was typed before a dialog came does not answer it, and calls are not stopped by a slip: the name has to be typed.
#[test]
fn a_pause_during_calls_takes_no_key_at_once_and_needs_the_name() {
    use crossterm::event::KeyCode;

    let mut played = Played::in_state(Shown::Connection, State::Write);
    let name = "eu-prod";
    let confirm = |played: &mut Played| {
        played.press(KeyCode::Right);
        played.enter();
        texts(&mut played.model, SIZES[0])
    };
    played.key('P');
    name.chars().for_each(|letter| played.key(letter));
    let text = confirm(&mut played);
    assert!(
        text.contains("Pause this connection?") && !text.contains("type eu-prod to go on"),
        "{text}"
    );
    played.model.now += chrono::TimeDelta::milliseconds(300);
    let text = confirm(&mut played);
    assert!(
        text.contains("Pause this connection?") && text.contains("type eu-prod to go on"),
        "{text}"
    );
    name.chars().for_each(|letter| played.key(letter));
    let text = confirm(&mut played);
    assert!(
        !text.contains("Pause this connection?") && text.contains("is paused"),
        "{text}"
    );
}

/// What was said is read to its end, however much and however long it is.
#[test]
fn messages_are_scrolled_and_not_cut() {
    use crossterm::event::KeyCode;

    for size in SIZES {
        let mut played = Played::begin(&Plan::default());
        played.model.size = size;
        let now = played.model.now;
        for place in 0..1100 {
            let text =
                format!("message {place} of which there is a good deal to be said before it comes to end {place}.");
            played.model.messages.tell(now, text);
        }
        played.model.now += chrono::TimeDelta::seconds(10); // The newest is shown by itself no more.
        played.key('L');
        let text = texts(&mut played.model, size);
        assert!(text.contains("Messages 1–") && text.contains("message 1099 "), "{text}");
        played.press(KeyCode::Down);
        assert!(!texts(&mut played.model, size).contains("message 1099 "));
        played.press(KeyCode::End);
        let text = texts(&mut played.model, size);
        assert!(text.contains("end 100.") && !text.contains("end 1099."), "{text}");
        played.press(KeyCode::Down);
        played.press(KeyCode::Up);
        assert!(
            !texts(&mut played.model, size).contains("end 100."),
            "no key is lost at the end"
        );
        played.press(KeyCode::Home);
        assert!(texts(&mut played.model, size).contains("message 1099 "));
    }
}

/// One can have something done with any connection, not only with the one under the cursor; it is opened for it.
#[test]
fn the_palette_offers_what_can_be_done_with_any_connection() {
    use crossterm::event::KeyCode;

    let mut played = Played::begin(&Plan::default());
    played.press(KeyCode::End);
    ":blue ver".chars().for_each(|letter| played.key(letter));
    let text = texts(&mut played.model, SIZES[0]);
    let line = |text: &str, words: &str| text.lines().position(|line| line.contains(words));
    let verify = line(&text, "› Verify again: Blue Harbor / us-sales").expect(&text);
    assert!(text.contains("off: needs --write"), "{text}");
    assert!(
        line(&text, "Open: Blue Harbor / us-sales").expect(&text) > verify,
        "{text}"
    );
    assert!(
        line(&text, "Filter: customer:\"Blue Harbor\"").expect(&text) > verify,
        "{text}"
    );
    played.model.mode = Mode::Write;
    played.enter();
    let text = texts(&mut played.model, SIZES[0]);
    assert!(text.contains("Blue Harbor › us-sales"), "{text}");
    assert!(text.contains("! Blue Harbor / us-sales: not good: "), "{text}");
    // A name alone leads to the connection.
    ":acme".chars().for_each(|letter| played.key(letter));
    let text = texts(&mut played.model, SIZES[0]);
    assert!(text.contains("› Open: Acme Dental / main"), "{text}");
}

/// That the order is held still is seen whatever is said meanwhile, at every size.
#[test]
fn a_frozen_table_says_so_beside_every_message() {
    use crossterm::event::KeyCode;

    for shown in [
        Shown::Overview,
        Shown::Connection,
        Shown::Numbers,
        Shown::Calls,
        Shown::Billing,
        Shown::Jobs,
        Shown::Audit,
    ] {
        for size in SIZES {
            let mut played = Played::in_state(shown, State::ReadOnly);
            played.model.size = size;
            while shown == Shown::Connection && !texts(&mut played.model, size).contains("Timeline: ") {
                played.press(KeyCode::Tab);
            }
            if shown == Shown::Connection && size == SIZES[0] {
                played.press(KeyCode::Tab);
            }
            played.key('f');
            played.model.now += chrono::TimeDelta::seconds(31);
            let now = played.model.now;
            played.model.messages.trouble(now, "something else is said");
            let text = texts(&mut played.model, size);
            assert!(text.contains("something else is said"), "{text}");
            assert!(text.contains("FROZEN 00:31, 0 waiting"), "{shown:?}: {text}");
            played.key('f');
            assert!(!texts(&mut played.model, size).contains("FROZEN"), "{shown:?}");
        }
    }
}

/// What goes on is told to the second, and a mode that nothing can be done in is not called so.
#[test]
fn what_is_frozen_revealed_or_writable_says_so() {
    use chrono::TimeDelta;

    let mut played = Played::in_state(Shown::Overview, State::Write);
    played.key('f');
    played.model.now += TimeDelta::seconds(31);
    assert!(texts(&mut played.model, SIZES[0]).contains("FROZEN 00:31, 0 waiting"));
    assert!(texts(&mut played.model, SIZES[0]).contains("  WRITE "));
    played.model.session.permissions.retain(|may| may.name() == "VIEW");
    assert!(texts(&mut played.model, SIZES[0]).contains("  READ-ONLY "));
    played.key('f');
    played.model.revealed = Some(console::state::Revealed {
        id: "n1".to_owned(),
        number: "+49 30 555 0172".to_owned(),
        until: played.model.now + TimeDelta::seconds(42),
    });
    assert!(texts(&mut played.model, SIZES[0]).contains("the revealed number is shown for 42 s more"));
}
