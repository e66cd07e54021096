//! How a test or a person makes accounts, and changes them without the API.

use super::{AccountSpec, AccountStatus, Insights, SimAccount, SimApplication, SuspendedForm};
use crate::sim::Sim;

impl Sim {
    /// Opens an account. A known SID that exists already is replaced.
    pub fn add_account(&self, spec: AccountSpec) -> SimAccount {
        let now = self.now();
        let mut state = self.state();
        let account = SimAccount::new(spec, &mut state, now);
        state.accounts.retain(|other| other.sid != account.sid);
        state.accounts.push(account.clone());
        account
    }

    /// The account as it stands now.
    #[must_use]
    pub fn account(&self, sid: &str) -> Option<SimAccount> {
        self.state().account(sid).cloned()
    }

    /// All accounts, oldest first.
    #[must_use]
    pub fn accounts(&self) -> Vec<SimAccount> {
        self.state().accounts.clone()
    }

    /// Changes whatever one likes of an account behind its owner's back. Gives whether it exists.
    pub fn change_account(&self, sid: &str, change: impl FnOnce(&mut SimAccount)) -> bool {
        let changed = self.state().account_mut(sid).map(change).is_some();
        self.touch();
        changed
    }

    /// Sets the status. A parent that is suspended takes its subaccounts with it.
    pub fn set_status(&self, sid: &str, status: AccountStatus) {
        let mut state = self.state();
        let with_its_own = |account: &&mut SimAccount| account.sid == sid || account.owner_account_sid == sid;
        state
            .accounts
            .iter_mut()
            .filter(with_its_own)
            .for_each(|account| account.status = status);
    }

    /// Chooses how the API answers while the account is not active.
    pub fn set_suspended_form(&self, sid: &str, form: SuspendedForm) {
        self.change_account(sid, |account| account.suspended_form = form);
    }

    /// Sets the balance, a decimal as text; an empty text for none.
    pub fn set_balance(&self, sid: &str, balance: &str) {
        self.change_account(sid, |account| balance.clone_into(&mut account.balance));
    }

    /// Forbids calls to these ISO countries, and allows all others.
    pub fn set_blocked_countries(&self, sid: &str, countries: &[&str]) {
        self.change_account(sid, |account| {
            account.blocked_countries = countries.iter().map(|c| (*c).to_owned()).collect();
        });
    }

    /// Says whether Voice Insights is bought, and how its API answers when not.
    pub fn set_insights(&self, sid: &str, insights: Insights) {
        self.change_account(sid, |account| account.insights = insights);
    }

    /// Makes a `TwiML` application for an existing account and gives its SID.
    pub fn add_application(&self, account_sid: &str, voice_url: &str) -> String {
        let mut state = self.state();
        let sid = state.sids.next("AP");
        if let Some(account) = state.account_mut(account_sid) {
            account.applications.push(SimApplication {
                sid: sid.clone(),
                voice_url: voice_url.to_owned(),
            });
        }
        sid
    }

    /// Keeps the calls the API makes for this account queued, as Twilio does with calls beyond one a second, until
    /// [`Sim::release_calls`].
    pub fn hold_calls(&self, account_sid: &str) {
        self.change_account(account_sid, |account| account.holds_calls = true);
    }

    /// Lets queued calls go on.
    pub fn release_calls(&self, account_sid: &str) {
        self.change_account(account_sid, |account| account.holds_calls = false);
    }
}
