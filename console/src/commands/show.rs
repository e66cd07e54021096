//! `show ID`: what is known of a connection.

use std::io::Write;

use chrono::{DateTime, Utc};
use cynic::QueryBuilder;
use serde::Serialize;

use super::output::{self, Asker, Format, moment};
use super::{Failure, find, once};
use crate::exit::Exit;
use crate::queries::diagnosis::{Detail as Asked, DetailVars};
use crate::state::Advice;
use crate::state::connection::Connection;
use crate::state::detail::Detail;
use crate::state::health::Health;
use crate::surroundings::now;
use crate::view::text::age;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'c> {
    connection: once::Entry<'c>,
    summary: Option<String>,
    synced_at: Option<String>,
    verified_at: Option<String>,
    balance: Option<BalanceShown<'c>>,
    last_hour: LastHour,
    health_history: Vec<Change<'c>>,
    configuration_history: Vec<Configured<'c>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BalanceShown<'c> {
    figure: &'c str,
    as_of: String,
}

#[derive(Serialize, Default)]
struct LastHour {
    attempts: u32,
    connected: u32,
    failed: u32,
}

#[derive(Serialize)]
struct Change<'c> {
    at: String,
    before: &'c str,
    after: &'c str,
    why: &'c str,
}

#[derive(Serialize)]
struct Configured<'c> {
    at: String,
    kind: &'c str,
    number: Option<&'c str>,
    text: &'c str,
    by: Option<&'c str>,
}

/// Writes what is known of a connection. Good when it is healthy, or switched off.
///
/// # Errors
/// When there is no such connection, the API does not answer, or nobody reads.
pub async fn show(asker: &Asker, meant: &str, format: Format, out: &mut impl Write) -> Result<Exit, Failure> {
    let row = find::connection(asker, meant).await?;
    let told = asker
        .ask(Asked::build(DetailVars {
            id: row.id.as_str().into(),
        }))
        .await?;
    let detail = Detail::read(&told);
    match format {
        Format::Text => text(out, (&row, true), detail.as_ref(), now())?,
        Format::Json => output::json(
            out,
            asker.is_partial(),
            usize::from(row.is_stale),
            shown(&row, detail.as_ref()),
        )?,
        Format::Csv => {
            let rows: Vec<_> = output::map(&once::Entry::from(&row)).into_iter().collect();
            output::csv(out, &once::HEADS, &rows)?;
        }
    }
    out.flush()?;
    let is_good = matches!(row.judged(), Health::Healthy | Health::Disabled);
    Ok(Exit::of(asker.is_partial() || detail.is_none(), is_good, row.is_stale))
}

fn shown<'c>(row: &'c Connection, detail: Option<&'c Detail>) -> Shown<'c> {
    let minutes = detail.map(|detail| detail.minutes.as_slice()).unwrap_or_default();
    let mut last_hour = LastHour::default();
    for minute in minutes {
        last_hour.attempts += minute.attempts;
        last_hour.connected += minute.connected;
        last_hour.failed += minute.failed;
    }
    let history = detail.map(|detail| detail.history.as_slice()).unwrap_or_default();
    let configuration = detail.map(|detail| detail.configuration.as_slice()).unwrap_or_default();
    Shown {
        connection: row.into(),
        summary: detail.map(|detail| Advice::of(Some(row), detail).reply),
        synced_at: detail.and_then(|detail| detail.synced_at).map(moment),
        verified_at: detail.and_then(|detail| detail.verified_at).map(moment),
        balance: detail
            .and_then(|detail| detail.balance.as_ref())
            .map(|(figure, at)| BalanceShown {
                figure,
                as_of: moment(*at),
            }),
        last_hour,
        health_history: history
            .iter()
            .map(|change| Change {
                at: moment(change.at),
                before: change.before.name(),
                after: change.after.name(),
                why: &change.why,
            })
            .collect(),
        configuration_history: configuration
            .iter()
            .map(|change| Configured {
                at: moment(change.at),
                kind: &change.kind,
                number: Some(change.number.as_str()).filter(|number| !number.is_empty()),
                text: &change.text,
                by: change.by.as_deref(),
            })
            .collect(),
    }
}

/// What is known of a connection, line by line; `is_current` tells whether the row is as it is now.
pub(crate) fn text(
    out: &mut impl Write,
    (row, is_current): (&Connection, bool),
    detail: Option<&Detail>,
    now: DateTime<Utc>,
) -> std::io::Result<()> {
    let ago = |at: Option<DateTime<Utc>>| at.map_or_else(|| "never".to_owned(), |at| format!("{} ago", age(at, now)));
    writeln!(out, "{}  {}", row.name(), row.sid)?;
    writeln!(out, "health      {}", row.in_words(is_current, now))?;
    if row.cause.is_some() {
        writeln!(out, "cause       {}", row.likely_cause())?;
    }
    let advice = detail.map(|detail| Advice::of(Some(row), detail));
    if let Some(who) = advice.as_ref().and_then(|advice| advice.who.as_deref()) {
        writeln!(out, "who acts    {who}")?;
    }
    let percent = row
        .connected
        .map_or_else(|| "no calls".to_owned(), |percent| format!("{percent:.1} % connected"));
    let known = if is_current { "" } else { ", as last known" };
    writeln!(out, "calls       {} in 15 minutes, {percent}{known}", row.calls)?;
    writeln!(out, "numbers     {} in use", row.numbers)?;
    if let Some(detail) = detail {
        writeln!(out, "verified    {}", ago(detail.verified_at))?;
        writeln!(out, "synced      {}", ago(detail.synced_at))?;
        if let Some((figure, at)) = &detail.balance {
            writeln!(out, "balance     {figure}, read {} ago", age(*at, now))?;
        }
        let told = advice.as_ref().map(Advice::whole).unwrap_or_default();
        writeln!(out, "\n{told}")?;
        for change in detail.history.iter().take(10) {
            writeln!(out, "{:>4} ago  {}", age(change.at, now), change.line())?;
        }
        for change in detail.configuration.iter().take(10) {
            writeln!(out, "{:>4} ago  config: {}", age(change.at, now), change.line())?;
        }
    }
    writeln!(out, "\nid {}", row.id)
}
