//! Status and stream callbacks: put in a queue, delivered one after another while the call goes on.
//!
//! Source: <https://www.twilio.com/docs/voice/api/call-resource#statuscallback>

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::call::{SimCall, WebhookPurpose};
use super::leg::note;
use super::order::Address;
use super::webhook::{Webhook, deliver};
use crate::alerts::LogLevel;
use crate::faults::{FaultKind, Strike};
use crate::form::Pairs;
use crate::sim::Sim;
use crate::wire;

/// The callbacks of one call.
pub(super) struct CallbackQueue {
    waiting: mpsc::UnboundedSender<Webhook>,
    delivery: JoinHandle<()>,
    next_sequence_number: AtomicU64,
}

impl CallbackQueue {
    pub(super) fn start(sim: Sim, call_sid: String, account_sid: String) -> Self {
        let (waiting, queue) = mpsc::unbounded_channel();
        let delivery = tokio::spawn(deliver_all(sim, call_sid, account_sid, queue));
        Self {
            waiting,
            delivery,
            next_sequence_number: AtomicU64::new(0),
        }
    }

    /// Tells of the call's progress. `call_status` may be `initiated`, which the REST API does not know.
    pub(super) fn status(&self, call: &SimCall, address: &Address, call_status: &str) {
        let mut parameters = Pairs(call.webhook_parameters_as(call_status));
        parameters.push("CallbackSource", "call-progress-events");
        let sequence_number = self.next_sequence_number.fetch_add(1, Ordering::Relaxed);
        parameters.push("SequenceNumber", sequence_number.to_string());
        parameters.push("Timestamp", wire::date(call.updated_at));
        if call.status.is_final() {
            let seconds = call.duration_seconds().unwrap_or(0);
            parameters.push("CallDuration", seconds.to_string());
            if seconds > 0 {
                parameters.push("Duration", ((seconds + 59) / 60).to_string());
            }
            if let Some(code) = call.sip_response_code {
                parameters.push("SipResponseCode", code.to_string());
            }
        }
        self.push(WebhookPurpose::Status, address, parameters);
    }

    /// Tells of a media stream.
    pub(super) fn stream(&self, address: &Address, parameters: Pairs) {
        self.push(WebhookPurpose::Stream, address, parameters);
    }

    fn push(&self, purpose: WebhookPurpose, address: &Address, parameters: Pairs) {
        // The delivery lives as long as the queue, so the channel is open.
        let _ = self.waiting.send(Webhook {
            purpose,
            address: address.clone(),
            parameters,
        });
    }

    /// Waits until the last one is delivered.
    pub(super) async fn finish(self) {
        drop(self.waiting);
        // An error would be a panic of the delivery, which the runtime has reported.
        let _ = self.delivery.await;
    }
}

impl SimCall {
    fn webhook_parameters_as(&self, call_status: &str) -> Vec<(String, String)> {
        let mut pairs = self.webhook_parameters().0;
        for (name, value) in &mut pairs {
            if name == "CallStatus" {
                call_status.clone_into(value);
            }
        }
        pairs
    }
}

async fn deliver_all(sim: Sim, call_sid: String, account_sid: String, mut queue: mpsc::UnboundedReceiver<Webhook>) {
    let mut held_back = None;
    while let Some(webhook) = queue.recv().await {
        let fault = sim.take_fault(
            Strike::Callback,
            &webhook.address.method,
            &webhook.address.url,
            &account_sid,
        );
        if fault == Some(FaultKind::ReorderCallbacks) && held_back.is_none() {
            held_back = Some(webhook);
            continue;
        }
        deliver_callback(
            &sim,
            &call_sid,
            &account_sid,
            &webhook,
            fault == Some(FaultKind::DuplicateCallbacks),
        )
        .await;
        if let Some(earlier) = held_back.take() {
            deliver_callback(&sim, &call_sid, &account_sid, &earlier, false).await;
        }
    }
    if let Some(last) = held_back {
        deliver_callback(&sim, &call_sid, &account_sid, &last, false).await;
    }
}

async fn deliver_callback(sim: &Sim, call_sid: &str, account_sid: &str, webhook: &Webhook, twice: bool) {
    let token = sim.state().sids.idempotency_token();
    for _ in 0..=u8::from(twice) {
        let outcome = deliver(sim, call_sid, account_sid, webhook, &token).await;
        let request = webhook.failed_with(outcome.as_ref().ok());
        let (code, level, message) = match outcome {
            Ok(answer) if answer.status < 400 => continue,
            Ok(answer) => (15003, LogLevel::Warning, format!("Got HTTP {} response", answer.status)),
            Err(failure) => (failure.code, LogLevel::Error, failure.message),
        };
        note(sim, call_sid, code, level, message, request);
    }
}
