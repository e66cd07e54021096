//! A call's life, from the first ring to the log.

use std::time::Duration;

use super::call::{CallEvent, CallStatus, HangUp, SimCall};
use super::far_end;
use super::leg::{Leg, Over};
use super::order::{Address, CallbackPlan, Order, Script};
use super::verbs;
use crate::accounts::{AccountKind, AccountStatus, SimAccount};
use crate::numbers::SimNumber;

/// The longest a call may last at Twilio.
const MAX_CALL: Duration = Duration::from_hours(4);

/// Someone calls a number; `owner` is the number they reach and its account, if there is one.
pub(super) async fn inbound(leg: Leg, owner: Option<(SimNumber, SimAccount)>) {
    let plan = owner
        .as_ref()
        .and_then(|(number, _)| Address::optional(&number.status_callback, &number.status_callback_method));
    let leg =
        leg.with_callbacks(plan.map_or_else(CallbackPlan::none, |address| CallbackPlan::of(address, &["completed"])));
    leg.enter(CallStatus::Ringing, "ringing");
    let course = match owner {
        None => Err(leg.refuse(CallStatus::Failed, 404)),
        Some((number, account)) => receive(&leg, &number, &account).await,
    };
    let status = final_status(&leg.call(), course);
    leg.finish(status).await;
}

async fn receive(leg: &Leg, number: &SimNumber, account: &SimAccount) -> Result<(), Over> {
    leg.pace().await?;
    if account.status != AccountStatus::Active || account.out_of_funds {
        leg.note_error(10003, "Incoming call rejected due to inactive account");
        return Err(leg.refuse(CallStatus::Failed, 603));
    }
    let from = leg.call().from;
    if account.kind == AccountKind::Trial && !account.may_call_from(&from) {
        leg.note_error(
            21264,
            format!("The caller {from} is not verified for this trial account"),
        );
        return Err(leg.refuse(CallStatus::Failed, 603));
    }
    // This call is among the live ones.
    let live = leg.sim.state().live_calls(&account.sid);
    if account.concurrent_calls.is_some_and(|limit| live > limit) {
        leg.note_error(10004, "Call concurrency limit exceeded");
        return Err(leg.refuse(CallStatus::Busy, 486));
    }
    if !number.capabilities.voice || number.voice_receive_mode == "fax" {
        return Err(leg.refuse(CallStatus::Failed, 488));
    }
    if number.voice_region != account.region {
        return answer_elsewhere(leg, &number.voice_region).await;
    }
    if !number.trunk_sid.is_empty() {
        return hand_to_trunk(leg, &number.trunk_sid).await;
    }
    if let Some(script) = voice_script(leg, number, account) {
        verbs::perform(leg, &script).await
    } else {
        // Twilio plays a sentence that the number is not set up.
        leg.answer();
        leg.pace().await
    }
}

/// Another region answers, by the routing the number has there: none, so Twilio plays a sentence.
async fn answer_elsewhere(leg: &Leg, region: &str) -> Result<(), Over> {
    leg.record(CallEvent::AnsweredInRegion {
        region: region.to_owned(),
    });
    leg.answer();
    leg.pace().await
}

async fn hand_to_trunk(leg: &Leg, trunk_sid: &str) -> Result<(), Over> {
    leg.change(|call| call.trunk_sid = Some(trunk_sid.to_owned()));
    leg.record(CallEvent::SentToTrunk {
        trunk_sid: trunk_sid.to_owned(),
    });
    leg.answer();
    leg.wait(MAX_CALL).await
}

/// Where the number's `TwiML` comes from: its application before its own voice URL.
fn voice_script(leg: &Leg, number: &SimNumber, account: &SimAccount) -> Option<Script> {
    if !number.voice_application_sid.is_empty() {
        let application_sid = number.voice_application_sid.clone();
        let application = account
            .applications
            .iter()
            .find(|application| application.sid == application_sid);
        leg.record(CallEvent::SentToApplication { application_sid });
        let first = Address::optional(&application?.voice_url, "POST")?;
        return Some(Script::Fetch { first, fallback: None });
    }
    let first = Address::optional(&number.voice_url, &number.voice_method)?;
    let fallback = Address::optional(&number.voice_fallback_url, &number.voice_fallback_method);
    Some(Script::Fetch { first, fallback })
}

/// A call the REST API asked for.
pub(super) async fn outbound(mut leg: Leg, order: Order) {
    if wait_in_queue(&leg).await.is_err() {
        leg.finish_silently(CallStatus::Canceled).await;
        return;
    }
    let course = dial_out(&mut leg, &order).await;
    let status = final_status(&leg.call(), course);
    leg.finish(status).await;
}

async fn wait_in_queue(leg: &Leg) -> Result<(), Over> {
    let released = leg.sim.wait_until(|state| {
        let held = state
            .account(&leg.account_sid)
            .is_some_and(|account| account.holds_calls);
        (!held).then_some(())
    });
    tokio::select! {
        () = leg.hang_up.cancelled() => return Err(Over::HungUp),
        () = released => {}
    }
    leg.pace().await
}

async fn dial_out(leg: &mut Leg, order: &Order) -> Result<(), Over> {
    leg.tell("initiated", "initiated");
    leg.pace().await?;
    leg.enter(CallStatus::Ringing, "ringing");
    let picked_up = far_end::ring(leg, &order.to, order.timeout).await?;
    if order.detects_machines {
        let by = if picked_up.by_machine { "machine_start" } else { "human" };
        leg.change(|call| call.answered_by = Some(by.to_owned()));
    }
    leg.hang_up_after(order.time_limit, HangUp::TimeLimit);
    leg.talk_for(picked_up.talks);
    leg.answer();
    verbs::perform(leg, &order.script).await
}

/// The status a call ends with.
pub(super) fn final_status(call: &SimCall, course: Result<(), Over>) -> CallStatus {
    match course {
        Err(Over::Refused(status)) => status,
        _ if call.answered_at.is_some() => CallStatus::Completed,
        _ if call.hung_up_by == Some(HangUp::Api) => CallStatus::Canceled,
        _ => CallStatus::NoAnswer,
    }
}
