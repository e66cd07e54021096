//! What Twilio's errors mean to the person who asked.

use twilio::TwilioError;

use crate::{Refusal, RefusalCode};

/// Says what a person can do about Twilio's answer. The text is ours: Twilio's own stays in the log.
#[must_use]
pub fn refusal(error: &TwilioError) -> Refusal {
    let (code, message) = meaning(error);
    Refusal::new(code, message).with_twilio_code(error.code())
}

fn meaning(error: &TwilioError) -> (RefusalCode, &'static str) {
    use RefusalCode as Code;
    match error.code() {
        Some(20005 | 10001 | 90010) => {
            return (
                Code::AccountNotActive,
                "Twilio says the account is not active: add funds, or finish its sign-up.",
            );
        }
        Some(20403) => {
            return (
                Code::AccountSuspended,
                "Twilio has suspended or closed the account. Ask Twilio's support.",
            );
        }
        Some(20008) => {
            return (
                Code::TestCredentials,
                "These are test credentials, which can call nobody. Use the live ones.",
            );
        }
        Some(20006) => {
            return (
                Code::InsufficientRights,
                "The credentials lack a right that Callab needs.",
            );
        }
        Some(21219 | 21264 | 10002 | 21404) => {
            return (
                Code::TrialLimit,
                "A limit of trial accounts: verify the other number at Twilio, or upgrade the account.",
            );
        }
        _ => {}
    }
    match error {
        TwilioError::Unauthorized { .. } => (
            Code::CredentialsRejected,
            "Twilio rejects this account SID and Auth Token together. Copy both again.",
        ),
        TwilioError::Forbidden { .. } => (
            Code::InsufficientRights,
            "The credentials lack a right that Callab needs.",
        ),
        TwilioError::NotFound { .. } => (Code::NumberGone, "Twilio does not know it in this account (any more)."),
        TwilioError::RateLimited { .. } => (
            Code::TwilioThrottled,
            "Twilio asked us to slow down. Try again in a moment.",
        ),
        error if error.is_silence() => (
            Code::TwilioUnreachable,
            "Twilio did not answer, or not in a way that can be read. Nothing was concluded from it; try again.",
        ),
        _ => (Code::TwilioRefused, "Twilio refused. Its code says why."),
    }
}
