//! Whoever is called: an outside phone, a SIP address, or another number of this Twilio.

use std::time::Duration;

use super::call::{CallStatus, HangUp};
use super::leg::{Leg, Over};
use crate::phones::Phone;

/// Someone or something has picked up.
pub(super) struct PickedUp {
    /// How long they talk; `None` when the other side ends the call.
    pub(super) talks: Option<Duration>,
    pub(super) by_machine: bool,
}

/// Lets the far end ring until it picks up, for at most `timeout`.
pub(super) async fn ring(leg: &Leg, to: &str, timeout: Duration) -> Result<PickedUp, Over> {
    if leg.sim.state().number_dialled(to).is_some() {
        return ring_number(leg, to, timeout).await;
    }
    let address = to.split([';', '?']).next().unwrap_or(to);
    match leg.sim.behaviour(address) {
        Phone::Answers { after, .. } if after > timeout => {
            leg.wait(timeout).await?;
            Err(leg.refuse(CallStatus::NoAnswer, 487))
        }
        Phone::Answers { after, talks } => {
            leg.wait(after).await?;
            Ok(PickedUp {
                talks: Some(talks),
                by_machine: false,
            })
        }
        Phone::Machine { talks } => {
            leg.pace().await?;
            Ok(PickedUp {
                talks: Some(talks),
                by_machine: true,
            })
        }
        Phone::Busy => {
            leg.pace().await?;
            Err(leg.refuse(CallStatus::Busy, 486))
        }
        Phone::NoAnswer => {
            // Nobody waits the real timeout to learn that nobody answers.
            leg.wait((leg.sim.options().pace * 4).min(timeout)).await?;
            Err(leg.refuse(CallStatus::NoAnswer, 487))
        }
        Phone::Rejects { sip_code } => {
            leg.pace().await?;
            Err(leg.refuse(CallStatus::Failed, sip_code))
        }
    }
}

/// Calls another number of this Twilio: an inbound call of its own, bound to this one at both ends.
async fn ring_number(leg: &Leg, to: &str, timeout: Duration) -> Result<PickedUp, Over> {
    let sim = &leg.sim;
    let inbound = sim.ring_in(&leg.call().from, to, None);
    let call = tokio::select! {
        biased;
        () = leg.hang_up.cancelled() => {
            sim.end_call(&inbound, HangUp::Caller);
            return Err(Over::HungUp);
        }
        call = sim.wait_for_call(&inbound, |call| call.status != CallStatus::Ringing) => call,
        () = tokio::time::sleep(timeout) => {
            sim.end_call(&inbound, HangUp::Caller);
            return Err(leg.refuse(CallStatus::NoAnswer, 487));
        }
    };
    if call.answered_at.is_none() {
        let (status, sip_code) = match call.status {
            CallStatus::Busy => (CallStatus::Busy, 486),
            CallStatus::NoAnswer => (CallStatus::NoAnswer, 480),
            _ => (CallStatus::Failed, call.sip_response_code.unwrap_or(480)),
        };
        return Err(leg.refuse(status, sip_code));
    }
    bind(leg, inbound);
    Ok(PickedUp {
        talks: None,
        by_machine: false,
    })
}

/// When one of the two ends, so does the other.
fn bind(leg: &Leg, inbound: String) {
    let (sim, outbound, hang_up) = (leg.sim.clone(), leg.sid.clone(), leg.hang_up.clone());
    tokio::spawn(async move {
        tokio::select! {
            () = hang_up.cancelled() => sim.end_call(&inbound, HangUp::Caller),
            _ = sim.wait_for_call(&inbound, |call| call.status.is_final()) => sim.end_call(&outbound, HangUp::Callee),
        }
    });
}
