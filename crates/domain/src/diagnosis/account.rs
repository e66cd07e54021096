//! Is the account active, and is there credit?

use ::entity::evidence::{Right, RightAnswer};
use ::entity::twilio_account::{self, TwilioStatus};
use rust_decimal::Decimal;

use super::checks::Check;
use super::evidence::Evidence;
use super::over::had_credit;
use crate::checklist::CheckName;

/// Twilio's code for an account that is suspended or closed.
const SUSPENDED_OR_CLOSED: i32 = 20403;

pub(super) fn active(seen: &Evidence) -> Check {
    let (account, fresh) = (&seen.account, seen.fresh.account);
    let refusal = seen.account_refusal();
    let at = refusal.as_ref().and_then(|(_, _, at)| *at).or(account.checked_at);
    judged(seen).or_seen(at, seen.now, fresh)
}

fn judged(seen: &Evidence) -> Check {
    let name = CheckName::AccountActive;
    let account = &seen.account;
    let refusal = seen.account_refusal();
    let code = refusal
        .as_ref()
        .and_then(|(_, code, _)| *code)
        .or(account.health_twilio_code);
    match (&account.twilio_status, refusal.as_ref().map(|(answer, ..)| answer)) {
        // Twilio has one code for both; only its own word tells which.
        (TwilioStatus::Suspended, _) if code == Some(SUSPENDED_OR_CLOSED) => {
            return Check::fail(
                name,
                "ACCOUNT_SUSPENDED_OR_CLOSED",
                "Twilio refuses every request about the account.",
            )
            .with_code(code);
        }
        (TwilioStatus::Closed, _) | (_, Some(RightAnswer::Closed)) => {
            return status(name, "ACCOUNT_CLOSED", "closed", code);
        }
        (TwilioStatus::Suspended, _) | (_, Some(RightAnswer::Suspended)) => {
            let parent_down = seen.parent.as_ref().is_some_and(is_down);
            let reason = if parent_down {
                "PARENT_SUSPENDED"
            } else {
                "ACCOUNT_SUSPENDED"
            };
            return status(name, reason, "suspended", code);
        }
        (_, Some(RightAnswer::NotActive)) => return not_active(seen, code),
        _ => {}
    }
    if let Some(found) = seen.trouble(name, |_| true) {
        return Check::of_trouble(seen, name, found, "Twilio refused a call for the account's state.");
    }
    // Twilio has the same codes for want of credit; the balance tells that it was not that.
    if let Some((trouble, _)) = seen.trouble(CheckName::Credit, |trouble| had_credit(&seen.balances, trouble)) {
        let told = format!(
            "{} Twilio refused a call because the account is not active.",
            figure(seen).1
        );
        return Check::of_trouble(seen, name, (trouble, "ACCOUNT_NOT_ACTIVE"), told.trim_start());
    }
    if seen
        .right(&Right::Account)
        .is_some_and(|evidence| evidence.answer == RightAnswer::Denied)
    {
        return Check::unknown(
            name,
            "STATUS_UNKNOWN",
            "Twilio does not tell these credentials the account's status.",
        );
    }
    match &account.twilio_status {
        TwilioStatus::Active => {
            Check::pass(name, "Twilio says that the account is active.").expecting("active", "active")
        }
        other => Check::unknown(
            name,
            "STATUS_UNKNOWN",
            format!("Twilio calls the account's status \"{other}\"."),
        )
        .expecting("active", other.as_str().to_lowercase()),
    }
}

fn status(name: CheckName, reason: &str, word: &str, code: Option<i32>) -> Check {
    let told = format!("Twilio says that the account is {word}.");
    Check::fail(name, reason, told)
        .expecting("active", word)
        .with_code(code)
}

fn is_down(parent: &twilio_account::Model) -> bool {
    matches!(parent.twilio_status, TwilioStatus::Suspended | TwilioStatus::Closed)
}

/// "Not active" means no funds, or a sign-up that is not finished. With credit it can only be the second; else `CREDIT` says it.
fn not_active(seen: &Evidence, code: Option<i32>) -> Check {
    let name = CheckName::AccountActive;
    let has_credit = seen
        .account
        .balance
        .as_ref()
        .is_some_and(|balance| balance.0 > Decimal::ZERO);
    let told = "Twilio answers that the account is not active.";
    if has_credit {
        return Check::fail(name, "ACCOUNT_NOT_ACTIVE", told).with_code(code);
    }
    Check::unknown(name, "STATUS_UNKNOWN", format!("{told} The next line says more.")).with_code(code)
}

/// A figure alone never fails: accounts that pay later may stand at zero and work. It fails when Twilio refuses for want of credit.
pub(super) fn credit(seen: &Evidence) -> Check {
    let name = CheckName::Credit;
    if let Some((RightAnswer::NotActive, code, at)) = seen.account_refusal() {
        let told = format!("{} Twilio answers that the account is not active.", figure(seen).1);
        return Check::fail(name, "NO_FUNDS", told.trim_start())
            .with_code(code)
            .seen(at, seen.now, seen.fresh.account);
    }
    if let Some(found) = seen.trouble(name, |_| true) {
        let told = format!("{} Twilio refused a call for want of credit.", figure(seen).1);
        return Check::of_trouble(seen, name, found, told.trim_start());
    }
    let (check, _) = figure(seen);
    check
}

/// What the figure alone says, and the figure in a sentence.
fn figure(seen: &Evidence) -> (Check, String) {
    let name = CheckName::Credit;
    let parents = is_subaccount(&seen.account);
    let of = if parents {
        seen.parent.as_ref()
    } else {
        Some(&seen.account)
    };
    let known = of.and_then(|of| Some((of.balance.as_ref()?.0, of.balance_currency.as_deref()?, of.balance_at)));
    let Some((amount, currency, at)) = known else {
        let (reason, told) = if parents {
            (
                "BALANCE_OF_PARENT",
                "The account is a subaccount; its parent, which pays, is not connected here.",
            )
        } else {
            ("BALANCE_UNKNOWN", "Twilio has not told a balance.")
        };
        return (Check::unknown(name, reason, told), String::new());
    };
    let whose = if parents {
        "The parent account's balance is"
    } else {
        "The balance is"
    };
    let told = format!("{whose} {amount} {currency}.");
    let check = if amount <= Decimal::ZERO {
        Check::warn(name, "LOW_CREDIT", told.clone())
    } else if seen.is_under_alert {
        Check::warn(name, "BALANCE_UNDER_ALERT", told.clone())
    } else {
        Check::pass(name, told.clone())
    };
    let check = check.expecting("above 0", format!("{amount} {currency}"));
    (
        check.seen(at, seen.now, seen.fresh.balance.max(seen.fresh.account)),
        told,
    )
}

pub(super) fn is_subaccount(account: &twilio_account::Model) -> bool {
    account.owner_sid.as_ref().is_some_and(|owner| *owner != account.sid)
}
