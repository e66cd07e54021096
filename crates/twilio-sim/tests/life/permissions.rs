//! Geo permissions agree with what happens to a call.

use callab_twilio_sim::{AccountSpec, SimAccount};
use reqwest::Method;
use serde_json::Value;

use super::server::{Server, answer, assert_refused};

async fn may_call(server: &Server, account: &SimAccount, country: &str) -> bool {
    let path = format!("/voice/v1/DialingPermissions/Countries/{country}");
    let (status, body) = server.ask(Method::GET, account, &path).await;
    assert_eq!(status, 200, "{body}");
    body["low_risk_numbers_enabled"].as_bool().unwrap()
}

async fn call_to_britain(server: &Server, account: &SimAccount, from: &str) -> (u16, Value) {
    let form = [("To", "+442071838750"), ("From", from), ("Twiml", "<Response/>")];
    server.post(account, "/Calls.json", &form).await
}

#[tokio::test]
async fn a_blocked_country_says_so_and_gets_no_calls() {
    let server = Server::start().await;
    let (account, _) = server.account();
    assert!(may_call(&server, &account, "GB").await);
    server.sim.set_blocked_countries(&account.sid, &["GB"]);
    assert!(!may_call(&server, &account, "gb").await && may_call(&server, &account, "US").await);
    assert_refused(&call_to_britain(&server, &account, "+14155550100").await, 400, 21215);

    let listed = async |query: &str| -> Vec<String> {
        let path = format!("/voice/v1/DialingPermissions/Countries?{query}");
        let (_, page) = server.ask(Method::GET, &account, &path).await;
        let countries = page["content"].as_array().unwrap().iter();
        countries
            .map(|country| country["iso_code"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(listed("LowRiskNumbersEnabled=false").await, ["GB"]);
    assert_eq!(listed("CountryCode=%2B1").await, ["CA", "US"]);
    assert_eq!(listed("IsoCode=LV").await, ["LV"]);
    assert_eq!(listed("Continent=AFRICA").await, ["ZA"]);
    let missing = server
        .ask(Method::GET, &account, "/voice/v1/DialingPermissions/Countries/XX")
        .await;
    assert_refused(&missing, 404, 20404);
}

#[tokio::test]
async fn a_subaccount_is_held_to_its_parents_permissions_unless_it_inherits_none() {
    let server = Server::start().await;
    let parent = server.sim.add_account(AccountSpec {
        blocked_countries: vec!["GB".to_owned()],
        ..AccountSpec::default()
    });
    let child = server.sim.add_account(AccountSpec {
        owner: Some(parent.sid.clone()),
        ..AccountSpec::default()
    });
    server.number(&child, "+14155550101");
    assert!(!may_call(&server, &child, "GB").await);
    assert_refused(&call_to_britain(&server, &child, "+14155550101").await, 400, 21215);
    let settings = server
        .client
        .post(format!("{}/voice/v1/Settings", server.url))
        .basic_auth(&child.sid, Some(&child.auth_token))
        .form(&[("DialingPermissionsInheritance", "false")]);
    assert_eq!(answer(settings).await.0, 202);
    assert!(may_call(&server, &child, "GB").await);
    assert_eq!(call_to_britain(&server, &child, "+14155550101").await.0, 201);
}
