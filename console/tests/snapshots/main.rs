//! What every screen looks like in every state that it can be in: at three sizes, with a fixed clock and fixed data.
//!
//! A picture that is missing fails the test: `cargo insta review` shows what is new, and takes it over.

#[expect(dead_code, reason = "it serves the other tests as well")]
#[path = "../api/mod.rs"]
mod api;
mod data;
mod dump;
mod plain;
mod played;

use console::look::Theme;
use console::state::table::{Row, Table};
use console::state::{Asks, Focus, Link, Mode, Overlay};

use data::Plan;
use dump::{SIZES, picture, texts};
use played::{Played, Shown, State};

/// Every screen in every state.
#[test]
fn every_screen_is_known_in_every_state() {
    let mut names = Vec::new();
    for shown in Shown::ALL {
        for state in State::ALL {
            let name = format!("{}__{}", shown.name(), state.name());
            let mut played = Played::in_state(shown, state);
            let pictures: Vec<String> = SIZES.iter().map(|size| picture(&mut played.model, *size)).collect();
            insta::assert_snapshot!(name.clone(), pictures.join("\n"));
            names.push(format!("snapshots__{name}.snap"));
        }
    }
    // Nothing that is not drawn any more stays behind.
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots/snapshots");
    let kept = std::fs::read_dir(folder).expect("the pictures");
    let kept = kept.map(|file| file.expect("a file").file_name().into_string().expect("a name"));
    let strange: Vec<String> = kept
        .filter(|name| !names.contains(name) && !name.contains("__look_") && !is_of_another_test(name))
        .collect();
    assert!(
        strange.is_empty(),
        "no screen in a state has these pictures: {strange:?}"
    );
}

/// Those have names of their own.
fn is_of_another_test(name: &str) -> bool {
    ["snapshots__plain__", "snapshots__dialog__"]
        .iter()
        .any(|begin| name.starts_with(begin))
}

/// Every question that is asked before something is done: what, of whom, at whose cost; it begins at Cancel.
#[test]
fn every_dialog_is_known() {
    for asks in Asks::ALL {
        let mut played = Played::asked(*asks);
        let Some(Overlay::Dialog(dialog)) = &played.model.overlay else {
            panic!("{asks:?} is not asked:\n{}", texts(&mut played.model, SIZES[0]));
        };
        assert_eq!((dialog.asks, dialog.focus), (*asks, Focus::Cancel));
        let pictures: Vec<String> = SIZES[..2]
            .iter()
            .map(|size| picture(&mut played.model, *size))
            .collect();
        let name = format!("dialog__{asks:?}").to_lowercase();
        insta::assert_snapshot!(name, pictures.join("\n"));
    }
}

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

/// A test call that is over does not go on.
#[test]
fn a_test_call_that_is_over_is_said_to_be() {
    let mut played = Played::in_state(Shown::TestCall, State::Write);
    let goes_on = |played: &mut Played| texts(&mut played.model, SIZES[0]).contains("the call goes on");
    if let Some(test) = &mut played.model.test {
        test.ended_at = None;
    }
    assert!(goes_on(&mut played));
    if let Some(test) = &mut played.model.test {
        test.ended_at = Some(test.started_at);
    }
    assert!(!goes_on(&mut played));
}

/// The same screen in ASCII, without colour, and for a light background.
#[test]
fn every_screen_is_known_in_every_look() {
    for shown in Shown::ALL {
        for (name, theme, ascii) in [
            ("ascii", Theme::Dark, true),
            ("mono", Theme::Mono, false),
            ("light", Theme::Light, false),
            ("neutral", Theme::Neutral, false),
        ] {
            let mut played = Played::in_state(shown, State::ReadOnly);
            played.model.look.theme = theme;
            played.model.look.ascii = ascii;
            let picture = picture(&mut played.model, SIZES[0]);
            assert!(!ascii || picture.is_ascii(), "{picture}");
            assert!(theme != Theme::Mono || !picture.contains("fg="), "{picture}");
            insta::assert_snapshot!(format!("{}__look_{name}", shown.name()), picture);
        }
    }
}

/// A filter by a field that there is not says so, and which there are; every one that is named can be had.
#[test]
fn a_field_that_there_is_not_is_named() {
    for shown in Shown::ALL {
        if matches!(shown, Shown::TestCall | Shown::Palette | Shown::Help) {
            continue;
        }
        let mut played = Played::in_state(shown, State::ReadOnly);
        "/healt:fail".chars().for_each(|letter| played.key(letter));
        for size in SIZES {
            let text = texts(&mut played.model, size);
            assert!(text.contains("no field `healt` here: "), "{shown:?}\n{text}");
        }
    }
    can_be_had(&Played::in_state(Shown::Overview, State::ReadOnly).model.connections);
    can_be_had(&Played::in_state(Shown::Connection, State::ReadOnly).model.timeline);
    can_be_had(
        &Played::in_state(Shown::Numbers, State::ReadOnly)
            .model
            .lists
            .numbers
            .table,
    );
    can_be_had(&Played::in_state(Shown::Calls, State::ReadOnly).model.lists.calls.table);
    can_be_had(
        &Played::in_state(Shown::Billing, State::ReadOnly)
            .model
            .lists
            .billing
            .table,
    );
    can_be_had(&Played::in_state(Shown::Jobs, State::ReadOnly).model.lists.jobs.table);
    can_be_had(&Played::in_state(Shown::Audit, State::ReadOnly).model.lists.audit.table);
    can_be_had(
        &Played::in_state(Shown::Events, State::ReadOnly)
            .model
            .lists
            .events
            .table,
    );
}

/// Every field that is named is one of some row.
fn can_be_had<R: Row>(table: &Table<R>) {
    for name in R::FIELDS {
        assert!(table.rows().any(|row| row.field(name).is_some()), "{name}");
    }
    assert!(table.rows().all(|row| row.field("healt").is_none()));
}

/// The words of the screen find what it shows.
#[test]
fn the_words_of_the_screen_filter_too() {
    for (word, sign) in [
        ("ok", "● OK"),
        ("off", "‖ OFF"),
        ("unvr", "◇ UNVR"),
        ("disabled", "‖ OFF"),
    ] {
        let mut played = Played::begin(&Plan::default());
        format!("/health:{word}").chars().for_each(|letter| played.key(letter));
        let text = texts(&mut played.model, SIZES[0]);
        assert!(
            text.contains(" 1 of 7 ") && text.contains(&format!("› {sign}")),
            "{text}"
        );
    }
}

/// A row that a filter found is under the cursor, whichever was before; without one the key to open says so.
#[test]
fn what_a_filter_finds_is_opened_by_enter() {
    use crossterm::event::KeyCode;

    let mut played = Played::begin(&Plan::default());
    "/acme".chars().for_each(|letter| played.key(letter));
    let text = texts(&mut played.model, SIZES[0]);
    assert!(text.contains("› ") && !text.contains("nothing is selected"), "{text}");
    played.enter();
    played.enter();
    let text = texts(&mut played.model, SIZES[0]);
    assert!(text.contains("Overview › Acme Dental › main"), "{text}");
    let mut played = Played::begin(&Plan::default());
    played.press(KeyCode::End);
    played.key('e');
    let text = texts(&mut played.model, SIZES[0]);
    assert!(
        text.contains("› problems") && !text.contains("nothing is selected"),
        "{text}"
    );
    "/zzz".chars().for_each(|letter| played.key(letter));
    played.enter();
    played.enter();
    let text = texts(&mut played.model, SIZES[0]);
    assert!(text.contains("nothing is selected: move to a row first"), "{text}");
}

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

/// Columns are moved through on every list, the Overview's too; how is told, and over once the list is left.
#[test]
fn columns_are_moved_through_until_a_list_is_left() {
    for (key, first, last) in [
        ('1', "CUSTOMER", "LIKELY CAUSE"),
        ('2', "NUMBER", "WHAT IS THE MATTER"),
        ('3', "TIME", "CALL SID"),
        ('4', "CUSTOMER", "ACKNOWLEDGED"),
        ('5', "STATE", "HOW FAR, OR WHY NOT"),
        ('6', "TIME", "DETAILS"),
    ] {
        for size in SIZES {
            let mut played = Played::begin(&Plan::default());
            played.key(key);
            let before = texts(&mut played.model, size);
            played.key('w');
            let text = texts(&mut played.model, size);
            assert!(text.contains("columns 1–") || size.0 < 80, "{key}:\n{text}");
            (0..20).for_each(|_| played.key('l'));
            let text = texts(&mut played.model, size);
            let heads = text
                .lines()
                .find(|line| line.contains(last))
                .unwrap_or_else(|| panic!("{key}:\n{text}"));
            assert!(!heads.contains(&format!(" {first} ")), "{key}:\n{text}");
            assert!(text.contains("─ column ") || size.0 < 80, "{key}:\n{text}");
            played.key('h');
            assert!(
                !texts(&mut played.model, size).contains(&text),
                "no key is lost at the end"
            );
            let elsewhere = if key == '3' { '5' } else { '3' };
            played.key(elsewhere);
            assert!(!texts(&mut played.model, size).contains("columns"));
            played.key(key);
            assert_eq!(texts(&mut played.model, size), before, "{key}");
        }
    }
}

/// A job's log is told in the times of the list, and calls nothing a failure that was none; keys are told of the jobs that they are for.
#[test]
fn a_job_is_told_as_it_was_and_offers_what_can_be_done_with_it() {
    use crossterm::event::KeyCode;

    let mut played = Played::in_state(Shown::Jobs, State::Write);
    let keys = |played: &mut Played| {
        let text = texts(&mut played.model, SIZES[0]);
        let keys = text.lines().last().unwrap_or_default().to_owned();
        (keys.contains("R run again"), keys.contains("X stop"))
    };
    assert_eq!(keys(&mut played), (true, false), "it failed");
    ":run again".chars().for_each(|letter| played.key(letter));
    let text = texts(&mut played.model, SIZES[0]);
    assert!(
        text.contains("Run again: sync-numbers of Nordwind Reisen / eu-prod"),
        "{text}"
    );
    played.press(KeyCode::Esc);
    played.enter();
    let text = texts(&mut played.model, SIZES[0]);
    assert!(text.contains("27 Nov 13:58:21  20003 Authenticate"), "{text}");
    assert!(
        text.contains("27 Nov 13:58:31  tried again at a person's wish"),
        "{text}"
    );
    assert!(!text.contains("UTC") && !text.contains("failed: "), "{text}");
    played.press(KeyCode::Esc);
    played.key('j');
    assert_eq!(keys(&mut played), (false, false), "it runs");
    played.key('j');
    assert_eq!(keys(&mut played), (false, true), "it waits");
    let mut played = Played::in_state(Shown::Overview, State::Write);
    ":run again".chars().for_each(|letter| played.key(letter));
    let text = texts(&mut played.model, SIZES[0]);
    assert!(
        text.contains("Run again: read the numbers of Nordwind Reisen / eu-prod"),
        "{text}"
    );
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

/// How far the reading is, and of how much.
#[test]
fn a_list_that_is_read_says_how_far_it_is() {
    let mut played = Played::begin(&Plan::default());
    let since = played.model.now - chrono::TimeDelta::seconds(1);
    played.model.connections.load = console::state::table::Load::Loading { since };
    played.model.read = 4000;
    played.model.total = Some(10_000);
    for size in SIZES {
        let text = texts(&mut played.model, size);
        assert!(text.contains("loading 4,000 of 10,000") || size.0 < 80, "{text}");
    }
}

/// Whoever may not read the audit log comes to the events with its key; in an open connection, whose timeline has them, to nothing.
#[test]
fn the_events_are_there_for_those_who_may_not_read_the_audit_log() {
    let mut played = Played::begin(&Plan::default());
    played
        .model
        .session
        .permissions
        .retain(|may| may.name() != "READ_AUDIT");
    played.key('6');
    let text = texts(&mut played.model, SIZES[0]);
    assert!(text.contains("[events]") && text.contains("call step"), "{text}");
    let mut played = Played::in_state(Shown::Connection, State::ReadOnly);
    played.key('6');
    played.press(crossterm::event::KeyCode::Tab);
    let text = texts(&mut played.model, SIZES[0]);
    assert!(
        text.contains("is in its timeline") && !text.contains("call step"),
        "{text}"
    );
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
    assert!(text.contains("Blue Harbor / us-sales is verified again"), "{text}");
    // A name alone leads to the connection.
    ":acme".chars().for_each(|letter| played.key(letter));
    let text = texts(&mut played.model, SIZES[0]);
    assert!(text.contains("› Open: Acme Dental / main"), "{text}");
}

/// What is not live is marked, and what is marked is never counted as healthy.
#[test]
fn nothing_looks_fresher_than_it_is() {
    for shown in Shown::ALL {
        let mut played = Played::in_state(shown, State::Reconnecting);
        assert!(matches!(played.model.link, Link::Down { .. }));
        let text = texts(&mut played.model, SIZES[0]);
        assert!(text.contains("OFFLINE"), "{text}");
        assert!(!text.contains("● live"), "{text}");
    }
    let mut played = Played::in_state(Shown::Overview, State::Reconnecting);
    let text = texts(&mut played.model, SIZES[0]);
    assert!(
        text.contains("last known: ✖ 1") && text.contains("◌ all 6 stale"),
        "{text}"
    );
}

/// Of an open connection each value is marked while the live view is down, and after a reading that failed; what the API itself calls
/// old is so in live as well. Nothing counts on that nobody hears of.
#[test]
fn each_value_of_an_open_connection_is_marked_where_it_may_be_old() {
    for (state, is_old) in [
        (State::ReadOnly, false),
        (State::Reconnecting, true),
        (State::ErrorLater, true),
    ] {
        let mut played = Played::in_state(Shown::Connection, state);
        for size in &SIZES[..2] {
            let text = texts(&mut played.model, *size);
            let is_value = |line: &&str| {
                let line = line.trim_start_matches(['│', '›', ' ', '◌']);
                ["✔", "–", "✖", "!"]
                    .iter()
                    .any(|sign| line.starts_with(&format!("{sign}  ")))
                    || line.starts_with("✖ FAIL")
            };
            let values: Vec<&str> = text.lines().skip(2).take(13).filter(is_value).collect();
            assert_eq!(values.len(), 9, "{text}");
            for line in values.iter().filter(|line| !line.contains("Calls are routed")) {
                assert_eq!(
                    line.trim_start_matches(['│', '›', ' ']).starts_with('◌'),
                    is_old,
                    "{line}\n{text}"
                );
            }
            let probe = text.contains("next probe ?");
            assert_eq!(probe, is_old, "{text}");
        }
        played.press(crossterm::event::KeyCode::Tab);
        for size in &SIZES[..2] {
            let text = texts(&mut played.model, *size);
            for name in ["attempts/min", "connect %", "setup p95", "webhook err", "balance"] {
                assert_eq!(text.contains(&format!("◌{name}")), is_old, "{name}\n{text}");
            }
        }
    }
    // The third is what the API calls old.
    let mut played = Played::begin(&Plan::default());
    played.press(crossterm::event::KeyCode::Home);
    (0..2).for_each(|_| played.key('j'));
    played.enter();
    let text = texts(&mut played.model, SIZES[0]);
    assert!(text.contains("◌? UNKN") && text.contains("◌connect %"), "{text}");
}

/// The totals add up to all that is not switched off: what is stale is counted apart alone.
#[test]
fn the_totals_add_up() {
    for is_stale in [false, true] {
        let plan = Plan {
            is_stale,
            ..Plan::default()
        };
        let (counts, stale) = Played::begin(&plan).model.totals();
        let all: usize = counts.iter().map(|(_, count)| count).sum();
        assert_eq!(all + stale, 6, "{counts:?} {stale}");
        assert_eq!(stale, if is_stale { 6 } else { 1 });
    }
    let (counts, stale) = Played::in_state(Shown::Overview, State::Reconnecting).model.totals();
    assert_eq!((counts.iter().map(|(_, count)| count).sum::<usize>(), stale), (6, 6));
}

/// With 10,000 connections, all of them or a part, live and offline, at every width: what fails and what is stale is told whole, worst
/// first, and what there is no room for is marked.
#[test]
fn the_totals_of_many_tell_what_fails_and_what_is_stale_at_every_width() {
    use console::state::health::Health;
    use console::state::table::Load;

    let mut played = Played::begin(&Plan::default());
    let row = played.model.connections.rows().next().expect("a connection").clone();
    let mut place = 0;
    for (health, count) in [
        (Health::Failing, 137),
        (Health::Suspended, 117),
        (Health::Unknown, 103),
        (Health::Degraded, 1_121),
        (Health::Unverified, 109),
        (Health::Healthy, 8_289),
        (Health::Disabled, 112),
    ] {
        for _ in 0..count {
            let id = format!("many-{place}");
            let is_stale = place % 83 == 0;
            place += 1;
            let health = health.clone();
            played.model.connections.put(console::state::connection::Connection {
                id,
                health,
                is_stale,
                ..row.clone()
            });
        }
    }
    let at = played.model.now;
    for is_partial in [false, true] {
        if is_partial {
            played.model.connections.load = Load::Partial {
                at,
                why: "a page is missing".to_owned(),
            };
        }
        for is_offline in [false, true] {
            if is_offline {
                let why = console::connection::Trouble::Unreachable("it is gone".to_owned());
                let again_in = std::time::Duration::from_secs(45);
                let heard = console::connection::Heard::Closed { why, again_in };
                let _ = console::update::update(&mut played.model, console::msg::Msg::Heard(heard));
            } else {
                played.model.link = Link::Live;
            }
            for columns in [40, 60, 80, 100, 120] {
                let text = texts(&mut played.model, (columns, 24));
                let line = text.lines().nth(1).expect("the totals");
                let failing = line.find("✖ ").expect(line);
                let least = if is_partial { "≥" } else { "" };
                assert!(line[failing..].starts_with(&format!("✖ {least}1")), "{line}");
                assert!(line.trim_end().ends_with("stale"), "{line}");
                assert_eq!(line.contains("all "), is_offline, "{line}");
                assert!(line.find('■').is_none_or(|at| at > failing), "{line}");
                assert!(line.contains("● ") || line.contains('…'), "{line}");
                assert!(!line.contains('‖'), "{line}");
            }
        }
    }
}

/// Without a session nothing that was read stays on the screen.
#[test]
fn a_screen_without_a_session_is_blank() {
    for shown in Shown::ALL {
        let mut played = Played::in_state(shown, State::SignedOut);
        for size in SIZES {
            let text = texts(&mut played.model, size);
            for name in ["Nordwind", "Acme", "+1 415"] {
                assert!(!text.contains(name), "{name} is shown:\n{text}");
            }
            assert!(text.contains("callab-console login"), "{text}");
        }
    }
}

/// A session that ends while something is open, frozen, told and revealed leaves none of it behind, and only the way out is taken.
#[test]
fn without_a_session_only_the_way_out_is_taken() {
    use console::msg::{Effect, Msg};
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    let press = |code, modifiers| Msg::Key(KeyEvent::new(code, modifiers));
    for shown in Shown::ALL {
        let mut played = Played::in_state(shown, State::Write);
        played.press(KeyCode::Esc);
        played.key('f');
        played.key('y'); // A menu of what can be copied.
        let now = played.model.now;
        played.model.messages.tell(now, "Nordwind Reisen / eu-prod is paused");
        played.tell(Msg::Heard(console::connection::Heard::SignedOut));
        for letter in "yY12345L:?/e'".chars().chain("oEzTVRXAPm-".chars()) {
            let msg = press(KeyCode::Char(letter), KeyModifiers::NONE);
            let effects = console::update::update(&mut played.model, msg);
            assert!(effects.is_empty(), "{shown:?}: {letter} does {effects:?}");
        }
        for code in [KeyCode::Enter, KeyCode::Esc, KeyCode::Tab] {
            let effects = console::update::update(&mut played.model, press(code, KeyModifiers::NONE));
            assert!(effects.is_empty(), "{shown:?}: {code:?} does {effects:?}");
        }
        for size in SIZES {
            let text = texts(&mut played.model, size);
            for word in ["Nordwind", "FROZEN", "WRITE", "open", "filter"] {
                assert!(!text.contains(word), "{word} is shown:\n{text}");
            }
            assert!(
                text.lines().last().unwrap_or_default().contains("q or Ctrl-c quit"),
                "{text}"
            );
        }
        for (code, modifiers) in [
            (KeyCode::Char('q'), KeyModifiers::NONE),
            (KeyCode::Char('c'), KeyModifiers::CONTROL),
        ] {
            let effects = console::update::update(&mut played.model, press(code, modifiers));
            assert!(matches!(effects.as_slice(), [Effect::Quit]), "{shown:?}: {effects:?}");
        }
    }
}

/// Without colour the signs and words still tell all states apart.
#[test]
fn signs_tell_all_states_apart() {
    let mut played = Played::in_state(Shown::Overview, State::ReadOnly);
    played.model.look.theme = Theme::Mono;
    let text = texts(&mut played.model, SIZES[0]);
    for state in ["✖ FAIL", "■ SUSP", "? UNKN", "▲ DEGR", "◇ UNVR", "● OK", "‖ OFF"] {
        assert!(text.contains(state), "{state} is missing:\n{text}");
    }
}

/// An open connection says why it is not healthy and who must act, also where no check fails; the cursor is on what is odd, and the
/// reply for the customer tells the reason.
#[test]
fn an_open_connection_says_why_it_is_not_healthy_and_who_must_act() {
    use console::msg::Effect;
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    let mut played = Played::begin(&Plan::default());
    played.press(KeyCode::Home);
    (0..3).for_each(|_| played.key('j'));
    played.enter();
    let text = texts(&mut played.model, SIZES[0]);
    let words = text.replace(['│', '\n'], " ");
    let words: Vec<&str> = words.split_whitespace().collect();
    let words = words.join(" ");
    assert!(text.contains("Blue Harbor › us-sales"), "{text}");
    assert!(text.contains("US must act: Webhooks fail"), "{text}");
    assert!(!words.contains("Nothing is known"), "{text}");
    let odd = text.lines().find(|line| line.contains("6 Calls are routed to Callab"));
    assert!(odd.expect(&text).starts_with("│›"), "{text}");
    let key = KeyEvent::new(KeyCode::Char('Y'), KeyModifiers::SHIFT);
    let effects = console::update::update(&mut played.model, console::msg::Msg::Key(key));
    let reply = effects.iter().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.as_str()),
        _ => None,
    });
    assert_eq!(reply, Some("Webhooks fail (2.1 % of 988). Callab has to act."));
}

/// However narrow the terminal is, it says who must act, and what is cut off is marked; `Enter` shows a check or a moment in full.
#[test]
fn an_open_connection_says_who_must_act_at_every_size_and_shows_the_rest_in_full() {
    use crossterm::event::KeyCode;

    let mut played = Played::in_state(Shown::Connection, State::ReadOnly);
    let long = "Twilio rejects the credentials that worked before, which somebody may have changed there. ".repeat(8);
    let detail = played.model.opened.as_mut().and_then(|opened| opened.detail.as_mut());
    let check = &mut detail.expect("the checks").checks[1];
    check.sentence = Some(long.clone());
    check.fix = Some(format!("Log in to the Twilio Console. {long}"));
    for size in [(120, 36), (100, 24), (80, 24), (40, 10)] {
        let text = texts(&mut played.model, size);
        assert!(text.contains("CUSTOMER must act:"), "{text}");
        let is_cut = |line: &&str| line.split('│').any(|part| part.trim_end().ends_with('…'));
        let cut = text.lines().skip(3).filter(is_cut).count();
        assert!(
            cut >= if size.1 > 10 { 2 } else { 1 },
            "the evidence and what to do are cut:\n{text}"
        );
        assert!(!text.contains("401, 24 times"), "{text}");
    }
    played.enter();
    let text = texts(&mut played.model, SIZES[1]);
    for told in [
        "Check 2: Credentials accepted",
        "who must act: CUSTOMER",
        "to do: Log in",
    ] {
        assert!(text.contains(told), "{told} is missing:\n{text}");
    }
    played.press(KeyCode::Esc);
    played.press(KeyCode::Tab);
    played.press(KeyCode::Tab);
    played.key('j');
    played.enter();
    let text = texts(&mut played.model, SIZES[1]);
    assert!(
        text.contains("What happened") && text.contains("failed 11200: our webhook"),
        "{text}"
    );
}

/// A reference to another line is whole where the title of its own is not.
#[test]
fn what_has_the_same_cause_names_its_line_at_every_size() {
    let mut played = Played::in_state(Shown::Connection, State::ReadOnly);
    played.key('G');
    played.key('k');
    for (size, told) in [
        ((120, 36), "Twilio's signature val…: 20003  ← same cause as 2 "),
        ((100, 24), "← same cause as 2 "),
        ((80, 24), "Twilio's signature valid: 20003  ← same cause as 2 "),
        ((40, 10), "Twilio's sig…  ← as 2 "),
    ] {
        let text = texts(&mut played.model, size);
        assert!(text.contains(told), "{told} is missing:\n{text}");
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

/// An act that is in the audit log and a change of how calls are set up is one line of the timeline, and names who it was.
#[test]
fn an_act_is_told_once_in_the_timeline() {
    let mut played = Played::in_state(Shown::Connection, State::ReadOnly);
    let lines = |played: &mut Played, word: &str| {
        let text = texts(&mut played.model, SIZES[0]);
        text.lines().filter(|line| line.contains(word)).count()
    };
    assert_eq!(lines(&mut played, "m.k••• (owner): other credentials were entered"), 1);
    assert_eq!(
        lines(
            &mut played,
            "Nightly sync (API key): +49 30 ••• 72 Test line: an agent was assigned"
        ),
        1
    );
    let moved = "m.k••• (owner): +49 30 ••• 72 Test line: the agent for incoming calls was given";
    assert_eq!(
        lines(&mut played, moved),
        1,
        "an act on an agent, which is not in the connection's log"
    );
    assert_eq!(lines(&mut played, "twilio_account.update ok"), 0);
    assert_eq!(lines(&mut played, "agent.assign"), 0);
    // What was refused changed nothing, and what changed no set-up is told by the log alone.
    assert_eq!(lines(&mut played, "m.k••• (owner) twilio_account.update refused"), 1);
    assert_eq!(lines(&mut played, "billing_episode.acknowledge"), 1);
    // Its own topic has every entry.
    played.press(crossterm::event::KeyCode::Tab);
    played.key('h');
    assert_eq!(lines(&mut played, "[audit]"), 1);
    assert_eq!(lines(&mut played, "m.k••• (owner) twilio_account.update ok"), 1);
    assert_eq!(lines(&mut played, "Nightly sync (API key) agent.assign ok"), 1);
}

/// A program is named by its key in the audit log, and can be looked for by it.
#[test]
fn a_program_is_named_by_its_key() {
    let mut played = Played::in_state(Shown::Audit, State::ReadOnly);
    let text = texts(&mut played.model, (160, 36));
    assert!(
        text.contains("Nightly sync (API") && !text.contains("api_key/"),
        "{text}"
    );
    for filter in ["/actor:nightly", "/role:\"API key\""] {
        filter.chars().for_each(|letter| played.key(letter));
        played.enter();
        let text = texts(&mut played.model, (160, 36));
        assert!(
            text.contains("agent.assign") && !text.contains("billing_episode"),
            "{text}"
        );
        played.press(crossterm::event::KeyCode::Esc);
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
