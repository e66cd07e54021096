//! What can happen to an account or a number that exists, by name: one change for every cause of trouble.

use crate::accounts::{AccountKind, AccountStatus, KeyKind, Right, SimAccount, SuspendedForm};
use crate::faults::{Fault, FaultKind, Match};
use crate::sim::Sim;

use super::{history, refusals};

/// The first group is about credentials and the account, the second about its numbers, the third about Twilio and the way to it, the
/// fourth about money and calls.
const EFFECTS: [&str; 49] = [
    "token_rotated",
    "token_promoted",
    "keys_deleted",
    "keys_restricted",
    "region_changed",
    "suspended",
    "suspended_status_only",
    "suspended_forbidden",
    "suspended_not_active",
    "closed",
    "closed_status_only",
    "closed_forbidden",
    "closed_not_active",
    "active_again",
    "out_of_funds",
    "in_funds",
    "trial_limits",
    "geo_blocked",
    "caller_ids_lost",
    "too_many_calls",
    "number_released",
    "number_moved",
    "not_voice_enabled",
    "fax_mode",
    "routing_not_set",
    "url_changed",
    "wrong_method",
    "overridden_by_trunk",
    "overridden_by_application",
    "other_region",
    "incident_opened",
    "incident_resolved",
    "throttled",
    "slow",
    "failing",
    "unreachable",
    "not_json",
    "calm",
    "webhook_failing",
    "signature_failing",
    "errors_logged",
    "low_balance",
    "negative_balance",
    "no_balance",
    "topped_up",
    "heavy_spend",
    "burst_of_calls",
    "burst_of_failures",
    "new_expensive_destination",
];

/// What [`Sim::happen`] knows.
pub const CHANGES: [&str; EFFECTS.len() + refusals::NAMES.len()] = {
    let mut names = [""; EFFECTS.len() + refusals::NAMES.len()];
    let mut position = 0;
    while position < names.len() {
        names[position] = if position < EFFECTS.len() {
            EFFECTS[position]
        } else {
            refusals::NAMES[position - EFFECTS.len()]
        };
        position += 1;
    }
    names
};

/// What a restricted key of a scenario may not: all but numbers, calls and prices.
pub(super) const RESTRICTED: [Right; 10] = [
    Right::Account,
    Right::Balance,
    Right::CallerIds,
    Right::Usage,
    Right::Triggers,
    Right::Keys,
    Right::AuthTokens,
    Right::Alerts,
    Right::Permissions,
    Right::Insights,
];

impl Sim {
    /// Lets a change happen to an account (`AC...`; changes of numbers then meet all it has) or to a number (`PN...`; changes of
    /// accounts then meet the one it belongs to). Gives whether both are known. [`CHANGES`] has the names.
    ///
    /// # Panics
    /// Outside a Tokio runtime, when usage changes so that a usage trigger fires.
    pub fn happen(&self, sid: &str, name: &str) -> bool {
        let number = self.number(sid);
        let account_sid = number.as_ref().map_or(sid, |number| &number.account_sid);
        let Some(account) = self.account(account_sid) else {
            return false;
        };
        let numbers = match &number {
            Some(number) => vec![number.sid.clone()],
            None => self.numbers(account_sid).into_iter().map(|number| number.sid).collect(),
        };
        self.happen_to_account(&account, name)
            || super::numbers::happen(self, &numbers, name)
            || refusals::happen(self, &account.sid, name)
            || self.happen_at_twilio(&account.sid, name)
            || history::happen(self, &account, name)
    }

    fn happen_to_account(&self, account: &SimAccount, name: &str) -> bool {
        let sid = account.sid.as_str();
        let change = |change: &dyn Fn(&mut SimAccount)| {
            self.change_account(sid, change);
        };
        let inactive = |status, form| {
            self.set_suspended_form(sid, form);
            self.set_status(sid, status);
        };
        match name {
            "token_rotated" => drop(self.rotate_token(sid)),
            "token_promoted" => {
                self.create_secondary_token(sid);
                self.promote_secondary_token(sid);
            }
            "keys_deleted" => change(&|account| account.keys.clear()),
            "keys_restricted" => self.restrict_keys(account),
            "region_changed" => change(&|account| "ie1".clone_into(&mut account.region)),
            "suspended" => inactive(AccountStatus::Suspended, SuspendedForm::Unauthorized),
            "suspended_status_only" => inactive(AccountStatus::Suspended, SuspendedForm::StatusOnly),
            "suspended_forbidden" => inactive(AccountStatus::Suspended, SuspendedForm::Forbidden),
            "suspended_not_active" => inactive(AccountStatus::Suspended, SuspendedForm::NotActive),
            "closed" => inactive(AccountStatus::Closed, SuspendedForm::Unauthorized),
            "closed_status_only" => inactive(AccountStatus::Closed, SuspendedForm::StatusOnly),
            "closed_forbidden" => inactive(AccountStatus::Closed, SuspendedForm::Forbidden),
            "closed_not_active" => inactive(AccountStatus::Closed, SuspendedForm::NotActive),
            "active_again" => self.set_status(sid, AccountStatus::Active),
            "out_of_funds" => change(&|account| {
                account.out_of_funds = true;
                "-0.02".clone_into(&mut account.balance);
            }),
            "in_funds" => change(&|account| account.out_of_funds = false),
            "trial_limits" => change(&|account| {
                account.kind = AccountKind::Trial;
                account.caller_ids.clear();
                account.concurrent_calls = Some(5);
            }),
            "geo_blocked" => change(&|account| {
                let countries = [account.country.clone(), "GB".to_owned()];
                account.blocked_countries = countries.to_vec();
            }),
            "caller_ids_lost" => change(&|account| account.caller_ids.clear()),
            "too_many_calls" => change(&|account| account.concurrent_calls = Some(0)),
            "low_balance" => self.set_balance(sid, "1.27"),
            "negative_balance" => self.set_balance(sid, "-4.10"),
            "no_balance" => self.set_balance(sid, ""),
            "topped_up" => {
                change(&|account| account.out_of_funds = false);
                self.set_balance(sid, "250.00");
            }
            _ => return false,
        }
        true
    }

    /// Restricts all keys of an account; one without keys gets one.
    fn restrict_keys(&self, account: &SimAccount) {
        if account.keys.is_empty() {
            self.add_restricted_key(&account.sid, &RESTRICTED);
        }
        for key in &account.keys {
            self.change_key(&key.sid, |key| {
                key.kind = KeyKind::Restricted;
                key.denied = RESTRICTED.to_vec();
            });
        }
    }

    fn happen_at_twilio(&self, account_sid: &str, name: &str) -> bool {
        let fault = |kind| {
            self.fail(Fault {
                on: Match {
                    account: Some(account_sid.to_owned()),
                    ..Match::default()
                },
                times: None,
                kind,
            });
        };
        match name {
            "throttled" => fault(FaultKind::RateLimited { retry_after: None }),
            "slow" => fault(FaultKind::Slow {
                delay: self.options().pace * 100,
            }),
            "failing" => fault(FaultKind::Status {
                status: 503,
                code: 20503,
                message: "Service unavailable".to_owned(),
            }),
            "unreachable" => fault(FaultKind::CutOff),
            "not_json" => fault(FaultKind::Html { status: 502 }),
            "signature_failing" => fault(FaultKind::WrongSignature),
            "calm" => {
                let of_account = |fault: &Fault| fault.on.account.as_deref() == Some(account_sid);
                self.state().faults.retain(|fault| !of_account(fault));
            }
            "incident_opened" => drop(self.open_incident(super::voice_incident())),
            "incident_resolved" => {
                for incident in self.incidents().iter().filter(|incident| !incident.is_over()) {
                    self.resolve_incident(&incident.id);
                }
            }
            _ => return false,
        }
        true
    }
}
