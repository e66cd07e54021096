//! `verify-account`: can these credentials do what Callab needs?

use ::entity::AccountId;
use ::entity::twilio_account::{self, AccountState, CredentialState, TwilioStatus};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::EntityTrait;
use serde_json::json;
use twilio::TwilioError;

use super::connect::changed;
use super::update::{accepted, assessed};
use super::{health, probe, queries};
use crate::audit::Act;
use crate::jobs::{VerifyAccount, WorkError, Worked};
use crate::{Error, Permission, Request, Services, idempotency, numbers, secrets};

/// Has the account checked now.
///
/// # Errors
/// Refused when there is no such account, or it is disconnected.
pub async fn request_check(
    services: &Services,
    request: &Request,
    id: AccountId,
) -> Result<twilio_account::Model, Error> {
    request.actor.require(Permission::CheckAccounts)?;
    let account = queries::get_usable(services, &request.actor, id).await?;
    idempotency::check(services, request, account.workspace_id).await?;
    let mut tx = services.begin().await?;
    tx.enqueue(account.workspace_id, &VerifyAccount { account: id }).await?;
    tx.audit(
        request,
        account.workspace_id,
        Act::on("twilio_account.verify", "twilio_account", id),
    )
    .await?;
    tx.once(request, account.workspace_id, id.0).await?;
    tx.commit().await?;
    Ok(account)
}

/// Checks the account and writes what Twilio said.
///
/// A rejection is confirmed by a second one before the credentials count as rejected; a silence changes nothing.
///
/// # Errors
/// When Twilio is silent, or something on our side fails.
pub async fn verify(services: &Services, id: AccountId) -> Result<Worked, WorkError> {
    let Some(account) = twilio_account::Entity::find_by_id(id).one(&services.db).await? else {
        return Ok(skipped("the account is gone"));
    };
    if account.state != AccountState::Connected {
        return Ok(skipped("the account is disconnected"));
    }
    let Some(who) = secrets::credentials(services, &account).await? else {
        return Ok(skipped("the account has no credentials"));
    };
    let answer = probe::read(services, &who).await;
    let mut tx = services.begin().await?;
    // Twilio took its time: the row may have changed meanwhile.
    let Some(before) = twilio_account::Entity::find_by_id(id).one(tx.db()).await? else {
        return Ok(skipped("the account is gone"));
    };
    let at = tx.at();
    let mut row = twilio_account::ActiveModel {
        id: Unchanged(id),
        updated_at: Set(at),
        checked_at: Set(Some(at)),
        ..Default::default()
    };
    let said = match answer {
        Ok(probed) => {
            accepted(&mut row, services, &before, &probed, &tx);
            let once_more =
                before.credential_state != CredentialState::Accepted || before.twilio_status != TwilioStatus::Active;
            numbers::retry_routing(&mut tx, &before, once_more).await?;
            "accepted"
        }
        Err(error @ (TwilioError::Unauthorized { .. } | TwilioError::TestCredentials { .. })) => {
            let again = before.credential_state != CredentialState::Accepted;
            let state = if again {
                CredentialState::Rejected
            } else {
                CredentialState::RejectedOnce
            };
            let after = twilio_account::Model {
                credential_state: state.clone(),
                ..before.clone()
            };
            assessed(
                &mut row,
                &before,
                &health::assess(&after, &services.limits, at),
                error.code(),
                at,
            );
            row.credential_state = Set(state);
            if !again {
                let confirm = services.limits.confirm_after;
                tx.enqueue_after(before.workspace_id, &VerifyAccount { account: id }, confirm)
                    .await?;
            }
            if again { "rejected" } else { "rejected once, confirming" }
        }
        Err(error @ TwilioError::AccountNotActive { .. }) => {
            let after = twilio_account::Model {
                twilio_status: TwilioStatus::Suspended,
                ..before.clone()
            };
            assessed(
                &mut row,
                &before,
                &health::assess(&after, &services.limits, at),
                error.code(),
                at,
            );
            row.twilio_status = Set(TwilioStatus::Suspended);
            "not active"
        }
        Err(silence) => {
            assessed(
                &mut row,
                &before,
                &health::assess(&before, &services.limits, at),
                silence.code(),
                at,
            );
            let after = twilio_account::Entity::update(row).exec(tx.db()).await?;
            if after.health != before.health {
                tx.record(after.workspace_id, changed(&after)).await?;
            }
            tx.commit().await?;
            return Err(silence.into());
        }
    };
    let after = twilio_account::Entity::update(row).exec(tx.db()).await?;
    if (&after.health, &after.health_reason) != (&before.health, &before.health_reason) {
        tx.record(after.workspace_id, changed(&after)).await?;
    }
    tx.commit().await?;
    tracing::info!(account.id = %id, said, "Twilio says of account {}: {said}", after.sid);
    Ok(Worked::Done(json!({ "said": said, "health": after.health })))
}

fn skipped(why: &str) -> Worked {
    Worked::Done(json!({ "skipped": why }))
}
