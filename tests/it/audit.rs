//! Who did what to what: each mutation leaves one audit entry, in the transaction of its effect.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callab_tests::client::mutation_document;
use callab_tests::dump::{difference, dump};
use callab_tests::schema::root_fields;
use callab_tests::story::MUTATIONS;
use callab_tests::{Story, TestApp};
use domain::Clock as _;
use entity::audit_entry;
use sea_orm::{ConnectionTrait as _, EntityTrait as _, QueryOrder as _};
use serde_json::{Value, json};
use twilio_sim::scenario;

/// What happens on the way of an act: credentials opened, writes at Twilio. `audit_chain.rs` looks at these.
fn is_on_the_way(action: &str) -> bool {
    action.starts_with("credential.") || action.starts_with("twilio.")
}

async fn entries(app: &TestApp) -> Vec<audit_entry::Model> {
    let query = audit_entry::Entity::find().order_by_asc(audit_entry::COLUMN.id);
    let mut entries = query.all(&app.services.db).await.unwrap();
    entries.retain(|entry| !is_on_the_way(&entry.action));
    entries
}

/// The action of each mutation, and what it is done to: table and global id.
fn expected<'a>(mutation: &str, story: &'a Story) -> (&'static str, &'static str, &'a str) {
    let ids = &story.ids;
    match mutation {
        "connectTwilioAccount" => ("twilio_account.connect", "twilio_account", &ids.account),
        "updateTwilioAccount" => ("twilio_account.update", "twilio_account", &ids.account),
        "rotateAuthToken" => ("twilio_account.rotate_token", "twilio_account", &ids.account),
        "setRotationPolicy" => ("twilio_account.set_rotation_policy", "twilio_account", &ids.account),
        "verifyTwilioAccount" => ("twilio_account.verify", "twilio_account", &ids.account),
        "pauseTwilioAccount" => ("twilio_account.pause", "twilio_account", &ids.account),
        "resumeTwilioAccount" => ("twilio_account.resume", "twilio_account", &ids.account),
        "syncNumbers" => ("phone_number.sync", "twilio_account", &ids.account),
        "disconnectTwilioAccount" => ("twilio_account.disconnect", "twilio_account", &ids.account),
        "registerAgent" => ("agent.register", "agent", &ids.agent),
        "updateAgent" => ("agent.update", "agent", &ids.agent),
        "removeAgent" => ("agent.remove", "agent", &ids.agent),
        "addPhoneNumber" => ("phone_number.add", "phone_number", &ids.number),
        "updatePhoneNumber" => ("phone_number.rename", "phone_number", &ids.number),
        "removePhoneNumber" => ("phone_number.remove", "phone_number", &ids.number),
        "revealNumber" => ("phone_number.reveal", "phone_number", &ids.number),
        "assignAgent" => ("agent.assign", "phone_number", &ids.number),
        "unassignAgent" => ("agent.unassign", "phone_number", &ids.number),
        "repairRouting" => ("phone_number.repair_routing", "phone_number", &ids.number),
        "acceptRouting" => ("phone_number.accept_routing", "phone_number", &ids.number),
        "startDiagnosis" => ("diagnosis.start", "diagnosis_run", &ids.diagnosis),
        "startTestCall" => ("test_call.start", "test_call", &ids.test_call),
        "cancelTestCall" => ("test_call.cancel", "test_call", &ids.test_call),
        "placeCall" => ("call.place", "call_intent", &ids.call_intent),
        "cancelJob" => ("job.cancel", "job", &ids.job),
        "retryJob" => ("job.retry", "job", &ids.job),
        "checkBilling" => ("billing.check", "twilio_account", &ids.account),
        "createBillingAlert" => ("billing_alert.create", "billing_alert", &ids.billing_alert),
        "updateBillingAlert" => ("billing_alert.update", "billing_alert", &ids.billing_alert),
        "deleteBillingAlert" => ("billing_alert.delete", "billing_alert", &ids.billing_alert),
        "acknowledgeBillingEpisode" => ("billing_episode.acknowledge", "billing_episode", &ids.billing_episode),
        "createNotificationEndpoint" => ("notification_endpoint.create", "notification_endpoint", &ids.endpoint),
        "updateNotificationEndpoint" => ("notification_endpoint.update", "notification_endpoint", &ids.endpoint),
        "deleteNotificationEndpoint" => ("notification_endpoint.delete", "notification_endpoint", &ids.endpoint),
        "rotateNotificationSecret" => (
            "notification_endpoint.rotate_secret",
            "notification_endpoint",
            &ids.endpoint,
        ),
        "sendTestNotification" => ("notification.test", "notification_endpoint", &ids.endpoint),
        "resendNotification" => ("notification.resend", "notification", &ids.notification),
        "createApiKey" => ("api_key.create", "api_key", &ids.api_key),
        "revokeApiKey" => ("api_key.revoke", "api_key", &ids.api_key),
        new => panic!("which action is {new}?"),
    }
}

/// The row behind a global id, as an audit entry names it.
fn subject(table: &str, global: &str) -> String {
    let named = String::from_utf8(URL_SAFE_NO_PAD.decode(global).unwrap()).unwrap();
    format!("{table}/{}", named.split_once(':').unwrap().1)
}

#[tokio::test]
async fn each_mutation_leaves_one_entry() {
    let app = TestApp::start().await;
    let mut story = Story::begin(&app, app.owner()).await;
    let fields = root_fields(&story.client, "Mutation").await;
    assert!(
        fields.iter().all(|field| MUTATIONS.contains(&field.name.as_str())),
        "{fields:?}"
    );
    for mutation in MUTATIONS {
        let before = entries(&app).await.len();
        let document = mutation_document(mutation, Story::fields(mutation));
        let (_, request_id, body) = story
            .client_for(mutation)
            .post(&document, json!({ "input": story.input(mutation) }))
            .await;
        let answer: Value = serde_json::from_str(&body).unwrap();
        let payload = &answer["data"][mutation];
        assert_eq!(payload["userErrors"], json!([]), "{mutation}: {body}");
        story.learn(&app, mutation, payload).await;
        let now = entries(&app).await;
        assert_eq!(now.len(), before + 1, "{mutation}; its jobs leave none");
        let entry = &now[before];
        let (action, table, id) = expected(mutation, &story);
        assert_eq!((entry.action.as_str(), entry.outcome.as_str()), (action, "OK"));
        assert_eq!(entry.subject, subject(table, id), "{mutation}");
        let of_account = entry.twilio_account_id.map(|id| format!("twilio_account/{id}"));
        let belongs_to_none = matches!(table, "agent" | "api_key") || table.starts_with("notification");
        let account = (!belongs_to_none).then(|| subject("twilio_account", &story.ids.account));
        assert_eq!(of_account, account, "{mutation}");
        let acted = match mutation {
            "revealNumber" => ("lead@callab", "lead"),
            _ => ("owner@a", "owner"),
        };
        assert_eq!((entry.actor.as_str(), entry.role.as_str()), acted, "{mutation}");
        assert_eq!(entry.request_id.as_deref(), Some(request_id.as_str()));
        assert_eq!(entry.address.as_deref(), Some("127.0.0.1"));
        assert_eq!(entry.at.timestamp_micros(), app.clock.now().timestamp_micros());
        assert!(
            !entry.detail.to_string().contains(&story.twilio.auth_token),
            "{mutation}"
        );
    }
}

/// Where the entry cannot be written, nothing is: the two share a transaction.
#[tokio::test]
async fn without_its_entry_a_mutation_has_no_effect() {
    let app = TestApp::start().await;
    let mut story = Story::begin(&app, app.owner()).await;
    let db = &app.services.db;
    // Made once, by whoever needs them first: the installation's secret, and the workspace's key, here for the chain.
    domain::installation::secret(&app.services).await.unwrap();
    let input = json!({ "externalId": "first", "name": "First", "endpoint": "wss://agent.example/ws" });
    app.owner().done("registerAgent", "agent { id }", input).await;
    domain::audit::chain(&app.services).await.unwrap();
    for mutation in MUTATIONS {
        let before = dump(db).await.unwrap();
        db.execute_unprepared("ALTER TABLE audit_entry RENAME TO audit_entry_away")
            .await
            .unwrap();
        let document = mutation_document(mutation, Story::fields(mutation));
        let answer = story
            .client_for(mutation)
            .send(&document, json!({ "input": story.input(mutation) }))
            .await;
        db.execute_unprepared("ALTER TABLE audit_entry_away RENAME TO audit_entry")
            .await
            .unwrap();
        assert_eq!(answer.error_code().unwrap(), "INTERNAL", "{mutation}: {answer:?}");
        assert_eq!(difference(&before, &dump(db).await.unwrap()), [""; 0], "{mutation}");
        story.tell(&app, mutation).await;
    }
}

#[tokio::test]
async fn refused_credentials_leave_an_entry_that_says_why() {
    let app = TestApp::start().await;
    let (owner, account) = (app.owner(), scenario::wrong_token(&app.sim));
    let input = json!({ "accountSid": account.sid, "authToken": account.auth_token, "label": "Main" });
    owner.refused("connectTwilioAccount", input).await;
    let good = scenario::healthy(&app.sim);
    let id = app.connect(&owner, &good).await;
    let wrong = json!({ "accountId": id, "authToken": account.auth_token });
    owner.refused("updateTwilioAccount", wrong).await;
    let told: Vec<_> = entries(&app)
        .await
        .into_iter()
        .map(|entry| (entry.action, entry.outcome))
        .collect();
    let told: Vec<_> = told
        .iter()
        .map(|(action, outcome)| (action.as_str(), outcome.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("twilio_account.connect", "CREDENTIALS_REJECTED"),
            ("twilio_account.connect", "OK"),
            ("twilio_account.update", "CREDENTIALS_REJECTED"),
        ]
    );
    for entry in entries(&app).await {
        let text = format!("{entry:?}");
        assert!(
            !text.contains(&account.auth_token) && !text.contains(&good.auth_token),
            "{text}"
        );
    }
    assert_eq!(
        entries(&app).await[0].subject,
        format!("twilio_account/{}", account.sid)
    );
}
