//! Twilio reports a call's progress and end.

use ::entity::agent_assignment::Direction;
use ::entity::call::{self, CallStatus};
use ::entity::call_step::StepKind;
use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter};

use super::intent::{close_agents, mark_placed};
use super::record::{self, Step};
use super::{Target, VoiceFacts, replayed};
use crate::jobs::AssessHealth;
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
/// One from before the time that calls are kept is a repeat, and changes nothing.
///
/// # Errors
/// When the database fails. Twilio repeats a callback only when it could not connect, so the status is lost then.
pub async fn note_status(services: &Services, target: &Target, facts: &StatusFacts) -> Result<(), DbErr> {
    if replayed::is_of_the_past(services, facts.at) {
        return Ok(());
    }
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
        if facts.status.is_terminal() {
            close_agents(&mut tx, &[*intent]).await?;
        }
    }
    if facts.status.is_terminal() {
        let account = call.twilio_account_id;
        tx.enqueue((call.workspace_id, account), &AssessHealth { account })
            .await?;
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
    match facts.status {
        CallStatus::InProgress => first(tx, &call, call::Column::AnsweredAt, at).await?,
        CallStatus::Ringing => {
            first(tx, &call, call::Column::RingingAt, at).await?;
            if call.direction == Direction::Outbound {
                record::note_setup(tx, &call).await?;
            }
        }
        _ => {}
    }
    let row = call::Entity::find_by_id(call.id).one(tx.db()).await?;
    Ok(row.unwrap_or(call))
}

/// Notes when something happened for the first time.
async fn first(tx: &Transaction<'_>, call: &call::Model, column: call::Column, at: DateTime<Utc>) -> Result<(), DbErr> {
    call::Entity::update_many()
        .col_expr(column, Expr::value(at))
        .filter(call::COLUMN.id.eq(call.id))
        .filter(column.is_null())
        .exec(tx.db())
        .await?;
    Ok(())
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
