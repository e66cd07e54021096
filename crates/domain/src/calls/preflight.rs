//! What is asked before a call is placed, so that money is not spent on a call that cannot work.

use ::entity::test_call::{CheckState, Preflight, Preflights};
use ::entity::twilio_account::{AccountKind, TwilioStatus};
use ::entity::{call_intent, phone_number};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use twilio::{Credentials, NumberSid, TwilioError};

use crate::Services;
use crate::accounts::probe::{self, Probed};

/// Asks Twilio, in the order of the checks; stops where the next question depends on a failed one.
///
/// # Errors
/// When Twilio is silent: then nothing is concluded.
pub(super) async fn ask(
    services: &Services,
    who: &Credentials,
    number: &phone_number::Model,
    sid: &NumberSid,
    intent: &call_intent::Model,
) -> Result<Preflights, TwilioError> {
    let mut asked = Asked {
        at: services.clock.now(),
        checks: Vec::new(),
    };
    let probed = match probe::read(services, who).await {
        Ok(probed) => probed,
        Err(error @ TwilioError::AccountNotActive { .. }) => return asked.refused("ACCOUNT_ACTIVE", error),
        Err(error) => return asked.refused("TOKEN_ACCEPTED", error),
    };
    asked.add("TOKEN_ACCEPTED", CheckState::Pass);
    let active = !matches!(probed.status, TwilioStatus::Suspended | TwilioStatus::Closed);
    asked.add(
        "ACCOUNT_ACTIVE",
        if active { CheckState::Pass } else { CheckState::Fail },
    );
    if !active {
        return Ok(Preflights(asked.checks));
    }
    asked.add("CREDIT", credit(&probed));
    match services.twilio.fetch_number(who, sid).await {
        Ok(live) => {
            asked.add("NUMBER_OWNED", CheckState::Pass);
            asked.add(
                "NUMBER_VOICE",
                if live.is_voice_enabled() {
                    CheckState::Pass
                } else {
                    CheckState::Fail
                },
            );
            let ours = live.phone_number == number.e164.as_str();
            asked.add("CALLER_ID", if ours { CheckState::Pass } else { CheckState::Fail });
        }
        Err(error) => return asked.refused("NUMBER_OWNED", error),
    }
    if probed.kind == AccountKind::Trial {
        match services.twilio.list_outgoing_caller_ids(who).await {
            Ok(verified) => {
                let may = verified
                    .iter()
                    .any(|caller| caller.phone_number == intent.to_number.as_str());
                asked.add("TRIAL_LIMITS", if may { CheckState::Pass } else { CheckState::Fail });
            }
            Err(error) => return asked.refused("TRIAL_LIMITS", error),
        }
    }
    Ok(Preflights(asked.checks))
}

/// A balance warns from its figure alone: postpaid accounts may read zero or less.
fn credit(probed: &Probed) -> CheckState {
    match &probed.balance {
        None => CheckState::Undetermined,
        Some(balance) if balance.amount <= Decimal::ZERO => CheckState::Warn,
        Some(_) => CheckState::Pass,
    }
}

struct Asked {
    at: DateTime<Utc>,
    checks: Vec<Preflight>,
}

impl Asked {
    fn add(&mut self, check: &str, state: CheckState) {
        self.checks.push(Preflight {
            check: check.to_owned(),
            state,
            twilio_code: None,
            at: self.at,
        });
    }

    /// Twilio said no to a question: that is an answer. A silence is not.
    fn refused(mut self, check: &str, error: TwilioError) -> Result<Preflights, TwilioError> {
        if error.is_silence() {
            return Err(error);
        }
        let twilio_code = error.code();
        self.checks.push(Preflight {
            check: check.to_owned(),
            state: CheckState::Fail,
            twilio_code,
            at: self.at,
        });
        Ok(Preflights(self.checks))
    }
}
