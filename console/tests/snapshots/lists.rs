//! Lists: their columns, what they offer, and how far they are read.

use super::data::Plan;
use super::dump::{SIZES, texts};
use super::played::{Played, Shown, State};

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

/// A number of which few calls connect fails, also where it is routed as it should be, and the list says why; it does not come last.
#[test]
fn a_number_of_which_few_calls_connect_fails_and_says_why() {
    let mut played = Played::in_state(Shown::Numbers, State::ReadOnly);
    played.press(crossterm::event::KeyCode::Home);
    for size in &SIZES[..2] {
        let text = texts(&mut played.model, *size);
        let row = text.lines().find(|line| line.contains("31.0")).expect(&text);
        assert!(row.contains("✖ FAIL") && row.contains('›'), "{text}");
        assert!(
            text.contains("└ 31.0 % of 400 attempts connected in the last 24 hours"),
            "{text}"
        );
    }
}

/// By the connect rate what can be judged by it comes first, on the Overview as well.
#[test]
fn few_calls_are_not_the_worst_connect_rate() {
    let mut played = Played::begin(&Plan::default());
    let mut row = super::data::connections(&Plan::default(), played.model.now)[3].take();
    (row["callFigures"]["attempts"], row["callFigures"]["connectRate"]) = (1.into(), 0.0.into());
    let row = Box::new(super::data::read(row));
    played.tell(console::msg::Msg::Heard(console::connection::Heard::Changed(row)));
    (0..3).for_each(|_| played.key('s'));
    let text = texts(&mut played.model, SIZES[0]);
    assert!(text.contains("sort: connect rate"), "{text}");
    let place = |name: &str| text.lines().position(|line| line.contains(name) && !line.contains('┌'));
    let order = ["Nordwind", "Blue Harbor", "Acme", "Lantern"].map(place);
    assert!(order.is_sorted() && order[0].is_some(), "{order:?}\n{text}");
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

/// Jobs that were given up, run or wait are shown also where a hundred newer ones are done; nothing says then that there is none.
#[test]
fn jobs_that_failed_are_shown_however_many_are_newer() {
    use console::msg::{Answered, Msg, Question, Told};
    use console::state::Screen;
    use serde_json::{Value, json};

    let mut played = Played::begin(&Plan::default());
    played.key('5');
    let now = played.model.now;
    let open = super::data::jobs(&Plan::default(), now);
    let done: Vec<Value> = (0..100)
        .map(|place| {
            let mut job = open[1].clone();
            (job["id"], job["state"]) = (json!(format!("d{place}")), json!("DONE"));
            job["finishedAt"] = job["runAt"].clone();
            job
        })
        .collect();
    let told = json!({
        "jobs": { "nodes": done, "pageInfo": { "hasNextPage": true, "endCursor": "p1" } },
        "open_jobs": { "nodes": open },
        "jobCounts": { "waiting": 1, "running": 1, "failed": 1, "oldestDueAt": null },
    });
    played.pass(chrono::TimeDelta::seconds(5));
    let question = Question::Page {
        screen: Screen::Jobs,
        about: None,
        after: None,
    };
    let answered = Answered {
        told: Box::new(Told::Jobs(
            serde_json::from_value(told).expect("the console's own types"),
        )),
        missing: None,
    };
    played.tell(Msg::Answered(question, Ok(answered), std::time::Duration::ZERO));
    played.pass(chrono::TimeDelta::seconds(1));
    let text = texts(&mut played.model, SIZES[0]);
    for state in ["✖ failed", "▸ running", "waiting"] {
        assert!(text.contains(state), "{state} is missing:\n{text}");
    }
}

/// While a filter, or `e`, shows nothing of what was read, it is read on by itself, a page at a time, and said that there is more.
#[test]
fn what_is_looked_for_is_read_on_for_until_it_is_found() {
    use console::msg::{Answered, Msg, Question, Told};
    use console::state::{KEPT, Screen};
    use serde_json::{Value, json};

    let page = |played: &Played, from: usize| {
        let entry = &super::data::entries(played.model.now)[0];
        let nodes = (from..from + 100).map(|place| {
            let mut entry = entry.clone();
            entry["id"] = json!(format!("e{place}"));
            entry["at"] =
                json!((played.model.now - chrono::TimeDelta::minutes(i64::try_from(place).unwrap_or(0))).to_rfc3339());
            entry["actor"] = json!(if place == 350 { "op-99" } else { "op-17" });
            entry
        });
        let nodes: Vec<Value> = nodes.collect();
        let told =
            json!({ "nodes": nodes, "pageInfo": { "hasNextPage": true, "endCursor": format!("{}", from + 100) } });
        Told::Audit(serde_json::from_value(told).expect("the console's own types"))
    };
    let question = |after: Option<String>| Question::Page {
        screen: Screen::Audit,
        about: None,
        after,
    };
    for (filter, pages) in [("op-99", 4), ("op-98", KEPT / 100)] {
        let mut played = Played::begin(&Plan::default());
        played.plan.answer = super::data::Answer::Never;
        played.key('6');
        let answer = |played: &mut Played, after: Option<String>| {
            let from = after.as_deref().map_or(0, |after| after.parse().expect("a place"));
            let answered = Answered {
                told: Box::new(page(played, from)),
                missing: None,
            };
            let msg = Msg::Answered(question(after), Ok(answered), std::time::Duration::ZERO);
            played.tell(msg);
        };
        answer(&mut played, None);
        played.key('/');
        format!("actor:{filter}").chars().for_each(|letter| played.key(letter));
        played.enter();
        let text = texts(&mut played.model, SIZES[0]);
        assert!(
            text.contains("None of the 100 that were read; more is below: G reads on"),
            "{text}"
        );
        played.asked.clear();
        for _ in 0..60 {
            played.pass(chrono::TimeDelta::seconds(1));
            let asked: Vec<Question> = std::mem::take(&mut played.asked);
            for asked in asked {
                if let Question::Page { after: Some(after), .. } = asked {
                    answer(&mut played, Some(after));
                }
            }
        }
        assert_eq!(played.model.lists.audit.table.counts().0, pages * 100, "{filter}");
        let found = texts(&mut played.model, SIZES[0]).contains("op-99 ");
        assert_eq!(found, filter == "op-99");
    }
}
