//! Reads of the history of health.

use std::collections::HashMap;

use ::entity::{AccountId, health_change};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::Services;
use crate::keyset::history_of_each;
use crate::page::{Page, PageOf};

/// Where a page of the history begins: after the change of then, with this id.
pub type Position = (DateTime<Utc>, Uuid);

/// Each account's changes of health, newest first: the same page of each, in one statement. Whether the asker may see the accounts is
/// the caller's to check.
///
/// # Errors
/// When the database fails.
pub async fn history(
    services: &Services,
    accounts: &[AccountId],
    page: &PageOf<Position>,
) -> Result<HashMap<AccountId, Page<health_change::Model>>, DbErr> {
    use health_change::Column;
    let columns = (Column::TwilioAccountId, Column::At, Column::Id);
    history_of_each::<health_change::Entity>(&services.db, columns, accounts, page, |row| row.twilio_account_id).await
}

/// The times of an account's newest changes, newest first.
pub(super) async fn newest(
    db: &impl ConnectionTrait,
    account: AccountId,
    most: u64,
) -> Result<Vec<DateTime<Utc>>, DbErr> {
    let column = health_change::COLUMN;
    health_change::Entity::find()
        .select_only()
        .column(health_change::Column::At)
        .filter(column.twilio_account_id.eq(account))
        .order_by_desc(column.at)
        .order_by_desc(column.id)
        .limit(most)
        .into_tuple()
        .all(db)
        .await
}
