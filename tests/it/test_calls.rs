//! Test calls: placed or awaited, step by step to a verdict, and at most one call.

use std::time::Duration;

use callab_tests::app::ECHO_LINE;
use callab_tests::{Client, TestAgent, TestApp};
use chrono::TimeDelta;
use serde_json::{Value, json};
use twilio_sim::{Fault, FaultKind, Match, Phone, SimAccount, scenario};

const NUMBER: &str = "+14155550101";

async fn ready() -> (TestApp, SimAccount, String) {
    let app = TestApp::start().await;
    let account = scenario::healthy(&app.sim);
    app.connect(&app.owner(), &account).await;
    let number = app.add(&app.owner(), NUMBER, "Main").await;
    (app, account, number)
}

async fn start(client: &Client, number: &str, to: Option<&str>) -> String {
    let input = json!({ "phoneNumberId": number, "kind": "OUTBOUND", "to": to });
    let payload = client.done("startTestCall", "testCall { id verdict }", input).await;
    assert_eq!(payload["testCall"]["verdict"], Value::Null);
    payload["testCall"]["id"].as_str().unwrap().to_owned()
}

async fn test(app: &TestApp, id: &str) -> Value {
    let document = "query($id: ID!) { testCall(id: $id) { verdict failedStep twilioCode failedCheck error { text } prices { amount currency } callerCall { sid } call { sid price { amount currency } } \
                    steps { name state code detail } } }";
    app.owner().ask(document, json!({ "id": id })).await["testCall"].clone()
}

/// Runs the jobs until the test has a verdict.
async fn verdict(app: &TestApp, id: &str) -> Value {
    app.until("a verdict", async || {
        Some(test(app, id).await).filter(|test| !test["verdict"].is_null())
    })
    .await
}

/// Someone who talks for long enough that the agent is there, on a busy machine too.
fn patient() -> Phone {
    Phone::Answers {
        after: Duration::from_millis(5),
        talks: Duration::from_secs(1),
    }
}

#[tokio::test]
async fn an_outbound_test_passes_step_by_step() {
    let (app, account, number) = ready().await;
    let agent = TestAgent::start().await.unwrap();
    let id = app.agent(&app.owner(), "a1", agent.url()).await;
    app.assign(&app.owner(), &number, &id, "OUTBOUND").await;
    app.sim.phone(ECHO_LINE, patient());
    let id = start(&app.owner(), &number, None).await;
    let ended = verdict(&app, &id).await;
    assert_eq!(ended["verdict"], "PASS", "{ended}");
    let steps: Vec<_> = ended["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (s["name"].as_str().unwrap(), s["state"].as_str().unwrap()))
        .collect();
    let names = [
        "PREFLIGHT",
        "CREATED",
        "RINGING",
        "ANSWERED",
        "AGENT_CONNECTED",
        "COMPLETED",
        "FOUND_IN_LOG",
    ];
    assert_eq!(steps, names.map(|name| (name, "PASS")));
    assert_eq!(agent.calls().len(), 1);
    let calls = app.sim.calls(&account.sid);
    assert_eq!(
        (calls.len(), calls[0].from.as_str(), calls[0].to.as_str()),
        (1, NUMBER, ECHO_LINE)
    );
}

#[tokio::test]
async fn the_step_that_stopped_it_and_twilios_code_are_told() {
    let (app, account, number) = ready().await;
    app.sim.phone(ECHO_LINE, Phone::Busy);
    let id = start(&app.owner(), &number, None).await;
    let ended = verdict(&app, &id).await;
    assert_eq!(
        (&ended["verdict"], &ended["failedStep"], &ended["twilioCode"]),
        (&json!("FAIL"), &json!("ANSWERED"), &json!(486))
    );

    // Before it costs money Twilio is asked whether the country may be called; where it does not say, its refusal does.
    app.sim.set_blocked_countries(&account.sid, &["US"]);
    let id = start(&app.owner(), &number, None).await;
    let ended = verdict(&app, &id).await;
    assert_eq!(
        (&ended["verdict"], &ended["failedStep"], &ended["failedCheck"]),
        (&json!("FAIL"), &json!("PREFLIGHT"), &json!("GEO_PERMISSION"))
    );
    assert_eq!(app.sim.calls(&account.sid).len(), 1, "it was not placed");
    app.sim.fail(Fault {
        on: Match {
            method: None,
            path: Some("DialingPermissions".into()),
            account: None,
        },
        times: None,
        kind: FaultKind::Status {
            status: 503,
            code: 20503,
            message: "down".into(),
        },
    });
    let id = start(&app.owner(), &number, None).await;
    let ended = verdict(&app, &id).await;
    assert_eq!(
        (
            &ended["verdict"],
            &ended["failedStep"],
            &ended["twilioCode"],
            &ended["failedCheck"]
        ),
        (
            &json!("FAIL"),
            &json!("CREATED"),
            &json!(21215),
            &json!("GEO_PERMISSION")
        )
    );
    let sentence = ended["error"]["text"].as_str().unwrap();
    assert!(sentence.contains("Geo permissions"), "{sentence}");
}

#[tokio::test]
async fn the_preflight_stops_a_call_that_cannot_work_before_it_costs_money() {
    let (app, account, number) = ready().await;
    app.sim.set_status(&account.sid, twilio_sim::AccountStatus::Suspended);
    let id = start(&app.owner(), &number, None).await;
    let ended = verdict(&app, &id).await;
    assert_eq!(
        (&ended["verdict"], &ended["failedStep"]),
        (&json!("FAIL"), &json!("PREFLIGHT"))
    );
    assert_eq!(app.sim.count_requests_to("POST", "Calls"), 0);
}

#[tokio::test]
async fn only_agreed_destinations_are_called_and_only_so_often() {
    let (app, account, number) = ready().await;
    let owner = app.owner();
    let to = |to: &str| json!({ "phoneNumberId": number, "kind": "OUTBOUND", "to": to });
    for (destination, code) in [
        ("+14155550188", "DESTINATION_NOT_ALLOWED"),
        (NUMBER, "DESTINATION_NOT_ALLOWED"),
        ("0171 55", "NUMBER_MALFORMED"),
    ] {
        assert_eq!(
            owner.refused("startTestCall", to(destination)).await,
            [(code.to_owned(), Some("to".to_owned()))]
        );
    }
    let verified = twilio_sim::SimCallerId {
        sid: "PN00000000000000000000000000000188".into(),
        phone_number: "+14155550188".into(),
    };
    app.sim.change_account(&account.sid, |a| a.caller_ids.push(verified));
    let id = start(&owner, &number, Some("+14155550188")).await;
    assert_eq!(
        owner.refused("startTestCall", to(ECHO_LINE)).await[0].0,
        "TEST_CALL_RUNNING"
    );
    verdict(&app, &id).await;
    let own = app.add(&owner, "+14155550102", "Second").await;
    start(&owner, &own, Some(NUMBER)).await;
    for _ in 0..4 {
        let id = start(&owner, &number, None).await;
        verdict(&app, &id).await;
    }
    assert_eq!(
        owner.refused("startTestCall", to(ECHO_LINE)).await[0].0,
        "TEST_CALL_LIMIT"
    );
    app.clock.advance(TimeDelta::hours(1));
    start(&owner, &number, None).await;
}

/// Promise 4: a call whose answer was lost is found again, not placed again.
#[tokio::test]
async fn a_lost_answer_does_not_place_a_second_call() {
    let (app, account, number) = ready().await;
    let on = Match {
        method: Some("POST".into()),
        path: Some("Calls".into()),
        account: None,
    };
    for kind in [FaultKind::CutOffAfterEffect, FaultKind::BrokenJson] {
        app.sim.fail(Fault {
            on: on.clone(),
            times: Some(1),
            kind: kind.clone(),
        });
        let id = start(&app.owner(), &number, None).await;
        let ended = verdict(&app, &id).await;
        assert_eq!(ended["verdict"], "PASS", "{kind:?} {ended}");
    }
    assert_eq!(app.sim.calls(&account.sid).len(), 2);
}

/// Promise 4: a request that never reached Twilio is sent again; a 5xx is not.
#[tokio::test]
async fn only_what_twilio_cannot_have_received_is_sent_again() {
    let (app, account, number) = ready().await;
    let on = Match {
        method: Some("POST".into()),
        path: Some("Calls".into()),
        account: None,
    };
    app.sim.fail(Fault {
        on: on.clone(),
        times: Some(3),
        kind: FaultKind::RateLimited { retry_after: None },
    });
    let id = start(&app.owner(), &number, None).await;
    assert_eq!(verdict(&app, &id).await["verdict"], "PASS");
    assert_eq!(app.sim.calls(&account.sid).len(), 1);

    let posted = app.sim.count_requests_to("POST", "Calls");
    let kind = FaultKind::Status {
        status: 500,
        code: 20500,
        message: "down".into(),
    };
    app.sim.fail(Fault {
        on,
        times: Some(1),
        kind,
    });
    let id = start(&app.owner(), &number, None).await;
    let ended = verdict(&app, &id).await;
    assert_eq!(
        (&ended["verdict"], &ended["failedStep"]),
        (&json!("UNKNOWN"), &json!("CREATED")),
        "{ended}"
    );
    assert_eq!(app.sim.count_requests_to("POST", "Calls"), posted + 1, "posted once");
}

#[tokio::test]
async fn an_awaited_call_proves_the_way_in() {
    let (app, _, number) = ready().await;
    let agent = TestAgent::start().await.unwrap();
    let id = app.agent(&app.owner(), "a1", agent.url()).await;
    app.assign(&app.owner(), &number, &id, "INBOUND").await;
    let input = json!({ "phoneNumberId": number, "kind": "AWAIT_INBOUND" });
    let payload = app
        .owner()
        .done("startTestCall", "testCall { id expiresAt }", input.clone())
        .await;
    let id = payload["testCall"]["id"].as_str().unwrap().to_owned();
    app.pass(TimeDelta::minutes(2)).await;
    assert_eq!(test(&app, &id).await["verdict"], Value::Null, "it waits");
    let call = app.sim.ring("+14155550177", NUMBER);
    app.sim.call_finished(&call).await;
    let ended = verdict(&app, &id).await;
    assert_eq!(
        (&ended["verdict"], &ended["call"]["sid"]),
        (&json!("PASS"), &json!(call)),
        "{ended}"
    );

    let payload = app.owner().done("startTestCall", "testCall { id }", input).await;
    let id = payload["testCall"]["id"].as_str().unwrap().to_owned();
    app.pass(TimeDelta::minutes(10)).await;
    let ended = test(&app, &id).await;
    assert_eq!(
        (&ended["verdict"], &ended["failedStep"]),
        (&json!("UNKNOWN"), &json!("WEBHOOK_RECEIVED")),
        "nobody called"
    );
}

#[tokio::test]
async fn a_test_is_called_off_and_its_call_is_hung_up() {
    let (app, account, number) = ready().await;
    app.sim.hold_calls(&account.sid);
    let id = start(&app.owner(), &number, None).await;
    app.run_jobs().await;
    let payload = app
        .owner()
        .done("cancelTestCall", "testCall { verdict }", json!({ "testCallId": id }))
        .await;
    assert_eq!(payload["testCall"]["verdict"], "CANCELED");
    app.run_jobs().await;
    assert_eq!(
        app.owner().refused("cancelTestCall", json!({ "testCallId": id })).await[0].0,
        "ALREADY_ENDED"
    );
    app.sim.release_calls(&account.sid);
    let sid = app.sim.calls(&account.sid)[0].sid.clone();
    assert!(
        app.sim.call_finished(&sid).await.verbs().is_empty(),
        "nobody was called"
    );
}

async fn start_inbound(app: &TestApp, number: &str, from: &str) -> String {
    let input = json!({ "phoneNumberId": number, "kind": "INBOUND", "fromPhoneNumberId": from });
    let payload = app
        .owner()
        .done("startTestCall", "testCall { id verdict }", input)
        .await;
    payload["testCall"]["id"].as_str().unwrap().to_owned()
}

/// A number with an agent on this machine, and a second number of the same account.
async fn ready_for_inbound() -> (TestApp, SimAccount, TestAgent, String, String) {
    let (app, account, number) = ready().await;
    let agent = TestAgent::start().await.unwrap();
    let id = app.agent(&app.owner(), "a1", agent.url()).await;
    app.assign(&app.owner(), &number, &id, "INBOUND").await;
    let second = app.add(&app.owner(), "+14155550102", "Second").await;
    (app, account, agent, number, second)
}

#[tokio::test]
async fn a_second_number_proves_the_way_in_by_both_of_its_legs() {
    let (app, account, agent, number, second) = ready_for_inbound().await;
    let id = start_inbound(&app, &number, &second).await;
    let ended = verdict(&app, &id).await;
    assert_eq!(ended["verdict"], "PASS", "{ended}");
    let names: Vec<&str> = ended["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "PREFLIGHT",
            "CREATED",
            "WEBHOOK_RECEIVED",
            "AGENT_RESOLVED",
            "AGENT_CONNECTED",
            "ANSWERED",
            "COMPLETED",
            "FOUND_IN_LOG"
        ]
    );
    let calls = app.sim.calls(&account.sid);
    assert_eq!(calls.len(), 2);
    assert_eq!(
        (&ended["callerCall"]["sid"], &ended["call"]["sid"]),
        (&json!(calls[0].sid), &json!(calls[1].sid))
    );
    assert_eq!(agent.calls().len(), 1, "the second number has no agent in this");
    // Both legs are billed, and their prices are read soon after.
    for call in &calls {
        app.sim.call_rated(&call.sid).await;
    }
    app.pass(TimeDelta::minutes(1)).await;
    assert_eq!(test(&app, &id).await["prices"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_second_number_may_be_of_another_account_of_the_workspace_and_of_no_other() {
    let (app, _, agent, number, _) = ready_for_inbound().await;
    let other = scenario::answered_elsewhere(&app.sim);
    app.connect(&app.owner(), &other).await;
    let from = app.add(&app.owner(), "+15035550140", "Other account").await;
    let id = start_inbound(&app, &number, &from).await;
    let ended = verdict(&app, &id).await;
    assert_eq!(ended["verdict"], "PASS", "{ended}");
    assert_eq!((agent.calls().len(), app.sim.calls(&other.sid).len()), (1, 1));

    let stranger = app.client(Some("b"), "owner");
    let theirs = scenario::healthy(&app.sim);
    app.connect(&stranger, &theirs).await;
    let theirs = app.sim.numbers(&theirs.sid)[0].phone_number.clone();
    let theirs = app.add(&stranger, &theirs, "Theirs").await;
    let unused = app.number_id(&app.owner(), "+12125550103").await;
    for (from, code) in [
        (json!(null), "EMPTY"),
        (json!("nonsense"), "NOT_FOUND"),
        (json!(theirs), "NOT_FOUND"),
        (json!(number), "DESTINATION_NOT_ALLOWED"),
        (json!(unused), "NUMBER_NOT_ADDED"),
    ] {
        let input = json!({ "phoneNumberId": number, "kind": "INBOUND", "fromPhoneNumberId": from });
        assert_eq!(
            app.owner().refused("startTestCall", input).await,
            [(code.to_owned(), Some("fromPhoneNumberId".to_owned()))]
        );
    }
}

/// Each way that a call to a number can fail is told apart.
#[tokio::test]
async fn an_inbound_test_says_where_the_way_ends() {
    let (app, account, _, number, second) = ready_for_inbound().await;
    let failed = async |number: &str| {
        let id = start_inbound(&app, number, &second).await;
        let ended = verdict(&app, &id).await;
        assert_eq!(ended["verdict"], "FAIL", "{ended}");
        let of = |field: &str| ended[field].as_str().map(str::to_owned);
        (
            of("failedStep").unwrap(),
            ended["twilioCode"].as_i64(),
            of("failedCheck"),
        )
    };
    let step = |step: &str, code: Option<i64>, check: &str| (step.to_owned(), code, Some(check.to_owned()));

    for kind in [FaultKind::WrongSignature, FaultKind::DropWebhookSignature] {
        app.sim.fail(Fault {
            on: Match::default(),
            times: None,
            kind,
        });
        let told = failed(&number).await;
        app.sim.clear_faults();
        // The second number's own webhooks are refused, too: whichever is first, Twilio's code says that we did not answer.
        assert_eq!(told.2.as_deref(), Some("WEBHOOK_ANSWERED"), "{told:?}");
    }

    let sim_number = app
        .sim
        .numbers(&account.sid)
        .into_iter()
        .find(|sim| sim.phone_number == NUMBER)
        .unwrap();
    app.sim
        .change_number(&sim_number.sid, |sim| sim.voice_url = String::new());
    assert_eq!(failed(&number).await, step("WEBHOOK_RECEIVED", None, "ROUTING_OURS"));
    app.sim
        .change_number(&sim_number.sid, |sim| sim.voice_url = sim_number.voice_url.clone());

    app.clock.advance(TimeDelta::hours(1));
    let owner = app.owner();
    let dead = app.agent(&owner, "dead", "ws://127.0.0.1:9/agent").await;
    app.assign(&owner, &number, &dead, "INBOUND").await;
    let told = failed(&number).await;
    assert_eq!(
        (told.0.as_str(), told.2.as_deref()),
        ("AGENT_CONNECTED", Some("AGENT_REACHABLE")),
        "{told:?}"
    );
    assert!(told.1.is_some_and(|code| (31_900..32_000).contains(&code)), "{told:?}");
}

#[tokio::test]
async fn an_account_that_twilio_turns_callers_away_for_is_named() {
    let (app, account, _, number, _) = ready_for_inbound().await;
    let other = scenario::answered_elsewhere(&app.sim);
    app.connect(&app.owner(), &other).await;
    let from = app.add(&app.owner(), "+15035550140", "Other account").await;
    app.sim
        .set_suspended_form(&account.sid, twilio_sim::SuspendedForm::StatusOnly);
    app.sim.set_status(&account.sid, twilio_sim::AccountStatus::Suspended);
    let id = start_inbound(&app, &number, &from).await;
    let ended = verdict(&app, &id).await;
    assert_eq!(
        (&ended["verdict"], &ended["twilioCode"], &ended["failedCheck"]),
        (&json!("FAIL"), &json!(10003), &json!("CREDIT")),
        "{ended}"
    );
}
