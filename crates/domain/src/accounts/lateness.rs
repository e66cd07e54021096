//! How far the recurring work of accounts is behind: what waits in the queues does not tell, because no more jobs are written
//! than the workers follow.

use std::time::Duration;

use ::entity::twilio_account::{self, AccountState, Column};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};

use crate::Services;

/// For how long the check of an account has been due that nobody has written a job for; zero when none is. Reads one entry of the
/// index `twilio_account_due_check`.
///
/// # Errors
/// When the database fails.
pub async fn checks_late(services: &Services) -> Result<Duration, DbErr> {
    let now = services.clock.database_now((&services.db).into()).await?;
    let oldest: Option<Option<DateTime<Utc>>> = twilio_account::Entity::find()
        .select_only()
        .column_as(Column::NextCheckAt.min(), "oldest")
        .filter(Column::State.eq(AccountState::Connected))
        .filter(Column::PausedAt.is_null())
        .into_tuple()
        .one(&services.db)
        .await?;
    let late = oldest.flatten().map(|due| now - due);
    Ok(late.and_then(|late| late.to_std().ok()).unwrap_or_default())
}
