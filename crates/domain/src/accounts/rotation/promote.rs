//! The promotion, and how it is settled which of two tokens is valid.

use ::entity::configuration_change::ConfigurationKind;
use ::entity::token_rotation::{self, RotationState};
use ::entity::twilio_account;
use ::entity::twilio_credential::{self, CredentialKind, CredentialSlot};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};
use twilio::{AuthToken, Credentials, TwilioError};

use super::end::{ARRIVES_WITHIN, End, end, may_arrive_for, undo};
use super::{Step, move_on};
use crate::accounts::{disconnect, doubt, queries, swap};
use crate::audit::{self, Act};
use crate::configuration::Change;
use crate::jobs::{VerifyAccount, WorkError};
use crate::{Services, Transaction, secrets, twilio_refusal};

/// Which of the two tokens Twilio accepts.
enum Accepted {
    New,
    Both,
    Old,
    Neither,
}

/// Asks Twilio to make the tested token the primary one. That it is about to be asked is written first.
pub(super) async fn promote(
    services: &Services,
    rotation: &token_rotation::Model,
    account: &twilio_account::Model,
) -> Result<Step, WorkError> {
    let Some(next) = secrets::token_in(services, account, CredentialSlot::Next).await? else {
        return undo(services, rotation, End::failed("SECONDARY_LOST")).await;
    };
    let mut tx = services.begin().await?;
    let promoting = token_rotation::ActiveModel {
        state: Set(RotationState::Promoting),
        promoting_at: Set(Some(tx.at())),
        ..Default::default()
    };
    if !move_on(&mut tx, rotation, promoting).await? {
        return Ok(Step::Next);
    }
    tx.commit().await?;
    let promoting = token_rotation::Model {
        state: RotationState::Promoting,
        ..rotation.clone()
    };
    match ask_to_promote(services, account, &next).await? {
        Ok(_) => take_over(services, &promoting).await,
        Err(_) => Ok(Step::Next), // Whatever the answer was, both tokens are asked.
    }
}

async fn ask_to_promote(
    services: &Services,
    account: &twilio_account::Model,
    next: &Credentials,
) -> Result<Result<AuthToken, TwilioError>, DbErr> {
    let act = Act::on_account("twilio.promote_secondary_token", account.id);
    let promoted = services.twilio.promote_secondary_token(next);
    audit::at_twilio(services, account.workspace_id, act, promoted).await
}

/// Finds out whether the promotion took place, and asks for it again if it did not.
pub(super) async fn settle(
    services: &Services,
    rotation: &token_rotation::Model,
    account: &twilio_account::Model,
) -> Result<Step, WorkError> {
    let next = secrets::token_in(services, account, CredentialSlot::Next).await?;
    let current = secrets::token_in(services, account, CredentialSlot::Current).await?;
    let (Some(next), Some(current)) = (next, current) else {
        return end(services, rotation, End::abandoned("NO_CREDENTIALS")).await;
    };
    match accepted(services, &next, &current).await? {
        Some(Accepted::New) => take_over(services, rotation).await,
        Some(Accepted::Both) => promote_again(services, rotation, account, (&next, &current)).await,
        // One refusal of the new token settles nothing while it may be about to become the primary one.
        Some(Accepted::Old) => match may_arrive_for(rotation, services.clock.now()) {
            Some(left) => Ok(Step::Wait(left)),
            // Someone deleted the secondary token, or made another: that one is not ours to delete.
            None => end(services, rotation, End::failed("SECONDARY_LOST")).await,
        },
        // The account may be suspended, and the new token the only good one: both are kept until one is accepted, or another is
        // entered.
        Some(Accepted::Neither) => {
            doubt(services, account).await?;
            Ok(Step::Wait(services.limits.check_every))
        }
        None => Ok(Step::Wait(services.limits.check_every)),
    }
}

/// Asks for the promotion once more while both tokens are accepted.
///
/// A refusal ends the rotation only if no earlier request can be under way: Twilio may carry that out at any moment, refuses this one
/// because of it, and the new token is the only good one then.
async fn promote_again(
    services: &Services,
    rotation: &token_rotation::Model,
    account: &twilio_account::Model,
    (next, current): (&Credentials, &Credentials),
) -> Result<Step, WorkError> {
    let is_alone = may_arrive_for(rotation, services.clock.now()).is_none();
    if !note_asked_again(services, rotation).await? {
        return Ok(Step::Next);
    }
    let error = match ask_to_promote(services, account, next).await? {
        Ok(_) => return take_over(services, rotation).await,
        Err(silence) if silence.is_silence() => return Err(silence.into()),
        Err(error) => error,
    };
    match accepted(services, next, current).await? {
        Some(Accepted::New) => take_over(services, rotation).await,
        Some(Accepted::Both) if is_alone => {
            let reason = twilio_refusal::refusal(&error).code.as_str();
            undo(services, rotation, End::failed(reason).with(error.code())).await
        }
        // It is settled once nothing is under way any more.
        _ => Ok(Step::Wait(ARRIVES_WITHIN)),
    }
}

/// Writes that Twilio is about to be asked to promote once more, unless another worker has led the rotation on.
async fn note_asked_again(services: &Services, rotation: &token_rotation::Model) -> Result<bool, WorkError> {
    let mut tx = services.begin().await?;
    let asked = token_rotation::ActiveModel {
        promoting_at: Set(Some(tx.at())),
        ..Default::default()
    };
    let noted = move_on(&mut tx, rotation, asked).await?;
    tx.commit().await?;
    Ok(noted)
}

/// Asks with the new token, then with the old one. None when Twilio says something else than yes or no.
async fn accepted(
    services: &Services,
    next: &Credentials,
    current: &Credentials,
) -> Result<Option<Accepted>, WorkError> {
    let (Some(new), Some(old)) = (
        is_accepted(services, next).await?,
        is_accepted(services, current).await?,
    ) else {
        return Ok(None);
    };
    Ok(Some(match (new, old) {
        (true, false) => Accepted::New,
        (true, true) => Accepted::Both,
        (false, true) => Accepted::Old,
        (false, false) => Accepted::Neither,
    }))
}

async fn is_accepted(services: &Services, who: &Credentials) -> Result<Option<bool>, WorkError> {
    match services.twilio.fetch_account(who).await {
        Ok(_) => Ok(Some(true)),
        Err(TwilioError::Unauthorized { .. }) => Ok(Some(false)),
        Err(silence) if silence.is_silence() => Err(silence.into()),
        Err(_) => Ok(None),
    }
}

/// The promoted token becomes the current one, and the one before verifies webhooks for a time.
async fn take_over(services: &Services, rotation: &token_rotation::Model) -> Result<Step, WorkError> {
    let mut tx = services.begin().await?;
    let account = queries::lock(&tx, rotation.twilio_account_id).await?;
    let done = token_rotation::ActiveModel {
        state: Set(RotationState::Done),
        finished_at: Set(Some(tx.at())),
        ..Default::default()
    };
    if !move_on(&mut tx, rotation, done).await? {
        return Ok(Step::Next);
    }
    take_up_next(services, &tx, &account).await?;
    let renewed = twilio_account::ActiveModel {
        id: Unchanged(account.id),
        token_set_at: Set(Some(tx.at())),
        rotation_reminded_at: Set(None),
        updated_at: Set(tx.at()),
        ..Default::default()
    };
    twilio_account::Entity::update(renewed).exec(tx.db()).await?;
    tx.note(Change::of_account(ConfigurationKind::TokenRotated, &account))
        .await?;
    // Work that asked with the old token meanwhile may have come to doubt it.
    tx.enqueue(&account, &VerifyAccount { account: account.id }).await?;
    disconnect::forget_credentials_when_returned(&tx, account.id).await?;
    tx.commit().await?;
    Ok(Step::Next)
}

async fn take_up_next(services: &Services, tx: &Transaction<'_>, account: &twilio_account::Model) -> Result<(), DbErr> {
    swap::current_becomes_previous(services, tx, account).await?;
    let column = twilio_credential::COLUMN;
    twilio_credential::Entity::update_many()
        .col_expr(twilio_credential::Column::Slot, Expr::value(CredentialSlot::Current))
        .filter(column.twilio_account_id.eq(account.id))
        .filter(column.kind.eq(CredentialKind::AuthToken))
        .filter(column.slot.eq(CredentialSlot::Next))
        .exec(tx.db())
        .await?;
    Ok(())
}
