//! Disconnects an account. It always works, with dead credentials too.

use ::entity::phone_number::{self, NumberState, RoutingState};
use ::entity::twilio_account::{self, AccountState};
use ::entity::{AccountId, twilio_credential};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

use super::connect::changed;
use super::update::assessed;
use super::{health, queries};
use crate::audit::Act;
use crate::{Error, Permission, Request, Services, Transaction, idempotency, numbers};

/// Stops using the account: every number is removed and its routing given back in the background.
///
/// The row stays as a tombstone. The sealed token is deleted as soon as no routing is left to give back.
///
/// # Errors
/// Refused when there is no such account, or it is disconnected already.
pub async fn disconnect(services: &Services, request: &Request, id: AccountId) -> Result<twilio_account::Model, Error> {
    request.actor.require(Permission::ManageAccounts)?;
    let account = queries::get_usable(services, &request.actor, id).await?;
    let workspace = account.workspace_id;
    idempotency::check(services, request, workspace).await?;
    let mut tx = services.begin().await?;
    let at = tx.at();
    let after = twilio_account::Model {
        state: AccountState::Disconnected,
        ..account.clone()
    };
    let mut row = twilio_account::ActiveModel {
        id: Unchanged(id),
        state: Set(AccountState::Disconnected),
        disconnected_at: Set(Some(at)),
        updated_at: Set(at),
        ..Default::default()
    };
    assessed(
        &mut row,
        &account,
        &health::assess(&after, &services.limits, at),
        None,
        at,
    );
    let after = twilio_account::Entity::update(row).exec(tx.db()).await?;
    let in_use = phone_number::Entity::of_account(id)
        .filter(phone_number::COLUMN.state.eq(NumberState::Added))
        .all(tx.db())
        .await?;
    for number in &in_use {
        numbers::take_out_of_use(&mut tx, number).await?;
    }
    forget_credentials_when_returned(&tx, id).await?;
    tx.record(workspace, changed(&after)).await?;
    let act = Act::on("twilio_account.disconnect", "twilio_account", id);
    tx.audit(request, workspace, act.with(json!({ "numbers": in_use.len() })))
        .await?;
    tx.once(request, workspace, id.0).await?;
    tx.commit().await?;
    Ok(after)
}

/// Deletes a disconnected account's sealed tokens once no routing is left to give back with them.
///
/// # Errors
/// When the database fails.
pub async fn forget_credentials_when_returned(tx: &Transaction<'_>, account: AccountId) -> Result<(), DbErr> {
    let still_needed = phone_number::Entity::of_account(account)
        .filter(
            phone_number::COLUMN
                .routing
                .is_in([RoutingState::ReturnPending, RoutingState::ReturnBlocked]),
        )
        .count(tx.db())
        .await?;
    let row = twilio_account::Entity::find_by_id(account).one(tx.db()).await?;
    if still_needed == 0 && row.is_some_and(|row| row.state == AccountState::Disconnected) {
        twilio_credential::Entity::delete_many()
            .filter(twilio_credential::COLUMN.twilio_account_id.eq(account))
            .exec(tx.db())
            .await?;
    }
    Ok(())
}
