//! What a test call would be, and whom staff may call.

use callab_tests::app::ECHO_LINE;
use callab_tests::story::Ids;
use callab_tests::{Client, TestApp};
use chrono::TimeDelta;
use serde_json::{Value, json};
use twilio_sim::{Fault, FaultKind, Match, SimAccount, scenario};

const NUMBER: &str = "+14155550101";

async fn ready() -> (TestApp, SimAccount, String) {
    let app = TestApp::start().await;
    let account = scenario::healthy(&app.sim);
    app.connect(&app.owner(), &account).await;
    let number = app.add(&app.owner(), NUMBER, "Main").await;
    (app, account, number)
}

async fn plan(client: &Client, number: &str) -> Value {
    let document = "query($n: ID!) { testCallPlan(phoneNumberId: $n) { targets { label to } limitPerHour leftThisHour
        estimatedCost { amount currency } maxSeconds } }";
    client.ask(document, json!({ "n": number })).await["testCallPlan"].clone()
}

#[tokio::test]
async fn the_plan_tells_whom_how_often_and_for_how_much() {
    let (app, _, number) = ready().await;
    let support = app.client(None, "support");
    let told = plan(&support, &number).await;
    let target = &told["targets"][0];
    assert_eq!(target["to"], json!(ECHO_LINE));
    assert!(target["label"].as_str().unwrap().starts_with("Callab's echo line"));
    assert_eq!((&told["limitPerHour"], &told["leftThisHour"]), (&json!(5), &json!(5)));
    assert_eq!(told["maxSeconds"], json!(60));
    let cost = &told["estimatedCost"];
    assert!(cost["amount"].as_str().unwrap().parse::<f64>().unwrap() > 0.0, "{cost}");
    assert_eq!(cost["currency"].as_str().unwrap().len(), 3);

    let input = json!({ "phoneNumberId": number, "kind": "AWAIT_INBOUND" });
    let payload = app.owner().done("startTestCall", "testCall { id }", input).await;
    let cancel = json!({ "testCallId": payload["testCall"]["id"] });
    app.owner().done("cancelTestCall", "testCall { id }", cancel).await;
    app.run_jobs().await;
    assert_eq!(plan(&support, &number).await["leftThisHour"], json!(4));
    app.clock.advance(TimeDelta::hours(1));
    assert_eq!(plan(&support, &number).await["leftThisHour"], json!(5));

    let other = app.client(Some("b"), "owner");
    assert_eq!(plan(&other, &number).await, Value::Null);
    assert_eq!(plan(&support, &Ids::that_never_existed().number).await, Value::Null);
    assert_eq!(plan(&support, "nonsense").await, Value::Null);
}

#[tokio::test]
async fn without_a_price_of_twilios_there_is_a_plan_all_the_same() {
    let (app, _, number) = ready().await;
    let refused = FaultKind::Status {
        status: 503,
        code: 20500,
        message: String::new(),
    };
    app.sim.fail(Fault {
        on: Match::default(),
        times: None,
        kind: refused,
    });
    let told = plan(&app.owner(), &number).await;
    assert_eq!(
        (&told["estimatedCost"], &told["leftThisHour"]),
        (&Value::Null, &json!(5))
    );
}

#[tokio::test]
async fn staff_call_callabs_own_lines_only() {
    let (app, _, number) = ready().await;
    let second = "+14155550102";
    app.add(&app.owner(), second, "Second").await;
    let call = |to: Option<&str>| json!({ "phoneNumberId": number, "kind": "OUTBOUND", "to": to });
    for role in ["support", "lead"] {
        let refused = app
            .client(None, role)
            .refused("startTestCall", call(Some(second)))
            .await;
        assert_eq!(
            refused,
            [("DESTINATION_NOT_ALLOWED".to_owned(), Some("to".to_owned()))],
            "{role}"
        );
    }
    let support = app.client(None, "support");
    support
        .done("startTestCall", "testCall { id }", call(Some(ECHO_LINE)))
        .await;
    app.run_jobs().await;
}
