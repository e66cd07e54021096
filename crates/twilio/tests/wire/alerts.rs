//! The error log, and lists of the newer products.

use callab_twilio::{AlertFilter, AlertSid, AnswerFault, CallSid, LogLevel, NotificationLevel, Twilio, TwilioError};
use chrono::DateTime;
use serde_json::{Value, json};

use crate::server::{ACCOUNT, Reply, Server, who};

fn alert(digit: char) -> Value {
    let sid = format!("NO{}", digit.to_string().repeat(32));
    json!({ "sid": sid, "account_sid": ACCOUNT, "error_code": "11200", "log_level": "error" })
}

fn page(alerts: &[char], next: Option<&str>) -> Reply {
    let alerts: Vec<Value> = alerts.iter().map(|digit| alert(*digit)).collect();
    Reply::json(
        200,
        &json!({ "alerts": alerts, "meta": { "key": "alerts", "next_page_url": next } }),
    )
}

#[tokio::test]
async fn pages_named_by_twilios_own_address_are_asked_of_the_configured_server() {
    let server = Server::start([
        page(
            &['a'],
            Some("https://monitor.twilio.com/v1/Alerts?PageSize=1000&Page=1&PageToken=PA1"),
        ),
        page(&['b'], None),
    ])
    .await;
    let alerts = server
        .client()
        .list_alerts(&who(), &AlertFilter::default())
        .await
        .unwrap();
    assert_eq!(alerts.len(), 2);
    let next = &server.requests()[1];
    assert_eq!(
        (next.path.as_str(), next.raw_query.as_str()),
        ("/monitor/v1/Alerts", "PageSize=1000&Page=1&PageToken=PA1")
    );
    assert!(next.headers.contains_key("authorization"));
}

#[tokio::test]
async fn a_page_on_another_server_is_never_asked() {
    let second = Server::start([page(&['b'], None)]).await;
    let next = format!("{}/v1/Alerts?Page=1", second.template().replace("{product}", "monitor"));
    let elsewhere = Server::start([page(&['a'], Some(&next))]).await;
    let error = elsewhere
        .client()
        .list_alerts(&who(), &AlertFilter::default())
        .await
        .unwrap_err();
    let TwilioError::Malformed { source, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(source, AnswerFault::PageElsewhere, "another server's port");
    assert!(second.requests().is_empty(), "no credentials went there");
}

#[tokio::test]
async fn times_and_level_are_asked_for() {
    let server = Server::start([page(&[], None)]).await;
    let filter = AlertFilter {
        log_level: Some(LogLevel::Warning),
        from: DateTime::from_timestamp(1_767_225_600, 0),
        until: None,
        limit: 20,
    };
    server.client().list_alerts(&who(), &filter).await.unwrap();
    assert_eq!(
        server.requests()[0].raw_query,
        "PageSize=20&LogLevel=warning&StartDate=2026-01-01T00%3A00%3A00Z"
    );
}

#[tokio::test]
async fn what_callers_sent_is_read_and_not_printed() {
    let caller = "+15005550006";
    let mut whole = alert('a');
    for field in [
        "request_variables",
        "request_headers",
        "response_headers",
        "response_body",
        "request_url",
    ] {
        whole[field] = json!(format!("From={caller}"));
    }
    whole["alert_text"] = json!("ErrorCode=11200&Msg=Got+HTTP+404+for+%2B15005550006");
    let server = Server::start([Reply::json(200, &whole)]).await;
    let sid = AlertSid::parse(whole["sid"].as_str().unwrap()).unwrap();
    let read = server.client().fetch_alert(&who(), &sid).await.unwrap();
    assert_eq!(
        read.request_variables.as_ref().unwrap().as_str(),
        format!("From={caller}")
    );
    let message = read.alert_text.as_ref().unwrap().form_field("Msg");
    assert_eq!(message.unwrap(), "Got HTTP 404 for +15005550006");
    assert!(!format!("{read:?} {read:#?}").contains("5005550006"));
}

#[tokio::test]
async fn an_alert_with_next_to_nothing_in_it_is_kept() {
    let bare = json!({ "sid": "NOaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "error_code": 11200, "log_level": "shout" });
    let server = Server::start([Reply::json(200, &json!({ "alerts": [bare] }))]).await;
    let alerts = server
        .client()
        .list_alerts(&who(), &AlertFilter::default())
        .await
        .unwrap();
    assert_eq!(alerts[0].error_code.as_deref(), Some("11200"));
    assert_eq!(alerts[0].log_level, Some(LogLevel::Other("shout".into())));
}

#[tokio::test]
async fn a_calls_notification_says_how_bad_it_is() {
    let notification = |sid: &str, log: Value| json!({ "sid": sid, "log": log, "error_code": "15003" });
    let list = json!({ "notifications": [
        notification("NOaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", json!("0")),
        notification("NObbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", json!(1)),
        notification("NOcccccccccccccccccccccccccccccccc", json!(null)),
    ] });
    let server = Server::start([Reply::json(200, &list)]).await;
    let call = CallSid::parse("CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa").unwrap();
    let read = server.client().list_call_notifications(&who(), &call).await.unwrap();
    let levels: Vec<_> = read.into_iter().map(|notification| notification.level).collect();
    assert_eq!(
        levels,
        [Some(NotificationLevel::Error), Some(NotificationLevel::Warning), None]
    );
}
