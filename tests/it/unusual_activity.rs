//! Unusual activity is found by plain rules, told with its figures, and over when it is quiet.

use callab_tests::receiver::Received;
use callab_tests::{Client, Receiver, TestApp};
use chrono::{DateTime, TimeDelta, Utc};
use domain::Clock as _;
use domain::jobs::SyncCalls;
use entity::agent_assignment::Direction;
use entity::call::{self, CallStatus};
use entity::{Amount, CallId, phone_number, twilio_account};
use sea_orm::{ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};
use twilio_sim::scenario;

async fn ready() -> (TestApp, twilio_account::Model, phone_number::Model) {
    let app = TestApp::start().await;
    let account = scenario::healthy(&app.sim);
    app.connect(&app.owner(), &account).await;
    let row = twilio_account::Entity::find()
        .one(&app.services.db)
        .await
        .unwrap()
        .unwrap();
    let number = phone_number::Entity::find()
        .filter(
            phone_number::COLUMN
                .e164
                .eq(entity::E164::parse("+14155550101").unwrap()),
        )
        .one(&app.services.db)
        .await
        .unwrap()
        .unwrap();
    (app, row, number)
}

/// An outbound call that ended, as if it had been seen.
async fn note(app: &TestApp, number: &phone_number::Model, at: DateTime<Utc>, change: impl FnOnce(&mut call::Model)) {
    let id = CallId(app.services.ids.new_id());
    let mut row = call::Model {
        id,
        workspace_id: number.workspace_id,
        twilio_account_id: number.twilio_account_id,
        phone_number_id: number.id,
        agent_id: None,
        call_intent_id: None,
        sid: format!("CA{}", id.0.simple()),
        direction: Direction::Outbound,
        from_number: number.e164.to_string(),
        to_number: "+14155550177".into(),
        status: CallStatus::Completed,
        status_sequence: None,
        duration_s: Some(61),
        sip_code: None,
        error_code: None,
        price: Some(Amount("0.028".parse().unwrap())),
        price_currency: Some("USD".into()),
        other_country: Some("US".into()),
        quality: None,
        quality_at: None,
        started_at: at,
        ringing_at: None,
        setup_ms: None,
        answered_at: Some(at),
        ended_at: Some(at),
        log_seen_at: Some(at),
        updated_at: at,
    };
    change(&mut row);
    let row = call::ActiveModel::from(row).reset_all();
    row.insert(&app.services.db).await.unwrap();
}

async fn look(app: &TestApp, account: &twilio_account::Model) {
    let mut tx = app.services.begin().await.unwrap();
    tx.enqueue(account, &SyncCalls { account: account.id }).await.unwrap();
    tx.commit().await.unwrap();
    app.run_jobs().await;
}

async fn findings(client: &Client, filter: &str) -> Vec<Value> {
    let document = format!(
        "{{ unusualActivity{filter} {{ nodes {{ id kind endedAt figures {{ name value }} phoneNumber {{ number }} account {{ sid }} }} }} }}"
    );
    let data = client.ask(&document, json!({})).await;
    data["unusualActivity"]["nodes"].as_array().unwrap().clone()
}

fn figure<'a>(finding: &'a Value, name: &str) -> &'a Value {
    let figures = finding["figures"].as_array().unwrap();
    let figure = figures.iter().find(|figure| figure["name"] == name);
    &figure.unwrap_or_else(|| panic!("no {name} in {figures:?}"))["value"]
}

#[tokio::test]
async fn a_burst_is_found_once_with_its_figures_and_ends_when_it_is_quiet() {
    let (app, account, number) = ready().await;
    let owner = app.owner();
    let receiver = Receiver::start().await.unwrap();
    let input = json!({ "channel": "WEBHOOK", "address": receiver.url(), "kinds": ["ACTIVITY_UNUSUAL"] });
    owner.done("createNotificationEndpoint", "endpoint { id }", input).await;
    // A usual hour: eight calls, in each of two weeks before.
    for weeks in 1..=2 {
        for _ in 0..8 {
            note(&app, &number, app.clock.now() - TimeDelta::weeks(weeks), |_| {}).await;
        }
    }
    look(&app, &account).await;
    assert_eq!(findings(&owner, "").await, [Value::Null; 0]);
    for _ in 0..25 {
        let failed = |call: &mut call::Model| call.status = CallStatus::Failed;
        note(&app, &number, app.clock.now(), failed).await;
    }
    look(&app, &account).await;
    let mut told: Vec<Value> = receiver.received().iter().map(Received::json).collect();
    told.sort_by_key(|body| body["data"]["kind"].to_string());
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[0]["type"], "activity.unusual");
    let data = &told[0]["data"];
    assert_eq!(
        (&data["kind"], &data["subject"]["type"]),
        (&json!("CALL_BURST"), &json!("TwilioAccount"))
    );
    assert_eq!(data["figures"]["calls in the last 15 minutes"], "25");
    let found = findings(&owner, "(open: true)").await;
    let mut kinds: Vec<&Value> = found.iter().map(|finding| &finding["kind"]).collect();
    kinds.sort_by_key(ToString::to_string);
    assert_eq!(kinds, ["CALL_BURST", "FAILURE_BURST"]);
    let burst = found.iter().find(|finding| finding["kind"] == "CALL_BURST").unwrap();
    assert_eq!(figure(burst, "calls in the last 15 minutes"), "25");
    assert_eq!(figure(burst, "usual calls in 15 minutes of this hour of the week"), "2");
    assert_eq!(figure(burst, "weeks compared with"), "2");

    // Looked at again, it is the same one.
    app.clock.advance(TimeDelta::minutes(10));
    look(&app, &account).await;
    assert_eq!(findings(&owner, "").await.len(), 2);
    // Over, but not at once.
    app.clock.advance(TimeDelta::minutes(20));
    look(&app, &account).await;
    assert_eq!(findings(&owner, "(open: true)").await.len(), 2);
    app.clock.advance(TimeDelta::minutes(11));
    look(&app, &account).await;
    assert_eq!(findings(&owner, "(open: true)").await.len(), 0);
    assert_eq!(findings(&owner, "(open: false)").await.len(), 2);
    let data = owner
        .ask("{ events(first: 100) { nodes { kind data } } }", json!({}))
        .await;
    let events = data["events"]["nodes"].as_array().unwrap();
    let told = events.iter().filter(|event| event["kind"] == "ACTIVITY_FINDING");
    assert_eq!(told.count(), 4, "each opened and ended: {events:?}");
}

#[tokio::test]
async fn a_new_and_expensive_country_is_found_when_its_price_is_known() {
    let (app, account, number) = ready().await;
    let owner = app.owner();
    let to_cuba = |price: Option<&str>| {
        let price = price.map(|price| Amount(price.parse().unwrap()));
        move |call: &mut call::Model| {
            call.to_number = "+5352555012".into();
            call.other_country = Some("CU".into());
            call.price = price;
        }
    };
    note(&app, &number, app.clock.now(), to_cuba(None)).await;
    look(&app, &account).await;
    assert_eq!(findings(&owner, "").await.len(), 0, "the price is not known yet");
    note(&app, &number, app.clock.now(), to_cuba(Some("1.824"))).await;
    look(&app, &account).await;
    let found = findings(&owner, "").await;
    assert_eq!((found.len(), &found[0]["kind"]), (1, &json!("EXPENSIVE_DESTINATION")));
    assert_eq!(figure(&found[0], "highest price of a minute to CU"), "0.912 USD");
    assert!(!found[0].to_string().contains("+5352555012"));

    // A country that the account calls is no news.
    let (app, account, number) = ready().await;
    note(
        &app,
        &number,
        app.clock.now() - TimeDelta::days(5),
        to_cuba(Some("1.824")),
    )
    .await;
    note(&app, &number, app.clock.now(), to_cuba(Some("1.824"))).await;
    look(&app, &account).await;
    assert_eq!(findings(&app.owner(), "").await.len(), 0);
}

#[tokio::test]
async fn a_number_outside_its_hours_is_found_for_itself() {
    let (app, account, number) = ready().await;
    for weeks in 1..=3 {
        let then = app.clock.now() - TimeDelta::weeks(weeks) - TimeDelta::hours(10);
        for _ in 0..20 {
            note(&app, &number, then, |_| {}).await;
        }
    }
    for _ in 0..5 {
        note(&app, &number, app.clock.now(), |_| {}).await;
    }
    look(&app, &account).await;
    let found = findings(&app.owner(), "").await;
    assert_eq!((found.len(), &found[0]["kind"]), (1, &json!("OUTSIDE_PATTERN")));
    assert_eq!(found[0]["phoneNumber"]["number"], json!("+14155550101"));
    assert_eq!(findings(&app.client(Some("b"), "owner"), "").await.len(), 0);
}
