//! What time changes: signs of life, lists that are read again, and what is over.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::msg::{Effect, Question};
use crate::queries::viewer::Permission;
use crate::state::table::{Listed, Load};
use crate::state::{FRESH_FOR, Link, Mode, Model, Screen, WRITES_FOR, on_list, on_table};

/// How often the API is asked for a sign of life: its answer tells the time, the role and the schema as well.
const ASKS_EVERY: TimeDelta = TimeDelta::seconds(15);

/// What was read whole, and has been live for so long, is well: the next failure is the first again.
const WELL_AFTER: TimeDelta = TimeDelta::seconds(30);

/// How often a list that is looked at is read again.
const READS_EVERY: TimeDelta = TimeDelta::seconds(5);

/// How often the timeline of an open connection is read again.
const TIMELINE_EVERY: TimeDelta = TimeDelta::seconds(15);

/// How often a test call that goes on is asked for.
const TEST_EVERY: TimeDelta = TimeDelta::seconds(1);

/// How old a sparkline may become.
const MINUTES_EVERY: TimeDelta = TimeDelta::seconds(60);

/// How often all connections are read again: no event tells of their figures, nor that nobody checks them any more.
const ALL_EVERY: TimeDelta = TimeDelta::minutes(5);

/// The least time between two questions for rows by their ids.
const ROWS_APART: TimeDelta = TimeDelta::seconds(5);

/// So many rows are asked for at once; the API takes no more.
const ROWS_AT_ONCE: usize = 100;

/// The sparklines of so many rows are asked for at once.
const ASKED_AT_ONCE: usize = 20;

/// A gap between two ticks that only sleep makes.
const SLEPT: TimeDelta = TimeDelta::seconds(20);

pub(super) fn passed(model: &mut Model, now: DateTime<Utc>) -> Vec<Effect> {
    let before = model.now;
    let slept = Some(before).filter(|before| now - *before > SLEPT);
    model.now = now;
    if model.mode == Mode::Write && now - model.key_at >= WRITES_FOR {
        model.mode = Mode::ReadOnly;
        let text = "15 minutes without a key: reading only, start with --write to change things";
        let closed = if super::dialogs::close_what_is_off(model) {
            "; what was asked here is closed"
        } else {
            ""
        };
        model.messages.tell(now, format!("{text}{closed}"));
    }
    if model.revealed.as_ref().is_some_and(|revealed| now >= revealed.until) {
        model.revealed = None;
    }
    let mut effects: Vec<Effect> = super::follow_order(model).into_iter().collect();
    effects.extend(on_time(model, slept));
    if model.link == Link::Live {
        // Also while nobody looks: whoever calls a number turns to a phone meanwhile.
        effects.extend(follow_test(model));
    }
    // Nobody looks, or nobody answers.
    if model.has_focus && model.link == Link::Live {
        effects.extend(read_again(model));
        effects.extend(rows(model));
        effects.extend(sparklines(model));
    }
    effects
}

/// Has everything read again after a wait, and answers when: what failed is tried less and less often.
pub(super) fn read_later(model: &mut Model) -> DateTime<Utc> {
    let chance = f64::from(model.now.timestamp_subsec_millis()) / 1000.0;
    let wait = TimeDelta::from_std(model.retry.next(chance)).unwrap_or_default();
    *model.read_at.get_or_insert(model.now + wait)
}

/// What goes on by itself once a time has come. `slept` is when this computer fell asleep, if it did: nothing was heard since.
fn on_time(model: &mut Model, slept: Option<DateTime<Utc>>) -> Vec<Effect> {
    let now = model.now;
    let mut effects = Vec::new();
    if let (Some(before), Link::Live | Link::Down { .. }) = (slept, &model.link) {
        // The socket may be dead without knowing it: go on from the last event, on another.
        model.link = Link::Down {
            since: model.link.down_since().unwrap_or(before),
            retry_at: now,
            why: "this computer slept".to_owned(),
        };
        let after = model.cursor.clone();
        effects.push(Effect::Follow { after });
    }
    let is_well = model.link == Link::Live;
    if is_well && matches!(model.connections.load, Load::Whole { at } if now - at >= WELL_AFTER) {
        model.retry.worked();
    }
    if model.read_at.is_some_and(|at| slept.is_some() || now >= at) {
        effects.extend(super::read_all(model));
    } else if model.asked_at.is_none_or(|at| now - at >= ASKS_EVERY) {
        model.asked_at = Some(now);
        effects.push(Effect::Ask(Question::WhoAmI));
    }
    if is_well && model.reading.is_none() && model.read_at.is_none() && are_all_due(model, now) {
        effects.push(super::read_quietly(model));
    }
    effects
}

/// Whether all connections were read so long ago that they are read again; not where the operator stopped the reading.
fn are_all_due(model: &Model, now: DateTime<Utc>) -> bool {
    match model.connections.load {
        Load::Whole { at } => now - at >= ALL_EVERY,
        Load::Partial { at, .. } => model.missing.is_some() && now - at >= ALL_EVERY,
        _ => false,
    }
}

/// Asks for the connections on the screen, or for the one that keys are about, where they were told a while ago.
fn rows(model: &mut Model) -> Option<Effect> {
    let (now, height) = (model.now, usize::from(model.size.1));
    if model.rows_asked_at.is_some_and(|at| now - at < ROWS_APART) {
        return None;
    }
    let is_old = |id: &str| model.connections.told_at(id).is_some_and(|at| now - at >= FRESH_FOR);
    let ids: Vec<String> = if model.screen == Screen::Overview {
        let rows = model.connections.visible(height).map(|(_, row)| row.id.as_str());
        let old = rows.filter(|id| is_old(id)).take(ROWS_AT_ONCE);
        old.map(ToOwned::to_owned).collect()
    } else {
        model.subject_id().filter(|id| is_old(id)).into_iter().collect()
    };
    if ids.is_empty() {
        return None;
    }
    model.rows_asked_at = Some(now);
    Some(Effect::Ask(Question::Rows { ids }))
}

/// Reads again what is looked at and of which no event tells.
fn read_again(model: &mut Model) -> Vec<Effect> {
    let (now, screen, mut effects) = (model.now, model.screen, Vec::new());
    let is_due = |at: Option<DateTime<Utc>>, every| at.is_none_or(|at| now - at >= every);
    let due = on_list!(model, screen, mut |list| {
        let is_due = is_due(list.asked_at, READS_EVERY) && !matches!(list.table.load, Load::Forbidden { .. });
        if is_due {
            list.asked_at = Some(now);
        }
        (is_due, list.about.clone())
    });
    if let Some((true, about)) = due {
        let after = None;
        effects.push(Effect::Ask(Question::Page { screen, about, after }));
    }
    effects.extend(look_for(model));
    let audit = model.may(&Permission::ReadAudit);
    if let (Screen::Connection, Some(opened)) = (screen, &mut model.opened)
        && is_due(Some(opened.asked_at), TIMELINE_EVERY)
    {
        opened.asked_at = now;
        opened.has_changed = true; // The checks, and what was configured otherwise, are part of it.
        let id = opened.id.clone();
        effects.push(Effect::Ask(Question::Timeline { id, audit }));
    }
    // Many changes in a second are one question.
    if let Some(opened) = model.opened.as_mut().filter(|opened| opened.has_changed) {
        opened.has_changed = false;
        let (id, number) = (opened.id.clone(), opened.number.clone().map(|(id, _)| id));
        effects.push(Effect::Ask(Question::Detail { id, number }));
    }
    effects
}

/// Reads on while nothing of what was read is what is looked for.
fn look_for(model: &mut Model) -> Option<Effect> {
    let screen = model.screen;
    let next = on_list!(model, screen, mut |list| {
        let after = if list.table.hides_all() { list.go_on() } else { None };
        after.map(|after| (list.about.clone(), Some(after)))
    });
    let (about, after) = next.flatten()?;
    Some(Effect::Ask(Question::Page { screen, about, after }))
}

/// Asks how a test call goes on.
fn follow_test(model: &mut Model) -> Option<Effect> {
    let now = model.now;
    let test = model.test.as_mut()?;
    if !test.is_awaited(now) || now - test.asked_at < TEST_EVERY {
        return None;
    }
    test.asked_at = now;
    Some(Effect::Ask(Question::TestCall { id: test.id.clone() }))
}

/// Asks for what the sparklines of the rows on the screen are made of, where it is not known or old.
fn sparklines(model: &mut Model) -> Option<Effect> {
    let screen = model.screen;
    let is_wide = on_table!(model, screen, |table| table.wide.is_some());
    if model.size.0 < crate::view::SPARKS_FROM && !is_wide {
        return None;
    }
    let (now, height) = (model.now, usize::from(model.size.1));
    match model.screen {
        Screen::Overview => {
            let rows = model.connections.visible(height).map(|(_, row)| row.id.as_str());
            let ids = to_ask(&mut model.minutes, rows, now)?;
            Some(Effect::Ask(Question::Minutes { ids }))
        }
        Screen::Billing => {
            let rows = model.lists.billing.table.visible(height);
            let accounts = rows.filter_map(|(_, row)| row.account());
            let ids = to_ask(&mut model.balances, accounts, now)?;
            Some(Effect::Ask(Question::Balances { ids }))
        }
        _ => None,
    }
}

/// Those of the rows that are not known or old, and takes down that they are asked for: not again before they are old.
fn to_ask<'r, T: Default>(
    known: &mut HashMap<String, (DateTime<Utc>, T)>,
    rows: impl Iterator<Item = &'r str>,
    now: DateTime<Utc>,
) -> Option<Vec<String>> {
    let is_old = |id: &str| known.get(id).is_none_or(|(at, _)| now - *at >= MINUTES_EVERY);
    let mut ids: Vec<String> = Vec::new();
    for id in rows {
        if ids.len() < ASKED_AT_ONCE && is_old(id) && !ids.iter().any(|asked| asked == id) {
            ids.push(id.to_owned());
        }
    }
    if ids.is_empty() {
        return None;
    }
    known.retain(|_, (at, _)| now - *at < MINUTES_EVERY * 10);
    for id in &ids {
        let before = known.remove(id).map(|(_, told)| told).unwrap_or_default();
        known.insert(id.clone(), (now, before));
    }
    Some(ids)
}
