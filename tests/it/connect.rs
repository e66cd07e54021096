//! Connecting a Twilio account: what works, and every way it is refused.

use std::time::Duration;

use callab_tests::TestApp;
use entity::{twilio_account, twilio_credential};
use sea_orm::{EntityTrait as _, PaginatorTrait as _};
use serde_json::{Value, json};
use twilio_sim::{AccountSpec, AccountStatus, FaultKind, SuspendedForm, scenario};

const ACCOUNT: &str =
    "account { id sid label region kind twilioStatus isSubaccount health { state } balance { amount currency } }";

fn input(sid: &str, token: &str) -> Value {
    json!({ "accountSid": sid, "authToken": token, "label": "Main" })
}

#[tokio::test]
async fn a_customer_connects_an_account_and_its_numbers_are_read() {
    let app = TestApp::start().await;
    let account = scenario::healthy(&app.sim);
    let owner = app.owner();
    // Blanks around what was pasted are dropped.
    let pasted = input(&format!(" {}\n", account.sid), &format!("\t{} ", account.auth_token));
    let payload = owner.done("connectTwilioAccount", ACCOUNT, pasted).await;
    let connected = &payload["account"];
    assert_eq!(connected["sid"], json!(account.sid));
    assert_eq!(connected["health"]["state"], "UNVERIFIED");
    assert_eq!(
        (&connected["label"], &connected["region"], &connected["kind"]),
        (&json!("Main"), &json!("us1"), &json!("FULL"))
    );
    let ran = app.run_jobs().await;
    assert_eq!(
        ran.iter().map(|job| job.kind.as_str()).collect::<Vec<_>>(),
        ["verify-account", "sync-numbers", "assess-health"]
    );
    let data = owner
        .ask(
            "{ twilioAccounts { nodes { sid syncedAt phoneNumbers { nodes { number } } } } }",
            json!({}),
        )
        .await;
    let listed = &data["twilioAccounts"]["nodes"][0];
    assert_eq!(
        listed["phoneNumbers"]["nodes"].as_array().map(Vec::len),
        Some(app.sim.numbers(&account.sid).len())
    );
    assert!(listed["syncedAt"].is_string());
}

#[tokio::test]
async fn a_workspace_connects_several_accounts_but_each_once() {
    let app = TestApp::start().await;
    let (first, second) = (scenario::healthy(&app.sim), scenario::trial(&app.sim));
    let owner = app.owner();
    app.connect(&owner, &first).await;
    app.connect(&owner, &second).await;
    assert_eq!(
        owner
            .refused("connectTwilioAccount", input(&first.sid, &first.auth_token))
            .await,
        [("ACCOUNT_ALREADY_CONNECTED".into(), Some("accountSid".into()))]
    );
    let data = owner.ask("{ twilioAccounts { nodes { kind } } }", json!({})).await;
    assert_eq!(
        data["twilioAccounts"]["nodes"],
        json!([{ "kind": "FULL" }, { "kind": "TRIAL" }])
    );
}

#[tokio::test]
async fn two_requests_at_once_connect_one_account() {
    let app = TestApp::start().await;
    let account = scenario::healthy(&app.sim);
    let owner = app.owner();
    let connect = || {
        owner.mutate(
            "connectTwilioAccount",
            "account { id }",
            input(&account.sid, &account.auth_token),
        )
    };
    let (a, b) = tokio::join!(connect(), connect());
    let connected = [&a, &b].iter().filter(|payload| payload["account"].is_object()).count();
    assert_eq!(connected, 1, "{a} {b}");
    assert_eq!(rows(&app).await, (1, 1));
}

/// How many accounts and credentials are stored.
async fn rows(app: &TestApp) -> (u64, u64) {
    let db = &app.services.db;
    let accounts = twilio_account::Entity::find().count(db).await.unwrap();
    (accounts, twilio_credential::Entity::find().count(db).await.unwrap())
}

async fn refused_and_nothing_left(app: &TestApp, input: Value) -> Vec<(String, Option<String>)> {
    let refused = app.owner().refused("connectTwilioAccount", input).await;
    assert_eq!(rows(app).await, (0, 0), "nothing half-done stays behind");
    refused
}

fn one(code: &str, field: Option<&str>) -> Vec<(String, Option<String>)> {
    vec![(code.to_owned(), field.map(str::to_owned))]
}

#[tokio::test]
async fn malformed_input_is_told_field_by_field_and_asks_nobody() {
    let app = TestApp::start().await;
    let account = scenario::healthy(&app.sim);
    let key = account.sid.replacen("AC", "SK", 1);
    for (input, expected) in [
        (
            input("AC12", &account.auth_token),
            one("ACCOUNT_SID_MALFORMED", Some("accountSid")),
        ),
        (
            input(&key, &account.auth_token),
            one("ACCOUNT_SID_IS_API_KEY", Some("accountSid")),
        ),
        (
            input(&account.sid, "two words"),
            one("AUTH_TOKEN_MALFORMED", Some("authToken")),
        ),
        (input(&account.sid, " "), one("AUTH_TOKEN_MALFORMED", Some("authToken"))),
        (
            json!({ "accountSid": account.sid, "authToken": account.auth_token, "label": "a\u{202E}b" }),
            one("CONTROL_CHARACTERS", Some("label")),
        ),
        (
            json!({ "accountSid": account.sid, "authToken": account.auth_token, "label": "x".repeat(101) }),
            one("TOO_LONG", Some("label")),
        ),
        (
            json!({ "accountSid": account.sid, "authToken": account.auth_token, "label": "x", "region": "mars1" }),
            one("WRONG_REGION", Some("region")),
        ),
    ] {
        assert_eq!(refused_and_nothing_left(&app, input).await, expected);
    }
    assert_eq!(app.sim.count_requests(), 0);
}

#[tokio::test]
async fn twilios_refusals_are_told_apart() {
    let app = TestApp::start().await;
    let wrong = scenario::wrong_token(&app.sim);
    let refused = refused_and_nothing_left(&app, input(&wrong.sid, &wrong.auth_token)).await;
    assert_eq!(refused, one("CREDENTIALS_REJECTED", Some("authToken")));

    let suspended = app.sim.add_account(AccountSpec::default());
    app.sim.set_status(&suspended.sid, AccountStatus::Suspended);
    for (form, expected) in [
        (SuspendedForm::StatusOnly, one("ACCOUNT_SUSPENDED", Some("accountSid"))),
        (SuspendedForm::Forbidden, one("ACCOUNT_SUSPENDED", Some("accountSid"))),
        (
            SuspendedForm::Unauthorized,
            one("CREDENTIALS_REJECTED", Some("authToken")),
        ),
    ] {
        app.sim.set_suspended_form(&suspended.sid, form);
        let refused = refused_and_nothing_left(&app, input(&suspended.sid, &suspended.auth_token)).await;
        assert_eq!(refused, expected, "{form:?}");
    }
    let closed = app.sim.add_account(AccountSpec::default());
    app.sim.set_status(&closed.sid, AccountStatus::Closed);
    app.sim.set_suspended_form(&closed.sid, SuspendedForm::StatusOnly);
    let refused = refused_and_nothing_left(&app, input(&closed.sid, &closed.auth_token)).await;
    assert_eq!(refused, one("ACCOUNT_CLOSED", Some("accountSid")));
}

#[tokio::test]
async fn test_credentials_inactive_accounts_and_missing_rights_are_named() {
    let app = TestApp::start().await;
    let account = scenario::healthy(&app.sim);
    for (status, code, expected) in [
        (403, 20008, "TEST_CREDENTIALS"),
        (403, 20005, "ACCOUNT_NOT_ACTIVE"),
        (403, 20006, "INSUFFICIENT_RIGHTS"),
        (400, 20422, "TWILIO_REFUSED"),
    ] {
        app.sim.fail_next(FaultKind::Status {
            status,
            code,
            message: "foreign text".into(),
        });
        let payload = app
            .owner()
            .mutate("connectTwilioAccount", "", input(&account.sid, &account.auth_token))
            .await;
        let error = &payload["userErrors"][0];
        assert_eq!((&error["code"], &error["twilioCode"]), (&json!(expected), &json!(code)));
        assert!(error["helpUrl"].as_str().unwrap().ends_with(&code.to_string()));
        assert!(!payload.to_string().contains("foreign text"));
        assert_eq!(rows(&app).await, (0, 0));
    }
}

#[tokio::test]
async fn the_right_token_in_the_wrong_region_names_the_region() {
    let app = TestApp::start().await;
    let account = app.sim.add_account(AccountSpec {
        region: "ie1".into(),
        ..AccountSpec::default()
    });
    let refused = refused_and_nothing_left(&app, input(&account.sid, &account.auth_token)).await;
    assert_eq!(refused, one("WRONG_REGION", Some("region")));
    let there = json!({ "accountSid": account.sid, "authToken": account.auth_token, "label": "EU", "region": "ie1" });
    let payload = app.owner().done("connectTwilioAccount", ACCOUNT, there).await;
    assert_eq!(payload["account"]["region"], "ie1");
}

/// Promise 5 and 10: from a silence, or from what a proxy says, nothing is concluded.
#[tokio::test]
async fn a_silence_is_called_a_silence() {
    let app = TestApp::start().await;
    let account = scenario::healthy(&app.sim);
    for kind in [
        FaultKind::CutOff,
        FaultKind::Html { status: 401 },
        FaultKind::Html { status: 200 },
        FaultKind::EmptyBody,
        FaultKind::BrokenJson,
        FaultKind::Status {
            status: 503,
            code: 20503,
            message: "unavailable".into(),
        },
    ] {
        app.sim.fail(twilio_sim::Fault {
            on: twilio_sim::Match::default(),
            times: None,
            kind: kind.clone(),
        });
        let refused = refused_and_nothing_left(&app, input(&account.sid, &account.auth_token)).await;
        assert_eq!(refused, one("TWILIO_UNREACHABLE", None), "{kind:?}");
        app.sim.clear_faults();
    }
    app.sim.fail(twilio_sim::Fault {
        on: twilio_sim::Match::default(),
        times: None,
        kind: FaultKind::RateLimited { retry_after: None },
    });
    let refused = refused_and_nothing_left(&app, input(&account.sid, &account.auth_token)).await;
    assert_eq!(refused, one("TWILIO_THROTTLED", None));
}

/// Promise 5: Twilio that takes the connection and then says nothing is a silence as well.
#[tokio::test]
async fn a_twilio_that_hangs_is_a_silence() {
    let app = TestApp::start().await;
    let account = scenario::healthy(&app.sim);
    app.sim.fail(twilio_sim::Fault {
        on: twilio_sim::Match::default(),
        times: None,
        kind: FaultKind::Slow {
            delay: Duration::from_secs(5),
        },
    });
    let refused = refused_and_nothing_left(&app, input(&account.sid, &account.auth_token)).await;
    assert_eq!(refused, one("TWILIO_UNREACHABLE", None));
}

#[tokio::test]
async fn subaccounts_connect_with_their_own_token() {
    let app = TestApp::start().await;
    let [_, child] = scenario::subaccount(&app.sim);
    let payload = app
        .owner()
        .done("connectTwilioAccount", ACCOUNT, input(&child.sid, &child.auth_token))
        .await;
    assert_eq!(
        (&payload["account"]["isSubaccount"], &payload["account"]["balance"]),
        (&json!(true), &Value::Null)
    );
}

#[tokio::test]
async fn a_disconnected_account_is_found_again_with_its_history() {
    let app = TestApp::start().await;
    let account = scenario::healthy(&app.sim);
    let owner = app.owner();
    let id = app.connect(&owner, &account).await;
    app.add(&owner, "+14155550101", "Main line").await;
    let payload = owner
        .done(
            "disconnectTwilioAccount",
            "account { state health { state } }",
            json!({ "accountId": id }),
        )
        .await;
    assert_eq!(
        payload["account"],
        json!({ "state": "DISCONNECTED", "health": { "state": "DISABLED" } })
    );
    app.run_jobs().await;
    assert_eq!(
        rows(&app).await,
        (1, 0),
        "the token goes with the account when nothing is left to give back"
    );
    assert_eq!(
        owner.refused("syncNumbers", json!({ "accountId": id })).await,
        one("ACCOUNT_DISCONNECTED", Some("accountId"))
    );

    assert_eq!(app.connect(&owner, &account).await, id, "the same account, the same id");
    let number = app.number_id(&owner, "+14155550101").await;
    assert_eq!(
        app.number(&owner, &number, "state nickname").await,
        json!({ "state": "REMOVED", "nickname": "Main line" })
    );
}
