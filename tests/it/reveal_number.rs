//! One masked number shown whole: to leads, for a reason, for a minute, on record.

use callab_tests::story::Ids;
use callab_tests::{Client, Story, TestApp};
use chrono::{DateTime, TimeDelta, Utc};
use domain::Clock as _;
use entity::audit_entry;
use sea_orm::{EntityTrait as _, QueryOrder as _};
use serde_json::{Value, json};

async fn reveal(client: &Client, input: Value) -> Value {
    client.mutate("revealNumber", "number visibleUntil", input).await
}

async fn reasons(app: &TestApp) -> Vec<Value> {
    let entries = audit_entry::Entity::find().order_by_asc(audit_entry::COLUMN.id);
    let entries = entries.all(&app.services.db).await.unwrap();
    let reveals = entries
        .into_iter()
        .filter(|entry| entry.action == "phone_number.reveal");
    reveals.map(|entry| entry.detail["reason"].clone()).collect()
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
}
