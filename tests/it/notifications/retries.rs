//! What becomes of a delivery that fails.

use callab_tests::{Receiver, TestApp};
use chrono::TimeDelta;
use domain::jobs::Fence;
use domain::{Services, notifications, pruning};
use entity::job::{self, JobState};
use entity::{JobId, NotificationId, notification, notification_attempt};
use sea_orm::{EntityTrait as _, PaginatorTrait as _, QueryFilter as _};
use serde_json::json;
use uuid::Uuid;

use super::{ask_for_test, endpoint, is_signed_at_its_time, log, outcome};

async fn ready() -> (TestApp, Receiver, String, String) {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await.unwrap();
    let (endpoint, secret) = endpoint(&app.owner(), &receiver, &["HEALTH_CHANGED"]).await;
    (app, receiver, endpoint, secret)
}

async fn delivery_job(app: &TestApp) -> job::Model {
    let jobs = job::Entity::find().filter(job::COLUMN.kind.eq("deliver-notification"));
    jobs.one(&app.services.db).await.unwrap().unwrap()
}

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[tokio::test]
async fn a_failed_delivery_is_tried_again_later_each_time_under_the_same_id() {
    let (app, receiver, endpoint, secret) = ready().await;
    receiver.answer(&[500, 429, 200]);
    let id = ask_for_test(&app.owner(), &endpoint).await;
    app.run_jobs().await;
    assert_eq!(outcome(&log(&app.owner()).await[0]), ("WAITING", None, texts(&["500"])));
    app.pass(TimeDelta::seconds(4)).await;
    assert_eq!(receiver.received().len(), 1, "not before five seconds, or nearly");
    app.pass(TimeDelta::seconds(2)).await;
    assert_eq!(receiver.received().len(), 2);
    app.pass(TimeDelta::minutes(4)).await;
    assert_eq!(receiver.received().len(), 2, "then not before five minutes, or nearly");
    app.pass(TimeDelta::minutes(2)).await;
    let log = log(&app.owner()).await;
    assert_eq!(outcome(&log[0]), ("DELIVERED", None, texts(&["500", "429", "200"])));
    for delivery in receiver.received() {
        assert_eq!(delivery.header("webhook-id"), id);
        assert!(is_signed_at_its_time(&delivery, &secret));
    }
}

#[tokio::test]
async fn after_a_day_it_is_given_up_and_can_be_sent_again() {
    let (app, receiver, endpoint, _) = ready().await;
    receiver.answer(&[503; 8]);
    let id = ask_for_test(&app.owner(), &endpoint).await;
    app.run_jobs().await;
    for hour in 0..40 {
        app.pass(TimeDelta::hours(1)).await;
        assert!(receiver.received().len() <= 8, "hour {hour}");
    }
    let owner = app.owner();
    let given_up = log(&owner).await;
    assert_eq!(outcome(&given_up[0]), ("FAILED", Some("REJECTED"), texts(&["503"; 8])));
    let job = delivery_job(&app).await;
    assert_eq!(job.state, JobState::Failed);
    assert_eq!(
        job.last_error.as_deref(),
        Some("the endpoint did not take it: REJECTED")
    );

    let input = json!({ "notificationId": id });
    let payload = owner
        .done("resendNotification", "notification { state }", input.clone())
        .await;
    assert_eq!(payload["notification"]["state"], "WAITING");
    app.run_jobs().await;
    let sent = log(&owner).await;
    assert_eq!((outcome(&sent[0]).0, outcome(&sent[0]).1), ("DELIVERED", None));
    assert_eq!(receiver.received().len(), 9);
    assert_eq!(receiver.received()[8].header("webhook-id"), id);
    // One that was delivered, too: the receiver may have lost it.
    owner.done("resendNotification", "notification { id }", input).await;
    app.run_jobs().await;
    assert_eq!(receiver.received().len(), 10);
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_told_nothing_more_until_it_is_enabled_again() {
    let (app, receiver, endpoint, _) = ready().await;
    let owner = app.owner();
    receiver.answer(&[410]);
    let id = ask_for_test(&owner, &endpoint).await;
    app.run_jobs().await;
    assert_eq!(
        outcome(&log(&owner).await[0]),
        ("FAILED", Some("GONE"), texts(&["410"]))
    );
    let document = "{ notificationEndpoints { nodes { enabled disabledReason } } }";
    let shown = owner.ask(document, json!({})).await["notificationEndpoints"]["nodes"][0].clone();
    assert_eq!(shown, json!({ "enabled": false, "disabledReason": "GONE" }));
    for (mutation, input) in [
        ("sendTestNotification", json!({ "endpointId": endpoint })),
        ("resendNotification", json!({ "notificationId": id })),
    ] {
        assert_eq!(owner.refused(mutation, input).await[0].0, "ENDPOINT_DISABLED");
    }
    let enable = json!({ "endpointId": endpoint, "enabled": true });
    let payload = owner
        .done(
            "updateNotificationEndpoint",
            "endpoint { enabled disabledReason }",
            enable,
        )
        .await;
    assert_eq!(payload["endpoint"], json!({ "enabled": true, "disabledReason": null }));
    ask_for_test(&owner, &endpoint).await;
    app.run_jobs().await;
    assert_eq!(log(&owner).await[0]["state"], "DELIVERED");
}

#[tokio::test]
async fn what_waits_for_a_disabled_or_deleted_endpoint_is_given_up() {
    let (app, receiver, endpoint, _) = ready().await;
    let owner = app.owner();
    ask_for_test(&owner, &endpoint).await;
    let disable = json!({ "endpointId": endpoint, "enabled": false });
    owner
        .done("updateNotificationEndpoint", "endpoint { id }", disable)
        .await;
    app.run_jobs().await;
    assert_eq!(
        outcome(&log(&owner).await[0]),
        ("FAILED", Some("ENDPOINT_DISABLED"), texts(&["ENDPOINT_DISABLED"]))
    );
    let enable = json!({ "endpointId": endpoint, "enabled": true });
    owner
        .done("updateNotificationEndpoint", "endpoint { id }", enable)
        .await;
    ask_for_test(&owner, &endpoint).await;
    let delete = json!({ "endpointId": endpoint });
    owner
        .done("deleteNotificationEndpoint", "endpoint { id }", delete)
        .await;
    let entry = &log(&owner).await[0];
    assert_eq!(
        (&entry["state"], &entry["failure"]),
        (&json!("FAILED"), &json!("ENDPOINT_REMOVED"))
    );
    app.run_jobs().await;
    assert!(receiver.received().is_empty());
}

/// The worker died between the endpoint's answer and our note of it.
#[tokio::test]
async fn a_delivery_that_could_not_be_noted_is_repeated_under_the_same_id() {
    let (app, receiver, endpoint, _) = ready().await;
    ask_for_test(&app.owner(), &endpoint).await;
    let notification = notification::Entity::find()
        .one(&app.services.db)
        .await
        .unwrap()
        .unwrap();
    let of_a_dead_worker = Services {
        fence: Some(Fence {
            job: JobId(Uuid::nil()),
            fence: 1,
            workspace: notification.workspace_id,
        }),
        ..app.services.clone()
    };
    assert!(
        notifications::deliver(&of_a_dead_worker, notification.id)
            .await
            .is_err()
    );
    assert_eq!(receiver.received().len(), 1);
    assert_eq!(outcome(&log(&app.owner()).await[0]), ("WAITING", None, vec![]));
    app.run_jobs().await;
    let deliveries = receiver.received();
    assert_eq!(deliveries.len(), 2);
    assert_eq!(deliveries[0].header("webhook-id"), deliveries[1].header("webhook-id"));
    assert_eq!(
        outcome(&log(&app.owner()).await[0]),
        ("DELIVERED", None, texts(&["204"]))
    );
    assert!(
        notifications::deliver(&app.services, notification.id).await.is_ok(),
        "a job that is delivered twice"
    );
    assert!(
        notifications::deliver(&app.services, NotificationId(Uuid::nil()))
            .await
            .is_ok(),
        "one whose notification is gone"
    );
    assert_eq!(receiver.received().len(), 2, "sends nothing");
}

#[tokio::test]
async fn the_log_is_kept_for_its_time() {
    let (app, _receiver, endpoint, _) = ready().await;
    ask_for_test(&app.owner(), &endpoint).await;
    app.run_jobs().await;
    app.clock.advance(TimeDelta::days(30) - TimeDelta::seconds(1));
    assert_eq!(pruning::prune(&app.services).await.unwrap().notifications, 0);
    app.clock.advance(TimeDelta::seconds(2));
    assert_eq!(pruning::prune(&app.services).await.unwrap().notifications, 1);
    let attempts = notification_attempt::Entity::find().count(&app.services.db).await;
    assert_eq!(attempts.unwrap(), 0, "with its attempts");
    assert!(log(&app.owner()).await.is_empty());
}
