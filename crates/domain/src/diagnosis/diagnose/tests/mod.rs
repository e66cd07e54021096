//! One table a group: what is seen, and what the check says.

mod account;
mod calls;
mod number;
mod over;

use ::entity::agent::{self, EndpointKind};
use ::entity::evidence::{Reasons, Right, RightAnswer, RightEvidence, Rights};
use ::entity::phone_number::{self, AtTwilio, NumberKind, NumberSource, NumberState, RoutingState};
use ::entity::test_call::CheckState;
use ::entity::twilio_account::{
    self, AccountKind, AccountState, CredentialState, Health, RotationPolicy, TwilioStatus,
};
use ::entity::{AccountId, AgentId, Amount, E164, HealthCheckId, NumberId, Routing, WorkspaceId, health_check};
use chrono::{TimeDelta, TimeZone};
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::evidence::{
    CallsSeen, Destination, Fresh, Incident, StatusPage, Trouble, TroubleSource, VOICE_REGION,
};
use super::*;
use crate::Limits;
use crate::numbers::routing::ours;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 27, 12, 0, 0).unwrap()
}

fn ago(minutes: i64) -> DateTime<Utc> {
    now() - TimeDelta::minutes(minutes)
}

fn account() -> twilio_account::Model {
    twilio_account::Model {
        id: AccountId(Uuid::from_u128(1)),
        workspace_id: WorkspaceId(Uuid::from_u128(2)),
        sid: "AC0123456789abcdef0123456789abcdef".into(),
        region: "us1".into(),
        label: "Main".into(),
        state: AccountState::Connected,
        twilio_status: TwilioStatus::Active,
        kind: AccountKind::Full,
        owner_sid: None,
        friendly_name: None,
        credential_state: CredentialState::Accepted,
        health: Health::Healthy,
        health_since: ago(60),
        health_reason: None,
        health_twilio_code: None,
        health_reasons: Reasons::default(),
        better_evaluations: 0,
        flaps_until: None,
        idle: false,
        rights_due_at: None,
        rights: Rights::default(),
        failed_probes: 0,
        paused_at: None,
        balance: Some(Amount("12.50".parse().unwrap())),
        balance_currency: Some("USD".into()),
        balance_at: Some(ago(2)),
        verified_at: Some(ago(2)),
        checked_at: Some(ago(2)),
        synced_at: Some(ago(10)),
        next_check_at: now(),
        next_sync_at: now(),
        next_billing_at: now(),
        billing_read_at: None,
        next_calls_at: now(),
        calls_read_until: None,
        alerts_read_until: Some(ago(5)),
        rotation_policy: RotationPolicy::None,
        rotation_days: None,
        rotation_reminded_at: None,
        token_set_at: Some(ago(10_000)),
        created_at: ago(10_000),
        updated_at: ago(2),
        disconnected_at: None,
    }
}

fn routed() -> Routing {
    ours("https://byot.callab.example", "ref", &Routing::default())
}

fn number() -> NumberEvidence {
    let row = phone_number::Model {
        id: NumberId(Uuid::from_u128(3)),
        workspace_id: WorkspaceId(Uuid::from_u128(2)),
        twilio_account_id: AccountId(Uuid::from_u128(1)),
        sid: "PN0123456789abcdef0123456789abcdef".into(),
        e164: E164::parse("+14155550126").unwrap(),
        source: NumberSource::Byot,
        state: NumberState::Added,
        at_twilio: AtTwilio::Listed,
        routing: RoutingState::Ours,
        routing_problem: None,
        routing_twilio_code: None,
        nickname: None,
        friendly_name: None,
        country: Some("US".into()),
        kind: NumberKind::Local,
        voice: true,
        sms: true,
        mms: false,
        fax: false,
        twilio_status: None,
        seen_routing: routed(),
        seen_at: ago(10),
        written_routing: Some(routed()),
        drifted_at: None,
        reference: Some("ref".into()),
        added_at: Some(ago(1000)),
        removed_at: None,
        created_at: ago(1000),
        updated_at: ago(10),
    };
    NumberEvidence {
        row,
        inbound: Some(agent("wss://media.example/agents/7")),
        outbound: None,
        was_assigned: true,
        webhook_at: Some(ago(30)),
        called_at: Some(ago(30)),
        connected_in_at: Some(ago(30)),
        connected_out_at: None,
        connected_at: Some(ago(30)),
        outbound_since: None,
        agent_since: Some(ago(2000)),
    }
}

fn agent(endpoint: &str) -> agent::Model {
    agent::Model {
        id: AgentId(Uuid::from_u128(4)),
        workspace_id: WorkspaceId(Uuid::from_u128(2)),
        external_id: "a".into(),
        name: "Front desk".into(),
        endpoint_kind: if endpoint.starts_with("sip") {
            EndpointKind::Sip
        } else {
            EndpointKind::Stream
        },
        endpoint: endpoint.into(),
        created_at: ago(2000),
        updated_at: ago(2000),
        removed_at: None,
        endpoint_changed_at: None,
    }
}

/// A number with which all is well.
fn well() -> Evidence {
    Evidence {
        now: now(),
        fresh: Fresh::new(&Limits::default()),
        account: account(),
        parent: None,
        is_of_one: true,
        numbers: vec![number()],
        in_use: 1,
        asked: vec![answered("GEO_PERMISSION", "DE", CheckState::Pass, json!({}), 5)],
        troubles: Vec::new(),
        placed: Vec::new(),
        calls: CallsSeen::default(),
        is_under_alert: false,
        balances: Vec::new(),
        destination: Some(Destination {
            country: "DE".into(),
            number: Some(E164::parse("+4930123456").unwrap()),
        }),
        status_page: Some(StatusPage {
            incidents: Vec::new(),
            read_at: Some(ago(1)),
            has_failed: false,
        }),
        has_public_url: true,
    }
}

fn answered(check: &str, subject: &str, state: CheckState, evidence: Value, minutes: i64) -> health_check::Model {
    health_check::Model {
        id: HealthCheckId(Uuid::from_u128(9)),
        workspace_id: WorkspaceId(Uuid::from_u128(2)),
        twilio_account_id: AccountId(Uuid::from_u128(1)),
        check_name: check.into(),
        subject: subject.into(),
        state,
        reason: None,
        twilio_code: None,
        evidence,
        since: ago(minutes),
        at: ago(minutes),
    }
}

fn trouble(code: i32, minutes: i64) -> Trouble {
    Trouble {
        source: TroubleSource::Log,
        code: Some(code),
        text: Some("Twilio's words".into()),
        is_warning: false,
        number: Some(number().row.id),
        to: None,
        country: None,
        without_agent: false,
        at: ago(minutes),
    }
}

fn right(right: Right, answer: RightAnswer, code: Option<i32>) -> RightEvidence {
    RightEvidence {
        right,
        answer,
        twilio_code: code,
        since: ago(2),
        at: ago(2),
    }
}

fn of(change: impl FnOnce(&mut Evidence)) -> Diagnosis {
    let mut seen = well();
    change(&mut seen);
    diagnose(&seen)
}

/// The state and the reason of one check after a change.
fn says(name: CheckName, change: impl FnOnce(&mut Evidence)) -> (String, String) {
    let diagnosis = of(change);
    let check = diagnosis.check(name).unwrap();
    (check.state.to_string(), check.reason.clone().unwrap_or_default())
}

fn told(state: &str, reason: &str) -> (String, String) {
    (state.to_owned(), reason.to_owned())
}

#[test]
fn a_number_with_which_all_is_well_passes_every_check() {
    let diagnosis = diagnose(&well());
    let names: Vec<CheckName> = diagnosis.checks.iter().map(|check| check.name).collect();
    assert_eq!(names, CheckName::ALL);
    for check in &diagnosis.checks {
        assert_eq!(check.state, CheckState::Pass, "{check:?}");
        assert!(!check.is_stale && check.reason.is_none(), "{check:?}");
    }
    assert_eq!((diagnosis.cause, diagnosis.other_causes.len()), (None, 0));
    assert_eq!(diagnosis.summary(), "Nothing is known that stops calls.");
}

#[test]
fn of_two_causes_the_first_is_named_and_the_second_listed() {
    let diagnosis = of(|s| {
        s.numbers[0].row.seen_routing.voice_url = None;
        s.asked = vec![answered("GEO_PERMISSION", "DE", CheckState::Fail, json!({}), 5)];
    });
    assert_eq!(diagnosis.cause, Some(CheckName::RoutingOurs));
    assert_eq!(diagnosis.other_causes, [CheckName::GeoPermission]);
    assert!(diagnosis.summary().contains("no voice address") && diagnosis.summary().ends_with("You have to act."));
}

#[test]
fn what_depends_on_a_failed_check_is_not_reached_and_what_was_seen_is_still_shown() {
    let diagnosis = of(|s| {
        s.account.credential_state = CredentialState::Rejected;
        let id = s.numbers[0].row.id.to_string();
        s.asked.push(answered(
            "SIGNATURE_VALID",
            &id,
            CheckState::Fail,
            json!({ "count": 2 }),
            1,
        ));
    });
    let state = |name: CheckName| diagnosis.check(name).unwrap().state.clone();
    assert_eq!(diagnosis.cause, Some(CheckName::TokenAccepted));
    for name in [
        CheckName::AccountActive,
        CheckName::Credit,
        CheckName::GeoPermission,
        CheckName::TwilioErrors,
    ] {
        assert_eq!(state(name), CheckState::NotReached, "{name:?}");
    }
    assert_eq!(
        (state(CheckName::NumberOwned), state(CheckName::RoutingOurs)),
        (CheckState::Pass, CheckState::Pass)
    );
    let signature = diagnosis.check(CheckName::SignatureValid).unwrap();
    assert_eq!(
        (signature.is_failed(), signature.same_cause_as),
        (true, Some(CheckName::TokenAccepted))
    );
    assert_eq!(diagnosis.other_causes, []);
}

#[test]
fn old_evidence_is_marked() {
    let diagnosis = of(|s| {
        s.account.synced_at = Some(ago(300));
        s.numbers[0].row.seen_at = ago(300);
        s.account.balance_at = Some(ago(60));
    });
    for name in [
        CheckName::NumberOwned,
        CheckName::NumberVoice,
        CheckName::RoutingOurs,
        CheckName::Credit,
    ] {
        let check = diagnosis.check(name).unwrap();
        assert!(check.is_stale && check.state == CheckState::Pass, "{check:?}");
    }
}

#[test]
fn an_account_is_judged_by_all_its_numbers() {
    use CheckName::NumberOwned;
    let many = |bad: usize| {
        move |s: &mut Evidence| {
            s.is_of_one = false;
            s.numbers = (0..3).map(|_| number()).collect();
            for number in s.numbers.iter_mut().take(bad) {
                number.row.at_twilio = AtTwilio::Gone;
            }
            s.in_use = 3;
        }
    };
    assert_eq!(says(NumberOwned, many(0)), told("PASS", ""));
    assert_eq!(says(NumberOwned, many(1)), told("WARN", "NUMBER_GONE"));
    assert_eq!(says(NumberOwned, many(3)), told("FAIL", "NUMBER_GONE"));
    let one = of(many(1));
    let check = one.check(NumberOwned).unwrap();
    assert!(
        check.evidence.starts_with("Not good for 1 of 3 numbers."),
        "{}",
        check.evidence
    );
    assert_eq!((check.numbers.len(), one.cause), (1, Some(NumberOwned)));
    assert!(one.summary().contains("some of the numbers"), "{}", one.summary());
    let empty = |s: &mut Evidence| {
        s.is_of_one = false;
        s.numbers.clear();
    };
    assert_eq!(says(NumberOwned, empty), told("NOT_REACHED", ""));
    assert_eq!(of(empty).cause, None);
}
