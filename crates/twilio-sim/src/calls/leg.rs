//! One call while it lives: the handle with which its life writes down what happens.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::call::{CallEvent, CallStatus, HangUp, SimCall, SimStream, StreamEnd};
use super::callbacks::CallbackQueue;
use super::order::CallbackPlan;
use crate::alerts::{AlertSpec, FailedRequest, LogLevel};
use crate::form::Pairs;
use crate::sim::Sim;

/// A call in progress. Exactly one task holds it.
pub(super) struct Leg {
    pub(super) sim: Sim,
    pub(super) sid: String,
    pub(super) account_sid: String,
    /// Cancelled when the call is to end.
    pub(super) hang_up: CancellationToken,
    pub(super) callbacks: CallbackQueue,
    plan: CallbackPlan,
    /// How long the person outside talks once the call is answered.
    talks: Option<Duration>,
}

/// Why a call's course stops before its `TwiML` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// Someone hung up.
    HungUp,
    /// It is not connected: this is the final status.
    Refused(CallStatus),
}

impl Leg {
    pub(super) fn new(sim: Sim, sid: String, account_sid: String, hang_up: CancellationToken) -> Self {
        let callbacks = CallbackQueue::start(sim.clone(), sid.clone(), account_sid.clone());
        Self {
            sim,
            sid,
            account_sid,
            hang_up,
            callbacks,
            plan: CallbackPlan::none(),
            talks: None,
        }
    }

    pub(super) fn with_callbacks(mut self, plan: CallbackPlan) -> Self {
        self.plan = plan;
        self
    }

    pub(super) fn talking_for(mut self, talks: Option<Duration>) -> Self {
        self.talks = talks;
        self
    }

    /// As [`Leg::talking_for`], once it is known who picked up.
    pub(super) fn talk_for(&mut self, talks: Option<Duration>) {
        self.talks = talks;
    }

    /// The call as it stands.
    pub(super) fn call(&self) -> SimCall {
        self.sim.call(&self.sid).expect("a call that lives is in the state")
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut SimCall)) {
        let now = self.sim.now();
        if let Some(entry) = self.sim.state().call_entry_mut(&self.sid) {
            change(&mut entry.call);
            entry.call.updated_at = now;
        }
        self.sim.touch();
    }

    pub(super) fn record(&self, event: CallEvent) {
        self.change(|call| call.events.push(event));
    }

    pub(super) fn record_verb(&self, name: &str, detail: impl Into<String>) {
        self.record(CallEvent::Verb {
            name: name.to_owned(),
            detail: detail.into(),
        });
    }

    /// Notes an error (or, below, a warning) about the call.
    pub(super) fn note_error(&self, error_code: u32, message: impl Into<String>) {
        self.note(error_code, LogLevel::Error, message.into(), FailedRequest::default());
    }

    pub(super) fn note_warning(&self, error_code: u32, message: impl Into<String>) {
        self.note(error_code, LogLevel::Warning, message.into(), FailedRequest::default());
    }

    pub(super) fn note(&self, error_code: u32, level: LogLevel, message: String, request: FailedRequest) {
        note(&self.sim, &self.sid, error_code, level, message, request);
    }

    /// Turns the call away with a final status and a SIP code.
    pub(super) fn refuse(&self, status: CallStatus, sip_code: u16) -> Over {
        self.change(|call| call.sip_response_code = Some(sip_code));
        Over::Refused(status)
    }

    /// Waits, unless the call ends before.
    pub(super) async fn wait(&self, duration: Duration) -> Result<(), Over> {
        tokio::select! {
            biased;
            () = self.hang_up.cancelled() => Err(Over::HungUp),
            () = tokio::time::sleep(duration) => Ok(()),
        }
    }

    /// One step of the call's life.
    pub(super) async fn pace(&self) -> Result<(), Over> {
        self.wait(self.sim.options().pace).await
    }

    /// Says so if the call was ended meanwhile.
    pub(super) fn check(&self) -> Result<(), Over> {
        if self.hang_up.is_cancelled() {
            Err(Over::HungUp)
        } else {
            Ok(())
        }
    }

    /// Takes a status and tells whoever wants to know. `event` is the name callbacks have for it.
    pub(super) fn enter(&self, status: CallStatus, event: &str) {
        let now = self.sim.now();
        self.change(|call| {
            call.status = status;
            call.events.push(CallEvent::Status { status });
            if status == CallStatus::Ringing {
                call.started_at = Some(now);
            }
        });
        self.tell(event, status.as_str());
    }

    /// Tells of an event, under the `CallStatus` that goes with it.
    pub(super) fn tell(&self, event: &str, call_status: &str) {
        if let Some(address) = self.plan.wants(event) {
            self.callbacks.status(&self.call(), address, call_status);
        }
    }

    /// The call is answered, if it was not before: the clock of talk begins.
    pub(super) fn answer(&self) {
        if self.call().answered_at.is_some() {
            return;
        }
        let now = self.sim.now();
        self.change(|call| {
            call.answered_at = Some(now);
            call.sip_response_code = Some(200);
        });
        self.enter(CallStatus::InProgress, "answered");
        if let Some(talks) = self.talks {
            let by = if self.call().direction == super::CallDirection::Inbound {
                HangUp::Caller
            } else {
                HangUp::Callee
            };
            self.hang_up_after(talks, by);
        }
    }

    /// Ends the call after a time, unless it ends before.
    pub(super) fn hang_up_after(&self, duration: Duration, by: HangUp) {
        let (sim, sid, hang_up) = (self.sim.clone(), self.sid.clone(), self.hang_up.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = hang_up.cancelled() => {}
                () = tokio::time::sleep(duration) => sim.end_call(&sid, by),
            }
        });
    }

    /// The parameters every webhook of the call carries.
    pub(super) fn parameters(&self) -> Pairs {
        self.call().webhook_parameters()
    }

    /// Writes down a new media stream and gives its SID.
    pub(super) fn open_stream(&self, mut stream: SimStream) -> String {
        let sid = self.sim.state().sids.next("MZ");
        stream.sid.clone_from(&sid);
        self.change(|call| call.streams.push(stream));
        sid
    }

    pub(super) fn change_stream(&self, stream_sid: &str, change: impl FnOnce(&mut SimStream)) {
        self.change(|call| {
            if let Some(stream) = call.streams.iter_mut().find(|stream| stream.sid == stream_sid) {
                change(stream);
            }
        });
    }

    pub(super) fn end_stream(&self, stream_sid: &str, end: StreamEnd) {
        self.change_stream(stream_sid, |stream| stream.ended = Some(end));
    }

    /// The end: the final status, the last callback, and later the price.
    pub(super) async fn finish(self, status: CallStatus) {
        let now = self.sim.now();
        self.hang_up.cancel();
        self.change(|call| call.ended_at = Some(now));
        self.enter(status, "completed");
        self.end().await;
    }

    /// The end of a call that was cancelled while it was queued: Twilio tells nobody.
    pub(super) async fn finish_silently(self, status: CallStatus) {
        let now = self.sim.now();
        self.hang_up.cancel();
        self.change(|call| {
            call.ended_at = Some(now);
            call.status = status;
            call.events.push(CallEvent::Status { status });
        });
        self.end().await;
    }

    async fn end(self) {
        let Self {
            sim, sid, callbacks, ..
        } = self;
        callbacks.finish().await;
        if let Some(entry) = sim.state().call_entry_mut(&sid) {
            entry.call.is_over = true;
        }
        sim.touch();
        tokio::time::sleep(sim.options().pace * 5).await;
        sim.rate_call(&sid);
    }
}

/// Notes something about a call, in its notifications and in its account's error log.
pub(super) fn note(
    sim: &Sim,
    call_sid: &str,
    error_code: u32,
    log_level: LogLevel,
    message: String,
    request: FailedRequest,
) {
    let call = sim
        .state()
        .call(call_sid)
        .map(|call| (call.account_sid.clone(), call.phone_number_sid.clone()));
    let Some((account_sid, service_sid)) = call else {
        return;
    };
    let spec = AlertSpec {
        error_code,
        log_level,
        message,
        resource_sid: Some(call_sid.to_owned()),
        service_sid,
        request,
        at: None,
    };
    sim.plant_alert(&account_sid, spec);
}

impl SimCall {
    /// What Twilio sends of every call: <https://www.twilio.com/docs/voice/twiml#request-parameters>.
    pub(super) fn webhook_parameters(&self) -> Pairs {
        let mut pairs = Pairs::default();
        for (name, value) in [
            ("CallSid", &*self.sid),
            ("AccountSid", &*self.account_sid),
            ("ApiVersion", "2010-04-01"),
            ("Direction", self.direction.as_str()),
            ("CallStatus", self.status.as_str()),
            ("From", &*self.from),
            ("To", &*self.to),
            ("Caller", &*self.from),
            ("Called", &*self.to),
        ] {
            pairs.push(name, value);
        }
        for (side, number) in [
            ("From", &self.from),
            ("Caller", &self.from),
            ("To", &self.to),
            ("Called", &self.to),
        ] {
            if let Some(country) = crate::e164::country(number) {
                pairs.push(&format!("{side}City"), "");
                pairs.push(&format!("{side}State"), "");
                pairs.push(&format!("{side}Zip"), "");
                pairs.push(&format!("{side}Country"), country);
            }
        }
        if let Some(parent) = &self.parent_call_sid {
            pairs.push("ParentCallSid", parent);
        }
        if let Some(answered_by) = &self.answered_by {
            pairs.push("AnsweredBy", answered_by);
        }
        pairs
    }
}
