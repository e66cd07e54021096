//! Prices: Pricing v2 for calls, Pricing v1 for numbers, both in the account's currency.
//!
//! Source: <https://www.twilio.com/docs/voice/pricing>, <https://www.twilio.com/docs/phone-numbers/pricing>

use serde_json::{Value, json};

use super::{Answer, Ask, RestResult};
use crate::countries::{self, COUNTRIES, Country, EEA_PREFIXES, Outbound};
use crate::errors::Refusal;
use crate::prices::Priced;
use crate::sim::Sim;

/// Answers everything of the product `pricing` that is simulated.
pub(super) fn answer(sim: &Sim, ask: &Ask<'_>) -> RestResult {
    let found = match ask.request.target.segments().as_slice() {
        _ if ask.request.method != "GET" => return Err(Refusal::method_not_allowed()),
        ["v2", "Voice", "Countries"] | ["v1", "PhoneNumbers", "Countries"] => return list(ask),
        ["v2", "Voice", "Countries", iso] => countries::find(iso).map(|country| voice_country(ask, country)),
        ["v1", "PhoneNumbers", "Countries", iso] => countries::find(iso).map(|country| number_country(ask, country)),
        ["v2", "Voice", "Numbers", number] => voice_number(sim, ask, &super::decoded(number)),
        _ => None,
    };
    found.map(|body| Answer::Json(200, body)).ok_or_else(|| ask.not_found())
}

fn list(ask: &Ask<'_>) -> RestResult {
    ask.meta_page(
        "countries",
        COUNTRIES,
        |country| country.iso,
        |country| {
            json!({
                "country": country.name,
                "iso_country": country.iso,
                "url": ask.url(&format!("{}/{}", ask.path(), country.iso)),
            })
        },
    )
}

fn voice_country(ask: &Ask<'_>, country: &Country) -> Value {
    let inbound = country.numbers.iter().map(|number| {
        let price = ask.account.price(Priced::Inbound, country.iso, number.inbound);
        with(price, "number_type", json!(number.number_type))
    });
    let outbound = country.outbound.iter().flat_map(|outbound| {
        prices_by_origin(ask, country, outbound).map(|price| {
            let name = format!("Programmable Outbound Minute - {}", outbound.name);
            let price = with(price, "friendly_name", json!(name));
            with(price, "destination_prefixes", json!(outbound.prefixes))
        })
    });
    json!({
        "country": country.name,
        "inbound_call_prices": inbound.collect::<Vec<_>>(),
        "iso_country": country.iso,
        "outbound_prefix_prices": outbound.collect::<Vec<_>>(),
        "price_unit": ask.account.currency,
        "url": ask.url(ask.path()),
    })
}

/// A call to one number; with `OriginationNumber` only the price for calls from there.
fn voice_number(sim: &Sim, ask: &Ask<'_>, number: &str) -> Option<Value> {
    let country = countries::of_number(number)?;
    let outbound = country.outbound_to(number)?;
    let origin = ask.query().filled("OriginationNumber");
    let is_from_eea = origin.is_some_and(|origin| {
        let digits = origin.trim_start_matches('+');
        EEA_PREFIXES.iter().any(|prefix| digits.starts_with(prefix))
    });
    let has_own_price = outbound.from_eea.is_some();
    let prices = prices_by_origin(ask, country, outbound).filter(|price| {
        let is_for_eea = price["origination_prefixes"] != json!(["ALL"]);
        origin.is_none() || is_for_eea == (is_from_eea && has_own_price)
    });
    let owned = sim.state().number_dialled(number).cloned();
    let owned = owned.filter(|owned| owned.account_sid == ask.account.sid);
    let inbound = owned
        .and_then(|owned| country.number_price(&owned.number_type))
        .map_or_else(
            || json!({ "base_price": null, "current_price": null, "number_type": null }),
            |listed| {
                let price = ask.account.price(Priced::Inbound, country.iso, listed.inbound);
                with(price, "number_type", json!(listed.number_type))
            },
        );
    Some(json!({
        "country": country.name,
        "destination_number": number,
        "inbound_call_price": inbound,
        "iso_country": country.iso,
        "origination_number": origin,
        "outbound_call_prices": prices.collect::<Vec<_>>(),
        "price_unit": ask.account.currency,
        "url": ask.url(ask.path()),
    }))
}

/// One price for calls from everywhere and, where there is one, another for calls from the EEA.
fn prices_by_origin(ask: &Ask<'_>, country: &Country, outbound: &Outbound) -> impl Iterator<Item = Value> {
    let price = |listed: &str, origins: Value| {
        let price = ask.account.price(Priced::Outbound, country.iso, listed);
        with(price, "origination_prefixes", origins)
    };
    let from_eea = outbound.from_eea.map(|listed| price(listed, json!(EEA_PREFIXES)));
    [Some(price(outbound.price, json!(["ALL"]))), from_eea]
        .into_iter()
        .flatten()
}

fn number_country(ask: &Ask<'_>, country: &Country) -> Value {
    let prices = country.numbers.iter().map(|number| {
        let price = ask.account.price(Priced::Number, country.iso, number.monthly);
        with(price, "number_type", json!(number.number_type))
    });
    json!({
        "country": country.name,
        "iso_country": country.iso,
        "phone_number_prices": prices.collect::<Vec<_>>(),
        "price_unit": ask.account.currency,
        "url": ask.url(ask.path()),
    })
}

fn with(mut object: Value, name: &str, value: Value) -> Value {
    object[name] = value;
    object
}
