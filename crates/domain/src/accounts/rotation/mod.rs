//! Changes an account's Auth Token: a secondary token is made, sealed, tested, and promoted.
//!
//! Promotion cannot be undone, and Twilio shows a token once. So each step is in the database before the next one reaches Twilio:
//! a token is never promoted that was not sealed here and seen to work, and what became of an answer that was lost is settled by
//! asking with both tokens. Until the promotion, everything can be undone by deleting the secondary token.

mod end;
mod notice;
mod policy;
mod promote;
mod queries;
mod run;
mod secondary;
mod start;

pub use policy::{RotationPlan, apply_policies, set_policy};
pub use queries::newest_of;
pub use run::run;
pub use start::{ROTATED_ELSEWHERE, start};

pub(super) use end::{replaced, start_afresh};
pub(super) use queries::is_open;
pub(super) use secondary::delete_secondary;

use ::entity::token_rotation::{self, RotationState};
use ::entity::twilio_account;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};
use serde_json::json;

use crate::events::{Event, kind};
use crate::jobs::WorkError;
use crate::{Services, Transaction};

/// What a step came to.
enum Step {
    /// The rotation moved on, or another moved it: look at it afresh.
    Next,
    /// There is more to see after this long.
    Wait(std::time::Duration),
}

/// Writes a rotation's next state, unless it has left the one that was read. Answers whether it was written. The way is one-way:
/// whoever reads an old state cannot lead it back.
async fn move_on(
    tx: &mut Transaction<'_>,
    rotation: &token_rotation::Model,
    change: token_rotation::ActiveModel,
) -> Result<bool, DbErr> {
    let moved = token_rotation::Entity::update_many()
        .set(change)
        .filter(token_rotation::COLUMN.id.eq(rotation.id))
        .filter(token_rotation::COLUMN.state.eq(rotation.state.clone()))
        .exec(tx.db())
        .await?;
    if moved.rows_affected == 0 {
        return Ok(false);
    }
    let now = token_rotation::Entity::find_by_id(rotation.id).one(tx.db()).await?;
    if let Some(now) = now.filter(|now| now.state != rotation.state) {
        tx.record(now.workspace_id, changed(&now)).await?;
        if is_over(&now.state) {
            notify(tx, &now).await?;
        }
    }
    Ok(true)
}

async fn notify(tx: &mut Transaction<'_>, over: &token_rotation::Model) -> Result<(), DbErr> {
    let account = twilio_account::Entity::find_by_id(over.twilio_account_id)
        .one(tx.db())
        .await?;
    if let Some(notice) = account.and_then(|account| notice::over(&account, over)) {
        tx.notify(over.workspace_id, notice).await?;
    }
    Ok(())
}

/// The event of a rotation's change.
fn changed(rotation: &token_rotation::Model) -> Event {
    let data = json!({ "state": rotation.state, "reason": rotation.reason });
    Event {
        kind: kind::TOKEN_ROTATION,
        subject: rotation.twilio_account_id.0,
        data,
    }
}

/// The rotation as it stands now.
async fn read(services: &Services, id: ::entity::TokenRotationId) -> Result<Option<token_rotation::Model>, WorkError> {
    Ok(token_rotation::Entity::find_by_id(id).one(&services.db).await?)
}

fn is_over(state: &RotationState) -> bool {
    RotationState::OVER.contains(state)
}
