//! Reads of accounts.

use ::entity::twilio_account::{self, AccountState};
use ::entity::{AccountId, WorkspaceId};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Order;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::keyset::beyond;
use crate::page::{Page, PageOf};
use crate::{Actor, Error, Fault, Refusal, RefusalCode, Services, Transaction};

/// Where a page of accounts begins: after the account made then, with this id.
pub type Position = (DateTime<Utc>, Uuid);

/// An account that the actor may see, disconnected ones too.
///
/// # Errors
/// When the database fails.
pub async fn find(services: &Services, actor: &Actor, id: AccountId) -> Result<Option<twilio_account::Model>, DbErr> {
    let row = twilio_account::Entity::find_by_id(id).one(&services.db).await?;
    Ok(row.filter(|row| actor.workspace.is_none_or(|own| own == row.workspace_id)))
}

/// An account that was just written.
///
/// # Errors
/// When the database fails, or the account is absent.
pub async fn get(services: &Services, id: AccountId) -> Result<twilio_account::Model, Error> {
    let row = twilio_account::Entity::find_by_id(id).one(&services.db).await?;
    row.ok_or_else(|| Fault::Database(DbErr::RecordNotFound(format!("twilio_account/{id}"))).into())
}

/// An account that the actor names; disconnected ones too.
pub(crate) async fn named(services: &Services, actor: &Actor, id: AccountId) -> Result<twilio_account::Model, Error> {
    let account = find(services, actor, id).await?;
    account.ok_or_else(|| Refusal::not_found("Twilio account", "accountId").into())
}

/// Refuses an account that is disconnected.
pub(crate) fn require_connected(account: &twilio_account::Model) -> Result<(), Refusal> {
    if account.state != AccountState::Disconnected {
        return Ok(());
    }
    let message = "The account is disconnected. Connect it again first.";
    Err(Refusal::new(RefusalCode::AccountDisconnected, message).on("accountId"))
}

/// Refuses an account that is paused.
pub(crate) fn require_not_paused(account: &twilio_account::Model) -> Result<(), Refusal> {
    if account.paused_at.is_none() {
        return Ok(());
    }
    let message = "The account is paused. Resume it first.";
    Err(Refusal::new(RefusalCode::AccountPaused, message).on("accountId"))
}

/// Reads an account's row and keeps others from writing it until the transaction ends. On SQLite the transaction itself does that.
pub(crate) async fn lock(tx: &Transaction<'_>, id: AccountId) -> Result<twilio_account::Model, Fault> {
    let row = twilio_account::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx.db())
        .await?;
    row.ok_or_else(|| DbErr::RecordNotFound(format!("twilio_account/{id}")).into())
}

/// Connected accounts, oldest first: of one workspace, or of all for staff who name none.
///
/// # Errors
/// When the database fails.
pub async fn list(
    services: &Services,
    workspace: Option<WorkspaceId>,
    page: PageOf<Position>,
) -> Result<Page<twilio_account::Model>, DbErr> {
    let column = twilio_account::COLUMN;
    let mut rows = twilio_account::Entity::find().filter(column.state.eq(AccountState::Connected));
    if let Some(workspace) = workspace {
        rows = rows.filter(column.workspace_id.eq(workspace));
    }
    if let Some((at, id)) = page.after {
        use twilio_account::Column;
        rows = rows.filter(beyond(
            &Order::Asc,
            (Column::CreatedAt, at),
            (Column::Id, AccountId(id)),
        ));
    }
    let rows = rows
        .order_by_asc(column.created_at)
        .order_by_asc(column.id)
        .limit(page.size + 1)
        .all(&services.db)
        .await?;
    Ok(Page::cut(rows, page.size))
}

/// The accounts with these ids, in no order.
///
/// # Errors
/// When the database fails.
pub async fn by_ids(services: &Services, ids: &[AccountId]) -> Result<Vec<twilio_account::Model>, DbErr> {
    twilio_account::Entity::find()
        .filter(twilio_account::COLUMN.id.is_in(ids.iter().copied()))
        .all(&services.db)
        .await
}
