//! Telling customers: signed webhooks and mails, tried again for a day, and nowhere but where they may go.

mod addresses;
mod endpoints;
mod hooks;
mod mails;
mod retries;

use callab_tests::receiver::Received;
use callab_tests::{Client, Receiver, TestApp};
use serde_json::{Value, json};
use standardwebhooks::Webhook;

/// A webhook that wants these kinds: its id and its secret.
async fn endpoint(client: &Client, receiver: &Receiver, kinds: &[&str]) -> (String, String) {
    let input = json!({ "channel": "WEBHOOK", "address": receiver.url(), "kinds": kinds });
    let payload = client
        .done("createNotificationEndpoint", "endpoint { id } signingSecret", input)
        .await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&payload["endpoint"]["id"]), text(&payload["signingSecret"]))
}

/// Asks for a test notification, without running the job; answers its id.
async fn ask_for_test(client: &Client, endpoint: &str) -> String {
    let input = json!({ "endpointId": endpoint });
    let payload = client
        .done("sendTestNotification", "notification { id state }", input)
        .await;
    assert_eq!(payload["notification"]["state"], "WAITING");
    payload["notification"]["id"].as_str().unwrap().to_owned()
}

/// The delivery log, newest first.
async fn log(client: &Client) -> Vec<Value> {
    let document = "{ notifications { nodes { id kind state failure deliveredAt endpoint { id } payload \
                    attempts { status error durationMs at } } } }";
    let data = client.ask(document, json!({})).await;
    data["notifications"]["nodes"].as_array().unwrap().clone()
}

/// State, failure, and the status or error of each attempt.
fn outcome(entry: &Value) -> (&str, Option<&str>, Vec<String>) {
    let attempts = entry["attempts"].as_array().unwrap().iter();
    let attempts = attempts.map(|attempt| match attempt["status"].as_i64() {
        Some(status) => status.to_string(),
        None => attempt["error"].as_str().unwrap_or("arrived").to_owned(),
    });
    (
        entry["state"].as_str().unwrap(),
        entry["failure"].as_str(),
        attempts.collect(),
    )
}

/// Whether a delivery is signed with this secret, as a receiver finds out that looks at its time, too.
fn is_signed(delivery: &Received, secret: &str) -> bool {
    let webhook = Webhook::new(secret).unwrap();
    webhook.verify(delivery.body.as_bytes(), &delivery.headers).is_ok()
}

/// The same for one that comes later in the test's time than the receiver's clock would take.
fn is_signed_at_its_time(delivery: &Received, secret: &str) -> bool {
    let (id, at) = (delivery.header("webhook-id"), delivery.header("webhook-timestamp"));
    let webhook = Webhook::new(secret).unwrap();
    let signed = webhook.sign(id, at.parse().unwrap(), delivery.body.as_bytes()).unwrap();
    delivery.header("webhook-signature").split(' ').any(|one| one == signed)
}

#[tokio::test]
async fn a_webhook_is_signed_by_the_standard_scheme_and_delivered_once() {
    let app = TestApp::start().await;
    let (owner, receiver) = (app.owner(), Receiver::start().await.unwrap());
    let (endpoint, secret) = endpoint(&owner, &receiver, &["HEALTH_CHANGED"]).await;
    assert!(secret.starts_with("whsec_"), "{secret}");
    let id = ask_for_test(&owner, &endpoint).await;
    app.run_jobs().await;
    app.run_jobs().await;

    let deliveries = receiver.received();
    let [delivery] = deliveries.as_slice() else {
        panic!("{deliveries:?}")
    };
    assert!(is_signed(delivery, &secret));
    let other = format!("whsec_{}", "A".repeat(43) + "=");
    assert!(!is_signed(delivery, &other), "not with any secret");
    assert_eq!(delivery.header("webhook-id"), id);
    assert_eq!(delivery.header("content-type"), "application/json");
    let body = delivery.json();
    assert_eq!(body["type"], "notification.test");
    assert_eq!(
        body["data"]["subject"],
        json!({ "type": "NotificationEndpoint", "id": endpoint })
    );
    let log = log(&owner).await;
    assert_eq!(log[0]["payload"], body);
    assert_eq!(outcome(&log[0]), ("DELIVERED", None, vec!["204".to_owned()]));
    assert_eq!(
        (&log[0]["id"], &log[0]["endpoint"]["id"]),
        (&json!(id), &json!(endpoint))
    );
}
