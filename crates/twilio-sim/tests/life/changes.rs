//! What can happen to an account or a number, by name, and how the API shows it.

use callab_twilio_sim::{SimAccount, scenario};
use reqwest::Method;
use serde_json::Value;

use super::customer::{CALLER, answering};
use super::server::{Server, answer, assert_refused};

/// What the account's first number looks like now.
async fn first_number(server: &Server, account: &SimAccount) -> Value {
    let (_, page) = server.get(account, "/IncomingPhoneNumbers.json").await;
    page["incoming_phone_numbers"][0].clone()
}

#[tokio::test]
async fn every_change_can_happen_and_no_other() {
    let server = Server::start().await;
    for name in scenario::CHANGES {
        let account = scenario::healthy(&server.sim);
        assert!(server.sim.happen(&account.sid, name), "{name}");
        let number = server.sim.numbers(&scenario::healthy(&server.sim).sid)[0].sid.clone();
        assert!(server.sim.happen(&number, name), "{name}");
    }
    let account = scenario::healthy(&server.sim);
    assert!(!server.sim.happen(&account.sid, "nothing") && !server.sim.happen("AC0", "suspended"));
}

#[tokio::test]
async fn credentials_stop_working_in_every_way() {
    let server = Server::start().await;
    for (name, status, code) in [
        ("token_rotated", 401, 20003),
        ("token_promoted", 401, 20003),
        ("region_changed", 401, 20003),
        ("suspended", 401, 20003),
        ("suspended_forbidden", 403, 20403),
        ("suspended_not_active", 403, 20005),
        ("closed", 401, 20003),
        ("closed_forbidden", 403, 20403),
        ("closed_not_active", 403, 20005),
        ("throttled", 429, 20429),
        ("failing", 503, 20503),
    ] {
        let account = scenario::healthy(&server.sim);
        server.sim.happen(&account.sid, name);
        assert_refused(&server.get(&account, ".json").await, status, code);
    }
    for (name, shown) in [("suspended_status_only", "suspended"), ("closed_status_only", "closed")] {
        let account = scenario::healthy(&server.sim);
        server.sim.happen(&account.sid, name);
        assert_eq!(server.get(&account, ".json").await.1["status"], shown);
        server.sim.happen(&account.sid, "active_again");
        assert_eq!(server.get(&account, ".json").await.1["status"], "active");
    }
    let account = scenario::healthy(&server.sim);
    server.sim.happen(&account.sid, "throttled");
    server.sim.happen(&account.sid, "calm");
    assert_eq!(server.get(&account, ".json").await.0, 200);
}

#[tokio::test]
async fn numbers_change_as_said() {
    let server = Server::start().await;
    for (name, field, expected) in [
        ("url_changed", "voice_url", Value::from("https://ivr.example.com/voice")),
        ("routing_not_set", "voice_url", Value::Null),
        ("wrong_method", "voice_method", Value::from("GET")),
        ("fax_mode", "voice_receive_mode", Value::from("fax")),
    ] {
        let account = scenario::healthy(&server.sim);
        let pn = server.sim.numbers(&account.sid)[0].sid.clone();
        server
            .sim
            .change_number(&pn, |number| number.voice_url = "https://ours.example/".to_owned());
        server.sim.happen(&pn, name);
        assert_eq!(first_number(&server, &account).await[field], expected, "{name}");
    }
    let account = scenario::healthy(&server.sim);
    let pn = server.sim.numbers(&account.sid)[0].sid.clone();
    server.sim.happen(&pn, "overridden_by_application");
    assert!(first_number(&server, &account).await["voice_application_sid"].is_string());
    server.sim.happen(&pn, "overridden_by_trunk");
    let number = first_number(&server, &account).await;
    assert!(number["trunk_sid"].is_string() && number["voice_application_sid"].is_null());
    server.sim.happen(&pn, "not_voice_enabled");
    assert_eq!(first_number(&server, &account).await["capabilities"]["voice"], false);
    let route = format!(
        "/routes/v2/PhoneNumbers/{}",
        server.sim.number(&pn).unwrap().phone_number
    );
    server.sim.happen(&pn, "other_region");
    assert_eq!(server.ask(Method::GET, &account, &route).await.1["voice_region"], "ie1");
    server.sim.happen(&pn, "number_moved");
    assert_ne!(server.sim.number(&pn).unwrap().account_sid, account.sid);
    assert_eq!(server.sim.numbers(&account.sid).len(), 2);
    server.sim.happen(&account.sid, "number_released");
    assert!(server.sim.numbers(&account.sid).is_empty());
}

#[tokio::test]
async fn money_calls_and_errors_happen_too() {
    let server = Server::start().await;
    let account = scenario::steady_spend(&server.sim);
    let spend_today = async || {
        let path = "/Usage/Records/Today.json?Category=totalprice";
        let (_, page) = server.get(&account, path).await;
        page["usage_records"][0]["price"]
            .as_str()
            .unwrap()
            .parse::<f64>()
            .unwrap()
    };
    assert!(spend_today().await < 10.0);
    server.sim.happen(&account.sid, "heavy_spend");
    assert!(spend_today().await > 400.0);

    server.sim.happen(&account.sid, "burst_of_failures");
    server.sim.happen(&account.sid, "new_expensive_destination");
    let count = async |query: &str| {
        let (_, page) = server
            .get(&account, &format!("/Calls.json?PageSize=1000&{query}"))
            .await;
        page["calls"].as_array().unwrap().len()
    };
    assert_eq!(
        (count("Status=failed").await, count("Status=completed").await),
        (60, 60)
    );
    assert!(
        server
            .sim
            .calls(&account.sid)
            .iter()
            .all(|call| call.is_over && call.price.is_some())
    );

    server.sim.happen(&account.sid, "errors_logged");
    let (_, alerts) = server.ask(Method::GET, &account, "/monitor/v1/Alerts").await;
    let pn = server.sim.numbers(&account.sid)[0].sid.clone();
    assert_eq!(alerts["alerts"].as_array().unwrap().len(), 5);
    assert_eq!(alerts["alerts"][0]["resource_sid"], pn);
    server.sim.happen(&account.sid, "low_balance");
    assert_eq!(server.get(&account, "/Balance.json").await.1["balance"], "1.27");
}

#[tokio::test]
async fn signatures_fail_for_one_account_alone() {
    let server = Server::start().await;
    let (account, pn, customer) = answering(&server).await;
    customer.says("/voice", "<Response/>");
    let other = scenario::healthy(&server.sim);
    let ring = async |happened_to: &str| {
        server.sim.happen(happened_to, "signature_failing");
        let number = server.sim.number(&pn).unwrap().phone_number;
        server.sim.call_finished(&server.sim.ring(CALLER, &number)).await;
        customer.received_at("/voice").pop().unwrap().signed
    };
    assert!(ring(&other.sid).await);
    assert!(!ring(&account.sid).await);
}

#[tokio::test]
async fn changes_happen_over_http() {
    let server = Server::start().await;
    let account = scenario::healthy(&server.sim);
    let happen = async |path: &str| answer_status(&server, path).await;
    assert_eq!(
        happen(&format!("/accounts/{}/happen/token_rotated", account.sid)).await,
        204
    );
    assert_refused(&server.get(&account, ".json").await, 401, 20003);
    let pn = server.sim.numbers(&account.sid)[0].sid.clone();
    assert_eq!(happen(&format!("/numbers/{pn}/happen/fax_mode")).await, 204);
    assert_eq!(server.sim.number(&pn).unwrap().voice_receive_mode, "fax");
    assert_eq!(happen(&format!("/numbers/{pn}/happen/nothing")).await, 404);
    let (_, made) = answer(server.client.post(format!("{}/_sim/scenarios/url_changed", server.url))).await;
    let numbers = server.sim.numbers(made[0]["sid"].as_str().unwrap());
    assert!(
        numbers
            .iter()
            .all(|number| number.voice_url == "https://ivr.example.com/voice")
    );
}

async fn answer_status(server: &Server, path: &str) -> u16 {
    let response = server.client.post(format!("{}/_sim{path}", server.url)).send().await;
    response.unwrap().status().as_u16()
}
