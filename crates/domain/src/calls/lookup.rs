//! Finds out at Twilio whether a call that was sent was taken.

use std::collections::HashSet;
use std::time::Duration;

use ::entity::call_intent::{self, IntentOutcome, IntentState};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use twilio::{CallFilter, Credentials};

use super::intent::{close, placed};
use crate::Services;
use crate::jobs::{WorkError, Worked};

/// How long to wait before looking again.
pub(super) const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// How long a call that was sent is looked for. Then nobody knows, and the intent is closed: should the call come after all, it
/// is hung up when it asks what to do.
const HORIZON: TimeDelta = TimeDelta::seconds(90);

/// How far Twilio's clock may be behind ours; its dates are whole seconds.
const SKEW: TimeDelta = TimeDelta::seconds(5);

/// How many calls between the two numbers are looked at.
const NEWEST: usize = 50;

/// Looks the call up by To and From, in all states: Twilio leaves the start time of a queued call empty, and filters by date only.
pub(super) async fn look_up(
    services: &Services,
    who: &Credentials,
    intent: &call_intent::Model,
) -> Result<Worked, WorkError> {
    let filter = CallFilter {
        to: Some(intent.to_number.to_string()),
        from: Some(intent.from_number.to_string()),
        limit: NEWEST,
        ..CallFilter::default()
    };
    let calls = services.twilio.list_calls(who, &filter).await?;
    let sent_at = intent.sent_at.unwrap_or(intent.created_at);
    let known = known_sids(services, intent).await?;
    let ours = calls.iter().find(|call| {
        !known.contains(call.sid.as_str()) && call.date_created.is_none_or(|created| created >= sent_at - SKEW)
    });
    if let Some(call) = ours {
        placed(services, who, intent, &call.sid).await?;
        return Ok(Worked::Done(
            json!({ "outcome": "placed", "foundByLookup": true, "callSid": call.sid }),
        ));
    }
    if services.clock.now() < sent_at + HORIZON {
        return Ok(Worked::Again(LOOK_AGAIN));
    }
    close(services, intent, IntentState::Sending, IntentOutcome::Lost).await?;
    Ok(Worked::Done(json!({ "outcome": "lost" })))
}

/// The calls between the two numbers that belong to another intent.
async fn known_sids(services: &Services, intent: &call_intent::Model) -> Result<HashSet<String>, DbErr> {
    let of_intents: Vec<Option<String>> = call_intent::Entity::find()
        .select_only()
        .column(call_intent::Column::CallSid)
        .filter(call_intent::COLUMN.phone_number_id.eq(intent.phone_number_id))
        .filter(call_intent::COLUMN.to_number.eq(intent.to_number.clone()))
        .filter(call_intent::COLUMN.call_sid.is_not_null())
        .order_by_desc(call_intent::COLUMN.created_at)
        .limit(NEWEST as u64)
        .into_tuple()
        .all(&services.db)
        .await?;
    Ok(of_intents.into_iter().flatten().collect())
}
