//! What is asked before a call is placed, so that money is not spent on a call that cannot work.

use ::entity::phone_number::AtTwilio;
use ::entity::test_call::{CheckState, Preflight, Preflights};
use ::entity::twilio_account::{AccountKind, TwilioStatus};
use ::entity::{E164, call_intent, phone_number};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter};
use twilio::{Credentials, NumberSid, TwilioError};

use crate::Services;
use crate::accounts::probe::{self, Probed};
use crate::numbers::country_and_kind;

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
    let permitted = geo_permission(services, who, &intent.to_number).await;
    asked.add("GEO_PERMISSION", permitted);
    if probed.kind == AccountKind::Trial {
        match may_be_called_on_trial(services, who, number, intent).await {
            Ok(may) => asked.add("TRIAL_LIMITS", if may { CheckState::Pass } else { CheckState::Fail }),
            Err(error) => return asked.refused("TRIAL_LIMITS", error),
        }
    }
    Ok(Preflights(asked.checks))
}

/// Whether the account may call the destination's country. Twilio tells that elsewhere than it takes calls, and not to all
/// credentials: no answer is no reason to withhold the call.
async fn geo_permission(services: &Services, who: &Credentials, to: &E164) -> CheckState {
    let Some(country) = country_and_kind(to, None).0 else {
        return CheckState::Undetermined; // The number is bound to no country.
    };
    match services.twilio.fetch_dialing_permissions(who, &country).await {
        Ok(permissions) => match permissions.low_risk_numbers_enabled {
            Some(true) => CheckState::Pass,
            Some(false) => CheckState::Fail,
            None => CheckState::Undetermined,
        },
        Err(error) => {
            tracing::info!(
                error = &error as &dyn std::error::Error,
                "Twilio does not say whether {country} may be called"
            );
            CheckState::Undetermined
        }
    }
}

/// A trial account calls its own numbers and those it has verified.
async fn may_be_called_on_trial(
    services: &Services,
    who: &Credentials,
    number: &phone_number::Model,
    intent: &call_intent::Model,
) -> Result<bool, TwilioError> {
    let own = phone_number::Entity::of_account(number.twilio_account_id)
        .filter(phone_number::COLUMN.e164.eq(intent.to_number.clone()))
        .filter(phone_number::COLUMN.at_twilio.eq(AtTwilio::Listed))
        .count(&services.db)
        .await;
    if own.is_ok_and(|own| own > 0) {
        return Ok(true);
    }
    let verified = services.twilio.list_outgoing_caller_ids(who).await?;
    Ok(verified
        .iter()
        .any(|caller| caller.phone_number == intent.to_number.as_str()))
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
