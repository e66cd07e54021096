//! `diagnose ID`: why a connection's calls do not connect, line by line.

use std::io::Write;

use cynic::QueryBuilder;
use serde::Serialize;
use serde_json::{Map, Value};

use super::output::{self, Asker, Format, moment};
use super::{Failure, find};
use crate::exit::Exit;
use crate::queries::diagnosis::{Detail as Asked, DetailVars};
use crate::state::Advice;
use crate::state::connection::Connection;
use crate::state::detail::{Check, Detail};
use crate::state::health::Health;
use crate::surroundings::now;
use crate::view::text::{age, fit, right};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Diagnosed<'d> {
    id: &'d str,
    customer: &'d str,
    connection: &'d str,
    account_sid: &'d str,
    health: &'d str,
    last_known_health: Option<&'d str>,
    who_acts: Option<&'d str>,
    summary: &'d str,
    cause: Option<&'d str>,
    checks: Vec<Entry<'d>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'d> {
    name: &'d str,
    title: &'d str,
    state: &'d str,
    sentence: Option<&'d str>,
    evidence: &'d str,
    fix: Option<&'d str>,
    who_acts: Option<&'d str>,
    twilio_code: Option<i32>,
    same_cause_as: Option<usize>,
    as_of: Option<String>,
    is_stale: bool,
}

const HEADS: [&str; 11] = [
    "name",
    "title",
    "state",
    "whoActs",
    "evidence",
    "sentence",
    "fix",
    "twilioCode",
    "sameCauseAs",
    "asOf",
    "isStale",
];

impl<'d> From<&'d Check> for Entry<'d> {
    fn from(check: &'d Check) -> Self {
        Self {
            name: &check.name,
            title: &check.title,
            state: check.answer.word(),
            sentence: check.sentence.as_deref(),
            evidence: &check.evidence,
            fix: check.fix.as_deref(),
            who_acts: check.who.as_deref(),
            twilio_code: check.twilio_code,
            same_cause_as: check.same_cause_as,
            as_of: check.as_of.map(moment),
            is_stale: check.is_stale,
        }
    }
}

/// Writes the checks of a connection. Good when none fails and it is healthy, or switched off.
///
/// # Errors
/// When there is no such connection, the API does not answer, or nobody reads.
pub async fn diagnose(asker: &Asker, meant: &str, format: Format, out: &mut impl Write) -> Result<Exit, Failure> {
    let row = find::connection(asker, meant).await?;
    let told = asker
        .ask(Asked::build(DetailVars {
            id: row.id.as_str().into(),
        }))
        .await?;
    let Some(detail) = Detail::read(&told) else {
        return Err(Failure::Usage(format!("{} is gone", row.name())));
    };
    let advice = Advice::of(Some(&row), &detail);
    let stale = detail.checks.iter().filter(|check| check.is_stale).count();
    match format {
        Format::Json => {
            let diagnosed = Diagnosed {
                id: &row.id,
                customer: &row.customer,
                connection: &row.label,
                account_sid: &row.sid,
                health: row.judged().name(),
                last_known_health: row.is_last_known.then(|| row.health.name()),
                who_acts: advice.who.as_deref(),
                summary: &advice.reply,
                cause: detail.cause.map(|place| detail.checks[place].name.as_str()),
                checks: detail.checks.iter().map(Entry::from).collect(),
            };
            output::json(out, asker.is_partial(), stale, diagnosed)?;
        }
        Format::Csv => {
            let rows: Vec<Map<String, Value>> = detail
                .checks
                .iter()
                .filter_map(|check| output::map(&Entry::from(check)))
                .collect();
            output::csv(out, &HEADS, &rows)?;
        }
        Format::Text => {
            writeln!(out, "{}  {}", row.name(), row.sid)?;
            text(out, &row, &detail)?;
        }
    }
    out.flush()?;
    // A check that nobody could answer lately says nothing of the calls: what is stale does not make the diagnosis bad.
    let is_good = detail.cause.is_none() && matches!(row.judged(), Health::Healthy | Health::Disabled);
    Ok(Exit::of(asker.is_partial(), is_good, false))
}

/// Who must act and why, and the checks, one a line.
pub(crate) fn text(out: &mut impl Write, row: &Connection, detail: &Detail) -> std::io::Result<()> {
    writeln!(out, "{}\n", Advice::of(Some(row), detail).whole())?;
    for (place, check) in detail.checks.iter().enumerate() {
        let seen = check.as_of.map(|at| age(at, now())).unwrap_or_default();
        let (number, title) = (right(&(place + 1).to_string(), 2), fit(&check.title, 30));
        let word = fit(check.answer.word(), 11);
        let stale = if check.is_stale { " (stale)" } else { "" };
        let cause = if detail.cause == Some(place) {
            "  <- likely cause"
        } else {
            ""
        };
        writeln!(
            out,
            "{number} {word} {title} {}  {}{stale}{cause}",
            right(&seen, 4),
            check.evidence
        )?;
    }
    Ok(())
}
