//! `--once`: every connection and its health, worst first.

use std::io::Write;

use chrono::{DateTime, Utc};
use cynic::QueryBuilder;
use serde::Serialize;
use serde_json::{Map, Value};

use super::Failure;
use super::output::{self, Asker, Format, moment};
use crate::connection::Trouble;
use crate::exit::Exit;
use crate::queries::connections::{ConnectionsPage, PageVars};
use crate::state::connection::Connection;
use crate::state::filter::Filter;
use crate::state::health::Health;
use crate::state::table::{Row, Table};
use crate::surroundings::now;
use crate::view::text::{age, fit, right};

/// A connection as it is written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry<'c> {
    id: &'c str,
    customer: &'c str,
    connection: &'c str,
    account_sid: &'c str,
    health: &'c str,
    last_known_health: Option<&'c str>,
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

/// What is written as CSV.
pub(super) const HEADS: [&str; 13] = [
    "health",
    "since",
    "isStale",
    "customer",
    "connection",
    "accountSid",
    "numbers",
    "calls",
    "connectPercent",
    "whoActs",
    "causeText",
    "id",
    "lastKnownHealth",
];

impl<'c> From<&'c Connection> for Entry<'c> {
    fn from(row: &'c Connection) -> Self {
        Self {
            id: &row.id,
            customer: &row.customer,
            connection: &row.label,
            account_sid: &row.sid,
            health: row.judged().name(),
            last_known_health: row.is_last_known.then(|| row.health.name()),
            since: moment(row.since),
            as_of: row.as_of.map(moment),
            is_stale: row.is_stale,
            numbers: row.numbers,
            calls: row.calls,
            connect_percent: row.connected.map(|percent| (percent * 10.0).round() / 10.0),
            cause: row.cause.as_ref().map(|cause| cause.code.as_str()),
            cause_text: row.likely_cause(),
            who_acts: row.cause.as_ref().and_then(|cause| cause.who.as_deref()),
            twilio_code: row.cause.as_ref().and_then(|cause| cause.twilio_code),
        }
    }
}

/// All connections, page by page.
///
/// # Errors
/// When the API does not answer.
pub async fn all(asker: &Asker) -> Result<Vec<Connection>, Trouble> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let page = asker
            .ask(ConnectionsPage::build(PageVars { first: 1000, after }))
            .await?;
        let page = page.twilio_accounts;
        rows.extend(page.nodes.iter().map(Connection::from));
        after = page.page_info.end_cursor.filter(|_| page.page_info.has_next_page);
        if after.is_none() {
            return Ok(rows);
        }
    }
}

/// The rows that a filter lets through, in their usual order.
pub(crate) fn arranged<R: Row>(rows: impl IntoIterator<Item = R>, filter: &str) -> Vec<R> {
    sorted(rows, filter, 0)
}

/// The same for a command, which says so where the filter lets none through: one that is mistyped must not look as if all were well.
pub(super) fn let_through<R: Row>(rows: Vec<R>, filter: &str) -> Vec<R> {
    let all = rows.len();
    let rows = arranged(rows, filter);
    if rows.is_empty() && all > 0 {
        output::say(&format!("the filter lets none of {all} through"));
    }
    rows
}

/// The rows that a filter lets through, in an order by its place.
pub(crate) fn sorted<R: Row>(rows: impl IntoIterator<Item = R>, filter: &str, sort: usize) -> Vec<R> {
    let mut table = Table::default();
    let now = crate::surroundings::now();
    for row in rows {
        table.put(row, now);
    }
    table.filter = Filter::parse(filter);
    table.sort = sort;
    table.arranged(table.plan_now().arrange());
    table.visible(usize::MAX).map(|(_, row)| row.clone()).collect()
}

/// Writes all connections that the filter lets through. Good when each of them is healthy.
///
/// # Errors
/// When the API does not answer, or nobody reads.
pub async fn once(asker: &Asker, format: Format, filter: &str, out: &mut impl Write) -> Result<Exit, Failure> {
    let rows = let_through(all(asker).await?, filter);
    let entries: Vec<Entry> = rows.iter().map(Entry::from).collect();
    match format {
        Format::Json => {
            let stale = rows.iter().filter(|row| row.is_stale).count();
            output::json(out, asker.is_partial(), stale, Connections { connections: &entries })?;
        }
        Format::Csv => {
            let rows: Vec<Map<String, Value>> = entries.iter().filter_map(output::map).collect();
            output::csv(out, &HEADS, &rows)?;
        }
        Format::Text => text(out, &rows, now())?,
    }
    out.flush()?;
    let watched = || rows.iter().filter(|row| *row.judged() != Health::Disabled);
    let is_good = watched().all(|row| *row.judged() == Health::Healthy);
    Ok(Exit::of(asker.is_partial(), is_good, watched().any(|row| row.is_stale)))
}

#[derive(Serialize)]
struct Connections<'c> {
    connections: &'c [Entry<'c>],
}

fn text(out: &mut impl Write, rows: &[Connection], now: DateTime<Utc>) -> Result<(), Failure> {
    for row in rows {
        // As on the Overview: a mark before the last known state, and how old it is.
        let mark = if row.is_stale { "*" } else { " " };
        let (health, since, name) = (
            fit(row.health.name(), 10),
            right(&age(row.since, now), 4),
            fit(&row.name(), 40),
        );
        let checked = row.last_checked(now).map(|checked| format!("{checked}; "));
        let checked = checked.unwrap_or_default();
        writeln!(out, "{mark}{health} {since}  {name}  {checked}{}", row.likely_cause())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_last_known_state_is_marked_and_told_with_its_age() {
        let now = now();
        let known = Connection {
            id: "acc-1".to_owned(),
            customer: "Nordwind".to_owned(),
            label: "eu-prod".to_owned(),
            sid: "AC1".to_owned(),
            health: Health::Healthy,
            since: now - TimeDelta::minutes(58),
            as_of: Some(now - TimeDelta::hours(1)),
            is_stale: true,
            is_last_known: true,
            is_idle: false,
            is_flapping: false,
            cause: None,
            numbers: 1,
            calls: 0,
            connected: None,
        };
        let well = Connection {
            is_stale: false,
            is_last_known: false,
            ..known.clone()
        };
        let mut out = Vec::new();
        text(&mut out, &[known.clone(), well], now).unwrap();
        let out = String::from_utf8(out).unwrap();
        let lines: Vec<Vec<&str>> = out.lines().map(|line| line.split_whitespace().collect()).collect();
        let told = [
            "*healthy", "58m", "Nordwind", "/", "eu-prod", "last", "checked", "1h", "ago;",
        ];
        assert_eq!(lines[0], told);
        assert_eq!(lines[1], ["healthy", "58m", "Nordwind", "/", "eu-prod"]);
        // For programs it is what the API judges now, and beside it the last known state.
        let entry = output::map(&Entry::from(&known)).unwrap();
        assert_eq!(
            (&entry["health"], &entry["lastKnownHealth"]),
            (&"unknown".into(), &"healthy".into())
        );
    }
}
