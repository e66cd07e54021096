//! What a call that has ended adds to the usage of its account.

use rust_decimal::Decimal;

use super::SimUsage;
use crate::calls::{CallDirection, SimCall};
use crate::state::State;

impl State {
    /// Counts an answered call under the UTC day it ended on. Media streams are not charged.
    pub(crate) fn count_call(&mut self, call: &SimCall) {
        let Some((minutes, ended)) = call.billed_minutes().zip(call.ended_at) else {
            return;
        };
        let amount = SimUsage::new(1, Decimal::from(minutes), call.cost());
        let category = self.category_of(call);
        self.usage.add(&call.account_sid, ended.date_naive(), category, &amount);
    }

    fn category_of(&self, call: &SimCall) -> &'static str {
        let is_inbound = call.direction == CallDirection::Inbound;
        let other = if is_inbound { &call.from } else { &call.to };
        if other.starts_with("client:") {
            return "calls-client";
        }
        if other.starts_with("sip:") {
            return if is_inbound {
                "calls-sip-inbound"
            } else {
                "calls-sip-outbound"
            };
        }
        if !is_inbound {
            return "calls-outbound";
        }
        let number = call.phone_number_sid.as_deref().and_then(|sid| self.number(sid));
        match number.map(|number| number.number_type.as_str()) {
            Some("mobile") => "calls-inbound-mobile",
            Some("toll-free") => "calls-inbound-tollfree",
            _ => "calls-inbound-local",
        }
    }
}
