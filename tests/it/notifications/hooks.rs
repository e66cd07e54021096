//! Where notifications come from, and who gets which.

use callab_tests::app::ECHO_LINE;
use callab_tests::receiver::Received;
use callab_tests::{Receiver, Story, TestApp};
use chrono::TimeDelta;
use serde_json::{Value, json};
use twilio_sim::{Phone, scenario};

use super::{endpoint, log};

#[tokio::test]
async fn a_drift_is_told_once_to_those_who_want_it() {
    let app = TestApp::start().await;
    let mut story = Story::begin(&app, app.owner()).await;
    story.tell_before(&app, "startTestCall").await; // Its endpoint wants HEALTH_CHANGED and ROUTING_DRIFTED.
    let before = story.receiver.received().len();
    let others = Receiver::start().await.unwrap();
    endpoint(&story.client, &others, &["TEST_CALL_FAILED"]).await;
    endpoint(&app.client(Some("b"), "owner"), &others, &["ROUTING_DRIFTED"]).await;
    let disabled = endpoint(&story.client, &others, &["ROUTING_DRIFTED"]).await.0;
    let input = json!({ "endpointId": disabled, "enabled": false });
    story
        .client
        .done("updateNotificationEndpoint", "endpoint { id }", input)
        .await;

    let sid = app.sim.numbers(&story.twilio.sid)[0].sid.clone();
    app.sim
        .change_number(&sid, |number| number.voice_url = "https://someone.example/else".into());
    for _ in 0..2 {
        story
            .client
            .done("syncNumbers", "account { id }", story.input("syncNumbers"))
            .await;
        app.run_jobs().await;
    }
    let deliveries = story.receiver.received().split_off(before);
    let of_drift = deliveries
        .iter()
        .filter(|delivery| delivery.json()["type"] == "routing.drifted");
    let [drift] = of_drift.collect::<Vec<_>>()[..] else {
        panic!("{deliveries:?}")
    };
    let body = drift.json();
    assert_eq!(body["type"], "routing.drifted");
    let data = &body["data"];
    assert_eq!(
        data["subject"],
        json!({ "type": "PhoneNumber", "id": story.ids.number })
    );
    assert_eq!(
        (&data["phoneNumber"], &data["accountId"]),
        (&json!(story.number), &json!(story.ids.account))
    );
    assert_eq!(data["changedFields"], json!(["voice_url"]));
    assert!(!drift.body.contains("someone.example"), "another's address is not told");
    assert!(others.received().is_empty(), "{:?}", others.received());
}

#[tokio::test]
async fn a_test_call_that_failed_is_told_and_one_that_passed_is_not() {
    let app = TestApp::start().await;
    let (owner, receiver) = (app.owner(), Receiver::start().await.unwrap());
    endpoint(&owner, &receiver, &["TEST_CALL_FAILED"]).await;
    let account = scenario::healthy(&app.sim);
    app.connect(&owner, &account).await;
    let number = app.add(&owner, "+14155550101", "Main").await;
    let run = async || {
        let input = json!({ "phoneNumberId": number, "kind": "OUTBOUND" });
        let payload = owner.done("startTestCall", "testCall { id }", input).await;
        let id = payload["testCall"]["id"].as_str().unwrap().to_owned();
        let document = "query($id: ID!) { testCall(id: $id) { verdict } }";
        app.until("a verdict", async || {
            let verdict = owner.ask(document, json!({ "id": id })).await["testCall"]["verdict"].clone();
            Some(verdict).filter(|verdict| !verdict.is_null())
        })
        .await;
        app.pass(TimeDelta::seconds(1)).await;
        id
    };
    run().await;
    assert!(receiver.received().is_empty(), "it passed");

    app.sim.phone(ECHO_LINE, Phone::Busy);
    let test = run().await;
    let deliveries = receiver.received();
    assert_eq!(deliveries.len(), 1);
    let body = deliveries[0].json();
    assert_eq!(body["type"], "test_call.failed");
    let data = &body["data"];
    assert_eq!(data["subject"], json!({ "type": "TestCall", "id": test }));
    assert_eq!(
        (&data["failedStep"], &data["twilioCode"], &data["phoneNumber"]),
        (&json!("ANSWERED"), &json!(486), &json!("+14155550101"))
    );
    assert!(!deliveries[0].body.contains(ECHO_LINE), "who was called is not told");
}

/// What is rolled back is not told.
#[tokio::test]
async fn a_notice_commits_with_its_change_or_not_at_all() {
    use domain::notifications::Notice;
    use entity::notification::NotificationKind;
    use entity::{AccountId, workspace};
    use sea_orm::{EntityTrait as _, QueryFilter as _};

    let app = TestApp::start().await;
    let (owner, receiver) = (app.owner(), Receiver::start().await.unwrap());
    endpoint(&owner, &receiver, &["HEALTH_CHANGED"]).await;
    let row = workspace::Entity::find().filter(workspace::COLUMN.external_id.eq("a"));
    let workspace = row.one(&app.services.db).await.unwrap().unwrap().id;
    let account = AccountId(app.services.ids.new_id());
    let notice = || Notice::new(NotificationKind::HealthChanged, account, "It failed.");
    let mut tx = app.services.begin().await.unwrap();
    assert_eq!(tx.notify(workspace, notice()).await.unwrap(), 1);
    drop(tx);
    app.run_jobs().await;
    assert!(receiver.received().is_empty() && log(&owner).await.is_empty());

    let mut tx = app.services.begin().await.unwrap();
    let many: Vec<Notice> = (0..20).map(|_| notice()).collect();
    assert_eq!(tx.notify_all(workspace, &many).await.unwrap(), 20);
    tx.commit().await.unwrap();
    for _ in 0..10 {
        // A workspace has a few deliveries under way at a time; the others wait for a moment.
        app.pass(TimeDelta::seconds(20)).await;
    }
    assert_eq!(receiver.received().len(), 20);
    let states: Vec<Value> = log(&owner).await.iter().map(|entry| entry["state"].clone()).collect();
    assert!(states.iter().all(|state| state == "DELIVERED"), "{states:?}");
}

#[tokio::test]
async fn a_change_of_health_is_told_and_a_first_good_check_is_not() {
    let app = TestApp::start().await;
    let (owner, receiver) = (app.owner(), Receiver::start().await.unwrap());
    endpoint(&owner, &receiver, &["HEALTH_CHANGED"]).await;
    let account = scenario::healthy(&app.sim);
    let id = app.connect(&owner, &account).await;
    assert!(receiver.received().is_empty(), "{:?}", receiver.received());

    app.sim.rotate_token(&account.sid);
    let verify = json!({ "accountId": id });
    owner
        .done("verifyTwilioAccount", "account { id }", verify.clone())
        .await;
    app.run_jobs().await;
    app.pass(TimeDelta::minutes(1)).await; // A rejection is confirmed before anything is concluded.
    let bodies: Vec<Value> = receiver.received().iter().map(Received::json).collect();
    let changes: Vec<_> = bodies
        .iter()
        .map(|body| {
            (
                body["data"]["before"].as_str().unwrap(),
                body["data"]["after"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(changes, [("HEALTHY", "DEGRADED"), ("DEGRADED", "FAILING")]);
    assert_eq!(bodies[1]["type"], "health.changed");
    let data = &bodies[1]["data"];
    assert_eq!(data["subject"], json!({ "type": "TwilioAccount", "id": id }));
    assert_eq!(data["reasons"], json!(["TOKEN_ROTATED"]));

    owner.done("verifyTwilioAccount", "account { id }", verify).await;
    app.run_jobs().await;
    assert_eq!(receiver.received().len(), 2, "each change is told once");
    owner
        .done("disconnectTwilioAccount", "account { id }", json!({ "accountId": id }))
        .await;
    app.run_jobs().await;
    assert_eq!(receiver.received().len(), 2, "what the customer did is not told");
}

#[tokio::test]
async fn a_billing_alert_is_told_when_it_opens_and_when_it_is_over() {
    let app = TestApp::start().await;
    let (owner, receiver) = (app.owner(), Receiver::start().await.unwrap());
    endpoint(&owner, &receiver, &["BILLING_EPISODE_OPENED", "BILLING_EPISODE_CLOSED"]).await;
    let account = scenario::healthy(&app.sim);
    app.sim.set_balance(&account.sid, "30");
    let id = app.connect(&owner, &account).await;
    let rule = json!({ "accountId": id, "kind": "BALANCE_BELOW", "amount": { "amount": "20", "currency": "USD" } });
    owner.done("createBillingAlert", "billingAlert { id }", rule).await;
    for balance in ["18.4", "17", "50"] {
        app.sim.set_balance(&account.sid, balance);
        owner
            .done("checkBilling", "account { id }", json!({ "accountId": id }))
            .await;
        app.run_jobs().await;
    }
    let bodies: Vec<Value> = receiver.received().iter().map(Received::json).collect();
    let told: Vec<_> = bodies
        .iter()
        .map(|body| (body["type"].as_str().unwrap(), body["data"]["value"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [("billing.episode.opened", "18.4"), ("billing.episode.closed", "50")],
        "once a crossing"
    );
    let document = "query($id: ID!) { node(id: $id) { __typename } }";
    let subject = &bodies[0]["data"]["subject"];
    let found = owner.ask(document, json!({ "id": subject["id"] })).await;
    assert_eq!(found["node"]["__typename"], subject["type"]);
}

/// The customer learns that their token was changed, and that it could not be; never the token.
#[tokio::test]
async fn a_change_of_the_token_is_told_as_is_one_that_failed() {
    let app = TestApp::start().await;
    let (owner, receiver) = (app.owner(), Receiver::start().await.unwrap());
    endpoint(
        &owner,
        &receiver,
        &["TOKEN_ROTATED", "TOKEN_ROTATION_FAILED", "TOKEN_ROTATION_DUE"],
    )
    .await;
    let account = scenario::healthy(&app.sim);
    let id = app.connect(&owner, &account).await;
    let rotate = json!({ "accountId": id, "confirmed": true });
    owner.done("rotateAuthToken", "account { id }", rotate.clone()).await;
    app.run_jobs().await;
    owner.done("rotateAuthToken", "account { id }", rotate).await;
    app.sim.rotate_token(&account.sid);
    app.run_jobs().await;
    let policy = json!({ "accountId": id, "policy": "REMIND", "days": 1 });
    owner.done("setRotationPolicy", "account { id }", policy).await;
    app.clock.advance(TimeDelta::days(2));
    domain::accounts::rotation::apply_policies(&app.services).await.unwrap();
    app.run_jobs().await;

    let bodies: Vec<Value> = receiver.received().iter().map(Received::json).collect();
    let told: Vec<_> = bodies.iter().map(|body| body["type"].as_str().unwrap()).collect();
    assert_eq!(told, ["token.rotated", "token.failed", "token.rotation_due"]);
    assert_eq!(bodies[1]["data"]["reason"], "CREDENTIALS_REJECTED");
    assert_eq!(bodies[2]["data"]["ageDays"], 2);
    let token = app.sim.account(&account.sid).unwrap().auth_token;
    for body in &bodies {
        assert_eq!(body["data"]["subject"], json!({ "type": "TwilioAccount", "id": id }));
        assert!(!body.to_string().contains(&token) && !body.to_string().contains(&account.auth_token));
    }
}
