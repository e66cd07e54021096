//! The error log: what gets into it by itself, and how it is read.

use callab_twilio_sim::{AccountSpec, AccountStatus, AlertSpec, FaultKind, LogLevel, SimAccount};
use reqwest::Method;
use serde_json::Value;

use super::customer::{CALLER, NUMBER, answering};
use super::server::{Server, assert_refused};

async fn listed(server: &Server, account: &SimAccount, query: &str) -> Vec<Value> {
    let (status, page) = server
        .ask(Method::GET, account, &format!("/monitor/v1/Alerts?{query}"))
        .await;
    assert_eq!(status, 200, "{page}");
    page["alerts"].as_array().unwrap().clone()
}

fn codes(alerts: &[Value]) -> Vec<&str> {
    alerts
        .iter()
        .map(|alert| alert["error_code"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_failing_webhook_is_in_the_log_with_what_was_asked_and_answered() {
    let server = Server::start().await;
    let (account, pn, customer) = answering(&server).await;
    customer.replies_with("/voice", 500, Some("text/plain"), "out of order");
    customer.says("/fallback", "<Response/>");
    let call = server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;
    let alerts = listed(&server, &account, "").await;
    assert_eq!(codes(&alerts), ["11200"]);
    let sid = alerts[0]["sid"].as_str().unwrap();
    let (_, alert) = server
        .ask(Method::GET, &account, &format!("/monitor/v1/Alerts/{sid}"))
        .await;
    for (name, value) in [
        ("resource_sid", call.sid.as_str()),
        ("service_sid", &pn),
        ("log_level", "error"),
        ("request_method", "POST"),
        ("response_body", "out of order"),
        ("response_headers", "Content-Type=text%2Fplain"),
        ("sid", &call.notifications[0].sid),
    ] {
        assert_eq!(alert[name], value, "{name}");
    }
    assert!(alert["request_url"].as_str().unwrap().contains("/voice?ref=a%20b"));
    assert!(
        alert["request_variables"]
            .as_str()
            .unwrap()
            .contains(&format!("CallSid={}", call.sid))
    );
    let (_, notified) = server
        .get(&account, &format!("/Calls/{}/Notifications.json", call.sid))
        .await;
    let notified = &notified["notifications"][0];
    assert_eq!(
        (&notified["sid"], &notified["message_text"]),
        (&alert["sid"], &alert["alert_text"])
    );
}

#[tokio::test]
async fn streams_callbacks_and_inactive_accounts_leave_their_codes() {
    let server = Server::start().await;
    let (account, _, customer) = answering(&server).await;
    customer.says(
        "/voice",
        "<Response><Connect><Stream url=\"wss://127.0.0.1:1/agent?x=1\"/></Connect></Response>",
    );
    customer.replies_with("/status", 404, None, "");
    server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;
    assert_eq!(codes(&listed(&server, &account, "LogLevel=error").await), ["31920"]);
    assert_eq!(codes(&listed(&server, &account, "LogLevel=warning").await), ["15003"]);
    server.sim.set_status(&account.sid, AccountStatus::Suspended);
    server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;
    let noted = server.sim.alerts(&account.sid);
    assert!(noted.iter().any(|alert| alert.error_code == 10003));
}

#[tokio::test]
async fn a_refused_call_is_in_the_log() {
    let server = Server::start().await;
    let (account, _) = server.account();
    let form = [
        ("To", "+4915550199"),
        ("From", "+14155550188"),
        ("Twiml", "<Response/>"),
    ];
    assert_refused(&server.post(&account, "/Calls.json", &form).await, 400, 21210);
    let alerts = listed(&server, &account, "").await;
    assert_eq!(
        (codes(&alerts), &alerts[0]["resource_sid"]),
        (vec!["21210"], &Value::Null)
    );
    assert!(
        server.sim.alerts(&account.sid)[0]
            .request
            .variables
            .contains("To=%2B4915550199")
    );
}

#[tokio::test]
async fn alerts_are_listed_newest_first_by_time_and_over_pages() {
    let server = Server::start().await;
    let account = server.sim.add_account(AccountSpec::default());
    let other = server.sim.add_account(AccountSpec::default());
    let plant = |error_code: u32, at: &str| {
        let spec = AlertSpec {
            error_code,
            at: Some(at.parse().unwrap()),
            log_level: LogLevel::Notice,
            ..AlertSpec::default()
        };
        server.sim.plant_alert(&account.sid, spec)
    };
    let too_old = plant(1, "2026-01-01T00:00:00Z");
    plant(2, "2026-02-10T10:00:00Z");
    plant(4, "2026-02-28T09:00:00Z");
    plant(3, "2026-02-20T00:00:00Z");
    assert_eq!(codes(&listed(&server, &account, "").await), ["4", "3", "2"]);
    assert_eq!(
        codes(&listed(&server, &account, "StartDate=2026-02-20").await),
        ["4", "3"]
    );
    assert_eq!(codes(&listed(&server, &account, "EndDate=2026-02-10").await), ["2"]);
    let between = "StartDate=2026-02-10T10:00:01Z&EndDate=2026-02-28T08:59:59Z";
    assert_eq!(codes(&listed(&server, &account, between).await), ["3"]);
    assert!(listed(&server, &other, "").await.is_empty());
    let fetch = server
        .ask(Method::GET, &account, &format!("/monitor/v1/Alerts/{too_old}"))
        .await;
    assert_refused(&fetch, 404, 20404);
    assert_refused(
        &server.ask(Method::GET, &account, "/monitor/v1/Alerts?EndDate=x").await,
        400,
        20422,
    );

    let (_, first) = server
        .ask(Method::GET, &account, "/monitor/v1/Alerts?PageSize=2&LogLevel=notice")
        .await;
    let next = first["meta"]["next_page_url"].as_str().unwrap();
    assert!(
        next.starts_with(&format!(
            "{}/monitor/v1/Alerts?LogLevel=notice&PageSize=2&Page=1",
            server.url
        )),
        "{next}"
    );
    let (_, second) = server
        .ask(Method::GET, &account, next.strip_prefix(&server.url).unwrap())
        .await;
    assert_eq!(
        (
            codes(second["alerts"].as_array().unwrap()),
            &second["meta"]["next_page_url"]
        ),
        (vec!["2"], &Value::Null)
    );
}

#[tokio::test]
async fn pages_by_meta_can_be_empty_or_repeat() {
    let server = Server::start().await;
    let account = server.sim.add_account(AccountSpec::default());
    server.sim.plant_alert(&account.sid, AlertSpec::default());
    server.sim.fail_next(FaultKind::EmptyPage);
    assert!(listed(&server, &account, "").await.is_empty());
    server.sim.fail_next(FaultKind::RepeatedPage);
    let (_, page) = server.ask(Method::GET, &account, "/monitor/v1/Alerts").await;
    assert_eq!(
        (
            page["meta"]["next_page_url"].is_string(),
            &page["meta"]["next_page_url"]
        ),
        (true, &page["meta"]["url"])
    );
}
