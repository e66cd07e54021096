//! Credentials over time: checked again, changed, rejected, and back.

use callab_tests::TestApp;
use chrono::TimeDelta;
use serde_json::json;
use twilio_sim::{AccountStatus, Fault, FaultKind, Match, SuspendedForm, scenario};

async fn health(app: &TestApp, id: &str) -> (String, Option<String>) {
    let document = "query($id: ID!) { twilioAccount(id: $id) { health { state reason { code } } } }";
    let data = app.owner().ask(document, json!({ "id": id })).await;
    let health = &data["twilioAccount"]["health"];
    (
        health["state"].as_str().unwrap().to_owned(),
        health["reason"]["code"].as_str().map(str::to_owned),
    )
}

async fn credentials(app: &TestApp, id: &str) -> String {
    let document = "query($id: ID!) { twilioAccount(id: $id) { credentials { state } } }";
    let data = app.owner().ask(document, json!({ "id": id })).await;
    data["twilioAccount"]["credentials"]["state"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn is(state: &str, reason: Option<&str>) -> (String, Option<String>) {
    (state.to_owned(), reason.map(str::to_owned))
}

/// Promise 5: one rejection is confirmed by another, 30 seconds later, before the state changes.
#[tokio::test]
async fn a_rejected_token_is_confirmed_before_it_counts() {
    let app = TestApp::start().await;
    let account = scenario::healthy(&app.sim);
    let owner = app.owner();
    let id = app.connect(&owner, &account).await;
    app.sim.rotate_token(&account.sid);
    owner
        .done("verifyTwilioAccount", "account { id }", json!({ "accountId": id }))
        .await;
    app.run_jobs().await;
    assert_eq!(
        health(&app, &id).await,
        is("DEGRADED", Some("CREDENTIALS_REJECTED_ONCE"))
    );
    app.pass(TimeDelta::seconds(29)).await;
    assert_eq!(
        health(&app, &id).await,
        is("DEGRADED", Some("CREDENTIALS_REJECTED_ONCE"))
    );
    app.pass(TimeDelta::seconds(1)).await;
    assert_eq!(
        health(&app, &id).await,
        is("FAILING", Some("TOKEN_ROTATED")),
        "it worked before: it was changed behind our back"
    );
}

/// Promise 5: no number of silences marks a credential bad. Only that Twilio does not answer is said.
#[tokio::test]
async fn a_silence_is_not_a_refusal() {
    let app = TestApp::start().await;
    let account = scenario::healthy(&app.sim);
    let owner = app.owner();
    let id = app.connect(&owner, &account).await;
    for kind in [
        FaultKind::CutOff,
        FaultKind::Html { status: 401 },
        FaultKind::RateLimited { retry_after: None },
        FaultKind::Status {
            status: 500,
            code: 20500,
            message: "down".into(),
        },
    ] {
        app.sim.fail(Fault {
            on: Match::default(),
            times: None,
            kind,
        });
        owner
            .done("verifyTwilioAccount", "account { id }", json!({ "accountId": id }))
            .await;
        for _ in 0..4 {
            app.pass(TimeDelta::seconds(31)).await;
            let (state, reason) = health(&app, &id).await;
            assert_ne!(state, "SUSPENDED");
            assert!(
                matches!(
                    reason.as_deref(),
                    Some("PROBE_UNANSWERED" | "TWILIO_SILENT" | "THROTTLED")
                ),
                "{reason:?}"
            );
            assert_eq!(credentials(&app, &id).await, "ACCEPTED");
        }
        app.sim.clear_faults();
        for _ in 0..3 {
            app.pass(TimeDelta::seconds(31)).await;
        }
        assert_eq!(health(&app, &id).await, is("HEALTHY", None));
        app.pass(TimeDelta::minutes(1)).await;
    }
}

#[tokio::test]
async fn a_suspension_is_told_from_a_wrong_token_and_lifts_again() {
    let app = TestApp::start().await;
    let account = scenario::healthy(&app.sim);
    let owner = app.owner();
    let id = app.connect(&owner, &account).await;
    app.sim.set_status(&account.sid, AccountStatus::Suspended);
    for form in [SuspendedForm::StatusOnly, SuspendedForm::Forbidden] {
        app.sim.set_suspended_form(&account.sid, form);
        owner
            .done("verifyTwilioAccount", "account { id }", json!({ "accountId": id }))
            .await;
        app.run_jobs().await;
        assert_eq!(
            health(&app, &id).await,
            is("SUSPENDED", Some("SUSPENDED_AT_TWILIO")),
            "{form:?}"
        );
    }
    app.sim.set_status(&account.sid, AccountStatus::Active);
    owner
        .done("verifyTwilioAccount", "account { id }", json!({ "accountId": id }))
        .await;
    app.run_jobs().await;
    assert_eq!(
        health(&app, &id).await,
        is("SUSPENDED", Some("SUSPENDED_AT_TWILIO")),
        "getting better takes two evaluations"
    );
    app.pass(TimeDelta::seconds(30)).await;
    assert_eq!(health(&app, &id).await, is("HEALTHY", None));
}

#[tokio::test]
async fn a_new_token_is_tried_before_it_takes_the_old_ones_place() {
    let app = TestApp::start().await;
    let account = scenario::healthy(&app.sim);
    let owner = app.owner();
    let id = app.connect(&owner, &account).await;
    let wrong = json!({ "accountId": id, "authToken": "ffffffffffffffffffffffffffffffff" });
    assert_eq!(
        owner.refused("updateTwilioAccount", wrong).await,
        [("CREDENTIALS_REJECTED".into(), Some("authToken".into()))]
    );
    // The old one still works.
    owner
        .done("verifyTwilioAccount", "account { id }", json!({ "accountId": id }))
        .await;
    app.run_jobs().await;
    assert_eq!(health(&app, &id).await, is("HEALTHY", None));

    let new = app.sim.rotate_token(&account.sid);
    let input = json!({ "accountId": id, "authToken": new, "label": "Renamed" });
    let payload = owner.done("updateTwilioAccount", "account { label }", input).await;
    assert_eq!(payload["account"]["label"], "Renamed");
    app.run_jobs().await;
    assert_eq!(health(&app, &id).await, is("HEALTHY", None));
}

#[tokio::test]
async fn a_token_with_which_numbers_in_use_are_out_of_reach_is_refused_with_their_list() {
    let app = TestApp::start().await;
    let (account, other) = (scenario::healthy(&app.sim), scenario::trial(&app.sim));
    let owner = app.owner();
    let id = app.connect(&owner, &account).await;
    let number = app.add(&owner, "+14155550101", "Main line").await;
    let sid = app
        .sim
        .numbers(&account.sid)
        .into_iter()
        .find(|n| n.phone_number == "+14155550101")
        .unwrap()
        .sid;
    app.sim.move_number(&sid, &other.sid);
    let new = app.sim.rotate_token(&account.sid);
    let payload = owner
        .mutate("updateTwilioAccount", "", json!({ "accountId": id, "authToken": new }))
        .await;
    let error = &payload["userErrors"][0];
    assert_eq!(error["code"], "NUMBERS_OUT_OF_REACH");
    assert!(error["message"].as_str().unwrap().contains("+14155550101"), "{error}");
    owner
        .done(
            "removePhoneNumber",
            "phoneNumber { state }",
            json!({ "phoneNumberId": number }),
        )
        .await;
    owner
        .done(
            "updateTwilioAccount",
            "account { id }",
            json!({ "accountId": id, "authToken": new }),
        )
        .await;
}

#[tokio::test]
async fn accounts_are_checked_and_read_again_when_they_are_due() {
    let app = TestApp::start().await;
    let account = scenario::healthy(&app.sim);
    app.connect(&app.owner(), &account).await;
    assert_eq!(
        domain::accounts::queue_due_checks(&app.services, &|| 0.5)
            .await
            .unwrap(),
        0
    );
    app.clock.advance(TimeDelta::minutes(5));
    assert_eq!(
        domain::accounts::queue_due_checks(&app.services, &|| 0.5)
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        domain::accounts::queue_due_checks(&app.services, &|| 0.5)
            .await
            .unwrap(),
        0,
        "whoever comes first takes it"
    );
    app.clock.advance(TimeDelta::hours(1));
    assert_eq!(
        domain::accounts::queue_due_syncs(&app.services, &|| 0.5).await.unwrap(),
        1
    );
    let kinds: Vec<String> = app.run_jobs().await.into_iter().map(|job| job.kind).collect();
    assert_eq!(kinds, ["verify-account", "sync-numbers", "assess-health"]);
}
