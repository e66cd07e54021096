//! The steps before the promotion: the secondary token is made, sealed, and tested.

use std::time::Duration;

use ::entity::token_rotation::{self, RotationState};
use ::entity::twilio_account::{self, TwilioStatus};
use ::entity::twilio_credential::{self, CredentialSlot};
use chrono::TimeDelta;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};
use twilio::{AuthToken, Credentials, Secret, TwilioError};

use super::end::{End, undo};
use super::{Step, move_on, read};
use crate::accounts::{doubt, probe, queries, reach};
use crate::audit::{self, Act};
use crate::jobs::WorkError;
use crate::{Services, secrets, twilio_refusal};

/// How long a new token may take until every part of Twilio knows it.
const KNOWN_WITHIN: TimeDelta = TimeDelta::minutes(5);

/// How soon a new token that is not known yet is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(20);

/// Has Twilio make a secondary token, and seals it before anything else is done with it.
pub(super) async fn store(
    services: &Services,
    rotation: &token_rotation::Model,
    account: &twilio_account::Model,
) -> Result<Step, WorkError> {
    let Some(who) = secrets::token_in(services, account, CredentialSlot::Current).await? else {
        return undo(services, rotation, End::abandoned("NO_CREDENTIALS")).await;
    };
    if rotation.secondary_asked_at.is_some() {
        // The answer was lost, or we were stopped before the token was sealed: nobody holds it.
        match delete_secondary(services, account, &who).await? {
            Ok(()) => {}
            Err(error) => return refused(services, rotation, account, error).await,
        }
    }
    if !note_asked(services, rotation).await? {
        return Ok(Step::Next);
    }
    let act = Act::on_account("twilio.create_secondary_token", account.id);
    let made = services.twilio.create_secondary_token(&who);
    let token = match audit::at_twilio(services, account.workspace_id, act, made).await? {
        Ok(token) => token,
        Err(error) => return refused(services, rotation, account, error).await,
    };
    if !seal(services, rotation, &token).await? && !holds_secondary(services, rotation).await? {
        // It was called off while Twilio was asked. Should this fail, the customer has a token too many, known to nobody.
        delete_secondary(services, account, &who).await??;
    }
    Ok(Step::Next)
}

/// Has Twilio delete an account's secondary token.
pub(in crate::accounts) async fn delete_secondary(
    services: &Services,
    account: &twilio_account::Model,
    who: &Credentials,
) -> Result<Result<(), TwilioError>, DbErr> {
    let act = Act::on_account("twilio.delete_secondary_token", account.id);
    let deleted = services.twilio.delete_secondary_token(who);
    audit::at_twilio(services, account.workspace_id, act, deleted).await
}

async fn note_asked(services: &Services, rotation: &token_rotation::Model) -> Result<bool, WorkError> {
    let mut tx = services.begin().await?;
    let asked = token_rotation::ActiveModel {
        secondary_asked_at: Set(Some(tx.at())),
        ..Default::default()
    };
    let noted = move_on(&mut tx, rotation, asked).await?;
    tx.commit().await?;
    Ok(noted)
}

async fn seal(services: &Services, rotation: &token_rotation::Model, token: &AuthToken) -> Result<bool, WorkError> {
    let key = secrets::workspace_key(services, rotation.workspace_id).await?;
    let mut tx = services.begin().await?;
    let account = queries::lock(&tx, rotation.twilio_account_id).await?;
    let stored = token_rotation::ActiveModel {
        state: Set(RotationState::SecondaryStored),
        stored_at: Set(Some(tx.at())),
        ..Default::default()
    };
    if !move_on(&mut tx, rotation, stored).await? {
        return Ok(false);
    }
    let version = secrets::newest_version(tx.db(), account.id).await? + 1;
    let token = Secret::AuthToken(token.clone());
    let sealed = secrets::seal(services, &key, &account, version, &token, tx.at())?;
    let next = twilio_credential::ActiveModel {
        slot: Set(CredentialSlot::Next),
        ..sealed
    };
    twilio_credential::Entity::insert(next)
        .exec_without_returning(tx.db())
        .await?;
    tx.commit().await?;
    Ok(true)
}

/// Whether another worker has sealed a secondary token of this rotation.
async fn holds_secondary(services: &Services, rotation: &token_rotation::Model) -> Result<bool, WorkError> {
    let next = twilio_credential::Entity::find()
        .filter(
            twilio_credential::COLUMN
                .twilio_account_id
                .eq(rotation.twilio_account_id),
        )
        .filter(twilio_credential::COLUMN.slot.eq(CredentialSlot::Next))
        .one(&services.db)
        .await?;
    let now = read(services, rotation.id).await?;
    Ok(next.is_some() || now.is_some_and(|now| now.state == RotationState::Done))
}

/// Tries the sealed token: it has to reach the account, and each number in use.
pub(super) async fn test(
    services: &Services,
    rotation: &token_rotation::Model,
    account: &twilio_account::Model,
) -> Result<Step, WorkError> {
    let Some(next) = secrets::token_in(services, account, CredentialSlot::Next).await? else {
        return undo(services, rotation, End::failed("SECONDARY_LOST")).await;
    };
    match probe::account(services, &next).await {
        Ok(status @ (TwilioStatus::Suspended | TwilioStatus::Closed)) => {
            return undo(services, rotation, End::failed(inactive(&status))).await;
        }
        Ok(TwilioStatus::Active | TwilioStatus::Undetermined | TwilioStatus::Unknown(_)) => {}
        Err(TwilioError::Unauthorized { code, .. }) => return not_known(services, rotation, code).await,
        Err(error) => return refused(services, rotation, account, error).await,
    }
    match reach::out_of_reach(services, account, &next).await? {
        Ok(missing) if missing.is_empty() => {}
        Ok(_) => return undo(services, rotation, End::failed("NUMBERS_OUT_OF_REACH")).await,
        Err(TwilioError::Unauthorized { code, .. }) => return not_known(services, rotation, code).await,
        Err(error) => return refused(services, rotation, account, error).await,
    }
    let mut tx = services.begin().await?;
    let tested = token_rotation::ActiveModel {
        state: Set(RotationState::Tested),
        tested_at: Set(Some(tx.at())),
        ..Default::default()
    };
    move_on(&mut tx, rotation, tested).await?;
    tx.commit().await?;
    Ok(Step::Next)
}

fn inactive(status: &TwilioStatus) -> &'static str {
    if *status == TwilioStatus::Closed {
        "ACCOUNT_CLOSED"
    } else {
        "ACCOUNT_SUSPENDED"
    }
}

/// Twilio does not know the new token: not yet, or not any more.
async fn not_known(
    services: &Services,
    rotation: &token_rotation::Model,
    code: Option<i32>,
) -> Result<Step, WorkError> {
    let stored_at = rotation.stored_at.unwrap_or(rotation.started_at);
    if services.clock.now() - stored_at < KNOWN_WITHIN {
        return Ok(Step::Wait(TRY_AGAIN));
    }
    undo(services, rotation, End::failed("SECONDARY_REJECTED").with(code)).await
}

/// Twilio refused, or said nothing: a silence is tried again.
async fn refused(
    services: &Services,
    rotation: &token_rotation::Model,
    account: &twilio_account::Model,
    error: TwilioError,
) -> Result<Step, WorkError> {
    if error.is_silence() {
        return Err(error.into());
    }
    if matches!(error, TwilioError::Unauthorized { .. }) {
        doubt(services, account).await?;
    }
    let reason = twilio_refusal::refusal(&error).code.as_str();
    undo(services, rotation, End::failed(reason).with(error.code())).await
}
