//! Finds out at Twilio whether a call that was sent was taken.

use std::time::Duration;

use ::entity::call_intent::{self, IntentOutcome, IntentState};
use chrono::TimeDelta;
use serde_json::json;
use twilio::{CallFilter, Credentials};

use super::place::{close, placed};
use crate::Services;
use crate::jobs::{WorkError, Worked};

/// How long to wait before looking again.
pub(super) const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// How long a call that was sent is looked for. Then nobody knows, and the intent is closed: should the call come after all, it
/// is hung up when it asks what to do.
const HORIZON: TimeDelta = TimeDelta::seconds(90);

/// How far Twilio's clock may be behind ours.
const SKEW: TimeDelta = TimeDelta::seconds(30);

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
    let ours = calls
        .iter()
        .find(|call| call.date_created.is_none_or(|created| created >= sent_at - SKEW));
    if let Some(call) = ours {
        placed(services, who, intent, &call.sid).await?;
        return Ok(Worked::Done(
            json!({ "outcome": "placed", "foundByLookup": true, "callSid": call.sid }),
        ));
    }
    if services.clock.now() < sent_at + HORIZON {
        return Ok(Worked::Again(LOOK_AGAIN));
    }
    close(services, intent, IntentState::Sending, IntentOutcome::Lost, None).await?;
    Ok(Worked::Done(json!({ "outcome": "lost" })))
}
