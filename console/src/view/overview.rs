//! All connections, worst first.

use std::fmt::Write;
use std::ops::Range;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::frame::{block, frozen};
use super::list::{self, Marks, row_line};
use super::text::{age, cut, fit, middle, paragraph, right, spark, thousands};
use crate::state::connection::Connection;
use crate::state::health::Health;
use crate::state::table::{Load, Row};
use crate::state::{Link, Model};

/// What takes longer than this to read is said to be read.
const LOADS_AFTER: chrono::TimeDelta = chrono::TimeDelta::milliseconds(150);

/// The columns that fit into a width: the cause takes what is left.
struct Columns {
    customer: usize,
    label: usize,
    sid: usize,
    counts: bool,
    connected: bool,
    spark: usize,
    cause: usize,
}

/// How many columns there are behind health and since.
pub(crate) const COLUMNS: usize = 7;

/// The widths of all of them, with what parts them: customer, connection, SID, counts, connect rate, sparkline, and the least of a cause.
const ALL: [usize; COLUMNS] = [20, 14, 11, 13, 8, 17, 26];

/// Cursor, mark, health and since.
const BEFORE: usize = 15;

impl Columns {
    /// Those that fit; or all from one on that fit whole.
    fn of(width: usize, wide: Option<usize>) -> Self {
        let spark = if width + 2 >= usize::from(super::SPARKS_FROM) {
            15
        } else {
            0
        };
        let (customer, label, sid, counts, connected, spark) = match (wide, width) {
            (Some(first), _) => {
                let seen = seen(first, width);
                let part = |place: usize, width: usize| if seen.contains(&place) { width } else { 0 };
                (
                    part(0, 18),
                    part(1, 12),
                    part(2, 9),
                    seen.contains(&3),
                    seen.contains(&4),
                    part(5, 15),
                )
            }
            (None, 110..) => (18, 12, 9, true, true, spark),
            (None, 96..110) => (18, 12, 0, true, true, spark),
            (None, 70..96) => (22, 0, 0, false, true, spark),
            (None, _) => (12, 0, 0, false, false, spark),
        };
        let part = |wanted: usize| if wanted > 0 { wanted + 2 } else { 0 };
        let used = BEFORE
            + part(customer)
            + part(label)
            + part(sid)
            + if counts { 12 } else { 0 }
            + if connected { 8 } else { 0 }
            + part(spark);
        let has_cause = wide.is_none_or(|first| seen(first, width).contains(&(COLUMNS - 1)));
        Self {
            customer,
            label,
            sid,
            counts,
            connected,
            spark,
            cause: if has_cause { width.saturating_sub(used) } else { 0 },
        }
    }

    fn head(&self) -> String {
        let mut head = format!("   {} {}", fit("HEALTH", 6), right("SINCE", 5));
        if self.customer > 0 {
            let _ = write!(head, "  {}", fit("CUSTOMER", self.customer));
        }
        if self.label > 0 {
            let _ = write!(head, "  {}", fit("CONNECTION", self.label));
        }
        if self.sid > 0 {
            let _ = write!(head, "  {}", fit("SID", self.sid));
        }
        if self.counts {
            head.push_str("   NUM  CALLS");
        }
        if self.connected {
            head.push_str("   CONN%");
        }
        if self.spark > 0 {
            let _ = write!(head, "  {}", fit("FAILS/MIN, 60m", self.spark));
        }
        if self.cause > 0 {
            head.push_str("  LIKELY CAUSE");
        }
        head
    }
}

/// The list, and the card of the row under the cursor where there is room for one.
pub(super) fn parts(area: Rect) -> [Rect; 2] {
    let card = if area.height >= 16 { 4 } else { 0 };
    Layout::vertical([Constraint::Min(3), Constraint::Length(card)]).areas(area)
}

pub(super) fn draw(model: &Model, frame: &mut Frame, area: Rect) {
    let [table, below] = parts(area);
    let (all, shown) = model.connections.counts();
    let sort = Connection::SORTS
        .get(model.connections.sort)
        .copied()
        .unwrap_or_default();
    // What is missing may be more than what is there.
    let least = match (&model.connections.load, model.look.ascii) {
        _ if all == 0 => "",
        (Load::Partial { .. } | Load::Failed { .. }, false) => "≥ ",
        (Load::Partial { .. } | Load::Failed { .. }, true) => ">= ",
        _ => "",
    };
    let reading = match &model.connections.load {
        Load::Loading { since } if all > 0 && model.now - *since >= LOADS_AFTER => {
            format!(" ─ {}", loading(model))
        }
        Load::Partial { why, .. } => format!(" ─ {why}"),
        _ => String::new(),
    };
    let mark = list::mark(model, &model.connections, model.as_of().filter(|_| all > 0));
    // Without a frame the scrollbar would stand on what a row tells.
    let mut inner = block(model, String::new()).inner(table);
    if inner.right() == table.right() {
        inner.width = inner.width.saturating_sub(1);
    }
    let columns = told_columns(model, usize::from(inner.width));
    let title = format!(
        " {}{mark}Connections: {} of {least}{}{columns} ─ sort: {sort}{reading} ",
        frozen(model),
        thousands(shown),
        thousands(all)
    );
    let block = block(model, cut(&title, usize::from(table.width.saturating_sub(2))));
    frame.render_widget(block, table);
    let columns = Columns::of(usize::from(inner.width), model.connections.wide);
    let mut lines = vec![Line::styled(
        fit(&columns.head(), usize::from(inner.width)),
        model.look.strong(),
    )];
    let height = usize::from(inner.height).saturating_sub(1);
    for (place, row) in model.connections.visible(height) {
        let is_selected = place == model.connections.cursor() && model.connections.selected().is_some();
        lines.push(line(model, row, &columns, is_selected, usize::from(inner.width)));
    }
    if shown == 0 {
        lines.extend(
            empty(model, all)
                .into_iter()
                .map(|text| Line::from(cut(&text, usize::from(inner.width)))),
        );
    }
    frame.render_widget(Paragraph::new(lines), inner);
    super::list::bar(model, shown, model.connections.first_visible(height), frame, table);
    if below.height > 0 {
        selected(model, frame, below);
    }
}

/// Which of all columns are seen, where they are moved through.
fn told_columns(model: &Model, width: usize) -> String {
    let Some(first) = model.connections.wide else {
        return String::new();
    };
    let seen = seen(first, width);
    super::columns::in_words(seen.start + 1, seen.end, COLUMNS)
}

/// The columns that fit whole from one on, and that one in any case.
fn seen(first: usize, width: usize) -> Range<usize> {
    let mut end = BEFORE;
    let shown = ALL[first..].iter().take_while(|column| {
        end += **column;
        end <= width
    });
    first..first + shown.count().max(1)
}

/// How far the reading is.
fn loading(model: &Model) -> String {
    let of = model
        .total
        .map(|total| format!(" of {}", thousands(total.max(model.read))));
    format!("loading {}{}", thousands(model.read), of.unwrap_or_default())
}

/// What stands where no row is.
fn empty(model: &Model, all: usize) -> Vec<String> {
    match &model.connections.load {
        Load::Loading { .. } | Load::Not => vec![format!("  {}", loading(model))],
        Load::Whole { .. } if all == 0 => vec!["  No connection exists yet.".to_owned()],
        _ => list::empty(model, &model.connections, all),
    }
}

fn line(model: &Model, row: &Connection, columns: &Columns, is_selected: bool, width: usize) -> Line<'static> {
    let is_stale = model.is_stale(row);
    let state = format!("{} {}", model.sign(&row.health), fit(row.health.word(), 4));
    let mut rest = format!(" {}", right(&age(row.since, model.now), 5));
    if columns.customer > 0 {
        let _ = write!(rest, "  {}", fit(&row.customer, columns.customer));
    }
    if columns.label > 0 {
        let _ = write!(rest, "  {}", fit(&row.label, columns.label));
    }
    if columns.sid > 0 {
        let _ = write!(rest, "  {}", fit(&middle(&row.sid, columns.sid), columns.sid));
    }
    if columns.counts {
        let _ = write!(
            rest,
            "  {} {}",
            right(&row.numbers.to_string(), 4),
            right(&row.calls.to_string(), 6)
        );
    }
    if columns.connected {
        let _ = write!(rest, "  {}", right(&percent(row), 6));
    }
    if columns.spark > 0 {
        let _ = write!(rest, "  {}", fails(model, &row.id, columns.spark));
    }
    if columns.cause > 0 {
        let _ = write!(rest, "  {}", cut(&cause(model, row), columns.cause));
    }
    let state = Span::styled(state, model.look.health(&row.health));
    row_line(model, Marks { is_selected, is_stale }, state, &rest, width)
}

/// So many failed calls a minute are a full bar, in every row.
const MOST_FAILS: u32 = 8;

/// The failed calls of the last hour, a few minutes to a bar.
fn fails(model: &Model, id: &str, width: usize) -> String {
    let known = model.minutes.get(id).map(|(_, minutes)| minutes.as_slice());
    let minutes = known.unwrap_or_default();
    let each = minutes.len().div_ceil(width).max(1);
    let bars = minutes.chunks(each).map(|part| {
        let worst = part.iter().map(|minute| minute.failed).max();
        worst.filter(|_| part.iter().any(|minute| minute.attempts > 0))
    });
    let bars: Vec<Option<u32>> = bars.collect();
    let missing = std::iter::repeat_n(None, width.saturating_sub(bars.len()));
    spark(missing.chain(bars).take(width), MOST_FAILS, model.look.ascii)
}

fn percent(row: &Connection) -> String {
    row.connected
        .map_or_else(|| "–".to_owned(), |percent| format!("{percent:.1}"))
}

/// The likely cause; of a stale row how old its evidence is.
fn cause(model: &Model, row: &Connection) -> String {
    let flaps = if row.is_flapping { "flaps; " } else { "" };
    let idle = if row.is_idle && row.health == Health::Healthy {
        "idle"
    } else {
        ""
    };
    let cause = row.likely_cause();
    if let Some(checked) = row.last_checked(model.now) {
        return format!("{checked}; {cause}");
    }
    format!("{flaps}{cause}{idle}")
}

/// The selected connection in full words.
fn selected(model: &Model, frame: &mut Frame, area: Rect) {
    let Some(row) = model.connections.selected() else {
        let text = if matches!(model.link, Link::Opening) {
            ""
        } else {
            " nothing is selected "
        };
        frame.render_widget(block(model, text.to_owned()), area);
        return;
    };
    let block = block(
        model,
        format!(" {} ", cut(&row.name(), usize::from(area.width.saturating_sub(6)))),
    );
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let who = row
        .cause
        .as_ref()
        .and_then(|cause| cause.who.as_deref())
        .map(|who| format!(" {who} must act."))
        .unwrap_or_default();
    let code = row
        .cause
        .as_ref()
        .and_then(|cause| cause.twilio_code)
        .map(|code| format!(" ({code})"))
        .unwrap_or_default();
    let is_stale = model.is_stale(row);
    let mark = if is_stale { model.stale_mark() } else { "" };
    let checked = row.last_checked(model.now).map(|checked| format!("{checked}; "));
    let told = match &row.cause {
        Some(_) => format!("{}{}{code}{who}", checked.unwrap_or_default(), row.likely_cause()),
        None if is_stale => row.in_words(!model.is_last_known(), model.now),
        None => format!("{}: nothing is known that stops calls.", row.health.name()),
    };
    let text = format!("{mark}{} {told}", model.sign(&row.health));
    let lines = paragraph(&text, inner.width, usize::from(inner.height));
    frame.render_widget(Paragraph::new(lines), inner);
}
