//! Reads of the changes.

use std::collections::HashMap;

use ::entity::{AccountId, ConfigurationChangeId, configuration_change};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Order;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::Services;
use crate::keyset::{beyond, first_of_each};
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
    let mut wanted = Condition::all().add(Column::TwilioAccountId.is_in(accounts.iter().copied()));
    if let Some((at, id)) = page.after {
        wanted = wanted.add(beyond(
            &Order::Desc,
            (Column::At, at),
            (Column::Id, ConfigurationChangeId(id)),
        ));
    }
    let ids = first_of_each::<configuration_change::Entity>(
        Column::TwilioAccountId,
        &Order::Desc,
        (Column::At, Column::Id),
        wanted,
        page.size + 1,
    );
    let rows = configuration_change::Entity::find()
        .filter(Column::Id.in_subquery(ids))
        .order_by_desc(Column::At)
        .order_by_desc(Column::Id)
        .all(&services.db)
        .await?;
    Ok(Page::of_each(rows, page.size, |row| row.twilio_account_id))
}
