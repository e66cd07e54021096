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

/// Nudges workers about waiting jobs of known kinds that are due, those first that have been so for longest: about `at_most` of
/// them, and only of those that became due after `since`. Answers how many.
///
/// # Errors
/// When the database or the transport fails; some may have been told of then.
pub async fn nudge_due(
    services: &Services,
    known: &[Known],
    since: Option<DateTime<Utc>>,
    at_most: usize,
) -> Result<usize, NudgeError> {
    let mut place = since.map(|since| (since, JobId(uuid::Uuid::max())));
    let mut told = 0;
    while told < at_most {
        let page = page(services, known, place).await?;
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
    after: Option<(DateTime<Utc>, JobId)>,
) -> Result<Vec<(Nudge, DateTime<Utc>)>, DbErr> {
    let backend = services.db.get_database_backend();
    let mut sql = Sql::new(backend)
        .text("SELECT id, queue, run_at FROM job WHERE state = 'WAITING' AND run_at <= ")
        .time(services.clock.database_time(backend), Duration::ZERO)
        .text(" AND kind || '/' || version IN ")
        .list(known.iter().map(|known| known.word()));
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
