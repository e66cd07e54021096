//! One table a group: what is seen, and what the check says.

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

use super::super::evidence::{Destination, Fresh, Incident, StatusPage, Trouble, TroubleSource, VOICE_REGION};
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
        connected_at: Some(ago(30)),
        answered_at: None,
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
        country: None,
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
fn credentials() {
    use CheckName::{SidFormat, TokenAccepted};
    assert_eq!(
        says(SidFormat, |s| s.account.sid = "SK1".into()),
        told("FAIL", "SID_MALFORMED")
    );
    let state = |state: CredentialState| move |s: &mut Evidence| s.account.credential_state = state;
    assert_eq!(
        says(TokenAccepted, state(CredentialState::RejectedOnce)),
        told("WARN", "REJECTED_ONCE")
    );
    assert_eq!(
        says(TokenAccepted, state(CredentialState::Rejected)),
        told("FAIL", "TOKEN_CHANGED_OR_SUSPENDED")
    );
    let never = |s: &mut Evidence| {
        s.account.credential_state = CredentialState::Rejected;
        s.account.verified_at = None;
    };
    assert_eq!(says(TokenAccepted, never), told("FAIL", "TOKEN_REJECTED"));
    let rotated = |s: &mut Evidence| {
        s.account.credential_state = CredentialState::Rejected;
        let id = s.numbers[0].row.id.to_string();
        s.asked.push(answered(
            "SIGNATURE_VALID",
            &id,
            CheckState::Fail,
            json!({ "count": 3 }),
            1,
        ));
    };
    assert_eq!(says(TokenAccepted, rotated), told("FAIL", "TOKEN_ROTATED"));
    let rights = |answer: RightAnswer| {
        move |s: &mut Evidence| s.account.rights = Rights(vec![right(Right::Calls, answer, None)])
    };
    assert_eq!(
        says(TokenAccepted, rights(RightAnswer::WrongRegion)),
        told("FAIL", "WRONG_REGION")
    );
    assert_eq!(
        says(TokenAccepted, rights(RightAnswer::Denied)),
        told("FAIL", "RIGHT_DENIED")
    );
    assert_eq!(
        says(TokenAccepted, rights(RightAnswer::CannotOpen)),
        told("UNKNOWN", "CANNOT_OPEN")
    );
    assert_eq!(
        says(TokenAccepted, |s| s.account.verified_at = None),
        told("UNKNOWN", "NOT_YET_CHECKED")
    );
    assert_eq!(
        says(TokenAccepted, |s| s.account.checked_at = Some(ago(1))),
        told("UNKNOWN", "TWILIO_SILENT")
    );
    let old = |s: &mut Evidence| (s.account.verified_at, s.account.checked_at) = (Some(ago(11)), Some(ago(11)));
    assert_eq!(says(TokenAccepted, old), told("UNKNOWN", "NOT_CHECKED_LATELY"));
    assert_eq!(
        says(TokenAccepted, |s| s.account.state = AccountState::Disconnected),
        told("FAIL", "DISCONNECTED")
    );
}

#[test]
fn a_suspended_account_is_named_in_every_form() {
    use CheckName::AccountActive;
    let status = |status: TwilioStatus| move |s: &mut Evidence| s.account.twilio_status = status;
    assert_eq!(
        says(AccountActive, status(TwilioStatus::Suspended)),
        told("FAIL", "ACCOUNT_SUSPENDED")
    );
    assert_eq!(
        says(AccountActive, status(TwilioStatus::Closed)),
        told("FAIL", "ACCOUNT_CLOSED")
    );
    assert_eq!(
        says(AccountActive, status(TwilioStatus::from("LIMITED"))),
        told("UNKNOWN", "STATUS_UNKNOWN")
    );
    let forbidden = |s: &mut Evidence| {
        s.account.twilio_status = TwilioStatus::Suspended;
        s.account.health_twilio_code = Some(20403);
        s.account.checked_at = Some(ago(1));
    };
    assert_eq!(
        says(AccountActive, forbidden),
        told("FAIL", "ACCOUNT_SUSPENDED_OR_CLOSED")
    );
    assert_eq!(of(forbidden).cause, Some(AccountActive));
    let rights = |answer: RightAnswer| {
        move |s: &mut Evidence| s.account.rights = Rights(vec![right(Right::Account, answer, Some(20003))])
    };
    assert_eq!(
        says(AccountActive, rights(RightAnswer::Suspended)),
        told("FAIL", "ACCOUNT_SUSPENDED")
    );
    assert_eq!(
        says(AccountActive, rights(RightAnswer::Closed)),
        told("FAIL", "ACCOUNT_CLOSED")
    );
    let with_parent = |s: &mut Evidence| {
        s.account.twilio_status = TwilioStatus::Suspended;
        s.account.owner_sid = Some("ACparent".into());
        s.parent = Some(twilio_account::Model {
            twilio_status: TwilioStatus::Suspended,
            ..account()
        });
    };
    assert_eq!(says(AccountActive, with_parent), told("FAIL", "PARENT_SUSPENDED"));
    assert_eq!(
        says(AccountActive, |s| s.troubles.push(trouble(10005, 1))),
        told("FAIL", "VOICE_DISABLED")
    );
}

#[test]
fn credit_fails_only_when_twilio_refuses() {
    use CheckName::{AccountActive, Credit};
    let balance =
        |figure: &'static str| move |s: &mut Evidence| s.account.balance = Some(Amount(figure.parse().unwrap()));
    for figure in ["0", "-3.20"] {
        assert_eq!(says(Credit, balance(figure)), told("WARN", "LOW_CREDIT"));
    }
    assert_eq!(
        says(Credit, |s| s.account.balance = None),
        told("UNKNOWN", "BALANCE_UNKNOWN")
    );
    let subaccount = |s: &mut Evidence| {
        s.account.owner_sid = Some("ACparent".into());
        s.account.balance = None;
    };
    assert_eq!(says(Credit, subaccount), told("UNKNOWN", "BALANCE_OF_PARENT"));
    let of_parent = |s: &mut Evidence| {
        subaccount(s);
        s.parent = Some(account());
    };
    assert_eq!(says(Credit, of_parent), told("PASS", ""));
    assert!(
        of(of_parent)
            .check(Credit)
            .unwrap()
            .evidence
            .contains("parent account's balance is 12.50 USD")
    );
    for code in [20005, 10001, 10003] {
        let refused = |s: &mut Evidence| {
            balance("0")(s);
            s.troubles.push(trouble(code, 1));
        };
        assert_eq!(says(Credit, refused), told("FAIL", "NO_FUNDS"), "{code}");
        assert_eq!(of(refused).cause, Some(Credit));
        // A top-up that was read since is news.
        let topped_up = |s: &mut Evidence| {
            s.account.balance_at = Some(now());
            s.troubles.push(trouble(code, 1));
        };
        assert_eq!(says(Credit, topped_up), told("PASS", ""), "{code}");
    }
    let not_active = |figure: &'static str| {
        move |s: &mut Evidence| {
            balance(figure)(s);
            s.account.rights = Rights(vec![right(Right::Account, RightAnswer::NotActive, Some(20005))]);
        }
    };
    assert_eq!(of(not_active("0")).cause, Some(Credit));
    assert_eq!(says(Credit, not_active("0")), told("FAIL", "NO_FUNDS"));
    // With credit it is something else.
    assert_eq!(says(AccountActive, not_active("5")), told("FAIL", "ACCOUNT_NOT_ACTIVE"));
    assert_eq!(of(not_active("5")).cause, Some(AccountActive));
}

#[test]
fn the_number() {
    use CheckName::{NumberOwned, NumberVoice};
    let at = |at: AtTwilio| move |s: &mut Evidence| s.numbers[0].row.at_twilio = at;
    assert_eq!(says(NumberOwned, at(AtTwilio::Gone)), told("FAIL", "NUMBER_GONE"));
    assert_eq!(
        says(NumberOwned, at(AtTwilio::Undetermined)),
        told("UNKNOWN", "NUMBER_UNKNOWN")
    );
    assert_eq!(says(NumberVoice, at(AtTwilio::Gone)), told("NOT_REACHED", ""));
    assert_eq!(
        says(NumberVoice, |s| s.numbers[0].row.voice = false),
        told("FAIL", "NO_VOICE")
    );
    let fax = |s: &mut Evidence| {
        s.numbers[0].row.voice = false;
        s.numbers[0].row.seen_routing.voice_receive_mode = Some("fax".into());
    };
    assert_eq!(says(NumberVoice, fax), told("FAIL", "FAX_MODE"));
}

#[test]
fn the_agent() {
    use CheckName::{AgentAssigned, AgentReachable, RoutingOurs};
    let none = |s: &mut Evidence| s.numbers[0].inbound = None;
    assert_eq!(says(AgentAssigned, none), told("FAIL", "NO_AGENT"));
    assert_eq!(of(none).cause, Some(AgentAssigned));
    let never = |s: &mut Evidence| {
        s.numbers[0].inbound = None;
        s.numbers[0].was_assigned = false;
    };
    assert_eq!(says(AgentAssigned, never), told("WARN", "SETUP_NOT_FINISHED"));
    assert_eq!(
        (of(never).cause, says(RoutingOurs, never)),
        (None, told("NOT_REACHED", ""))
    );
    let outbound = |s: &mut Evidence| s.numbers[0].outbound = s.numbers[0].inbound.take();
    assert_eq!(says(AgentAssigned, outbound), told("WARN", "OUTBOUND_ONLY"));
    let removed = |s: &mut Evidence| s.numbers[0].inbound.as_mut().unwrap().removed_at = Some(ago(1));
    assert_eq!(says(AgentAssigned, removed), told("FAIL", "AGENT_REMOVED"));
    assert_eq!(
        says(AgentAssigned, |s| s.numbers[0].row.state = NumberState::Removed),
        told("FAIL", "NUMBER_NOT_ADDED")
    );

    let id = AgentId(Uuid::from_u128(4)).to_string();
    let unreachable = |s: &mut Evidence| {
        s.asked
            .push(answered("AGENT_REACHABLE", &id, CheckState::Fail, json!({}), 1));
    };
    assert_eq!(says(AgentReachable, unreachable), told("FAIL", "AGENT_UNREACHABLE"));
    // A call that came through since is better proof.
    let proved = |s: &mut Evidence| {
        unreachable(s);
        s.numbers[0].connected_at = Some(now());
    };
    assert_eq!(says(AgentReachable, proved), told("PASS", ""));
    assert_eq!(
        says(AgentReachable, |s| s.troubles.push(trouble(31920, 1))),
        told("FAIL", "STREAM_REFUSED")
    );
    assert_eq!(
        says(AgentReachable, |s| s.troubles.push(trouble(31920, 31))),
        told("PASS", "")
    );
    let udp = |s: &mut Evidence| {
        s.numbers[0].inbound = Some(agent("sip:agent@pbx.example"));
        s.numbers[0].connected_at = None;
    };
    assert_eq!(says(AgentReachable, udp), told("UNKNOWN", "SIP_OVER_UDP"));
    assert_eq!(
        says(AgentReachable, |s| s.numbers[0].connected_at = None),
        told("UNKNOWN", "NOT_ASKED")
    );
}

#[test]
fn routing() {
    use CheckName::RoutingOurs;
    let there = |change: fn(&mut Routing)| move |s: &mut Evidence| change(&mut s.numbers[0].row.seen_routing);
    for (change, reason) in [
        ((|r| r.voice_url = None) as fn(&mut Routing), "NOT_SET"),
        (
            |r| r.voice_url = Some("https://me:secret@other.example/x?key=1".into()),
            "URL_CHANGED",
        ),
        (|r| r.voice_method = Some("GET".into()), "WRONG_METHOD"),
        (|r| r.trunk_sid = Some("TK1".into()), "OVERRIDDEN_BY_TRUNK"),
        (
            |r| r.voice_application_sid = Some("AP1".into()),
            "OVERRIDDEN_BY_APPLICATION",
        ),
    ] {
        assert_eq!(says(RoutingOurs, there(change)), told("FAIL", reason));
        let diagnosis = of(there(change));
        assert_eq!(diagnosis.cause, Some(RoutingOurs));
        let check = diagnosis.check(RoutingOurs).unwrap();
        assert_eq!(check.differences.len(), 1);
        assert!(!serde_json::to_string(check).unwrap().contains("secret"), "{check:?}");
        assert_eq!(
            diagnosis.check(CheckName::WebhookAnswered).unwrap().state,
            CheckState::NotReached
        );
    }
    assert_eq!(
        says(RoutingOurs, there(|r| r.status_callback = None)),
        told("WARN", "CALLBACKS_CHANGED")
    );
    let id = number().row.id.to_string();
    let region = |minutes| {
        let id = id.clone();
        move |s: &mut Evidence| {
            s.asked.push(answered(
                VOICE_REGION,
                &id,
                CheckState::Fail,
                json!({ "region": "ie1" }),
                minutes,
            ));
        }
    };
    assert_eq!(says(RoutingOurs, region(1)), told("FAIL", "OTHER_REGION"));
    assert_eq!(says(RoutingOurs, region(60)), told("WARN", "OTHER_REGION")); // A call came since.
    let state = |state: RoutingState| move |s: &mut Evidence| s.numbers[0].row.routing = state;
    assert_eq!(
        says(RoutingOurs, state(RoutingState::Applying)),
        told("WARN", "ROUTING_PENDING")
    );
    assert_eq!(
        says(RoutingOurs, state(RoutingState::ReturnBlocked)),
        told("FAIL", "RETURN_PENDING")
    );
    let problem = |s: &mut Evidence| {
        state(RoutingState::Applying)(s);
        s.numbers[0].row.routing_problem = Some("CREDENTIALS_REJECTED".into());
        s.numbers[0].row.routing_twilio_code = Some(20003);
    };
    assert_eq!(says(RoutingOurs, problem), told("FAIL", "ROUTING_NOT_WRITTEN"));
}

#[test]
fn webhooks_and_their_signature() {
    use CheckName::{SignatureValid, WebhookAnswered};
    for (code, reason) in [
        (11200, "WEBHOOK_FAILED"),
        (11205, "WEBHOOK_UNREACHABLE"),
        (12100, "WEBHOOK_BAD_ANSWER"),
    ] {
        assert_eq!(
            says(WebhookAnswered, |s| s.troubles.push(trouble(code, 1))),
            told("FAIL", reason)
        );
    }
    assert_eq!(
        says(WebhookAnswered, |s| s.troubles.push(trouble(11200, 31))),
        told("PASS", "")
    ); // It worked since.
    assert_eq!(
        says(WebhookAnswered, |s| s.has_public_url = false),
        told("FAIL", "PUBLIC_URL_NOT_SET")
    );
    let probed = |s: &mut Evidence| {
        s.asked
            .push(answered("WEBHOOK_ANSWERED", "", CheckState::Fail, json!({}), 1));
    };
    assert_eq!(says(WebhookAnswered, probed), told("FAIL", "PUBLIC_URL_NOT_OURS"));
    let fresh = |s: &mut Evidence| s.numbers[0].webhook_at = None;
    assert_eq!(says(WebhookAnswered, fresh), told("UNKNOWN", "NO_CALL_YET"));
    let id = number().row.id.to_string();
    let refused = |s: &mut Evidence| {
        s.asked.push(answered(
            "SIGNATURE_VALID",
            &id,
            CheckState::Fail,
            json!({ "count": 66 }),
            2,
        ));
        s.troubles.push(trouble(11200, 2));
    };
    let diagnosis = of(refused);
    assert_eq!(diagnosis.cause, Some(SignatureValid));
    assert!(
        diagnosis
            .check(SignatureValid)
            .unwrap()
            .evidence
            .starts_with("66 requests refused since")
    );
    // What Twilio's log says of it is no cause of its own.
    assert_eq!(
        diagnosis.check(CheckName::TwilioErrors).unwrap().same_cause_as,
        Some(SignatureValid)
    );
    assert_eq!(diagnosis.other_causes, []);
}

#[test]
fn what_may_be_called() {
    use CheckName::{CallerId, GeoPermission, TrialLimits};
    let geo = |state: CheckState| {
        move |s: &mut Evidence| s.asked = vec![answered("GEO_PERMISSION", "DE", state, json!({}), 5)]
    };
    assert_eq!(
        says(GeoPermission, geo(CheckState::Fail)),
        told("FAIL", "COUNTRY_NOT_PERMITTED")
    );
    assert_eq!(
        says(GeoPermission, geo(CheckState::Warn)),
        told("WARN", "HIGH_RISK_NOT_PERMITTED")
    );
    assert_eq!(says(GeoPermission, |s| s.asked.clear()), told("UNKNOWN", "NOT_ASKED"));
    assert_eq!(
        says(GeoPermission, |s| s.destination = None),
        told("UNKNOWN", "NO_DESTINATION")
    );
    let refused = |country: &'static str, minutes| {
        move |s: &mut Evidence| {
            s.troubles.push(Trouble {
                country: Some(country.into()),
                ..trouble(21215, minutes)
            });
        }
    };
    assert_eq!(
        says(GeoPermission, refused("DE", 1)),
        told("FAIL", "COUNTRY_NOT_PERMITTED")
    );
    assert_eq!(says(GeoPermission, refused("DE", 6)), told("PASS", "")); // It was switched on since.
    assert_eq!(says(GeoPermission, refused("GB", 1)), told("PASS", "")); // Another country.
    for (code, reason) in [(21210, "CALLER_ID_NOT_OWNED"), (21212, "CALLER_ID_INVALID")] {
        assert_eq!(
            says(CallerId, |s| s.troubles.push(trouble(code, 1))),
            told("FAIL", reason)
        );
    }
    let trial = |s: &mut Evidence| s.account.kind = AccountKind::Trial;
    assert_eq!(says(TrialLimits, trial), told("WARN", "TRIAL_ACCOUNT"));
    let verified = |numbers: Value| {
        move |s: &mut Evidence| {
            trial(s);
            s.asked.push(answered(
                "TRIAL_LIMITS",
                "",
                CheckState::Pass,
                json!({ "verified": numbers }),
                1,
            ));
        }
    };
    assert_eq!(says(TrialLimits, verified(json!(["+4930123456"]))), told("PASS", ""));
    assert_eq!(
        says(TrialLimits, verified(json!([]))),
        told("FAIL", "TRIAL_NUMBER_NOT_VERIFIED")
    );
    for (code, reason) in [
        (21219, "TRIAL_NUMBER_NOT_VERIFIED"),
        (21264, "TRIAL_CALLER_NOT_VERIFIED"),
        (10002, "TRIAL_FEATURE"),
    ] {
        let limited = |s: &mut Evidence| {
            trial(s);
            s.troubles.push(trouble(code, 1));
        };
        assert_eq!(says(TrialLimits, limited), told("FAIL", reason));
        assert_eq!(
            says(TrialLimits, |s| s.troubles.push(trouble(code, 1))),
            told("PASS", "")
        ); // It was upgraded since.
    }
    assert_eq!(
        says(TrialLimits, |s| s.troubles.push(trouble(10004, 1))),
        told("FAIL", "TOO_MANY_CALLS")
    );
}

#[test]
fn twilios_own_side() {
    use CheckName::{Incidents, TwilioErrors};
    assert_eq!(
        says(TwilioErrors, |s| s.troubles.push(trouble(99_999, 1))),
        told("FAIL", "TWILIO_ERROR")
    );
    let diagnosis = of(|s| s.troubles.push(trouble(99_999, 1)));
    assert_eq!(
        diagnosis.cause,
        Some(TwilioErrors),
        "with nothing else the log is the cause"
    );
    assert!(
        diagnosis.summary().contains("error 99999: \"Twilio's words\""),
        "{}",
        diagnosis.summary()
    );
    let warning = |s: &mut Evidence| {
        s.troubles.push(Trouble {
            is_warning: true,
            ..trouble(15003, 1)
        });
    };
    assert_eq!(says(TwilioErrors, warning), told("WARN", "CALLBACK_LATE"));
    assert_eq!(
        says(TwilioErrors, |s| s.account.alerts_read_until = None),
        told("UNKNOWN", "LOG_NOT_READ")
    );
    let incident = |impact: &'static str| {
        move |s: &mut Evidence| {
            let incidents = vec![Incident {
                name: "Voice calls fail".into(),
                impact: impact.into(),
                started_at: None,
            }];
            s.status_page = Some(StatusPage {
                incidents,
                read_at: Some(ago(1)),
                has_failed: false,
            });
        }
    };
    assert_eq!(says(Incidents, incident("critical")), told("FAIL", "INCIDENT_OPEN"));
    assert_eq!(says(Incidents, incident("minor")), told("WARN", "INCIDENT_OPEN"));
    assert_eq!(
        says(Incidents, |s| s.status_page = None),
        told("UNKNOWN", "STATUS_PAGE_NOT_READ")
    );
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
    assert_eq!((check.numbers.len(), one.cause), (1, None));
    let empty = |s: &mut Evidence| {
        s.is_of_one = false;
        s.numbers.clear();
    };
    assert_eq!(says(NumberOwned, empty), told("NOT_REACHED", ""));
    assert_eq!(of(empty).cause, None);
}
