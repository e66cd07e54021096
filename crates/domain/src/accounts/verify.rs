//! `verify-account`: can these credentials do what Callab needs?

use ::entity::AccountId;
use ::entity::twilio_account::{self, AccountState, CredentialState, Health, TwilioStatus};
use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{DbErr, EntityTrait};
use serde_json::json;
use twilio::TwilioError;

use super::connect::changed;
use super::probe::Probed;
use super::update::{accepted, assessed};
use super::{health, probe, queries};
use crate::audit::Act;
use crate::jobs::{VerifyAccount, WorkError, Worked};
use crate::{Error, Permission, Request, Services, idempotency, numbers, secrets};

/// Twilio's code for an account that is suspended or closed; the others say that it has no funds or is not signed up fully.
const SUSPENDED_OR_CLOSED: i32 = 20403;

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
    let account = queries::named(services, &request.actor, id).await?;
    idempotency::check(services, request, account.workspace_id).await?;
    queries::require_connected(&account)?;
    let mut tx = services.begin().await?;
    tx.enqueue(&account, &VerifyAccount { account: id }).await?;
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

/// Has an account checked because Twilio rejected its credentials elsewhere.
///
/// # Errors
/// When the database fails.
pub(crate) async fn doubt(services: &Services, account: &twilio_account::Model) -> Result<(), DbErr> {
    let mut tx = services.begin().await?;
    tx.enqueue(account, &VerifyAccount { account: account.id }).await?;
    tx.commit().await
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
    let asked_with = secrets::current_version(&services.db, id).await?;
    let Some(who) = secrets::credentials(services, &account).await? else {
        return Ok(skipped("the account has no credentials"));
    };
    let answer = probe::read(services, &who).await;

    let mut tx = services.begin().await?;
    let before = queries::lock(&tx, id).await?;
    if before.state != AccountState::Connected || secrets::current_version(tx.db(), id).await? != asked_with {
        return Ok(skipped("the account changed while Twilio was asked")); // The answer is about another token.
    }
    let verdict = judge(services, &before, &answer, tx.at());
    if verdict.confirm {
        tx.enqueue_after(&before, &VerifyAccount { account: id }, services.limits.confirm_after)
            .await?;
    }
    if let Ok(probed) = &answer {
        let once_more =
            before.credential_state != CredentialState::Accepted || before.twilio_status != TwilioStatus::Active;
        numbers::retry_routing(&mut tx, &before, once_more).await?;
        tracing::debug!(account.id = %id, ?probed.status, "Twilio accepts the credentials of account {}", before.sid);
    }
    let after = twilio_account::Entity::update(verdict.row).exec(tx.db()).await?;
    if (&after.health, &after.health_reason) != (&before.health, &before.health_reason) {
        tx.record(after.workspace_id, changed(&after)).await?;
    }
    tx.commit().await?;
    match answer {
        Err(silence) if silence.is_silence() => Err(silence.into()),
        _ => {
            tracing::info!(account.id = %id, "checked account {}: {}", after.sid, verdict.said);
            Ok(Worked::Done(json!({ "said": verdict.said, "health": after.health })))
        }
    }
}

/// What an answer of Twilio's changes on the account's row.
struct Judged {
    row: twilio_account::ActiveModel,
    said: &'static str,
    /// Whether to ask once more before anything is concluded.
    confirm: bool,
}

fn judge(
    services: &Services,
    before: &twilio_account::Model,
    answer: &Result<Probed, TwilioError>,
    at: DateTime<Utc>,
) -> Judged {
    let mut row = twilio_account::ActiveModel {
        id: Unchanged(before.id),
        updated_at: Set(at),
        checked_at: Set(Some(at)),
        ..Default::default()
    };
    let mut judged = |after: twilio_account::Model, code| {
        assessed(
            &mut row,
            before,
            &health::assess(&after, &services.limits, at),
            code,
            at,
        );
    };
    let mut confirm = false;
    let said = match answer {
        Ok(probed) => {
            accepted(&mut row, services, before, probed, at);
            "accepted"
        }
        Err(error @ (TwilioError::Unauthorized { .. } | TwilioError::TestCredentials { .. })) => {
            let again = before.credential_state != CredentialState::Accepted;
            let state = if again {
                CredentialState::Rejected
            } else {
                CredentialState::RejectedOnce
            };
            judged(
                twilio_account::Model {
                    credential_state: state.clone(),
                    ..before.clone()
                },
                error.code(),
            );
            row.credential_state = Set(state);
            confirm = !again;
            if again { "rejected" } else { "rejected once, confirming" }
        }
        Err(
            error @ TwilioError::AccountNotActive {
                code: SUSPENDED_OR_CLOSED,
                ..
            },
        ) => {
            judged(
                twilio_account::Model {
                    twilio_status: TwilioStatus::Suspended,
                    ..before.clone()
                },
                error.code(),
            );
            row.twilio_status = Set(TwilioStatus::Suspended);
            "suspended"
        }
        Err(silence) if silence.is_silence() => {
            // It changes nothing by itself; but what was known may have grown too old to judge by.
            let now = health::assess(before, &services.limits, at);
            if now.health == Health::Undetermined {
                assessed(&mut row, before, &now, None, at);
            }
            "no answer"
        }
        Err(refusal) => {
            let reason = match refusal {
                TwilioError::AccountNotActive { .. } => "ACCOUNT_NOT_ACTIVE",
                TwilioError::Forbidden { .. } => "INSUFFICIENT_RIGHTS",
                _ => "REFUSED_BY_TWILIO",
            };
            let failing = health::Assessment {
                health: Health::Failing,
                reason: Some(reason),
            };
            assessed(&mut row, before, &failing, refusal.code(), at);
            "refused"
        }
    };
    Judged { row, said, confirm }
}

fn skipped(why: &str) -> Worked {
    Worked::Done(json!({ "skipped": why }))
}
