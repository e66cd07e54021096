//! Rules that are mirrored as usage triggers at Twilio.

use callab_tests::{Client, TestApp};
use chrono::TimeDelta;
use sea_orm::EntityTrait as _;
use serde_json::json;
use twilio_sim::{Fault, FaultKind, Match, SimAccount, SimTrigger};

use super::{account, alert, check, make, priced, rule, today, told};

/// The triggers of an account at Twilio, as `VALUE PERIOD`.
fn triggers(app: &TestApp, account: &SimAccount) -> Vec<SimTrigger> {
    app.sim.triggers(&account.sid)
}

async fn mirrored(app: &TestApp, client: &Client, account: &str, amount: &str) -> String {
    let amount = json!({ "amount": amount, "currency": "USD" });
    let input = json!({ "accountId": account, "kind": "SPEND_TODAY_ABOVE", "amount": amount, "mirrorAtTwilio": true });
    make(app, client, input).await
}

#[tokio::test]
async fn a_trigger_that_fires_twice_is_one_check_and_opens_the_episode_at_once() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let money = account(&app, "100", "USD");
    let id = app.connect(&owner, &money).await;
    let rule = mirrored(&app, &owner, &id, "5").await;
    assert_eq!(
        alert(&owner, &rule, "mirror mirrorProblem").await,
        json!({ "mirror": "MIRRORED", "mirrorProblem": null })
    );
    let [trigger] = triggers(&app, &money).try_into().unwrap();
    assert_eq!(
        (
            trigger.usage_category.as_str(),
            trigger.trigger_value.to_string().as_str()
        ),
        ("totalprice", "5")
    );
    assert_eq!(told(&owner, &id).await, [""; 0]);

    app.sim
        .set_usage(&money.sid, today(&app), "calls-outbound", priced("6.25"));
    app.sim.firings_over(&trigger.sid, 1).await;
    assert!(app.sim.repeat_firing(&trigger.sid));
    let firings = app.sim.firings_over(&trigger.sid, 2).await;
    assert!(
        firings.iter().all(|firing| firing.attempts == [Some(204)]),
        "{firings:?}"
    );
    let ran = app.run_jobs().await;
    assert_eq!(ran.iter().filter(|ran| ran.kind == "check-billing").count(), 1);
    assert_eq!(told(&owner, &id).await, ["open 6.25"]);
    assert!(app.sim.repeat_firing(&trigger.sid));
    app.sim.firings_over(&trigger.sid, 3).await;
    assert_eq!(app.run_jobs().await.len(), 0, "it was handled before");
}

#[tokio::test]
async fn a_trigger_goes_with_its_rule() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let money = account(&app, "100", "USD");
    let id = app.connect(&owner, &money).await;
    let rule = mirrored(&app, &owner, &id, "5").await;
    let first = triggers(&app, &money).remove(0).sid;
    let amount = json!({ "amount": "7.50", "currency": "USD" });
    owner
        .done(
            "updateBillingAlert",
            "billingAlert { id }",
            json!({ "billingAlertId": rule, "amount": amount }),
        )
        .await;
    app.run_jobs().await;
    let [replaced] = triggers(&app, &money).try_into().unwrap();
    assert_ne!(replaced.sid, first);
    assert_eq!(replaced.trigger_value.to_string(), "7.50");
    let unchanged = triggers(&app, &money);
    check(&app, &owner, &id).await;
    assert_eq!(triggers(&app, &money).len(), unchanged.len(), "a check makes no other");

    owner
        .done(
            "deleteBillingAlert",
            "billingAlert { id }",
            json!({ "billingAlertId": rule }),
        )
        .await;
    app.run_jobs().await;
    assert_eq!(triggers(&app, &money).len(), 0);
    assert_eq!(alert(&owner, &rule, "mirror").await["mirror"], "NONE");
    let listed = owner.ask("{ billingAlerts { nodes { id } } }", json!({})).await;
    assert_eq!(listed["billingAlerts"]["nodes"], json!([]));
}

/// The answer to the creation is lost: the trigger is there, and the next attempt finds it by its name.
#[tokio::test]
async fn a_trigger_whose_creation_was_not_answered_is_made_once() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let money = account(&app, "100", "USD");
    let id = app.connect(&owner, &money).await;
    let on = Match {
        method: Some("POST".to_owned()),
        path: Some("Usage/Triggers".to_owned()),
        ..Match::default()
    };
    app.sim.fail(Fault {
        on,
        times: Some(1),
        kind: FaultKind::CutOffAfterEffect,
    });
    let rule = mirrored(&app, &owner, &id, "5").await;
    app.pass(TimeDelta::minutes(10)).await;
    assert_eq!(triggers(&app, &money).len(), 1);
    assert_eq!(alert(&owner, &rule, "mirror").await["mirror"], "MIRRORED");
}

#[tokio::test]
async fn a_disconnected_account_keeps_no_trigger_and_no_open_episode() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let money = account(&app, "1", "USD");
    let id = app.connect(&owner, &money).await;
    mirrored(&app, &owner, &id, "5").await;
    rule(&app, &owner, &id, "BALANCE_BELOW", ("20", "USD")).await;
    assert_eq!(told(&owner, &id).await, ["open 1"]);
    owner
        .done("disconnectTwilioAccount", "account { id }", json!({ "accountId": id }))
        .await;
    app.run_jobs().await;
    assert_eq!(told(&owner, &id).await, ["ACCOUNT_DISCONNECTED 1"]);
    assert_eq!(triggers(&app, &money).len(), 0);
    let credentials = entity::twilio_credential::Entity::find()
        .all(&app.services.db)
        .await
        .unwrap();
    assert_eq!(
        credentials.len(),
        0,
        "they are forgotten once they are not needed any more"
    );
}

#[tokio::test]
async fn a_webhook_that_is_not_twilios_has_no_effect() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let money = account(&app, "100", "USD");
    let id = app.connect(&owner, &money).await;
    mirrored(&app, &owner, &id, "5").await;
    let trigger = triggers(&app, &money).remove(0);
    let form = [("AccountSid", money.sid.as_str()), ("IdempotencyToken", "forged")];
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for signature in [None, Some("bm90IHR3aWxpbw==")] {
        let mut sent = http.post(&trigger.callback_url).form(&form);
        if let Some(signature) = signature {
            sent = sent.header("X-Twilio-Signature", signature);
        }
        assert_eq!(sent.send().await.unwrap().status().as_u16(), 403);
    }
    let nowhere = format!("{}/twilio/v1/usage/{}", app.url, "0".repeat(32));
    let sent = http.post(nowhere).header("X-Twilio-Signature", "x").form(&form);
    assert_eq!(sent.send().await.unwrap().status().as_u16(), 404);
    assert_eq!(app.run_jobs().await.len(), 0);
}
