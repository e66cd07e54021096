//! `--once`: every connection and its health, worst first.

use std::io::{self, Write};

use chrono::{DateTime, SecondsFormat, Utc};
use cynic::QueryBuilder;
use serde::Serialize;

use super::SCHEMA_VERSION;
use crate::connection::{Api, Trouble};
use crate::exit::Exit;
use crate::queries::connections::{ConnectionsPage, PageVars};
use crate::state::connection::Connection;
use crate::state::filter::Filter;
use crate::state::health::Health;
use crate::state::table::Table;
use crate::surroundings::now;
use crate::view::text::{age, fit, right};

/// How data is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For spreadsheets.
    Csv,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Overview<'c> {
    schema_version: u32,
    as_of: String,
    partial: bool,
    stale: usize,
    connections: Vec<Entry<'c>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'c> {
    id: &'c str,
    customer: &'c str,
    connection: &'c str,
    account_sid: &'c str,
    health: &'c str,
    since: String,
    as_of: Option<String>,
    is_stale: bool,
    numbers: u32,
    calls: u32,
    connect_percent: Option<f64>,
    cause: Option<&'c str>,
    cause_text: String,
    who_acts: Option<&'c str>,
    twilio_code: Option<i32>,
}

impl<'c> Entry<'c> {
    fn of(row: &'c Connection) -> Self {
        Self {
            id: &row.id,
            customer: &row.customer,
            connection: &row.label,
            account_sid: &row.sid,
            health: row.health.name(),
            since: moment(row.since),
            as_of: row.as_of.map(moment),
            is_stale: row.is_stale,
            numbers: row.numbers,
            calls: row.calls,
            connect_percent: row.connected,
            cause: row.cause.as_ref().map(|cause| cause.code.as_str()),
            cause_text: row.likely_cause(),
            who_acts: row.cause.as_ref().and_then(|cause| cause.who.as_deref()),
            twilio_code: row.cause.as_ref().and_then(|cause| cause.twilio_code),
        }
    }
}

/// Writes all connections that the filter lets through. Good when each of them is healthy.
///
/// # Errors
/// When the API does not answer, or nobody reads.
pub async fn once(api: &Api, format: Format, filter: &str, out: &mut impl Write) -> Result<Exit, Failure> {
    let mut table = Table::default();
    let (mut after, mut missing) = (None, None);
    loop {
        let page = api.ask(ConnectionsPage::build(PageVars { first: 1000, after })).await?;
        let partial = page.missing;
        missing = missing.or(partial);
        for account in &page.data.twilio_accounts.nodes {
            table.put(Connection::from(account));
        }
        let info = page.data.twilio_accounts.page_info;
        after = info.end_cursor.filter(|_| info.has_next_page);
        if after.is_none() {
            break;
        }
    }
    table.filter = Filter::parse(filter);
    table.arranged(table.plan_now().arrange());
    let rows: Vec<&Connection> = table.visible(usize::MAX).map(|(_, row)| row).collect();
    let now = now();
    match format {
        Format::Json => json(out, &rows, missing.is_some(), now)?,
        Format::Csv => csv(out, &rows)?,
        Format::Text => text(out, &rows, now)?,
    }
    out.flush()?;
    let watched = || rows.iter().filter(|row| row.health != Health::Disabled);
    Ok(if missing.is_some() {
        Exit::Partial
    } else if watched().any(|row| row.health != Health::Healthy) {
        Exit::NotGood
    } else if watched().any(|row| row.is_stale) {
        Exit::Partial
    } else {
        Exit::Good
    })
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The API did not answer.
    #[error(transparent)]
    Api(#[from] Trouble),
    /// Nobody reads.
    #[error(transparent)]
    Output(#[from] io::Error),
}

fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn json(out: &mut impl Write, rows: &[&Connection], partial: bool, now: DateTime<Utc>) -> io::Result<()> {
    let overview = Overview {
        schema_version: SCHEMA_VERSION,
        as_of: moment(now),
        partial,
        stale: rows.iter().filter(|row| row.is_stale).count(),
        connections: rows.iter().map(|row| Entry::of(row)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &overview)?;
    writeln!(out)
}

fn csv(out: &mut impl Write, rows: &[&Connection]) -> io::Result<()> {
    writeln!(
        out,
        "health,since,stale,customer,connection,account_sid,numbers,calls,connect_percent,who_acts,cause"
    )?;
    for row in rows {
        let percent = row.connected.map(|percent| format!("{percent:.1}")).unwrap_or_default();
        let who = row
            .cause
            .as_ref()
            .and_then(|cause| cause.who.clone())
            .unwrap_or_default();
        let (numbers, calls) = (row.numbers.to_string(), row.calls.to_string());
        let fields = [
            row.health.name(),
            &moment(row.since),
            if row.is_stale { "yes" } else { "no" },
            &row.customer,
            &row.label,
            &row.sid,
            &numbers,
            &calls,
            &percent,
            &who,
            &row.likely_cause(),
        ]
        .map(field);
        writeln!(out, "{}", fields.join(","))?;
    }
    Ok(())
}

/// A field by RFC 4180. One that a spreadsheet would take for a formula is marked as text.
fn field(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@']) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([',', '"', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

fn text(out: &mut impl Write, rows: &[&Connection], now: DateTime<Utc>) -> io::Result<()> {
    for row in rows {
        let stale = if row.is_stale { " (stale)" } else { "" };
        writeln!(
            out,
            "{} {}  {}  {}{stale}",
            fit(row.health.name(), 10),
            right(&age(row.since, now), 4),
            fit(&row.name(), 40),
            row.likely_cause()
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn what_customers_type_is_no_formula() {
        for (text, written) in [
            ("Acme", "Acme"),
            ("=1+1", "'=1+1"),
            ("Acme, \"Inc\"", "\"Acme, \"\"Inc\"\"\""),
            ("@SUM(A1)", "'@SUM(A1)"),
        ] {
            assert_eq!(field(text), written);
        }
    }
}
