//! Endpoints: their secrets, their number, and who sees what of them.

use callab_tests::dump::dump;
use callab_tests::logs::Logs;
use callab_tests::{Receiver, TestApp};
use chrono::TimeDelta;
use entity::notification_endpoint;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{EntityTrait as _, QueryOrder as _};
use serde_json::{Value, json};

use super::{ask_for_test, endpoint, is_signed, is_signed_at_its_time, log, outcome};

#[tokio::test]
async fn a_new_secret_signs_beside_the_old_one_for_a_day() {
    let app = TestApp::start().await;
    let (owner, receiver) = (app.owner(), Receiver::start().await.unwrap());
    let (endpoint, first) = endpoint(&owner, &receiver, &["HEALTH_CHANGED"]).await;
    let rotate = json!({ "endpointId": endpoint });
    let payload = owner
        .done(
            "rotateNotificationSecret",
            "endpoint { previousSecretUntil } signingSecret",
            rotate,
        )
        .await;
    let second = payload["signingSecret"].as_str().unwrap();
    assert_ne!(second, first);
    assert!(!payload["endpoint"]["previousSecretUntil"].is_null());
    ask_for_test(&owner, &endpoint).await;
    app.run_jobs().await;
    let delivery = &receiver.received()[0];
    assert!(is_signed(delivery, &first) && is_signed(delivery, second), "by both");
    assert_eq!(delivery.header("webhook-signature").split(' ').count(), 2);

    app.clock.advance(TimeDelta::hours(24));
    ask_for_test(&owner, &endpoint).await;
    app.run_jobs().await;
    let delivery = &receiver.received()[1];
    assert!(is_signed_at_its_time(delivery, second) && !is_signed_at_its_time(delivery, &first));
}

#[tokio::test]
async fn a_secret_is_shown_once_and_is_nowhere_in_clear() {
    let logs = Logs::keep();
    let app = TestApp::start().await;
    let (owner, receiver) = (app.owner(), Receiver::start().await.unwrap());
    let input = json!({ "channel": "WEBHOOK", "address": receiver.url(), "kinds": ["HEALTH_CHANGED"], "idempotencyKey": "once" });
    let fields = "endpoint { id } signingSecret";
    let payload = owner.done("createNotificationEndpoint", fields, input.clone()).await;
    let secret = payload["signingSecret"].as_str().unwrap().to_owned();
    let again = owner.done("createNotificationEndpoint", fields, input).await;
    assert_eq!(
        again,
        json!({ "endpoint": payload["endpoint"], "signingSecret": null, "userErrors": [] })
    );
    receiver.answer(&[500]);
    ask_for_test(&owner, payload["endpoint"]["id"].as_str().unwrap()).await;
    app.pass(TimeDelta::minutes(1)).await;
    let rows = format!("{:?}", dump(&app.services.db).await.unwrap());
    let bare = secret.trim_start_matches("whsec_");
    let printed = format!("{:?}", app.services);
    for (place, text) in [("database", rows), ("logs", logs.text()), ("Debug output", printed)] {
        assert!(!text.contains(bare), "the secret is in the {place}");
    }
    assert!(!logs.text().contains(receiver.url()), "an address may be a secret, too");
}

/// A sealed secret is bound to its row.
#[tokio::test]
async fn a_sealed_secret_of_another_endpoint_signs_nothing() {
    let app = TestApp::start().await;
    let (owner, receiver) = (app.owner(), Receiver::start().await.unwrap());
    let (first, _) = endpoint(&owner, &receiver, &["HEALTH_CHANGED"]).await;
    endpoint(&owner, &receiver, &["HEALTH_CHANGED"]).await;
    let db = &app.services.db;
    let rows = notification_endpoint::Entity::find().order_by_asc(notification_endpoint::COLUMN.id);
    let rows = rows.all(db).await.unwrap();
    let swapped = notification_endpoint::ActiveModel {
        id: Unchanged(rows[0].id),
        secret_sealed: Set(rows[1].secret_sealed.clone()),
        ..Default::default()
    };
    notification_endpoint::Entity::update(swapped).exec(db).await.unwrap();
    ask_for_test(&owner, &first).await;
    app.run_jobs().await;
    let unreadable = vec!["SECRET_UNREADABLE".to_owned()];
    assert_eq!(
        outcome(&log(&owner).await[0]),
        ("FAILED", Some("SECRET_UNREADABLE"), unreadable)
    );
    assert!(receiver.received().is_empty());
    // A new one mends it.
    let rotate = json!({ "endpointId": first });
    owner.done("rotateNotificationSecret", "signingSecret", rotate).await;
    app.clock.advance(TimeDelta::hours(24));
    ask_for_test(&owner, &first).await;
    app.run_jobs().await;
    assert_eq!(log(&owner).await[0]["state"], "DELIVERED");
}

#[tokio::test]
async fn who_may_not_manage_notifications_sees_no_path_and_staff_no_number() {
    let app = TestApp::start().await;
    let (owner, receiver) = (app.owner(), Receiver::start().await.unwrap());
    let (endpoint, _) = endpoint(&owner, &receiver, &["HEALTH_CHANGED"]).await;
    ask_for_test(&owner, &endpoint).await;
    app.run_jobs().await;
    let document = "{ notifications { nodes { payload endpoint { address } } } }";
    let shown = async |workspace: Option<&str>, role: &str| {
        let client = app.client(workspace, role);
        client.ask(document, json!({})).await["notifications"]["nodes"][0].clone()
    };
    let hidden = receiver.url().replace("/hook", "/•••");
    for (role, address) in [("owner", receiver.url()), ("member", &hidden), ("viewer", &hidden)] {
        let seen = shown(Some("a"), role).await;
        assert_eq!(seen["endpoint"]["address"], address, "{role}");
        assert!(seen["payload"].is_object(), "{role}");
    }
    for role in ["staff_viewer", "support", "lead"] {
        let seen = shown(None, role).await;
        assert_eq!(seen["endpoint"]["address"], json!(hidden), "{role}");
        assert_eq!(seen["payload"], Value::Null, "{role}");
    }
}

#[tokio::test]
async fn a_workspace_has_ten_endpoints_at_most() {
    let app = TestApp::start().await;
    let (owner, receiver) = (app.owner(), Receiver::start().await.unwrap());
    let (first, _) = endpoint(&owner, &receiver, &["HEALTH_CHANGED"]).await;
    for _ in 1..9 {
        endpoint(&owner, &receiver, &["HEALTH_CHANGED"]).await;
    }
    let input = json!({ "channel": "WEBHOOK", "address": receiver.url(), "kinds": ["HEALTH_CHANGED"] });
    let make = || owner.mutate("createNotificationEndpoint", "endpoint { id }", input.clone());
    let (one, other) = tokio::join!(make(), make());
    let refused = [&one, &other].map(|payload| payload["userErrors"][0]["code"].as_str() == Some("ENDPOINT_LIMIT"));
    assert_eq!(refused.iter().filter(|refused| **refused).count(), 1, "{one} {other}");
    let delete = json!({ "endpointId": first });
    owner
        .done("deleteNotificationEndpoint", "endpoint { id }", delete)
        .await;
    endpoint(&owner, &receiver, &["HEALTH_CHANGED"]).await;
    let other = app.client(Some("b"), "owner");
    endpoint(&other, &receiver, &["HEALTH_CHANGED"]).await;
}
