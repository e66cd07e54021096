//! Usage by category, and prices.

use callab_tests::TestApp;
use chrono::TimeDelta;
use domain::Clock as _;
use serde_json::{Value, json};
use twilio_sim::{FaultKind, NumberSpec, SimUsage};

use super::{account, ago, check, fail, priced, today, usage};

#[tokio::test]
async fn usage_is_a_tree_and_what_is_missing_is_not_zero() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let money = account(&app, "100", "USD");
    let sid = &money.sid;
    app.sim
        .set_usage(sid, today(&app), "calls-inbound-local", priced("1.5"));
    app.sim.set_usage(sid, today(&app), "calls-outbound", priced("-0.25"));
    app.sim.set_usage(sid, today(&app), "calls-by-pigeon", priced("3"));
    app.sim
        .set_usage(sid, today(&app), "phonenumbers-local", priced("1.15"));
    let unpriced = SimUsage {
        price: None,
        ..priced("0")
    };
    app.sim.set_usage(sid, today(&app), "recordings", unpriced);
    let as_of = app.clock.now() - TimeDelta::hours(3);
    app.sim.set_usage_as_of(sid, Some(as_of));
    let id = app.connect(&owner, &money).await;

    let days = format!(", from: \"{}\", to: \"{}\"", ago(&app, 1), today(&app));
    let before = usage(&owner, &id, &days).await["usage"].clone();
    assert_eq!(before["readAt"], Value::Null);
    assert_eq!(before["periods"][0]["total"], Value::Null);
    assert_eq!(
        (&before["periods"][0]["missingDays"], &before["asOf"]),
        (&json!(1), &Value::Null)
    );

    check(&app, &owner, &id).await;
    let told = usage(&owner, &id, &days).await["usage"].clone();
    assert_eq!(told["lateByS"], 3 * 3600);
    let period = &told["periods"][0];
    assert_eq!(period["total"], json!({ "amount": "5.40", "currency": "USD" }));
    assert_eq!(period["numberRental"]["amount"], "1.15");
    let names: Vec<&str> = period["categories"]
        .as_array()
        .unwrap()
        .iter()
        .map(|category| category["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["calls", "calls-by-pigeon", "phonenumbers", "recordings"]);
    let calls = &period["categories"][0];
    assert_eq!(calls["price"]["amount"], "1.25");
    assert_eq!(calls["categories"][0]["name"], "calls-inbound");
    assert_eq!(calls["categories"][0]["categories"][0]["name"], "calls-inbound-local");
    assert_eq!(calls["categories"][1]["price"]["amount"], "-0.25");
    let recordings = &period["categories"][3];
    assert_eq!(
        (&recordings["price"], &recordings["daysWithoutPrice"]),
        (&Value::Null, &json!(1))
    );

    let months = usage(&owner, &id, ", by: MONTH, category: \"calls-inbound\"").await["usage"].clone();
    assert_eq!(months["periods"][0]["categories"][0]["name"], "calls-inbound");
    let wrong = usage(&owner, &id, ", from: \"2026-01-02\", to: \"2026-01-01\"").await;
    assert_eq!(
        wrong,
        json!({ "usage": null, "userErrors": [{ "code": "MALFORMED", "field": "from" }] })
    );
}

#[tokio::test]
async fn prices_are_told_before_a_call_and_kept_for_a_few_minutes() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let money = account(&app, "5", "EUR");
    app.sim
        .add_numbers(&money.sid, "+14155550101", 1, &NumberSpec::default());
    let id = app.connect(&owner, &money).await;
    let document = "query($id: ID!, $to: String) { pricing(accountId: $id, to: $to, from: \"+14155550101\") { pricing { \
                    call { countryCode outbound { price { amount currency } } } rentals { countryCode prices { numberType \
                    price { amount currency } } } } userErrors { code field } } }";
    let ask = async |to: &str| owner.ask(document, json!({ "id": id, "to": to })).await["pricing"].clone();
    let told = ask("+4930123456").await;
    let call = &told["pricing"]["call"];
    assert_eq!(call["countryCode"], "DE", "{told}");
    assert_eq!(call["outbound"][0]["price"]["currency"], "EUR");
    assert_eq!(told["pricing"]["rentals"][0]["countryCode"], "US");
    let asked = app.sim.count_requests();
    assert_eq!(ask("+4930123456").await, told);
    assert_eq!(app.sim.count_requests(), asked, "it is kept");
    app.clock.advance(TimeDelta::minutes(6));
    fail(&app, "Voice/Numbers", FaultKind::Html { status: 502 });
    assert_eq!(ask("+4930123456").await["userErrors"][0]["code"], "TWILIO_UNREACHABLE");
    app.sim.clear_faults();
    assert_eq!(
        ask("not a number").await["userErrors"],
        json!([{ "code": "NUMBER_MALFORMED", "field": "to" }])
    );
}
