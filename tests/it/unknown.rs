//! Promise 10: the unknown is kept, not crashed on: words of a newer release in the database, and of a newer Twilio.

use std::sync::Arc;

use callab_tests::app::client_of;
use callab_tests::newer_twilio::NewerTwilio;
use callab_tests::{Client, Story, TestApp};
use entity::{call, phone_number};
use sea_orm::{ConnectionTrait as _, EntityTrait as _, Statement};
use serde_json::{Value, json};
use twilio_sim::{Pairs, scenario};

const WORD: &str = "from-the-future";

/// A column of words, and where the API shows it.
struct Column {
    table: &'static str,
    name: &'static str,
    /// A query of the row by `$id`, the key of the id in [`callab_tests::story::Ids`], and the way to the word.
    shown: (&'static str, &'static str, &'static str),
}

const fn column(table: &'static str, name: &'static str, shown: (&'static str, &'static str, &'static str)) -> Column {
    Column { table, name, shown }
}

const COLUMNS: [Column; 20] = [
    column(
        "agent",
        "endpoint_kind",
        ("agent(id: $id) { endpointKind }", "agent", "/agent/endpointKind"),
    ),
    column(
        "agent_assignment",
        "direction",
        (
            "node(id: $id) { ... on AgentAssignment { direction } }",
            "assignment",
            "/node/direction",
        ),
    ),
    column(
        "configuration_change",
        "kind",
        (
            "twilioAccount(id: $id) { configurationHistory { nodes { kind text } } }",
            "account",
            "/twilioAccount/configurationHistory/nodes/0/kind",
        ),
    ),
    column(
        "configuration_change",
        "direction",
        (
            "twilioAccount(id: $id) { configurationHistory { nodes { direction text } } }",
            "account",
            "/twilioAccount/configurationHistory/nodes/0/direction",
        ),
    ),
    column("call", "status", ("call(id: $id) { status }", "call", "/call/status")),
    column(
        "call",
        "direction",
        ("call(id: $id) { direction }", "call", "/call/direction"),
    ),
    column(
        "call_step",
        "kind",
        ("call(id: $id) { steps { kind } }", "call", "/call/steps/0/kind"),
    ),
    column(
        "twilio_account",
        "rotation_policy",
        (
            "twilioAccount(id: $id) { credentials { policy { policy } } }",
            "account",
            "/twilioAccount/credentials/policy/policy",
        ),
    ),
    column(
        "phone_number",
        "source",
        ("phoneNumber(id: $id) { source }", "number", "/phoneNumber/source"),
    ),
    column(
        "phone_number",
        "state",
        ("phoneNumber(id: $id) { state }", "number", "/phoneNumber/state"),
    ),
    column(
        "phone_number",
        "at_twilio",
        ("phoneNumber(id: $id) { atTwilio }", "number", "/phoneNumber/atTwilio"),
    ),
    column(
        "phone_number",
        "routing",
        ("phoneNumber(id: $id) { routing }", "number", "/phoneNumber/routing"),
    ),
    column(
        "phone_number",
        "kind",
        ("phoneNumber(id: $id) { type }", "number", "/phoneNumber/type"),
    ),
    column(
        "test_call",
        "kind",
        ("testCall(id: $id) { kind }", "test_call", "/testCall/kind"),
    ),
    column(
        "test_call",
        "verdict",
        ("testCall(id: $id) { verdict }", "test_call", "/testCall/verdict"),
    ),
    column(
        "twilio_account",
        "state",
        ("twilioAccount(id: $id) { state }", "account", "/twilioAccount/state"),
    ),
    column(
        "twilio_account",
        "twilio_status",
        (
            "twilioAccount(id: $id) { twilioStatus }",
            "account",
            "/twilioAccount/twilioStatus",
        ),
    ),
    column(
        "twilio_account",
        "kind",
        ("twilioAccount(id: $id) { kind }", "account", "/twilioAccount/kind"),
    ),
    column(
        "twilio_account",
        "credential_state",
        (
            "twilioAccount(id: $id) { credentials { state } }",
            "account",
            "/twilioAccount/credentials/state",
        ),
    ),
    column(
        "twilio_account",
        "health",
        (
            "twilioAccount(id: $id) { health { state } }",
            "account",
            "/twilioAccount/health/state",
        ),
    ),
];

impl Column {
    async fn words(&self, app: &TestApp) -> Vec<Option<String>> {
        let db = &app.services.db;
        let sql = format!("SELECT {} FROM {} ORDER BY 1", self.name, self.table);
        let rows = db
            .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
            .await;
        rows.unwrap()
            .iter()
            .map(|row| row.try_get_by_index(0).unwrap())
            .collect()
    }

    async fn write(&self, app: &TestApp, word: &str) {
        let sql = format!("UPDATE {} SET {} = {word}", self.table, self.name);
        app.services.db.execute_unprepared(&sql).await.unwrap();
    }

    async fn shown(&self, story: &Story) -> Value {
        let (field, id, path) = self.shown;
        let ids = &story.ids;
        let id = match id {
            "agent" => &ids.agent,
            "assignment" => &ids.assignment,
            "call" => &ids.call,
            "number" => &ids.number,
            "test_call" => &ids.test_call,
            _ => &ids.account,
        };
        let data = story
            .client
            .ask(&format!("query($id: ID!) {{ {field} }}"), json!({ "id": id }))
            .await;
        data.pointer(path).expect("the word").clone()
    }
}

#[tokio::test]
async fn a_newer_releases_words_are_shown_as_other_and_kept() {
    let app = TestApp::start().await;
    let story = Story::settled(&app, app.owner()).await;
    for column in &COLUMNS {
        let before = column.words(&app).await;
        // Rows of one table differ in few columns; the story has one row each but of `call_step` and `phone_number`.
        column.write(&app, &format!("'{WORD}'")).await;
        assert_eq!(column.shown(&story).await, "OTHER", "{}.{}", column.table, column.name);
        for mutation in ["updateTwilioAccount", "updatePhoneNumber", "updateAgent"] {
            let mut input = story.input(mutation);
            input.as_object_mut().unwrap().remove("authToken"); // What is known of the credentials is not touched by a label.
            story.client.mutate(mutation, "", input).await;
        }
        let kept = column.words(&app).await;
        let unchanged = kept.len() == before.len() && kept.iter().all(|word| word.as_deref() == Some(WORD));
        assert!(unchanged, "{}.{}: {kept:?}", column.table, column.name);
        lists_are_served(&story.client, column).await;
        restore(&app, column, &before).await;
    }
}

async fn lists_are_served(client: &Client, column: &Column) {
    for list in ["twilioAccounts", "phoneNumbers", "agents", "calls"] {
        let answer = client
            .send(&format!("{{ {list} {{ nodes {{ id }} }} }}"), json!({}))
            .await;
        assert!(
            answer.0["errors"].is_null(),
            "{list} with {}.{}: {answer:?}",
            column.table,
            column.name
        );
    }
}

/// Puts a word that is known back into every row: the one most of them had.
async fn restore(app: &TestApp, column: &Column, before: &[Option<String>]) {
    let word = before.first().cloned().flatten();
    let word = word.map_or("NULL".to_owned(), |word| format!("'{word}'"));
    column.write(app, &word).await;
}

#[tokio::test]
async fn a_newer_twilios_words_and_fields_do_no_harm() {
    let newer = NewerTwilio::start().await.unwrap();
    let twilio = client_of(newer.url()).unwrap();
    let app = TestApp::start_with(|services| services.twilio = Arc::new(twilio)).await;
    newer.put_behind(&app.sim_url);
    newer.say(r#""status":"active""#, r#""status":"hibernating""#);
    newer.say(r#""type":"Full""#, r#""type":"Platinum""#);
    newer.say(r#""type":"local""#, r#""type":"satellite""#);
    newer.say(r#""status":"in-use""#, r#""status":"in-orbit""#);
    newer.say(
        r#""date_updated":"#,
        r#""brand_new":{"nested":[1,null]},"date_updated":"#,
    );
    let owner = app.owner();
    let account = scenario::healthy(&app.sim);
    let id = app.connect(&owner, &account).await;
    let document = "query($id: ID!) { twilioAccount(id: $id) { twilioStatus kind health { state } phoneNumbers { nodes { type } } } }";
    let told = owner.ask(document, json!({ "id": id })).await["twilioAccount"].clone();
    assert_eq!(
        (&told["twilioStatus"], &told["kind"]),
        (&json!("OTHER"), &json!("OTHER")),
        "{told}"
    );
    assert_eq!(told["health"]["state"], "HEALTHY");
    let types = [
        json!({ "type": "OTHER" }),
        json!({ "type": "OTHER" }),
        json!({ "type": "OTHER" }),
    ];
    assert_eq!(told["phoneNumbers"]["nodes"], json!(types));
    let row = entity::twilio_account::Entity::find()
        .one(&app.services.db)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (row.twilio_status.as_str(), row.kind.as_str()),
        ("hibernating", "Platinum"),
        "Twilio's own words are kept"
    );
    let numbers = phone_number::Entity::find().all(&app.services.db).await.unwrap();
    assert!(
        numbers
            .iter()
            .all(|number| number.twilio_status.as_deref() == Some("in-orbit")),
        "{numbers:?}"
    );
    owner
        .done("verifyTwilioAccount", "account { id }", json!({ "accountId": id }))
        .await;
    app.run_jobs().await;
}

#[tokio::test]
async fn a_call_status_that_nobody_knows_is_kept() {
    let app = TestApp::start().await;
    let story = Story::settled(&app, app.owner()).await;
    let number = app
        .sim
        .numbers(&story.twilio.sid)
        .into_iter()
        .find(|number| number.phone_number == story.number)
        .unwrap();
    let form = [
        ("AccountSid", story.twilio.sid.as_str()),
        ("CallSid", "CA00000000000000000000000000000009"),
        ("From", callab_tests::story::CALLER),
        ("To", story.number.as_str()),
        ("CallStatus", "on-hold"),
        ("Mood", "calm"),
    ];
    let form = Pairs(form.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    let signature = twilio_sim::signature(&story.twilio.auth_token, &number.status_callback, &form);
    let request = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .post(&number.status_callback);
    let request = request
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-twilio-signature", signature);
    assert_eq!(request.body(form.encode()).send().await.unwrap().status(), 204);
    let calls = call::Entity::find().all(&app.services.db).await.unwrap();
    let new = calls
        .iter()
        .find(|call| call.sid.ends_with('9') && call.sid.starts_with("CA0000"))
        .unwrap();
    assert_eq!(new.status.as_str(), "on-hold");
    let data = story.client.ask("{ calls { nodes { status } } }", json!({})).await;
    assert!(data.to_string().contains("OTHER"), "{data}");
}
