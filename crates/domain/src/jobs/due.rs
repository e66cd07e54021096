//! Which jobs are due, a page at a time, in the order in which they became so.

use std::time::Duration;

use ::entity::JobId;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr};

use super::{Known, Nudge, PushError};
use crate::Services;
use crate::sql::Sql;

/// How many rows are read at once.
const BATCH: usize = 1000;

/// Why workers could not be told of due jobs.
#[derive(Debug, thiserror::Error)]
pub enum NudgeError {
    /// The rows could not be read.
    #[error("could not read which jobs are due")]
    Database(#[from] DbErr),
    /// The workers could not be told.
    #[error(transparent)]
    Push(#[from] PushError),
}

/// Which of the due jobs are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// All, as far back as any.
    All,
    /// Those that became due after this moment.
    Since(DateTime<Utc>),
    /// Of these, those that were written to start later: the others' writers nudge workers themselves.
    DelayedSince(DateTime<Utc>),
}

impl Due {
    fn since(self) -> Option<DateTime<Utc>> {
        match self {
            Self::All => None,
            Self::Since(since) | Self::DelayedSince(since) => Some(since),
        }
    }
}

/// Nudges workers about waiting jobs of known kinds that are due, those first that have been so for longest: about `at_most` of
/// them. Answers how many.
///
/// # Errors
/// When the database or the transport fails; some may have been told of then.
pub async fn nudge_due(services: &Services, known: &[Known], due: Due, at_most: usize) -> Result<usize, NudgeError> {
    let mut place = due.since().map(|since| (since, JobId(uuid::Uuid::max())));
    let mut told = 0;
    while told < at_most {
        let page = page(services, known, due, place).await?;
        place = page.last().map(|(nudge, run_at)| (*run_at, nudge.job));
        let nudges: Vec<Nudge> = page.iter().map(|(nudge, _)| *nudge).collect();
        if nudges.is_empty() {
            break;
        }
        services.queue.push(&nudges).await?;
        told += nudges.len();
        if nudges.len() < BATCH {
            break;
        }
    }
    Ok(told)
}

async fn page(
    services: &Services,
    known: &[Known],
    due: Due,
    after: Option<(DateTime<Utc>, JobId)>,
) -> Result<Vec<(Nudge, DateTime<Utc>)>, DbErr> {
    let backend = services.db.get_database_backend();
    let mut sql = Sql::new(backend)
        .text("SELECT id, queue, run_at FROM job WHERE state = 'WAITING' AND run_at <= ")
        .time(services.clock.database_time(backend), Duration::ZERO)
        .text(" AND ")
        .of_kinds(known);
    if matches!(due, Due::DelayedSince(_)) {
        sql = sql.text(" AND run_at > created_at");
    }
    if let Some((run_at, id)) = after {
        sql = sql
            .text(" AND (run_at, id) > (")
            .value(run_at)
            .text(", ")
            .value(id)
            .text(")");
    }
    let sql = sql
        .text(" ORDER BY run_at, id LIMIT ")
        .value(i64::try_from(BATCH).unwrap_or(i64::MAX));
    let rows = services.db.query_all_raw(sql.statement()).await?;
    rows.iter()
        .map(|row| Ok((Nudge::read(row)?, row.try_get("", "run_at")?)))
        .collect()
}
