//! A rotation that does not come to its goal.

use std::time::Duration;

use ::entity::AccountId;
use ::entity::token_rotation::{self, RotationState};
use ::entity::twilio_account;
use ::entity::twilio_credential::{self, CredentialSlot};
use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};
use twilio::{AuthToken, TwilioError};

use super::secondary::delete_secondary;
use super::{Step, move_on};
use crate::accounts::{disconnect, queries};
use crate::jobs::WorkError;
use crate::{Error, Refusal, RefusalCode, Services, Transaction, secrets};

/// How long a request to promote may be under way: so long no token is entered, which it could make invalid, and none is thrown away,
/// which it could make the only good one.
pub(super) const ARRIVES_WITHIN: Duration = Duration::from_mins(2);

/// How much longer Twilio may carry out a request to promote; none when nothing can be under way.
pub(super) fn may_arrive_for(rotation: &token_rotation::Model, now: DateTime<Utc>) -> Option<Duration> {
    let since_asked = (now - rotation.promoting_at?).to_std().unwrap_or_default();
    ARRIVES_WITHIN.checked_sub(since_asked).filter(|left| !left.is_zero())
}

/// How a rotation ends without a new token.
pub(super) struct End {
    state: RotationState,
    reason: &'static str,
    twilio_code: Option<i32>,
}

impl End {
    /// Something went wrong.
    pub(super) fn failed(reason: &'static str) -> Self {
        Self {
            state: RotationState::Failed,
            reason,
            twilio_code: None,
        }
    }

    /// It is not wanted any more.
    pub(super) fn abandoned(reason: &'static str) -> Self {
        Self {
            state: RotationState::Abandoned,
            ..Self::failed(reason)
        }
    }

    /// The same, with Twilio's code behind it.
    pub(super) fn with(self, twilio_code: Option<i32>) -> Self {
        Self { twilio_code, ..self }
    }
}

/// Deletes the secondary token at Twilio, then ends the rotation. Where Twilio refuses that, it ends all the same: a token that
/// nobody holds is left there then. Unless it refuses the old token after a promotion was asked for: the new one may be the only good
/// one then, and which of the two it is has to be settled first.
pub(super) async fn undo(services: &Services, rotation: &token_rotation::Model, how: End) -> Result<Step, WorkError> {
    let account = queries::find_row(services, rotation.twilio_account_id).await?;
    let who = secrets::token_in(services, &account, CredentialSlot::Current).await?;
    if let (Some(who), true) = (who, rotation.secondary_asked_at.is_some()) {
        match delete_secondary(services, &account, &who).await? {
            Ok(()) => {}
            Err(silence) if silence.is_silence() => return Err(silence.into()),
            Err(TwilioError::Unauthorized { .. }) if rotation.state == RotationState::Promoting => {
                return Ok(Step::Wait(ARRIVES_WITHIN));
            }
            Err(error) => {
                tracing::warn!(account.id = %account.id, error = &error as &dyn std::error::Error,
                    "could not delete the secondary token of account {}", account.sid);
            }
        }
    }
    end(services, rotation, how).await
}

/// Ends the rotation here; Twilio is not asked.
pub(super) async fn end(services: &Services, rotation: &token_rotation::Model, how: End) -> Result<Step, WorkError> {
    let mut tx = services.begin().await?;
    queries::lock(&tx, rotation.twilio_account_id).await?;
    if close(&mut tx, rotation, how).await? {
        disconnect::forget_credentials_when_returned(&tx, rotation.twilio_account_id).await?;
        tx.commit().await?;
    }
    Ok(Step::Next)
}

async fn close(tx: &mut Transaction<'_>, rotation: &token_rotation::Model, how: End) -> Result<bool, DbErr> {
    let ended = token_rotation::ActiveModel {
        state: Set(how.state),
        reason: Set(Some(how.reason.to_owned())),
        twilio_code: Set(how.twilio_code),
        finished_at: Set(Some(tx.at())),
        ..Default::default()
    };
    if !move_on(tx, rotation, ended).await? {
        return Ok(false);
    }
    forget_next(tx, rotation.twilio_account_id).await?;
    Ok(true)
}

async fn forget_next(tx: &Transaction<'_>, account: AccountId) -> Result<(), DbErr> {
    twilio_credential::Entity::delete_many()
        .filter(twilio_credential::COLUMN.twilio_account_id.eq(account))
        .filter(twilio_credential::COLUMN.slot.eq(CredentialSlot::Next))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Calls off the rotation of an account that is connected once more: the tokens of before are deleted.
///
/// # Errors
/// When the database fails.
pub(in crate::accounts) async fn start_afresh(tx: &mut Transaction<'_>, account: AccountId) -> Result<(), DbErr> {
    if let Some(open) = token_rotation::Entity::open_of(account).one(tx.db()).await? {
        close(tx, &open, End::abandoned("TOKEN_REPLACED")).await?;
    }
    Ok(())
}

/// Calls off an account's rotation because another token was entered, which works. The caller holds the account's lock. Answers
/// whether a secondary token that nobody holds may be left at Twilio.
///
/// # Errors
/// Refused while a request to promote may be under way.
pub(in crate::accounts) async fn replaced(
    services: &Services,
    tx: &mut Transaction<'_>,
    account: &twilio_account::Model,
    token: &AuthToken,
) -> Result<bool, Error> {
    let Some(open) = token_rotation::Entity::open_of(account.id).one(tx.db()).await? else {
        return Ok(false);
    };
    let promoting = open.state == RotationState::Promoting;
    if promoting && may_arrive_for(&open, tx.at()).is_some() {
        let message = "Callab is changing the account's token at this moment. Try again in two minutes.";
        return Err(Refusal::new(RefusalCode::RotationUnderWay, message)
            .on("authToken")
            .into());
    }
    let next = twilio_credential::Entity::find()
        .filter(twilio_credential::COLUMN.twilio_account_id.eq(account.id))
        .filter(twilio_credential::COLUMN.slot.eq(CredentialSlot::Next))
        .one(tx.db())
        .await?;
    let entered_ours = match &next {
        Some(next) => secrets::is(tx.db(), services, next, token).await,
        None => false,
    };
    close(tx, &open, End::abandoned("TOKEN_REPLACED")).await?;
    Ok(open.secondary_asked_at.is_some() && !promoting && !entered_ours)
}
