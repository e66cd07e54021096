//! May the account call the destination's country?

use ::entity::test_call::CheckState;
use serde_json::json;
use twilio::{Credentials, DialingPermissions};

use super::Asked;
use crate::Services;
use crate::checklist::CheckName;
use crate::diagnosis::stored::{self, Answer};
use crate::jobs::WorkError;

pub(super) async fn ask(services: &Services, asked: &Asked, who: &Credentials) -> Result<(), WorkError> {
    let Some(destination) = &asked.destination else {
        return Ok(());
    };
    let permissions = services
        .twilio
        .fetch_dialing_permissions(who, &destination.country)
        .await?;
    let whose = (asked.account.workspace_id, asked.account.id);
    let answer = judged(&destination.country, &permissions);
    Ok(stored::keep(services, &services.db, whose, answer, services.clock.now()).await?)
}

/// Ordinary numbers decide: special and expensive ones are switched off by default, and refused by Twilio with codes of their own.
fn judged(country: &str, permissions: &DialingPermissions) -> Answer {
    let answer = Answer::good(CheckName::GeoPermission.as_str(), country).with(json!({
        "lowRisk": permissions.low_risk_numbers_enabled,
        "special": permissions.high_risk_special_numbers_enabled,
        "tollFraud": permissions.high_risk_tollfraud_numbers_enabled,
    }));
    match permissions.low_risk_numbers_enabled {
        Some(true) => answer,
        Some(false) => answer.becomes(CheckState::Fail, "COUNTRY_NOT_PERMITTED"),
        None => answer.becomes(CheckState::Undetermined, "NOT_ASKED"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_numbers_decide() {
        for (low, state) in [
            (Some(true), CheckState::Pass),
            (Some(false), CheckState::Fail),
            (None, CheckState::Undetermined),
        ] {
            let permissions = DialingPermissions {
                iso_code: Some("DE".into()),
                name: None,
                country_codes: Vec::new(),
                low_risk_numbers_enabled: low,
                high_risk_special_numbers_enabled: Some(false),
                high_risk_tollfraud_numbers_enabled: Some(false),
            };
            assert_eq!(judged("DE", &permissions).state, state);
        }
    }
}
