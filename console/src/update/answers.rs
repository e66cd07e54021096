//! What the API answered.

use chrono::{DateTime, TimeDelta, Utc};

use crate::action::Action;
use crate::connection::Trouble;
use crate::msg::{Answered, Effect, Question, Told};
use crate::queries::connections::{AccountPage, PageInfo};
use crate::queries::diagnosis::Timeline;
use crate::queries::viewer::WhoAmI;
use crate::scrub::scrub;
use crate::state::connection::Connection;
use crate::state::detail::{BalanceRead, Detail, Minute};
use crate::state::rows::{self, AuditEntry, Call, Episode, Job, Moment};
use crate::state::table::Load;
use crate::state::{Found, Link, Model, Overlay, Page, Reading, Screen, TestCall, on_list};

use super::{dialogs, done, ways};

/// The schema that this console was written for.
pub const SCHEMA_VERSION: &str = "1";

/// How soon it is looked whether a pause that the API asked for is over.
const PAUSE: TimeDelta = TimeDelta::seconds(2);

/// The longest line of a row in full.
const LINE: usize = 300;

pub(super) fn answered(model: &mut Model, question: Question, answered: Result<Answered, Trouble>) -> Vec<Effect> {
    match answered {
        Err(trouble) => failed(model, &question, &trouble),
        Ok(answered) => {
            let missing = answered.missing.map(|missing| missing.to_string());
            taken(model, question, *answered.told, missing)
        }
    }
}

fn taken(model: &mut Model, question: Question, told: Told, missing: Option<String>) -> Vec<Effect> {
    let now = model.now;
    match (told, question) {
        (Told::WhoAmI(who), _) => signed_in(model, &who),
        (Told::NewestEvent(start), _) => {
            model.cursor = Some(start.event_cursor);
            model.total = usize::try_from(start.twilio_account_count).ok();
            model.reading = matches!(model.connections.load, Load::Loading { .. }).then(Reading::default);
            return vec![Effect::Ask(Question::Connections { after: None })];
        }
        (Told::Connections(page), Question::Connections { after }) => {
            return page_read(model, &page, after.as_deref(), missing);
        }
        (Told::Detail(detail), Question::Detail { id, number }) => {
            let is_asked = |opened: &&mut crate::state::Opened| {
                opened.id == id && opened.number.as_ref().map(|(id, _)| id) == number.as_ref()
            };
            if let Some(opened) = model.opened.as_mut().filter(is_asked) {
                let is_first = opened.detail.is_none();
                opened.is_old = false;
                opened.read_at = Some(now);
                opened.detail = Detail::read(&detail);
                if let (true, Some(detail)) = (is_first, &opened.detail) {
                    opened.cursor = detail.first_to_look_at();
                }
                let gone = opened.detail.is_none().then(|| "this connection is gone".to_owned());
                opened.trouble = gone.or_else(|| missing.map(|why| format!("not all could be read: {why}")));
                if let Some(detail) = &opened.detail {
                    for change in &detail.history {
                        model.timeline.put(Moment::from(change), now);
                    }
                    for change in &detail.configuration {
                        model.timeline.put(Moment::from(change), now);
                    }
                    settle_timeline(model);
                    return vec![super::order_now(model, Screen::Connection)];
                }
            }
        }
        (Told::Timeline(told), Question::Timeline { id, .. }) => return happened(model, &id, &told, missing),
        (Told::Minutes(accounts), _) => {
            for account in accounts {
                let minutes = account.calls_by_minute.iter().map(Minute::from).collect();
                model.minutes.insert(account.id.inner().to_owned(), (now, minutes));
            }
        }
        (Told::Rows(accounts), _) => {
            let told_at = told_at(model);
            for account in &accounts {
                model.connections.put(Connection::from(account), told_at);
            }
        }
        (Told::Balances(accounts), _) => {
            for account in accounts {
                let read = account.balance_history.nodes.iter().filter_map(BalanceRead::of);
                model
                    .balances
                    .insert(account.id.inner().to_owned(), (now, read.collect()));
            }
        }
        (Told::Call(call), Question::Call { id }) => inspected(model, &id, call.as_deref()),
        (Told::Ended(ended), Question::End(awaited)) => done::ended(model, &awaited.id, &ended),
        (Told::Found(found), Question::Find { number }) => return found_by_number(model, found, &number),
        (Told::Plan(Some(plan)), Question::Plan { number, shown, owner }) => {
            dialogs::planned(model, &number, &shown, &owner, &plan);
        }
        (Told::Plan(None), _) => model.messages.trouble(now, "this number is gone"),
        (Told::TestCall(Some(told)), Question::TestCall { id }) => {
            test_went_on(model, &id, &TestCall::read(&told, now));
        }
        (Told::TestCall(None), _) => model.test = None,
        (Told::Bundle(Some(bundle)), Question::Bundle { id }) => dialogs::bundle(model, &id, &bundle),
        (Told::Bundle(None), _) => model.messages.trouble(now, "this connection is gone"),
        (Told::Done(outcome), Question::Do(change)) => return done::done(model, &change, outcome),
        (told, Question::Page { screen, about, after }) => {
            return list_read(model, screen, about.as_deref(), after.as_deref(), told, missing);
        }
        _ => {}
    }
    Vec::new()
}

fn signed_in(model: &mut Model, who: &WhoAmI) {
    model.skew = who.server_time - model.now;
    model.session.subject = scrub(&who.viewer.subject, 40);
    model.session.role = who.viewer.role.word();
    model.session.permissions.clone_from(&who.viewer.permissions);
    let is_known = who.schema_version.split('.').next() == SCHEMA_VERSION.split('.').next();
    model.strange_schema = (!is_known).then(|| {
        let version = scrub(&who.schema_version, 20);
        format!(
            "the API's schema is {version}, this console knows {SCHEMA_VERSION}: what is new is shown as `? <word>`"
        )
    });
}

/// From when an answer is: nothing that is told meanwhile is older.
fn told_at(model: &Model) -> DateTime<Utc> {
    let took = model.round_trip.and_then(|took| TimeDelta::from_std(took).ok());
    model.now - took.unwrap_or_default()
}

fn page_read(model: &mut Model, page: &AccountPage, after: Option<&str>, missing: Option<String>) -> Vec<Effect> {
    // Not that of a reading that the operator stopped, or that was begun anew.
    let reading = model.reading.take_if(|reading| reading.after.as_deref() == after);
    let is_quiet = reading.as_ref().is_some_and(|reading| reading.is_quiet);
    if reading.is_some() && after.is_none() {
        model.missing = None;
        model.connections.begin_reading();
    }
    model.missing = missing.or(model.missing.take());
    let told_at = told_at(model);
    for account in &page.nodes {
        model.connections.put(Connection::from(account), told_at);
    }
    let mut effects = Vec::new();
    if !is_quiet {
        model.read = page.nodes.len() + if after.is_none() { 0 } else { model.read };
        effects.push(super::order_now(model, Screen::Overview));
    }
    if reading.is_some()
        && let Some(after) = next(&page.page_info)
    {
        let after = Some(after);
        effects.push(Effect::Ask(Question::Connections { after: after.clone() }));
        model.reading = Some(Reading { after, is_quiet });
        return effects;
    }
    let at = model.now;
    if reading.is_some() {
        model.connections.forget_unread();
        let load = match &model.missing {
            Some(why) => Load::Partial { at, why: why.clone() },
            None => Load::Whole { at },
        };
        model.connections.was_read(load);
    }
    let is_over = !matches!(model.connections.load, Load::Loading { .. });
    if is_over && !matches!(model.link, Link::Live) {
        let after = model.cursor.clone();
        effects.push(Effect::Follow { after });
    }
    effects
}

fn next(info: &PageInfo) -> Option<String> {
    info.end_cursor.clone().filter(|_| info.has_next_page)
}

fn of<'p, T>(nodes: &'p [T], info: &PageInfo, after: Option<&'p str>) -> Page<'p, T> {
    Page {
        nodes,
        beside: &[],
        after,
        next: next(info),
    }
}

/// A page of a list. One that was asked for another connection comes too late.
fn list_read(
    model: &mut Model,
    screen: Screen,
    about: Option<&str>,
    after: Option<&str>,
    told: Told,
    missing: Option<String>,
) -> Vec<Effect> {
    let now = model.now;
    if on_list!(model, screen, |list| list.about.as_deref() != about) != Some(false) {
        return Vec::new();
    }
    let lists = &mut model.lists;
    match told {
        Told::Numbers(page) => lists.numbers.take(of(&page.nodes, &page.page_info, after), now),
        Told::Calls(page) => lists.calls.take(of(&page.nodes, &page.page_info, after), now),
        Told::Billing(page) => lists.billing.take(of(&page.nodes, &page.page_info, after), now),
        Told::Audit(page) => lists.audit.take(of(&page.nodes, &page.page_info, after), now),
        Told::Events(page) => lists.events.take(of(&page.nodes, &page.page_info, after), now),
        Told::Jobs(told) => {
            lists.job_counts = Some(told.job_counts);
            let page = of(&told.jobs.nodes, &told.jobs.page_info, after);
            let beside = &told.open_jobs.nodes;
            lists.jobs.take(Page { beside, ..page }, now);
        }
        _ => return Vec::new(),
    }
    if let Some(why) = missing {
        on_list!(model, screen, mut |list| list.table.load = Load::Partial { at: now, why });
    }
    super::follow_order(model).into_iter().collect()
}

/// What happened to the open connection.
fn happened(model: &mut Model, id: &str, told: &Timeline, missing: Option<String>) -> Vec<Effect> {
    let Some(opened) = model.opened.as_mut().filter(|opened| opened.id == id) else {
        return Vec::new();
    };
    opened.timeline_read_at = Some(model.now);
    let calls = told.calls.nodes.iter().map(|call| Moment::from(&Call::from(call)));
    let jobs = told.jobs.nodes.iter().map(|job| Moment::from(&Job::from(job)));
    let alerts = told.billing_episodes.nodes.iter();
    let alerts = alerts.map(|episode| Moment::from(&Episode::from(episode)));
    let entries = told.audit_entries.iter().flat_map(|page| &page.nodes);
    let entries = entries.map(|entry| Moment::from(&AuditEntry::from(entry)));
    let now = model.now;
    for moment in calls.chain(jobs).chain(alerts).chain(entries) {
        model.timeline.put(moment, now);
    }
    settle_timeline(model);
    let at = model.now;
    let load = missing.map_or(Load::Whole { at }, |why| Load::Partial { at, why });
    model.timeline.was_read(load);
    super::follow_order(model).into_iter().collect()
}

/// The newest moments are kept, and an act is told once.
fn settle_timeline(model: &mut Model) {
    rows::tell_acts_once(&mut model.timeline, model.now);
    let dropped = model.timeline.keep_first(rows::MOMENTS_KEPT);
    if let (1.., Some(opened)) = (dropped, &mut model.opened) {
        opened.has_dropped = true;
    }
}

fn inspected(model: &mut Model, id: &str, call: Option<&crate::queries::calls::CallInFull>) {
    let glance = model.glance();
    let Some(Overlay::Inspect(inspect)) = &mut model.overlay else {
        return;
    };
    if inspect.id != id {
        return;
    }
    inspect.lines = match call {
        None => vec!["this call is gone".to_owned()],
        Some(told) => crate::state::rows::call_lines(told, glance),
    };
}

/// The connection that has a whole number is opened, with the checks of that number.
fn found_by_number(model: &mut Model, found: Option<Found>, number: &str) -> Vec<Effect> {
    if let Some(found) = found {
        ways::open_connection(model, &found.connection, found.number)
    } else {
        let tail = number.len().saturating_sub(2);
        let text = format!("no connection has the number that ends in {}", &number[tail..]);
        model.messages.trouble(model.now, text);
        Vec::new()
    }
}

/// A test call went on: its verdict is told wherever one is.
fn test_went_on(model: &mut Model, id: &str, test: &TestCall) {
    let Some(before) = model.test.as_ref().filter(|before| before.id == id) else {
        return;
    };
    if let (None, Some(verdict)) = (&before.verdict, &test.verdict)
        && !matches!(model.overlay, Some(Overlay::TestCall))
    {
        model
            .messages
            .tell(model.now, format!("{}: {}", test.title, scrub(&verdict.text, LINE)));
    }
    model.test = Some(test.clone());
}

fn failed(model: &mut Model, question: &Question, trouble: &Trouble) -> Vec<Effect> {
    let why = trouble.to_string();
    if *trouble == Trouble::SignedOut {
        super::signed_out::sign_out(model);
        return Vec::new();
    }
    let at = model.now;
    match question {
        // They are asked again soon; what is read, and the socket, tell of it.
        Question::WhoAmI | Question::Minutes { .. } | Question::Rows { .. } | Question::Balances { .. } => {
            return Vec::new();
        }
        Question::NewestEvent | Question::Connections { .. } => {
            model.reading = None;
            let load = match trouble {
                Trouble::Forbidden(_) => Load::Forbidden { why: why.clone() },
                _ => Load::Failed { at, why: why.clone() },
            };
            model.connections.broke_off(load);
            if *trouble == Trouble::Throttled {
                // Nothing is sent while the API wants a pause: to look whether it is over costs nothing.
                model.read_at.get_or_insert(at + PAUSE);
            } else {
                super::tick::read_later(model);
            }
        }
        Question::Detail { id, .. } => {
            if let Some(opened) = model.opened.as_mut().filter(|opened| opened.id == *id) {
                opened.is_old = true;
                opened.trouble = Some(why.clone());
            }
        }
        Question::Timeline { .. } => model.timeline.broke_off(Load::Failed { at, why: why.clone() }),
        Question::Page { screen, about, after } => {
            let load = match trouble {
                Trouble::Forbidden(_) => Load::Forbidden { why: why.clone() },
                _ => Load::Failed { at, why: why.clone() },
            };
            let is_told = on_list!(model, *screen, mut |list| {
                let is_told = matches!(list.table.load, Load::Failed { .. });
                if list.about == *about {
                    list.table.broke_off(load);
                    if let Some(after) = after {
                        list.give_back(after);
                    }
                }
                is_told
            });
            if is_told == Some(true) {
                return Vec::new();
            }
        }
        Question::Call { id } => {
            if matches!(&model.overlay, Some(Overlay::Inspect(inspect)) if inspect.id == *id) {
                model.overlay = None;
            }
        }
        Question::Do(change) => {
            done::forget(model, change);
            // The request may have come through: the answer is what is missing.
            let whether = done::where_it_shows(model, change);
            model.messages.trouble(at, format!("{why}; {whether}"));
            return Vec::new();
        }
        Question::TestCall { id } => {
            // It is asked for every second, and says itself how old it is.
            let test = model.test.as_mut().filter(|test| test.id == *id);
            let was_told = test.is_none_or(|test| test.trouble.replace(why.clone()).is_some());
            if was_told {
                return Vec::new();
            }
        }
        Question::End(awaited) => {
            let jobs = model.keymap.key(Action::Jobs);
            let text = format!("{}: {why}; how it ends is shown by Jobs ({jobs})", awaited.name);
            model.messages.trouble(at, text);
            return Vec::new();
        }
        Question::Find { .. } | Question::Plan { .. } | Question::Bundle { .. } => {}
    }
    model.messages.trouble(at, why);
    Vec::new()
}
