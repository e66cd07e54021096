//! A list: the same table for numbers, calls, alerts, jobs and the audit log.

use chrono::{DateTime, TimeDelta, Utc};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph, Scrollbar, ScrollbarOrientation, ScrollbarState};
use unicode_width::UnicodeWidthStr;

use super::columns::{self, GAP, SIGN, Shown, WORD};
use super::frame::{block, frozen, room};
use super::text::{age, cut, fit, spark, thousands};
use crate::action::Action;
use crate::state::detail::balances_until;
use crate::state::found::whole_number;
use crate::state::rows::LAST_24H;
use crate::state::table::{Listed, Load, Row, Table};
use crate::state::{KEPT, List, Model, Overlay, Screen, on_list};

/// How long a row that may change counts as it was read.
const BEHIND: TimeDelta = TimeDelta::seconds(30);

pub(super) fn draw(model: &Model, frame: &mut Frame, area: Rect) {
    let lists = &model.lists;
    match model.screen {
        Screen::Numbers => list(model, &lists.numbers, frame, area),
        Screen::Calls => list(model, &lists.calls, frame, area),
        Screen::Billing => list(model, &lists.billing, frame, area),
        Screen::Jobs => list(model, &lists.jobs, frame, area),
        Screen::Events => list(model, &lists.events, frame, area),
        Screen::Audit | Screen::Overview | Screen::Connection => list(model, &lists.audit, frame, area),
    }
}

fn list<R: Listed>(model: &Model, list: &List<R>, frame: &mut Frame, area: Rect) {
    let of_one = list.about.is_some();
    let columns = columns::told(&list.table, room(model).0, of_one);
    let title = format!(" {}{} ", frozen(model), heading(model, list, &columns));
    let block = block(model, cut(&title, usize::from(area.width.saturating_sub(2))));
    let mut inner = block.inner(area);
    // Without a frame it would stand on a row, and the scrollbar on what a row tells.
    let has_floor = inner.bottom() < area.bottom();
    if !has_floor {
        inner.width = inner.width.saturating_sub(1);
    }
    let shown = columns::shown(&list.table, usize::from(inner.width), of_one);
    let told = list.table.selected().map(|row| row.cells(model.glance()));
    let told = told.and_then(|cells| columns::left_out(cells, R::COLUMNS, &shown));
    let below = told.map(|text| {
        let text = cut(&text, usize::from(inner.width.saturating_sub(3)));
        Line::from(format!(" {text} "))
    });
    let block = below.into_iter().filter(|_| has_floor).fold(block, Block::title_bottom);
    frame.render_widget(block, area);
    table(model, &list.table, of_one, frame, inner);
    scrollbar(model, &list.table, frame, area);
}

/// What is shown, how much of it, and how old it is.
fn heading<R: Listed>(model: &Model, list: &List<R>, columns: &str) -> String {
    let (all, shown) = list.table.counts();
    let dot = if model.look.ascii { " " } else { " · " };
    let name = match (model.screen, &list.about) {
        (Screen::Audit, None) => format!("Audit & events: [audit]{dot}events ─ Tab"),
        (Screen::Events, _) => format!("Audit & events: audit{dot}[events] ─ Tab"),
        (screen, _) => screen.name().to_owned(),
    };
    let more = match list.has_more() {
        _ if all >= KEPT => format!(", only {} are kept: narrow them by connection", thousands(KEPT)),
        true => ", more below".to_owned(),
        false => String::new(),
    };
    let sort = R::SORTS.get(list.table.sort).copied().unwrap_or_default();
    let mark = mark(model, &list.table, list.read_at);
    let read = list.read_at.filter(|_| mark.is_empty());
    let read = read
        .map(|at| format!(" ─ read {} ago", age(at, model.now)))
        .unwrap_or_default();
    let of = if shown == all {
        thousands(all)
    } else {
        format!("{} of {}", thousands(shown), thousands(all))
    };
    let counts = match (model.screen, &model.lists.job_counts, &list.about) {
        (Screen::Jobs, Some(counts), None) => {
            let oldest = counts.oldest_due_at.filter(|at| *at < model.now);
            let oldest = oldest
                .map(|at| format!(", oldest {}", age(at, model.now)))
                .unwrap_or_default();
            format!(
                ": {} waiting, {} running, {} failed{oldest}",
                counts.waiting, counts.running, counts.failed
            )
        }
        _ => String::new(),
    };
    let ours = match model.screen {
        Screen::Billing => " ─ Twilio bills the customer; these are our copies",
        Screen::Numbers => " ─ masked by role",
        _ => "",
    };
    format!("{mark}{name}{counts} ─ {of}{more}{columns}{read} ─ sort: {sort}{ours}")
}

/// What a title begins with where the rows are old, or not all could be read: nothing that is cut off.
pub(super) fn mark<R: Row>(model: &Model, table: &Table<R>, read_at: Option<DateTime<Utc>>) -> String {
    match (&table.load, read_at) {
        (_, Some(at)) if table.is_old || model.is_offline() => format!("STALE, read {} ago ─ ", age(at, model.now)),
        (Load::Partial { .. }, _) => "PARTIAL ─ ".to_owned(),
        _ => String::new(),
    }
}

/// Heads and rows. Whose they are is not repeated where all are of one connection.
pub(super) fn table<R: Listed>(model: &Model, table: &Table<R>, of_one: bool, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width);
    let columns = columns::shown(table, width, of_one);
    let heads = columns
        .iter()
        .map(|shown| shown.cell(shown.column.head))
        .collect::<Vec<_>>();
    let state = if R::HAS_WORDS {
        fit("   STATE", SIGN + WORD)
    } else {
        " ".repeat(SIGN)
    };
    let heads = format!("{state}{}", heads.join(GAP));
    let mut lines = vec![Line::styled(fit(&heads, width), model.look.strong())];
    let height = usize::from(area.height).saturating_sub(1);
    for (place, row) in table.visible(height) {
        let marks = Marks {
            is_selected: place == table.cursor() && table.selected().is_some(),
            is_stale: table.is_old || model.is_offline() || is_behind(table, row, model.now),
        };
        lines.push(line(model, row, &columns, marks, width));
    }
    let (all, shown) = table.counts();
    if shown == 0 {
        let texts = empty(model, table, all).into_iter();
        lines.extend(texts.map(|text| Line::from(cut(&text, width))));
    }
    frame.render_widget(Paragraph::new(lines), area);
}

/// Whether a row may be another by now, and was not read again with the newest page.
fn is_behind<R: Listed>(table: &Table<R>, row: &R, now: DateTime<Utc>) -> bool {
    row.may_change() && table.told_at(row.id()).is_some_and(|at| now - at > BEHIND)
}

fn line<R: Listed>(model: &Model, row: &R, columns: &[Shown], marks: Marks, width: usize) -> Line<'static> {
    let look = model.look;
    let state = row.state();
    let word = if R::HAS_WORDS {
        fit(state.word, WORD)
    } else {
        String::new()
    };
    let sign = format!("{} {word}", state.sign(look.ascii));
    let mut cells = row.cells(model.glance());
    let revealed = model.revealed.as_ref().filter(|revealed| revealed.id == row.id());
    if let (Screen::Numbers, Some(revealed), Some(number)) = (model.screen, revealed, cells.first_mut()) {
        number.clone_from(&revealed.number);
    }
    if model.screen == Screen::Billing
        && let Some(place) = R::COLUMNS.iter().position(|column| column.head == LAST_24H)
        && let Some(cell) = cells.get_mut(place)
    {
        *cell = balance(model, row.account());
    }
    let texts = columns
        .iter()
        .map(|shown| shown.cell(cells.get(shown.place).map_or("", String::as_str)));
    let texts = texts.collect::<Vec<_>>().join(GAP);
    let style = state.tone.map_or_else(Style::new, |tone| look.tone(tone));
    row_line(model, marks, Span::styled(sign, style), &texts, width)
}

/// The balance of the last 24 hours, three to a bar, on a scale up to the most that it was.
fn balance(model: &Model, account: Option<&str>) -> String {
    let known = account.and_then(|id| model.balances.get(id));
    let reads = known.map(|(_, reads)| reads.as_slice()).unwrap_or_default();
    let apart = TimeDelta::hours(3);
    let bars = balances_until(reads, model.now, 8, apart, apart);
    let most = bars.iter().flatten().copied().max().unwrap_or(0);
    spark(bars.into_iter(), most, model.look.ascii)
}

/// What stands before a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marks {
    /// Whether the cursor is on it.
    pub is_selected: bool,
    /// Whether it may be other than it is shown.
    pub is_stale: bool,
}

/// A row of a table: the cursor and the mark of what is stale, the state, and all else.
pub(super) fn row_line(model: &Model, marks: Marks, state: Span<'static>, rest: &str, width: usize) -> Line<'static> {
    let look = model.look;
    let cursor = if marks.is_selected { look.cursor() } else { " " };
    let mark = if marks.is_stale { model.stale_mark() } else { " " };
    let used = 3 + state.content.width();
    let style = if marks.is_stale { look.stale() } else { Style::new() };
    let rest = Span::styled(fit(rest, width.saturating_sub(used)), style);
    let line = Line::from(vec![Span::raw(format!(" {cursor}{mark}")), state, rest]);
    if marks.is_selected { reversed(model, line) } else { line }
}

/// The line as the one under the cursor, with the colours of its parts.
pub(super) fn reversed(model: &Model, mut line: Line<'static>) -> Line<'static> {
    for span in &mut line.spans {
        span.style = span.style.patch(model.look.selected());
    }
    line
}

/// Whether there is more of the list on the screen than was read.
fn has_more(model: &Model) -> bool {
    on_list!(model, model.screen, |list| list.has_more()) == Some(true)
}

/// What stands where no row is.
pub(super) fn empty<R: Row>(model: &Model, table: &Table<R>, all: usize) -> Vec<String> {
    if let Some(fault) = table.filter.fault(R::FIELDS) {
        let key = model.keymap.key(Action::Back);
        return vec![format!("  {fault}"), format!("  {key} clears the filter.")];
    }
    let load = &table.load;
    let again = || format!("  {} reads again", model.keymap.key(Action::Reload));
    if let Some(Overlay::Filter(input)) = &model.overlay
        && let Some(number) = whole_number(input.value())
    {
        return vec![format!("  Enter looks for the connection that has {number}.")];
    }
    match load {
        Load::Forbidden { why } => vec![format!("  Your role may not see this: {why}")],
        Load::Failed { why, .. } => vec![format!("  {why}"), again()],
        Load::Loading { .. } | Load::Not => vec!["  loading".to_owned()],
        Load::Whole { .. } | Load::Partial { .. } if all > 0 && has_more(model) => {
            let (last, back) = (model.keymap.key(Action::Last), model.keymap.key(Action::Back));
            let none = format!(
                "  None of the {} that were read; more is below: {last} reads on.",
                thousands(all)
            );
            vec![none, format!("  {back} clears the filter.")]
        }
        Load::Whole { .. } | Load::Partial { .. } if all > 0 => {
            let key = model.keymap.key(Action::Back);
            vec![format!("  The filter hides {}: {key} clears it.", thousands(all))]
        }
        Load::Partial { why, .. } => vec![format!("  Not all could be read: {why}"), again()],
        Load::Whole { .. } => vec!["  Nothing exists here yet.".to_owned()],
    }
}

/// Where the rows stand in all of them; nothing where all are shown.
pub(super) fn scrollbar<R: Listed>(model: &Model, table: &Table<R>, frame: &mut Frame, area: Rect) {
    bar(
        model,
        table.counts().1,
        table.first_visible(usize::from(area.height.saturating_sub(3))),
        frame,
        area,
    );
}

pub(super) fn bar(model: &Model, count: usize, first: usize, frame: &mut Frame, area: Rect) {
    let height = usize::from(area.height.saturating_sub(3));
    if count <= height || height == 0 {
        return;
    }
    let mut state = ScrollbarState::new(count - height).position(first);
    let (thumb, track) = if model.look.ascii { ("#", "|") } else { ("┃", "│") };
    let bar = Scrollbar::new(ScrollbarOrientation::VerticalRight)
        .begin_symbol(None)
        .end_symbol(None)
        .thumb_symbol(thumb)
        .track_symbol(Some(track));
    let inner = Rect {
        y: area.y + 2,
        height: area.height - 3,
        ..area
    };
    frame.render_stateful_widget(bar, inner, &mut state);
}
