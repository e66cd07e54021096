//! Prices by destination, origin and type of number.

use callab_twilio_sim::{AccountSpec, Decimal, Priced, SimAccount, SimPrice};
use reqwest::Method;
use serde_json::{Value, json};

use super::server::{Server, assert_refused};

async fn ask(server: &Server, account: &SimAccount, path: &str) -> Value {
    let (status, body) = server.ask(Method::GET, account, &format!("/pricing{path}")).await;
    assert_eq!(status, 200, "{body}");
    body
}

#[tokio::test]
async fn a_call_costs_what_its_longest_prefix_and_its_origin_say() {
    let server = Server::start().await;
    let account = server.sim.add_account(AccountSpec {
        currency: "EUR".to_owned(),
        ..AccountSpec::default()
    });
    let price = async |to: &str, from: &str| {
        let path = format!("/v2/Voice/Numbers/%2B{to}?OriginationNumber=%2B{from}");
        let answer = ask(&server, &account, &path).await;
        let prices = answer["outbound_call_prices"].as_array().unwrap().clone();
        assert_eq!((prices.len(), &answer["price_unit"]), (1, &json!("EUR")));
        prices[0]["current_price"].as_str().unwrap().to_owned()
    };
    assert_eq!(price("447700900123", "14155550100").await, "0.0350");
    assert_eq!(price("442071838750", "14155550100").await, "0.0160");
    assert_eq!(price("4930901820", "14155550100").await, "0.0900");
    assert_eq!(price("4930901820", "33142685300").await, "0.0180");
    let both = ask(&server, &account, "/v2/Voice/Numbers/+4930901820").await;
    assert_eq!(both["outbound_call_prices"].as_array().unwrap().len(), 2);
    let nowhere = server
        .ask(Method::GET, &account, "/pricing/v2/Voice/Numbers/+21012345678")
        .await;
    assert_refused(&nowhere, 404, 20404);
}

#[tokio::test]
async fn planted_prices_may_be_null_and_are_the_accounts_own() {
    let server = Server::start().await;
    let (account, _) = server.account();
    let other = server.sim.add_account(AccountSpec::default());
    let plant = |of, current| {
        let price = SimPrice {
            of,
            country: "US".to_owned(),
            base: Some(Decimal::new(5, 1)),
            current,
        };
        server.sim.set_price(&account.sid, price);
    };
    plant(Priced::Outbound, None);
    plant(Priced::Inbound, Some(Decimal::new(25, 2)));
    plant(Priced::Number, Some(Decimal::ZERO));
    let call = ask(&server, &account, "/v2/Voice/Numbers/+14155550100").await;
    assert_eq!(
        call["outbound_call_prices"],
        json!([{ "base_price": "0.5", "current_price": null, "origination_prefixes": ["ALL"] }])
    );
    assert_eq!(
        call["inbound_call_price"],
        json!({ "base_price": "0.5", "current_price": "0.25", "number_type": "local" })
    );
    let monthly = async |account: &SimAccount| {
        let answer = ask(&server, account, "/v1/PhoneNumbers/Countries/US").await;
        answer["phone_number_prices"][1].clone()
    };
    assert_eq!(
        monthly(&account).await,
        json!({ "base_price": "0.5", "current_price": "0", "number_type": "toll free" })
    );
    assert_eq!(monthly(&other).await["current_price"], "2.15");
    let not_theirs = ask(&server, &other, "/v2/Voice/Numbers/+14155550100").await;
    assert_eq!(not_theirs["inbound_call_price"]["number_type"], Value::Null);
}

#[tokio::test]
async fn countries_are_listed_in_pages_and_each_leads_on() {
    let server = Server::start().await;
    let account = server.sim.add_account(AccountSpec::default());
    let page = ask(&server, &account, "/v2/Voice/Countries?PageSize=5").await;
    assert_eq!(page["countries"].as_array().unwrap().len(), 5);
    assert!(page["meta"]["next_page_url"].is_string());
    let url = page["countries"][0]["url"].as_str().unwrap();
    let path = url.strip_prefix(&format!("{}/pricing", server.url)).unwrap();
    assert_eq!(ask(&server, &account, path).await["iso_country"], "AD");
    let missing = server
        .ask(Method::GET, &account, "/pricing/v1/PhoneNumbers/Countries/XX")
        .await;
    assert_refused(&missing, 404, 20404);
}
