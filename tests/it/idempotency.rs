//! The same mutation twice, done once: the `idempotencyKey` of every mutation.

use std::time::Duration;

use callab_tests::client::mutation_document;
use callab_tests::dump::{Dump, difference, dump};
use callab_tests::schema::root_fields;
use callab_tests::story::MUTATIONS;
use callab_tests::{Client, Story, TestApp};
use chrono::TimeDelta;
use domain::idempotency::Once;
use domain::{Actor, Request, Role, Services};
use entity::workspace;
use sea_orm::{ConnectionTrait as _, EntityTrait as _};
use serde_json::{Value, json};

/// One key for all mutations: a key counts for its field alone.
const KEY: &str = "the-same-key-everywhere";

fn with_key(mut input: Value) -> Value {
    input["idempotencyKey"] = json!(KEY);
    input
}

async fn send(client: &Client, mutation: &str, input: Value) -> Value {
    let document = mutation_document(mutation, Story::fields(mutation));
    client.ask(&document, json!({ "input": input })).await[mutation].clone()
}

/// All that is stored, and how many requests Twilio got.
struct State(Dump, usize);

impl State {
    async fn now(app: &TestApp) -> Self {
        Self(dump(&app.services.db).await.unwrap(), app.sim.count_requests())
    }

    /// Nothing happened since.
    async fn is_the_same(&self, app: &TestApp, after: &str) {
        let now = Self::now(app).await;
        assert_eq!(difference(&self.0, &now.0), [""; 0], "{after}");
        assert_eq!(self.1, now.1, "{after}: requests to Twilio");
    }
}

#[tokio::test]
async fn every_mutation_takes_a_key() {
    let app = TestApp::start().await;
    let fields = root_fields(&app.owner(), "Mutation").await;
    let keyed = fields.iter().filter(|field| field.takes("idempotencyKey"));
    let mut keyed: Vec<&str> = keyed.map(|field| field.name.as_str()).collect();
    keyed.sort_unstable();
    let mut all: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    all.sort_unstable();
    assert_eq!(keyed, all);
    let mut told = MUTATIONS;
    told.sort_unstable();
    assert_eq!(told, *all, "the story tells every mutation");
}

#[tokio::test]
async fn the_same_request_again_has_no_further_effect_and_another_is_refused() {
    let app = TestApp::start().await;
    let mut story = Story::begin(&app, app.owner()).await;
    let other = Story::settled(&app, app.owner()).await;
    for mutation in MUTATIONS {
        let input = with_key(story.input(mutation));
        let first = send(story.client_for(mutation), mutation, input.clone()).await;
        assert_eq!(first["userErrors"], json!([]), "{mutation}");
        let before = State::now(&app).await;
        assert_eq!(
            send(story.client_for(mutation), mutation, input.clone()).await,
            first,
            "{mutation}: another answer"
        );
        before.is_the_same(&app, &format!("{mutation}: another effect")).await;
        let again = with_key(other.input(mutation));
        let refused = story.client_for(mutation).refused(mutation, again).await;
        let expected = ("IDEMPOTENCY_KEY_REUSED".to_owned(), Some("idempotencyKey".to_owned()));
        assert_eq!(refused, [expected], "{mutation}");
        before
            .is_the_same(&app, &format!("{mutation}: a refused one has an effect"))
            .await;
        story.learn(&app, mutation, &first).await;

        // The jobs have run. The repeat still knows what it was about, and wants no more of them.
        let before = State::now(&app).await;
        let again = send(story.client_for(mutation), mutation, input).await;
        assert_eq!(again["userErrors"], json!([]), "{mutation}");
        assert!(app.run_jobs().await.is_empty(), "{mutation}");
        before
            .is_the_same(&app, &format!("{mutation}: another effect after the jobs"))
            .await;
    }
}

#[tokio::test]
async fn a_test_call_that_is_asked_for_twice_is_placed_once() {
    let app = TestApp::start().await;
    let mut story = Story::begin(&app, app.owner()).await;
    story.tell_before(&app, "startTestCall").await;
    let input = with_key(json!({ "phoneNumberId": story.ids.number, "kind": "OUTBOUND" }));
    let first = send(&story.client, "startTestCall", input.clone()).await;
    app.run_jobs().await;
    let again = send(&story.client, "startTestCall", input).await;
    assert_eq!(again["testCall"]["id"], first["testCall"]["id"]);
    app.run_jobs().await;
    assert_eq!(app.sim.count_requests_to("POST", "Calls"), 1);
}

#[tokio::test]
async fn a_key_counts_for_one_person_and_for_a_day() {
    let app = TestApp::start().await;
    let mut story = Story::begin(&app, app.owner()).await;
    story.tell_before(&app, "updatePhoneNumber").await;
    let member = app.client(Some("a"), "member");
    let named = |name: &str| with_key(json!({ "phoneNumberId": story.ids.number, "nickname": name }));
    let nickname = async |client: &Client, name: &str| {
        send(client, "updatePhoneNumber", named(name)).await["phoneNumber"]["nickname"].clone()
    };
    assert_eq!(nickname(&story.client, "first").await, "first");
    assert_eq!(nickname(&member, "second").await, "second", "another person's key");
    assert_eq!(
        nickname(&story.client, "first").await,
        "second",
        "a repeat shows how it is now"
    );

    app.clock.advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    assert_eq!(
        story.client.refused("updatePhoneNumber", named("third")).await[0].0,
        "IDEMPOTENCY_KEY_REUSED"
    );
    app.clock.advance(TimeDelta::seconds(1));
    assert_eq!(nickname(&story.client, "third").await, "third");
    app.run_jobs().await;
}

/// A refusal is not remembered: whoever mends the cause may repeat with the same key.
#[tokio::test]
async fn a_refused_request_does_not_use_its_key_up() {
    let app = TestApp::start().await;
    let mut story = Story::begin(&app, app.owner()).await;
    story.tell_before(&app, "connectTwilioAccount").await;
    let mut wrong = with_key(story.input("connectTwilioAccount"));
    wrong["authToken"] = json!("00000000000000000000000000000000");
    assert_eq!(
        story.client.refused("connectTwilioAccount", wrong).await[0].0,
        "CREDENTIALS_REJECTED"
    );
    let right = with_key(story.input("connectTwilioAccount"));
    let payload = send(&story.client, "connectTwilioAccount", right).await;
    assert_eq!(payload["userErrors"], json!([]));
    app.run_jobs().await;
}

#[tokio::test]
async fn two_at_once_have_one_effect_and_get_one_answer() {
    let app = TestApp::start().await;
    let mut story = Story::begin(&app, app.owner()).await;
    for mutation in MUTATIONS {
        let input = with_key(story.input(mutation));
        let entries = dump(&app.services.db).await.unwrap()["audit_entry"].len();
        let one = || send(story.client_for(mutation), mutation, input.clone());
        let (first, second) = tokio::join!(one(), one());
        let now = dump(&app.services.db).await.unwrap();
        assert_eq!(now["audit_entry"].len(), entries + 1, "{mutation}: {first} {second}");
        assert_eq!(first, second, "{mutation}");
        assert_eq!(first["userErrors"], json!([]), "{mutation}");
        story.learn(&app, mutation, &first).await;
    }
}

/// The one that comes second has a connection already. Asking for another, many of them would wait for each other for as long as the pool
/// lets them.
#[tokio::test]
async fn the_second_of_two_learns_of_the_first_in_its_own_transaction() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let viewer = owner.ask("{ viewer { subject } }", json!({})).await;
    let workspace = workspace::Entity::find()
        .one(&app.services.db)
        .await
        .unwrap()
        .unwrap()
        .id;
    let request = Request {
        actor: Actor::new(
            viewer["viewer"]["subject"].as_str().unwrap(),
            Role::Owner,
            Some(workspace),
        ),
        request_id: "1".into(),
        address: None,
        once: Some(Once::new("installation", "registerAgent", "twin", b"{}").unwrap()),
    };
    let done = app.services.ids.new_id();
    let mut first = app.services.begin().await.unwrap();
    first.once(&request, workspace, done).await.unwrap();
    first.commit().await.unwrap();

    let settings = callab::config::Database {
        url: Some(app.database.url().into()),
        max_connections: 1,
        wait: Duration::from_secs(10),
    };
    let db = callab::database::open(&settings, std::path::Path::new("."))
        .await
        .unwrap();
    let alone = Services {
        db: callab::row_security::confining(db).await.unwrap(),
        ..app.services.clone()
    };
    let mut second = alone.begin().await.unwrap();
    let told = second.once(&request, workspace, app.services.ids.new_id()).await;
    assert!(
        matches!(told, Err(domain::Error::DoneBefore(subject)) if subject == done),
        "{told:?}"
    );
    second.db().execute_unprepared("SELECT 1").await.unwrap(); // It is not spoiled.
}
