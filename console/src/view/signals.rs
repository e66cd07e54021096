//! The last hour of an open connection: five figures, each with a sparkline, its value now, and what it was before.

use chrono::{DateTime, TimeDelta, Utc};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::frame::block;
use super::text::{age, cut, fit, spark};
use crate::state::Model;
use crate::state::detail::{BalanceRead, Detail, Minute, Signal, balances_until};

/// The room of the names before the sparklines.
const NAME: usize = 14;

/// The room of the figures behind the sparklines.
const FIGURES: usize = 18;

/// The time that health is judged by, in minutes: "now" is this, and "was" is what of the hour came before it.
const JUDGED: usize = 15;

/// For so long a balance that was read counts: it is read every quarter of an hour, unless configured otherwise.
const COUNTS_FOR: TimeDelta = TimeDelta::minutes(30);

/// A setup of so many milliseconds is a full bar; health judges from 4 seconds on.
const SLOWEST: u32 = 8000;

pub(super) fn draw(model: &Model, detail: &Detail, frame: &mut Frame, area: Rect) {
    let block = block(model, " Last 60 min ".to_owned());
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let width = usize::from(inner.width);
    let bars = width.saturating_sub(NAME + FIGURES + 4).clamp(8, 60);
    let is_stale = model.is_opened_old() || model.subject().is_some_and(|row| row.is_stale);
    let (mark, style) = if is_stale {
        (model.stale_mark(), model.look.stale())
    } else {
        (" ", Style::new())
    };
    let line = |name: &str, bars: &str, figures: &str| {
        let text = format!("{} {bars}  {figures}", fit(name, NAME - 1));
        Line::from(vec![
            Span::raw(mark.to_owned()),
            Span::styled(cut(&text, width.saturating_sub(1)), style),
        ])
    };
    let ascii = model.look.ascii;
    let most = detail.minutes.iter().map(|minute| minute.attempts).max().unwrap_or(0);
    let attempts = in_bars(&detail.minutes, bars, |minutes| {
        minutes.iter().map(|minute| minute.attempts).max()
    });
    let connected = in_bars(&detail.minutes, bars, percent);
    let setup = in_bars(&detail.signals, bars, |signals| {
        signals.iter().filter_map(|signal| signal.setup_p95_ms).max()
    });
    let errors = in_bars(&detail.signals, bars, errors);
    let currency = detail.balances.first().map_or("", |read| read.currency.as_str());
    let balances = balances_until(&detail.balances, model.now, 60, TimeDelta::minutes(1), COUNTS_FOR);
    let balances = in_bars(&balances, bars, |balances| balances.iter().rev().find_map(|one| *one));
    let richest = balances.iter().flatten().copied().max().unwrap_or(0);
    let lines = vec![
        line(
            "attempts/min",
            &spark(attempts.into_iter(), most, ascii),
            &attempts_now(detail, most),
        ),
        line(
            "connect %",
            &spark(connected.into_iter(), 100, ascii),
            &connect_now(detail),
        ),
        line(
            "setup p95, s",
            &spark(setup.into_iter(), SLOWEST, ascii),
            &setup_now(detail),
        ),
        line(
            "webhook err %",
            &spark(errors.into_iter(), 100, ascii),
            &errors_now(model, detail),
        ),
        line(
            format!("balance {currency}").trim_end(),
            &spark(balances.into_iter(), richest, ascii),
            &balance_now(model, detail),
        ),
    ];
    frame.render_widget(Paragraph::new(lines), inner);
}

/// One figure for each bar, all of the hour's in `bars` of them.
fn in_bars<T>(minutes: &[T], bars: usize, figure: impl Fn(&[T]) -> Option<u32>) -> Vec<Option<u32>> {
    let count = minutes.len();
    let place = |bar: usize| bar * count / bars.max(1);
    (0..bars)
        .map(|bar| {
            let (from, to) = (place(bar), place(bar + 1).max(place(bar) + 1).min(count));
            minutes.get(from..to).filter(|part| !part.is_empty()).and_then(&figure)
        })
        .collect()
}

/// All attempts, and those that connected; none without any.
fn attempts_and_connected(minutes: &[Minute]) -> Option<(u32, u32)> {
    let all: u32 = minutes.iter().map(|minute| minute.attempts).sum();
    let connected: u32 = minutes.iter().map(|minute| minute.connected).sum();
    (all > 0).then_some((all, connected))
}

fn percent(minutes: &[Minute]) -> Option<u32> {
    attempts_and_connected(minutes).map(|(all, connected)| connected * 100 / all)
}

/// Of all that is asked; the smallest part of it is a bar, since zero is one of its own.
fn errors(signals: &[Signal]) -> Option<u32> {
    let all: u32 = signals.iter().map(|signal| signal.webhooks).sum();
    let bad: u32 = signals.iter().map(|signal| signal.webhook_errors).sum();
    (all > 0).then(|| (bad * 100).div_ceil(all))
}

/// The minute that is over was the last whole one.
fn attempts_now(detail: &Detail, most: u32) -> String {
    let last = detail.minutes.len().checked_sub(2).map(|place| &detail.minutes[place]);
    let now = last.or(detail.minutes.last()).map_or(0, |minute| minute.attempts);
    format!("now {now}, max {most}")
}

fn connect_now(detail: &Detail) -> String {
    let (before, now) = detail.minutes.split_at(detail.minutes.len().saturating_sub(JUDGED));
    let rate = |minutes: &[Minute]| {
        let (all, connected) = attempts_and_connected(minutes)?;
        Some(format!("{:.1}", f64::from(connected) * 100.0 / f64::from(all)))
    };
    match (rate(now), rate(before)) {
        (Some(now), Some(before)) => format!("{now}, was {before}"),
        (Some(now), None) => now,
        (None, Some(before)) => format!("no calls, was {before}"),
        (None, None) => "no calls".to_owned(),
    }
}

fn setup_now(detail: &Detail) -> String {
    let seconds = |ms: u32| format!("{:.1}", f64::from(ms) / 1000.0);
    let slowest = detail.signals.iter().filter_map(|signal| signal.setup_p95_ms).max();
    let now = detail.setup_p95_ms.and_then(|ms| u32::try_from(ms).ok());
    match (now, slowest) {
        (Some(now), Some(slowest)) => format!("{}, max {}", seconds(now), seconds(slowest.max(now))),
        (Some(now), None) => seconds(now),
        (None, Some(slowest)) => format!("no calls, max {}", seconds(slowest)),
        (None, None) => "no calls".to_owned(),
    }
}

fn errors_now(model: &Model, detail: &Detail) -> String {
    let Some((percent, _)) = detail.webhook_errors else {
        return "none asked".to_owned();
    };
    let figure = if percent >= 99.95 {
        "100".to_owned()
    } else {
        format!("{percent:.1}")
    };
    match failing_since(&detail.signals) {
        Some(at) => format!("{figure}, since {}", model.glance().time(at, "%H:%M")),
        None => figure,
    }
}

/// Since when some of what Twilio asks is not answered, without a minute in between in which all was.
fn failing_since(signals: &[Signal]) -> Option<DateTime<Utc>> {
    let asked = signals.iter().rev().filter(|signal| signal.webhooks > 0);
    asked
        .take_while(|signal| signal.webhook_errors > 0)
        .last()
        .map(|signal| signal.at)
}

fn balance_now(model: &Model, detail: &Detail) -> String {
    let newest: Option<&BalanceRead> = detail.balances.iter().max_by_key(|read| read.last_at);
    match (newest, &detail.balance) {
        (Some(read), _) if model.now - read.last_at >= COUNTS_FOR => {
            format!("none since {}", model.glance().time(read.last_at, "%H:%M"))
        }
        (_, Some((figure, at))) => format!(
            "{}, {} ago",
            figure.split(' ').next().unwrap_or(figure),
            age(*at, model.now)
        ),
        (Some(read), None) => read.amount.clone(),
        (None, None) => "not known".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(attempts: u32, connected: u32) -> Minute {
        Minute {
            attempts,
            connected,
            failed: attempts - connected,
        }
    }

    #[test]
    fn all_of_the_hour_is_in_the_bars() {
        let minutes: Vec<Minute> = (0..60).map(|place| minute(place, 0)).collect();
        let most = |bars| in_bars(&minutes, bars, |part| part.iter().map(|minute| minute.attempts).max());
        assert_eq!(most(4), [Some(14), Some(29), Some(44), Some(59)]);
        assert_eq!(most(60).len(), 60);
        assert_eq!(most(14).last(), Some(&Some(59)));
        assert_eq!(in_bars(&[] as &[Minute], 3, percent), [None; 3]);
    }

    #[test]
    fn errors_are_told_since_the_first_of_those_without_a_good_minute_between() {
        let at = |minute: i64| DateTime::UNIX_EPOCH + TimeDelta::minutes(minute);
        let signal = |minute: i64, webhooks: u32, webhook_errors: u32| Signal {
            at: at(minute),
            setup_p95_ms: None,
            webhooks,
            webhook_errors,
        };
        let told = |signals: &[Signal]| failing_since(signals);
        assert_eq!(
            told(&[
                signal(0, 2, 1),
                signal(1, 2, 0),
                signal(2, 2, 1),
                signal(3, 0, 0),
                signal(4, 1, 1)
            ]),
            Some(at(2))
        );
        assert_eq!(told(&[signal(0, 2, 1), signal(1, 2, 0)]), None);
        assert_eq!(told(&[]), None);
        assert_eq!(errors(&[signal(0, 1000, 1)]), Some(1), "little is not nothing");
    }
}
