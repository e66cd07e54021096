//! Writes calls and their steps. Webhooks repeat and overtake each other: nothing here depends on their order.

use ::entity::agent_assignment::Direction;
use ::entity::call;
use ::entity::call_step::{self, StepKind};
use ::entity::{CallId, CallStepId, E164};
use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter};

use super::{Target, VoiceFacts, call_event};
use crate::numbers::country_and_kind;
use crate::{Services, Transaction};

/// A step before it is a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub kind: StepKind,
    /// Which repeats are the same step: the kind alone, or with what tells two of a kind apart.
    pub same_as: String,
    pub at: DateTime<Utc>,
    pub code: Option<i32>,
    pub detail: Option<String>,
}

impl Step {
    /// A step that happens once in a call.
    pub(super) fn once(kind: StepKind, at: DateTime<Utc>) -> Self {
        Self {
            same_as: kind.to_string(),
            kind,
            at,
            code: None,
            detail: None,
        }
    }
}

/// The call's row, made the first time. A new call costs no read.
pub(super) async fn call_of(
    services: &Services,
    tx: &Transaction<'_>,
    target: &Target,
    seen: &VoiceFacts,
) -> Result<call::Model, DbErr> {
    let new = call::Model {
        id: CallId(services.ids.new_id()),
        workspace_id: target.workspace,
        twilio_account_id: target.account,
        phone_number_id: target.number,
        agent_id: target.agent.as_ref().map(|agent| agent.id),
        call_intent_id: target.intent.as_ref().map(|(id, _)| *id),
        sid: seen.call_sid.clone(),
        direction: target.direction(),
        from_number: seen.from.clone(),
        to_number: seen.to.clone(),
        sip_code: None,
        error_code: None,
        status: seen.status.clone(),
        status_sequence: None,
        duration_s: None,
        price: None,
        price_currency: None,
        other_country: country_of(other_end(&target.direction(), seen)),
        quality: None,
        quality_at: None,
        started_at: tx.at(),
        ringing_at: None,
        setup_ms: None,
        answered_at: None,
        ended_at: None,
        log_seen_at: None,
        updated_at: tx.at(),
    };
    let once = OnConflict::columns([call::Column::TwilioAccountId, call::Column::Sid])
        .do_nothing()
        .to_owned();
    let row = call::ActiveModel::from(new.clone()).reset_all();
    if call::Entity::insert(row)
        .on_conflict(once)
        .exec_without_returning(tx.db())
        .await?
        > 0
    {
        return Ok(new);
    }
    let known = call::Entity::find()
        .filter(call::COLUMN.twilio_account_id.eq(target.account))
        .filter(call::COLUMN.sid.eq(&seen.call_sid))
        .one(tx.db())
        .await?;
    learn_caller(tx, known.ok_or_else(|| DbErr::RecordNotFound("call".to_owned()))?, seen).await
}

fn other_end<'a>(direction: &Direction, seen: &'a VoiceFacts) -> &'a str {
    if *direction == Direction::Inbound {
        &seen.from
    } else {
        &seen.to
    }
}

/// The country of a call's other end, as Twilio wrote it; none for what is no phone number of a country.
pub(super) fn country_of(party: &str) -> Option<String> {
    country_and_kind(&E164::parse(party).ok()?, None).0
}

/// A stream's callback does not say who calls; the first webhook that does fills it in.
async fn learn_caller(tx: &Transaction<'_>, call: call::Model, seen: &VoiceFacts) -> Result<call::Model, DbErr> {
    if !call.from_number.is_empty() || seen.from.is_empty() {
        return Ok(call);
    }
    let known = call::ActiveModel {
        id: Unchanged(call.id),
        from_number: Set(seen.from.clone()),
        to_number: Set(seen.to.clone()),
        other_country: Set(country_of(other_end(&call.direction, seen))),
        ..Default::default()
    };
    known.update(tx.db()).await
}

/// Notes a step, once. Answers whether it was new.
pub(super) async fn note(
    services: &Services,
    tx: &mut Transaction<'_>,
    call: &call::Model,
    step: Step,
) -> Result<bool, DbErr> {
    let row = call_step::ActiveModel {
        id: Set(CallStepId(services.ids.new_id())),
        workspace_id: Set(call.workspace_id),
        call_id: Set(call.id),
        kind: Set(step.kind.clone()),
        same_as: Set(step.same_as),
        at: Set(step.at),
        noted_at: Set(tx.at()),
        code: Set(step.code),
        detail: Set(step.detail),
    };
    let once = OnConflict::columns([call_step::Column::CallId, call_step::Column::SameAs])
        .do_nothing()
        .to_owned();
    let noted = call_step::Entity::insert(row)
        .on_conflict(once)
        .exec_without_returning(tx.db())
        .await?;
    if noted == 0 {
        return Ok(false);
    }
    tx.record(call.workspace_id, call_event(call, &step.kind)).await?;
    Ok(true)
}

/// Notes how long the call took to be set up, once. Both ends are by our own clock: Twilio tells whole seconds. A call whose first
/// news this is was begun before, nobody knows when.
pub(super) async fn note_setup(tx: &Transaction<'_>, call: &call::Model) -> Result<(), DbErr> {
    let took_ms = i32::try_from((tx.at() - call.started_at).num_milliseconds()).unwrap_or(i32::MAX);
    if tx.at() <= call.started_at {
        return Ok(());
    }
    call::Entity::update_many()
        .col_expr(call::Column::SetupMs, Expr::value(took_ms))
        .filter(call::COLUMN.id.eq(call.id))
        .filter(call::COLUMN.setup_ms.is_null())
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Keeps Twilio's error code behind a call's failure: the first counts.
pub(super) async fn note_error(tx: &Transaction<'_>, call: CallId, code: i32) -> Result<(), DbErr> {
    call::Entity::update_many()
        .col_expr(call::Column::ErrorCode, Expr::value(code))
        .filter(call::COLUMN.id.eq(call))
        .filter(call::COLUMN.error_code.is_null())
        .exec(tx.db())
        .await?;
    Ok(())
}
