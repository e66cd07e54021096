//! `diagnose ID`: why a connection's calls do not connect, line by line.

use std::io::Write;

use chrono::SecondsFormat;
use cynic::QueryBuilder;
use serde_json::json;

use super::SCHEMA_VERSION;
use super::once::{Failure, Format};
use crate::connection::Api;
use crate::exit::Exit;
use crate::queries::diagnosis::{Detail as Asked, DetailVars};
use crate::state::detail::Detail;
use crate::surroundings::now;
use crate::view::text::{age, fit, right};

/// Writes the checks of a connection. Good when nothing is known that stops its calls.
///
/// # Errors
/// When the API does not answer, or nobody reads.
pub async fn diagnose(api: &Api, id: &str, format: Format, out: &mut impl Write) -> Result<Exit, Failure> {
    let answer = api.ask(Asked::build(DetailVars { id: id.into() })).await?;
    let Some(detail) = Detail::read(&answer.data) else {
        return Ok(Exit::Usage);
    };
    match format {
        Format::Json => {
            let at = now().to_rfc3339_opts(SecondsFormat::Millis, true);
            let checks: Vec<_> = detail
                .checks
                .iter()
                .map(|check| {
                    json!({
                        "name": check.name, "title": check.title, "state": check.answer.word(), "sentence": check.sentence,
                        "evidence": check.evidence, "fix": check.fix, "whoActs": check.who, "twilioCode": check.twilio_code,
                        "sameCauseAs": check.same_cause_as, "asOf": check.as_of, "isStale": check.is_stale,
                    })
                })
                .collect();
            let told = json!({
                "schemaVersion": SCHEMA_VERSION, "asOf": at, "partial": answer.missing.is_some(), "id": id,
                "summary": detail.summary, "cause": detail.cause.map(|place| &detail.checks[place].name), "checks": checks,
            });
            serde_json::to_writer_pretty(&mut *out, &told).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
        Format::Text | Format::Csv => {
            writeln!(out, "{}\n", detail.summary)?;
            for (place, check) in detail.checks.iter().enumerate() {
                let seen = check.as_of.map(|at| age(at, now())).unwrap_or_default();
                let (number, title) = (right(&(place + 1).to_string(), 2), fit(&check.title, 30));
                let word = fit(check.answer.word(), 11);
                writeln!(out, "{number} {word} {title} {}  {}", right(&seen, 4), check.evidence)?;
            }
        }
    }
    out.flush()?;
    Ok(if detail.cause.is_some() {
        Exit::NotGood
    } else {
        Exit::Good
    })
}
