//! Disconnects an account. It always works, with dead credentials too.

use ::entity::configuration_change::ConfigurationKind;
use ::entity::phone_number::{self, AtTwilio, RoutingState};
use ::entity::twilio_account::{self, AccountState};
use ::entity::{AccountId, twilio_credential};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};
use serde_json::json;

use super::connect::changed;
use super::{facts, queries, rotation};
use crate::audit::Act;
use crate::configuration::Change;
use crate::{Error, Permission, Request, Services, Transaction, billing, health, idempotency, numbers};

/// Stops using the account: every number is removed and its routing given back in the background.
///
/// The row stays as a tombstone. The sealed token is deleted as soon as no routing is left to give back, and no trigger to delete.
///
/// # Errors
/// Refused when there is no such account, or it is disconnected already.
pub async fn disconnect(services: &Services, request: &Request, id: AccountId) -> Result<twilio_account::Model, Error> {
    request.actor.require(Permission::ManageAccounts)?;
    let account = queries::named(services, &request.actor, id).await?;
    let workspace = account.workspace_id;
    idempotency::check(services, request, workspace).await?;
    let mut tx = services.begin().await?;
    let account = queries::lock(&tx, id).await?;
    queries::require_connected(&account)?;
    let at = tx.at();
    let facts = twilio_account::Model {
        state: AccountState::Disconnected,
        disconnected_at: Some(at),
        updated_at: at,
        ..account.clone()
    };
    let mut row = facts::difference(&account, &facts);
    health::evaluate(services, &mut tx, &mut row, &account, facts).await?;
    let after = twilio_account::Entity::update(row).exec(tx.db()).await?;
    let in_use = numbers::take_all_out_of_use(&mut tx, id).await?;
    billing::let_go(&mut tx, &after).await?;
    forget_credentials_when_returned(&tx, id).await?;
    tx.note(Change::of_account(ConfigurationKind::AccountDisconnected, &after))
        .await?;
    tx.record(workspace, changed(&after)).await?;
    let act = Act::on_account("twilio_account.disconnect", id);
    tx.audit(request, workspace, act.with(json!({ "numbers": in_use })))
        .await?;
    tx.once(request, workspace, id.0).await?;
    tx.commit().await?;
    Ok(after)
}

/// Deletes a disconnected account's sealed tokens once no routing is left to give back with them, no trigger to delete, and no rotation
/// to end.
///
/// # Errors
/// When the database fails.
pub async fn forget_credentials_when_returned(tx: &Transaction<'_>, account: AccountId) -> Result<(), DbErr> {
    let row = twilio_account::Entity::find_by_id(account).one(tx.db()).await?;
    if row.is_none_or(|row| row.state != AccountState::Disconnected) {
        return Ok(());
    }
    let still_needed = phone_number::Entity::of_account(account)
        .filter(
            phone_number::COLUMN
                .routing
                .is_in([RoutingState::ReturnPending, RoutingState::ReturnBlocked]),
        )
        .filter(phone_number::COLUMN.at_twilio.ne(AtTwilio::Gone))
        .one(tx.db())
        .await?;
    let ended = still_needed.is_none() && !billing::any_trigger_left(tx, account).await?;
    // A secondary token is to be deleted at Twilio, or it is not known yet which token is valid.
    if ended && !rotation::is_open(tx.db(), account).await? {
        twilio_credential::Entity::delete_many()
            .filter(twilio_credential::COLUMN.twilio_account_id.eq(account))
            .exec(tx.db())
            .await?;
    }
    Ok(())
}
