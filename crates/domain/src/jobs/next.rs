//! Which jobs may start because others ended.

use std::collections::BTreeMap;
use std::time::Duration;

use ::entity::{AccountId, JobId, job};
use sea_orm::{ConnectionTrait, DbErr};

use super::{Known, Nudge, NudgeError};
use crate::Services;
use crate::clock::DatabaseTime;
use crate::sql::Sql;

/// What waited for these to end may start now: the one behind each unique key, and as many of each account as made room. A nudge
/// that fails costs time: the ends are written, and the sweep finds what waits.
pub(super) async fn nudge_next(services: &Services, known: &[Known], over: &[&job::Model]) {
    if let Err(error) = try_nudge_next(services, known, over).await {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(
            error,
            "could not wake workers for what waited behind {} jobs; the sweep will",
            over.len()
        );
    }
}

async fn try_nudge_next(services: &Services, known: &[Known], over: &[&job::Model]) -> Result<(), NudgeError> {
    let time = services.clock.database_time(services.db.get_database_backend());
    let mut next = behind_keys(services, time, over).await?;
    next.extend(of_accounts(services, known, time, over).await?);
    if !next.is_empty() {
        services.queue.push(&next).await?;
    }
    Ok(())
}

/// The jobs that wait behind the unique keys of these. Mostly there is none.
///
/// Each key is a question of its own within the statement, so that the planner has to answer it by the index of keys: how many
/// jobs wait changes faster than its statistics, and by old ones a scan of all that waits looks cheaper than many look-ups.
async fn behind_keys(services: &Services, time: DatabaseTime, over: &[&job::Model]) -> Result<Vec<Nudge>, DbErr> {
    let key = |sql: Sql, job: &&job::Model| sql.text("(").typed(job.unique_key.as_str(), "text").text(")");
    let sql = Sql::new(services.db.get_database_backend())
        .text("WITH ended (unique_key) AS (VALUES ")
        .each(over, ", ", key)
        .text(") SELECT (SELECT id FROM job WHERE job.unique_key = ended.unique_key AND state = 'WAITING' ")
        .text("AND COALESCE(run_at, created_at) <= ")
        .time(time, Duration::ZERO)
        .text(") AS id FROM ended");
    let rows = services.db.query_all_raw(sql.statement()).await?;
    let ids: Vec<Option<JobId>> = rows.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?;
    let ids: Vec<JobId> = ids.into_iter().flatten().collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let waiting = super::by_ids(services, &ids).await?;
    Ok(waiting.iter().map(Nudge::from).collect())
}

/// The jobs that may start because others of their accounts ended: those that nothing else holds back.
async fn of_accounts(
    services: &Services,
    known: &[Known],
    time: DatabaseTime,
    over: &[&job::Model],
) -> Result<Vec<Nudge>, DbErr> {
    let mut room: BTreeMap<AccountId, i64> = BTreeMap::new();
    for account in over.iter().filter_map(|job| job.twilio_account_id) {
        *room.entry(account).or_default() += 1;
    }
    if room.is_empty() {
        return Ok(Vec::new());
    }
    let of_account = |sql: Sql, (account, ended)| {
        sql.text("SELECT id, queue FROM (SELECT id, queue FROM job WHERE state = 'WAITING' AND twilio_account_id = ")
            .value(account)
            .text(" AND run_at <= ")
            .time(time, Duration::ZERO)
            .text(" AND ")
            .of_kinds(known)
            .text(" AND NOT EXISTS (SELECT 1 FROM job r WHERE r.unique_key = job.unique_key AND r.state = 'RUNNING')")
            .text(" ORDER BY queue DESC, run_at LIMIT ")
            .value(ended + 1)
            .text(") AS of_account")
    };
    let sql = Sql::new(services.db.get_database_backend()).each(room, " UNION ALL ", of_account);
    let rows = services.db.query_all_raw(sql.statement()).await?;
    rows.iter().map(Nudge::read).collect()
}
