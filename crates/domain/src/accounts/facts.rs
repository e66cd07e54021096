//! What Twilio told of an account, as it is kept on the account's row.

use ::entity::Amount;
use ::entity::twilio_account::{self, AccountKind, TwilioStatus};
use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::{Set, Unchanged};
use twilio::{Account, AccountStatus, Balance};

/// Twilio's word for the account's status.
pub(super) fn status(account: &Account) -> TwilioStatus {
    match &account.status {
        AccountStatus::Active => TwilioStatus::Active,
        AccountStatus::Suspended => TwilioStatus::Suspended,
        AccountStatus::Closed => TwilioStatus::Closed,
        AccountStatus::Other(word) => TwilioStatus::Unknown(word.clone()),
    }
}

/// Twilio's word for the account's type.
pub(super) fn account_kind(account: &Account) -> AccountKind {
    match &account.kind {
        twilio::AccountKind::Trial => AccountKind::Trial,
        twilio::AccountKind::Full => AccountKind::Full,
        twilio::AccountKind::Other(word) => AccountKind::Unknown(word.clone()),
    }
}

/// Takes over what Twilio said of the account.
pub(super) fn told_account(facts: &mut twilio_account::Model, account: &Account) {
    facts.twilio_status = status(account);
    facts.kind = account_kind(account);
    facts.owner_sid = account.owner_account_sid.as_ref().map(ToString::to_string);
    facts.friendly_name.clone_from(&account.friendly_name);
}

/// Takes over the balance.
pub(super) fn told_balance(facts: &mut twilio_account::Model, balance: &Balance, at: DateTime<Utc>) {
    facts.balance = Some(Amount(balance.amount));
    facts.balance_currency = Some(balance.currency.clone());
    facts.balance_at = Some(at);
}

/// The change of the row that makes `before` to `facts`. Health is left out: it is evaluated.
pub(super) fn difference(before: &twilio_account::Model, facts: &twilio_account::Model) -> twilio_account::ActiveModel {
    let mut row = twilio_account::ActiveModel {
        id: Unchanged(before.id),
        updated_at: Set(facts.updated_at),
        ..Default::default()
    };
    macro_rules! set_if_other {
        ($($field:ident),+ $(,)?) => {$(
            if before.$field != facts.$field {
                row.$field = Set(facts.$field.clone());
            }
        )+};
    }
    set_if_other!(
        label,
        state,
        twilio_status,
        kind,
        owner_sid,
        friendly_name,
        credential_state,
        rights,
        rights_due_at,
        failed_probes,
        paused_at,
        balance,
        balance_currency,
        balance_at,
        verified_at,
        checked_at,
        token_set_at,
        rotation_reminded_at,
        disconnected_at,
    );
    row
}
