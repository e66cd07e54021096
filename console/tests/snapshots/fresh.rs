//! What no event tells of is read again, and nothing looks fresher than it is.

use chrono::TimeDelta;
use console::msg::Question;
use console::state::{Asks, Mode, Overlay};

use super::data::{Answer, Plan};
use super::dump::{SIZES, texts};
use super::played::{LISTS, Played, Shown, State};

/// So many seconds go by, one after the other.
fn pass(played: &mut Played, seconds: u32) {
    (0..seconds).for_each(|_| played.pass(TimeDelta::seconds(1)));
}

fn count(played: &Played, wanted: impl Fn(&Question) -> bool) -> usize {
    played.asked.iter().filter(|asked| wanted(asked)).count()
}

/// The age that the header tells.
fn age(played: &mut Played) -> String {
    let text = texts(&mut played.model, SIZES[0]);
    let header = text.lines().next().expect("a header").to_owned();
    let age = header.split("data ").nth(1).expect("an age");
    age.split_whitespace().next().expect("an age").to_owned()
}

/// How many calls a connection had changes without an event: the rows on the screen are read again each minute, and all of them every
/// five minutes, also while nobody looks. Nothing says then that it is loading, and the cursor stays.
#[test]
fn figures_are_read_again_though_nothing_tells_of_them() {
    let mut played = Played::begin(&Plan::default());
    played.key('j');
    let selected = played.model.connections.selected().map(|row| row.id.clone());
    played.plan.more_calls = 7;
    pass(&mut played, 58);
    assert!(texts(&mut played.model, SIZES[0]).contains("   214    31.2"));
    pass(&mut played, 5);
    assert!(texts(&mut played.model, SIZES[0]).contains("   221    31.2"));
    let rows = |question: &Question| matches!(question, Question::Rows { .. });
    assert_eq!(count(&played, rows), 1);
    // Of an open connection its own row is.
    played.enter();
    pass(&mut played, 62);
    let of_one = Question::Rows {
        ids: vec!["acc-1".to_owned()],
    };
    assert_eq!(played.asked.iter().filter(|asked| **asked == of_one).count(), 1);

    let mut played = Played::begin(&Plan::default());
    played.key('j');
    played.tell(console::msg::Msg::Focus(false));
    played.plan.more_calls = 7;
    let all = |question: &Question| matches!(question, Question::Connections { .. });
    for _ in 0..298 {
        pass(&mut played, 1);
        assert!(!texts(&mut played.model, SIZES[0]).contains("loading"));
    }
    assert_eq!((count(&played, rows), count(&played, all)), (0, 1));
    pass(&mut played, 4);
    assert_eq!((count(&played, rows), count(&played, all)), (0, 2));
    assert!(texts(&mut played.model, SIZES[0]).contains("   221    31.2"));
    assert_eq!(played.model.connections.selected().map(|row| row.id.clone()), selected);
}

/// The header tells the age of the rows that are seen: an answer to a sign of life makes none of them younger.
#[test]
fn a_sign_of_life_makes_no_row_look_younger() {
    let mut played = Played::begin(&Plan::default());
    assert_eq!(age(&mut played), "0s");
    played.plan.answer = Answer::Never;
    pass(&mut played, 50);
    assert!(count(&played, |question| *question == Question::WhoAmI) >= 3);
    assert_eq!(age(&mut played), "50s");
    pass(&mut played, 40);
    assert_eq!(age(&mut played), "1m", "nobody answers what is asked again");
    played.plan.answer = Answer::Comes;
    pass(&mut played, 6);
    assert_eq!(
        age(&mut played)
            .trim_end_matches('s')
            .parse::<u32>()
            .map(|age| age <= 6),
        Ok(true)
    );
}

/// A reading that is stopped, or begun anew, is not gone on with by a page that comes late; and takes nothing away.
#[test]
fn a_late_page_of_another_reading_takes_nothing_away() {
    use console::connection::Heard;
    use console::msg::{Answered, Msg};
    use std::time::Duration;

    let mut played = Played::begin(&Plan::default());
    played.plan.answer = Answer::Never;
    pass(&mut played, 303);
    assert!(played.model.reading.as_ref().is_some_and(|reading| reading.is_quiet));
    played.tell(Msg::Heard(Heard::GapTooBig));
    let empty = Plan {
        is_empty: true,
        ..Plan::default()
    };
    let question = Question::Connections { after: None };
    let told = Box::new(super::data::told(&empty, &question, played.model.now));
    let answered = Answered { told, missing: None };
    played.tell(Msg::Answered(question, Ok(answered), Duration::from_millis(84)));
    assert_eq!(played.model.connections.rows().count(), 7);
}

/// After a sleep, and on a socket on which nothing was heard for a while, everything is as old as the last word; and grows older while
/// the live view is down, whatever else happens.
#[test]
fn what_is_shown_is_as_old_as_the_last_word_of_the_socket() {
    use console::connection::{Heard, Trouble};
    use console::msg::Msg;
    use std::time::Duration;

    let header = |played: &mut Played| {
        texts(&mut played.model, SIZES[0])
            .lines()
            .next()
            .expect("a header")
            .to_owned()
    };
    let closed = |why: Trouble| {
        let again_in = Duration::from_secs(3);
        Msg::Heard(Heard::Closed { why, again_in })
    };
    let mut played = Played::begin(&Plan::default());
    played.plan.answer = Answer::Never;
    played.pass(TimeDelta::minutes(9));
    assert!(header(&mut played).contains("OFFLINE 9m"), "{}", header(&mut played));
    assert_eq!(age(&mut played), "9m");
    played.tell(closed(Trouble::Unreachable("it is gone".to_owned())));
    played.tell(Msg::Heard(Heard::GapTooBig));
    played.pass(TimeDelta::minutes(2));
    assert!(header(&mut played).contains("OFFLINE 11m"), "{}", header(&mut played));
    assert_eq!(age(&mut played), "11m");

    let mut played = Played::begin(&Plan::default());
    pass(&mut played, 25);
    played.tell(closed(Trouble::Slow(Duration::from_secs(25))));
    assert!(header(&mut played).contains("OFFLINE 25s"), "{}", header(&mut played));
    assert_eq!(age(&mut played), "25s");
}

/// Where a list could not be read again, its title begins with how old it is at every size, each of its rows is marked, and each try that
/// fails leaves it as old as it is.
#[test]
fn a_list_that_cannot_be_read_again_is_marked_at_every_size() {
    for shown in LISTS {
        let mut played = Played::in_state(shown, State::ErrorLater);
        for (seconds, told) in [(0, "STALE, read 40s ago"), (20, "STALE, read 1m ago")] {
            pass(&mut played, seconds);
            for size in SIZES {
                let text = texts(&mut played.model, size);
                assert!(text.contains(told), "{shown:?} {told}:\n{text}");
                let first = text
                    .lines()
                    .find(|line| line.contains(['›']) && line.trim_start_matches('│').starts_with(" ›"));
                assert!(first.expect(&text).contains("›◌"), "{text}");
            }
        }
    }
    // What is marked is never counted as healthy.
    let mut played = Played::in_state(Shown::Overview, State::ErrorLater);
    let text = texts(&mut played.model, SIZES[0]);
    assert!(
        text.contains("last known: ") && text.contains("◌ all ≥6 stale"),
        "{text}"
    );
}

/// Who pauses a connection names it, unless it was told within a minute that it has no calls.
#[test]
fn a_connection_whose_figures_are_old_is_named_before_it_is_paused() {
    for (seconds, asks) in [(30, Asks::Pause), (70, Asks::PauseDuringCalls)] {
        let mut played = Played::begin(&Plan::default());
        played.model.mode = Mode::Write;
        played.plan.answer = Answer::Never;
        pass(&mut played, seconds);
        played.key('j');
        played.key('P');
        let Some(Overlay::Dialog(dialog)) = &played.model.overlay else {
            panic!("nothing is asked");
        };
        assert_eq!(dialog.asks, asks, "{:?}", dialog.lines);
    }
}

/// Where nobody checks any more, connections stand in their last known states, marked, and are counted in none; all of them are problems.
#[test]
fn connections_that_nobody_checks_any_more_keep_their_last_known_states() {
    use console::msg::{Answered, Msg, Told};
    use serde_json::json;
    use std::time::Duration;

    let mut played = Played::begin(&Plan::default());
    let mut rows = super::data::connections(&Plan::default(), played.model.now);
    for row in rows.as_array_mut().expect("rows") {
        let health = &mut row["health"];
        if health["state"] != "DISABLED" {
            health["lastKnownState"] = health["state"].take();
            health["state"] = json!("UNKNOWN");
        }
    }
    let told = Box::new(Told::Rows(
        serde_json::from_value(rows).expect("the console's own types"),
    ));
    let question = Question::Rows { ids: Vec::new() };
    let answered = Answered { told, missing: None };
    played.tell(Msg::Answered(question, Ok(answered), Duration::ZERO));
    pass(&mut played, 4);
    let text = texts(&mut played.model, SIZES[0]);
    for told in ["◌✖ FAIL", "◌■ SUSP", "◌▲ DEGR", "◌● OK", " ‖ OFF"] {
        assert!(text.contains(told), "{told} is missing:\n{text}");
    }
    // In the same words where it is copied.
    played.key('y');
    let text = texts(&mut played.model, SIZES[0]);
    assert!(text.contains("row  last known failing, last checked "), "{text}");
    played.press(crossterm::event::KeyCode::Esc);
    let (counts, stale) = played.model.totals();
    assert_eq!((counts.iter().map(|(_, count)| count).sum::<usize>(), stale), (0, 6));
    played.key('e');
    assert!(texts(&mut played.model, SIZES[0]).contains("Connections: 6 of 7"));
    for (filter, count) in [("health:unkn", 6), ("health:degr", 1)] {
        let mut filtered = Played::begin(&Plan::default());
        filtered.model = played.model.clone();
        filtered.key('/');
        filter.chars().for_each(|letter| filtered.key(letter));
        filtered.enter();
        let text = texts(&mut filtered.model, SIZES[0]);
        assert!(text.contains(&format!("Connections: {count} of 7")), "{text}");
    }
}
