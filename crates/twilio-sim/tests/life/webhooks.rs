//! Webhooks that fail, are repeated, come in another order or are signed wrongly.

use std::time::Duration;

use callab_twilio_sim::{CallStatus, Fault, FaultKind, Match, WebhookPurpose};

use super::customer::{CALLER, NUMBER, answering};
use super::server::Server;

#[tokio::test]
async fn a_failing_voice_url_leads_to_the_fallback() {
    let server = Server::start().await;
    let (_, pn, customer) = answering(&server).await;
    customer.says("/fallback", "<Response><Say>We will call you back</Say></Response>");
    for (status, content_type, body, code) in [
        (500, Some("text/xml"), "<Response/>", 11200),
        (403, Some("text/xml"), "", 11200),
        (200, None, "<Response/>", 11200),
        (200, Some("application/json"), "{}", 12300),
        (200, Some("text/xml"), "<Response", 12100),
    ] {
        customer.replies_with("/voice", status, content_type, body);
        let call = server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;
        assert_eq!(
            (call.error_codes(), call.verbs(), call.status),
            (vec![code], vec!["Say"], CallStatus::Completed),
            "{body}"
        );
        let asked = customer.received_at("/fallback").pop().unwrap();
        assert!(asked.signed);
        assert_eq!(asked.parameters.get("ErrorCode"), Some(code.to_string().as_str()));
        assert!(
            asked
                .parameters
                .get("ErrorUrl")
                .unwrap()
                .starts_with(&customer.at("/voice"))
        );
    }
    customer.replies_with("/voice", 500, None, "");
    server
        .sim
        .change_number(&pn, |number| number.voice_fallback_url.clear());
    let call = server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;
    assert_eq!(
        (call.error_codes(), call.verbs(), call.status),
        (vec![11200], Vec::<&str>::new(), CallStatus::Completed)
    );
}

#[tokio::test]
async fn connection_overrides_say_how_often_and_after_what_to_ask_again() {
    let server = Server::start().await;
    let (_, pn, customer) = answering(&server).await;
    let attempts = async |voice_url: String| {
        server.sim.change_number(&pn, |number| number.voice_url = voice_url);
        let call = server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;
        let tries: Vec<_> = call
            .webhooks_for(WebhookPurpose::Twiml)
            .map(|w| w.idempotency_token.clone())
            .collect();
        assert!(tries.iter().all(|token| *token == tries[0]));
        tries.len()
    };
    customer.replies_with("/broken", 500, None, "");
    assert_eq!(attempts("http://127.0.0.1:1/voice".to_owned()).await, 2);
    assert_eq!(attempts("http://127.0.0.1:1/voice#rc=0".to_owned()).await, 1);
    assert_eq!(attempts(customer.at("/broken")).await, 1);
    assert_eq!(attempts(customer.at("/broken#rc=2&rp=ct,5xx")).await, 3);
}

#[tokio::test]
async fn a_slow_voice_url_is_given_up() {
    let server = Server::start_with(|options| options.webhook_limit = Duration::from_millis(40)).await;
    let (_, pn, customer) = answering(&server).await;
    customer.says("/fallback", "<Response/>");
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/voice", silent.local_addr().unwrap());
    server.sim.change_number(&pn, |number| number.voice_url = url);
    let call = server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;
    assert_eq!(call.error_codes(), [11200]);
    assert_eq!(customer.received_at("/fallback").len(), 1);
}

#[tokio::test]
async fn callbacks_can_come_twice_and_out_of_order() {
    let server = Server::start().await;
    let (account, _, customer) = answering(&server).await;
    let status = customer.at("/progress");
    let place = async || {
        let events = ["initiated", "ringing", "answered", "completed"].map(|event| ("StatusCallbackEvent", event));
        let mut form = vec![
            ("To", CALLER),
            ("From", NUMBER),
            ("Twiml", "<Response/>"),
            ("StatusCallback", status.as_str()),
        ];
        form.extend(events);
        let (code, body) = server.post(&account, "/Calls.json", &form).await;
        assert_eq!(code, 201, "{body}");
        server.sim.call_finished(body["sid"].as_str().unwrap()).await;
    };
    let sequence = |from: usize| -> Vec<String> {
        let told = customer.received_at("/progress");
        told[from..]
            .iter()
            .map(|r| r.parameters.get("SequenceNumber").unwrap().to_owned())
            .collect()
    };
    let on = Match {
        path: Some("/progress".to_owned()),
        ..Match::default()
    };
    server.sim.fail(Fault {
        on: on.clone(),
        times: None,
        kind: FaultKind::ReorderCallbacks,
    });
    place().await;
    assert_eq!(sequence(0), ["1", "0", "3", "2"]);

    server.sim.clear_faults();
    server.sim.fail(Fault {
        on,
        times: Some(1),
        kind: FaultKind::DuplicateCallbacks,
    });
    place().await;
    assert_eq!(sequence(4), ["0", "0", "1", "2", "3"]);
    let told = customer.received_at("/progress");
    assert_eq!(told[4].idempotency_token, told[5].idempotency_token);
    assert_ne!(told[5].idempotency_token, told[6].idempotency_token);
}

#[tokio::test]
async fn signatures_can_be_missing_or_wrong() {
    let server = Server::start().await;
    let (account, _, customer) = answering(&server).await;
    customer.says("/voice", "<Response/>");
    let last = async |kind: Option<FaultKind>| {
        if let Some(kind) = kind {
            server.sim.fail_next(kind);
        }
        server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;
        let asked = customer.received_at("/voice").pop().unwrap();
        (asked.has_signature, asked.signed)
    };
    assert_eq!(last(None).await, (true, true));
    assert_eq!(last(Some(FaultKind::DropWebhookSignature)).await, (false, false));
    assert_eq!(last(Some(FaultKind::WrongSignature)).await, (true, false));
    server.sim.rotate_token(&account.sid);
    assert_eq!(last(None).await, (true, false));
}

#[tokio::test]
async fn a_refused_status_callback_is_only_a_warning() {
    let server = Server::start().await;
    let (_, _, customer) = answering(&server).await;
    customer.says("/voice", "<Response/>");
    customer.replies_with("/status", 404, None, "");
    let call = server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;
    assert_eq!(call.error_codes(), [15003]);
    assert!(!call.notifications[0].is_error);
    assert_eq!(call.status, CallStatus::Completed);
}
