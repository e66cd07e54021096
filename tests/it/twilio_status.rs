//! Twilio's status page: read, shown, told of when incidents change, and never trusted when it is gone.

use callab_tests::TestApp;
use chrono::TimeDelta;
use domain::twilio_status::{self, Checked};
use entity::event;
use sea_orm::{EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde_json::{Value, json};
use twilio_sim::{Fault, FaultKind, Impact, IncidentSpec, Match, scenario};

async fn status(app: &TestApp) -> Value {
    let document = "{ twilioStatus { indicator isStale asOf components { name status } \
                    incidents { name status impact concernsVoice } } }";
    app.owner().ask(document, json!({})).await["twilioStatus"].clone()
}

async fn check(app: &TestApp) -> Checked {
    twilio_status::check(&app.services).await.unwrap()
}

/// What was told of the status, oldest first.
async fn told(app: &TestApp) -> Vec<Value> {
    let events = event::Entity::find()
        .filter(event::COLUMN.kind.eq("twilio.status"))
        .order_by_asc(event::COLUMN.id);
    let events = events.all(&app.services.db).await.unwrap();
    events.into_iter().map(|event| event.data).collect()
}

#[tokio::test]
async fn an_incident_is_shown_while_it_lasts_and_its_changes_are_told() {
    let app = TestApp::start().await;
    app.connect(&app.owner(), &scenario::healthy(&app.sim)).await;
    assert_eq!(
        status(&app).await,
        json!({ "indicator": null, "isStale": true, "asOf": null, "components": [], "incidents": [] }),
        "before the first reading nothing is said"
    );
    assert_eq!(check(&app).await, Checked::Unchanged);
    let shown = status(&app).await;
    assert_eq!(
        (&shown["indicator"], &shown["isStale"]),
        (&json!("NONE"), &json!(false))
    );
    let names: Vec<&str> = shown["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|component| component["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "Elastic SIP Trunking",
            "Phone Numbers",
            "Programmable Voice",
            "REST API"
        ],
        "those that calls need"
    );

    let messages = app.sim.open_incident(IncidentSpec {
        name: "SMS delivery delays".into(),
        components: vec!["Programmable Messaging".into()],
        ..IncidentSpec::default()
    });
    let calls = app.sim.open_incident(IncidentSpec {
        name: "Elevated error rates".into(),
        impact: Impact::Major,
        components: vec!["Programmable Voice".into()],
        ..IncidentSpec::default()
    });
    assert_eq!(check(&app).await, Checked::Changed);
    let shown = status(&app).await;
    assert_eq!(
        shown["incidents"],
        json!([
            { "name": "Elevated error rates", "status": "investigating", "impact": "major", "concernsVoice": true },
            { "name": "SMS delivery delays", "status": "investigating", "impact": "minor", "concernsVoice": false },
        ])
    );
    let opened = json!({ "incidents": 2, "concerningVoice": 1 });
    assert_eq!(told(&app).await, std::slice::from_ref(&opened));
    assert_eq!(check(&app).await, Checked::Unchanged);
    assert_eq!(told(&app).await, [opened], "nothing new is not told");

    app.sim.resolve_incident(&messages);
    app.sim.resolve_incident(&calls);
    assert_eq!(check(&app).await, Checked::Changed);
    assert_eq!(status(&app).await["incidents"], json!([]));
    assert_eq!(told(&app).await.len(), 2);
}

#[tokio::test]
async fn only_workspaces_with_a_connected_account_are_told() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner(), app.client(Some("b"), "owner"));
    app.connect(&owner, &scenario::healthy(&app.sim)).await;
    other.ask("{ viewer { subject } }", json!({})).await;
    app.sim.open_incident(IncidentSpec {
        name: "Voice".into(),
        ..IncidentSpec::default()
    });
    check(&app).await;
    assert_eq!(told(&app).await.len(), 1, "one workspace of two");
}

#[tokio::test]
async fn a_page_that_is_gone_or_garbage_is_stale_and_never_all_is_well() {
    let app = TestApp::start().await;
    let faults = [
        FaultKind::Html { status: 200 },
        FaultKind::Html { status: 503 },
        FaultKind::BrokenJson,
        FaultKind::EmptyBody,
        FaultKind::CutOff,
    ];
    let broken = |kind: &FaultKind| {
        app.sim.clear_faults();
        app.sim.fail(Fault {
            on: Match::default(),
            times: None,
            kind: kind.clone(),
        });
    };
    for kind in &faults {
        broken(kind);
        assert_eq!(check(&app).await, Checked::Unread, "{kind:?}");
        let shown = status(&app).await;
        assert_eq!(
            (&shown["indicator"], &shown["isStale"]),
            (&Value::Null, &json!(true)),
            "{kind:?}"
        );
    }
    app.sim.clear_faults();
    let incident = IncidentSpec {
        name: "Voice calls fail".into(),
        impact: Impact::Critical,
        ..IncidentSpec::default()
    };
    app.sim.open_incident(incident);
    check(&app).await;
    let read = status(&app).await;
    assert_eq!(
        (&read["indicator"], &read["isStale"]),
        (&json!("CRITICAL"), &json!(false))
    );
    for kind in &faults {
        broken(kind);
        assert_eq!(check(&app).await, Checked::Unread, "{kind:?}");
        let mut stale = status(&app).await;
        assert_eq!(stale["isStale"], json!(true), "{kind:?}");
        stale["isStale"] = json!(false);
        assert_eq!(stale, read, "what was read last stays, with its age");
    }
    app.sim.clear_faults();
    check(&app).await;
    assert_eq!(status(&app).await["isStale"], json!(false));
    app.clock.advance(TimeDelta::minutes(6));
    assert_eq!(status(&app).await["isStale"], json!(false));
    app.clock.advance(TimeDelta::seconds(1));
    assert_eq!(status(&app).await["isStale"], json!(true), "three readings were missed");
}
