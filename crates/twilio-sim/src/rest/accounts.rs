//! Accounts and their balance.
//!
//! Source: <https://www.twilio.com/docs/iam/api/account>

use super::{Answer, Ask, RestResult};
use crate::accounts::{AccountStatus, SimAccount};
use crate::errors::Refusal;
use crate::sim::Sim;
use crate::wire;

/// The account itself and its subaccounts; filters `FriendlyName`, `Status`.
pub(super) fn list(sim: &Sim, ask: &Ask<'_>) -> RestResult {
    let name = ask.query().filled("FriendlyName");
    let status = ask.query().filled("Status");
    let wanted = |account: &&SimAccount| {
        (account.sid == ask.caller.account_sid || account.owner_account_sid == ask.caller.account_sid)
            && name.is_none_or(|name| account.friendly_name == name)
            && status.is_none_or(|status| account.status.as_str() == status)
    };
    let state = sim.state();
    let accounts: Vec<&SimAccount> = state.accounts.iter().filter(wanted).collect();
    ask.page(
        "accounts",
        &accounts,
        |account| &account.sid,
        |account| wire::account(account, account.status),
    )
}

/// One account.
pub(super) fn fetch(ask: &Ask<'_>) -> Answer {
    let faked = ask.request.as_suspended.map(|_| AccountStatus::Suspended);
    Answer::Json(200, wire::account(&ask.account, faked.unwrap_or(ask.account.status)))
}

/// The balance; subaccounts have none and get 404/20404, as does an account whose balance is not set.
pub(super) fn balance(ask: &Ask<'_>) -> RestResult {
    if ask.account.is_subaccount() || ask.account.balance.is_empty() {
        return Err(Refusal::not_found(ask.path()));
    }
    Ok(Answer::Json(200, wire::balance(&ask.account)))
}
