//! Call quality: Voice Insights v1. Off until the account has bought Advanced Features.
//!
//! Source: <https://www.twilio.com/docs/voice/voice-insights/api/call/call-summary-resource>

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{Answer, Ask, RestResult};
use crate::accounts::Insights;
use crate::errors::Refusal;
use crate::sim::Sim;
use crate::wire;

/// How long after the end of a call its summary is partial.
const PARTIAL: TimeDelta = TimeDelta::minutes(30);

/// Answers everything of the product `insights` that is simulated.
pub(super) fn answer(sim: &Sim, ask: &Ask<'_>) -> RestResult {
    match (ask.request.method.as_str(), ask.request.target.segments().as_slice()) {
        ("GET", ["v1", "Voice", "Settings"]) => Ok(Answer::Json(200, settings(ask, ask.account.insights))),
        ("POST", ["v1", "Voice", "Settings"]) => Ok(Answer::Json(200, change(sim, ask))),
        ("GET", ["v1", "Voice", call_sid, "Summary"]) => summary(sim, ask, call_sid),
        (_, ["v1", "Voice", "Settings"] | ["v1", "Voice", _, "Summary"]) => Err(Refusal::method_not_allowed()),
        _ => Err(ask.not_found()),
    }
}

fn settings(ask: &Ask<'_>, insights: Insights) -> Value {
    json!({
        "account_sid": ask.account.sid,
        "advanced_features": insights == Insights::On,
        "voice_trace": false,
        "url": ask.url("/v1/Voice/Settings"),
    })
}

/// Switches Advanced Features, which costs money, on or off.
fn change(sim: &Sim, ask: &Ask<'_>) -> Value {
    let insights = match ask.form().get("AdvancedFeatures") {
        Some("true") => Insights::On,
        Some("false") => Insights::default(),
        _ => ask.account.insights,
    };
    sim.change_account(&ask.account.sid, |account| account.insights = insights);
    settings(ask, insights)
}

/// A call's summary; `ProcessingState=complete` waits for the whole one.
fn summary(sim: &Sim, ask: &Ask<'_>, call_sid: &str) -> RestResult {
    match ask.account.insights {
        Insights::NotFound => return Err(ask.not_found()),
        Insights::Forbidden => return Err(Refusal::new(403, 20006, "Access Denied")),
        Insights::On => {}
    }
    let call = sim.call(call_sid).filter(|call| call.account_sid == ask.account.sid);
    let call = call.ok_or_else(|| ask.not_found())?;
    let is_complete = call.ended_at.is_some_and(|ended| sim.now() - ended >= PARTIAL);
    if ask.query().filled("ProcessingState") == Some("complete") && !is_complete {
        return Err(ask.not_found());
    }
    let url = ask.url(ask.path());
    Ok(Answer::Json(
        200,
        wire::call_summary(&call, &ask.account.region, is_complete, &url),
    ))
}
