//! One masked number shown whole: to leads, for a reason, for a minute, on record.

use callab_tests::story::Ids;
use callab_tests::{Client, Story, TestApp};
use chrono::{DateTime, TimeDelta, Utc};
use domain::Clock as _;
use entity::audit_entry;
use sea_orm::{EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde_json::{Value, json};

async fn reveal(client: &Client, input: Value) -> Value {
    client.mutate("revealNumber", "number visibleUntil", input).await
}

async fn reveals(app: &TestApp) -> Vec<audit_entry::Model> {
    let entries = audit_entry::Entity::find()
        .filter(audit_entry::COLUMN.action.eq("phone_number.reveal"))
        .order_by_asc(audit_entry::COLUMN.id);
    entries.all(&app.services.db).await.unwrap()
}

/// The reasons for which numbers were shown.
async fn reasons(app: &TestApp) -> Vec<Value> {
    let mut shown = reveals(app).await;
    shown.retain(|entry| entry.outcome == "OK");
    shown.into_iter().map(|entry| entry.detail["reason"].clone()).collect()
}

#[tokio::test]
async fn a_lead_sees_a_number_for_a_minute_and_the_reason_is_kept() {
    let app = TestApp::start().await;
    let mut story = Story::begin(&app, app.owner()).await;
    story.tell(&app, "connectTwilioAccount").await;
    let (lead, number) = (&story.lead, &story.ids.number);
    let reason = "ticket 4711: caller +1 415 555 0177 cannot get through";
    let input = json!({ "phoneNumberId": number, "reason": reason, "idempotencyKey": "once" });
    let told = reveal(lead, input.clone()).await;
    assert_eq!(told["number"], json!(story.number));
    let until: DateTime<Utc> = told["visibleUntil"].as_str().unwrap().parse().unwrap();
    assert_eq!((until - app.clock.now()).num_seconds(), 60);
    assert_eq!(reasons(&app).await, ["ticket 4711: caller ••• cannot get through"]);

    // The same request again shows it while its time lasts, and not after.
    app.clock.advance(TimeDelta::seconds(30));
    assert_eq!(reveal(lead, input.clone()).await, told);
    app.clock.advance(TimeDelta::seconds(30));
    let late = reveal(lead, input).await;
    assert_eq!((&late["number"], &late["userErrors"]), (&Value::Null, &json!([])));
    assert_eq!(late["visibleUntil"], told["visibleUntil"]);
    assert_eq!(reasons(&app).await.len(), 1);
}

#[tokio::test]
async fn nothing_is_shown_without_a_number_or_a_reason() {
    let app = TestApp::start().await;
    let mut story = Story::begin(&app, app.owner()).await;
    story.tell(&app, "connectTwilioAccount").await;
    let number = &story.ids.number;
    let refused = async |number: &str, reason: &str| {
        let input = json!({ "phoneNumberId": number, "reason": reason });
        let (code, field) = story.lead.refused("revealNumber", input).await.remove(0);
        (code, field.unwrap_or_default())
    };
    let is = |code: &str, field: &str| (code.to_owned(), field.to_owned());
    assert_eq!(refused(number, " ").await, is("EMPTY", "reason"));
    assert_eq!(refused(number, "ok").await, is("MALFORMED", "reason"));
    assert_eq!(refused(number, &"x".repeat(201)).await, is("TOO_LONG", "reason"));
    let never = Ids::that_never_existed().number;
    assert_eq!(refused(&never, "because").await, is("NOT_FOUND", "phoneNumberId"));
    assert_eq!(
        refused(&story.ids.account, "because").await,
        is("NOT_FOUND", "phoneNumberId")
    );
    assert_eq!(reasons(&app).await.len(), 0);
    // Who asked for a number that there is, and was refused, stands in its owner's audit log; what is nobody's stands nowhere.
    let outcomes = async || {
        let told = reveals(&app).await.into_iter();
        told.map(|entry| (entry.actor, entry.outcome)).collect::<Vec<_>>()
    };
    let by = |actor: &str, outcome: &str| (actor.to_owned(), outcome.to_owned());
    let mut told = vec![
        by("lead@callab", "EMPTY"),
        by("lead@callab", "MALFORMED"),
        by("lead@callab", "TOO_LONG"),
    ];
    assert_eq!(outcomes().await, told);

    // Customers see their numbers whole without it, and it tells them nothing of others'.
    let input = json!({ "input": { "phoneNumberId": number, "reason": "because" } });
    let document = "mutation($input: RevealNumberInput!) { revealNumber(input: $input) { number } }";
    for (workspace, role) in [
        (Some("b"), "owner"),
        (Some("a"), "owner"),
        (None, "support"),
        (None, "staff_viewer"),
    ] {
        let answer = app.client(workspace, role).send(document, input.clone()).await;
        assert_eq!(answer.error_code().unwrap(), "FORBIDDEN", "{role}");
    }
    told.extend([
        by("owner@b", "FORBIDDEN"),
        by("owner@a", "FORBIDDEN"),
        by("support@callab", "FORBIDDEN"),
        by("staff_viewer@callab", "FORBIDDEN"),
    ]);
    assert_eq!(outcomes().await, told);
    // The guess at another's number stands in the log of who guessed, and tells nothing of whose it is.
    let reveals = reveals(&app).await;
    let (guess, own) = (&reveals[3], &reveals[4]);
    assert_ne!(guess.workspace_id, own.workspace_id);
    assert_eq!((guess.twilio_account_id, &guess.subject), (None, &own.subject));
    assert!(own.twilio_account_id.is_some() && own.request_id.is_some());
    assert_eq!(own.detail, json!({ "reason": "because" }));
}
