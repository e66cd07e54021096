//! From one screen to another, and back.

use crate::msg::{Effect, Question};
use crate::queries::viewer::Permission;
use crate::state::filter::Filter;
use crate::state::table::{Glance, Listed, Load, STAMP};
use crate::state::{Entry, rows};
use crate::state::{Goal, Inspect, Menu, Model, Opened, Overlay, Screen, View, on_list};

/// Said where a key needs a row, and none is under the cursor.
pub(super) const NOTHING_SELECTED: &str = "nothing is selected: move to a row first";

/// Said where a key needs what is known of a connection, and it is not read yet.
pub(super) const NOT_READ: &str = "this connection is not read yet";

/// Shows a screen. Lists are about the open connection, if one is open.
pub(super) fn go(model: &mut Model, screen: Screen) -> Vec<Effect> {
    let now = model.now;
    if model.screen != screen {
        leave(model);
        model.screen = screen;
    }
    if screen == Screen::Overview {
        model.opened = None;
    }
    let about = model.about();
    let asked = on_list!(model, screen, mut |list| list.turn_to(about.clone(), now));
    let order = super::order_now(model, screen);
    match asked {
        Some(()) => vec![
            order,
            Effect::Ask(Question::Page {
                screen,
                about,
                after: None,
            }),
        ],
        None => vec![order],
    }
}

/// Remembers the place, and how its columns are looked at no more.
fn leave(model: &mut Model) {
    model.last = Some(model.here());
    let screen = model.screen;
    crate::state::on_table!(model, screen, mut |table| table.wide = None);
}

/// Where one was before.
pub(super) fn last_place(model: &mut Model) -> Vec<Effect> {
    let here = model.here();
    let Some(last) = model.last.take() else {
        model.messages.tell(model.now, "you were nowhere else before");
        return Vec::new();
    };
    let mut effects = Vec::new();
    if last.about != here.about {
        model.opened = None;
        if let Some((id, number)) = last.about {
            effects = open_connection(model, &id, number);
        }
    }
    if last.screen != model.screen {
        effects.extend(go(model, last.screen));
    }
    model.last = Some(here);
    effects
}

/// One step back: from a list of a connection to the connection, from there to the Overview.
pub(super) fn back(model: &mut Model) -> Vec<Effect> {
    let filter_is_on = crate::state::on_table!(model, model.screen, |table| {
        !table.filter.is_empty() || table.problems_only
    });
    match (model.screen, model.opened.is_some()) {
        (Screen::Overview, _) if matches!(model.connections.load, Load::Loading { .. }) && model.read > 0 => {
            let (at, why) = (model.now, "you stopped the reading".to_owned());
            model.connections.load = Load::Partial { at, why };
            model.reading = None;
            Vec::new()
        }
        (Screen::Overview, _) => clear(model),
        (Screen::Connection, true) if filter_is_on => {
            if let Some(opened) = &mut model.opened {
                opened.topic = None;
            }
            clear(model)
        }
        (screen, _) if screen.is_list() && filter_is_on => clear(model),
        (Screen::Connection, _) | (_, false) => go(model, Screen::Overview),
        (_, true) => go(model, Screen::Connection),
    }
}

/// Takes away what hides rows.
pub(super) fn clear(model: &mut Model) -> Vec<Effect> {
    let screen = model.screen;
    crate::state::on_table!(model, screen, mut |table| table.problems_only = false);
    filter_by(model, "")
}

pub(super) fn filter_by(model: &mut Model, text: &str) -> Vec<Effect> {
    let screen = model.screen;
    crate::state::on_table!(model, screen, mut |table| {
        table.filter = Filter::parse(text);
        table.look_anew();
    });
    vec![super::order_now(model, screen)]
}

/// Opens the row under the cursor.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let glance = model.glance();
    if model.screen != Screen::Connection && !model.has_row() {
        model.messages.trouble(model.now, NOTHING_SELECTED);
        return Vec::new();
    }
    match model.screen {
        Screen::Overview => {
            let id = model.connections.selected().map(|row| row.id.clone());
            id.map(|id| open_connection(model, &id, None)).unwrap_or_default()
        }
        Screen::Numbers => {
            let row = model.lists.numbers.table.selected();
            let about = row.map(|row| (row.owner.id.clone(), (row.id.clone(), row.number.clone())));
            match about {
                Some((id, number)) if !id.is_empty() => open_connection(model, &id, Some(number)),
                _ => Vec::new(),
            }
        }
        Screen::Calls => {
            let Some(row) = model.lists.calls.table.selected() else {
                return Vec::new();
            };
            let id = row.id.clone();
            let title = format!("Call {}", row.sid);
            inspect(model, &id, title, vec!["loading".to_owned()]);
            vec![Effect::Ask(Question::Call { id })]
        }
        Screen::Jobs => {
            let row = model.lists.jobs.table.selected().cloned();
            if let Some(row) = row {
                let lines = job_lines(&row, glance);
                inspect(model, &row.id, format!("Job {}", row.kind), lines);
            }
            Vec::new()
        }
        Screen::Billing => {
            let row = model
                .lists
                .billing
                .table
                .selected()
                .map(|row| (row.id.clone(), facts(row, glance)));
            if let Some((id, lines)) = row {
                inspect(model, &id, "Billing alert".to_owned(), lines);
            }
            Vec::new()
        }
        Screen::Audit => {
            let row = model.lists.audit.table.selected();
            let row = row.map(|row| (row.id.clone(), [facts(row, glance), vec![row.details.clone()]].concat()));
            if let Some((id, lines)) = row {
                inspect(model, &id, "Audit entry".to_owned(), lines);
            }
            Vec::new()
        }
        Screen::Events => {
            let row = model.lists.events.table.selected();
            if let Some((id, lines)) = row.map(|row| (row.id.clone(), facts(row, glance))) {
                inspect(model, &id, "Event".to_owned(), lines);
            }
            Vec::new()
        }
        Screen::Connection => super::parts::open(model),
    }
}

pub(super) fn facts<R: Listed>(row: &R, glance: Glance) -> Vec<String> {
    let facts = row.facts(glance).into_iter();
    facts
        .map(|(head, cell)| format!("{:<18} {cell}", head.to_lowercase()))
        .collect()
}

fn job_lines(job: &rows::Job, glance: Glance) -> Vec<String> {
    let mut lines = vec![
        format!("{} {}, try {} of {}", job.kind, job.state, job.tries.0, job.tries.1),
        format!("about {}", job.owner.name()),
    ];
    lines.extend(job.progress.iter().map(|progress| format!("how far: {progress}")));
    lines.extend(job.error.iter().map(|error| format!("last error: {error}")));
    if !job.failed.is_empty() {
        lines.push("its earlier tries, and what ended them:".to_owned());
    }
    for (at, ended) in &job.failed {
        let at = at.map(|at| glance.time(at, STAMP)).unwrap_or_default();
        lines.push(format!("  {at:<15}  {ended}"));
    }
    lines
}

pub(super) fn inspect(model: &mut Model, id: &str, title: String, lines: Vec<String>) {
    model.overlay = Some(Overlay::Inspect(Inspect {
        id: id.to_owned(),
        title,
        lines,
        offset: 0,
    }));
}

/// Opens a connection, or the checks of one of its numbers.
pub(super) fn open_connection(model: &mut Model, id: &str, number: Option<(String, String)>) -> Vec<Effect> {
    if model.opened.as_ref().is_none_or(|opened| opened.id != id) || model.screen != Screen::Connection {
        leave(model);
    }
    model.screen = Screen::Connection;
    model.timeline.clear();
    model.timeline.stay_at_top();
    model.opened = Some(Opened {
        id: id.to_owned(),
        number: number.clone(),
        detail: None,
        trouble: None,
        is_old: false,
        read_at: None,
        timeline_read_at: None,
        asked_at: model.now,
        has_changed: false,
        has_dropped: false,
        cursor: 0,
        pane: crate::state::Pane::Checks,
        topic: None,
    });
    let audit = model.may(&Permission::ReadAudit);
    vec![
        Effect::Ask(Question::Detail {
            id: id.to_owned(),
            number: number.map(|(id, _)| id),
        }),
        Effect::Ask(Question::Timeline {
            id: id.to_owned(),
            audit,
        }),
    ]
}

/// Reads again what is shown.
pub(super) fn reload(model: &mut Model) -> Vec<Effect> {
    let mut effects = vec![Effect::Repaint];
    match (model.screen, &model.opened) {
        (Screen::Connection, Some(opened)) => {
            let (id, number) = (opened.id.clone(), opened.number.clone().map(|(id, _)| id));
            let audit = model.may(&Permission::ReadAudit);
            effects.push(Effect::Ask(Question::Detail { id: id.clone(), number }));
            effects.push(Effect::Ask(Question::Timeline { id, audit }));
        }
        (Screen::Overview | Screen::Connection, _) => {
            if !matches!(model.connections.load, Load::Loading { .. }) {
                effects.extend(super::read_all(model));
            }
        }
        (screen, _) => {
            on_list!(model, screen, mut |list| list.begin_anew());
            effects.extend(go(model, screen));
        }
    }
    effects
}

/// The saved views, to choose one.
pub(super) fn views(model: &mut Model) -> Vec<Effect> {
    if model.views.is_empty() {
        let text = "no view is saved: [views] in the configuration names filters";
        model.messages.tell(model.now, text);
        return Vec::new();
    }
    let figures = (1..=9)
        .map(|figure| figure.to_string())
        .chain(std::iter::repeat(String::new()));
    let entries = model.views.iter().zip(figures).map(|(view, key)| Entry {
        title: format!("{}: {}", view.name, view.filter),
        key,
        off: None,
        goal: Goal::View(view.clone()),
    });
    model.overlay = Some(Overlay::Menu(Menu {
        title: "Saved views".to_owned(),
        entries: entries.collect(),
        cursor: 0,
    }));
    Vec::new()
}

/// Looks at the Overview as a view says.
pub(super) fn look_at(model: &mut Model, view: &View) -> Vec<Effect> {
    let mut effects = go(model, Screen::Overview);
    model.connections.sort = view.sort();
    model.connections.problems_only = view.problems_only;
    effects.extend(filter_by(model, &view.filter));
    effects
}
