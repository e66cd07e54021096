//! Twilio reports a call's progress and end.

use ::entity::call::{self, CallStatus};
use ::entity::call_step::StepKind;
use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter};

use super::intent::mark_placed;
use super::record::{self, Step};
use super::{Target, VoiceFacts};
use crate::{Services, Transaction};

/// One status callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusFacts {
    /// What every webhook tells.
    pub call_sid: String,
    /// Who called.
    pub from: String,
    /// Who was called.
    pub to: String,
    /// The status reported.
    pub status: CallStatus,
    /// Twilio's number of the callback, from 0; a number's own end-of-call callback has none.
    pub sequence: Option<i32>,
    /// When it happened, where Twilio says so.
    pub at: Option<DateTime<Utc>>,
    /// How long the call was connected, in seconds.
    pub duration_s: Option<i32>,
    /// The SIP answer that ended it.
    pub sip_code: Option<i32>,
}

/// Notes a status, once, whatever the order: a terminal status wins, and a lower sequence number changes nothing after a higher.
///
/// # Errors
/// When the database fails. Twilio repeats a callback only when it could not connect, so the status is lost then.
pub async fn note_status(services: &Services, target: &Target, facts: &StatusFacts) -> Result<(), DbErr> {
    let mut tx = services.begin().await?;
    let at = facts.at.unwrap_or(tx.at());
    // A row made here begins before any end: the end's own facts are written by the statement below.
    let seen = VoiceFacts {
        call_sid: facts.call_sid.clone(),
        from: facts.from.clone(),
        to: facts.to.clone(),
        status: CallStatus::Initiated,
    };
    let call = record::call_of(services, &tx, target, &seen).await?;
    let call = apply(&tx, call, facts, at).await?;
    if let Some((intent, _)) = &target.intent {
        mark_placed(&tx, *intent, &facts.call_sid).await?;
    }
    if let Some(kind) = step_of(&facts.status) {
        let detail = facts.status.is_terminal().then(|| facts.status.to_string());
        let step = Step {
            code: facts.sip_code.filter(|code| *code != 200),
            detail,
            ..Step::once(kind, at)
        };
        record::note(services, &mut tx, &call, step).await?;
    }
    tx.commit().await
}

/// Moves the call's row forward. The condition is in the statement: two callbacks at once cannot undo each other.
async fn apply(
    tx: &Transaction<'_>,
    call: call::Model,
    facts: &StatusFacts,
    at: DateTime<Utc>,
) -> Result<call::Model, DbErr> {
    let mut change = call::ActiveModel {
        status: Set(facts.status.clone()),
        updated_at: Set(tx.at()),
        ..Default::default()
    };
    let mut newer = Condition::all().add(call::COLUMN.status.is_not_in(CallStatus::TERMINAL));
    if facts.status.is_terminal() {
        change.ended_at = Set(Some(at));
        change.duration_s = Set(facts.duration_s);
        change.sip_code = Set(facts.sip_code);
    } else if let Some(sequence) = facts.sequence {
        let column = call::COLUMN.status_sequence;
        newer = newer.add(Condition::any().add(column.is_null()).add(column.lt(sequence)));
    }
    if facts.sequence.is_some() {
        change.status_sequence = Set(facts.sequence);
    }
    call::Entity::update_many()
        .set(change)
        .filter(call::COLUMN.id.eq(call.id))
        .filter(newer)
        .exec(tx.db())
        .await?;
    if facts.status == CallStatus::InProgress {
        call::Entity::update_many()
            .col_expr(call::Column::AnsweredAt, Expr::value(at))
            .filter(call::COLUMN.id.eq(call.id))
            .filter(call::COLUMN.answered_at.is_null())
            .exec(tx.db())
            .await?;
    }
    let row = call::Entity::find_by_id(call.id).one(tx.db()).await?;
    Ok(row.unwrap_or(call))
}

fn step_of(status: &CallStatus) -> Option<StepKind> {
    match status {
        CallStatus::Queued | CallStatus::Initiated => Some(StepKind::Initiated),
        CallStatus::Ringing => Some(StepKind::Ringing),
        CallStatus::InProgress => Some(StepKind::Answered),
        status if status.is_terminal() => Some(StepKind::Ended),
        _ => None,
    }
}
