//! Promise 1: a token is in clear only in memory. It is planted wherever one could put it, and searched for everywhere.

use std::collections::BTreeMap;

use callab_tests::dump::dump;
use callab_tests::logs::Logs;
use callab_tests::metrics;
use callab_tests::story::CALLER;
use callab_tests::{Client, Planted, Story, TestApp};
use chrono::TimeDelta;
use domain::Clock as _;
use domain::accounts::{AccountChange, NewAccount, SignIn};
use entity::{job, twilio_credential};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{EntityTrait as _, QueryFilter as _, QueryOrder as _};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use twilio_sim::{AccountSpec, Fault, FaultKind, Match, SimAccount};
use vault::MasterKeys;

const SID: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// Every place where a token must not be: what was answered, the logs, the database and its files.
async fn is_nowhere(app: &TestApp, token: &str, answers: &[String]) {
    let rows = dump(&app.services.db).await.unwrap();
    let mut places: BTreeMap<String, Vec<u8>> = [
        ("the answers", answers.join("\n")),
        ("the logs", Logs::keep().text()),
        ("the metrics", metrics::keep().render()),
        ("the database", format!("{rows:?}")),
        ("Debug output", format!("{:?} {:?}", app.services, app)),
    ]
    .map(|(place, text)| (place.to_owned(), text.into_bytes()))
    .into();
    if let Some(file) = app.database.file() {
        for end in ["", "-wal"] {
            let path = format!("{}{end}", file.display());
            places.insert(format!("the file {path}"), std::fs::read(path).unwrap_or_default());
        }
    }
    Planted::one("the token", token).are_in_none_of(&places);
}

/// An account whose token no other test uses.
fn account(app: &TestApp, token: &str) -> SimAccount {
    let account = app.sim.add_account(AccountSpec {
        auth_token: Some(token.to_owned()),
        sid: Some(SID.to_owned()),
        ..AccountSpec::default()
    });
    app.sim
        .add_numbers(SID, "+14155550151", 3, &twilio_sim::NumberSpec::default());
    let rented = twilio_sim::SimUsage::new(3, 3, 5);
    app.sim
        .set_usage(SID, app.clock.now().date_naive(), "phonenumbers-local", rented);
    account
}

#[tokio::test]
async fn a_token_in_use_is_nowhere_in_clear() {
    let logs = Logs::keep();
    metrics::keep();
    let app = TestApp::start().await;
    let (first, second) = ("5ec4e7a100000000000000000000c0de", "5ec4e7a200000000000000000000c0de");
    let mut story = Story::begin(&app, app.owner()).await;
    story.twilio = account(&app, first);
    "+14155550151".clone_into(&mut story.number);
    story.tell_before(&app, "cancelTestCall").await;
    let call = app.sim.ring(CALLER, &story.number);
    app.sim.call_finished(&call).await;
    // Then everything goes wrong that can: a page instead of JSON, a rejection, a cut line.
    let faults = [
        FaultKind::Html { status: 500 },
        FaultKind::CutOff,
        FaultKind::EmptyBody,
        FaultKind::BrokenJson,
    ];
    for kind in faults {
        app.sim.fail(Fault {
            on: Match::default(),
            times: None,
            kind,
        });
        for mutation in ["verifyTwilioAccount", "syncNumbers"] {
            story.client.mutate(mutation, "", story.input(mutation)).await;
        }
        app.pass(TimeDelta::minutes(10)).await;
        app.sim.clear_faults();
    }
    app.sim
        .change_account(SID, |account| second.clone_into(&mut account.auth_token));
    story
        .client
        .mutate("verifyTwilioAccount", "", story.input("verifyTwilioAccount"))
        .await;
    app.pass(TimeDelta::minutes(1)).await;
    second.clone_into(&mut story.twilio.auth_token);
    story.tell(&app, "updateTwilioAccount").await;
    app.pass(TimeDelta::minutes(20)).await;
    let everything = story.client.post(callab_everything(), json!({})).await.2;
    assert!(logs.text().contains("connected Twilio account"), "the logs are kept");
    for token in [first, second] {
        is_nowhere(&app, token, std::slice::from_ref(&everything)).await;
    }
}

/// A document that asks for whatever an account tells of itself.
fn callab_everything() -> &'static str {
    "{ twilioAccounts { nodes { id sid label region friendlyName credentials { state } health { state reason { code text } } \
     phoneNumbers { nodes { id number routingProblem { code } liveRouting { voiceUrl } } } } } calls { nodes { steps { kind detail } } } }"
}

#[tokio::test]
async fn a_token_in_a_document_is_not_quoted() {
    Logs::keep();
    let app = TestApp::start().await;
    let owner = app.owner();
    let token = "5ec4e7a300000000000000000000c0de";
    account(&app, token);
    let connect = |token: &str| {
        format!("connectTwilioAccount(input: {{ accountSid: \"{SID}\", authToken: {token}, label: \"L\" }})")
    };
    let rest = "{ account { id } userErrors { code message } }";
    let good = format!("mutation {{ {} {rest} }}", connect(&format!("\"{token}\"")));
    let name = format!("f{}", &token[1..]); // A name cannot begin with a digit.
    let mut answers = Vec::new();
    for document in [
        format!("{good} }}}}"),
        good.replace("label", "label,, \u{7}"),
        good.replace("userErrors", "noSuchField"),
        good.replace("label: \"L\"", &format!("label: \"L\", noSuchArgument: \"{token}\"")),
        good.replace("account { id }", &format!("account(id: \"{token}\") {{ id }}")),
        format!("mutation {{ {} {rest} }}", connect(&format!("[\"{token}\"]"))),
        format!(
            "mutation {{ {} {rest} }}",
            connect(&format!("{{ token: \"{token}\" }}"))
        ),
        format!("mutation {{ {} {rest} }}", connect(&name)),
        format!("mutation($token: Int = \"{token}\") {{ {} {rest} }}", connect("$token")),
        format!("{{ {name} }}"),
        format!("{{ node(id: \"{token}\") {{ id }} }}"),
        format!("{{ twilioAccounts(after: \"{token}\") {{ nodes {{ id }} }} }}"),
        format!("{{ phoneNumbers(first: \"{token}\") {{ nodes {{ id }} }} }}"),
        format!("query {name} {{ serverTime }} query {name} {{ serverTime }}"),
        format!("{{ ...{name} }}"),
        format!("{{ serverTime @{name} }}"),
        good.clone(),
    ] {
        answers.push(owner.post(&document, json!({})).await.2);
    }
    let connected: Value = serde_json::from_str(answers.last().unwrap()).unwrap();
    assert_eq!(
        connected["data"]["connectTwilioAccount"]["userErrors"],
        json!([]),
        "{connected}"
    );
    app.run_jobs().await;
    is_nowhere(&app, token, &answers).await;
    is_nowhere(&app, &name, &answers).await;
}

#[tokio::test]
async fn a_token_in_the_wrong_variable_is_not_repeated() {
    Logs::keep();
    let app = TestApp::start().await;
    let owner = app.owner();
    let token = "5ec4e7a400000000000000000000c0de";
    let mut answers = Vec::new();
    for (mutation, input) in [
        (
            "connectTwilioAccount",
            json!({ "accountSid": token, "authToken": token, "label": "L" }),
        ),
        (
            "connectTwilioAccount",
            json!({ "accountSid": SID, "authToken": [token], "label": "L" }),
        ),
        (
            "connectTwilioAccount",
            json!({ "accountSid": SID, "authToken": { "is": token }, "label": "L" }),
        ),
        (
            "connectTwilioAccount",
            json!({ "accountSid": SID, "authToken": format!("{token} {token}"), "label": "L" }),
        ),
        (
            "connectTwilioAccount",
            json!({ "accountSid": SID, "authToken": token, "label": token }),
        ),
        (
            "connectTwilioAccount",
            json!({ "accountSid": SID, "authToken": token, "label": "L", "region": token }),
        ),
        (
            "connectTwilioAccount",
            json!({ "accountSid": SID, "authToken": token, "label": "L", "another": token }),
        ),
        ("connectTwilioAccount", json!(token)),
        ("updateTwilioAccount", json!({ "accountId": token, "label": "L" })),
        ("addPhoneNumber", json!({ "phoneNumberId": token, "nickname": token })),
        ("startTestCall", json!({ "phoneNumberId": token, "kind": token })),
        (
            "registerAgent",
            json!({ "externalId": "x", "name": "n", "endpoint": token }),
        ),
        ("syncNumbers", json!({ "accountId": "x", "idempotencyKey": token })),
    ] {
        let document = callab_tests::client::mutation_document(mutation, "");
        answers.push(owner.post(&document, json!({ "input": input })).await.2);
    }
    is_nowhere(&app, token, &answers).await;
}

#[test]
fn types_that_hold_secrets_print_none() {
    let token = "5ec4e7a500000000000000000000c0de";
    let keys = MasterKeys::generate();
    let key_text = keys.to_text().expose_secret().to_owned();
    let secret_line = key_text
        .lines()
        .find(|line| line.starts_with("AGE-SECRET-KEY"))
        .expect("a key")
        .to_owned();
    let key = SID.replace("AC", "SK");
    let typed = SignIn {
        token: Some(token),
        key_sid: Some(&key),
        key_secret: Some(token),
    };
    let new = NewAccount::parse(SID, typed, None, "L").unwrap();
    let change = AccountChange::parse(None, typed, false).unwrap();
    let vault = vault::Vault::new(keys);
    let (sealed, key) = vault.new_workspace_key("here").unwrap();
    let sealed_token = key.seal("row", &token.to_owned().into()).unwrap();
    let wrong_row = key.open("another row", &sealed_token).unwrap_err();
    let printed = format!(
        "{typed:?} {new:?} {change:?} {:?} {vault:?} {sealed:?} {key:?} {sealed_token:?} {wrong_row:?} {wrong_row}",
        new.credentials
    );
    assert!(!printed.contains(token) && !printed.contains(&secret_line), "{printed}");
}

/// A sealed value is bound to its row. One that was put into another row is set aside and reported; the rest goes on.
#[tokio::test]
async fn a_sealed_token_in_another_row_is_refused() {
    Logs::keep();
    let app = TestApp::start().await;
    let owner = app.owner();
    let mut stories = Vec::new();
    for _ in 0..3 {
        let mut story = Story::begin(&app, owner.clone()).await;
        story.tell(&app, "connectTwilioAccount").await;
        stories.push(story);
    }
    let db = &app.services.db;
    let rows = twilio_credential::Entity::find()
        .order_by_asc(twilio_credential::COLUMN.id)
        .all(db)
        .await
        .unwrap();
    for (row, other) in [(&rows[0], &rows[1]), (&rows[1], &rows[0])] {
        let swapped = twilio_credential::ActiveModel {
            id: Unchanged(row.id),
            sealed: Set(other.sealed.clone()),
            ..Default::default()
        };
        twilio_credential::Entity::update(swapped).exec(db).await.unwrap();
    }
    app.pass(TimeDelta::seconds(61)).await; // Opened tokens are kept for a minute.
    let asked = app.sim.count_requests();
    for story in &stories[..2] {
        verify(&story.client, story).await;
        app.run_jobs().await;
    }
    assert_eq!(
        app.sim.count_requests(),
        asked,
        "Twilio is not asked with another account's token"
    );
    verify(&owner, &stories[2]).await;
    app.run_jobs().await;
    assert!(app.sim.count_requests() > asked, "the rest goes on");
    let failed = job::Entity::find()
        .filter(job::COLUMN.last_error.is_not_null())
        .all(db)
        .await
        .unwrap();
    let told: Vec<_> = failed
        .iter()
        .map(|job| (job.state.as_str(), job.last_error.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(told, [("FAILED", "a sealed secret could not be handled"); 2]);
    let everything = owner.post(callab_everything(), json!({})).await;
    assert!(
        everything.0 == 200 && !everything.2.contains("errors"),
        "{}",
        everything.2
    );
    for story in &stories {
        is_nowhere(&app, &story.twilio.auth_token, std::slice::from_ref(&everything.2)).await;
    }
}

async fn verify(client: &Client, story: &Story) {
    client
        .done(
            "verifyTwilioAccount",
            "account { id }",
            story.input("verifyTwilioAccount"),
        )
        .await;
}
