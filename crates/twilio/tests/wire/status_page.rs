//! Twilio's status page.

use std::time::Duration;

use callab_twilio::{
    AnswerFault, ComponentStatus, IncidentStatus, StatusIndicator, StatusPage, StatusPageError, StatusPageUrl,
    StatusSummary,
};
use serde_json::{Value, json};

use crate::server::{Reply, Server, crypto};

async fn read(server: &Server) -> Result<StatusSummary, StatusPageError> {
    crypto();
    let url: StatusPageUrl = server.template().replace("{product}", "status/").parse().unwrap();
    let page = StatusPage::new(url, Duration::from_secs(5)).unwrap();
    page.summary().await
}

async fn answer(reply: Reply) -> Result<StatusSummary, StatusPageError> {
    read(&Server::start([reply]).await).await
}

fn component(name: &str, status: &str) -> Value {
    json!({ "id": "c1", "name": name, "status": status, "group": false, "group_id": null, "position": 7 })
}

#[tokio::test]
async fn the_summary_is_read_without_credentials() {
    let body = json!({
        "page": { "id": "p", "updated_at": "2026-01-31T12:00:00.000-08:00" },
        "status": { "indicator": "major", "description": "Partial System Outage" },
        "components": [component("Programmable Voice", "partial_outage"), component("REST API", "on_fire")],
        "incidents": [{
            "id": "i1", "name": "Calls fail in \u{202e}Peru", "status": "investigating", "impact": "critical",
            "started_at": "2026-01-31T19:00:00Z", "shortlink": "https://stspg.io/abc",
            "incident_updates": [{ "status": "investigating", "body": "We look into it.", "created_at": "2026-01-31T19:05:00Z" }],
            "components": [component("Programmable Voice", "partial_outage")],
        }],
        "scheduled_maintenances": [{
            "id": "m1", "name": "Carrier work", "status": "scheduled", "impact": "maintenance",
            "scheduled_for": "2026-02-01T01:00:00Z", "scheduled_until": "2026-02-01T02:00:00Z",
        }],
    });
    let server = Server::start([Reply::json(200, &body)]).await;
    let read = read(&server).await.unwrap();
    assert_eq!(read.indicator, StatusIndicator::Major);
    assert_eq!(read.updated_at.unwrap().to_rfc3339(), "2026-01-31T20:00:00+00:00");
    assert_eq!(read.components[0].status, ComponentStatus::PartialOutage);
    assert_eq!(read.components[1].status, ComponentStatus::Other("on_fire".into()));
    let incident = &read.incidents[0];
    assert_eq!(incident.name.as_str(), "Calls fail in Peru");
    assert_eq!(incident.impact, Some(StatusIndicator::Critical));
    assert_eq!(incident.shortlink.as_deref(), Some("https://stspg.io/abc"));
    assert_eq!(incident.updates[0].body.as_str(), "We look into it.");
    assert_eq!(incident.components.len(), 1);
    assert_eq!(read.scheduled_maintenances[0].status, IncidentStatus::Scheduled);
    assert!(read.scheduled_maintenances[0].scheduled_until.is_some());

    let sent = &server.requests()[0];
    assert_eq!(sent.path, "/status/api/v2/summary.json");
    assert!(!sent.headers.contains_key("authorization"));
}

#[tokio::test]
async fn what_cannot_be_read_is_left_out_and_the_rest_is_kept() {
    let body = json!({
        "page": [], "status": { "indicator": "purple", "description": null },
        "components": ["what", component("Voice", "operational"), { "id": 3 }],
        "incidents": [{ "id": "i1", "name": "x", "status": "new", "started_at": null, "shortlink": "javascript:alert(1)",
            "incident_updates": [{}], "components": "all" }],
        "scheduled_maintenances": null, "more": {},
    });
    let read = answer(Reply::json(200, &body)).await.unwrap();
    assert_eq!(read.indicator, StatusIndicator::Other("purple".into()));
    assert_eq!((read.components.len(), read.incidents.len()), (1, 1));
    let incident = &read.incidents[0];
    assert_eq!((&incident.shortlink, incident.started_at), (&None, None));
    assert!(incident.updates.is_empty() && incident.components.is_empty());
}

#[tokio::test]
async fn what_is_no_summary_is_an_error_and_not_all_is_well() {
    for (body, not_json) in [
        ("<html>welcome</html>", true),
        ("", true),
        ("{}", false),
        (r#"{"components":[]}"#, false),
    ] {
        let StatusPageError::Unreadable(fault) = answer(Reply::text(200, body)).await.unwrap_err() else {
            panic!("{body}")
        };
        assert_eq!(
            matches!(fault, AnswerFault::NotJson { .. }),
            not_json,
            "{body}: {fault:?}"
        );
    }
    let large = Reply::text(200, &" ".repeat(4 * 1024 * 1024 + 1));
    let error = answer(large).await.unwrap_err();
    assert!(
        matches!(error, StatusPageError::Unreadable(AnswerFault::TooLarge { .. })),
        "{error:?}"
    );
    for status in [302, 404, 503] {
        let error = answer(Reply::text(status, "<html>")).await.unwrap_err();
        assert!(
            matches!(error, StatusPageError::Status { status: told } if told == status),
            "{error:?}"
        );
    }
}

#[test]
fn addresses_are_checked() {
    assert!(StatusPageUrl::TWILIO.parse::<StatusPageUrl>().is_ok());
    for text in [
        "",
        "status.twilio.com",
        "ftp://status.twilio.com",
        "https://a:b@x.example",
        "https://x.example?a",
    ] {
        assert!(text.parse::<StatusPageUrl>().is_err(), "{text}");
    }
}
