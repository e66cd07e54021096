//! Filters: what they find, and what they say.

use console::state::table::{Row, Table};

use super::data::Plan;
use super::dump::{SIZES, texts};
use super::played::{Played, Shown, State};

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

/// A whole number opens the connection that has it, with the checks of that number, wherever it is typed; what comes next is about it.
#[test]
fn a_whole_number_leads_to_its_own_checks() {
    for (typed, told) in [
        (
            "/+49 30 1234571",
            "Enter looks for the connection that has +49301234571.",
        ),
        (":+49 30 1234571", "› Open the connection that has +49301234571"),
    ] {
        let mut played = Played::in_state(Shown::Overview, State::Write);
        typed.chars().for_each(|letter| played.key(letter));
        for size in SIZES.into_iter().filter(|(columns, _)| *columns >= 80) {
            let text = texts(&mut played.model, size);
            assert!(text.contains(told), "{text}");
        }
        played.enter();
        let text = texts(&mut played.model, SIZES[0]);
        assert!(text.contains("› eu-prod › +49 30 ••• 71"), "{text}");
        played.key('T');
        let text = texts(&mut played.model, SIZES[0]);
        assert!(
            text.contains("number +49 30 ••• 71 (Nordwind Reisen / eu-prod)"),
            "{text}"
        );
    }
}
