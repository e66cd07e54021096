//! All that the simulator remembers, behind one lock.

use std::collections::HashMap;

use tokio_util::sync::CancellationToken;

use crate::accounts::{SharedKey, SimAccount};
use crate::alerts::SimAlert;
use crate::calls::SimCall;
use crate::faults::Fault;
use crate::numbers::SimNumber;
use crate::phones::Phone;
use crate::requests::SimRequest;
use crate::sids::Sids;
use crate::status_page::StatusPage;
use crate::triggers::{SimFiring, SimTrigger};
use crate::usage::Ledger;

/// The world. Lists are in the order things were made, which is the order Twilio lists them in here.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) sids: Sids,
    pub(crate) accounts: Vec<SimAccount>,
    /// By the SID of the account whose webhooks they sign.
    pub(crate) shared_keys: HashMap<String, SharedKey>,
    pub(crate) numbers: Vec<SimNumber>,
    pub(crate) calls: Vec<CallEntry>,
    pub(crate) phones: HashMap<String, Phone>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) requests: Vec<SimRequest>,
    pub(crate) alerts: Vec<SimAlert>,
    pub(crate) status_page: StatusPage,
    pub(crate) usage: Ledger,
    pub(crate) triggers: Vec<SimTrigger>,
    pub(crate) firings: Vec<SimFiring>,
}

/// A call and the way to end it.
#[derive(Debug)]
pub(crate) struct CallEntry {
    pub(crate) call: SimCall,
    /// Cancelled when the call is to end, by whomever.
    pub(crate) hang_up: CancellationToken,
}

impl State {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            sids: Sids::new(seed),
            accounts: Vec::new(),
            shared_keys: HashMap::new(),
            numbers: Vec::new(),
            calls: Vec::new(),
            phones: HashMap::new(),
            faults: Vec::new(),
            requests: Vec::new(),
            alerts: Vec::new(),
            status_page: StatusPage::new(),
            usage: Ledger::default(),
            triggers: Vec::new(),
            firings: Vec::new(),
        }
    }

    pub(crate) fn account(&self, sid: &str) -> Option<&SimAccount> {
        self.accounts.iter().find(|account| account.sid == sid)
    }

    pub(crate) fn account_mut(&mut self, sid: &str) -> Option<&mut SimAccount> {
        self.accounts.iter_mut().find(|account| account.sid == sid)
    }

    /// The account an API key belongs to.
    pub(crate) fn account_of_key(&self, key_sid: &str) -> Option<&SimAccount> {
        let has_it = |account: &&SimAccount| account.keys.iter().any(|key| key.sid == key_sid);
        self.accounts.iter().find(has_it)
    }

    pub(crate) fn number(&self, sid: &str) -> Option<&SimNumber> {
        self.numbers.iter().find(|number| number.sid == sid)
    }

    /// The number someone reaches who dials this.
    pub(crate) fn number_dialled(&self, e164: &str) -> Option<&SimNumber> {
        self.numbers.iter().find(|number| number.phone_number == e164)
    }

    pub(crate) fn call(&self, sid: &str) -> Option<&SimCall> {
        self.call_entry(sid).map(|entry| &entry.call)
    }

    pub(crate) fn call_entry(&self, sid: &str) -> Option<&CallEntry> {
        self.calls.iter().rev().find(|entry| entry.call.sid == sid)
    }

    pub(crate) fn call_entry_mut(&mut self, sid: &str) -> Option<&mut CallEntry> {
        self.calls.iter_mut().rev().find(|entry| entry.call.sid == sid)
    }

    /// Whether geo permissions forbid an account to call a country (ISO): its own or, inherited, its parent's.
    pub(crate) fn may_not_call(&self, account: &SimAccount, iso: &str) -> bool {
        let blocks = |account: &SimAccount| account.blocked_countries.iter().any(|country| country == iso);
        let parent = self
            .account(&account.owner_account_sid)
            .filter(|_| account.inherits_permissions);
        blocks(account) || parent.is_some_and(blocks)
    }

    pub(crate) fn live_calls(&self, account_sid: &str) -> usize {
        let live = |entry: &&CallEntry| entry.call.account_sid == account_sid && !entry.call.status.is_final();
        self.calls.iter().filter(live).count()
    }
}
