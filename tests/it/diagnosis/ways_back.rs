//! A trouble that is over, a figure that is missing, and a subaccount whose parent pays.

use callab_tests::TestApp;
use chrono::TimeDelta;
use serde_json::json;
use twilio_sim::{AccountSpec, AccountStatus, SuspendedForm, scenario};

use super::{Bench, cause, check, diagnose};

/// A trouble, the cause that is named for it, and what ends it. Some show by a call alone.
const WAYS_BACK: [(&str, bool, (&str, &str), &str); 11] = [
    ("out_of_funds", true, ("CREDIT", "NO_FUNDS"), "in_funds"),
    ("out_of_funds", true, ("CREDIT", "NO_FUNDS"), "topped_up"),
    (
        "suspended",
        false,
        ("TOKEN_ACCEPTED", "TOKEN_CHANGED_OR_SUSPENDED"),
        "active_again",
    ),
    (
        "suspended_status_only",
        false,
        ("ACCOUNT_ACTIVE", "ACCOUNT_SUSPENDED"),
        "active_again",
    ),
    (
        "suspended_forbidden",
        false,
        ("ACCOUNT_ACTIVE", "ACCOUNT_SUSPENDED_OR_CLOSED"),
        "active_again",
    ),
    (
        "suspended_not_active",
        false,
        ("ACCOUNT_ACTIVE", "ACCOUNT_NOT_ACTIVE"),
        "active_again",
    ),
    (
        "incident_opened",
        false,
        ("INCIDENTS", "INCIDENT_OPEN"),
        "incident_resolved",
    ),
    (
        "signature_failing",
        true,
        ("SIGNATURE_VALID", "SIGNATURE_REFUSED"),
        "calm",
    ),
    ("failing", false, ("none", "none"), "calm"),
    ("throttled", false, ("none", "none"), "calm"),
    ("unreachable", false, ("none", "none"), "calm"),
];

#[tokio::test]
async fn a_trouble_that_is_over_is_no_cause_any_more() {
    for (happens, by_call, expected, ends) in WAYS_BACK {
        let bench = Bench::ready().await;
        let happen = |name: &str| assert!(bench.app.sim.happen(&bench.twilio.sid, name), "{name}");
        bench.app.clock.advance(TimeDelta::minutes(2));
        happen(happens);
        if by_call {
            bench.ring().await;
        }
        bench.verify().await;
        let before = bench.ask(None).await;
        assert_eq!(cause(&before), expected, "{happens}: {before:#}");
        let silent = check(&before, "TOKEN_ACCEPTED")["state"] == "UNKNOWN";
        assert_eq!(
            silent,
            expected.0 == "none",
            "{happens}: a silence is told as one: {before:#}"
        );

        bench.app.clock.advance(TimeDelta::minutes(2));
        happen(ends);
        if ends == "in_funds" || ends == "calm" {
            bench.ring().await; // What a call showed, a call shows to be over; a top-up is seen by itself.
        }
        bench.verify().await;
        let after = bench.ask(None).await;
        assert_eq!(cause(&after), ("none", "none"), "{happens}, then {ends}: {after:#}");
        assert_eq!(
            check(&after, "TOKEN_ACCEPTED")["state"],
            "PASS",
            "{happens}, then {ends}"
        );
    }
}

#[tokio::test]
async fn a_balance_that_twilio_never_told_is_missing() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let twilio = app.sim.add_account(AccountSpec::default());
    app.sim.set_balance(&twilio.sid, "");
    let account = app.connect(&owner, &twilio).await;
    let diagnosis = diagnose(&owner, &json!({ "a": account })).await;
    let credit = check(&diagnosis, "CREDIT");
    assert_eq!(
        (&credit["state"], &credit["reason"]),
        (&json!("UNKNOWN"), &json!("BALANCE_UNKNOWN"))
    );
    assert_eq!(credit["actual"], json!(null), "no figure is guessed");
}

#[tokio::test]
async fn a_subaccount_stands_and_falls_with_its_parent() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let [parent, child] = scenario::subaccount(&app.sim);
    let account = app.connect(&owner, &child).await;
    let credit = async || {
        let diagnosis = diagnose(&owner, &json!({ "a": account })).await;
        let credit = check(&diagnosis, "CREDIT").clone();
        (
            credit["state"].clone(),
            credit["reason"].clone(),
            credit["evidence"].to_string(),
        )
    };
    let (state, reason, _) = credit().await;
    assert_eq!(
        (state, reason),
        (json!("UNKNOWN"), json!("BALANCE_OF_PARENT")),
        "never guessed"
    );

    let parents = app.connect(&owner, &parent).await;
    let (state, _, told) = credit().await;
    assert_eq!(state, json!("PASS"));
    assert!(told.contains("parent account's balance"), "{told}");

    // Twilio suspends a parent with all its subaccounts.
    for sid in [&parent.sid, &child.sid] {
        app.sim.set_suspended_form(sid, SuspendedForm::StatusOnly);
        app.sim.set_status(sid, AccountStatus::Suspended);
    }
    for id in [&parents, &account] {
        owner
            .done("verifyTwilioAccount", "account { id }", json!({ "accountId": id }))
            .await;
    }
    app.run_jobs().await;
    let named = |diagnosis: &serde_json::Value| {
        let (name, reason) = cause(diagnosis);
        (name.to_owned(), reason.to_owned())
    };
    let of_child = diagnose(&owner, &json!({ "a": account })).await;
    assert_eq!(
        named(&of_child),
        ("ACCOUNT_ACTIVE".into(), "PARENT_SUSPENDED".into()),
        "{of_child:#}"
    );
    let of_parent = diagnose(&owner, &json!({ "a": parents })).await;
    assert_eq!(
        named(&of_parent),
        ("ACCOUNT_ACTIVE".into(), "ACCOUNT_SUSPENDED".into()),
        "{of_parent:#}"
    );
}
