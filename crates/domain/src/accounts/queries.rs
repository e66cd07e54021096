//! Reads of accounts.

use std::collections::HashMap;

use ::entity::AccountId;
use ::entity::twilio_account::{self, AccountState};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{Actor, Error, Fault, Refusal, RefusalCode, Services, Transaction};

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
    Ok(find_row(services, id).await?)
}

/// An account that a job works for.
///
/// # Errors
/// When the database fails, or the account is absent.
pub(super) async fn find_row(services: &Services, id: AccountId) -> Result<twilio_account::Model, Fault> {
    let row = twilio_account::Entity::find_by_id(id).one(&services.db).await?;
    row.ok_or_else(|| DbErr::RecordNotFound(format!("twilio_account/{id}")).into())
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

/// Refuses an account of which no token is known: Twilio's webhooks could not be verified, and so no call be answered.
pub(crate) fn require_token(account: &twilio_account::Model) -> Result<(), Refusal> {
    if account.token_set_at.is_some() {
        return Ok(());
    }
    let message = "The account is connected with an API key alone. Enter its Auth Token too: without it Callab cannot verify that a \
                   call comes from Twilio.";
    Err(Refusal::new(RefusalCode::AuthTokenNeeded, message).on("phoneNumberId"))
}

/// The most subaccounts that are told of one parent.
const MOST_SUBACCOUNTS: u64 = 100;

/// The connected accounts that these own, in the same workspace and region, oldest first; about a hundred for each at most.
///
/// # Errors
/// When the database fails.
pub async fn subaccounts(
    services: &Services,
    parents: &[twilio_account::Model],
) -> Result<HashMap<AccountId, Vec<twilio_account::Model>>, DbErr> {
    let column = twilio_account::COLUMN;
    let rows = twilio_account::Entity::find()
        .filter(column.state.eq(AccountState::Connected))
        .filter(
            column
                .workspace_id
                .is_in(parents.iter().map(|parent| parent.workspace_id)),
        )
        .filter(column.owner_sid.is_in(parents.iter().map(|parent| parent.sid.clone())))
        .filter(Expr::col(twilio_account::Column::OwnerSid).ne(Expr::col(twilio_account::Column::Sid)))
        .order_by_asc(column.created_at)
        .order_by_asc(column.id)
        .limit(MOST_SUBACCOUNTS * parents.len() as u64)
        .all(&services.db)
        .await?;
    let mut owned: HashMap<AccountId, Vec<twilio_account::Model>> = HashMap::new();
    for row in rows {
        let owns = |parent: &&twilio_account::Model| {
            (parent.workspace_id, &parent.region) == (row.workspace_id, &row.region)
                && row.owner_sid.as_ref() == Some(&parent.sid)
        };
        if let Some(parent) = parents.iter().find(owns) {
            owned.entry(parent.id).or_default().push(row);
        }
    }
    Ok(owned)
}
