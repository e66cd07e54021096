//! Outbound calls: what Twilio refuses to place, and how placed calls come out.

use std::time::Duration;

use callab_twilio_sim::{AccountKind, AccountSpec, CallStatus, HangUp, Phone, SimAccount, WebhookPurpose};

use super::customer::Customer;
use super::server::{Server, assert_refused};

const OWN: &str = "+14155550100";
const PHONE: &str = "+14155550199";

async fn place(server: &Server, account: &SimAccount, changes: &[(&str, &str)]) -> (u16, serde_json::Value) {
    let mut form = vec![
        ("To", PHONE),
        ("From", OWN),
        ("Twiml", "<Response><Say>Hi</Say></Response>"),
    ];
    for change in changes {
        form.retain(|(name, _)| *name != change.0);
    }
    form.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
    server.post(account, "/Calls.json", &form).await
}

#[tokio::test]
async fn a_call_that_makes_no_sense_is_refused_with_its_code() {
    let server = Server::start().await;
    let (account, _) = server.account();
    server.sim.set_blocked_countries(&account.sid, &["GB"]);
    let long = format!("<Response><!--{}--></Response>", "x".repeat(4000));
    for (changes, code) in [
        (&[("To", "")][..], 21201),
        (&[("From", "")], 21213),
        (&[("Twiml", "")], 21205),
        (&[("Url", "nowhere")], 21205),
        (&[("Twiml", &long)], 20422),
        (&[("Twiml", ""), ("ApplicationSid", "AP0")], 21218),
        (&[("To", "5550199")], 21211),
        (&[("To", "+21012345678")], 21217),
        (&[("From", "me")], 21212),
        (&[("To", OWN)], 21266),
        (&[("From", "+14155550177")], 21210),
        (&[("To", "+442071838750")], 21215),
        (&[("Timeout", "soon")], 20422),
    ] {
        assert_refused(&place(&server, &account, changes).await, 400, code);
    }
    assert!(server.sim.calls(&account.sid).is_empty());
    assert_eq!(place(&server, &account, &[]).await.0, 201);
}

#[tokio::test]
async fn a_trial_account_calls_verified_numbers_only() {
    let server = Server::start().await;
    let verified_caller_ids = vec!["+14155550111".to_owned()];
    let spec = AccountSpec {
        kind: AccountKind::Trial,
        verified_caller_ids,
        ..AccountSpec::default()
    };
    let account = server.sim.add_account(spec);
    server.number(&account, OWN);
    assert_refused(&place(&server, &account, &[]).await, 400, 21219);
    assert_eq!(place(&server, &account, &[("To", "+14155550111")]).await.0, 201);
    assert_eq!(
        place(&server, &account, &[("From", "+14155550111"), ("To", OWN)])
            .await
            .0,
        201
    );
}

#[tokio::test]
async fn more_calls_at_once_than_allowed_are_refused() {
    let server = Server::start().await;
    let (account, _) = server.account();
    server
        .sim
        .change_account(&account.sid, |account| account.concurrent_calls = Some(1));
    server.sim.hold_calls(&account.sid);
    let (_, first) = place(&server, &account, &[]).await;
    assert_refused(&place(&server, &account, &[]).await, 400, 10004);
    server.sim.release_calls(&account.sid);
    server.sim.call_finished(first["sid"].as_str().unwrap()).await;
    assert_eq!(place(&server, &account, &[]).await.0, 201);
}

#[tokio::test]
async fn test_credentials_know_the_magic_numbers_and_nothing_else() {
    let server = Server::start().await;
    let account = server.sim.add_account(AccountSpec {
        test_credentials: true,
        ..AccountSpec::default()
    });
    assert_refused(&server.get(&account, ".json").await, 403, 20008);
    assert_refused(&server.get(&account, "/Calls.json").await, 403, 20008);
    let magic = "+15005550006";
    for (from, to, code) in [
        ("+15005550001", PHONE, 21212),
        (OWN, PHONE, 21210),
        (magic, "+15005550001", 21217),
        (magic, "+15005550002", 21214),
        (magic, "+15005550003", 21215),
        (magic, "+15005550004", 21216),
        (magic, "12", 21211),
    ] {
        assert_refused(
            &place(&server, &account, &[("From", from), ("To", to)]).await,
            400,
            code,
        );
    }
    let (status, body) = place(&server, &account, &[("From", magic)]).await;
    assert_eq!((status, body["status"].as_str()), (201, Some("queued")));
    assert!(server.sim.calls(&account.sid).is_empty());
}

#[tokio::test]
async fn an_answered_call_is_told_of_step_by_step() {
    let server = Server::start().await;
    let (account, pn) = server.account();
    let customer = Customer::start(&account.auth_token).await;
    customer.says("/voice", "<Response><Say>Hi</Say></Response>");
    let (url, status) = (customer.at("/voice"), customer.at("/status"));
    let mut form = vec![
        ("To", PHONE),
        ("From", OWN),
        ("Url", &*url),
        ("StatusCallback", &*status),
        ("MachineDetection", "Enable"),
    ];
    form.extend(["initiated", "ringing", "answered", "completed"].map(|event| ("StatusCallbackEvent", event)));
    let (code, created) = server.post(&account, "/Calls.json", &form).await;
    assert_eq!(
        (code, created["status"].as_str(), created["phone_number_sid"].as_str()),
        (201, Some("queued"), Some(pn.as_str()))
    );
    assert!(created["start_time"].is_null() && created["price"].is_null());

    let call = server.sim.call_finished(created["sid"].as_str().unwrap()).await;
    assert_eq!(
        (call.status, call.answered_by.as_deref()),
        (CallStatus::Completed, Some("human"))
    );
    let told = customer.received_at("/status");
    let steps: Vec<_> = told
        .iter()
        .map(|r| {
            (
                r.parameters.get("SequenceNumber").unwrap(),
                r.parameters.get("CallStatus").unwrap(),
            )
        })
        .collect();
    assert_eq!(
        steps,
        [
            ("0", "initiated"),
            ("1", "ringing"),
            ("2", "in-progress"),
            ("3", "completed")
        ]
    );
    assert!(told.iter().all(|r| r.signed));
    let asked = &customer.received_at("/voice")[0].parameters;
    assert_eq!(
        (asked.get("Direction"), asked.get("AnsweredBy")),
        (Some("outbound-api"), Some("human"))
    );
    assert_eq!(
        server.sim.call_rated(&call.sid).await.price.as_deref(),
        Some("-0.01400")
    );
}

#[tokio::test]
async fn only_the_end_is_told_when_no_events_are_named() {
    let server = Server::start().await;
    let (account, _) = server.account();
    let customer = Customer::start(&account.auth_token).await;
    let (_, created) = place(&server, &account, &[("StatusCallback", &customer.at("/status"))]).await;
    let call = server.sim.call_finished(created["sid"].as_str().unwrap()).await;
    assert_eq!(call.webhooks_for(WebhookPurpose::Status).count(), 1);
}

#[tokio::test]
async fn unanswered_calls_end_as_the_phone_behaves() {
    let server = Server::start().await;
    let (account, _) = server.account();
    let customer = Customer::start(&account.auth_token).await;
    for (phone, status, sip) in [
        (Phone::Busy, "busy", "486"),
        (Phone::NoAnswer, "no-answer", "487"),
        (Phone::Rejects { sip_code: 404 }, "failed", "404"),
        (
            Phone::Answers {
                after: Duration::from_secs(9),
                talks: Duration::ZERO,
            },
            "no-answer",
            "487",
        ),
    ] {
        server.sim.phone(PHONE, phone);
        let (_, created) = place(
            &server,
            &account,
            &[("StatusCallback", &customer.at("/status")), ("Timeout", "1")],
        )
        .await;
        let call = server.sim.call_finished(created["sid"].as_str().unwrap()).await;
        assert_eq!(
            (call.status.as_str(), call.verbs(), call.answered_at),
            (status, vec![], None)
        );
        let told = customer.received_at("/status").pop().unwrap().parameters;
        assert_eq!(
            (
                told.get("CallStatus"),
                told.get("SipResponseCode"),
                told.get("CallDuration")
            ),
            (Some(status), Some(sip), Some("0"))
        );
    }
    server.sim.phone(
        PHONE,
        Phone::Machine {
            talks: Duration::from_secs(9),
        },
    );
    let (_, created) = place(&server, &account, &[("MachineDetection", "Enable")]).await;
    let call = server.sim.call_finished(created["sid"].as_str().unwrap()).await;
    assert_eq!(call.answered_by.as_deref(), Some("machine_start"));
}

#[tokio::test]
async fn a_call_cancelled_in_the_queue_tells_nobody() {
    let server = Server::start().await;
    let (account, _) = server.account();
    let customer = Customer::start(&account.auth_token).await;
    server.sim.hold_calls(&account.sid);
    let (_, created) = place(&server, &account, &[("StatusCallback", &customer.at("/status"))]).await;
    let sid = created["sid"].as_str().unwrap();
    // Another call lives and ends meanwhile; this one stays where it is.
    server.sim.call_finished(&server.sim.ring(PHONE, OWN)).await;
    assert_eq!(server.sim.call(sid).unwrap().status, CallStatus::Queued);
    let path = format!("/Calls/{sid}.json");
    assert_eq!(server.post(&account, &path, &[("Status", "canceled")]).await.0, 200);
    let call = server.sim.call_finished(sid).await;
    assert_eq!(
        (call.status, call.started_at, call.hung_up_by),
        (CallStatus::Canceled, None, Some(HangUp::Api))
    );
    assert!(customer.received().is_empty());
    assert_refused(
        &server.post(&account, &path, &[("Status", "completed")]).await,
        400,
        21220,
    );
}

#[tokio::test]
async fn a_live_call_can_be_completed_but_not_canceled() {
    let server = Server::start().await;
    let (account, _) = server.account();
    server.sim.phone(
        PHONE,
        Phone::Answers {
            after: Duration::ZERO,
            talks: Duration::from_mins(1),
        },
    );
    let (_, created) = place(
        &server,
        &account,
        &[("Twiml", "<Response><Pause length='60000'/></Response>")],
    )
    .await;
    let sid = created["sid"].as_str().unwrap();
    server
        .sim
        .wait_for_call(sid, |call| call.status == CallStatus::InProgress)
        .await;
    let path = format!("/Calls/{sid}.json");
    assert_refused(
        &server.post(&account, &path, &[("Status", "canceled")]).await,
        400,
        21220,
    );
    assert_refused(&server.post(&account, &path, &[("Status", "paused")]).await, 400, 20422);
    assert_eq!(server.post(&account, &path, &[("Status", "completed")]).await.0, 200);
    assert_eq!(server.sim.call_finished(sid).await.status, CallStatus::Completed);
}

#[tokio::test]
async fn a_call_lasts_no_longer_than_its_time_limit() {
    let server = Server::start().await;
    let (account, _) = server.account();
    server.sim.phone(
        PHONE,
        Phone::Answers {
            after: Duration::ZERO,
            talks: Duration::from_mins(1),
        },
    );
    let twiml = "<Response><Pause length='60000'/></Response>";
    let (_, created) = place(&server, &account, &[("Twiml", twiml), ("TimeLimit", "1")]).await;
    let call = server.sim.call_finished(created["sid"].as_str().unwrap()).await;
    assert_eq!(call.hung_up_by, Some(HangUp::TimeLimit));
}
