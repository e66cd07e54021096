//! Prices, permissions and regions: reads of one country or number.

use callab_twilio::{Region, Twilio, TwilioError, VoiceRegion};
use serde_json::json;

use crate::server::{Reply, Server, who};

#[tokio::test]
async fn a_price_is_exact_and_a_missing_one_is_none() {
    let body = r#"{ "iso_country": "US", "price_unit": "usd", "inbound_call_price": { "base_price": null },
        "outbound_call_prices": [ { "base_price": "0.0130", "current_price": 0.1, "origination_prefixes": null } ] }"#;
    let server = Server::start([Reply::text(200, body)]).await;
    let price = server
        .client()
        .fetch_voice_price(&who(), "+18001234567", Some("+15005550006"))
        .await
        .unwrap();
    let outbound = &price.outbound_call_prices[0];
    assert_eq!(outbound.base_price.unwrap().to_string(), "0.0130");
    assert_eq!(outbound.current_price.unwrap().to_string(), "0.1");
    assert!(outbound.origination_prefixes.is_empty());
    assert_eq!(price.inbound_call_price.unwrap().base_price, None);
    assert_eq!(price.price_unit.as_deref(), Some("USD"));

    let sent = &server.requests()[0];
    assert_eq!(sent.path, "/pricing/v2/Voice/Numbers/+18001234567");
    assert_eq!(sent.raw_query, "OriginationNumber=%2B15005550006");
}

#[tokio::test]
async fn a_country_without_prices_is_read() {
    let body = json!({ "outbound_prefix_prices": null, "phone_number_prices": [] });
    let server = Server::start([Reply::json(200, &body), Reply::json(200, &body)]).await;
    let twilio = server.client();
    let voice = twilio.fetch_voice_country_prices(&who(), "AQ").await.unwrap();
    assert!(voice.outbound_prefix_prices.is_empty() && voice.price_unit.is_none());
    let numbers = twilio.fetch_number_prices(&who(), "AQ").await.unwrap();
    assert!(numbers.phone_number_prices.is_empty());
}

#[tokio::test]
async fn an_argument_stays_one_segment_of_the_path() {
    let server = Server::start([Reply::error(404, 20404)]).await;
    let price = server.client().fetch_number_prices(&who(), "../US?x").await;
    assert!(matches!(price, Err(TwilioError::NotFound { .. })), "{price:?}");
    assert_eq!(
        server.requests()[0].path,
        "/pricing/v1/PhoneNumbers/Countries/%2E%2E%2FUS%3Fx"
    );
    assert_eq!(server.requests()[0].raw_query, "");
}

#[tokio::test]
async fn a_permission_that_twilio_does_not_name_is_unknown() {
    let body = json!({ "iso_code": "US", "low_risk_numbers_enabled": false, "country_codes": ["+1"] });
    let server = Server::start([Reply::json(200, &body)]).await;
    let permissions = server.client().fetch_dialing_permissions(&who(), "US").await.unwrap();
    assert_eq!(permissions.low_risk_numbers_enabled, Some(false));
    assert_eq!(permissions.high_risk_special_numbers_enabled, None);
}

#[tokio::test]
async fn a_region_of_tomorrow_is_kept() {
    let region = |name: &str| Reply::json(200, &json!({ "voice_region": name }));
    let server = Server::start([region("ie1"), region("jp1"), region("")]).await;
    let twilio = server.client();
    let mut read = Vec::new();
    for _ in 0..3 {
        read.push(twilio.fetch_voice_region(&who(), "+18001234567").await.unwrap());
    }
    assert_eq!(
        read,
        [Some(VoiceRegion::Ie1), Some(VoiceRegion::Other("jp1".into())), None]
    );
    assert_eq!(VoiceRegion::Ie1.region(), Some(Region::Ie1));
    assert_eq!(VoiceRegion::Other("jp1".into()).region(), None);
}
