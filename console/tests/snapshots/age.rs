//! How old things are, and how many of each state there are.

use console::look::Theme;
use console::state::Link;

use super::data::Plan;
use super::dump::{SIZES, texts};
use super::played::{Played, Shown, State};

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
            let row = console::state::connection::Connection {
                id,
                health,
                is_stale,
                ..row.clone()
            };
            played.model.connections.put(row, played.model.now);
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
