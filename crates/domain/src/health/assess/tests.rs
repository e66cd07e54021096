use std::collections::BTreeMap;

use ::entity::evidence::{Reasons, Rights};
use ::entity::twilio_account::{self, AccountKind, RotationPolicy};
use ::entity::{AccountId, WorkspaceId};
use uuid::Uuid;

use super::*;
use crate::health::NumbersInUse;

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

/// An account that was checked a minute ago, with everything in order.
fn account() -> twilio_account::Model {
    let at = now() - TimeDelta::minutes(1);
    let mut rights = Rights::default();
    for right in Right::ALL {
        rights.note(right, RightAnswer::Granted, None, at);
    }
    twilio_account::Model {
        id: AccountId(Uuid::nil()),
        workspace_id: WorkspaceId(Uuid::nil()),
        sid: "AC00000000000000000000000000000001".into(),
        region: "us1".into(),
        label: "Main".into(),
        state: AccountState::Connected,
        twilio_status: TwilioStatus::Active,
        kind: AccountKind::Full,
        owner_sid: None,
        friendly_name: None,
        credential_state: CredentialState::Accepted,
        health: Health::Healthy,
        health_since: at,
        health_reason: None,
        health_twilio_code: None,
        health_reasons: Reasons::default(),
        better_evaluations: 0,
        flaps_until: None,
        idle: true,
        rights,
        rights_due_at: None,
        failed_probes: 0,
        paused_at: None,
        balance: None,
        balance_currency: None,
        balance_at: Some(now() - TimeDelta::minutes(1)),
        verified_at: Some(at),
        checked_at: Some(at),
        synced_at: Some(now() - TimeDelta::minutes(1)),
        next_check_at: at,
        next_sync_at: at,
        next_billing_at: at,
        billing_read_at: None,
        next_calls_at: at,
        calls_read_until: None,
        alerts_read_until: None,
        rotation_policy: RotationPolicy::None,
        rotation_days: None,
        token_set_at: None,
        rotation_reminded_at: None,
        created_at: at,
        updated_at: at,
        disconnected_at: None,
    }
}

fn evidence(change: impl FnOnce(&mut Evidence)) -> Evidence {
    let mut evidence = Evidence {
        account: account(),
        numbers: NumbersInUse {
            all: 4,
            ..NumbersInUse::default()
        },
        calls: Window {
            attempts: 20,
            reached: 20,
            canceled: 0,
            setup_p95_ms: Some(900),
            webhooks: 20,
            webhook_errors: 0,
        },
        low_balance: false,
    };
    change(&mut evidence);
    evidence
}

/// The state and the codes of its reasons.
fn assessed(change: impl FnOnce(&mut Evidence)) -> (String, Vec<String>) {
    let found = assess(&evidence(change), &Limits::default(), now());
    let codes = found.reasons.into_iter().map(|reason| reason.code).collect();
    (found.health.to_string(), codes)
}

fn is(state: &str, codes: &[&str]) -> (String, Vec<String>) {
    (state.into(), codes.iter().map(|code| (*code).to_owned()).collect())
}

fn fail(evidence: &mut Evidence, code: ReasonCode, numbers: u32) {
    evidence.numbers.failing.insert(code.as_str(), (code, numbers));
}

#[test]
fn with_everything_in_order_it_is_healthy() {
    assert_eq!(assessed(|_| {}), is("HEALTHY", &[]));
}

#[test]
fn what_is_switched_off_says_nothing_else() {
    let paused = |evidence: &mut Evidence| {
        evidence.account.paused_at = Some(now());
        evidence.account.credential_state = CredentialState::Rejected;
    };
    assert_eq!(assessed(paused), is("DISABLED", &["PAUSED"]));
    let gone = |evidence: &mut Evidence| evidence.account.state = AccountState::Disconnected;
    assert_eq!(assessed(gone), is("DISABLED", &["DISCONNECTED"]));
    for reason in [ReasonCode::Paused, ReasonCode::Disconnected] {
        assert_eq!(reason.who_acts(), None, "{reason:?}: somebody wanted it so");
    }
}

#[test]
fn a_suspended_account_is_told_from_a_closed_one() {
    for (status, code) in [
        (TwilioStatus::Suspended, "SUSPENDED_AT_TWILIO"),
        (TwilioStatus::Closed, "CLOSED_AT_TWILIO"),
    ] {
        assert_eq!(
            assessed(|evidence| evidence.account.twilio_status = status.clone()),
            is("SUSPENDED", &[code])
        );
    }
}

#[test]
fn before_the_first_full_check_nothing_is_claimed() {
    let unchecked = |evidence: &mut Evidence| evidence.account.rights = Rights::default();
    assert_eq!(assessed(unchecked), is("UNVERIFIED", &["NOT_YET_CHECKED"]));
}

#[test]
fn evidence_older_than_two_intervals_counts_for_nothing() {
    let checked = |minutes| {
        assessed(|evidence| {
            evidence.account.checked_at = Some(now() - TimeDelta::minutes(minutes));
            evidence.account.twilio_status = TwilioStatus::Suspended;
        })
    };
    assert_eq!(checked(10), is("SUSPENDED", &["SUSPENDED_AT_TWILIO"]));
    assert_eq!(checked(11), is("UNKNOWN", &["NOT_CHECKED_LATELY"]));
}

#[test]
fn a_credential_that_callab_cannot_open_is_not_the_customers_fault() {
    let sealed = |evidence: &mut Evidence| {
        evidence
            .account
            .rights
            .note(Right::Account, RightAnswer::CannotOpen, None, now());
    };
    assert_eq!(assessed(sealed), is("UNKNOWN", &["CREDENTIAL_UNREADABLE"]));
}

#[test]
fn rejected_credentials_are_told_apart() {
    for (answer, code) in [
        (RightAnswer::Denied, "CREDENTIALS_REJECTED"),
        (RightAnswer::Rotated, "TOKEN_ROTATED"),
        (RightAnswer::WrongRegion, "WRONG_REGION"),
    ] {
        let rejected = |evidence: &mut Evidence| {
            evidence.account.credential_state = CredentialState::Rejected;
            evidence
                .account
                .rights
                .note(Right::Account, answer.clone(), Some(20003), now());
        };
        assert_eq!(assessed(rejected), is("FAILING", &[code]));
    }
    let once = |evidence: &mut Evidence| evidence.account.credential_state = CredentialState::RejectedOnce;
    assert_eq!(assessed(once), is("DEGRADED", &["CREDENTIALS_REJECTED_ONCE"]));
}

#[test]
fn calls_need_the_rights_of_numbers_and_calls_and_no_others() {
    let denied = |right: Right| {
        assessed(|evidence| {
            evidence
                .account
                .rights
                .note(right, RightAnswer::Denied, Some(20003), now());
        })
    };
    for right in Right::ALL {
        let needed = matches!(right, Right::Numbers | Right::Calls);
        let expected = if needed {
            is("FAILING", &["INSUFFICIENT_RIGHTS"])
        } else {
            is("HEALTHY", &[])
        };
        assert_eq!(denied(right.clone()), expected, "{right}");
    }
}

#[test]
fn one_silence_degrades_and_three_in_a_row_fail() {
    let silent = |probes| assessed(|evidence| evidence.account.failed_probes = probes);
    assert_eq!(silent(1), is("DEGRADED", &["PROBE_UNANSWERED"]));
    assert_eq!(silent(2), is("DEGRADED", &["PROBE_UNANSWERED"]));
    assert_eq!(silent(3), is("FAILING", &["TWILIO_SILENT"]));
}

#[test]
fn a_throttled_check_degrades_until_the_next() {
    let throttled = |evidence: &mut Evidence| {
        let at = evidence.account.checked_at.unwrap();
        evidence
            .account
            .rights
            .note(Right::Usage, RightAnswer::Throttled, Some(20429), at);
    };
    assert_eq!(assessed(throttled), is("DEGRADED", &["THROTTLED"]));
    let before = |evidence: &mut Evidence| {
        let at = evidence.account.checked_at.unwrap() - TimeDelta::minutes(5);
        evidence
            .account
            .rights
            .note(Right::Usage, RightAnswer::Throttled, Some(20429), at);
    };
    assert_eq!(assessed(before), is("HEALTHY", &[]));
}

#[test]
fn some_failing_numbers_degrade_and_all_of_them_fail() {
    assert_eq!(
        assessed(|evidence| fail(evidence, ReasonCode::RoutingChanged, 1)),
        is("DEGRADED", &["ROUTING_CHANGED"])
    );
    let all = |evidence: &mut Evidence| {
        fail(evidence, ReasonCode::NoAgent, 1);
        fail(evidence, ReasonCode::NumberGone, 3);
    };
    assert_eq!(
        assessed(all),
        is("FAILING", &["EVERY_NUMBER_FAILS", "NO_AGENT", "NUMBER_GONE"])
    );
}

#[test]
fn a_rate_of_few_calls_is_not_judged() {
    let calls = |attempts, reached| {
        assessed(|evidence| {
            evidence.calls.attempts = attempts;
            evidence.calls.reached = reached;
        })
    };
    assert_eq!(calls(9, 0), is("HEALTHY", &[]));
    assert_eq!(calls(10, 7), is("FAILING", &["CALLS_FAIL"]));
    assert_eq!(calls(10, 8), is("DEGRADED", &["SOME_CALLS_FAIL"]));
    assert_eq!(calls(100, 94), is("DEGRADED", &["SOME_CALLS_FAIL"]));
    assert_eq!(calls(100, 95), is("HEALTHY", &[]));
}

#[test]
fn slow_calls_failing_webhooks_and_a_low_balance_degrade() {
    assert_eq!(
        assessed(|evidence| evidence.calls.setup_p95_ms = Some(4001)),
        is("DEGRADED", &["SLOW_SETUP"])
    );
    let webhooks = |errors| {
        assessed(|evidence| {
            evidence.calls.webhooks = 200;
            evidence.calls.webhook_errors = errors;
        })
    };
    assert_eq!(webhooks(1), is("HEALTHY", &[]));
    assert_eq!(webhooks(2), is("DEGRADED", &["WEBHOOK_ERRORS"]));
    assert_eq!(
        assessed(|evidence| evidence.low_balance = true),
        is("DEGRADED", &["LOW_BALANCE"])
    );
}

#[test]
fn of_two_causes_the_weightier_is_named_first_and_the_other_listed() {
    let both = |evidence: &mut Evidence| {
        evidence.low_balance = true;
        evidence.account.credential_state = CredentialState::Rejected;
    };
    assert_eq!(assessed(both), is("FAILING", &["CREDENTIALS_REJECTED", "LOW_BALANCE"]));
}

#[test]
fn without_calls_it_is_idle() {
    let idle = |calls| {
        let evidence = evidence(|evidence| evidence.calls = calls);
        assess(&evidence, &Limits::default(), now()).idle
    };
    assert!(idle(Window::default()));
    assert!(!idle(Window {
        attempts: 1,
        ..Window::default()
    }));
}

#[test]
fn what_is_old_counts_for_nothing() {
    let every_number_fails = |evidence: &mut Evidence| {
        evidence.numbers = NumbersInUse {
            all: 1,
            failing: BTreeMap::from([("NUMBER_GONE", (ReasonCode::NumberGone, 1))]),
        };
    };
    assert_eq!(
        assessed(every_number_fails),
        is("FAILING", &["EVERY_NUMBER_FAILS", "NUMBER_GONE"])
    );
    let not_read_lately = assessed(|evidence| {
        every_number_fails(evidence);
        evidence.account.synced_at = Some(now() - TimeDelta::days(1));
    });
    assert_eq!(not_read_lately, is("HEALTHY", &[]));
    let old_balance = assessed(|evidence| {
        evidence.low_balance = true;
        evidence.account.balance_at = Some(now() - TimeDelta::days(1));
    });
    assert_eq!(old_balance, is("HEALTHY", &[]));
    // A suspension that was told long ago is none; calls that fail now do.
    let blind = |evidence: &mut Evidence| {
        evidence.account.twilio_status = TwilioStatus::Suspended;
        evidence.account.checked_at = Some(now() - TimeDelta::days(1));
    };
    assert_eq!(assessed(blind), is("UNKNOWN", &["NOT_CHECKED_LATELY"]));
    let calls_fail = assessed(|evidence| {
        blind(evidence);
        (evidence.calls.attempts, evidence.calls.reached) = (20, 2);
    });
    assert_eq!(calls_fail, is("FAILING", &["CALLS_FAIL", "NOT_CHECKED_LATELY"]));
}

#[test]
fn a_check_that_twilio_refuses_is_no_good_check() {
    let refused = |answer: RightAnswer, code| {
        assessed(|evidence| {
            let checked = evidence.account.checked_at.unwrap();
            evidence.account.verified_at = Some(checked - TimeDelta::minutes(5));
            evidence
                .account
                .rights
                .note(Right::Account, answer, Some(code), checked);
        })
    };
    assert_eq!(
        refused(RightAnswer::Denied, 20006),
        is("FAILING", &["REFUSED_BY_TWILIO"])
    );
    assert_eq!(
        refused(RightAnswer::NotApplicable, 20404),
        is("FAILING", &["REFUSED_BY_TWILIO"])
    );
    let key = assessed(|evidence| {
        let checked = evidence.account.checked_at.unwrap();
        evidence
            .account
            .rights
            .note(Right::Numbers, RightAnswer::NotActive, Some(20005), checked);
    });
    assert_eq!(key, is("FAILING", &["ACCOUNT_NOT_ACTIVE"]));
}
