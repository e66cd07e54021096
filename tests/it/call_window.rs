//! How accounts' calls went lately, as their health is judged by it, and how numbers' calls went in the last day.

use callab_tests::TestApp;
use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use domain::calls::{self, Window};
use domain::{Clock as _, Services};
use entity::agent_assignment::Direction;
use entity::call::{self, CallStatus};
use entity::call_step::{self, StepKind};
use entity::phone_number::{self, RoutingState};
use entity::twilio_alert::{self, AlertLevel};
use entity::{AgentId, CallId, CallStepId, TwilioAlertId, agent};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ActiveModelTrait as _, EntityTrait as _};
use serde_json::{Value, json};
use twilio_sim::scenario;

/// Writes a call that began now, with steps.
async fn note(
    services: &Services,
    number: &phone_number::Model,
    direction: Direction,
    status: CallStatus,
    agent_id: Option<AgentId>,
    steps: &[(StepKind, Option<&str>)],
) -> CallId {
    let (id, at) = (CallId(services.ids.new_id()), services.clock.now());
    let row = call::ActiveModel {
        id: Set(id),
        workspace_id: Set(number.workspace_id),
        twilio_account_id: Set(number.twilio_account_id),
        phone_number_id: Set(number.id),
        agent_id: Set(agent_id),
        sid: Set(format!("CA{}", id.0.simple())),
        direction: Set(direction),
        from_number: Set(String::new()),
        to_number: Set(String::new()),
        status: Set(status),
        started_at: Set(at),
        updated_at: Set(at),
        ..Default::default()
    };
    call::Entity::insert(row)
        .exec_without_returning(&services.db)
        .await
        .unwrap();
    for (kind, detail) in steps {
        let step = call_step::ActiveModel {
            id: Set(CallStepId(services.ids.new_id())),
            workspace_id: Set(number.workspace_id),
            call_id: Set(id),
            kind: Set(kind.clone()),
            same_as: Set(kind.to_string()),
            at: Set(at),
            noted_at: Set(at),
            code: Set(None),
            detail: Set(detail.map(str::to_owned)),
        };
        call_step::Entity::insert(step)
            .exec_without_returning(&services.db)
            .await
            .unwrap();
    }
    id
}

async fn numbers(app: &TestApp) -> Vec<phone_number::Model> {
    phone_number::Entity::find().all(&app.services.db).await.unwrap()
}

#[tokio::test]
async fn calls_count_by_what_became_of_them() {
    let app = TestApp::start().await;
    let account = scenario::healthy(&app.sim);
    app.connect(&app.owner(), &account).await;
    app.agent(&app.owner(), "a1", "wss://media.example/a").await;
    let services = &app.services;
    let agent = agent::Entity::find()
        .one(&services.db)
        .await
        .unwrap()
        .map(|agent| agent.id);
    let ours = numbers(&app).await.remove(0);
    let elsewhere = numbers(&app).await.remove(1);
    let routed = phone_number::ActiveModel {
        id: Unchanged(ours.id),
        routing: Set(RoutingState::Ours),
        ..Default::default()
    };
    routed.update(&services.db).await.unwrap();

    note(services, &ours, Direction::Outbound, CallStatus::Completed, agent, &[]).await; // long ago
    app.clock.advance(TimeDelta::hours(1));
    let (inbound, outbound) = (Direction::Inbound, Direction::Outbound);
    let (asked, there) = ((StepKind::WebhookReceived, None), (StepKind::StreamStarted, None));
    let sip_answered = (StepKind::AgentLegEnded, Some("completed"));
    let sip_busy = (StepKind::AgentLegEnded, Some("busy"));
    let calls = [
        // number, direction, status, agent, steps: an attempt? reached?
        (&ours, &outbound, CallStatus::Completed, agent, vec![]), // attempt, reached
        (&ours, &outbound, CallStatus::Busy, agent, vec![]),      // attempt, reached
        (&ours, &outbound, CallStatus::Failed, agent, vec![]),    // attempt
        (&ours, &outbound, CallStatus::Canceled, agent, vec![]),  // canceled
        (&ours, &outbound, CallStatus::Ringing, agent, vec![]),   // not known yet
        (
            &ours,
            &inbound,
            CallStatus::Completed,
            agent,
            vec![asked.clone(), there.clone()],
        ), // attempt, reached
        (
            &ours,
            &inbound,
            CallStatus::InProgress,
            agent,
            vec![asked.clone(), there],
        ), // attempt, reached
        (
            &ours,
            &inbound,
            CallStatus::Completed,
            agent,
            vec![asked.clone(), sip_answered],
        ), // attempt, reached
        (
            &ours,
            &inbound,
            CallStatus::Completed,
            agent,
            vec![asked.clone(), sip_busy],
        ), // attempt
        (&ours, &inbound, CallStatus::Failed, agent, vec![]),     // attempt: it should have come here
        (&ours, &inbound, CallStatus::Completed, None, vec![asked.clone()]), // no agent: not set up
        (&elsewhere, &inbound, CallStatus::Completed, agent, vec![]), // not ours to take
        (&elsewhere, &inbound, CallStatus::Completed, agent, vec![asked]), // attempt: it came here
    ];
    for (number, direction, status, agent, steps) in calls {
        note(services, number, direction.clone(), status, agent, &steps).await;
    }
    take_to_be_set_up(services, &ours, agent).await;
    note_errors(services, &ours).await;

    let since = services.clock.now() - TimeDelta::minutes(15);
    let windows = calls::window(&services.db, &[ours.twilio_account_id], since)
        .await
        .unwrap();
    let expected = Window {
        attempts: 9,
        reached: 5,
        canceled: 1,
        setup_p95_ms: Some(3800),
        webhooks: 11, // the one that was not answered among them
        webhook_errors: 1,
    };
    assert_eq!(windows[&ours.twilio_account_id], expected);
    assert_eq!(calls::window(&services.db, &[], since).await.unwrap().len(), 0);
    the_api_shows_the_same_figures(&app).await;
}

const OF_NUMBERS: &str = "{ phoneNumbers(first: 100) { nodes { sid callFigures {
    lastInboundAt lastOutboundAt from to calls attempts connected connectRate } } } }";

/// What the API tells of a number's calls.
async fn of_number(app: &TestApp, number: &phone_number::Model) -> Value {
    let data = app.owner().ask(OF_NUMBERS, json!({})).await;
    let nodes = data["phoneNumbers"]["nodes"].as_array().unwrap();
    let node = nodes.iter().find(|node| node["sid"] == number.sid.as_str());
    node.unwrap()["callFigures"].clone()
}

#[tokio::test]
async fn a_number_has_its_own_calls_of_a_day_and_its_last_ones_of_any_day() {
    let app = TestApp::start().await;
    let account = scenario::healthy(&app.sim);
    app.connect(&app.owner(), &account).await;
    app.agent(&app.owner(), "a1", "wss://media.example/a").await;
    let services = &app.services;
    let agent = agent::Entity::find().one(&services.db).await.unwrap();
    let agent = agent.map(|agent| agent.id);
    let ours = numbers(&app).await.remove(0);
    let other = numbers(&app).await.remove(1);
    let never = numbers(&app).await.remove(2);
    let routed = phone_number::ActiveModel {
        id: Unchanged(ours.id),
        routing: Set(RoutingState::Ours),
        ..Default::default()
    };
    routed.update(&services.db).await.unwrap();
    let (inbound, outbound) = (Direction::Inbound, Direction::Outbound);
    let (asked, there) = ((StepKind::WebhookReceived, None), (StepKind::StreamStarted, None));

    let long_ago = services.clock.now();
    note(services, &ours, outbound.clone(), CallStatus::Completed, agent, &[]).await;
    app.clock.advance(TimeDelta::days(3));
    let day_begins = services.clock.now();
    note(services, &ours, inbound.clone(), CallStatus::Failed, agent, &[]).await; // attempt, 24 hours ago to the moment
    app.clock.advance(TimeDelta::hours(24));
    let now = services.clock.now();
    for (status, agent, steps) in [
        (CallStatus::Completed, agent, vec![asked.clone(), there.clone()]), // attempt, connected
        (CallStatus::InProgress, agent, vec![asked.clone(), there]),        // attempt, connected
        (CallStatus::Canceled, agent, vec![asked.clone()]),                 // a call, no attempt
        (CallStatus::Completed, None, vec![asked]),                         // a call that nobody was to take
    ] {
        note(services, &ours, inbound.clone(), status, agent, &steps).await;
    }
    note(services, &other, outbound, CallStatus::Busy, agent, &[]).await;

    let told = of_number(&app, &ours).await;
    let same = |moment: &Value, expected: DateTime<Utc>| time(moment).timestamp_micros() == expected.timestamp_micros();
    assert!(same(&told["lastInboundAt"], now), "{told}");
    assert!(same(&told["lastOutboundAt"], long_ago), "{told}");
    assert!(same(&told["from"], day_begins) && same(&told["to"], now), "{told}");
    assert_eq!(
        [&told["calls"], &told["attempts"], &told["connected"]],
        [&json!(5), &json!(3), &json!(2)]
    );
    assert!(
        (told["connectRate"].as_f64().unwrap() - 2.0 / 3.0).abs() < 1e-9,
        "{told}"
    );

    let told = of_number(&app, &other).await;
    assert!(
        told["lastInboundAt"].is_null() && same(&told["lastOutboundAt"], now),
        "{told}"
    );
    assert_eq!([&told["calls"], &told["connectRate"]], [&json!(1), &json!(1.0)]);

    let told = of_number(&app, &never).await;
    assert!(
        told["lastInboundAt"].is_null() && told["lastOutboundAt"].is_null(),
        "{told}"
    );
    assert_eq!(
        [&told["calls"], &told["attempts"], &told["connectRate"]],
        [&json!(0), &json!(0), &Value::Null]
    );

    // A moment later the day has moved on, and one call with it.
    app.clock.advance(TimeDelta::seconds(1));
    assert_eq!(of_number(&app, &ours).await["calls"], 4);
}

async fn the_api_shows_the_same_figures(app: &TestApp) {
    let document = "{ twilioAccounts { nodes { numbersInUse
        callFigures { from to attempts connected connectRate setupP95Ms webhooks webhookErrors webhookErrorRate }
        callsByMinute(minutes: 3) { at attempts connected failed }
        signalsByMinute(minutes: 3) { at setupP95Ms webhooks webhookErrors webhookErrorRate } } } }";
    app.clock.advance(TimeDelta::minutes(1));
    let data = app.owner().ask(document, json!({})).await;
    let account = &data["twilioAccounts"]["nodes"][0];
    let now = app.clock.now();
    let figures = &account["callFigures"];
    assert_eq!(time(&figures["to"]).timestamp_micros(), now.timestamp_micros());
    assert_eq!(time(&figures["to"]) - time(&figures["from"]), TimeDelta::minutes(15));
    for (figure, expected) in [
        ("attempts", json!(9)),
        ("connected", json!(5)),
        ("setupP95Ms", json!(3800)),
        ("webhooks", json!(11)),
        ("webhookErrors", json!(1)),
    ] {
        assert_eq!(figures[figure], expected, "{figure}");
    }
    for (rate, expected) in [("connectRate", 5.0 / 9.0), ("webhookErrorRate", 1.0 / 11.0)] {
        let told = figures[rate].as_f64().unwrap();
        assert!((told - expected).abs() < 1e-9, "{rate} {told}");
    }
    let minutes = account["callsByMinute"].as_array().unwrap();
    let told: Vec<_> = minutes
        .iter()
        .map(|minute| json!([minute["attempts"], minute["connected"], minute["failed"]]))
        .collect();
    assert_eq!(told, [json!([0, 0, 0]), json!([9, 5, 4]), json!([0, 0, 0])]);
    let running = now.duration_trunc(TimeDelta::minutes(1)).unwrap();
    let ago = |minute: &Value| running - time(&minute["at"]);
    assert_eq!(ago(&minutes[0]), TimeDelta::minutes(2));
    assert_eq!(ago(&minutes[2]), TimeDelta::zero());

    // The same minute has the same figures as the window, which has no other calls.
    let signals = account["signalsByMinute"].as_array().unwrap();
    let quiet = |signal: &Value| signal["setupP95Ms"].is_null() && signal["webhooks"] == 0;
    assert!(quiet(&signals[0]) && quiet(&signals[2]), "{signals:?}");
    for figure in ["setupP95Ms", "webhooks", "webhookErrors", "webhookErrorRate"] {
        assert_eq!(signals[1][figure], figures[figure], "{figure}");
    }
    assert_eq!(signals[1]["at"], minutes[1]["at"]);

    // An hour later nothing is left of it, and every minute is told all the same.
    app.clock.advance(TimeDelta::minutes(70));
    let document = "{ twilioAccounts { nodes { callFigures { attempts connectRate webhookErrorRate } callsByMinute { attempts } } } }";
    let data = app.owner().ask(document, json!({})).await;
    let account = &data["twilioAccounts"]["nodes"][0];
    assert_eq!(
        account["callFigures"],
        json!({ "attempts": 0, "connectRate": null, "webhookErrorRate": null })
    );
    assert_eq!(account["callsByMinute"].as_array().unwrap().len(), 60);
    for minutes in [0, 61] {
        for list in ["callsByMinute", "signalsByMinute"] {
            let document = format!("{{ twilioAccounts {{ nodes {{ {list}(minutes: {minutes}) {{ at }} }} }} }}");
            let answer = app.owner().send(&document, json!({})).await;
            assert_eq!(answer.error_code().unwrap(), "BAD_USER_INPUT");
        }
    }
}

fn time(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

/// Forty calls that ring, set up in 0.1 to 4 seconds.
async fn take_to_be_set_up(services: &Services, number: &phone_number::Model, agent: Option<AgentId>) {
    for n in 1..=40 {
        let id = note(services, number, Direction::Outbound, CallStatus::Ringing, agent, &[]).await;
        let timed = call::ActiveModel {
            id: Unchanged(id),
            setup_ms: Set(Some(n * 100)),
            ..Default::default()
        };
        timed.update(&services.db).await.unwrap();
    }
}

/// One error of Twilio's about our webhooks, and two entries that are none.
async fn note_errors(services: &Services, number: &phone_number::Model) {
    for (sid, code, level) in [
        ("NO1", 11200, "error"),
        ("NO2", 11200, "warning"),
        ("NO3", 31920, "error"),
    ] {
        let at = services.clock.now();
        let alert = twilio_alert::ActiveModel {
            id: Set(TwilioAlertId(services.ids.new_id())),
            workspace_id: Set(number.workspace_id),
            twilio_account_id: Set(number.twilio_account_id),
            sid: Set(sid.to_owned()),
            level: Set(AlertLevel::from(level)),
            error_code: Set(Some(code)),
            resource_sid: Set(None),
            alert_text: Set(None),
            generated_at: Set(at),
            noted_at: Set(at),
        };
        alert.insert(&services.db).await.unwrap();
    }
}
