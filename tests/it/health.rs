//! Connection health: what it is judged by, how it changes, and what is told of it.

use callab_tests::TestApp;
use chrono::TimeDelta;
use serde_json::{Value, json};
use twilio_sim::{AccountStatus, Fault, FaultKind, Match, SimAccount, SuspendedForm, scenario};

const HEALTH: &str = "query($id: ID!) { twilioAccount(id: $id) { pausedAt health { state since reason { code } \
                      reasons { code text evidence whoActs twilioCode } asOf isStale lastKnownState isIdle isFlapping } \
                      rights { right answer twilioCode } healthHistory(first: 10) { nodes { before after reasons { code } } } } }";

async fn told(app: &TestApp, id: &str) -> Value {
    app.owner().ask(HEALTH, json!({ "id": id })).await["twilioAccount"].clone()
}

async fn state(app: &TestApp, id: &str) -> String {
    told(app, id).await["health"]["state"].as_str().unwrap().to_owned()
}

async fn check(app: &TestApp, id: &str) {
    app.owner()
        .done("verifyTwilioAccount", "account { id }", json!({ "accountId": id }))
        .await;
    app.run_jobs().await;
}

/// Has Twilio refuse one resource.
fn refuse(app: &TestApp, path: &str, status: u16, code: u32) {
    app.sim.fail(Fault {
        on: Match {
            path: Some(path.to_owned()),
            ..Match::default()
        },
        times: None,
        kind: FaultKind::Status {
            status,
            code,
            message: "no".into(),
        },
    });
}

async fn connected(app: &TestApp) -> (SimAccount, String) {
    let account = scenario::healthy(&app.sim);
    let id = app.connect(&app.owner(), &account).await;
    (account, id)
}

#[tokio::test]
async fn an_account_is_unverified_until_every_right_was_asked() {
    let app = TestApp::start().await;
    let account = scenario::healthy(&app.sim);
    let input = json!({ "accountSid": account.sid, "authToken": account.auth_token, "label": "Main" });
    let payload = app.owner().done("connectTwilioAccount", "account { id }", input).await;
    let id = payload["account"]["id"].as_str().unwrap();
    let before = told(&app, id).await;
    assert_eq!(before["health"]["state"], "UNVERIFIED");
    assert_eq!(before["health"]["reason"]["code"], "NOT_YET_CHECKED");
    assert_eq!(before["rights"], json!([]));
    app.run_jobs().await;
    let after = told(&app, id).await;
    assert_eq!(after["health"]["state"], "HEALTHY");
    assert_eq!(after["health"]["isIdle"], true);
    let mut rights: Vec<String> = after["rights"]
        .as_array()
        .unwrap()
        .iter()
        .map(|right| {
            format!(
                "{} {}",
                right["right"].as_str().unwrap(),
                right["answer"].as_str().unwrap()
            )
        })
        .collect();
    rights.sort();
    assert_eq!(
        rights,
        [
            "ACCOUNT GRANTED",
            "ALERTS GRANTED",
            "BALANCE GRANTED",
            "CALLS GRANTED",
            "NUMBERS GRANTED",
            "PERMISSIONS GRANTED",
            "USAGE GRANTED"
        ]
    );
    assert_eq!(
        after["healthHistory"]["nodes"],
        json!([{ "before": "UNVERIFIED", "after": "HEALTHY", "reasons": [] }])
    );
}

/// What calls came to is seen as soon as they end: nobody waits for the next check.
#[tokio::test]
async fn calls_that_fail_make_an_account_fail_until_they_are_forgotten() {
    let app = TestApp::start().await;
    let (_, id) = connected(&app).await;
    let owner = app.owner();
    let number = app.add(&owner, "+14155550101", "Main").await;
    let agent = app.agent(&owner, "a1", "ws://127.0.0.1:9/nobody").await;
    app.assign(&owner, &number, &agent, "INBOUND").await;
    app.run_jobs().await;
    for _ in 0..9 {
        let call = app.sim.ring("+14155550177", "+14155550101");
        app.sim.call_finished(&call).await;
    }
    app.run_jobs().await;
    let few = told(&app, &id).await;
    assert_eq!(
        (&few["health"]["state"], &few["health"]["isIdle"]),
        (&json!("HEALTHY"), &json!(false)),
        "nine calls are too few to judge by"
    );
    let call = app.sim.ring("+14155550177", "+14155550101");
    app.sim.call_finished(&call).await;
    app.run_jobs().await;
    let failing = told(&app, &id).await;
    assert_eq!(failing["health"]["state"], "FAILING");
    let reasons = failing["health"]["reasons"].as_array().unwrap();
    let reason = reasons.iter().find(|reason| reason["code"] == "CALLS_FAIL");
    assert_eq!(reason.expect("the reason")["evidence"], "10 of 10");

    app.clock.advance(TimeDelta::minutes(16));
    check(&app, &id).await;
    check(&app, &id).await; // Asked for by a person: it does not wait for the one that is due in half a minute.
    let after = told(&app, &id).await;
    assert_eq!(
        (&after["health"]["state"], &after["health"]["isIdle"]),
        (&json!("HEALTHY"), &json!(true))
    );
}

#[tokio::test]
async fn a_right_that_is_denied_is_named_and_only_those_that_calls_need_make_it_fail() {
    let app = TestApp::start().await;
    let (_, id) = connected(&app).await;
    refuse(&app, "Balance", 401, 20003);
    check(&app, &id).await;
    let balance = told(&app, &id).await;
    assert_eq!(balance["health"]["state"], "HEALTHY");
    assert!(
        balance["rights"]
            .as_array()
            .unwrap()
            .contains(&json!({ "right": "BALANCE", "answer": "DENIED", "twilioCode": 20003 })),
        "{balance}"
    );
    refuse(&app, "Calls", 403, 20006);
    check(&app, &id).await;
    let calls = told(&app, &id).await["health"].clone();
    assert_eq!(calls["state"], "FAILING");
    assert_eq!(
        calls["reasons"][0],
        json!({
            "code": "INSUFFICIENT_RIGHTS",
            "text": "The credentials lack a right that calls need.",
            "evidence": "CALLS",
            "whoActs": "CUSTOMER",
            "twilioCode": 20006,
        })
    );
}

/// In between, a check asks for the account alone.
#[tokio::test]
async fn all_rights_are_asked_once_in_an_hour() {
    let app = TestApp::start().await;
    let (account, _) = connected(&app).await;
    let since = app.sim.requests().len();
    app.clock.advance(TimeDelta::minutes(5));
    domain::accounts::queue_due_checks(&app.services, &|| 0.5)
        .await
        .unwrap();
    app.run_jobs().await;
    let asked: Vec<String> = app
        .sim
        .requests_since(since)
        .into_iter()
        .map(|request| request.path)
        .collect();
    assert_eq!(asked, [format!("/api/2010-04-01/Accounts/{}.json", account.sid)]);
    let since = app.sim.requests().len();
    app.clock.advance(TimeDelta::minutes(60));
    domain::accounts::queue_due_checks(&app.services, &|| 0.5)
        .await
        .unwrap();
    app.run_jobs().await;
    assert_eq!(app.sim.requests_since(since).len(), 7);
}

#[tokio::test]
async fn three_silences_in_a_row_fail_and_two_good_checks_bring_it_back() {
    let app = TestApp::start().await;
    let (_, id) = connected(&app).await;
    app.sim.fail(Fault {
        on: Match::default(),
        times: None,
        kind: FaultKind::CutOff,
    });
    check(&app, &id).await;
    assert_eq!(state(&app, &id).await, "DEGRADED");
    app.pass(TimeDelta::seconds(30)).await;
    assert_eq!(state(&app, &id).await, "DEGRADED");
    app.pass(TimeDelta::seconds(30)).await;
    let failing = told(&app, &id).await["health"].clone();
    assert_eq!(failing["state"], "FAILING");
    assert_eq!(failing["reasons"][0]["code"], "TWILIO_SILENT");
    assert_eq!(failing["reasons"][0]["whoActs"], "TWILIO");
    app.sim.clear_faults();
    app.pass(TimeDelta::seconds(30)).await;
    assert_eq!(state(&app, &id).await, "FAILING", "one good check is not enough");
    app.pass(TimeDelta::seconds(30)).await;
    assert_eq!(state(&app, &id).await, "HEALTHY");
}

#[tokio::test]
async fn a_health_that_changes_all_the_time_is_flapping() {
    let app = TestApp::start().await;
    let (account, id) = connected(&app).await;
    app.sim.set_suspended_form(&account.sid, SuspendedForm::StatusOnly);
    for _ in 0..2 {
        app.sim.set_status(&account.sid, AccountStatus::Suspended);
        check(&app, &id).await;
        app.sim.set_status(&account.sid, AccountStatus::Active);
        check(&app, &id).await;
        app.pass(TimeDelta::seconds(30)).await;
    }
    let now = told(&app, &id).await;
    assert_eq!(now["health"]["isFlapping"], true, "{now}");
    assert_eq!(now["healthHistory"]["nodes"].as_array().unwrap().len(), 5);
    app.pass(TimeDelta::hours(1)).await;
    assert_eq!(told(&app, &id).await["health"]["isFlapping"], false);
}

/// Nothing is claimed of a customer whom nobody looks at; the last known state is told beside it.
#[tokio::test]
async fn evidence_that_grew_old_is_unknown_with_and_without_a_worker() {
    let app = TestApp::start().await;
    let (_, id) = connected(&app).await;
    app.clock.advance(TimeDelta::minutes(10));
    assert_eq!(state(&app, &id).await, "HEALTHY");
    app.clock.advance(TimeDelta::seconds(1));
    let reader = told(&app, &id).await;
    assert_eq!(reader["health"]["state"], "UNKNOWN");
    assert_eq!(reader["health"]["lastKnownState"], "HEALTHY");
    assert_eq!(reader["health"]["isStale"], true);
    assert_eq!(reader["health"]["reason"]["code"], "NOT_CHECKED_LATELY");
    assert_eq!(
        reader["healthHistory"]["nodes"].as_array().unwrap().len(),
        1,
        "nobody wrote it"
    );

    assert_eq!(domain::health::reassess_overdue(&app.services).await.unwrap(), 1);
    assert_eq!(domain::health::reassess_overdue(&app.services).await.unwrap(), 0);
    let written = told(&app, &id).await;
    assert_eq!(written["health"]["state"], "UNKNOWN");
    assert_eq!(written["healthHistory"]["nodes"][0]["after"], "UNKNOWN");
    check(&app, &id).await;
    assert_eq!(
        state(&app, &id).await,
        "HEALTHY",
        "that was Callab's own trouble: it ends at once"
    );
}

#[tokio::test]
async fn a_paused_account_is_left_alone_until_it_is_resumed() {
    let app = TestApp::start().await;
    let (_, id) = connected(&app).await;
    let owner = app.owner();
    let number = app.add(&owner, "+14155550101", "Main line").await;
    let input = json!({ "accountId": id });
    let paused = owner.done(
        "pauseTwilioAccount",
        "account { pausedAt health { state } }",
        input.clone(),
    );
    let paused = paused.await["account"].clone();
    assert_eq!(paused["health"]["state"], "DISABLED");
    assert!(!paused["pausedAt"].is_null());
    app.clock.advance(TimeDelta::hours(1));
    assert_eq!(
        domain::accounts::queue_due_checks(&app.services, &|| 0.5)
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        domain::accounts::queue_due_syncs(&app.services, &|| 0.5).await.unwrap(),
        1
    );
    assert_eq!(state(&app, &id).await, "DISABLED", "not unknown, however old");
    let test = json!({ "phoneNumberId": number, "kind": "AWAIT_INBOUND" });
    assert_eq!(
        owner.refused("startTestCall", test).await,
        [("ACCOUNT_PAUSED".into(), Some("accountId".into()))]
    );
    owner.done("resumeTwilioAccount", "account { id }", input).await;
    app.run_jobs().await;
    let resumed = told(&app, &id).await;
    assert_eq!(resumed["health"]["state"], "HEALTHY");
    assert!(resumed["pausedAt"].is_null());
}

/// Routing that someone changed shows in the account's health after the next sync.
#[tokio::test]
async fn numbers_that_cannot_take_their_calls_are_counted() {
    let app = TestApp::start().await;
    let (account, id) = connected(&app).await;
    let owner = app.owner();
    let agent = app.agent(&owner, "front-desk", "wss://agents.example/1").await;
    for number in ["+14155550101", "+14155550102"] {
        let number = app.add(&owner, number, "Line").await;
        app.assign(&owner, &number, &agent, "INBOUND").await;
    }
    app.add(&owner, "+12125550103", "Not set up yet").await;
    let numbers = app.sim.numbers(&account.sid);
    let change = |number: &str| {
        let number = numbers.iter().find(|found| found.phone_number == number).unwrap();
        app.sim.change_number(&number.sid, |number| {
            number.voice_url = "https://elsewhere.example/".into();
        });
    };
    let sync = async || {
        owner
            .done("syncNumbers", "account { id }", json!({ "accountId": id }))
            .await;
        app.run_jobs().await;
    };
    change("+14155550101");
    sync().await;
    let some = told(&app, &id).await["health"].clone();
    assert_eq!(some["state"], "DEGRADED");
    assert_eq!(some["reasons"][0]["code"], "ROUTING_CHANGED");
    assert_eq!(some["reasons"][0]["evidence"], "1 of 2");
    change("+14155550102");
    sync().await;
    let all = told(&app, &id).await["health"].clone();
    assert_eq!(all["state"], "FAILING");
    assert_eq!(all["reasons"][0]["code"], "EVERY_NUMBER_FAILS");
}
