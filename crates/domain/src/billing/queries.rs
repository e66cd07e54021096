//! Reads of rules, episodes and balances.

use std::collections::HashMap;

use ::entity::{
    AccountId, BillingAlertId, BillingEpisodeId, WorkspaceId, balance_reading, billing_alert, billing_episode,
    twilio_account,
};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Order;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::keyset::{beyond, history_of_each};
use crate::page::{Page, PageOf};
use crate::{Actor, Refusal, Services};

/// Where a page begins: after the row of then, with this id.
pub type Position = (DateTime<Utc>, Uuid);

/// A rule, deleted ones too, with its account.
pub(super) async fn with_account(
    db: &impl ConnectionTrait,
    id: BillingAlertId,
) -> Result<Option<(billing_alert::Model, twilio_account::Model)>, DbErr> {
    let alert = billing_alert::Entity::find_by_id(id).one(db).await?;
    account_of(db, alert).await
}

/// The rule whose trigger's address carries this reference, with its account.
pub(super) async fn by_reference(
    db: &impl ConnectionTrait,
    reference: &str,
) -> Result<Option<(billing_alert::Model, twilio_account::Model)>, DbErr> {
    let alert = billing_alert::Entity::find()
        .filter(billing_alert::COLUMN.reference.eq(reference))
        .one(db)
        .await?;
    account_of(db, alert).await
}

async fn account_of(
    db: &impl ConnectionTrait,
    alert: Option<billing_alert::Model>,
) -> Result<Option<(billing_alert::Model, twilio_account::Model)>, DbErr> {
    let Some(alert) = alert else { return Ok(None) };
    let account = twilio_account::Entity::find_by_id(alert.twilio_account_id)
        .one(db)
        .await?;
    Ok(account.map(|account| (alert, account)))
}

/// A rule that the actor may see, deleted ones too.
///
/// # Errors
/// When the database fails.
pub async fn find_alert(
    services: &Services,
    actor: &Actor,
    id: BillingAlertId,
) -> Result<Option<billing_alert::Model>, DbErr> {
    let row = billing_alert::Entity::find_by_id(id).one(&services.db).await?;
    Ok(row.filter(|row| actor.workspace.is_none_or(|own| own == row.workspace_id)))
}

/// A rule that the actor names and that is not deleted.
pub(super) async fn named_alert(
    services: &Services,
    actor: &Actor,
    id: BillingAlertId,
) -> Result<billing_alert::Model, crate::Error> {
    let row = find_alert(services, actor, id).await?;
    row.ok_or_else(no_such_alert)
}

/// There is no such rule.
pub(super) fn no_such_alert() -> crate::Error {
    Refusal::not_found("billing alert", "billingAlertId").into()
}

/// An episode that the actor may see.
///
/// # Errors
/// When the database fails.
pub async fn find_episode(
    services: &Services,
    actor: &Actor,
    id: BillingEpisodeId,
) -> Result<Option<billing_episode::Model>, DbErr> {
    let row = billing_episode::Entity::find_by_id(id).one(&services.db).await?;
    Ok(row.filter(|row| actor.workspace.is_none_or(|own| own == row.workspace_id)))
}

/// Rules, oldest first, deleted ones left out: of one workspace or of all, of one account or of each.
///
/// # Errors
/// When the database fails.
pub async fn list_alerts(
    services: &Services,
    workspace: Option<WorkspaceId>,
    account: Option<AccountId>,
    page: PageOf<Position>,
) -> Result<Page<billing_alert::Model>, DbErr> {
    let column = billing_alert::COLUMN;
    let mut wanted = Condition::all()
        .add(column.deleted_at.is_null())
        .add_option(workspace.map(|workspace| column.workspace_id.eq(workspace)))
        .add_option(account.map(|account| column.twilio_account_id.eq(account)));
    if let Some((at, id)) = page.after {
        use billing_alert::Column;
        let id = (Column::Id, BillingAlertId(id));
        wanted = wanted.add(beyond(&Order::Asc, (Column::CreatedAt, at), id));
    }
    let rows = billing_alert::Entity::find()
        .filter(wanted)
        .order_by_asc(column.created_at)
        .order_by_asc(column.id)
        .limit(page.size + 1)
        .all(&services.db)
        .await?;
    Ok(Page::cut(rows, page.size))
}

/// Which episodes are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EpisodeFilter {
    /// Of this workspace; none for staff who name none.
    pub workspace: Option<WorkspaceId>,
    /// Of this account.
    pub account: Option<AccountId>,
    /// Those that are open, or those that are not.
    pub open: Option<bool>,
}

/// Episodes, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list_episodes(
    services: &Services,
    filter: &EpisodeFilter,
    page: PageOf<Position>,
) -> Result<Page<billing_episode::Model>, DbErr> {
    let column = billing_episode::COLUMN;
    let is_open = |open| {
        if open {
            column.closed_at.is_null()
        } else {
            column.closed_at.is_not_null()
        }
    };
    let mut wanted = Condition::all()
        .add_option(filter.workspace.map(|workspace| column.workspace_id.eq(workspace)))
        .add_option(filter.account.map(|account| column.twilio_account_id.eq(account)))
        .add_option(filter.open.map(is_open));
    if let Some((at, id)) = page.after {
        use billing_episode::Column;
        let id = (Column::Id, BillingEpisodeId(id));
        wanted = wanted.add(beyond(&Order::Desc, (Column::OpenedAt, at), id));
    }
    let rows = billing_episode::Entity::find()
        .filter(wanted)
        .order_by_desc(column.opened_at)
        .order_by_desc(column.id)
        .limit(page.size + 1)
        .all(&services.db)
        .await?;
    Ok(Page::cut(rows, page.size))
}

/// The rules with these ids, in no order.
///
/// # Errors
/// When the database fails.
pub async fn alerts_by_ids(services: &Services, ids: &[BillingAlertId]) -> Result<Vec<billing_alert::Model>, DbErr> {
    billing_alert::Entity::find()
        .filter(billing_alert::COLUMN.id.is_in(ids.iter().copied()))
        .all(&services.db)
        .await
}

/// The episodes with these ids, in no order.
///
/// # Errors
/// When the database fails.
pub async fn episodes_by_ids(
    services: &Services,
    ids: &[BillingEpisodeId],
) -> Result<Vec<billing_episode::Model>, DbErr> {
    billing_episode::Entity::find()
        .filter(billing_episode::COLUMN.id.is_in(ids.iter().copied()))
        .all(&services.db)
        .await
}

/// The open episodes of these rules.
///
/// # Errors
/// When the database fails.
pub async fn open_episodes_of(
    services: &Services,
    alerts: &[BillingAlertId],
) -> Result<Vec<billing_episode::Model>, DbErr> {
    billing_episode::Entity::find()
        .filter(billing_episode::COLUMN.billing_alert_id.is_in(alerts.iter().copied()))
        .filter(billing_episode::COLUMN.closed_at.is_null())
        .all(&services.db)
        .await
}

/// The same page of each account's balances, newest first, in one statement.
///
/// # Errors
/// When the database fails.
pub async fn balance_history(
    services: &Services,
    accounts: &[AccountId],
    page: &PageOf<Position>,
) -> Result<HashMap<AccountId, Page<balance_reading::Model>>, DbErr> {
    use balance_reading::Column;
    let columns = (Column::TwilioAccountId, Column::At, Column::Id);
    history_of_each::<balance_reading::Entity>(&services.db, columns, accounts, page, |row| row.twilio_account_id).await
}
