//! Pauses an account, and resumes it: checks, alerts and test calls stop; calls go on.

use ::entity::AccountId;
use ::entity::configuration_change::ConfigurationKind;
use ::entity::twilio_account;
use sea_orm::EntityTrait;

use super::connect::changed;
use super::{facts, queries};
use crate::audit::Act;
use crate::configuration::Change;
use crate::jobs::VerifyAccount;
use crate::{Error, Permission, Request, Services, health, idempotency};

/// Stops the account's checks, alerts and test calls. Its numbers are still read, and calls go on. Pausing twice changes nothing.
///
/// # Errors
/// Refused when there is no such account, or it is disconnected.
pub async fn pause(services: &Services, request: &Request, id: AccountId) -> Result<twilio_account::Model, Error> {
    set_paused(services, request, id, true).await
}

/// Takes the account's checks, alerts and test calls up again, with a check at once.
///
/// # Errors
/// Refused when there is no such account, or it is disconnected.
pub async fn resume(services: &Services, request: &Request, id: AccountId) -> Result<twilio_account::Model, Error> {
    set_paused(services, request, id, false).await
}

async fn set_paused(
    services: &Services,
    request: &Request,
    id: AccountId,
    paused: bool,
) -> Result<twilio_account::Model, Error> {
    request.actor.require(Permission::PauseAccounts)?;
    let account = queries::named(services, &request.actor, id).await?;
    let workspace = account.workspace_id;
    idempotency::check(services, request, workspace).await?;
    let mut tx = services.begin().await?;
    let before = queries::lock(&tx, id).await?;
    queries::require_connected(&before)?;
    if before.paused_at.is_some() == paused {
        return Ok(before);
    }
    let mut facts = twilio_account::Model {
        paused_at: paused.then_some(tx.at()),
        updated_at: tx.at(),
        ..before.clone()
    };
    if !paused {
        facts.rights_due_at = None;
        tx.enqueue(&before, &VerifyAccount { account: id }).await?;
    }
    let mut row = facts::difference(&before, &facts);
    health::evaluate(services, &mut tx, &mut row, &before, facts).await?;
    let after = twilio_account::Entity::update(row).exec(tx.db()).await?;
    tx.record(workspace, changed(&after)).await?;
    let (action, kind) = if paused {
        ("twilio_account.pause", ConfigurationKind::AccountPaused)
    } else {
        ("twilio_account.resume", ConfigurationKind::AccountResumed)
    };
    tx.note(Change::of_account(kind, &after)).await?;
    tx.audit(request, workspace, Act::on_account(action, id)).await?;
    tx.once(request, workspace, id.0).await?;
    tx.commit().await?;
    Ok(after)
}
