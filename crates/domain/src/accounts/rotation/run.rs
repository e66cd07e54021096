//! `rotate-token`: leads a rotation from where it is to its end.

use ::entity::TokenRotationId;
use ::entity::token_rotation::RotationState;
use ::entity::twilio_account::{self, AccountState};
use sea_orm::EntityTrait;
use serde_json::json;

use super::end::{End, undo};
use super::promote::{promote, settle};
use super::secondary::{store, test};
use super::{Step, is_over, read};
use crate::Services;
use crate::jobs::{WorkError, Worked};

/// Takes a rotation's next steps until it is over or has to wait. It may be dropped at any point and begun again: each state says
/// what may have happened at Twilio.
///
/// # Errors
/// When Twilio is silent, or something on our side fails.
pub async fn run(services: &Services, id: TokenRotationId) -> Result<Worked, WorkError> {
    loop {
        let Some(rotation) = read(services, id).await? else {
            return Ok(skipped("the rotation is gone"));
        };
        let account = twilio_account::Entity::find_by_id(rotation.twilio_account_id)
            .one(&services.db)
            .await?;
        let Some(account) = account else {
            return Ok(skipped("the account is gone"));
        };
        if is_over(&rotation.state) {
            tracing::info!(account.id = %account.id, state = %rotation.state, reason = rotation.reason,
                "rotation of the token of account {} ended as {}", account.sid, rotation.state);
            return Ok(Worked::Done(
                json!({ "state": rotation.state, "reason": rotation.reason }),
            ));
        }
        let may_be_promoted = rotation.state == RotationState::Promoting;
        let step = if account.state != AccountState::Connected && !may_be_promoted {
            undo(services, &rotation, End::abandoned("ACCOUNT_DISCONNECTED")).await?
        } else {
            match rotation.state {
                RotationState::Started => store(services, &rotation, &account).await?,
                RotationState::SecondaryStored => test(services, &rotation, &account).await?,
                RotationState::Tested => promote(services, &rotation, &account).await?,
                RotationState::Promoting => settle(services, &rotation, &account).await?,
                _ => return Ok(skipped("its state is of a newer release")),
            }
        };
        if let Step::Wait(time) = step {
            return Ok(Worked::Again(time));
        }
    }
}

fn skipped(why: &str) -> Worked {
    Worked::Done(json!({ "skipped": why }))
}
