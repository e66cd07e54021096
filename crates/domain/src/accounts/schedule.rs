//! Recurring work of accounts: a due time on the row, moved by whichever worker comes first.

use std::time::Duration;

use ::entity::AccountId;
use ::entity::twilio_account::{self, AccountState, Column};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::Services;
use crate::jobs::{Job, SyncNumbers, VerifyAccount};

/// How many due accounts are taken at once.
const BATCH: u64 = 200;

/// Writes a `verify-account` job for each account whose check is due, and sets the next due time. Answers how many.
///
/// # Errors
/// When the database fails.
pub async fn queue_due_checks(services: &Services) -> Result<usize, DbErr> {
    queue_due(services, Column::NextCheckAt, services.limits.check_every, |account| {
        VerifyAccount { account }
    })
    .await
}

/// The same for `sync-numbers`.
///
/// # Errors
/// When the database fails.
pub async fn queue_due_syncs(services: &Services) -> Result<usize, DbErr> {
    queue_due(services, Column::NextSyncAt, services.limits.sync_every, |account| {
        SyncNumbers { account }
    })
    .await
}

/// Whoever moves the due time writes the job, in one transaction: two workers that look at once do it once.
async fn queue_due<J: Job>(
    services: &Services,
    due_at: Column,
    every: Duration,
    job: impl Fn(AccountId) -> J,
) -> Result<usize, DbErr> {
    let now = services.clock.database_now((&services.db).into()).await?;
    let due: Vec<(AccountId, ::entity::WorkspaceId, DateTime<Utc>)> = twilio_account::Entity::find()
        .select_only()
        .columns([Column::Id, Column::WorkspaceId, due_at])
        .filter(Column::State.eq(AccountState::Connected))
        .filter(due_at.lte(now))
        .order_by_asc(due_at)
        .limit(BATCH)
        .into_tuple()
        .all(&services.db)
        .await?;
    let mut queued = 0;
    for (account, workspace, was_due) in due {
        let mut tx = services.begin().await?;
        let moved = twilio_account::Entity::update_many()
            .col_expr(due_at, Expr::value(now + every))
            .filter(Column::Id.eq(account))
            .filter(due_at.eq(was_due))
            .exec(tx.db())
            .await?;
        if moved.rows_affected > 0 {
            tx.enqueue(workspace, &job(account)).await?;
            tx.commit().await?;
            queued += 1;
        }
    }
    Ok(queued)
}
