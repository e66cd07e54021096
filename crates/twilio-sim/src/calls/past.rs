//! Calls of the past, planted in the call log: they never lived here.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::call::{CallDirection, CallStatus};
use super::start::NewCall;
use crate::sim::Sim;

/// What a call of the past was. By default an outbound one of a minute that just began.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct PastCall {
    /// The caller.
    pub from: String,
    /// The called.
    pub to: String,
    /// Who called whom.
    pub direction: CallDirection,
    /// How it ended.
    pub status: CallStatus,
    /// When it was dialled; now, when not given.
    pub started_at: Option<DateTime<Utc>>,
    /// How long it was talked; nothing unless it is completed.
    pub seconds: u32,
    /// How the far end's SIP side answered.
    pub sip_response_code: Option<u16>,
}

impl Default for PastCall {
    fn default() -> Self {
        Self {
            from: String::new(),
            to: String::new(),
            direction: CallDirection::OutboundApi,
            status: CallStatus::Completed,
            started_at: None,
            seconds: 60,
            sip_response_code: None,
        }
    }
}

impl Sim {
    /// Writes a call of the past into an account's log, with its price and usage, and gives its SID.
    ///
    /// # Panics
    /// Outside a Tokio runtime, when a usage trigger fires.
    pub fn plant_call(&self, account_sid: &str, past: &PastCall) -> String {
        let now = self.now();
        let started = past.started_at.unwrap_or(now);
        let answered = past.status == CallStatus::Completed;
        let ended = started + TimeDelta::seconds(if answered { past.seconds.into() } else { 0 });
        let own = if past.direction == CallDirection::Inbound {
            &past.to
        } else {
            &past.from
        };
        let currency = self
            .account(account_sid)
            .map_or_else(|| "USD".to_owned(), |account| account.currency);
        let mut state = self.state();
        let number_sid = state.number_dialled(own).map(|number| number.sid.clone());
        let new = NewCall {
            account_sid,
            from: &past.from,
            to: &past.to,
            direction: past.direction,
            status: past.status,
            parent_call_sid: None,
            phone_number_sid: number_sid.as_deref(),
            price_unit: &currency,
        };
        let (sid, hang_up) = state.open_call(new, started);
        hang_up.cancel();
        if let Some(entry) = state.call_entry_mut(&sid) {
            let call = &mut entry.call;
            call.started_at = Some(started);
            call.answered_at = answered.then_some(started);
            call.ended_at = Some(ended);
            call.updated_at = ended;
            call.sip_response_code = past.sip_response_code.or(answered.then_some(200));
            call.is_over = true;
        }
        drop(state);
        self.rate_call(&sid);
        sid
    }
}
