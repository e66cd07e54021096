//! Borrow and return (promises 2 and 3): what is written at Twilio, what is given back, and what is left alone.

use callab_tests::TestApp;
use chrono::TimeDelta;
use serde_json::{Value, json};
use twilio_sim::{Fault, FaultKind, Match, SimAccount, SimNumber, scenario};

fn at_twilio(app: &TestApp, account: &SimAccount, number: &str) -> SimNumber {
    app.sim
        .numbers(&account.sid)
        .into_iter()
        .find(|n| n.phone_number == number)
        .expect("the number is there")
}

/// The fields that decide who gets the calls.
fn routing_of(n: &SimNumber) -> [String; 9] {
    [
        &n.voice_url,
        &n.voice_method,
        &n.voice_fallback_url,
        &n.voice_fallback_method,
        &n.status_callback,
        &n.status_callback_method,
        &n.voice_application_sid,
        &n.trunk_sid,
        &n.voice_receive_mode,
    ]
    .map(Clone::clone)
}

/// A number of `account` in use, and an agent.
async fn ready(app: &TestApp, account: &SimAccount, number: &str) -> (String, String) {
    let owner = app.owner();
    app.connect(&owner, account).await;
    let id = app.add(&owner, number, "Main").await;
    (id, app.agent(&owner, "a1", "wss://media.example/a").await)
}

/// What was sent to change numbers since `mark`: paths and forms.
fn writes(app: &TestApp, mark: usize) -> Vec<Vec<String>> {
    let changes = app
        .sim
        .requests_since(mark)
        .into_iter()
        .filter(|r| r.method == "POST" && r.path.contains("IncomingPhoneNumbers"));
    changes
        .map(|r| r.form.0.iter().map(|(name, value)| format!("{name}={value}")).collect())
        .collect()
}

#[tokio::test]
async fn the_plan_shows_the_exact_writes_and_then_they_are_made() {
    let app = TestApp::start().await;
    let account = scenario::answered_elsewhere(&app.sim);
    let (number, agent) = ready(&app, &account, "+15035550140").await;
    let owner = app.owner();
    let mark = app.sim.count_requests();
    let document = "query($n: ID!, $a: ID!) { routingPlan(phoneNumberId: $n, agentId: $a) { \
                    plan { planId warnings writes { field from to } } userErrors { code } } }";
    let data = owner.ask(document, json!({ "n": number, "a": agent })).await;
    let plan = &data["routingPlan"]["plan"];
    assert_eq!(plan["warnings"], json!(["ANSWERED_ELSEWHERE"]));
    assert!(writes(&app, mark).is_empty(), "a plan writes nothing");
    let planned: Vec<&Value> = plan["writes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|write| &write["field"])
        .collect();
    assert_eq!(planned, ["voice_url", "voice_fallback_url", "status_callback"]);

    let input = json!({ "phoneNumberId": number, "agentId": agent, "direction": "INBOUND", "planId": plan["planId"] });
    owner.done("assignAgent", "assignment { id }", input).await;
    assert_eq!(app.number(&owner, &number, "routing").await["routing"], "APPLYING");
    app.run_jobs().await;
    assert_eq!(app.number(&owner, &number, "routing").await["routing"], "OURS");
    let now = at_twilio(&app, &account, "+15035550140");
    for write in plan["writes"].as_array().unwrap() {
        let there = match write["field"].as_str().unwrap() {
            "voice_url" => &now.voice_url,
            "voice_fallback_url" => &now.voice_fallback_url,
            _ => &now.status_callback,
        };
        assert_eq!(write["to"], json!(there));
    }
    assert_eq!(now.voice_fallback_url, format!("{}/twilio/v1/fallback", app.url));
    assert_eq!(
        now.sms_url, "https://ivr.example.com/sms",
        "SMS settings are never touched"
    );
    assert_eq!(
        now.friendly_name,
        at_twilio(&app, &account, "+15035550140").friendly_name
    );
    let sent = writes(&app, mark);
    assert_eq!(sent.len(), 1);
    assert!(
        sent[0]
            .iter()
            .all(|field| !field.starts_with("Sms") && !field.starts_with("FriendlyName")),
        "{sent:?}"
    );
}

#[tokio::test]
async fn a_trunk_is_warned_of_cleared_and_given_back() {
    let app = TestApp::start().await;
    let account = scenario::on_a_trunk(&app.sim);
    let (number, agent) = ready(&app, &account, "+12025550130").await;
    let owner = app.owner();
    let before = routing_of(&at_twilio(&app, &account, "+12025550130"));
    let document = "query($n: ID!, $a: ID!) { routingPlan(phoneNumberId: $n, agentId: $a) { plan { warnings } } }";
    let data = owner.ask(document, json!({ "n": number, "a": agent })).await;
    assert_eq!(
        data["routingPlan"]["plan"]["warnings"],
        json!(["ON_TRUNK", "ANSWERED_ELSEWHERE"])
    );
    app.assign(&owner, &number, &agent, "INBOUND").await;
    let ours = at_twilio(&app, &account, "+12025550130");
    assert_eq!(
        (ours.trunk_sid.as_str(), ours.voice_url.starts_with(&app.url)),
        ("", true)
    );
    owner
        .done(
            "unassignAgent",
            "phoneNumber { routing }",
            json!({ "phoneNumberId": number, "direction": "INBOUND" }),
        )
        .await;
    app.run_jobs().await;
    assert_eq!(routing_of(&at_twilio(&app, &account, "+12025550130")), before);
    assert_eq!(
        app.number(&owner, &number, "state routing borrowedRouting { voiceUrl }")
            .await,
        json!({ "state": "ADDED", "routing": "NOT_OURS", "borrowedRouting": null })
    );
}

#[tokio::test]
async fn an_application_is_cleared_and_given_back() {
    let app = TestApp::start().await;
    let account = scenario::answered_elsewhere(&app.sim);
    let (number, agent) = ready(&app, &account, "+15035550141").await;
    let owner = app.owner();
    let before = routing_of(&at_twilio(&app, &account, "+15035550141"));
    app.assign(&owner, &number, &agent, "INBOUND").await;
    assert_eq!(at_twilio(&app, &account, "+15035550141").voice_application_sid, "");
    owner
        .done(
            "removePhoneNumber",
            "phoneNumber { state }",
            json!({ "phoneNumberId": number }),
        )
        .await;
    app.run_jobs().await;
    assert_eq!(routing_of(&at_twilio(&app, &account, "+15035550141")), before);
}

#[tokio::test]
async fn a_plan_that_is_out_of_date_is_refused_with_a_new_one() {
    let app = TestApp::start().await;
    let account = scenario::answered_elsewhere(&app.sim);
    let (number, agent) = ready(&app, &account, "+15035550140").await;
    let owner = app.owner();
    let document = "query($n: ID!, $a: ID!) { routingPlan(phoneNumberId: $n, agentId: $a) { plan { planId } } }";
    let data = owner.ask(document, json!({ "n": number, "a": agent })).await;
    let agreed = data["routingPlan"]["plan"]["planId"].clone();
    let sid = at_twilio(&app, &account, "+15035550140").sid;
    app.sim
        .change_number(&sid, |n| n.voice_url = "https://someone.example/else".into());
    let mark = app.sim.count_requests();
    let input = json!({ "phoneNumberId": number, "agentId": agent, "direction": "INBOUND", "planId": agreed });
    let payload = owner
        .mutate(
            "assignAgent",
            "assignment { id } newPlan { planId writes { field from } }",
            input.clone(),
        )
        .await;
    assert_eq!(
        (&payload["assignment"], &payload["userErrors"][0]["code"]),
        (&Value::Null, &json!("ROUTING_CHANGED"))
    );
    assert_eq!(
        payload["newPlan"]["writes"][0],
        json!({ "field": "voice_url", "from": "https://someone.example/else" })
    );
    app.run_jobs().await;
    assert!(writes(&app, mark).is_empty());
    let mut input = input;
    input["planId"] = payload["newPlan"]["planId"].clone();
    owner.done("assignAgent", "assignment { id }", input).await;
}

#[tokio::test]
async fn an_outbound_assignment_writes_nothing_and_another_agent_needs_no_write() {
    let app = TestApp::start().await;
    let account = scenario::healthy(&app.sim);
    let (number, agent) = ready(&app, &account, "+14155550101").await;
    let owner = app.owner();
    let mark = app.sim.count_requests();
    app.assign(&owner, &number, &agent, "OUTBOUND").await;
    assert!(writes(&app, mark).is_empty());
    app.assign(&owner, &number, &agent, "INBOUND").await;
    assert_eq!(writes(&app, mark).len(), 1);
    let other = app.agent(&owner, "a2", "sip:agent@pbx.example").await;
    app.assign(&owner, &number, &other, "INBOUND").await;
    assert_eq!(writes(&app, mark).len(), 1, "the number leads to us already");
    let fields = "inboundAssignment { agent { externalId } } outboundAssignment { agent { externalId } }";
    assert_eq!(
        app.number(&owner, &number, fields).await,
        json!({ "inboundAssignment": { "agent": { "externalId": "a2" } }, "outboundAssignment": { "agent": { "externalId": "a1" } } })
    );
    let refused = owner.refused("removeAgent", json!({ "agentId": other })).await;
    assert_eq!(refused, [("AGENT_IN_USE".to_owned(), Some("agentId".to_owned()))]);
}

/// Promise 2: a customer who moved on by changing the voice URL must not get the old trunk back over it.
#[tokio::test]
async fn a_group_that_someone_changed_is_left_and_reported() {
    let app = TestApp::start().await;
    let account = scenario::on_a_trunk(&app.sim);
    let (number, agent) = ready(&app, &account, "+12025550130").await;
    let owner = app.owner();
    app.assign(&owner, &number, &agent, "INBOUND").await;
    let sid = at_twilio(&app, &account, "+12025550130").sid;
    app.sim
        .change_number(&sid, |n| n.voice_url = "https://new.example/voice".into());
    owner
        .done(
            "removePhoneNumber",
            "phoneNumber { state }",
            json!({ "phoneNumberId": number }),
        )
        .await;
    app.run_jobs().await;
    let now = at_twilio(&app, &account, "+12025550130");
    assert_eq!(
        (now.voice_url.as_str(), now.trunk_sid.as_str()),
        ("https://new.example/voice", "")
    );
    assert_eq!(
        (now.voice_fallback_url.as_str(), now.status_callback.as_str()),
        ("", ""),
        "the other groups came back"
    );
    let told = app
        .number(&owner, &number, "state routing routingProblem { code }")
        .await;
    assert_eq!(
        told,
        json!({ "state": "REMOVED", "routing": "NOT_OURS", "routingProblem": { "code": "CHANGED_BY_SOMEONE_ELSE" } })
    );
}

/// Promise 3: removal works with dead credentials, says what is left, and tries again when working ones return.
#[tokio::test]
async fn removal_works_with_dead_credentials_and_the_routing_comes_back_later() {
    let app = TestApp::start().await;
    let account = scenario::answered_elsewhere(&app.sim);
    let (number, agent) = ready(&app, &account, "+15035550140").await;
    let owner = app.owner();
    let before = routing_of(&at_twilio(&app, &account, "+15035550140"));
    app.assign(&owner, &number, &agent, "INBOUND").await;
    let new = app.sim.rotate_token(&account.sid);
    let payload = owner
        .done(
            "removePhoneNumber",
            "phoneNumber { state routing }",
            json!({ "phoneNumberId": number }),
        )
        .await;
    assert_eq!(
        payload["phoneNumber"],
        json!({ "state": "REMOVED", "routing": "RETURN_PENDING" })
    );
    app.run_jobs().await;
    let told = app
        .number(&owner, &number, "routing routingProblem { code twilioCode }")
        .await;
    assert_eq!(
        told,
        json!({ "routing": "RETURN_BLOCKED", "routingProblem": { "code": "CREDENTIALS_REJECTED", "twilioCode": 20003 } })
    );

    let accounts = owner.ask("{ twilioAccounts { nodes { id } } }", json!({})).await;
    let id = &accounts["twilioAccounts"]["nodes"][0]["id"];
    owner
        .done(
            "updateTwilioAccount",
            "account { id }",
            json!({ "accountId": id, "authToken": new }),
        )
        .await;
    app.run_jobs().await;
    assert_eq!(routing_of(&at_twilio(&app, &account, "+15035550140")), before);
    assert_eq!(
        app.number(&owner, &number, "routing routingProblem { code }").await,
        json!({ "routing": "NOT_OURS", "routingProblem": null })
    );
    assert_eq!(app.sim.count_requests_to("DELETE", ""), 0, "a number is never released");
}

#[tokio::test]
async fn disconnecting_gives_every_number_back_and_releases_none() {
    let app = TestApp::start().await;
    let account = scenario::answered_elsewhere(&app.sim);
    let (number, agent) = ready(&app, &account, "+15035550140").await;
    let owner = app.owner();
    let before = routing_of(&at_twilio(&app, &account, "+15035550140"));
    app.assign(&owner, &number, &agent, "INBOUND").await;
    let accounts = owner.ask("{ twilioAccounts { nodes { id } } }", json!({})).await;
    let id = &accounts["twilioAccounts"]["nodes"][0]["id"];
    owner
        .done(
            "disconnectTwilioAccount",
            "account { state }",
            json!({ "accountId": id }),
        )
        .await;
    app.run_jobs().await;
    assert_eq!(routing_of(&at_twilio(&app, &account, "+15035550140")), before);
    assert_eq!(app.sim.count_requests_to("DELETE", ""), 0);
}

/// A silence is tried again; nothing is half-written without being said.
#[tokio::test]
async fn a_write_that_twilio_leaves_unanswered_is_tried_again_and_borrows_once() {
    let app = TestApp::start().await;
    let account = scenario::answered_elsewhere(&app.sim);
    let (number, agent) = ready(&app, &account, "+15035550140").await;
    let owner = app.owner();
    let before = routing_of(&at_twilio(&app, &account, "+15035550140"));
    let on = Match {
        method: Some("POST".into()),
        path: Some("IncomingPhoneNumbers".into()),
        account: None,
    };
    app.sim.fail(Fault {
        on,
        times: Some(1),
        kind: FaultKind::CutOffAfterEffect,
    });
    app.assign(&owner, &number, &agent, "INBOUND").await;
    let told = app.number(&owner, &number, "routing routingProblem { code }").await;
    assert_eq!(
        told,
        json!({ "routing": "APPLYING", "routingProblem": { "code": "TWILIO_UNREACHABLE" } })
    );
    app.pass(TimeDelta::minutes(5)).await;
    let told = app
        .number(
            &owner,
            &number,
            "routing routingProblem { code } borrowedRouting { voiceUrl }",
        )
        .await;
    assert_eq!(told["routing"], "OURS");
    assert_eq!(
        told["borrowedRouting"]["voiceUrl"], "https://ivr.example.com/voice",
        "never borrowed from a routing that is ours"
    );
    owner
        .done(
            "removePhoneNumber",
            "phoneNumber { state }",
            json!({ "phoneNumberId": number }),
        )
        .await;
    app.run_jobs().await;
    assert_eq!(routing_of(&at_twilio(&app, &account, "+15035550140")), before);
}

#[tokio::test]
async fn an_assignment_that_ends_before_its_write_is_not_written() {
    let app = TestApp::start().await;
    let account = scenario::answered_elsewhere(&app.sim);
    let (number, agent) = ready(&app, &account, "+15035550140").await;
    let owner = app.owner();
    let before = routing_of(&at_twilio(&app, &account, "+15035550140"));
    let input = json!({ "phoneNumberId": number, "agentId": agent, "direction": "INBOUND" });
    owner.done("assignAgent", "assignment { id }", input).await;
    owner
        .done(
            "unassignAgent",
            "phoneNumber { id }",
            json!({ "phoneNumberId": number, "direction": "INBOUND" }),
        )
        .await;
    app.run_jobs().await;
    assert_eq!(routing_of(&at_twilio(&app, &account, "+15035550140")), before);
    assert_eq!(app.number(&owner, &number, "routing").await["routing"], "NOT_OURS");
}

#[tokio::test]
async fn without_a_public_address_or_with_anothers_nothing_is_assigned() {
    let nowhere = TestApp::start_with(|services| services.public_url = None).await;
    let account = scenario::healthy(&nowhere.sim);
    let (number, agent) = ready(&nowhere, &account, "+14155550101").await;
    let input = json!({ "phoneNumberId": number, "agentId": agent, "direction": "INBOUND" });
    assert_eq!(
        nowhere.owner().refused("assignAgent", input).await[0].0,
        "PUBLIC_URL_NOT_SET"
    );

    let elsewhere = TestApp::start_with(|services| {
        services.public_url = Some(domain::public_url::PublicUrl::new(
            "http://127.0.0.1:9",
            std::sync::Arc::new(Nobody),
        ));
    })
    .await;
    let account = scenario::healthy(&elsewhere.sim);
    let (number, agent) = ready(&elsewhere, &account, "+14155550101").await;
    let mut input = json!({ "phoneNumberId": number, "agentId": agent, "direction": "INBOUND" });
    assert_eq!(
        elsewhere.owner().refused("assignAgent", input.clone()).await[0].0,
        "PUBLIC_URL_NOT_OURS"
    );
    assert_eq!(at_twilio(&elsewhere, &account, "+14155550101").voice_url, "");
    input["publicUrlConfirmed"] = json!(true);
    elsewhere.owner().done("assignAgent", "assignment { id }", input).await;
}

#[derive(Debug)]
struct Nobody;

#[async_trait::async_trait]
impl domain::public_url::Reach for Nobody {
    async fn fetch(&self, _: &str) -> Result<String, String> {
        Ok("someone else".into())
    }
}
