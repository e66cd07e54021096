//! What keys do, and what the last line and the help say of them.

use console::connection::Heard;
use console::msg::{Answered, Msg, Question, Told};
use console::state::{Found, Mode, Reading};

use super::data::{self, Plan};
use super::dump::{SIZES, texts};
use super::played::{Played, Shown, State};

/// The pane that has the keys is seen, a key that does nothing there says so and is not in the help as one that works.
#[test]
fn keys_of_an_open_connection_work_or_say_why_not() {
    use crossterm::event::KeyCode;

    let mut played = Played::in_state(Shown::Connection, State::ReadOnly);
    assert!(texts(&mut played.model, SIZES[0]).contains("› Why calls don't connect"));
    for (letter, said) in [
        ('s', "another order: not of the checks"),
        ('e', "problems only: not of the checks"),
        ('w', "all columns, or those that fit: not of the checks"),
        ('f', "freeze the order: not of the checks"),
        ('l', "column to the right: not of the checks"),
    ] {
        played.key(letter);
        let text = texts(&mut played.model, SIZES[0]);
        assert!(text.contains(said), "{text}");
    }
    played.press(KeyCode::Tab); // The last hour has no keys, and is seen beside the others.
    let text = texts(&mut played.model, SIZES[0]);
    assert!(text.contains("› Timeline:") && !text.contains("› Why calls"), "{text}");
    played.key('s');
    assert!(texts(&mut played.model, SIZES[0]).contains("another order: the newest always come first here"));
    played.press(KeyCode::Tab);
    assert!(texts(&mut played.model, SIZES[0]).contains("› Why calls don't connect"));
    // Where there is no room for all of them, each is turned to.
    texts(&mut played.model, SIZES[1]);
    played.press(KeyCode::Tab);
    assert!(texts(&mut played.model, SIZES[1]).contains("[signals]"));
    played.key('j');
    assert!(texts(&mut played.model, SIZES[1]).contains("next row: not of the last hour"));
    played.key('?');
    for (size, pane) in [(SIZES[1], "signals"), (SIZES[0], "signals")] {
        let text = texts(&mut played.model, size);
        assert!(!text.contains("another order"), "{pane}: {text}");
    }
    let mut played = Played::begin(&Plan::default());
    played.press(KeyCode::Tab);
    assert!(texts(&mut played.model, SIZES[0]).contains("there is one pane here"));
}

/// Where one was before is also the connection that was open there.
#[test]
fn the_last_place_is_gone_back_to() {
    let shows = |played: &mut Played, place: &str| {
        let text = texts(&mut played.model, SIZES[0]);
        assert!(text.contains(place), "{place}:\n{text}");
    };
    let mut played = Played::begin(&Plan::default());
    played.key('-');
    shows(&mut played, "you were nowhere else before");
    played.enter();
    played.key('1');
    shows(&mut played, "Connections: 7 of 7");
    played.key('-');
    shows(&mut played, "Why calls don't connect");
    played.key('-');
    shows(&mut played, "Connections: 7 of 7");
    played.key('-');
    played.key('2');
    shows(&mut played, "Numbers ─ 2 ─");
    played.key('1');
    played.key('-');
    shows(&mut played, "Numbers ─ 2 ─");
    played.key('-');
    played.key('3');
    shows(&mut played, "Overview › Calls");
}

/// What lies over the screen names the keys as they are configured, and Esc closes it whatever it is configured for.
#[test]
fn keys_that_are_configured_are_told_everywhere() {
    use crossterm::event::KeyCode;

    let rebound = [
        ("back", "backspace"),
        ("open", "space"),
        ("help", "f1"),
        ("numbers", "f2"),
        ("audit", "f6"),
    ];
    let rebound = rebound.map(|(action, key)| (action.to_owned(), vec![key.to_owned()]));
    let keymap = console::keymap::Keymap::new(&rebound.into()).expect("no clash");
    let mut played = Played::begin(&Plan::default());
    played.model.keymap = keymap;
    for (open, told) in [
        (KeyCode::F(1), " Backspace close   Up, Down scroll"),
        (KeyCode::Char('y'), " Space or its figure choose   Backspace close"),
    ] {
        for close in [KeyCode::Backspace, KeyCode::Esc] {
            played.press(open);
            let text = texts(&mut played.model, SIZES[0]);
            assert!(text.lines().last().unwrap_or_default().starts_with(told), "{text}");
            played.press(close);
            assert!(played.model.overlay.is_none(), "{open:?} is closed by {close:?}");
        }
    }
    played.press(KeyCode::Char('y'));
    played.enter();
    assert!(texts(&mut played.model, SIZES[0]).contains("was sent to the terminal's clipboard"));
    played
        .model
        .session
        .permissions
        .push(console::queries::viewer::Permission::RevealNumbers);
    played.key('z');
    assert!(texts(&mut played.model, SIZES[0]).contains("F2 shows the numbers"));
    played.model.views = vec![console::state::View::default()];
    played.key('\'');
    assert!(
        texts(&mut played.model, SIZES[0]).contains("1 │"),
        "a saved view has a figure"
    );
}

/// Offline it is said once that nothing can be changed; and in an open connection how to leave it, at every size.
#[test]
fn the_last_line_says_that_changes_are_off_and_how_to_leave() {
    for shown in [Shown::Overview, Shown::Connection, Shown::Numbers, Shown::Jobs] {
        let mut played = Played::in_state(shown, State::Reconnecting);
        for size in SIZES {
            let text = texts(&mut played.model, size);
            let keys = text.lines().last().unwrap_or_default();
            assert!(
                keys.contains("changes off: offline") && keys.ends_with("? help"),
                "{text}"
            );
        }
    }
    let mut played = Played::in_state(Shown::Connection, State::ReadOnly);
    for size in SIZES {
        let text = texts(&mut played.model, size);
        assert!(text.lines().last().unwrap_or_default().contains("Esc back"), "{text}");
    }
}

/// Only `--write` and a role that allows it turn changing keys on; each says why it is off.
#[test]
fn keys_that_change_something_say_why_they_are_off() {
    let mut played = Played::in_state(Shown::Connection, State::ReadOnly);
    played.key('V');
    let text = texts(&mut played.model, SIZES[0]);
    assert!(text.contains("verify again is off: needs --write"), "{text}");
    let mut played = Played::begin(&Plan::default());
    played.model.mode = Mode::Write;
    played.model.session.permissions.clear();
    played.enter();
    played.key('V');
    let text = texts(&mut played.model, SIZES[0]);
    assert!(text.contains("your role lacks CHECK_ACCOUNTS"), "{text}");
}

/// With a connection that is gone nothing can be done, and with one that was disconnected nothing can be changed: neither the last line
/// nor the help offers it, and each key says why.
#[test]
fn keys_for_a_connection_that_is_gone_or_disconnected_say_so() {
    for (is_gone, why, keys) in [
        (true, "this connection is gone", "PVRTEYyo"),
        (false, "this connection is disconnected", "PVRT"),
    ] {
        let mut played = Played::in_state(Shown::Connection, State::Write);
        let now = played.model.now;
        let mut rows = data::connections(&Plan::default(), now);
        if is_gone {
            rows.as_array_mut().expect("rows").remove(0);
            let told = Box::new(Told::Connections(data::read(data::page(&Plan::default(), rows))));
            let answered = Answered { told, missing: None };
            let question = Question::Connections { after: None };
            played.model.reading = Some(Reading {
                after: None,
                is_quiet: true,
            });
            played.tell(Msg::Answered(question, Ok(answered), std::time::Duration::ZERO));
        } else {
            let mut row = rows[0].take();
            row["health"]["state"] = "DISABLED".into();
            row["health"]["reason"]["code"] = "DISCONNECTED".into();
            played.tell(Msg::Heard(Heard::Changed(Box::new(data::read(row)))));
        }
        played.model.now += chrono::TimeDelta::seconds(10);
        for size in SIZES {
            let text = texts(&mut played.model, size);
            let last = text.lines().last().unwrap_or_default();
            assert!(
                last.contains("Esc back") && !last.contains(" V ") && !last.contains(" T "),
                "{last}"
            );
            assert_eq!(last.contains(" Y "), !is_gone && size.0 > 40, "{last}");
        }
        played.hold();
        for key in keys.chars() {
            played.key(key);
            let text = texts(&mut played.model, SIZES[0]);
            assert!(text.contains(&format!(" is off: {why}")), "{key}: {text}");
            assert!(
                played.model.overlay.is_none() && played.model.pending.is_empty(),
                "{key}"
            );
        }
        // Back on the Overview the palette says it of the disconnected one.
        if !is_gone {
            played.release();
            played.key('1');
            played.press(crossterm::event::KeyCode::Home);
            ":nordwind verify".chars().for_each(|letter| played.key(letter));
            let text = texts(&mut played.model, SIZES[0]);
            assert!(text.contains(&format!("off: {why}")), "{text}");
        }
    }
}

/// Before all connections are read it is not known that one is gone; what cannot be done yet says so.
#[test]
fn keys_for_a_connection_that_is_not_read_yet_say_so() {
    let mut played = Played::in_state(Shown::Overview, State::Loading);
    played.model.mode = Mode::Write;
    played.tell(Msg::Answered(
        Question::Find {
            number: "+14155550126".to_owned(),
        },
        Ok(Answered {
            told: Box::new(Told::Found(Some(Found {
                connection: "acc-0".to_owned(),
                number: None,
            }))),
            missing: None,
        }),
        std::time::Duration::ZERO,
    ));
    for key in ['P', 'y'] {
        played.key(key);
        let text = texts(&mut played.model, SIZES[0]);
        assert!(text.contains("this connection is not read yet"), "{key}: {text}");
    }
}

/// The last line always says how to learn more, however little room there is.
#[test]
fn the_key_of_the_help_is_always_shown() {
    for shown in Shown::ALL {
        for state in [State::ReadOnly, State::Write] {
            let mut played = Played::in_state(shown, state);
            played.press(crossterm::event::KeyCode::Esc);
            for size in SIZES {
                let text = texts(&mut played.model, size);
                let keys = text.lines().last().unwrap_or_default();
                assert!(keys.contains("? help"), "{shown:?} {state:?} {size:?}: {keys}");
            }
        }
    }
}

/// Who had something verified or read again is told how it ended, wherever they are by then.
#[test]
fn what_was_asked_for_says_how_it_ended() {
    for key in ['V', 'R'] {
        let mut played = Played::in_state(Shown::Overview, State::Write);
        played.key(key);
        played.key('6');
        let text = texts(&mut played.model, SIZES[0]);
        let told = "! Nordwind Reisen / eu-prod: not good: Twilio rejects the Auth Token (health: failing)";
        assert!(text.contains(told), "{key}: {text}");
    }
}
