//! Whole lives of inbound calls, against a customer's server that checks every signature.

use std::time::Duration;

use callab_twilio_sim::{AccountKind, AccountSpec, AccountStatus, CallEvent, CallStatus, HangUp, Phone};

use super::customer::{CALLER, NUMBER, answering};
use super::server::Server;

#[tokio::test]
async fn an_inbound_call_asks_for_twiml_obeys_it_and_tells_of_its_end() {
    let server = Server::start().await;
    let (account, pn, customer) = answering(&server).await;
    customer.says(
        "/voice",
        "<Response><Say>Hello</Say><Pause length='2'/><Redirect method='GET'>/next?y=1</Redirect></Response>",
    );
    customer.says(
        "/next",
        "<Response><Gather><Say>Press one</Say></Gather><Hangup/><Say>never</Say></Response>",
    );
    let call = server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;

    assert_eq!(call.status, CallStatus::Completed);
    assert_eq!(call.verbs(), ["Say", "Pause", "Redirect", "Say", "Gather", "Hangup"]);
    assert_eq!(
        (call.account_sid.as_str(), call.phone_number_sid.as_deref()),
        (account.sid.as_str(), Some(pn.as_str()))
    );
    assert_eq!(call.error_codes(), Vec::<u32>::new());
    let received = customer.received();
    let seen: Vec<_> = received
        .iter()
        .map(|r| (r.method.as_str(), r.path.split('?').next().unwrap(), r.signed))
        .collect();
    assert_eq!(
        seen,
        [
            ("POST", "/voice", true),
            ("GET", "/next", true),
            ("POST", "/status", true)
        ]
    );

    let asked = &received[0].parameters;
    for (name, value) in [
        ("CallSid", call.sid.as_str()),
        ("AccountSid", &account.sid),
        ("From", CALLER),
        ("To", NUMBER),
        ("Caller", CALLER),
        ("Called", NUMBER),
        ("CallStatus", "ringing"),
        ("Direction", "inbound"),
        ("ApiVersion", "2010-04-01"),
        ("FromCountry", "US"),
    ] {
        assert_eq!(asked.get(name), Some(value), "{name}");
    }
    assert_eq!(received[1].parameters.get("y"), Some("1"));
    assert_eq!(received[1].parameters.get("CallStatus"), Some("in-progress"));

    let told = &received[2].parameters;
    for (name, value) in [
        ("CallStatus", "completed"),
        ("CallDuration", "1"),
        ("Duration", "1"),
        ("SequenceNumber", "0"),
        ("CallbackSource", "call-progress-events"),
        ("Timestamp", "Sun, 01 Mar 2026 12:00:00 +0000"),
        ("SipResponseCode", "200"),
    ] {
        assert_eq!(told.get(name), Some(value), "{name}");
    }
    assert_eq!(
        server.sim.call_rated(&call.sid).await.price.as_deref(),
        Some("-0.00850")
    );
}

#[tokio::test]
async fn a_rejected_call_is_never_answered() {
    let server = Server::start().await;
    let (_, _, customer) = answering(&server).await;
    customer.says("/voice", "<Response><Reject reason='busy'/></Response>");
    let call = server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;
    assert_eq!(
        (call.status, call.answered_at, call.duration_seconds()),
        (CallStatus::Busy, None, None)
    );
    assert_eq!(
        customer.received_at("/status")[0].parameters.get("CallStatus"),
        Some("busy")
    );
}

#[tokio::test]
async fn trunk_goes_before_application_before_voice_url() {
    let server = Server::start().await;
    let (account, pn, customer) = answering(&server).await;
    customer.says("/application", "<Response><Say>Application</Say></Response>");
    let application = server.sim.add_application(&account.sid, &customer.at("/application"));
    server
        .sim
        .change_number(&pn, |number| number.voice_application_sid.clone_from(&application));
    let call = server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;
    assert_eq!(call.verbs(), ["Say"]);
    assert!(
        call.events
            .iter()
            .any(|e| matches!(e, CallEvent::SentToApplication { application_sid } if *application_sid == application))
    );

    server.sim.phone(
        CALLER,
        Phone::Answers {
            after: Duration::ZERO,
            talks: Duration::from_millis(10),
        },
    );
    server
        .sim
        .change_number(&pn, |number| number.trunk_sid = format!("TK{}", "1".repeat(32)));
    let call = server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;
    assert!(call.events.iter().any(|e| matches!(e, CallEvent::SentToTrunk { .. })));
    assert_eq!(call.status, CallStatus::Completed);
    assert_eq!(
        (
            customer.received_at("/application").len(),
            customer.received_at("/voice").len()
        ),
        (1, 0)
    );
}

#[tokio::test]
async fn calls_that_cannot_come_in_ask_nobody() {
    let server = Server::start().await;
    let (account, pn, customer) = answering(&server).await;
    let ring = async |from: &str, to: &str| {
        let call = server.sim.call_finished(&server.sim.ring(from, to)).await;
        (call.status, call.error_codes())
    };
    assert_eq!(ring(CALLER, "+14155550177").await, (CallStatus::Failed, vec![]));

    server.sim.set_status(&account.sid, AccountStatus::Suspended);
    assert_eq!(ring(CALLER, NUMBER).await, (CallStatus::Failed, vec![10003]));
    server.sim.set_status(&account.sid, AccountStatus::Active);

    server
        .sim
        .change_account(&account.sid, |account| account.kind = AccountKind::Trial);
    assert_eq!(ring(CALLER, NUMBER).await, (CallStatus::Failed, vec![21264]));
    server
        .sim
        .change_account(&account.sid, |account| account.kind = AccountKind::Full);

    server
        .sim
        .change_number(&pn, |number| number.voice_receive_mode = "fax".to_owned());
    assert_eq!(ring(CALLER, NUMBER).await, (CallStatus::Failed, vec![]));
    assert_eq!(customer.received_at("/voice").len(), 0);
}

#[tokio::test]
async fn stopping_the_simulator_ends_its_calls() {
    let server = Server::start().await;
    let account = server.sim.add_account(AccountSpec::default());
    server.number(&account, NUMBER);
    server.sim.hold_calls(&account.sid);
    let form = [("To", CALLER), ("From", NUMBER), ("Twiml", "<Response/>")];
    let sid = server.post(&account, "/Calls.json", &form).await.1["sid"]
        .as_str()
        .unwrap()
        .to_owned();
    let sim = server.sim.clone();
    drop(server);
    assert_eq!(sim.call_finished(&sid).await.hung_up_by, Some(HangUp::Shutdown));
}
