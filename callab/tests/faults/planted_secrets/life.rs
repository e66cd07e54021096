//! What a customer does for which secrets are needed, and what then goes wrong.

use callab_tests::{Client, Planted};
use entity::twilio_account::CredentialState;
use serde_json::json;
use twilio_sim::{AccountSpec, Fault, FaultKind, KeyKind, Match};

use super::{Installation, LABEL, REJECTED_TOKEN, SHARED_KEY, SHARED_KEY_ACCOUNT, TOKEN};
use crate::customer::{Customer, agent, answered_elsewhere, text};
use crate::rows;
use crate::until::until_true;

/// A customer does all for which a secret is needed; answers with the SID of their API key as well. What answers with a new secret is
/// asked of the API at `api_url`, past the recorder.
pub async fn live(
    installation: &Installation,
    owner: &Client,
    planted: &mut Planted,
    api_url: &str,
) -> (Customer, String) {
    let direct = owner.at(api_url);
    let mut customer = connect(installation, owner).await;
    be_notified(installation, owner, &direct, planted).await;
    ask_by_program(owner, &direct, planted).await;
    let key = change_credentials(installation, &mut customer, planted).await;
    (customer, key)
}

async fn connect(installation: &Installation, owner: &Client) -> Customer {
    let cluster = &installation.cluster;
    let mut customer = Customer::new(&cluster.sim, owner);
    customer.twilio = cluster.sim.add_account(AccountSpec {
        auth_token: Some(TOKEN.to_owned()),
        ..AccountSpec::default()
    });
    let number = cluster.sim.add_number(&customer.twilio.sid, answered_elsewhere());
    customer.original = cluster.sim.number(&number).expect("the number");
    let input = json!({ "accountSid": customer.twilio.sid, "authToken": REJECTED_TOKEN, "label": LABEL });
    owner.refused("connectTwilioAccount", input).await;
    let input = json!({ "accountSid": customer.twilio.sid, "authToken": TOKEN, "label": LABEL });
    let payload = owner.done("connectTwilioAccount", "account { id }", input).await;
    customer.account = text(&payload["account"]["id"]);
    customer.add_number(cluster).await;
    let agent = agent(owner, "ws://127.0.0.1:9/agent").await;
    customer.assign(&agent).await;
    until_true("calls to come to us", async || {
        rows::number(&cluster.db, &customer.original.phone_number)
            .await
            .routing
            .as_str()
            == "OURS"
    })
    .await;
    customer
}

async fn be_notified(installation: &Installation, owner: &Client, direct: &Client, planted: &mut Planted) {
    let input = json!({ "channel": "WEBHOOK", "address": installation.receiver.url(), "kinds": ["HEALTH_CHANGED"] });
    let payload = direct
        .done("createNotificationEndpoint", "endpoint { id } signingSecret", input)
        .await;
    let endpoint = payload["endpoint"]["id"].clone();
    for payload in [
        payload,
        direct
            .done(
                "rotateNotificationSecret",
                "signingSecret",
                json!({ "endpointId": endpoint }),
            )
            .await,
    ] {
        let secret = payload["signingSecret"]
            .as_str()
            .expect("a secret")
            .trim_start_matches("whsec_");
        planted.plant_base64("a notification secret", secret);
    }
    owner
        .done(
            "sendTestNotification",
            "notification { id }",
            json!({ "endpointId": endpoint }),
        )
        .await;
    until_true("a notification", async || !installation.receiver.received().is_empty()).await;
    let input = json!({ "channel": "EMAIL", "address": "anna@shop.example", "kinds": ["BILLING_EPISODE_OPENED"] });
    let payload = owner
        .mutate("createNotificationEndpoint", "endpoint { id }", input)
        .await;
    if let Some(mail) = payload["endpoint"]["id"].as_str() {
        owner
            .mutate(
                "sendTestNotification",
                "notification { id }",
                json!({ "endpointId": mail }),
            )
            .await;
    }
}

/// A program asks by a key, with a wrong one, and with one that was revoked.
async fn ask_by_program(owner: &Client, direct: &Client, planted: &mut Planted) {
    let input = json!({ "name": "CRM export", "permissions": ["MANAGE_AGENTS"] });
    let payload = direct.done("createApiKey", "apiKey { id } key", input).await;
    let key = payload["key"].as_str().expect("a key");
    planted.plant("a program's key", key);
    owner
        .with_token(key)
        .ask("{ agents { nodes { id } } }", json!({}))
        .await;
    owner
        .with_token(&format!("{key}0"))
        .post("{ viewer { role } }", json!({}))
        .await;
    owner
        .done(
            "revokeApiKey",
            "apiKey { id }",
            json!({ "apiKeyId": payload["apiKey"]["id"] }),
        )
        .await;
    owner.with_token(key).post("{ viewer { role } }", json!({})).await;
}

/// A test call, another Auth Token, and an API key in its place.
async fn change_credentials(installation: &Installation, customer: &mut Customer, planted: &mut Planted) -> String {
    let (cluster, owner) = (&installation.cluster, customer.client.clone());
    let test = customer.test_call().await;
    until_true("a verdict", async || customer.verdict(&test).await.is_some()).await;
    let input = json!({ "accountId": customer.account, "confirmed": true });
    owner.done("rotateAuthToken", "account { id }", input).await;
    until_true("another token", async || {
        let now = cluster.sim.account(&customer.twilio.sid).expect("the account");
        now.auth_token != TOKEN && now.secondary_token.is_none()
    })
    .await;
    customer.twilio.auth_token = cluster
        .sim
        .account(&customer.twilio.sid)
        .expect("the account")
        .auth_token;
    planted.plant("the rotated token", &customer.twilio.auth_token);

    let key = cluster.sim.add_key(&customer.twilio.sid, KeyKind::Main);
    planted.plant("an API key's secret", &key.secret);
    let input = json!({ "accountId": customer.account, "apiKeySid": key.sid, "apiKeySecret": key.secret });
    owner.done("updateTwilioAccount", "account { id }", input).await;
    customer.check().await;
    customer.sync().await;
    key.sid
}

/// Twilio answers what is no answer, and then nobody knows the credentials any more.
pub async fn go_wrong(installation: &Installation, customer: &mut Customer, key: &str) {
    let cluster = &installation.cluster;
    let asks = async |customer: &Customer| {
        let asked = cluster.sim.count_requests();
        customer.check().await;
        customer.sync().await;
        until_true("Twilio to be asked", async || cluster.sim.count_requests() > asked + 3).await;
    };
    let faults = [
        FaultKind::Html { status: 500 },
        FaultKind::CutOff,
        FaultKind::EmptyBody,
        FaultKind::BrokenJson,
    ];
    for kind in faults {
        let on = Match::default();
        cluster.sim.fail(Fault { on, times: None, kind });
        asks(customer).await;
        cluster.sim.clear_faults();
    }
    cluster.sim.rotate_token(&customer.twilio.sid);
    cluster.sim.delete_key(key);
    customer.check().await;
    until_true("the credentials to be rejected", async || {
        let row = rows::account(&cluster.db, &customer.twilio.sid).await;
        row.credential_state == CredentialState::Rejected
    })
    .await;

    // What comes to our webhooks with a wrong signature, and a token in the wrong place.
    let number = cluster.sim.number(&customer.original.sid).expect("the number");
    let http = reqwest::Client::builder()
        .no_proxy()
        .no_gzip()
        .build()
        .expect("an HTTP client");
    for signature in ["x", TOKEN] {
        let form = [("AccountSid", customer.twilio.sid.as_str()), ("AuthToken", TOKEN)];
        let sent = http
            .post(&number.voice_url)
            .header("X-Twilio-Signature", signature)
            .form(&form)
            .send();
        assert_eq!(sent.await.expect("an answer").status(), 403);
    }
    // By the shared key, for an account that is not this address's; and with the key where its name belongs.
    for settings in [
        "key=WKplanted,algorithm=HMAC_SHA256".to_owned(),
        format!("key={SHARED_KEY},algorithm=HMAC_SHA256"),
    ] {
        let form = [("AccountSid", SHARED_KEY_ACCOUNT)];
        let sent = http
            .post(&number.voice_url)
            .header("X-Twilio-Signature", SHARED_KEY)
            .header("X-Twilio-Webhooks-Signature-Settings", settings)
            .form(&form)
            .send();
        assert_eq!(sent.await.expect("an answer").status(), 403);
    }
    // A database that is not there any more for a moment: what then goes wrong is told by those who hold the password.
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()";
    let _ = sea_orm::ConnectionTrait::execute_unprepared(&cluster.db, cut).await;
    let mut redis = cluster.redis.connection().await.expect("Redis");
    let _: () = redis::cmd("CLIENT")
        .arg("KILL")
        .arg("TYPE")
        .arg("pubsub")
        .query_async(&mut redis)
        .await
        .expect("Redis");
    until_true("the database again", async || {
        let answer = customer.client.send("{ viewer { role } }", json!({})).await;
        answer.0["errors"].is_null()
    })
    .await;
}
