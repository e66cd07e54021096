//! A customer's number answers: from the ring to the agent, and what is heard when that cannot be (promise 6).

use std::time::Duration;

use callab_tests::{TestAgent, TestApp};
use chrono::TimeDelta;
use entity::{call, call_step};
use sea_orm::{EntityTrait as _, PaginatorTrait as _};
use serde_json::{Value, json};
use twilio_sim::{CallStatus, Fault, FaultKind, Match, Phone, SimAccount, SimCall, WebhookPurpose, scenario};

const CALLER: &str = "+14155550177";
const NUMBER: &str = "+14155550101";

/// A caller who hears the answer to its end, on a busy machine too: others hang up after 50 ms.
const PATIENT: Phone = Phone::Answers {
    after: Duration::from_millis(5),
    talks: Duration::from_secs(10),
};

struct Ready {
    app: TestApp,
    account: SimAccount,
    agent: TestAgent,
    number: String,
}

/// A number whose calls go to an agent on this machine.
async fn ready() -> Ready {
    let app = TestApp::start().await;
    let agent = TestAgent::start().await.unwrap();
    let account = scenario::healthy(&app.sim);
    let owner = app.owner();
    app.connect(&owner, &account).await;
    let number = app.add(&owner, NUMBER, "Main").await;
    let id = app.agent(&owner, "a1", agent.url()).await;
    app.assign(&owner, &number, &id, "INBOUND").await;
    Ready {
        app,
        account,
        agent,
        number,
    }
}

async fn ring(app: &TestApp) -> SimCall {
    let sid = app.sim.ring(CALLER, NUMBER);
    app.sim.call_finished(&sid).await
}

async fn steps(app: &TestApp) -> Vec<(String, Vec<String>)> {
    let document = "{ calls { nodes { status steps { kind } } } }";
    let data = app.owner().ask(document, json!({})).await;
    let of = |call: &Value| {
        let steps = call["steps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|step| step["kind"].as_str().unwrap().to_owned())
            .collect();
        (call["status"].as_str().unwrap().to_owned(), steps)
    };
    data["calls"]["nodes"].as_array().unwrap().iter().map(of).collect()
}

async fn noted(app: &TestApp) -> (u64, u64) {
    let db = &app.services.db;
    (
        call::Entity::find().count(db).await.unwrap(),
        call_step::Entity::find().count(db).await.unwrap(),
    )
}

#[tokio::test]
async fn an_inbound_call_reaches_the_agent_and_every_step_is_noted() {
    let Ready { app, agent, .. } = ready().await;
    let call = ring(&app).await;
    assert_eq!(call.status, CallStatus::Completed);
    assert_eq!(agent.calls().len(), 1, "the agent was on the line");
    let data = app
        .owner()
        .ask(
            "{ calls { nodes { id sid from to direction agent { externalId } } } }",
            json!({}),
        )
        .await;
    let told = &data["calls"]["nodes"][0];
    assert_eq!(
        (&told["sid"], &told["from"], &told["to"]),
        (&json!(call.sid), &json!(CALLER), &json!(NUMBER))
    );
    assert_eq!(
        (&told["direction"], &told["agent"]["externalId"]),
        (&json!("INBOUND"), &json!("a1"))
    );
    let parameters = &agent.calls()[0]["start"]["customParameters"];
    assert_eq!(
        parameters.as_object().map(serde_json::Map::len),
        Some(1),
        "one opaque value: {parameters}"
    );
    let expected = [
        "WEBHOOK_RECEIVED",
        "AGENT_CONNECTING",
        "STREAM_STARTED",
        "STREAM_STOPPED",
        "ENDED",
    ];
    let (status, steps) = steps(&app).await.remove(0);
    assert_eq!(status, "COMPLETED");
    for kind in expected {
        assert!(steps.iter().any(|step| step == kind), "{kind} in {steps:?}");
    }
}

#[tokio::test]
async fn a_sip_agent_is_called_by_sip_and_nobody_there_is_a_sentence() {
    let Ready { app, number, .. } = ready().await;
    let owner = app.owner();
    let sip = app.agent(&owner, "a2", "sip:agent@pbx.example").await;
    app.assign(&owner, &number, &sip, "INBOUND").await;
    assert!(ring(&app).await.verbs().contains(&"Dial"));
    app.sim.phone(CALLER, PATIENT);
    app.sim.phone("sip:agent@pbx.example", twilio_sim::Phone::Busy);
    let verbs = ring(&app).await.verbs().join(" ");
    assert!(verbs.contains("Dial") && verbs.contains("Say"), "{verbs}");
}

/// The return takes its job; until then callers are sent to the borrowed address on a valid signature.
#[tokio::test]
async fn while_a_return_is_pending_callers_are_sent_on() {
    let app = TestApp::start().await;
    let account = scenario::answered_elsewhere(&app.sim);
    let owner = app.owner();
    app.connect(&owner, &account).await;
    let number = app.add(&owner, "+15035550140", "Main").await;
    let agent = app.agent(&owner, "a1", "wss://media.example/a").await;
    app.assign(&owner, &number, &agent, "INBOUND").await;
    owner
        .done(
            "removePhoneNumber",
            "phoneNumber { routing }",
            json!({ "phoneNumberId": number }),
        )
        .await;
    let sid = app.sim.ring(CALLER, "+15035550140");
    let call = app.sim.call_finished(&sid).await;
    assert_eq!(call.verbs().first(), Some(&"Redirect"), "{:?}", call.verbs());
    assert!(
        call.webhooks()
            .any(|asked| asked.url.starts_with("https://ivr.example.com/voice"))
    );
}

/// Promise 6: a bad signature gets 403, no TwiML and no effect; the caller hears the number's own fallback.
#[tokio::test]
async fn a_bad_signature_has_no_effect() {
    let Ready { app, agent, .. } = ready().await;
    for kind in [FaultKind::WrongSignature, FaultKind::DropWebhookSignature] {
        app.sim.fail(Fault {
            on: Match::default(),
            times: None,
            kind,
        });
        let call = ring(&app).await;
        app.sim.clear_faults();
        let voice = call.webhooks_for(WebhookPurpose::Twiml).next().unwrap();
        assert_eq!(voice.status, Some(403));
        assert!(!voice.body.contains("Response"), "no TwiML");
        assert!(
            call.verbs().contains(&"Say"),
            "the constant fallback was heard: {:?}",
            call.verbs()
        );
    }
    assert_eq!((noted(&app).await, agent.calls().len()), ((0, 0), 0));
}

/// Promise 6: the workspace comes from our address, and the account has to agree.
#[tokio::test]
async fn another_accounts_good_signature_is_no_good_here() {
    let Ready { app, account, .. } = ready().await;
    let stranger = scenario::trial(&app.sim);
    let url = app
        .sim
        .numbers(&account.sid)
        .into_iter()
        .find(|n| n.phone_number == NUMBER)
        .unwrap()
        .voice_url;
    for sid in [&stranger.sid, &account.sid] {
        let form = form_of([
            ("AccountSid", sid.as_str()),
            ("CallSid", "CA00000000000000000000000000000001"),
            ("From", CALLER),
            ("To", NUMBER),
        ]);
        let signature = twilio_sim::signature(&stranger.auth_token, &url, &form);
        assert_eq!(post(&url, &form, Some(&signature)).await, 403);
    }
    assert_eq!(noted(&app).await, (0, 0));
    let nowhere = url.rsplit_once('/').unwrap().0.to_owned() + "/00000000000000000000000000000000";
    let form = form_of([("AccountSid", account.sid.as_str())]);
    let signature = twilio_sim::signature(&account.auth_token, &nowhere, &form);
    assert_eq!(post(&nowhere, &form, Some(&signature)).await, 404);
}

fn form_of<const N: usize>(pairs: [(&str, &str); N]) -> twilio_sim::Pairs {
    twilio_sim::Pairs(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
}

async fn post(url: &str, form: &twilio_sim::Pairs, signature: Option<&str>) -> u16 {
    let mut request = reqwest::Client::builder().no_proxy().build().unwrap().post(url);
    request = request
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.encode());
    if let Some(signature) = signature {
        request = request.header("x-twilio-signature", signature);
    }
    request.send().await.unwrap().status().as_u16()
}

/// Promise 6: repeats and reordering change nothing; terminal states win.
#[tokio::test]
async fn callbacks_may_come_twice_and_in_any_order() {
    let Ready {
        app,
        account,
        number,
        agent,
        ..
    } = ready().await;
    let mut seen = Vec::new();
    for kind in [
        None,
        Some(FaultKind::DuplicateCallbacks),
        Some(FaultKind::ReorderCallbacks),
    ] {
        if let Some(kind) = kind {
            app.sim.fail(Fault {
                on: Match::default(),
                times: None,
                kind,
            });
        }
        ring(&app).await;
        app.sim.clear_faults();
        let (status, mut kinds) = steps(&app).await.remove(0);
        kinds.sort();
        seen.push((status, kinds));
        app.clock.advance(TimeDelta::seconds(1));
    }
    assert_eq!((&seen[1], &seen[2]), (&seen[0], &seen[0]));
    assert_eq!(noted(&app).await.0, 3);

    // By hand: a late `ringing` after `completed` is noted as a step, and moves the status nowhere.
    let status = app
        .sim
        .numbers(&account.sid)
        .into_iter()
        .find(|n| n.phone_number == NUMBER)
        .unwrap()
        .status_callback;
    for (word, sequence) in [
        ("completed", "3"),
        ("ringing", "1"),
        ("in-progress", "2"),
        ("completed", "3"),
    ] {
        let form = form_of([
            ("AccountSid", account.sid.as_str()),
            ("CallSid", "CA00000000000000000000000000000002"),
            ("From", CALLER),
            ("To", NUMBER),
            ("CallStatus", word),
            ("SequenceNumber", sequence),
            ("SomethingNew", "kept in the signature"),
        ]);
        let signature = twilio_sim::signature(&account.auth_token, &status, &form);
        assert_eq!(post(&status, &form, Some(&signature)).await, 204);
    }
    let told = steps(&app)
        .await
        .into_iter()
        .find(|(_, steps)| steps.contains(&"RINGING".to_owned()))
        .unwrap();
    assert_eq!((told.0.as_str(), told.1.len()), ("COMPLETED", 3));
    assert_eq!((agent.calls().len(), number.is_empty()), (3, false));
}

/// Promise 6: for a time after a change, the token before is accepted too; and not for ever.
#[tokio::test]
async fn the_token_before_verifies_for_a_time() {
    let Ready {
        app, account, agent, ..
    } = ready().await;
    let owner = app.owner();
    let data = owner.ask("{ twilioAccounts { nodes { id } } }", json!({})).await;
    let id = data["twilioAccounts"]["nodes"][0]["id"].clone();
    let old = account.auth_token.clone();
    let new = app.sim.rotate_token(&account.sid);
    owner
        .done(
            "updateTwilioAccount",
            "account { id }",
            json!({ "accountId": id, "authToken": new }),
        )
        .await;
    app.run_jobs().await;
    ring(&app).await;
    assert_eq!(agent.calls().len(), 1, "the new token verifies at once");
    let url = app
        .sim
        .numbers(&account.sid)
        .into_iter()
        .find(|n| n.phone_number == NUMBER)
        .unwrap()
        .voice_url;
    let form = form_of([
        ("AccountSid", account.sid.as_str()),
        ("CallSid", "CA00000000000000000000000000000003"),
        ("From", CALLER),
        ("To", NUMBER),
    ]);
    let signature = twilio_sim::signature(&old, &url, &form);
    assert_eq!(post(&url, &form, Some(&signature)).await, 200);
    app.clock.advance(TimeDelta::minutes(10) + TimeDelta::seconds(1));
    assert_eq!(post(&url, &form, Some(&signature)).await, 403);
}

/// The caller hears something sensible when the token was changed behind our back, or the database is away.
#[tokio::test]
async fn a_caller_never_hears_a_dead_line() {
    let Ready { app, account, .. } = ready().await;
    app.sim.rotate_token(&account.sid);
    let call = ring(&app).await;
    assert_eq!(call.verbs(), ["Say", "Hangup"]);
    app.services.db.close().await.unwrap();
    let call = ring(&app).await;
    assert_eq!(
        call.webhooks_for(WebhookPurpose::Twiml).next().unwrap().status,
        Some(503)
    );
    assert_eq!(call.verbs(), ["Say", "Hangup"]);
}

/// A number that moved to another account of the same workspace is answered with the signature of the account it came to.
#[tokio::test]
async fn after_a_move_inside_one_workspace_the_gaining_accounts_signature_is_good() {
    let Ready {
        app, account, agent, ..
    } = ready().await;
    let gaining = scenario::on_a_trunk(&app.sim);
    app.connect(&app.owner(), &gaining).await;
    let sid = app
        .sim
        .numbers(&account.sid)
        .into_iter()
        .find(|n| n.phone_number == NUMBER)
        .unwrap()
        .sid;
    app.sim.move_number(&sid, &gaining.sid);
    ring(&app).await;
    assert_eq!(agent.calls().len(), 1);
}

/// An agent whose media stream cannot be opened is nobody there: the caller hears the sentence, not silence.
#[tokio::test]
async fn an_agent_that_is_down_is_a_sentence_too() {
    let Ready { app, number, .. } = ready().await;
    let owner = app.owner();
    app.sim.phone(CALLER, PATIENT);
    let down = app.agent(&owner, "a3", "ws://127.0.0.1:9/agent").await;
    app.assign(&owner, &number, &down, "INBOUND").await;
    let verbs = ring(&app).await.verbs().join(" ");
    assert!(verbs.contains("Connect") && verbs.contains("Say"), "{verbs}");
    let (_, steps) = steps(&app).await.remove(0);
    assert!(steps.contains(&"STREAM_ERROR".to_owned()), "{steps:?}");
}
