//! The first two lines: who and where one is, how fresh everything is, and how many connections are in which state.

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::text::{age, cut_front, fit};
use super::totals;
use crate::look::Tone;
use crate::state::{Link, Model, Screen, on_table};

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
    let clock = if model.is_still {
        " ".to_owned()
    } else {
        model.glance().time(model.now, "  %H:%M:%S ")
    };
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
    let mut spans = installation(model, &fit(&left, gap));
    spans.push(Span::styled(right, style));
    Line::from(spans)
}

/// The left half, with the word for the installation in a colour of its own.
fn installation(model: &Model, left: &str) -> Vec<Span<'static>> {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let word = model.session.environment.as_str();
    // A host that nobody has said anything of may be production.
    let tone = if word == "PROD" || word.contains('.') {
        Tone::Suspended
    } else {
        Tone::Unverified
    };
    match left.split_once(word).filter(|_| !word.is_empty()) {
        Some((before, after)) => vec![
            Span::styled(before.to_owned(), bold),
            Span::styled(word.to_owned(), bold.patch(model.look.tone(tone))),
            Span::styled(after.to_owned(), bold),
        ],
        None => vec![Span::styled(left.to_owned(), bold)],
    }
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

/// How old what is shown is.
fn data_age(model: &Model) -> Option<String> {
    model.as_of().map(|at| age(at, model.now))
}

fn who(model: &Model) -> String {
    let session = &model.session;
    let who = match (session.subject.as_str(), session.role.as_str()) {
        ("", _) => "signing in".to_owned(),
        (subject, role) => format!("{subject} ({role})"),
    };
    let mode = if model.can_write() { "WRITE" } else { "READ-ONLY" };
    format!(" console  {}  {who}  {mode}", session.environment)
}

fn who_briefly(model: &Model) -> String {
    let mode = if model.can_write() { "WRITE" } else { "RO" };
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
    /// So much of the place is shown, if it is not shown whole.
    const LEAST: usize = 20;

    if model.link == Link::SignedOut {
        return Line::default();
    }
    if width < WIDE {
        let mut totals = totals::totals(model, width.saturating_sub(1));
        totals.insert(0, Span::raw(" "));
        return Line::from(totals);
    }
    let totals = totals::totals(model, width - LEAST);
    let used: usize = totals.iter().map(|span| span.content.width()).sum();
    let room = width.saturating_sub(used);
    // Where one is comes last in the place: the begin of it gives way.
    let place = cut_front(&place(model), room.saturating_sub(1));
    let mut spans = vec![Span::raw(format!("{} ", fit(&place, room.saturating_sub(1))))];
    spans.extend(totals);
    Line::from(spans)
}
