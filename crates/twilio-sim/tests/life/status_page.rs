//! The status page: what goes on at Twilio, for everybody to read.

use callab_twilio_sim::{Fault, FaultKind, Impact, IncidentSpec, Match};
use reqwest::Method;
use serde_json::{Value, json};

use super::server::{Server, answer};

async fn read(server: &Server, resource: &str) -> Value {
    let url = format!("{}/status/api/v2/{resource}.json", server.url);
    let (status, body) = answer(server.client.get(url)).await;
    assert_eq!((status, body["page"]["name"].as_str()), (200, Some("Twilio")));
    body
}

fn voice_outage() -> IncidentSpec {
    IncidentSpec {
        name: "Calls fail".to_owned(),
        impact: Impact::Major,
        body: "We are looking".to_owned(),
        components: vec!["Programmable Voice".to_owned(), "Carrier of Nowhere".to_owned()],
        ..IncidentSpec::default()
    }
}

#[tokio::test]
async fn an_incident_is_opened_told_of_and_resolved() {
    let server = Server::start().await;
    let indicator = async || read(&server, "status").await["status"]["indicator"].clone();
    assert_eq!(indicator().await, "none");
    let id = server.sim.open_incident(voice_outage());
    server.advance_seconds(60);
    assert!(server.sim.update_incident(&id, "identified", "A carrier"));
    let summary = read(&server, "summary").await;
    assert_eq!(
        summary["status"],
        json!({ "indicator": "major", "description": "Partial System Outage" })
    );
    let incident = &summary["incidents"][0];
    for (name, value) in [
        ("id", id.as_str()),
        ("name", "Calls fail"),
        ("status", "identified"),
        ("impact", "major"),
    ] {
        assert_eq!(incident[name], value);
    }
    let said: Vec<&str> = incident["incident_updates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|update| update["body"].as_str().unwrap())
        .collect();
    assert_eq!(said, ["A carrier", "We are looking"]);
    assert_eq!(incident["started_at"], "2026-03-01T12:00:00.000Z");
    let status_of = |body: &Value, name: &str| {
        let components = body["components"].as_array().unwrap().clone();
        components
            .into_iter()
            .find(|component| component["name"] == name)
            .unwrap()["status"]
            .clone()
    };
    let components = read(&server, "components").await;
    assert_eq!(status_of(&components, "Programmable Voice"), "partial_outage");
    assert_eq!(status_of(&components, "Carrier of Nowhere"), "partial_outage");
    assert_eq!(status_of(&components, "REST API"), "operational");

    assert!(server.sim.resolve_incident(&id) && !server.sim.resolve_incident("nothing"));
    assert_eq!(read(&server, "incidents/unresolved").await["incidents"], json!([]));
    assert_eq!(
        read(&server, "incidents").await["incidents"][0]["resolved_at"],
        "2026-03-01T12:01:00.000Z"
    );
    assert_eq!(
        status_of(&read(&server, "components").await, "Programmable Voice"),
        "operational"
    );
    assert_eq!(indicator().await, "none");
}

#[tokio::test]
async fn a_maintenance_is_no_incident() {
    let server = Server::start().await;
    server.sim.open_incident(IncidentSpec {
        name: "New racks".to_owned(),
        impact: Impact::Maintenance,
        scheduled_for: Some("2026-03-02T00:00:00Z".parse().unwrap()),
        scheduled_until: Some("2026-03-02T01:00:00Z".parse().unwrap()),
        ..IncidentSpec::default()
    });
    let summary = read(&server, "summary").await;
    assert_eq!(
        (&summary["incidents"], &summary["status"]["indicator"]),
        (&json!([]), &json!("none"))
    );
    let planned = read(&server, "scheduled-maintenances").await["scheduled_maintenances"][0].clone();
    assert_eq!(planned["scheduled_for"], "2026-03-02T00:00:00.000Z");
    assert_eq!(
        (&planned["status"], &planned["impact"]),
        (&json!("scheduled"), &json!("maintenance"))
    );
}

#[tokio::test]
async fn the_page_can_be_changed_over_http_and_fail() {
    let server = Server::start().await;
    let admin = async |method: Method, path: &str, body: Value| {
        answer(
            server
                .client
                .request(method, format!("{}/_sim{path}", server.url))
                .json(&body),
        )
        .await
    };
    let (_, opened) = admin(Method::POST, "/incidents", json!({ "name": "Slow", "impact": "minor" })).await;
    let path = format!("/incidents/{}", opened["id"].as_str().unwrap());
    assert_eq!(
        read(&server, "incidents/unresolved").await["incidents"][0]["name"],
        "Slow"
    );
    assert_eq!(admin(Method::POST, &path, json!({ "status": "resolved" })).await.0, 204);
    let component = json!({ "name": "REST API", "status": "major_outage" });
    assert_eq!(admin(Method::PUT, "/components", component).await.0, 204);
    assert!(read(&server, "components").await.to_string().contains("major_outage"));

    server.sim.fail(Fault {
        on: Match {
            path: Some("/api/v2/summary".to_owned()),
            ..Match::default()
        },
        times: Some(1),
        kind: FaultKind::Html { status: 200 },
    });
    let page = server
        .client
        .get(format!("{}/status/api/v2/summary.json", server.url))
        .send()
        .await
        .unwrap();
    assert!(page.text().await.unwrap().starts_with("<html>"));
    read(&server, "summary").await;
    let missing = answer(server.client.get(format!("{}/status/api/v2/nothing.json", server.url))).await;
    assert_eq!(missing.0, 404);
}
