//! A usage trigger fires: a signed form to the customer, again at once where that is answered with 5xx.
//!
//! Source: <https://www.twilio.com/docs/usage/api/usage-trigger>

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::SimTrigger;
use crate::alerts::{AlertSpec, FailedRequest};
use crate::calls::{Address, send};
use crate::faults::{FaultKind, Strike};
use crate::form::Pairs;
use crate::sim::Sim;
use crate::state::State;
use crate::wire;

/// How often a callback is sent again after a 5xx.
const RETRIES: usize = 3;

/// One firing of a usage trigger.
#[derive(Debug, Clone, Serialize)]
pub struct SimFiring {
    /// The trigger.
    pub trigger_sid: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What the callback carries.
    pub parameters: Pairs,
    /// The status of each attempt; `None` where there was no answer.
    pub attempts: Vec<Option<u16>>,
    /// Whether no further attempt follows.
    pub is_over: bool,
}

impl Sim {
    /// Lets a trigger fire, whatever the usage is and however often it has fired. Gives whether there is such a trigger.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    pub fn fire_trigger(&self, trigger_sid: &str) -> bool {
        let firing = self.state().mark_fired(trigger_sid, self.now());
        let Some((trigger, parameters)) = firing else {
            return false;
        };
        self.deliver(&trigger, &parameters);
        true
    }

    /// Sends the callback of a trigger's last firing once more, unchanged. Gives whether there was one.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    pub fn repeat_firing(&self, trigger_sid: &str) -> bool {
        let last = self.firings(trigger_sid).pop();
        let trigger = self
            .state()
            .triggers
            .iter()
            .find(|trigger| trigger.sid == trigger_sid)
            .cloned();
        let Some((trigger, last)) = trigger.zip(last) else {
            return false;
        };
        self.deliver(&trigger, &last.parameters);
        true
    }

    /// The firings of a trigger, in order, also of one that was deleted since.
    #[must_use]
    pub fn firings(&self, trigger_sid: &str) -> Vec<SimFiring> {
        let state = self.state();
        let belongs = |firing: &&SimFiring| firing.trigger_sid == trigger_sid;
        state.firings.iter().filter(belongs).cloned().collect()
    }

    /// Waits until so many firings of a trigger are over.
    pub async fn firings_over(&self, trigger_sid: &str, count: usize) -> Vec<SimFiring> {
        self.wait_until(|state| {
            let over = state
                .firings
                .iter()
                .filter(|f| f.trigger_sid == trigger_sid && f.is_over);
            (over.count() >= count).then_some(())
        })
        .await;
        self.firings(trigger_sid)
    }

    pub(super) fn deliver(&self, trigger: &SimTrigger, parameters: &Pairs) {
        let address = Address {
            method: trigger.callback_method.clone(),
            url: trigger.callback_url.clone(),
        };
        let fault = self.take_fault(Strike::Callback, &address.method, &address.url, &trigger.account_sid);
        let times = if fault == Some(FaultKind::DuplicateCallbacks) {
            2
        } else {
            1
        };
        for _ in 0..times {
            let at = {
                let mut state = self.state();
                state.firings.push(SimFiring {
                    trigger_sid: trigger.sid.clone(),
                    at: self.now(),
                    parameters: parameters.clone(),
                    attempts: Vec::new(),
                    is_over: false,
                });
                state.firings.len() - 1
            };
            let (sim, account_sid) = (self.clone(), trigger.account_sid.clone());
            let (address, parameters) = (address.clone(), parameters.clone());
            tokio::spawn(async move { sim.attempt(at, &account_sid, &address, &parameters).await });
        }
    }

    async fn attempt(&self, firing: usize, account_sid: &str, address: &Address, parameters: &Pairs) {
        let token = self.state().sids.idempotency_token();
        for _ in 0..=RETRIES {
            let outcome = send(self, account_sid, address, parameters, &token).await;
            let status = outcome.ok().map(|answer| answer.status);
            self.state().firings[firing].attempts.push(status);
            self.touch();
            if status.is_none_or(|status| status < 500) {
                break;
            }
            tokio::time::sleep(self.options().pace).await;
        }
        let last = self.state().firings[firing].attempts.last().copied().flatten();
        if last.is_none_or(|status| status >= 400) {
            self.note_failed_callback(firing, account_sid, address, parameters);
        }
        self.state().firings[firing].is_over = true;
        self.touch();
    }

    fn note_failed_callback(&self, firing: usize, account_sid: &str, address: &Address, parameters: &Pairs) {
        let request = FailedRequest {
            method: address.method.clone(),
            url: address.url.clone(),
            variables: parameters.encode(),
            ..FailedRequest::default()
        };
        let alert = AlertSpec {
            error_code: 11200,
            message: "The callback of a usage trigger failed".to_owned(),
            resource_sid: Some(self.state().firings[firing].trigger_sid.clone()),
            request,
            ..AlertSpec::default()
        };
        self.plant_alert(account_sid, alert);
    }
}

impl State {
    /// Notes that a trigger fires now, and gives it with what its callback carries.
    pub(super) fn mark_fired(&mut self, trigger_sid: &str, now: DateTime<Utc>) -> Option<(SimTrigger, Pairs)> {
        let trigger = self.triggers.iter_mut().find(|trigger| trigger.sid == trigger_sid)?;
        trigger.fired_at = Some(now);
        let trigger = trigger.clone();
        let current = self.watched_value(&trigger, now.date_naive()).to_string();
        let parameters = callback(&trigger, &current, now);
        Some((trigger, parameters))
    }
}

fn callback(trigger: &SimTrigger, current_value: &str, now: DateTime<Utc>) -> Pairs {
    let day = now.date_naive();
    let mut pairs = Pairs::default();
    for (name, value) in [
        ("AccountSid", trigger.account_sid.clone()),
        ("UsageTriggerSid", trigger.sid.clone()),
        ("DateFired", wire::date(now)),
        ("Recurring", trigger.recurring.as_str().to_owned()),
        ("UsageCategory", trigger.usage_category.clone()),
        ("TriggerBy", trigger.trigger_by.as_str().to_owned()),
        ("TriggerValue", trigger.trigger_value.to_string()),
        ("CurrentValue", current_value.to_owned()),
        ("UsageRecordUri", wire::usage_trigger_record_uri(trigger)),
        (
            "IdempotencyToken",
            format!("{}-FIRES-{}-{day}", trigger.account_sid, trigger.sid),
        ),
    ] {
        pairs.push(name, value);
    }
    pairs
}
