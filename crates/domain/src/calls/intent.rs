//! A call intent's way from state to state. Each step is one conditional statement: whoever comes second finds it taken.

use ::entity::call_intent::{self, Column, IntentOutcome, IntentPurpose, IntentState};
use ::entity::{CallIntentId, test_call};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};
use twilio::{Call, CallSid, Credentials, EndCall, TwilioError};

use super::foreign_text::masked;
use super::{intent_event, test_event};
use crate::audit::{self, Act};
use crate::checklist::of_twilio_code;
use crate::jobs::WorkError;
use crate::{Services, Transaction};

/// Twilio's code for ending a call that is over.
const NOT_IN_PROGRESS: i32 = 21220;

/// Moves an intent from one state to the next. `false` when it was not in the first: someone else moved it.
pub(super) async fn advance(
    services: &Services,
    intent: &call_intent::Model,
    from: IntentState,
    to: IntentState,
    sent_at: Option<chrono::DateTime<chrono::Utc>>,
) -> Result<bool, DbErr> {
    let tx = services.begin().await?;
    let moved = call_intent::Entity::update_many()
        .col_expr(Column::State, Expr::value(to))
        .col_expr(Column::SentAt, Expr::value(sent_at))
        .filter(call_intent::COLUMN.id.eq(intent.id))
        .filter(call_intent::COLUMN.state.eq(from))
        .exec(tx.db())
        .await?;
    tx.commit().await?;
    Ok(moved.rows_affected > 0)
}

/// Twilio has the call. If the intent was called off meanwhile, the call is ended: nobody waits for it.
pub(super) async fn placed(
    services: &Services,
    who: &Credentials,
    intent: &call_intent::Model,
    call: &CallSid,
) -> Result<(), WorkError> {
    let marked = note_placed(services, intent.id, call).await;
    // Whatever came of the note: a worker that was taken for dead may not write it, and still has the call to answer for.
    let now = call_intent::Entity::find_by_id(intent.id).one(&services.db).await?;
    if now.is_some_and(|intent| intent.state == IntentState::Closed) {
        match hang_up(services, who, intent, call).await? {
            Err(error) if error.code() == Some(NOT_IN_PROGRESS) => {} // It is over already.
            ended => drop(ended?),
        }
    }
    Ok(marked?)
}

/// Ends the call of an intent.
pub(super) async fn hang_up(
    services: &Services,
    who: &Credentials,
    intent: &call_intent::Model,
    call: &CallSid,
) -> Result<Result<Call, TwilioError>, DbErr> {
    let act = Act::on("twilio.end_call", "call_intent", intent.id).of(intent.twilio_account_id);
    let ended = services.twilio.end_call(who, call, EndCall::Completed);
    audit::at_twilio(services, intent.workspace_id, act, ended).await
}

async fn note_placed(services: &Services, intent: CallIntentId, call: &CallSid) -> Result<(), DbErr> {
    let mut tx = services.begin().await?;
    mark_placed(&tx, intent, call.as_str()).await?;
    tell(&mut tx, intent).await?;
    tx.commit().await
}

/// Closes an intent that is still in state `from`: no call, or none any more, will be made of it.
pub(super) async fn close(
    services: &Services,
    intent: &call_intent::Model,
    from: IntentState,
    outcome: IntentOutcome,
) -> Result<(), DbErr> {
    end(services, intent, from, outcome, None, None).await
}

/// Closes an intent whose call Twilio refused. Of a code that Callab cannot explain, Twilio's words are kept.
pub(super) async fn refused(
    services: &Services,
    intent: &call_intent::Model,
    error: &TwilioError,
) -> Result<(), DbErr> {
    let (from, outcome, code) = (IntentState::Sending, IntentOutcome::Refused, error.code());
    let text = match error {
        TwilioError::Refused { code, message, .. } if of_twilio_code(*code).is_none() => Some(masked(message.as_str())),
        _ => None,
    };
    let text = text.filter(|text| !text.is_empty());
    end(services, intent, from, outcome, code, text).await
}

async fn end(
    services: &Services,
    intent: &call_intent::Model,
    from: IntentState,
    outcome: IntentOutcome,
    twilio_code: Option<i32>,
    twilio_text: Option<String>,
) -> Result<(), DbErr> {
    let mut tx = services.begin().await?;
    call_intent::Entity::update_many()
        .col_expr(Column::State, Expr::value(IntentState::Closed))
        .col_expr(Column::Outcome, Expr::value(outcome))
        .col_expr(Column::TwilioCode, Expr::value(twilio_code))
        .col_expr(Column::TwilioText, Expr::value(twilio_text))
        .col_expr(Column::ClosedAt, Expr::value(tx.at()))
        .filter(call_intent::COLUMN.id.eq(intent.id))
        .filter(call_intent::COLUMN.state.eq(from))
        .exec(tx.db())
        .await?;
    tell(&mut tx, intent.id).await?;
    tx.commit().await
}

/// Tells whoever waits for the intent's call how far it is: the followers of its test, or those of the agent's call.
async fn tell(tx: &mut Transaction<'_>, intent: CallIntentId) -> Result<(), DbErr> {
    let test = test_call::Entity::find()
        .filter(test_call::COLUMN.call_intent_id.eq(intent))
        .one(tx.db())
        .await?;
    if let Some(test) = test {
        return tx.record(test.workspace_id, test_event(&test)).await;
    }
    match call_intent::Entity::find_by_id(intent).one(tx.db()).await? {
        Some(intent) => tx.record(intent.workspace_id, intent_event(&intent)).await,
        None => Ok(()),
    }
}

/// The agents' calls of these intents are over: the next between the same two numbers may be placed. A test's intent is closed with
/// its verdict.
pub(super) async fn close_agents(tx: &mut Transaction<'_>, intents: &[CallIntentId]) -> Result<(), DbErr> {
    for intent in intents {
        let closed = call_intent::Entity::update_many()
            .col_expr(Column::State, Expr::value(IntentState::Closed))
            .col_expr(Column::ClosedAt, Expr::value(tx.at()))
            .filter(call_intent::COLUMN.id.eq(*intent))
            .filter(call_intent::COLUMN.purpose.eq(IntentPurpose::Agent))
            .filter(call_intent::COLUMN.state.ne(IntentState::Closed))
            .exec(tx.db())
            .await?;
        if closed.rows_affected > 0 {
            tell(tx, *intent).await?;
        }
    }
    Ok(())
}

/// Nobody waits for the test's call any more.
pub(super) async fn close_intent(tx: &Transaction<'_>, test: &test_call::Model) -> Result<(), DbErr> {
    let Some(intent) = test.call_intent_id else {
        return Ok(());
    };
    call_intent::Entity::update_many()
        .col_expr(Column::State, Expr::value(IntentState::Closed))
        .col_expr(Column::ClosedAt, Expr::value(tx.at()))
        .filter(call_intent::COLUMN.id.eq(intent))
        .filter(call_intent::COLUMN.state.ne(IntentState::Closed))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Twilio has the call: its answer says so, or a callback does where the answer was lost. `false` when that was known, or the
/// intent is closed.
pub(super) async fn mark_placed(
    tx: &Transaction<'_>,
    intent: ::entity::CallIntentId,
    call_sid: &str,
) -> Result<bool, DbErr> {
    let placed = call_intent::Entity::update_many()
        .col_expr(call_intent::Column::State, Expr::value(IntentState::Placed))
        .col_expr(
            call_intent::Column::Outcome,
            Expr::value(call_intent::IntentOutcome::Placed),
        )
        .col_expr(call_intent::Column::CallSid, Expr::value(call_sid))
        .filter(call_intent::COLUMN.id.eq(intent))
        .filter(call_intent::COLUMN.state.eq(IntentState::Sending))
        .exec(tx.db())
        .await?;
    Ok(placed.rows_affected > 0)
}
