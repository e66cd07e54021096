//! Are SID and token right?

use ::entity::evidence::{Right, RightAnswer, RightEvidence};
use ::entity::twilio_account::{CredentialState, TwilioStatus};
use twilio::AccountSid;

use super::checks::Check;
use super::evidence::{Evidence, TroubleSource};
use crate::checklist::reasons::UNKNOWN_CODE;
use crate::checklist::{CheckName, of_twilio_code};
use crate::health::refused_at_check;

pub(super) fn sid_format(seen: &Evidence) -> Check {
    let name = CheckName::SidFormat;
    match AccountSid::parse(&seen.account.sid) {
        Ok(_) => Check::pass(name, "The account SID is AC and 32 hexadecimal digits."),
        Err(_) => Check::fail(
            name,
            "SID_MALFORMED",
            "The stored account SID is not AC and 32 hexadecimal digits.",
        ),
    }
}

/// A silence says nothing of the credentials; a single rejection is confirmed first; and Twilio's one code for a wrong token and for
/// a suspended account is told apart by whatever else is known.
pub(super) fn token_accepted(seen: &Evidence) -> Check {
    let account = &seen.account;
    let check = judged(seen);
    let at = if check.is_failed() {
        account.checked_at
    } else {
        account.verified_at
    };
    check.or_seen(at.or(account.checked_at), seen.now, seen.fresh.account)
}

fn judged(seen: &Evidence) -> Check {
    let name = CheckName::TokenAccepted;
    let account = &seen.account;
    if !seen.is_connected() {
        return Check::fail(
            name,
            "DISCONNECTED",
            "Callab holds no credentials of the account any more.",
        );
    }
    let rights = [Right::Account, Right::Numbers, Right::Calls];
    let answered = |wanted: RightAnswer| {
        let mut found = rights.iter().filter_map(|right| seen.right(right));
        found.find(|evidence| evidence.answer == wanted)
    };
    if let Some(evidence) = answered(RightAnswer::WrongRegion) {
        let told = format!(
            "The credentials are rejected in region {}, and accepted in another.",
            account.region
        );
        return Check::fail(name, "WRONG_REGION", told).with_code(evidence.twilio_code);
    }
    match account.credential_state {
        CredentialState::RejectedOnce => {
            return Check::warn(name, "REJECTED_ONCE", "Rejected once, confirming.").with_code(rejection_code(seen));
        }
        CredentialState::Rejected => return rejected(seen),
        CredentialState::Accepted | CredentialState::Unknown(_) => {}
    }
    if let Some(evidence) = rights
        .iter()
        .filter_map(|right| seen.right(right))
        .find(|evidence| evidence.answer == RightAnswer::Denied && evidence.right != Right::Account)
    {
        let told = format!(
            "Twilio accepts the credentials and denies the right {}.",
            evidence.right
        );
        return Check::fail(name, "RIGHT_DENIED", told).with_code(evidence.twilio_code);
    }
    if account.health_reason.as_deref() == Some("INSUFFICIENT_RIGHTS") {
        let told = "Twilio accepts the credentials and denies what Callab asks.";
        return Check::fail(name, "RIGHT_DENIED", told).with_code(account.health_twilio_code);
    }
    if matches!(account.twilio_status, TwilioStatus::Suspended | TwilioStatus::Closed) {
        return Check::pass(
            name,
            "Twilio knows the credentials, and tells the state of their account.",
        );
    }
    if answered(RightAnswer::CannotOpen).is_some() {
        return Check::unknown(
            name,
            "CANNOT_OPEN",
            "Twilio was not asked: Callab could not open the stored credentials.",
        );
    }
    if let Some(found) = seen.trouble(name, |trouble| trouble.source == TroubleSource::Refusal) {
        let told = "Twilio answers what Callab asks, and refused a call for the credentials.";
        return Check::of_trouble(seen, name, found, told);
    }
    match (account.verified_at, account.checked_at) {
        (None, _) => Check::unknown(name, "NOT_YET_CHECKED", "The first check has not finished."),
        (Some(verified), Some(checked)) if checked > verified && seen.account_refusal().is_none() => {
            refused_at_check(account).map_or_else(|| silent(seen), refused)
        }
        (Some(_), _) if account.paused_at.is_some() => Check::unknown(
            name,
            "PAUSED",
            "Twilio accepted the credentials, and is not asked while the account is paused.",
        ),
        (Some(verified), _) if is_old(seen, verified) && seen.account_refusal().is_none() => Check::unknown(
            name,
            "NOT_CHECKED_LATELY",
            "Twilio accepted the credentials, and was not asked since.",
        ),
        _ => Check::pass(name, "Twilio accepts the credentials."),
    }
}

/// Twilio was asked after it last accepted the credentials, and what it said was neither yes nor no.
fn silent(seen: &Evidence) -> Check {
    let name = CheckName::TokenAccepted;
    let throttled = seen
        .account
        .rights
        .0
        .iter()
        .any(|evidence| evidence.answer == RightAnswer::Throttled);
    let failed = seen.account.failed_probes.max(1);
    let told = format!("Twilio accepted the credentials when it last answered; the last {failed} times it did not.");
    let (reason, code) = if throttled {
        ("THROTTLED", Some(20429))
    } else {
        ("TWILIO_SILENT", None)
    };
    Check::unknown(name, reason, told).with_code(code)
}

/// Twilio answered the last check, and neither with yes nor with a word about the credentials.
fn refused(right: &RightEvidence) -> Check {
    let of_code = right.twilio_code.and_then(of_twilio_code);
    let reason = match (&right.answer, of_code) {
        (RightAnswer::NotApplicable, _) => "ACCOUNT_NOT_FOUND",
        (_, Some((CheckName::TokenAccepted, reason))) => reason,
        _ => UNKNOWN_CODE,
    };
    let told = "Twilio accepted the credentials before, and refused what it was asked last.";
    Check::fail(CheckName::TokenAccepted, reason, told).with_code(right.twilio_code)
}

/// Rejected twice. What it was before, and what webhooks are signed with, tell more than the code.
fn rejected(seen: &Evidence) -> Check {
    let name = CheckName::TokenAccepted;
    let code = rejection_code(seen);
    if code == Some(20008) {
        return Check::fail(
            name,
            "TEST_CREDENTIALS",
            "Twilio takes the credentials for test credentials.",
        )
        .with_code(code);
    }
    let Some(verified) = seen.account.verified_at else {
        return Check::fail(
            name,
            "TOKEN_REJECTED",
            "Twilio rejected the credentials twice, and never accepted them.",
        )
        .with_code(code);
    };
    let told = "Twilio accepted the credentials before, and has rejected them twice.";
    let refused_since = seen.asked.iter().any(|row| {
        row.check_name == CheckName::SignatureValid.as_str() && !super::evidence::passed(row) && row.at > verified
    });
    if refused_since {
        return Check::fail(name, "TOKEN_ROTATED", told).with_code(code);
    }
    Check::fail(name, "TOKEN_CHANGED_OR_SUSPENDED", told).with_code(code)
}

fn rejection_code(seen: &Evidence) -> Option<i32> {
    let of_right = seen.right(&Right::Account).and_then(|evidence| evidence.twilio_code);
    of_right.or(seen.account.health_twilio_code)
}

fn is_old(seen: &Evidence, at: chrono::DateTime<chrono::Utc>) -> bool {
    (seen.now - at).to_std().is_ok_and(|age| age > seen.fresh.account)
}
