//! Two calls bound together: `<Dial>`, and one number of this Twilio calling another.

use std::time::Duration;

use callab_twilio_sim::{CallDirection, CallStatus, HangUp, Phone};

use super::customer::{Agent, Customer};
use super::server::Server;

const CALLER: &str = "+14155550199";
const NUMBER: &str = "+14155550100";
const OTHER: &str = "+14155550101";

async fn answered_by(server: &Server, twiml: &str) -> (callab_twilio_sim::SimAccount, Customer) {
    let (account, pn) = server.account();
    let customer = Customer::start(&account.auth_token).await;
    customer.says("/voice", twiml);
    customer.says("/after", "<Response/>");
    server
        .sim
        .change_number(&pn, |number| number.voice_url = customer.at("/voice"));
    server.sim.phone(
        CALLER,
        Phone::Answers {
            after: Duration::ZERO,
            talks: Duration::from_mins(1),
        },
    );
    (account, customer)
}

#[tokio::test]
async fn a_sip_agent_is_dialled_and_the_result_goes_to_the_action() {
    let server = Server::start().await;
    let twiml = "<Response><Dial answerOnBridge='true' action='/after'>\
        <Sip statusCallback='/leg' statusCallbackEvent='ringing answered completed'>sip:agent@pbx.example.com;transport=tls?X-Ref=1</Sip></Dial></Response>";
    let (account, customer) = answered_by(&server, twiml).await;
    server.sim.phone(
        "sip:agent@pbx.example.com",
        Phone::Answers {
            after: Duration::ZERO,
            talks: Duration::from_millis(10),
        },
    );
    let call = server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;
    assert_eq!((call.status, call.hung_up_by), (CallStatus::Completed, None));

    let child = server
        .sim
        .calls(&account.sid)
        .into_iter()
        .find(|c| c.direction == CallDirection::OutboundDial)
        .unwrap();
    assert_eq!(
        (child.parent_call_sid.as_deref(), child.hung_up_by),
        (Some(call.sid.as_str()), Some(HangUp::Callee))
    );
    assert_eq!((child.from.as_str(), child.status), (CALLER, CallStatus::Completed));
    let after = &customer.received_at("/after")[0].parameters;
    assert_eq!(
        (after.get("DialCallStatus"), after.get("DialCallSid")),
        (Some("completed"), Some(child.sid.as_str()))
    );
    assert_eq!(after.get("DialCallDuration"), Some("1"));
    let leg = customer.received_at("/leg");
    assert_eq!(
        leg.iter()
            .map(|r| r.parameters.get("CallStatus").unwrap())
            .collect::<Vec<_>>(),
        ["ringing", "in-progress", "completed"]
    );
    assert!(
        leg.iter()
            .all(|r| r.signed && r.parameters.get("ParentCallSid") == Some(&call.sid))
    );
}

#[tokio::test]
async fn a_dialled_number_that_does_not_answer_lets_the_call_go_on() {
    let server = Server::start().await;
    let (_, customer) = answered_by(
        &server,
        "<Response><Dial action='/after'>+14155550188</Dial></Response>",
    )
    .await;
    for (phone, status) in [
        (Phone::Busy, "busy"),
        (Phone::NoAnswer, "no-answer"),
        (Phone::Rejects { sip_code: 503 }, "failed"),
    ] {
        server.sim.phone("+14155550188", phone);
        let call = server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;
        assert_eq!(call.status, CallStatus::Completed);
        let after = customer.received_at("/after").pop().unwrap().parameters;
        assert_eq!(
            (after.get("DialCallStatus"), after.get("DialCallDuration")),
            (Some(status), None)
        );
    }
}

#[tokio::test]
async fn what_may_not_be_dialled_is_noted_in_dials_own_codes() {
    let server = Server::start().await;
    let (account, customer) = answered_by(&server, "<Response/>").await;
    server.sim.set_blocked_countries(&account.sid, &["GB"]);
    for (attributes, to, code) in [
        ("", "5550", 13223),
        ("", "+442071838750", 13227),
        ("callerId='+14155550177'", "+14155550188", 13214),
    ] {
        customer.says(
            "/voice",
            &format!("<Response><Dial {attributes}>{to}</Dial><Say>Sorry</Say></Response>"),
        );
        let call = server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;
        assert_eq!((call.error_codes(), call.verbs()), (vec![code], vec!["Dial", "Say"]));
    }
}

#[tokio::test]
async fn a_caller_who_hangs_up_takes_the_dialled_call_along() {
    let server = Server::start().await;
    let (account, _) = answered_by(
        &server,
        "<Response><Dial answerOnBridge='true'>+14155550188</Dial></Response>",
    )
    .await;
    server.sim.phone(
        "+14155550188",
        Phone::Answers {
            after: Duration::ZERO,
            talks: Duration::from_mins(1),
        },
    );
    let sid = server.sim.ring(CALLER, NUMBER);
    server
        .sim
        .wait_for_call(&sid, |call| call.status == CallStatus::InProgress)
        .await;
    server.sim.hang_up(&sid);
    assert_eq!(server.sim.call_finished(&sid).await.hung_up_by, Some(HangUp::Caller));
    let child = server.sim.calls(&account.sid).pop().unwrap();
    assert_eq!(child.parent_call_sid, Some(sid));
    assert_eq!(
        server.sim.call_finished(&child.sid).await.hung_up_by,
        Some(HangUp::Caller)
    );
}

#[tokio::test]
async fn one_number_calls_another_and_both_ends_are_in_the_log() {
    let server = Server::start().await;
    let (account, customer) = answered_by(&server, "<Response/>").await;
    customer.set_agent(Agent::ClosesAfter(2));
    customer.says(
        "/voice",
        &format!(
            "<Response><Connect><Stream url='{}'/></Connect></Response>",
            customer.agent_url()
        ),
    );
    server.number(&account, OTHER);
    let form = [
        ("To", NUMBER),
        ("From", OTHER),
        ("Twiml", "<Response><Pause length='60000'/></Response>"),
        ("TimeLimit", "2"),
    ];
    let (_, created) = server.post(&account, "/Calls.json", &form).await;
    let outbound = server.sim.call_finished(created["sid"].as_str().unwrap()).await;
    assert_eq!(
        (outbound.status, outbound.hung_up_by),
        (CallStatus::Completed, Some(HangUp::Callee))
    );
    let inbound = server.sim.calls(&account.sid).pop().unwrap();
    assert_eq!(
        (inbound.direction, inbound.from.as_str(), inbound.status),
        (CallDirection::Inbound, OTHER, CallStatus::Completed)
    );
    assert_eq!(inbound.streams.len(), 1);

    customer.says("/voice", "<Response><Reject reason='busy'/></Response>");
    let (_, created) = server.post(&account, "/Calls.json", &form).await;
    assert_eq!(
        server.sim.call_finished(created["sid"].as_str().unwrap()).await.status,
        CallStatus::Busy
    );
}
