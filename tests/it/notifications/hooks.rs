//! Where notifications come from, and who gets which.

use callab_tests::app::ECHO_LINE;
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
    let received = story.receiver.received();
    let [drift] = &received[before..] else {
        panic!("{received:?}")
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
    let received = receiver.received();
    assert_eq!(received.len(), 1);
    let body = received[0].json();
    assert_eq!(body["type"], "test_call.failed");
    let data = &body["data"];
    assert_eq!(data["subject"], json!({ "type": "TestCall", "id": test }));
    assert_eq!(
        (&data["failedStep"], &data["twilioCode"], &data["phoneNumber"]),
        (&json!("ANSWERED"), &json!(486), &json!("+14155550101"))
    );
    assert!(!received[0].body.contains(ECHO_LINE), "who was called is not told");
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
