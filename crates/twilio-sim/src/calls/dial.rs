//! `<Dial>`: a second call, bridged to the first.
//!
//! Source: <https://www.twilio.com/docs/voice/twiml/dial>

use super::call::{CallDirection, CallStatus, HangUp};
use super::far_end;
use super::leg::{Leg, Over};
use super::life::final_status;
use super::order::CallbackPlan;
use super::start::NewCall;
use super::twiml::{Destination, Dial};
use super::verbs::{Next, resolve};
use crate::e164;
use crate::form::Pairs;

/// How a dialled call came out.
struct DialResult {
    status: CallStatus,
    /// None when it was refused before it became a call.
    sid: Option<String>,
    seconds: Option<i64>,
}

/// Dials the destinations one after another until one answers (Twilio lets them ring together), then stays bridged.
///
/// Gives the `action` to go on with, if there is one; otherwise the next verb follows.
pub(super) async fn dial(leg: &Leg, dial: &Dial, base: &str) -> Result<Option<Next>, Over> {
    let mut result = DialResult {
        status: CallStatus::Failed,
        sid: None,
        seconds: None,
    };
    for destination in &dial.destinations {
        leg.record_verb("Dial", &destination.address);
        result = match refusal(leg, dial, destination) {
            Some((code, message)) => {
                leg.note_error(code, message);
                DialResult {
                    status: CallStatus::Failed,
                    sid: None,
                    seconds: None,
                }
            }
            None => call(leg, dial, destination, base).await,
        };
        if result.status == CallStatus::Completed {
            break;
        }
        leg.check()?;
    }
    leg.check()?;
    leg.answer();
    let Some(action) = &dial.action else { return Ok(None) };
    let mut extra = Pairs::default();
    extra.push("DialCallStatus", result.status.as_str());
    if let Some(sid) = result.sid {
        extra.push("DialCallSid", sid);
    }
    if let Some(seconds) = result.seconds {
        extra.push("DialCallDuration", seconds.to_string());
    }
    Ok(Some(Next::action(action, base, extra)))
}

/// Why Twilio would not even dial, in its `<Dial>` codes.
fn refusal(leg: &Leg, dial: &Dial, destination: &Destination) -> Option<(u32, String)> {
    let to = destination.address.as_str();
    let state = leg.sim.state();
    let account = state.account(&leg.account_sid)?;
    if let Some(caller_id) = dial.caller_id.as_deref().filter(|id| id.starts_with('+')) {
        let owned = state
            .number_dialled(caller_id)
            .is_some_and(|number| number.account_sid == account.sid);
        let is_the_callers = state
            .call(&leg.sid)
            .is_some_and(|call| call.from == caller_id || call.to == caller_id);
        if !owned && !is_the_callers && !account.may_call_from(caller_id) {
            return Some((13214, format!("Dial: invalid callerId value {caller_id}")));
        }
    }
    if to.starts_with("sip:") || to.starts_with("client:") {
        return None;
    }
    if !e164::is_e164(to) {
        return Some((13223, format!("Dial: invalid phone number format {to}")));
    }
    let Some(country) = e164::country(to) else {
        return Some((13226, format!("Dial: invalid country code in {to}")));
    };
    let blocked = state.may_not_call(account, &country);
    blocked.then(|| (13227, format!("Dial: no international authorization for {to}")))
}

/// One dialled call, from ringing until one of the two hangs up.
async fn call(parent: &Leg, dial: &Dial, destination: &Destination, base: &str) -> DialResult {
    let mut child = open(parent, dial, destination, base);
    let sid = child.sid.clone();
    follow(parent, &child);
    child.tell("initiated", "initiated");
    child.enter(CallStatus::Ringing, "ringing");
    let course = match far_end::ring(&child, &destination.address, dial.timeout).await {
        Ok(picked_up) => {
            child.talk_for(picked_up.talks);
            child.answer();
            parent.answer();
            child.hang_up.cancelled().await;
            Ok(())
        }
        Err(over) => Err(over),
    };
    let status = final_status(&child.call(), course);
    let sim = child.sim.clone();
    // Its price comes later; nobody waits for that.
    tokio::spawn(child.finish(status));
    let ended = sim.wait_for_call(&sid, |call| call.status.is_final()).await;
    DialResult {
        status,
        sid: Some(sid),
        seconds: ended.duration_seconds(),
    }
}

fn open(parent: &Leg, dial: &Dial, destination: &Destination, base: &str) -> Leg {
    let parent_call = parent.call();
    let child = parent.sim.open_leg(NewCall {
        account_sid: &parent.account_sid,
        from: dial.caller_id.as_deref().unwrap_or(&parent_call.from),
        to: &destination.address,
        direction: CallDirection::OutboundDial,
        status: CallStatus::Queued,
        parent_call_sid: Some(&parent.sid),
        phone_number_sid: None,
        price_unit: &parent_call.price_unit,
    });
    let Some(link) = &destination.status_callback else {
        return child;
    };
    let events: Vec<&str> = destination.status_events.iter().map(String::as_str).collect();
    child.with_callbacks(CallbackPlan::of(resolve(link, base), &events))
}

/// Ends the dialled call when the first one ends.
fn follow(parent: &Leg, child: &Leg) {
    let (sim, sid) = (child.sim.clone(), child.sid.clone());
    let (parent_hang_up, child_hang_up) = (parent.hang_up.clone(), child.hang_up.clone());
    tokio::spawn(async move {
        tokio::select! {
            () = child_hang_up.cancelled() => {}
            () = parent_hang_up.cancelled() => sim.end_call(&sid, HangUp::Caller),
        }
    });
}
