//! How calls begin and how they are ended from outside.

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use super::call::{CallDirection, CallStatus, HangUp, SimCall};
use super::leg::Leg;
use super::life;
use super::order::Order;
use super::quality::SimQuality;
use crate::sim::Sim;
use crate::state::{CallEntry, State};

/// The facts a call starts with.
pub(super) struct NewCall<'a> {
    pub(super) account_sid: &'a str,
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    pub(super) direction: CallDirection,
    pub(super) status: CallStatus,
    pub(super) parent_call_sid: Option<&'a str>,
    pub(super) phone_number_sid: Option<&'a str>,
    pub(super) price_unit: &'a str,
}

impl NewCall<'_> {
    fn into_call(self, sid: String, now: DateTime<Utc>) -> SimCall {
        SimCall {
            sid,
            account_sid: self.account_sid.to_owned(),
            parent_call_sid: self.parent_call_sid.map(str::to_owned),
            from: self.from.to_owned(),
            to: self.to.to_owned(),
            phone_number_sid: self.phone_number_sid.map(str::to_owned),
            direction: self.direction,
            status: self.status,
            created_at: now,
            updated_at: now,
            started_at: None,
            answered_at: None,
            ended_at: None,
            answered_by: None,
            price: None,
            price_unit: self.price_unit.to_owned(),
            trunk_sid: None,
            sip_response_code: None,
            hung_up_by: None,
            is_over: false,
            events: Vec::new(),
            streams: Vec::new(),
            notifications: Vec::new(),
            quality: SimQuality::default(),
        }
    }
}

impl State {
    /// Makes the record of a call and the token that ends it.
    pub(super) fn open_call(&mut self, new: NewCall<'_>, now: DateTime<Utc>) -> (String, CancellationToken) {
        let sid = self.sids.next("CA");
        let hang_up = CancellationToken::new();
        let call = new.into_call(sid.clone(), now);
        self.calls.push(CallEntry {
            call,
            hang_up: hang_up.clone(),
        });
        (sid, hang_up)
    }
}

impl Sim {
    /// A caller dials a number. Gives the call's SID at once; the call lives on by itself.
    ///
    /// When nobody has the number, the call fails with SIP 404 and belongs to no account.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    pub fn ring(&self, from: &str, to: &str) -> String {
        let talks = match self.behaviour(from) {
            crate::Phone::Answers { talks, .. } | crate::Phone::Machine { talks } => Some(talks),
            crate::Phone::Busy | crate::Phone::NoAnswer | crate::Phone::Rejects { .. } => None,
        };
        self.ring_in(from, to, talks)
    }

    /// As [`Sim::ring`]; the caller hangs up when they have talked for `talks`.
    pub(super) fn ring_in(&self, from: &str, to: &str, talks: Option<std::time::Duration>) -> String {
        let number = self.state().number_dialled(to).cloned();
        let account = number.as_ref().and_then(|number| self.account(&number.account_sid));
        let leg = self.open_leg(NewCall {
            account_sid: account.as_ref().map_or("", |account| &account.sid),
            from,
            to,
            direction: CallDirection::Inbound,
            status: CallStatus::Ringing,
            parent_call_sid: None,
            phone_number_sid: number.as_ref().map(|number| number.sid.as_str()),
            price_unit: account.as_ref().map_or("USD", |account| &account.currency),
        });
        let sid = leg.sid.clone();
        let leg = leg.talking_for(talks);
        tokio::spawn(life::inbound(leg, number.zip(account)));
        sid
    }

    /// Starts an outbound call that was checked, and gives its SID.
    pub(crate) fn place(&self, order: Order) -> String {
        let leg = self.open_leg(NewCall {
            account_sid: &order.account_sid,
            from: &order.from,
            to: &order.to,
            direction: CallDirection::OutboundApi,
            status: CallStatus::Queued,
            parent_call_sid: None,
            phone_number_sid: order.phone_number_sid.as_deref(),
            price_unit: &order.price_unit,
        });
        let sid = leg.sid.clone();
        tokio::spawn(life::outbound(leg.with_callbacks(order.callbacks.clone()), order));
        sid
    }

    /// What is answered to a call that test credentials asked for: it looks placed and is nowhere kept.
    pub(crate) fn unplaced_call(&self, order: &Order) -> SimCall {
        let new = NewCall {
            account_sid: &order.account_sid,
            from: &order.from,
            to: &order.to,
            direction: CallDirection::OutboundApi,
            status: CallStatus::Queued,
            parent_call_sid: None,
            phone_number_sid: None,
            price_unit: &order.price_unit,
        };
        let sid = self.state().sids.next("CA");
        new.into_call(sid, self.now())
    }

    pub(super) fn open_leg(&self, new: NewCall<'_>) -> Leg {
        let account_sid = new.account_sid.to_owned();
        let now = self.now();
        let (sid, hang_up) = self.state().open_call(new, now);
        self.touch();
        Leg::new(self.clone(), sid, account_sid, hang_up)
    }

    /// The call as it stands now.
    #[must_use]
    pub fn call(&self, call_sid: &str) -> Option<SimCall> {
        self.state().call(call_sid).cloned()
    }

    /// The account's calls, oldest first.
    #[must_use]
    pub fn calls(&self, account_sid: &str) -> Vec<SimCall> {
        let state = self.state();
        state
            .calls
            .iter()
            .map(|entry| &entry.call)
            .filter(|call| call.account_sid == account_sid)
            .cloned()
            .collect()
    }

    /// Waits until a call is as wanted. Waits for ever if it never is.
    pub async fn wait_for_call(&self, call_sid: &str, wanted: impl Fn(&SimCall) -> bool) -> SimCall {
        self.wait_until(|state| state.call(call_sid).filter(|call| wanted(call)).cloned())
            .await
    }

    /// Waits until a call has ended and its last callback was answered.
    pub async fn call_finished(&self, call_sid: &str) -> SimCall {
        self.wait_for_call(call_sid, |call| call.is_over).await
    }

    /// Waits until a call has ended and has its price, which comes five paces after the end.
    pub async fn call_rated(&self, call_sid: &str) -> SimCall {
        self.wait_for_call(call_sid, |call| call.is_over && call.price.is_some())
            .await
    }

    /// The person outside hangs up: the caller of an inbound call, the called of an outbound one.
    pub fn hang_up(&self, call_sid: &str) {
        let direction = self.state().call(call_sid).map(|call| call.direction);
        let by = if direction == Some(CallDirection::Inbound) {
            HangUp::Caller
        } else {
            HangUp::Callee
        };
        self.end_call(call_sid, by);
    }

    /// Ends a call; the first one to end it is remembered.
    pub(crate) fn end_call(&self, call_sid: &str, by: HangUp) {
        let mut state = self.state();
        let Some(entry) = state.call_entry_mut(call_sid) else {
            return;
        };
        if !entry.call.status.is_final() {
            entry.call.hung_up_by.get_or_insert(by);
        }
        entry.hang_up.cancel();
    }

    pub(crate) fn hang_up_all(&self) {
        let live: Vec<String> = {
            let state = self.state();
            state
                .calls
                .iter()
                .filter(|entry| !entry.call.is_over)
                .map(|entry| entry.call.sid.clone())
                .collect()
        };
        for sid in live {
            self.end_call(&sid, HangUp::Shutdown);
        }
    }
}
