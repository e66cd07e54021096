//! Auth tokens: a secondary one beside the primary, its promotion, and a change behind everybody's back.

use crate::sim::Sim;

impl Sim {
    /// Gives the account a new auth token, as its owner would in Twilio's Console; the old one is dead at once.
    ///
    /// Gives an empty text when there is no such account.
    pub fn rotate_token(&self, sid: &str) -> String {
        let mut state = self.state();
        let token = state.sids.secret();
        let Some(account) = state.account_mut(sid) else {
            return String::new();
        };
        account.auth_token.clone_from(&token);
        account.secondary_token = None;
        token
    }

    /// Gives the account a secondary token, which works beside the primary one; a secondary it had before is dead.
    pub fn create_secondary_token(&self, sid: &str) -> Option<String> {
        let mut state = self.state();
        let token = state.sids.secret();
        state.account_mut(sid)?.secondary_token = Some(token.clone());
        Some(token)
    }

    /// Deletes the secondary token. Gives whether there was one.
    pub fn delete_secondary_token(&self, sid: &str) -> bool {
        let mut state = self.state();
        state
            .account_mut(sid)
            .and_then(|account| account.secondary_token.take())
            .is_some()
    }

    /// Makes the secondary token the primary one, and gives it; the old primary is dead at once. Nothing without a secondary.
    pub fn promote_secondary_token(&self, sid: &str) -> Option<String> {
        let mut state = self.state();
        let account = state.account_mut(sid)?;
        let token = account.secondary_token.take()?;
        account.auth_token.clone_from(&token);
        Some(token)
    }
}
