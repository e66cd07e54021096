//! `sync ID` and `verify ID`: has a connection read or checked again, and waits for the end.

use std::io::Write;
use std::time::Duration;

use chrono::{DateTime, Utc};
use cynic::QueryBuilder;
use serde::Serialize;

use super::output::{self, Asker, Format, moment, say};
use super::{Failure, find};
use crate::change::Change;
use crate::exit::Exit;
use crate::queries::calls::IdVars;
use crate::queries::commands::change::{AfterChange, JobById, JobsOfAccount, JobsVars, TwilioAccountStatus};
use crate::queries::jobs::{Job, JobState};
use crate::scrub::scrub;
use crate::state::connection::Connection;
use crate::state::health::Health;

/// How often the job is looked at.
const LOOKS_EVERY: Duration = Duration::from_millis(500);

/// How long a job may take to be seen at all: another of its kind may be ahead.
const APPEARS_WITHIN: Duration = Duration::from_secs(30);

/// What is done again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The numbers are read.
    Sync,
    /// Credentials and rights are checked.
    Verify,
}

impl What {
    /// The kind of its jobs.
    fn kind(self) -> &'static str {
        match self {
            Self::Sync => "sync-numbers",
            Self::Verify => "verify-account",
        }
    }

    /// What it does, in words.
    fn words(self) -> &'static str {
        match self {
            Self::Sync => "the numbers are read again",
            Self::Verify => "credentials and rights are checked again",
        }
    }
}

/// How a change ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Whether it came out well.
    pub is_good: bool,
    /// What became of it, in a sentence.
    pub told: String,
    /// The health afterwards.
    pub health: String,
}

impl Ended {
    /// Nobody knows how.
    pub(crate) fn unseen(told: String) -> Self {
        Self {
            is_good: false,
            told,
            health: Health::Unknown.name().to_owned(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'c> {
    id: &'c str,
    customer: &'c str,
    connection: &'c str,
    job: Option<String>,
    state: String,
    outcome: Option<&'c str>,
    health: Option<&'c str>,
    asked_at: String,
}

/// Has it done. With `wait` good when it came out well, without when it was taken.
///
/// # Errors
/// When there is no such connection, the API does not answer or refuses, or nobody reads.
pub async fn change(
    asker: &Asker,
    (what, meant, waits): (What, &str, bool),
    format: Format,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let row = find::connection(asker, meant).await?;
    let asked_at = ask(asker, what, &row).await?;
    say(&format!("{}: {}", row.name(), what.words()));
    let mut written = Written {
        id: &row.id,
        customer: &row.customer,
        connection: &row.label,
        job: None,
        state: "asked for".to_owned(),
        outcome: None,
        health: None,
        asked_at: moment(asked_at),
    };
    if !waits {
        write(out, asker, format, &written)?;
        return Ok(Exit::Good);
    }
    let (job, ended) = end(asker, what, (&row.id, &row.name()), asked_at, say).await?;
    written.job = Some(job.id.inner().to_owned());
    written.state = job.state.word();
    written.outcome = Some(&ended.told);
    written.health = Some(&ended.health);
    write(out, asker, format, &written)?;
    Ok(Exit::of(asker.is_partial(), ended.is_good, false))
}

fn write(out: &mut impl Write, asker: &Asker, format: Format, written: &Written) -> Result<(), Failure> {
    match format {
        Format::Json => output::json(out, asker.is_partial(), 0, written)?,
        Format::Csv => {
            let rows: Vec<_> = output::map(written).into_iter().collect();
            output::csv(
                out,
                &[
                    "customer",
                    "connection",
                    "state",
                    "outcome",
                    "health",
                    "askedAt",
                    "job",
                    "id",
                ],
                &rows,
            )?;
        }
        Format::Text => match written.outcome {
            Some(outcome) => writeln!(out, "{outcome}")?,
            None => writeln!(out, "asked for; --wait waits for the end")?,
        },
    }
    out.flush()?;
    Ok(())
}

/// Asks for it, and answers the server's moment just before.
pub(crate) async fn ask(asker: &Asker, what: What, row: &Connection) -> Result<DateTime<Utc>, Failure> {
    let vars = jobs(what, &row.id);
    let asked_at = asker.ask(JobsOfAccount::build(vars)).await?.server_time;
    let id = row.id.clone();
    let change = match what {
        What::Sync => Change::Sync { id },
        What::Verify => Change::Verify { id },
    };
    asker.change(&change).await?;
    Ok(asked_at)
}

fn jobs(what: What, id: &str) -> JobsVars {
    JobsVars {
        account: id.into(),
        kinds: Some(vec![what.kind().to_owned()]),
    }
}

/// Waits for the end of what was asked for of a connection, by its id and name, and answers what became of it. `tell` hears how far it
/// is.
pub(crate) async fn end(
    asker: &Asker,
    what: What,
    (id, name): (&str, &str),
    asked_at: DateTime<Utc>,
    tell: impl Fn(&str),
) -> Result<(Job, Ended), Failure> {
    let job = follow(asker, what, id, asked_at, tell).await?;
    let ended = judge(asker, what, (id, name), &job, asked_at).await?;
    Ok((job, ended))
}

/// Waits for the end of the job that does it: the one that waits or runs after it was asked for, or was made since.
async fn follow(
    asker: &Asker,
    what: What,
    id: &str,
    asked_at: DateTime<Utc>,
    tell: impl Fn(&str),
) -> Result<Job, Failure> {
    let mut job = None;
    let looks = APPEARS_WITHIN.as_millis() / LOOKS_EVERY.as_millis();
    for _ in 0..looks {
        let found = asker.ask(JobsOfAccount::build(jobs(what, id))).await?.jobs.nodes;
        let is_open = |job: &Job| matches!(job.state, JobState::Waiting | JobState::Running);
        let is_ours = |job: &Job| is_open(job) || job.created_at >= asked_at || job.finished_at >= Some(asked_at);
        job = found.into_iter().filter(is_ours).min_by_key(|job| job.created_at);
        if job.is_some() {
            break;
        }
        tokio::time::sleep(LOOKS_EVERY).await;
    }
    let Some(mut job) = job else {
        return Err(Failure::Refused(
            "the job was not seen: look at `callab-console jobs`".to_owned(),
        ));
    };
    let mut told = String::new();
    loop {
        let state = job.state.word();
        let tries = if job.attempt > 1 {
            format!(", try {} of {}", job.attempt, job.max_attempts)
        } else {
            String::new()
        };
        let progress = job
            .progress
            .as_deref()
            .map(|text| format!(": {}", scrub(text, 100)))
            .unwrap_or_default();
        let line = format!("{} {state}{tries}{progress}", scrub(&job.kind, 40));
        if line != told {
            tell(&line);
            told = line;
        }
        if !matches!(job.state, JobState::Waiting | JobState::Running | JobState::Unheard(_)) {
            return Ok(job);
        }
        tokio::time::sleep(LOOKS_EVERY).await;
        let id = IdVars { id: job.id.clone() };
        job = match asker.ask(JobById::build(id)).await?.job {
            Some(job) => job,
            None => return Err(Failure::Refused("the job is gone".to_owned())),
        };
    }
}

/// What became of it.
async fn judge(
    asker: &Asker,
    what: What,
    (id, name): (&str, &str),
    job: &Job,
    asked_at: DateTime<Utc>,
) -> Result<Ended, Failure> {
    let vars = IdVars { id: id.into() };
    let after = asker.ask(AfterChange::build(vars)).await?.twilio_account;
    let health = after
        .as_ref()
        .map_or_else(|| Health::Unknown, |after| Health::from(&after.health.state));
    let moved = |at: Option<DateTime<Utc>>| at.is_some_and(|at| at >= asked_at);
    let accepted = after.as_ref().is_some_and(|after| match what {
        What::Sync => moved(after.synced_at),
        What::Verify => {
            let is_inactive = matches!(
                after.twilio_status,
                TwilioAccountStatus::Suspended | TwilioAccountStatus::Closed
            );
            moved(after.verified_at) && !is_inactive
        }
    });
    let why = after
        .and_then(|after| after.health.reason)
        .map(|reason| scrub(&reason.text, 300));
    let is_good = job.state == JobState::Done && accepted;
    let told = match (&job.state, what) {
        (JobState::Done, What::Sync) if is_good => "the numbers were read".to_owned(),
        (JobState::Done, What::Verify) if is_good => "Twilio accepts the credentials".to_owned(),
        (JobState::Done, What::Sync) => format!("the numbers were not read: {}", why.unwrap_or_default()),
        (JobState::Done, What::Verify) => format!(
            "not good: {}",
            why.unwrap_or_else(|| "Twilio did not accept the credentials".to_owned())
        ),
        (state, _) => format!(
            "the job {}: {}",
            state.word(),
            scrub(job.last_error.as_deref().unwrap_or("it does not say why"), 300)
        ),
    };
    // Getting better takes two good evaluations: the state may follow later than what was found.
    let follows = if is_good && health.is_problem() {
        ", which follows with the next good check"
    } else {
        ""
    };
    Ok(Ended {
        is_good,
        told: format!("{name}: {told} (health: {}{follows})", health.name()),
        health: health.name().to_owned(),
    })
}
