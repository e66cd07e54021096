//! What can be followed live: the state now, then each change, over `graphql-transport-ws`.

use callab_tests::story::CALLER;
use callab_tests::{Said, Socket, Story, TestApp};
use chrono::TimeDelta;
use serde_json::{Value, json};
use twilio_sim::AccountStatus;

const TEST_CALL: &str = "subscription($id: ID!) { testCall(id: $id) { id verdict steps { name state } } }";
const HEALTH: &str = "subscription { connectionHealth { id health { state } } }";

/// How many steps of a test passed.
fn passed(data: &Value) -> usize {
    let steps = data["testCall"]["steps"].as_array().unwrap();
    steps.iter().filter(|step| step["state"] == "PASS").count()
}

#[tokio::test]
async fn a_test_call_is_followed_from_its_state_now_to_its_verdict() {
    let app = TestApp::start().await;
    let mut story = Story::begin(&app, app.owner()).await;
    story.tell_before(&app, "startTestCall").await;
    story.tell(&app, "startTestCall").await;
    let mut socket = Socket::signed_in(&app.url, story.client.token()).await;
    socket
        .subscribe("t", TEST_CALL, json!({ "id": story.ids.test_call }))
        .await;
    let first = socket.data("t").await;
    assert_eq!(
        (&first["testCall"]["id"], passed(&first)),
        (&json!(story.ids.test_call), 0)
    );

    let call = app.sim.ring(CALLER, &story.number);
    app.sim.call_finished(&call).await;
    let (mut seen, mut told) = (vec![0], first);
    while told["testCall"]["verdict"].is_null() {
        app.pass(TimeDelta::seconds(1)).await;
        told = socket.data("t").await;
        seen.push(passed(&told));
    }
    assert_eq!(told["testCall"]["verdict"], "PASS", "{told}");
    assert!(
        seen.is_sorted() && seen.len() > 1,
        "steps are never taken back: {seen:?}"
    );
    assert_eq!(
        socket.next().await,
        Said::Message(json!({ "id": "t", "type": "complete" }))
    );
}

#[tokio::test]
async fn a_test_call_that_has_ended_is_told_once_and_completes() {
    let app = TestApp::start().await;
    let mut story = Story::begin(&app, app.owner()).await;
    story.tell_before(&app, "unassignAgent").await;
    let mut socket = Socket::signed_in(&app.url, story.client.token()).await;
    socket
        .subscribe("t", TEST_CALL, json!({ "id": story.ids.test_call }))
        .await;
    assert_eq!(socket.data("t").await["testCall"]["verdict"], "CANCELED");
    assert_eq!(
        socket.next().await,
        Said::Message(json!({ "id": "t", "type": "complete" }))
    );
}

#[tokio::test]
async fn health_is_told_as_it_stands_and_whenever_it_changes() {
    let app = TestApp::start().await;
    let mut story = Story::begin(&app, app.owner()).await;
    story.tell(&app, "connectTwilioAccount").await;
    let mut socket = Socket::signed_in(&app.url, story.client.token()).await;
    socket.subscribe("h", HEALTH, json!({})).await;
    let is = |state: &str| json!({ "id": story.ids.account, "health": { "state": state } });
    assert_eq!(socket.data("h").await["connectionHealth"], is("HEALTHY"));
    for (status, state) in [
        (AccountStatus::Suspended, "SUSPENDED"),
        (AccountStatus::Active, "HEALTHY"),
    ] {
        app.sim.set_status(&story.twilio.sid, status);
        app.sim
            .set_suspended_form(&story.twilio.sid, twilio_sim::SuspendedForm::Forbidden);
        let input = json!({ "accountId": story.ids.account });
        story.client.done("verifyTwilioAccount", "account { id }", input).await;
        app.run_jobs().await;
        app.pass(TimeDelta::seconds(30)).await; // Getting better takes two evaluations.
        while socket.data("h").await["connectionHealth"] != is(state) {}
    }
}

/// Promise 8: what happens in another workspace wakes nobody here.
#[tokio::test]
async fn nothing_of_another_workspace_is_delivered() {
    let app = TestApp::start().await;
    let (mut ours, mut theirs) = (
        Story::begin(&app, app.owner()).await,
        Story::begin(&app, app.client(Some("b"), "owner")).await,
    );
    ours.tell(&app, "connectTwilioAccount").await;
    let mut socket = Socket::signed_in(&app.url, ours.client.token()).await;
    socket.subscribe("h", HEALTH, json!({})).await;
    assert_eq!(
        socket.data("h").await["connectionHealth"]["id"],
        json!(ours.ids.account)
    );
    theirs.tell(&app, "connectTwilioAccount").await;
    theirs.tell(&app, "updateTwilioAccount").await;
    ours.tell(&app, "updateTwilioAccount").await;
    assert_eq!(
        socket.data("h").await["connectionHealth"]["id"],
        json!(ours.ids.account),
        "the events before it were another workspace's"
    );
}

#[tokio::test]
async fn a_socket_without_a_good_token_is_closed() {
    let app = TestApp::start().await;
    for payload in [
        json!({ "Authorization": "Bearer nonsense" }),
        json!({ "Authorization": format!("Bearer {}", app.client(Some("a"), "lead").token()) }),
        json!({}),
    ] {
        let mut socket = Socket::open(&app.url, payload.clone()).await;
        assert_eq!(socket.next().await, Said::Closed(Some(4403)), "{payload}");
    }
}
