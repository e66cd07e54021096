//! Promise 9: money is decimal with its currency, and says how old it is.

use callab_tests::{Client, TestApp};
use chrono::{DateTime, TimeDelta, Utc};
use domain::Clock as _;
use serde_json::{Value, json};
use twilio_sim::{AccountSpec, Fault, FaultKind, Match, SimAccount, scenario};

async fn balance(client: &Client, account: &str) -> Value {
    let document = "query($id: ID!) { twilioAccount(id: $id) { balance { amount currency asOf } } }";
    client.ask(document, json!({ "id": account })).await["twilioAccount"]["balance"].clone()
}

fn account(app: &TestApp, balance: &str, currency: &str) -> SimAccount {
    let spec = AccountSpec {
        balance: balance.to_owned(),
        currency: currency.to_owned(),
        ..AccountSpec::default()
    };
    let account = app.sim.add_account(spec);
    SimAccount {
        friendly_name: "Money".into(),
        ..account
    }
}

#[tokio::test]
async fn a_balance_keeps_its_decimals_its_sign_and_its_currency() {
    let app = TestApp::start().await;
    let owner = app.owner();
    for (amount, currency) in [
        ("34.123456", "USD"),
        ("-12.5", "EUR"),
        ("0", "USD"),
        ("0.00000001", "GBP"),
        ("79228162514264.337593543950335", "JPY"),
        ("14.50", "SEK"),
    ] {
        let id = app.connect(&owner, &account(&app, amount, currency)).await;
        let told = balance(&owner, &id).await;
        assert_eq!((&told["amount"], &told["currency"]), (&json!(amount), &json!(currency)));
    }
}

/// A figure is as old as Twilio's answer; where Twilio does not answer, the old figure stays with its age.
#[tokio::test]
async fn a_balance_says_how_old_it_is() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let money = account(&app, "10.00", "EUR");
    let id = app.connect(&owner, &money).await;
    let read_at = app.clock.now();
    let at = |told: &Value| -> DateTime<Utc> { told["asOf"].as_str().unwrap().parse().unwrap() };
    let verify = || owner.done("verifyTwilioAccount", "account { id }", json!({ "accountId": id }));
    app.sim.set_balance(&money.sid, "9.75");
    app.pass(TimeDelta::seconds(90)).await;
    let told = balance(&owner, &id).await;
    assert_eq!(
        (&told["amount"], at(&told).timestamp_micros()),
        (&json!("10.00"), read_at.timestamp_micros())
    );

    verify().await;
    app.run_jobs().await;
    let told = balance(&owner, &id).await;
    let second = app.clock.now();
    assert_eq!(
        (&told["amount"], at(&told).timestamp_micros()),
        (&json!("9.75"), second.timestamp_micros())
    );

    app.sim.set_balance(&money.sid, "1.00");
    let on = Match {
        path: Some("Balance".into()),
        ..Match::default()
    };
    app.sim.fail(Fault {
        on,
        times: None,
        kind: FaultKind::Html { status: 502 },
    });
    app.clock.advance(TimeDelta::seconds(90));
    verify().await;
    app.run_jobs().await;
    let told = balance(&owner, &id).await;
    assert_eq!(
        (&told["amount"], at(&told).timestamp_micros()),
        (&json!("9.75"), second.timestamp_micros())
    );
}

#[tokio::test]
async fn a_subaccount_has_no_balance_of_its_own() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let [parent, child] = scenario::subaccount(&app.sim);
    let child_id = app.connect(&owner, &child).await;
    assert_eq!(balance(&owner, &child_id).await, Value::Null);
    let parent_id = app.connect(&owner, &parent).await;
    assert_ne!(balance(&owner, &parent_id).await, Value::Null);
}

/// Twilio tells what a call cost as a negative figure in the account's currency; it is shown as it is, without the sign.
#[tokio::test]
async fn a_call_costs_what_twilio_says() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let money = account(&app, "10.00", "EUR");
    app.sim
        .add_numbers(&money.sid, "+14155550101", 1, &twilio_sim::NumberSpec::default());
    app.connect(&owner, &money).await;
    let number = app.add(&owner, "+14155550101", "Main").await;
    app.sim.hold_calls(&money.sid); // The log is read once after the end, and Twilio tells the price some time later.
    let input = json!({ "phoneNumberId": number, "kind": "OUTBOUND" });
    let started = owner.done("startTestCall", "testCall { id }", input).await;
    let id = &started["testCall"]["id"];
    app.run_jobs().await;
    app.sim.release_calls(&money.sid);
    let sid = app.sim.calls(&money.sid).remove(0).sid;
    let price = app.sim.call_rated(&sid).await.price.expect("the call was rated");
    let document = "query($id: ID!) { testCall(id: $id) { verdict call { price { amount currency } } } }";
    let ended = app
        .until("a verdict", async || {
            let data = owner.ask(document, json!({ "id": id })).await;
            Some(data["testCall"].clone()).filter(|test| !test["verdict"].is_null())
        })
        .await;
    let told = &ended["call"]["price"];
    assert_eq!(
        told,
        &json!({ "amount": price.trim_start_matches('-'), "currency": "EUR" })
    );
}
