use ::entity::agent_assignment::Direction;
use ::entity::call_intent::{IntentPurpose, IntentState};
use ::entity::test_call::{Preflight, Preflights};
use ::entity::{AccountId, AgentId, CallId, CallIntentId, CallStepId, E164, NumberId, TestCallId, WorkspaceId};
use uuid::Uuid;

use super::*;

const AT: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn number(text: &str) -> E164 {
    E164::parse(text).unwrap()
}

fn test(kind: TestKind) -> test_call::Model {
    let check = Preflight {
        check: "ACCOUNT_ACTIVE".into(),
        state: CheckState::Pass,
        twilio_code: None,
        at: AT,
    };
    test_call::Model {
        id: TestCallId(Uuid::nil()),
        workspace_id: WorkspaceId(Uuid::nil()),
        phone_number_id: NumberId(Uuid::nil()),
        kind,
        to_number: Some(number("+14155550199")),
        from_phone_number_id: None,
        call_intent_id: Some(CallIntentId(Uuid::nil())),
        call_id: None,
        caller_call_id: None,
        preflight: Preflights(vec![check]),
        verdict: None,
        failed_step: None,
        twilio_code: None,
        started_by: "anna".into(),
        created_at: AT,
        expires_at: AT,
        ended_at: None,
    }
}

fn intent(outcome: Option<IntentOutcome>, agent: bool) -> call_intent::Model {
    let placed = outcome == Some(IntentOutcome::Placed);
    call_intent::Model {
        id: CallIntentId(Uuid::nil()),
        workspace_id: WorkspaceId(Uuid::nil()),
        twilio_account_id: AccountId(Uuid::nil()),
        phone_number_id: NumberId(Uuid::nil()),
        agent_id: agent.then_some(AgentId(Uuid::nil())),
        from_number: number("+14155550101"),
        to_number: number("+14155550199"),
        purpose: IntentPurpose::Test,
        reference: "r".into(),
        state: IntentState::Placed,
        outcome,
        twilio_code: Some(21215),
        twilio_text: None,
        call_sid: placed.then(|| "CA1".into()),
        created_at: AT,
        sent_at: Some(AT),
        closed_at: None,
    }
}

fn call(status: CallStatus) -> call::Model {
    call::Model {
        id: CallId(Uuid::nil()),
        workspace_id: WorkspaceId(Uuid::nil()),
        twilio_account_id: AccountId(Uuid::nil()),
        phone_number_id: NumberId(Uuid::nil()),
        agent_id: None,
        call_intent_id: None,
        sid: "CA1".into(),
        direction: Direction::Outbound,
        from_number: "+14155550101".into(),
        to_number: "+14155550199".into(),
        sip_code: Some(if status == CallStatus::Busy { 486 } else { 200 }),
        status,
        status_sequence: None,
        duration_s: None,
        error_code: None,
        price: None,
        price_currency: None,
        other_country: None,
        quality: None,
        quality_at: None,
        started_at: AT,
        ringing_at: None,
        setup_ms: None,
        answered_at: None,
        ended_at: Some(AT),
        log_seen_at: None,
        updated_at: AT,
    }
}

fn leg(call: call::Model, steps: Vec<call_step::Model>) -> Leg {
    Leg {
        call,
        steps,
        settled: true,
    }
}

fn noted(kinds: &[StepKind]) -> Vec<call_step::Model> {
    let row = |kind: &StepKind| call_step::Model {
        id: CallStepId(Uuid::nil()),
        workspace_id: WorkspaceId(Uuid::nil()),
        call_id: CallId(Uuid::nil()),
        kind: kind.clone(),
        same_as: kind.to_string(),
        at: AT,
        noted_at: AT,
        code: (*kind == StepKind::StreamError).then_some(31920),
        detail: None,
    };
    kinds.iter().map(row).collect()
}

fn states(evidence: &Evidence) -> Vec<(StepName, CheckState)> {
    evidence
        .steps()
        .into_iter()
        .map(|step| (step.name, step.state))
        .collect()
}

const WHOLE: [StepKind; 6] = [
    StepKind::Initiated,
    StepKind::Ringing,
    StepKind::Answered,
    StepKind::StreamStarted,
    StepKind::Ended,
    StepKind::FoundInLog,
];

#[test]
fn a_whole_outbound_call_passes_in_whatever_order_its_steps_came() {
    let mut steps = noted(&WHOLE);
    steps.reverse();
    let evidence = Evidence {
        test: test(TestKind::Outbound),
        intent: Some(intent(Some(IntentOutcome::Placed), true)),
        leg: Some(leg(call(CallStatus::Completed), steps)),
        caller: None,
        by_sip: false,
    };
    assert_eq!(evidence.verdict(false), Some((Verdict::Pass, None)));
    assert_eq!(states(&evidence).len(), 7);
}

#[test]
fn a_running_call_has_no_verdict_until_its_time_is_up() {
    let evidence = Evidence {
        test: test(TestKind::Outbound),
        intent: Some(intent(Some(IntentOutcome::Placed), false)),
        leg: Some(leg(
            call(CallStatus::Ringing),
            noted(&[StepKind::Initiated, StepKind::Ringing]),
        )),
        caller: None,
        by_sip: false,
    };
    assert_eq!(evidence.verdict(false), None);
    let (verdict, step) = evidence.verdict(true).unwrap();
    assert_eq!(
        (verdict, step.unwrap().name),
        (Verdict::Undetermined, StepName::Answered)
    );
}

#[test]
fn the_first_failed_step_is_the_reason_and_nothing_after_it_is_reached() {
    let evidence = Evidence {
        test: test(TestKind::Outbound),
        intent: Some(intent(Some(IntentOutcome::Placed), true)),
        leg: Some(leg(
            call(CallStatus::Busy),
            noted(&[StepKind::Initiated, StepKind::Ringing, StepKind::Ended]),
        )),
        caller: None,
        by_sip: false,
    };
    let (verdict, step) = evidence.verdict(false).unwrap();
    let step = step.unwrap();
    assert_eq!(
        (verdict, step.name, step.code, step.detail.as_deref()),
        (Verdict::Fail, StepName::Answered, Some(486), Some("busy"))
    );
    assert!(
        states(&evidence)[4..]
            .iter()
            .all(|(_, state)| *state == CheckState::NotReached)
    );
}

#[test]
fn a_call_that_twilio_refused_or_lost_is_told_apart() {
    let refused = Evidence {
        test: test(TestKind::Outbound),
        intent: Some(intent(Some(IntentOutcome::Refused), false)),
        leg: None,
        caller: None,
        by_sip: false,
    };
    let (verdict, step) = refused.verdict(false).unwrap();
    assert_eq!((verdict, step.unwrap().code), (Verdict::Fail, Some(21215)));
    let lost = Evidence {
        intent: Some(intent(Some(IntentOutcome::Lost), false)),
        ..refused
    };
    let (verdict, step) = lost.verdict(false).unwrap();
    assert_eq!(
        (verdict, step.unwrap().name),
        (Verdict::Undetermined, StepName::Created)
    );
}

#[test]
fn an_agent_that_cannot_be_reached_fails_the_test_with_twilios_code() {
    let evidence = Evidence {
        test: test(TestKind::AwaitInbound),
        intent: None,
        leg: Some(leg(
            call(CallStatus::InProgress),
            noted(&[
                StepKind::WebhookReceived,
                StepKind::AgentConnecting,
                StepKind::StreamError,
            ]),
        )),
        caller: None,
        by_sip: false,
    };
    let (verdict, step) = evidence.verdict(false).unwrap();
    let step = step.unwrap();
    assert_eq!(
        (verdict, step.name, step.code),
        (Verdict::Fail, StepName::AgentConnected, Some(31920))
    );
}

#[test]
fn a_call_that_was_given_a_sentence_found_no_agent() {
    let evidence = Evidence {
        test: test(TestKind::AwaitInbound),
        intent: None,
        leg: Some(leg(
            call(CallStatus::Completed),
            noted(&[StepKind::WebhookReceived, StepKind::FallbackGiven, StepKind::Ended]),
        )),
        caller: None,
        by_sip: false,
    };
    let (_, step) = evidence.verdict(false).unwrap();
    let step = step.unwrap();
    assert_eq!(
        (step.name, step.detail.as_deref()),
        (StepName::AgentResolved, Some("FALLBACK_GIVEN"))
    );
}

fn inbound(leg: Option<Leg>, caller: Leg) -> Evidence {
    Evidence {
        test: test(TestKind::Inbound),
        intent: Some(intent(Some(IntentOutcome::Placed), false)),
        leg,
        caller: Some(caller),
        by_sip: false,
    }
}

const TAKEN: [StepKind; 4] = [
    StepKind::WebhookReceived,
    StepKind::AgentConnecting,
    StepKind::StreamStarted,
    StepKind::Ended,
];

#[test]
fn an_inbound_test_passes_by_both_of_its_legs() {
    let whole = inbound(
        Some(leg(call(CallStatus::Completed), noted(&TAKEN))),
        leg(call(CallStatus::Completed), noted(&WHOLE)),
    );
    assert_eq!(whole.verdict(false), Some((Verdict::Pass, None)));
    // One leg alone proves nothing, however well it went.
    let unfinished = inbound(
        Some(leg(call(CallStatus::InProgress), noted(&TAKEN[..3]))),
        leg(call(CallStatus::Completed), noted(&WHOLE)),
    );
    assert_eq!(unfinished.verdict(false), None);
    let unlogged = inbound(
        Some(leg(call(CallStatus::Completed), noted(&TAKEN))),
        leg(call(CallStatus::Completed), noted(&WHOLE[..5])),
    );
    assert_eq!(unlogged.verdict(false), None);
}

#[test]
fn a_second_numbers_call_that_callab_was_never_asked_about_was_answered_elsewhere() {
    let answered_elsewhere = leg(call(CallStatus::Completed), noted(&WHOLE));
    let (verdict, step) = inbound(None, answered_elsewhere.clone()).verdict(false).unwrap();
    assert_eq!(
        (verdict, step.unwrap().name),
        (Verdict::Fail, StepName::WebhookReceived)
    );
    // Its last callbacks may be on their way still.
    let fresh = Leg {
        settled: false,
        ..answered_elsewhere
    };
    assert_eq!(inbound(None, fresh).verdict(false), None);
}

#[test]
fn twilios_own_code_explains_more_than_the_sip_answer() {
    let turned_away = call::Model {
        error_code: Some(10003),
        ..call(CallStatus::Busy)
    };
    let evidence = inbound(Some(leg(turned_away, vec![])), leg(call(CallStatus::Busy), vec![]));
    let (_, step) = evidence.verdict(false).unwrap();
    assert_eq!(step.unwrap().code, Some(10003));
}
