//! A run tells check by check what it finds, and reading a diagnosis costs little.

use std::time::Duration;

use callab_tests::statements::Statements;
use callab_tests::{Said, Socket, Story, TestApp};
use serde_json::{Value, json};
use twilio_sim::{Fault, FaultKind, Match};

use super::{Bench, alert, diagnose};

#[tokio::test]
async fn a_run_is_told_check_by_check_and_ends() {
    let bench = Bench::ready().await;
    let input = json!({ "phoneNumberId": bench.number, "destination": "DE" });
    let payload = bench
        .owner
        .done("startDiagnosis", "diagnosisRun { id checks { name } }", input)
        .await;
    let first: Vec<&str> = payload["diagnosisRun"]["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| check["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        first,
        ["SID_FORMAT", "AGENT_ASSIGNED"],
        "what need not be asked is known at once"
    );
    let mut socket = Socket::signed_in(&bench.app.url, bench.owner.token()).await;
    let document =
        "subscription($id: ID!) { diagnosis(id: $id) { finishedAt checks { name state } diagnosis { summary } } }";
    socket
        .subscribe("1", document, json!({ "id": payload["diagnosisRun"]["id"] }))
        .await;
    let kind = FaultKind::Slow {
        delay: Duration::from_millis(200),
    };
    let on = Match::default();
    bench.app.sim.fail(Fault { on, times: None, kind }); // So that there is something to see on the way.
    let (_, mut told) = tokio::join!(bench.app.run_jobs(), async {
        let mut told = Vec::new();
        loop {
            let Said::Message(said) = socket.next().await else {
                panic!("closed")
            };
            match said["type"].as_str() {
                Some("next") => told.push(said["payload"]["data"]["diagnosis"].clone()),
                Some("complete") => break told,
                _ => panic!("{said}"),
            }
        }
    });
    let last = told.pop().unwrap();
    assert!(
        !last["finishedAt"].is_null() && last["diagnosis"]["summary"].is_string(),
        "{last}"
    );
    assert_eq!(last["checks"].as_array().unwrap().len(), 16);
    let counts: Vec<usize> = told.iter().map(|run| run["checks"].as_array().unwrap().len()).collect();
    assert!(counts.len() >= 3 && counts.is_sorted() && counts[0] < 16, "{counts:?}");
}

/// As many statements for a number with much behind it as for one with little.
#[tokio::test]
async fn a_diagnosis_costs_the_same_statements_however_much_is_stored() {
    let statements = Statements::default();
    let watching = statements.clone();
    let app = TestApp::start_with(move |services| watching.watch(services)).await;
    let bench = Bench::of(app).await;
    let count = async |variables: Value| {
        let _ = statements.take();
        diagnose(&bench.owner, &variables).await;
        statements
            .take()
            .into_iter()
            .filter(|sql| sql.starts_with("SELECT"))
            .count()
    };
    let (number, account) = (json!({ "n": bench.number }), json!({ "a": bench.account }));
    let few = (count(number.clone()).await, count(account.clone()).await);
    for n in 0..5 {
        bench.ring().await;
        let code = 99_120 + n;
        let call = bench.app.sim.calls(&bench.twilio.sid)[0].sid.clone();
        bench.app.sim.plant_alert(
            &bench.twilio.sid,
            twilio_sim::AlertSpec {
                error_code: code,
                resource_sid: Some(call),
                ..alert()
            },
        );
    }
    let second = bench.app.add(&bench.owner, "+14155550102", "More").await;
    let agent = bench.app.agent(&bench.owner, "a2", bench.agent.url()).await;
    bench.app.assign(&bench.owner, &second, &agent, "INBOUND").await;
    bench.ask(Some("DE")).await;
    let many = (count(number).await, count(account).await);
    assert_eq!(few, many);
    assert!((5..=16).contains(&few.0) && (5..=16).contains(&few.1), "{few:?}");
}

#[tokio::test]
async fn the_story_has_a_diagnosis() {
    let app = TestApp::start().await;
    let story = Story::settled(&app, app.owner()).await;
    let document = "query($id: ID!) { node(id: $id) { id ... on DiagnosisRun { startedAt finishedAt } } }";
    let node = story.client.ask(document, json!({ "id": story.ids.diagnosis })).await;
    assert!(!node["node"]["finishedAt"].is_null(), "{node}");
}
