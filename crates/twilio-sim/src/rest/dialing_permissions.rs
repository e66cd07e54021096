//! Geo permissions: Voice v1. They are the account's `blocked_countries`; a call to one of those gets 21215.
//!
//! Source: <https://www.twilio.com/docs/voice/api/dialingpermissions-country-resource>

use serde_json::{Value, json};

use super::{Answer, Ask, RestResult};
use crate::countries::{self, COUNTRIES, Country};
use crate::errors::Refusal;
use crate::sim::Sim;

/// Answers everything of the product `voice` that is simulated.
pub(super) fn answer(sim: &Sim, ask: &Ask<'_>) -> RestResult {
    match (ask.request.method.as_str(), ask.request.target.segments().as_slice()) {
        ("GET", ["v1", "DialingPermissions", "Countries"]) => list(sim, ask),
        ("GET", ["v1", "DialingPermissions", "Countries", iso]) => {
            let country = countries::find(iso).ok_or_else(|| ask.not_found())?;
            Ok(Answer::Json(200, show(sim, ask, country)))
        }
        ("GET", ["v1", "Settings"]) => Ok(Answer::Json(200, settings(ask, ask.account.inherits_permissions))),
        ("POST", ["v1", "Settings"]) => {
            let inherits = ask.form().get("DialingPermissionsInheritance") == Some("true");
            sim.change_account(&ask.account.sid, |account| account.inherits_permissions = inherits);
            Ok(Answer::Json(202, settings(ask, inherits)))
        }
        (_, ["v1", "DialingPermissions", "Countries", ..] | ["v1", "Settings"]) => Err(Refusal::method_not_allowed()),
        _ => Err(ask.not_found()),
    }
}

/// Filters `IsoCode`, `Continent`, `CountryCode` and the three `...NumbersEnabled`.
fn list(sim: &Sim, ask: &Ask<'_>) -> RestResult {
    let query = ask.query();
    let is = |name: &str, value: &str| {
        query
            .filled(name)
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(value))
    };
    let wanted = |country: &&Country| {
        let low_risk = !sim.state().may_not_call(&ask.account, country.iso);
        is("IsoCode", country.iso)
            && is("Continent", country.continent)
            && query
                .filled("CountryCode")
                .is_none_or(|code| code.trim().trim_start_matches('+') == &country.code[1..])
            && is("LowRiskNumbersEnabled", if low_risk { "true" } else { "false" })
            && is("HighRiskSpecialNumbersEnabled", "false")
            && is("HighRiskTollfraudNumbersEnabled", "false")
    };
    let countries: Vec<&Country> = COUNTRIES.iter().filter(wanted).collect();
    ask.meta_page(
        "content",
        &countries,
        |country| country.iso,
        |country| show(sim, ask, country),
    )
}

fn show(sim: &Sim, ask: &Ask<'_>, country: &Country) -> Value {
    let url = ask.url(&format!("/v1/DialingPermissions/Countries/{}", country.iso));
    json!({
        "iso_code": country.iso,
        "name": country.name,
        "country_codes": [country.code],
        "continent": country.continent,
        "low_risk_numbers_enabled": !sim.state().may_not_call(&ask.account, country.iso),
        "high_risk_special_numbers_enabled": false,
        "high_risk_tollfraud_numbers_enabled": false,
        "links": { "highrisk_special_prefixes": format!("{url}/HighRiskSpecialPrefixes") },
        "url": url,
    })
}

fn settings(ask: &Ask<'_>, inherits: bool) -> Value {
    json!({ "dialing_permissions_inheritance": inherits, "url": ask.url("/v1/Settings") })
}
