//! Mails about billing alerts.

use std::sync::Arc;

use callab_tests::{MailServer, TestApp};
use chrono::TimeDelta;
use domain::notifications::Notice;
use entity::notification::NotificationKind;
use entity::{AccountId, notification, workspace};
use sea_orm::{EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use super::{log, outcome};

async fn with_mail() -> (TestApp, MailServer) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = MailServer::start().await.unwrap();
    let mailer = Arc::new(server.mailer().unwrap());
    let app = TestApp::start_with(|services| services.mailer = Some(mailer)).await;
    (app, server)
}

fn email(address: &str, kinds: &[&str]) -> Value {
    json!({ "channel": "EMAIL", "address": address, "kinds": kinds })
}

const BILLING: [&str; 2] = ["BILLING_EPISODE_OPENED", "BILLING_EPISODE_CLOSED"];

/// Tells workspace `a` that a balance is low, and runs the jobs.
async fn tell_low_balance(app: &TestApp) {
    let row = workspace::Entity::find().filter(workspace::COLUMN.external_id.eq("a"));
    let workspace = row.one(&app.services.db).await.unwrap().unwrap().id;
    let account = AccountId(app.services.ids.new_id());
    let summary = "The balance of Main is below 20.00 USD.";
    let notice = Notice::new(NotificationKind::BillingEpisodeOpened, account, summary).with("balance", "18.40");
    let mut tx = app.services.begin().await.unwrap();
    tx.notify(workspace, notice).await.unwrap();
    tx.commit().await.unwrap();
    app.run_jobs().await;
}

#[tokio::test]
async fn without_a_mail_server_an_address_is_refused() {
    let app = TestApp::start().await;
    let input = email("anna@shop.example", &BILLING);
    assert_eq!(
        app.owner().refused("createNotificationEndpoint", input).await,
        [("EMAIL_NOT_SET_UP".to_owned(), Some("channel".to_owned()))]
    );
}

#[tokio::test]
async fn a_billing_alert_is_mailed_in_plain_text() {
    let (app, server) = with_mail().await;
    let owner = app.owner();
    for (address, kinds, code) in [
        ("anna", &BILLING[..], "EMAIL_ADDRESS_INVALID"),
        (
            "anna@shop.example\r\nBcc: all@shop.example",
            &BILLING,
            "EMAIL_ADDRESS_INVALID",
        ),
        ("anna@shop.example", &["HEALTH_CHANGED"], "NOT_BY_EMAIL"),
        ("anna@shop.example", &[], "EMPTY"),
    ] {
        let refused = owner.refused("createNotificationEndpoint", email(address, kinds)).await;
        assert_eq!(refused[0].0, code, "{address}");
    }
    let input = email(" anna@shop.example ", &BILLING);
    let payload = owner
        .done(
            "createNotificationEndpoint",
            "endpoint { id address } signingSecret",
            input,
        )
        .await;
    assert_eq!(
        (&payload["signingSecret"], &payload["endpoint"]["address"]),
        (&Value::Null, &json!("anna@shop.example"))
    );
    let rotate = json!({ "endpointId": payload["endpoint"]["id"] });
    assert_eq!(
        owner.refused("rotateNotificationSecret", rotate).await[0].0,
        "NO_SIGNING_SECRET"
    );

    tell_low_balance(&app).await;
    let mails = server.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(
        (mails[0].from.as_str(), mails[0].to.as_str()),
        ("alerts@callab.example", "anna@shop.example")
    );
    for part in [
        "Subject: Callab: billing alert\n",
        "From: Callab <alerts@callab.example>\n",
        "Content-Type: text/plain; charset=utf-8\n",
        "\nThe balance of Main is below 20.00 USD.\n",
        "\nBalance: 18.40\n",
    ] {
        assert!(mails[0].text.contains(part), "{part:?} in {}", mails[0].text);
    }
    let row = notification::Entity::find()
        .one(&app.services.db)
        .await
        .unwrap()
        .unwrap();
    let id = format!("Message-ID: <{}@callab.example>\n", row.id);
    assert!(
        mails[0].text.contains(&id),
        "one that comes twice is told by its id: {}",
        mails[0].text
    );
    assert_eq!(
        outcome(&log(&owner).await[0]),
        ("DELIVERED", None, vec!["arrived".to_owned()])
    );
}

#[tokio::test]
async fn a_mail_that_is_refused_for_good_is_given_up_and_one_that_is_put_off_is_tried_again() {
    let (app, server) = with_mail().await;
    let owner = app.owner();
    let input = email("anna@shop.example", &BILLING);
    owner.done("createNotificationEndpoint", "endpoint { id }", input).await;
    server.refuse("550 no such person");
    tell_low_balance(&app).await;
    assert_eq!(
        outcome(&log(&owner).await[0]),
        ("FAILED", Some("MAIL_REJECTED"), vec!["MAIL_REJECTED".to_owned()])
    );
    server.refuse("451 come back later");
    tell_low_balance(&app).await;
    assert_eq!(log(&owner).await[0]["state"], "WAITING");
    app.pass(TimeDelta::seconds(6)).await;
    let attempts = vec!["MAIL_UNAVAILABLE".to_owned(), "arrived".to_owned()];
    assert_eq!(outcome(&log(&owner).await[0]), ("DELIVERED", None, attempts));
    assert_eq!(server.mails().len(), 1);
}
