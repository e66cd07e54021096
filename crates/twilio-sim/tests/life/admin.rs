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
