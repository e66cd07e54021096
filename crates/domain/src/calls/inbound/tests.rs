use ::entity::{AccountId, AgentId, CallIntentId, E164, NumberId, Routing, WorkspaceId};
use uuid::Uuid;

use super::super::target::TargetAgent;
use super::*;

fn target() -> Target {
    Target::for_tests(
        WorkspaceId(Uuid::nil()),
        AccountId(Uuid::nil()),
        NumberId(Uuid::nil()),
        E164::parse("+14155550101").unwrap(),
    )
}

fn with_agent(kind: EndpointKind, endpoint: &str, target: Target) -> Target {
    let agent = Some(TargetAgent {
        id: AgentId(Uuid::nil()),
        kind,
        endpoint: endpoint.into(),
    });
    Target { agent, ..target }
}

fn decided(target: &Target) -> Answer {
    decide(target, &Limits::default(), Some(CallId(Uuid::nil())))
}

#[test]
fn a_stream_agent_gets_a_stream_and_a_sip_agent_a_sip_call() {
    let stream = with_agent(EndpointKind::Stream, "wss://media.example/a", target());
    let Answer::Stream {
        url,
        parameters,
        action,
        ..
    } = decided(&stream)
    else {
        panic!("a stream")
    };
    assert_eq!((url.as_str(), parameters[0].0), ("wss://media.example/a", "call"));
    assert_eq!(action, "https://byot.callab.example/twilio/v1/after/ref");
    let sip = with_agent(EndpointKind::Sip, "sip:a@pbx.example", target());
    assert!(matches!(decided(&sip), Answer::Sip { uri, .. } if uri == "sip:a@pbx.example"));
}

#[test]
fn nobody_there_is_a_sentence_or_the_backup_number_and_never_a_dead_line() {
    assert!(matches!(decided(&target()), Answer::Say(_)));
    let backup = E164::parse("+14155550100").unwrap();
    let limits = Limits {
        backup_number: Some(backup.clone()),
        ..Limits::default()
    };
    assert_eq!(decide(&target(), &limits, None), Answer::Backup(backup));
    let kind = EndpointKind::Unknown("HOLOGRAM".into());
    assert!(matches!(decided(&with_agent(kind, "x:y", target())), Answer::Say(_)));
}

#[test]
fn while_a_return_is_pending_callers_are_sent_to_the_borrowed_address() {
    let borrowed = Routing {
        voice_url: Some("https://crm.example/voice".into()),
        voice_method: Some("GET".into()),
        ..Routing::default()
    };
    for routing in [RoutingState::ReturnPending, RoutingState::ReturnBlocked] {
        let pending = Target {
            routing: routing.clone(),
            borrowed: Some(borrowed.clone()),
            ..with_agent(EndpointKind::Stream, "wss://media.example/a", target())
        };
        let expected = Answer::Redirect {
            url: "https://crm.example/voice".into(),
            method: "GET".into(),
        };
        assert_eq!(decided(&pending), expected);
        let nothing_borrowed = Target {
            borrowed: None,
            agent: None,
            ..pending
        };
        assert!(matches!(decided(&nothing_borrowed), Answer::Say(_)));
    }
}

#[test]
fn a_call_whose_intent_is_closed_is_hung_up() {
    let closed = Target {
        intent: Some((CallIntentId(Uuid::nil()), IntentState::Closed)),
        ..with_agent(EndpointKind::Stream, "wss://media.example/a", target())
    };
    assert_eq!(decided(&closed), Answer::HangUp);
    let placed = Target {
        intent: Some((CallIntentId(Uuid::nil()), IntentState::Placed)),
        ..closed
    };
    assert!(matches!(decided(&placed), Answer::Stream { .. }));
}

#[test]
fn a_late_call_to_a_number_that_is_not_ours_any_more_goes_where_the_number_leads_now() {
    let seen = Routing {
        voice_url: Some("https://new.example/voice".into()),
        voice_method: Some("GET".into()),
        ..Routing::default()
    };
    let moved_on = Target {
        routing: RoutingState::NotOurs,
        seen: seen.clone(),
        ..target()
    };
    let expected = Answer::Redirect {
        url: "https://new.example/voice".into(),
        method: "GET".into(),
    };
    assert_eq!(decided(&moved_on), expected);
    let on_a_trunk = Target {
        seen: Routing {
            trunk_sid: Some("TK1".into()),
            ..seen
        },
        ..moved_on
    };
    assert!(matches!(decided(&on_a_trunk), Answer::Say(_)));
}
