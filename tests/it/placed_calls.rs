//! An agent's real calls: placed at most once (promise 4), limited, and told of as they go.

use std::time::Duration;

use callab_tests::{TestAgent, TestApp};
use chrono::TimeDelta;
use domain::jobs::SyncCalls;
use entity::twilio_account;
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};
use twilio_sim::{Fault, FaultKind, Match, Phone, SimAccount, scenario};

const NUMBER: &str = "+14155550101";
const CALLED: &str = "+14155550166";

struct Ready {
    app: TestApp,
    account: SimAccount,
    agent: TestAgent,
    number: String,
}

/// A number from which an agent on this machine calls.
async fn ready() -> Ready {
    let app = TestApp::start_with(|services| services.limits.calls_per_hour = 3).await;
    let agent = TestAgent::start().await.unwrap();
    let account = scenario::healthy(&app.sim);
    let owner = app.owner();
    app.connect(&owner, &account).await;
    let number = app.add(&owner, NUMBER, "Main").await;
    let id = app.agent(&owner, "a1", agent.url()).await;
    app.assign(&owner, &number, &id, "OUTBOUND").await;
    Ready {
        app,
        account,
        agent,
        number,
    }
}

async fn place(app: &TestApp, number: &str) -> String {
    let input = json!({ "phoneNumberId": number, "to": CALLED });
    let payload = app.owner().done("placeCall", "callIntent { id state }", input).await;
    assert_eq!(payload["callIntent"]["state"], "WAITING");
    payload["callIntent"]["id"].as_str().unwrap().to_owned()
}

async fn told(app: &TestApp, id: &str) -> Value {
    let document = "query($id: ID!) { callIntent(id: $id) { purpose state outcome to error { code text } agent { externalId } \
                    call { sid status direction } } }";
    app.owner().ask(document, json!({ "id": id })).await["callIntent"].clone()
}

async fn closed(app: &TestApp, id: &str) -> Value {
    app.until("the end of the call", async || {
        Some(told(app, id).await).filter(|intent| intent["state"] == "CLOSED")
    })
    .await
}

fn on_calls(times: u32, kind: FaultKind) -> Fault {
    Fault {
        on: Match {
            method: Some("POST".into()),
            path: Some("Calls".into()),
            account: None,
        },
        times: Some(times),
        kind,
    }
}

#[tokio::test]
async fn the_agent_calls_and_the_next_call_may_follow() {
    let Ready {
        app,
        account,
        agent,
        number,
    } = ready().await;
    // Long enough that the agent is there, on a busy machine too.
    let patient = Phone::Answers {
        after: Duration::from_millis(5),
        talks: Duration::from_secs(1),
    };
    app.sim.phone(CALLED, patient);
    let asked = app.sim.count_requests();
    let id = place(&app, &number).await;
    let again = json!({ "phoneNumberId": number, "to": CALLED });
    assert_eq!(app.owner().refused("placeCall", again).await[0].0, "CALL_UNDER_WAY");
    let ended = closed(&app, &id).await;
    assert_eq!(
        (
            &ended["purpose"],
            &ended["outcome"],
            &ended["to"],
            &ended["agent"]["externalId"]
        ),
        (&json!("AGENT"), &json!("PLACED"), &json!(CALLED), &json!("a1"))
    );
    let sid = app.sim.calls(&account.sid)[0].sid.clone();
    assert_eq!(
        ended["call"],
        json!({ "sid": sid, "status": "COMPLETED", "direction": "OUTBOUND" })
    );
    assert_eq!(agent.calls().len(), 1, "the agent was on the line");
    // What holds for tests does not hold here: no end after a minute, no questions before.
    let requests = app.sim.requests_since(asked);
    assert_eq!(requests.len(), 1, "{requests:?}");
    assert_eq!(
        (requests[0].method.as_str(), requests[0].form.get("TimeLimit")),
        ("POST", None)
    );

    let second = place(&app, &number).await;
    closed(&app, &second).await;
    assert_eq!(app.sim.calls(&account.sid).len(), 2);
    let data = app
        .owner()
        .ask("{ events(first: 100) { nodes { kind subjectId } } }", json!({}))
        .await;
    let nodes = data["events"]["nodes"].as_array().unwrap();
    assert!(
        nodes
            .iter()
            .any(|event| event["kind"] == "CALL_INTENT_CHANGED" && event["subjectId"] == json!(id)),
        "{nodes:?}"
    );
}

/// Promise 4: a call whose answer was lost is found again, not placed again.
#[tokio::test]
async fn a_lost_answer_places_no_second_call() {
    let Ready {
        app, account, number, ..
    } = ready().await;
    for kind in [FaultKind::CutOffAfterEffect, FaultKind::BrokenJson] {
        app.sim.fail(on_calls(1, kind.clone()));
        let id = place(&app, &number).await;
        let ended = closed(&app, &id).await;
        assert_eq!(ended["outcome"], "PLACED", "{kind:?} {ended}");
    }
    assert_eq!(app.sim.calls(&account.sid).len(), 2);
}

#[tokio::test]
async fn twilios_refusal_is_told_with_what_to_do() {
    let Ready {
        app, account, number, ..
    } = ready().await;
    app.sim.set_blocked_countries(&account.sid, &["US"]);
    let id = place(&app, &number).await;
    let ended = closed(&app, &id).await;
    assert_eq!(
        (&ended["outcome"], &ended["error"]["code"]),
        (&json!("REFUSED"), &json!(21215))
    );
    assert!(ended["error"]["text"].as_str().unwrap().contains("Geo permissions"));
}

#[tokio::test]
async fn what_may_not_be_called_is_refused_before_twilio_is_asked() {
    let Ready { app, number, .. } = ready().await;
    let owner = app.owner();
    let second = app.add(&owner, "+14155550102", "Second").await;
    let call = |number: &str, to: &str| json!({ "phoneNumberId": number, "to": to });
    for (input, code, field) in [
        (call(&number, "0171 55"), "NUMBER_MALFORMED", "to"),
        (call(&number, "+19005550123"), "DESTINATION_BARRED", "to"),
        (call(&number, NUMBER), "DESTINATION_BARRED", "to"),
        (call(&second, CALLED), "AGENT_NOT_ASSIGNED", "phoneNumberId"),
        (call("nonsense", CALLED), "NOT_FOUND", "phoneNumberId"),
    ] {
        assert_eq!(
            owner.refused("placeCall", input).await,
            [(code.to_owned(), Some(field.to_owned()))]
        );
    }
    for n in 0..3 {
        let input = call(&number, &format!("+1415555017{n}"));
        owner.done("placeCall", "callIntent { id }", input).await;
    }
    assert_eq!(
        owner.refused("placeCall", call(&number, CALLED)).await[0].0,
        "CALL_LIMIT"
    );
    app.clock.advance(TimeDelta::hours(1));
    place(&app, &number).await;
    app.until("the end of all calls", async || {
        let document = "{ calls(first: 10) { nodes { status } } }";
        let calls = app.owner().ask(document, json!({})).await["calls"]["nodes"].clone();
        let over = calls
            .as_array()
            .unwrap()
            .iter()
            .filter(|call| call["status"] == "COMPLETED");
        (over.count() == 4).then_some(())
    })
    .await;
}

/// A call that is withdrawn while it is queued has no callback, and no start by which the log could list it.
#[tokio::test]
async fn a_call_that_nothing_is_heard_of_does_not_bar_the_next() {
    let Ready {
        app, account, number, ..
    } = ready().await;
    app.sim.hold_calls(&account.sid);
    let id = place(&app, &number).await;
    app.run_jobs().await;
    assert_eq!(told(&app, &id).await["state"], "PLACED");
    let sid = app.sim.calls(&account.sid)[0].sid.clone();
    app.sim.hang_up(&sid);
    app.sim.call_finished(&sid).await;
    app.sim.release_calls(&account.sid);
    app.clock.advance(TimeDelta::minutes(11));
    let row = twilio_account::Entity::find()
        .one(&app.services.db)
        .await
        .unwrap()
        .unwrap();
    let mut tx = app.services.begin().await.unwrap();
    tx.enqueue(&row, &SyncCalls { account: row.id }).await.unwrap();
    tx.commit().await.unwrap();
    app.run_jobs().await;
    let ended = told(&app, &id).await;
    assert_eq!(
        (&ended["state"], &ended["call"]["status"]),
        (&json!("CLOSED"), &json!("CANCELED"))
    );
    place(&app, &number).await;
    app.run_jobs().await;
}
