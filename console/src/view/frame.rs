//! What is around every screen: who and where, how fresh, what was said, and the keys that work here.

use ratatui::style::{Modifier, Style};
use ratatui::symbols::border::Set;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders};
use unicode_width::UnicodeWidthStr;

use super::text::{age, cut, cut_front, fit, thousands};
use crate::action::{Action, Where};
use crate::state::health::Health;
use crate::state::{Link, Mode, Model, Overlay, Screen, on_table};

/// What failed within this is newly failing.
const NEWLY: chrono::TimeDelta = chrono::TimeDelta::minutes(5);

/// From this size on lists have a frame around them.
const FRAMED_FROM: (u16, u16) = (70, 20);

/// From this width on the header and the place have a line each.
const WIDE: usize = 100;

/// The first line: program, installation, operator, mode, link, age of the data, time of the API, clock. On a narrow terminal the
/// place is in it as well.
pub(super) fn header(model: &Model, width: usize) -> Line<'static> {
    let is_wide = width >= WIDE;
    let (link, is_down) = link(model);
    let data = data_age(model).map(|age| format!("  data {age}")).unwrap_or_default();
    let api = model
        .round_trip
        .map(|took| format!("  api {}ms", took.as_millis()))
        .unwrap_or_default();
    let clock = model.glance().time(model.now, "  %H:%M:%S ");
    let right = match width {
        WIDE.. => format!("{link}{data}{api}{clock}"),
        60..WIDE => format!("{link}{data} "),
        _ => format!("{link} "),
    };
    let gap = width.saturating_sub(right.width());
    let left = if is_wide || model.link == Link::SignedOut {
        who(model)
    } else {
        let who = who_briefly(model);
        let room = gap.saturating_sub(who.width() + 1);
        format!("{who}{}", cut_front(&place(model), room))
    };
    let style = if is_down {
        Style::new().add_modifier(Modifier::BOLD | Modifier::UNDERLINED)
    } else {
        Style::new()
    };
    Line::from(vec![
        Span::styled(fit(&left, gap), Style::new().add_modifier(Modifier::BOLD)),
        Span::styled(right, style),
    ])
}

/// Whether the live view is open, in words; and whether it is down.
fn link(model: &Model) -> (String, bool) {
    match &model.link {
        Link::Opening => ("opening".to_owned(), false),
        Link::Live => (format!("{} live", if model.look.ascii { "+" } else { "●" }), false),
        Link::Down { since, retry_at, .. } => {
            let retry = (*retry_at - model.now).num_seconds().max(0);
            (format!("OFFLINE {}, retry {retry}s", age(*since, model.now)), true)
        }
        Link::SignedOut => ("SIGNED OUT".to_owned(), true),
    }
}

/// How old what is shown is: while the live view is down it grows old, whatever else the API answers.
fn data_age(model: &Model) -> Option<String> {
    let at = match &model.link {
        Link::Down { since, .. } => Some(*since),
        _ => model.heard_at,
    };
    at.map(|at| age(at, model.now))
}

fn who(model: &Model) -> String {
    let session = &model.session;
    let who = match (session.subject.as_str(), session.role.as_str()) {
        ("", _) => "signing in".to_owned(),
        (subject, role) => format!("{subject} ({role})"),
    };
    let mode = if model.mode == Mode::Write {
        "WRITE"
    } else {
        "READ-ONLY"
    };
    format!(" console  {}  {who}  {mode}", session.environment)
}

fn who_briefly(model: &Model) -> String {
    let mode = if model.mode == Mode::Write { "WRITE" } else { "RO" };
    format!(" {} {} {mode} ›", model.session.environment, model.session.subject)
}

/// Where one is.
fn place(model: &Model) -> String {
    let opened = model
        .opened
        .as_ref()
        .map(|opened| match model.connections.get(&opened.id) {
            Some(row) => format!(" › {} › {}", row.customer, row.label),
            None => " › (gone)".to_owned(),
        });
    let number = model.opened.as_ref().and_then(|opened| opened.number.as_ref());
    let number = number.map(|(_, shown)| format!(" › {shown}")).unwrap_or_default();
    let screen = match model.screen {
        Screen::Overview | Screen::Connection => String::new(),
        screen => format!(" › {}", screen.name()),
    };
    let (filter, problems) = on_table!(model, model.screen, |table| (
        table.filter.to_string(),
        table.problems_only
    ));
    let problems = if problems { " › problems" } else { "" };
    let filter = if filter.is_empty() {
        filter
    } else {
        format!(" › {filter}")
    };
    format!(
        " Overview{}{number}{screen}{problems}{filter}",
        opened.unwrap_or_default()
    )
}

/// The second line: where one is, and how many connections are in which state.
pub(super) fn crumbs(model: &Model, width: usize) -> Line<'static> {
    let is_wide = width >= WIDE;
    if model.link == Link::SignedOut {
        return Line::default();
    }
    let (counts, stale) = model.totals();
    let mut totals: Vec<Span<'static>> = Vec::new();
    for (health, count) in counts.iter().rev().filter(|(_, count)| *count > 0) {
        let sign = model.sign(health);
        let count = thousands(*count);
        let text = if is_wide {
            format!("{sign} {count} {}  ", health.word())
        } else {
            format!("{sign} {count}  ")
        };
        totals.push(Span::styled(text, model.look.health(health)));
    }
    if stale > 0 {
        let text = format!("{} {} stale  ", model.stale_mark(), thousands(stale));
        totals.push(Span::styled(text, model.look.stale()));
    }
    if !is_wide {
        let known = if model.is_offline() { " last known: " } else { " " };
        totals.insert(0, Span::raw(known));
        return Line::from(totals);
    }
    let used: usize = totals.iter().map(|span| span.content.width()).sum();
    let room = width.saturating_sub(used);
    let place = place(model);
    if room < 20 {
        return Line::from(fit(&place, width));
    }
    let mut spans = vec![Span::raw(format!("{} ", fit(&place, room - 1)))];
    spans.extend(totals);
    Line::from(spans)
}

/// The newest message, or the filter that is typed.
pub(super) fn message(model: &Model, width: usize) -> Line<'static> {
    if let Some(Overlay::Filter(input)) = &model.overlay {
        let text = format!(" / {}", input.value());
        return Line::from(vec![
            Span::raw(cut(&text, width.saturating_sub(1))),
            Span::styled(" ", model.look.selected()),
        ]);
    }
    let frozen = on_table!(model, model.screen, |table| table.frozen());
    let frozen = frozen.map(|(since, waiting)| format!(" FROZEN {}, {waiting} waiting", age(since, model.now)));
    let newest = model.messages.newest(model.now);
    match (frozen, newest) {
        (_, Some(message)) => {
            let sign = if message.is_trouble { "!" } else { " " };
            let style = if message.is_trouble {
                model.look.strong()
            } else {
                Style::new()
            };
            Line::styled(cut(&format!(" {sign} {}", message.text), width), style)
        }
        (Some(frozen), None) => Line::styled(cut(&frozen, width), model.look.strong()),
        (None, None) => Line::styled(cut(&lasting(model), width), model.look.strong()),
    }
}

/// What is said while nothing else is: an API that is newer, and what broke a moment ago.
fn lasting(model: &Model) -> String {
    if let Some(strange) = &model.strange_schema {
        return format!(" ! {strange}");
    }
    let newly =
        |row: &&crate::state::connection::Connection| row.health == Health::Failing && model.now - row.since < NEWLY;
    match model.connections.rows().filter(newly).count() {
        0 => String::new(),
        count => {
            let key = model.keymap.key(Action::NextProblem);
            format!(" ! {count} newly failing in the last 5 min: {key} jumps there")
        }
    }
}

/// The last line: the keys that work here.
pub(super) fn keys(model: &Model, width: usize) -> Line<'static> {
    let text = match &model.overlay {
        Some(Overlay::Filter(_)) => " Enter keep the filter   Esc clear it   a whole number, +1 415 …, is looked for",
        Some(Overlay::Palette(_)) => " Enter do it   up, down choose   Esc close",
        Some(Overlay::Menu(_)) => " Enter or its figure choose   Esc close",
        Some(Overlay::Dialog(_)) => " left, right choose   Enter do it   Esc cancel",
        Some(Overlay::Help(_) | Overlay::Messages | Overlay::Inspect(_)) => " Esc close   up, down scroll",
        Some(Overlay::TestCall) => " Esc close: the call goes on",
        None => "",
    };
    if !text.is_empty() {
        return Line::from(cut(text, width));
    }
    let actions: &[Action] = match model.screen {
        Screen::Overview => &[
            Action::Open,
            Action::Filter,
            Action::Palette,
            Action::NextProblem,
            Action::ProblemsOnly,
            Action::Sort,
            Action::Freeze,
            Action::Copy,
            Action::Help,
            Action::Quit,
        ],
        Screen::Connection => &[
            Action::NextPane,
            Action::NextProblem,
            Action::CopyReply,
            Action::Bundle,
            Action::TestCall,
            Action::Verify,
            Action::Run,
            Action::Back,
            Action::Help,
        ],
        Screen::Numbers => &[
            Action::Open,
            Action::Filter,
            Action::TestCall,
            Action::Reveal,
            Action::Copy,
            Action::Back,
            Action::Help,
        ],
        Screen::Calls | Screen::Audit => &[
            Action::Open,
            Action::Filter,
            Action::NextProblem,
            Action::Sort,
            Action::Copy,
            Action::Back,
            Action::Help,
        ],
        Screen::Billing => &[
            Action::Open,
            Action::Acknowledge,
            Action::Filter,
            Action::Sort,
            Action::Copy,
            Action::Back,
            Action::Help,
        ],
        Screen::Jobs => &[
            Action::Open,
            Action::Run,
            Action::Stop,
            Action::Filter,
            Action::Sort,
            Action::Back,
            Action::Help,
        ],
    };
    let mut spans = Vec::new();
    let mut used = 0;
    for action in actions {
        let key = format!(" {} ", model.keymap.key(*action));
        let title = match model.off(*action) {
            Some(why) => format!("{} ({why}) ", action.title()),
            None => format!("{} ", action.title()),
        };
        used += key.width() + title.width();
        if used > width {
            break;
        }
        spans.push(Span::styled(key, model.look.strong()));
        spans.push(Span::raw(title));
    }
    Line::from(spans)
}

/// Whether an action is possible where one is.
pub(super) fn is_here(model: &Model, action: Action) -> bool {
    match action.place() {
        Where::Everywhere => true,
        Where::Table => model.screen != Screen::Connection || model.opened.is_some(),
        Where::Connection => model.subject_id().is_some(),
        Where::Number => model.number().is_some(),
        Where::Row => match action {
            Action::Acknowledge => model.screen == Screen::Billing,
            Action::Stop => model.screen == Screen::Jobs || model.test.is_some(),
            _ => model.screen == Screen::Connection || model.has_row(),
        },
    }
}

/// A frame of lines, or of ASCII.
pub(super) fn block(model: &Model, title: String) -> Block<'static> {
    let is_small = model.size.0 < FRAMED_FROM.0 || model.size.1 < FRAMED_FROM.1;
    let block = if is_small {
        Block::new().borders(Borders::TOP)
    } else {
        Block::bordered()
    };
    let block = block.title(if model.look.ascii {
        title.replace('─', "-")
    } else {
        title
    });
    if model.look.ascii {
        block.border_set(Set {
            top_left: "+",
            top_right: "+",
            bottom_left: "+",
            bottom_right: "+",
            vertical_left: "|",
            vertical_right: "|",
            horizontal_top: "-",
            horizontal_bottom: "-",
        })
    } else {
        block
    }
}
