//! Reads of the changes.

use std::collections::HashMap;

use ::entity::{AccountId, configuration_change};
use chrono::{DateTime, Utc};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::Services;
use crate::keyset::history_of_each;
use crate::page::{Page, PageOf};

/// Where a page begins: after the change of then, with this id.
pub type Position = (DateTime<Utc>, Uuid);

/// Each account's changes, newest first: the same page of each, in one statement. Whether the asker may see the accounts is the
/// caller's to check.
///
/// # Errors
/// When the database fails.
pub async fn history(
    services: &Services,
    accounts: &[AccountId],
    page: &PageOf<Position>,
) -> Result<HashMap<AccountId, Page<configuration_change::Model>>, DbErr> {
    use configuration_change::Column;
    let columns = (Column::TwilioAccountId, Column::At, Column::Id);
    history_of_each::<configuration_change::Entity>(&services.db, columns, accounts, page, |row| row.twilio_account_id)
        .await
}
