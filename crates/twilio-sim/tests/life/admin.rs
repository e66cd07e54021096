//! The same over HTTP, for other languages.

use reqwest::Method;
use serde_json::{Value, json};

use super::server::{Server, answer, assert_refused};

async fn admin(server: &Server, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
    let request = server.client.request(method, format!("{}/_sim{path}", server.url));
    answer(match body {
        Some(body) => request.json(&body),
        None => request,
    })
    .await
}

/// The status alone: refusals are text.
async fn status(server: &Server, method: Method, path: &str) -> u16 {
    let request = server.client.request(method, format!("{}/_sim{path}", server.url));
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_world_can_be_built_rung_and_broken_over_http() {
    let server = Server::start().await;
    let (_, account) = admin(
        &server,
        Method::POST,
        "/accounts",
        Some(json!({ "friendly_name": "A", "kind": "Trial" })),
    )
    .await;
    let sid = account["sid"].as_str().unwrap();
    let made = server.sim.account(sid).unwrap();
    assert_eq!(account["auth_token"], made.auth_token);

    let numbers = format!("/accounts/{sid}/numbers");
    let (_, number) = admin(
        &server,
        Method::POST,
        &numbers,
        Some(json!({ "phone_number": "+14155550100" })),
    )
    .await;
    let pn = number["sid"].as_str().unwrap();
    let path = format!("/numbers/{pn}");
    let (_, changed) = admin(
        &server,
        Method::PATCH,
        &path,
        Some(json!({ "voice_url": "https://elsewhere.example/" })),
    )
    .await;
    assert_eq!(
        (changed["voice_url"].as_str(), &changed["sid"]),
        (Some("https://elsewhere.example/"), &number["sid"])
    );
    assert_eq!(server.sim.number(pn).unwrap().voice_url, "https://elsewhere.example/");

    let (_, rung) = admin(
        &server,
        Method::POST,
        "/ring",
        Some(json!({ "from": "+14155550199", "to": "+14155550100" })),
    )
    .await;
    let (_, call) = admin(
        &server,
        Method::GET,
        &format!("/calls/{}/finished", rung["call_sid"].as_str().unwrap()),
        None,
    )
    .await;
    assert_eq!(
        (call["status"].as_str(), call["notifications"][0]["error_code"].as_u64()),
        (Some("failed"), Some(21264))
    );

    let (_, rotated) = admin(&server, Method::POST, &format!("/accounts/{sid}/rotate-token"), None).await;
    assert_ne!(rotated["auth_token"], account["auth_token"]);
    let suspended = admin(
        &server,
        Method::PUT,
        &format!("/accounts/{sid}/status"),
        Some(json!({ "status": "suspended" })),
    )
    .await;
    assert_eq!(suspended.1["status"], "suspended");
    assert_eq!(
        admin(&server, Method::GET, "/accounts/AC0/calls", None).await.1,
        json!([])
    );
    assert_eq!(admin(&server, Method::DELETE, &path, None).await.0, 204);
    assert_eq!(server.sim.numbers(sid).len(), 0);
}

#[tokio::test]
async fn faults_phones_and_scenarios_are_read_from_json() {
    let server = Server::start().await;
    let (_, made) = admin(&server, Method::POST, "/scenarios/healthy", None).await;
    let account = server.sim.account(made[0]["sid"].as_str().unwrap()).unwrap();
    let fault = json!({ "kind": "status", "status": 500, "code": 20500, "message": "x", "times": 1, "on": { "path": "Balance" } });
    assert_eq!(admin(&server, Method::POST, "/faults", Some(fault)).await.0, 204);
    assert_refused(&server.get(&account, "/Balance.json").await, 500, 20500);
    let slow = json!({ "kind": "rate_limited", "retry_after_ms": 2000 });
    assert_eq!(admin(&server, Method::POST, "/faults", Some(slow)).await.0, 204);
    assert_eq!(
        admin(&server, Method::GET, "/faults", None).await.1[0]["retry_after_ms"],
        2000
    );
    assert_eq!(admin(&server, Method::DELETE, "/faults", None).await.0, 204);
    assert_eq!(server.get(&account, "/Balance.json").await.0, 200);

    let phone = json!({ "does": "rejects", "sip_code": 404 });
    assert_eq!(
        admin(&server, Method::PUT, "/phones/+14155550199", Some(phone)).await.0,
        204
    );
    let form = [
        ("To", "+14155550199"),
        ("From", "+14155550101"),
        ("Twiml", "<Response/>"),
    ];
    let (_, created) = server.post(&account, "/Calls.json", &form).await;
    let call = server.sim.call_finished(created["sid"].as_str().unwrap()).await;
    assert_eq!(call.sip_response_code, Some(404));

    let (_, requests) = admin(&server, Method::GET, "/requests?since=1", None).await;
    assert_eq!(requests.as_array().unwrap().len(), 2);
    assert_eq!(requests[1]["form"][0], json!(["To", "+14155550199"]));
    assert_eq!(admin(&server, Method::GET, "/state", None).await.1["accounts"], 1);
}

#[tokio::test]
async fn what_is_planted_over_http_is_read_over_the_api() {
    let server = Server::start().await;
    let (account, _) = server.account();
    let of_account = |path: &str| format!("/accounts/{}{path}", account.sid);
    let plant = async |method: Method, path: &str, body: Value| {
        let (status, answer) = admin(&server, method, path, Some(body)).await;
        assert!(status == 200 || status == 204, "{path}: {status}");
        answer
    };
    let usage = json!({ "category": "calls-outbound", "count": null, "usage": "8", "price": 0.25 });
    plant(Method::PUT, &of_account("/usage"), usage.clone()).await;
    plant(Method::POST, &of_account("/usage"), usage).await;
    plant(
        Method::PUT,
        &of_account("/usage-as-of"),
        json!({ "as_of": "2026-02-28T00:00:00Z" }),
    )
    .await;
    let (_, records) = server.get(&account, "/Usage/Records/Today.json?Category=calls").await;
    let record = &records["usage_records"][0];
    assert_eq!(
        (&record["count"], &record["usage"], &record["price"]),
        (&Value::Null, &json!("16"), &json!("0.50"))
    );
    assert_eq!(record["as_of"], "2026-02-28T00:00:00+00:00");

    plant(
        Method::POST,
        &of_account("/alerts"),
        json!({ "error_code": 11200, "log_level": "warning" }),
    )
    .await;
    let (_, alerts) = server
        .ask(Method::GET, &account, "/monitor/v1/Alerts?LogLevel=warning")
        .await;
    assert_eq!(alerts["alerts"][0]["error_code"], "11200");

    plant(Method::PUT, &of_account("/insights"), json!({ "insights": "on" })).await;
    let past =
        json!({ "from": "+14155550100", "to": "+14155550199", "status": "busy", "started_at": "2026-02-27T10:00:00Z" });
    let call = plant(Method::POST, &of_account("/past-calls"), past).await;
    let sid = call["call_sid"].as_str().unwrap();
    plant(Method::PUT, &format!("/calls/{sid}/quality"), json!({ "pdd_ms": 4321 })).await;
    let (_, summary) = server
        .ask(Method::GET, &account, &format!("/insights/v1/Voice/{sid}/Summary"))
        .await;
    assert_eq!(
        (&summary["call_state"], &summary["properties"]["pdd_ms"]),
        (&json!("busy"), &json!(4321))
    );
    let (_, calls) = server.get(&account, "/Calls.json?StartTime=2026-02-27").await;
    assert_eq!(calls["calls"][0]["sid"], sid);

    let price = json!({ "of": "number", "country": "US", "base": "9", "current": null });
    plant(Method::PUT, &of_account("/prices"), price).await;
    let (_, prices) = server
        .ask(Method::GET, &account, "/pricing/v1/PhoneNumbers/Countries/US")
        .await;
    assert_eq!(prices["phone_number_prices"][0]["base_price"], "9");
    assert_eq!(admin(&server, Method::DELETE, &of_account("/usage"), None).await.0, 204);
}

#[tokio::test]
async fn credentials_and_triggers_are_changed_over_http() {
    let server = Server::start().await;
    let (mut account, _) = server.account();
    let of_account = |path: &str| format!("/accounts/{}{path}", server.sim.accounts()[0].sid);
    let spec = json!({ "kind": "restricted", "denied": ["usage", "change_numbers"], "denied_form": "forbidden" });
    let (_, key) = admin(&server, Method::POST, &of_account("/keys"), Some(spec)).await;
    let url = format!(
        "{}/api/2010-04-01/Accounts/{}/Usage/Records.json",
        server.url, account.sid
    );
    let with_key = server
        .client
        .get(url)
        .basic_auth(key["sid"].as_str().unwrap(), key["secret"].as_str());
    assert_refused(&answer(with_key).await, 403, 20403);
    let path = format!("/keys/{}", key["sid"].as_str().unwrap());
    assert_eq!(status(&server, Method::DELETE, &path).await, 204);
    assert_eq!(status(&server, Method::DELETE, &path).await, 404);

    assert_eq!(status(&server, Method::POST, &of_account("/promote-token")).await, 404);
    let (_, made) = admin(&server, Method::POST, &of_account("/secondary-token"), None).await;
    let (_, promoted) = admin(&server, Method::POST, &of_account("/promote-token"), None).await;
    assert_eq!(promoted["auth_token"], made["secondary_token"]);
    account.auth_token = made["secondary_token"].as_str().unwrap().to_owned();

    let form = [
        ("CallbackUrl", "http://127.0.0.1:1/"),
        ("TriggerValue", "5"),
        ("UsageCategory", "calls"),
    ];
    let (_, trigger) = server.post(&account, "/Usage/Triggers.json", &form).await;
    let sid = trigger["sid"].as_str().unwrap();
    let on_trigger = |what: &str| format!("/triggers/{sid}/{what}");
    assert_eq!(status(&server, Method::POST, &on_trigger("repeat")).await, 404);
    assert_eq!(status(&server, Method::POST, &on_trigger("fire")).await, 204);
    assert_eq!(status(&server, Method::POST, &on_trigger("repeat")).await, 204);
    server.sim.firings_over(sid, 2).await;
    let (_, firings) = admin(&server, Method::GET, &on_trigger("firings"), None).await;
    assert_eq!(
        (firings.as_array().unwrap().len(), &firings[0]["attempts"]),
        (2, &json!([null]))
    );
    let (_, triggers) = admin(&server, Method::GET, &of_account("/triggers"), None).await;
    assert!(triggers[0]["fired_at"].is_string());
}
