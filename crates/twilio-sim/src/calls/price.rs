//! What a call costs. The prices a minute are made up; the price comes some time after the end of the call.

use rust_decimal::Decimal;

use super::call::{CallDirection, SimCall};
use crate::sim::Sim;

/// Prices a begun minute, in hundred-thousandths of the account's currency.
const INBOUND: i64 = 850;
const OUTBOUND: i64 = 1400;

impl SimCall {
    /// Begun minutes; nothing unless it was answered and has ended.
    #[must_use]
    pub fn billed_minutes(&self) -> Option<i64> {
        self.duration_seconds().map(|seconds| (seconds + 59) / 60)
    }

    /// What it costs, positive; nothing unless answered.
    pub(crate) fn cost(&self) -> Decimal {
        let per_minute = if self.direction == CallDirection::Inbound {
            INBOUND
        } else {
            OUTBOUND
        };
        Decimal::new(self.billed_minutes().unwrap_or(0) * per_minute, 5)
    }

    /// As `price` shows it: negative, and `0` for nothing.
    pub(crate) fn rated(&self) -> String {
        let cost = self.cost();
        if cost.is_zero() {
            "0".to_owned()
        } else {
            format!("-{cost}")
        }
    }
}

impl Sim {
    /// Gives an ended call its price and adds it to the usage of its account.
    pub(super) fn rate_call(&self, call_sid: &str) {
        let rated = {
            let mut state = self.state();
            let Some(entry) = state.call_entry_mut(call_sid) else {
                return;
            };
            entry.call.price = Some(entry.call.rated());
            let call = entry.call.clone();
            state.count_call(&call);
            call
        };
        self.usage_changed(&rated.account_sid);
    }
}
