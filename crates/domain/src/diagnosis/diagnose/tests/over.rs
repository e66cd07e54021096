//! What Twilio reported is a cause until something is seen that proves it over, code by code.

use super::super::super::evidence::{BalanceSeen, PlacedCall};
use super::super::super::over::is_over;
use super::*;

/// What may be seen after a trouble of ten minutes ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Since {
    Probe,
    NewToken,
    Sync,
    TopUp,
    CallIn,
    CallInToAnother,
    CallTaken,
    AgentOnTheLineIn,
    NewKey,
    AgentOnTheLine,
    AgentAnswersPlainly,
    AgentChanged,
    CallOutThere,
    CallOutToAnotherNumber,
    CallOutToAnotherCountry,
    CountryOn,
    HighRiskOn,
    NumberVerified,
    Upgrade,
}

use Since as S;

const ALL: [Since; 19] = [
    S::Probe,
    S::NewToken,
    S::Sync,
    S::TopUp,
    S::CallIn,
    S::CallInToAnother,
    S::CallTaken,
    S::AgentOnTheLineIn,
    S::NewKey,
    S::AgentOnTheLine,
    S::AgentAnswersPlainly,
    S::AgentChanged,
    S::CallOutThere,
    S::CallOutToAnotherNumber,
    S::CallOutToAnotherCountry,
    S::CountryOn,
    S::HighRiskOn,
    S::NumberVerified,
    S::Upgrade,
];

/// A placed call that is answered, wherever it goes.
const CALLS_OUT: [Since; 3] = [S::CallOutThere, S::CallOutToAnotherNumber, S::CallOutToAnotherCountry];

/// Twilio took a call, and somebody answered it.
fn placed(seen: &mut Evidence, to: &str, country: &str, is_answered: bool) {
    let answered_at = is_answered.then(|| ago(1));
    seen.placed.push(PlacedCall {
        number: number().row.id,
        to: to.into(),
        country: Some(country.into()),
        taken_at: ago(1),
        answered_at,
    });
    (seen.calls.taken, seen.calls.answered) = (Some(ago(1)), answered_at);
    seen.numbers[0].webhook_at = Some(ago(1)); // Twilio asks about calls of both directions.
}

impl Since {
    fn is_seen(self, seen: &mut Evidence) {
        let agent = AgentId(Uuid::from_u128(4)).to_string();
        let pass =
            |check: &str, subject: &str, evidence: Value| answered(check, subject, CheckState::Pass, evidence, 1);
        match self {
            S::Probe => seen.account.verified_at = Some(ago(1)),
            S::NewToken => seen.account.token_set_at = Some(ago(1)),
            S::Sync => seen.account.synced_at = Some(ago(1)),
            S::TopUp => seen.balances.insert(0, balance("30", 1, 1)),
            S::CallTaken => placed(seen, "+4930123456", "DE", false),
            S::CallIn => {
                (seen.numbers[0].webhook_at, seen.numbers[0].called_at) = (Some(ago(1)), Some(ago(1)));
                seen.calls.called = Some(ago(1));
            }
            S::CallInToAnother => seen.calls.called = Some(ago(1)),
            S::AgentOnTheLineIn => {
                (seen.numbers[0].connected_at, seen.numbers[0].connected_in_at) = (Some(ago(1)), Some(ago(1)));
            }
            S::NewKey => {
                seen.account.rights = Rights(vec![RightEvidence {
                    since: ago(1),
                    at: ago(1),
                    ..right(Right::Calls, RightAnswer::Granted, None)
                }]);
            }
            S::AgentOnTheLine => seen.numbers[0].connected_at = Some(ago(1)),
            S::AgentAnswersPlainly => seen.asked.push(pass("AGENT_REACHABLE", &agent, json!({}))),
            S::AgentChanged => seen.numbers[0].agent_since = Some(ago(1)),
            S::CallOutThere => placed(seen, "+4930123456", "DE", true),
            S::CallOutToAnotherNumber => placed(seen, "+4940765432", "DE", true),
            S::CallOutToAnotherCountry => placed(seen, "+442079460000", "GB", true),
            S::CountryOn => seen
                .asked
                .push(pass("GEO_PERMISSION", "DE", json!({ "lowRisk": true }))),
            S::HighRiskOn => {
                let all = json!({ "lowRisk": true, "special": true, "tollFraud": true });
                seen.asked.push(pass("GEO_PERMISSION", "DE", all));
            }
            S::NumberVerified => seen
                .asked
                .push(pass("TRIAL_LIMITS", "", json!({ "verified": ["+4930123456"] }))),
            S::Upgrade => seen.account.kind = AccountKind::Full,
        }
    }
}

fn balance(amount: &str, from: i64, until: i64) -> BalanceSeen {
    BalanceSeen {
        amount: Amount(amount.parse().unwrap()),
        from: ago(from),
        until: ago(until),
    }
}

/// Nothing of what is seen is newer than twenty minutes.
fn long_ago() -> Evidence {
    let mut seen = well();
    seen.account.kind = AccountKind::Trial;
    (seen.account.verified_at, seen.account.synced_at) = (Some(ago(20)), Some(ago(20)));
    seen.numbers[0].row.seen_at = ago(20);
    seen.asked.clear();
    seen.balances = vec![balance("5", 30, 20)];
    seen
}

fn refused(code: i32) -> Trouble {
    Trouble {
        source: TroubleSource::Refusal,
        to: Some("+4930123456".into()),
        country: Some("DE".into()),
        ..trouble(code, 10)
    }
}

const ON_THE_LINE: [Since; 2] = [S::AgentOnTheLine, S::AgentOnTheLineIn];

/// Codes with what proves them over: as a refusal of a call to +4930123456, and as an entry of the log about a call that came in.
fn proofs() -> Vec<(&'static [i32], Vec<Since>, Vec<Since>)> {
    let out = CALLS_OUT.to_vec();
    let taken = [out.clone(), vec![S::CallTaken]].concat();
    let calls = [out.clone(), vec![S::CallIn, S::CallInToAnother]].concat();
    let with = |more: &[Since], most: &[Since]| [more, most].concat();
    let alike = |codes: &'static [i32], both: Vec<Since>| (codes, both.clone(), both);
    vec![
        alike(&[20003, 51001, 20008], vec![S::Probe, S::NewToken]),
        (
            &[20006],
            with(&[S::NewToken, S::NewKey], &taken),
            vec![S::Probe, S::NewToken],
        ),
        alike(&[20403], vec![S::Probe]),
        (&[10005, 10004], taken.clone(), calls.clone()),
        (
            &[20005, 10001, 10003, 90010],
            with(&[S::TopUp], &taken),
            with(&[S::TopUp], &calls),
        ),
        alike(&[20404], vec![S::Sync]),
        alike(
            &[31901, 31902],
            with(&[S::AgentAnswersPlainly, S::AgentChanged], &ON_THE_LINE),
        ),
        alike(
            &[31920, 31921, 31951, 13249, 32009, 32011],
            with(&[S::AgentChanged], &ON_THE_LINE),
        ),
        alike(&[21402, 21405, 21420], vec![S::Sync]),
        alike(&[11200, 11205, 12100], vec![S::AgentOnTheLineIn]),
        (&[21210, 13214, 21212, 13247], taken.clone(), out.clone()),
        alike(&[10002], vec![S::Upgrade]),
        (&[99_999, 12400, 21205], taken, with(&[S::CallIn], &out)),
    ]
}

/// The same for codes about where the call went.
fn proofs_of_destinations() -> Vec<(&'static [i32], Vec<Since>)> {
    vec![
        (
            &[21215, 13227],
            vec![
                S::CallTaken,
                S::CallOutThere,
                S::CallOutToAnotherNumber,
                S::CountryOn,
                S::HighRiskOn,
            ],
        ),
        (&[21203], vec![S::CallTaken, S::CallOutThere, S::CallOutToAnotherNumber]),
        (
            &[21202],
            vec![S::CallTaken, S::CallOutThere, S::CallOutToAnotherNumber, S::HighRiskOn],
        ),
        (
            &[21216, 13225, 21211, 21214, 21217],
            vec![S::CallTaken, S::CallOutThere],
        ),
        (
            &[21219],
            vec![S::CallTaken, S::CallOutThere, S::NumberVerified, S::Upgrade],
        ),
    ]
}

fn only(trouble: &Trouble, proofs: &[Since]) {
    for since in ALL {
        let mut seen = long_ago();
        let code = trouble.code;
        assert!(!is_over(&seen, trouble), "{code:?}");
        since.is_seen(&mut seen);
        let source = trouble.source;
        assert_eq!(
            is_over(&seen, trouble),
            proofs.contains(&since),
            "{code:?} of {source:?} after {since:?}"
        );
    }
}

#[test]
fn a_trouble_is_over_by_what_proves_it_and_by_nothing_else() {
    for (codes, as_refusal, as_entry) in proofs() {
        for code in codes {
            only(&refused(*code), &as_refusal);
            only(&trouble(*code, 10), &as_entry);
        }
    }
    for (codes, as_refusal) in proofs_of_destinations() {
        for code in codes {
            only(&refused(*code), &as_refusal);
        }
    }
    only(&trouble(21264, 10), &[S::CallIn, S::Upgrade]);
}

#[test]
fn an_account_of_which_twilio_tells_no_kind_is_not_taken_for_an_upgraded_one() {
    let unknown = |s: &mut Evidence| {
        s.account.kind = AccountKind::Unknown("UNKNOWN".into());
        s.troubles.push(Trouble {
            at: ago(1),
            ..refused(21219)
        });
    };
    assert_eq!(
        says(CheckName::TrialLimits, unknown),
        told("FAIL", "TRIAL_NUMBER_NOT_VERIFIED")
    );
    let quiet = |s: &mut Evidence| s.account.kind = AccountKind::Unknown("UNKNOWN".into());
    assert_eq!(says(CheckName::TrialLimits, quiet), told("UNKNOWN", "STATUS_UNKNOWN"));
}

#[test]
fn a_number_that_was_mistyped_stops_no_other() {
    let mistyped = |s: &mut Evidence| s.troubles.push(refused(21211));
    assert_eq!(of(mistyped).cause, Some(CheckName::GeoPermission), "it is asked about");
    let of_all = of(|s| {
        mistyped(s);
        s.destination = None;
    });
    let check = of_all.check(CheckName::GeoPermission).unwrap();
    assert_eq!((of_all.cause, check.state.to_string().as_str()), (None, "WARN"));
}

#[test]
fn what_is_over_is_shown_and_is_no_cause() {
    let seen = |change: fn(&mut Evidence)| {
        of(|s| {
            s.troubles.push(trouble(20003, 3)); // The account answered two minutes ago.
            change(s);
        })
    };
    let errors = |diagnosis: &Diagnosis| {
        let check = diagnosis.check(CheckName::TwilioErrors).unwrap();
        (
            check.state.to_string(),
            check.reason.clone().unwrap_or_default(),
            check.twilio_code,
        )
    };
    let over = seen(|_| ());
    let expected = ("WARN".to_owned(), "TOKEN_CHANGED_OR_SUSPENDED".to_owned(), Some(20003));
    assert_eq!((over.cause, errors(&over)), (None, expected));
    // What still stands is shown before it.
    let unknown = seen(|s| s.troubles.push(trouble(99_999, 9)));
    assert_eq!(unknown.cause, Some(CheckName::TwilioErrors));
    assert_eq!(errors(&unknown).2, Some(99_999));
    // A call that came in since proves an unknown error over; one of the same moment may be the call that it is about.
    for (minutes, cause) in [(8, None), (9, Some(CheckName::TwilioErrors))] {
        let diagnosis = of(|s| {
            s.troubles.push(trouble(99_999, 9));
            s.numbers[0].called_at = Some(ago(minutes) + TimeDelta::seconds(1));
        });
        assert_eq!(diagnosis.cause, cause, "{minutes}");
    }
}

#[test]
fn a_warning_of_twilios_log_warns_and_an_error_before_it_is_told_first() {
    use CheckName::WebhookAnswered;
    let warning = |s: &mut Evidence| {
        s.troubles.push(Trouble {
            is_warning: true,
            ..trouble(12200, 1)
        });
    };
    assert_eq!(says(WebhookAnswered, warning), told("WARN", "WEBHOOK_BAD_ANSWER"));
    assert_eq!(of(warning).cause, None);
    let both = |s: &mut Evidence| {
        warning(s);
        s.troubles.push(trouble(11200, 2));
    };
    assert_eq!(says(WebhookAnswered, both), told("FAIL", "WEBHOOK_FAILED"));
}

#[test]
fn a_refusal_that_no_check_explains_is_told_with_twilios_words() {
    let unknown = |s: &mut Evidence| s.troubles.push(refused(99_999));
    let diagnosis = of(|s| {
        unknown(s);
        s.numbers[0].webhook_at = None;
    });
    assert_eq!(diagnosis.cause, Some(CheckName::TwilioErrors));
    assert!(
        diagnosis.summary().contains("\"Twilio's words\""),
        "{}",
        diagnosis.summary()
    );
    // A right that was never asked for is denied when it is used.
    let denied = |s: &mut Evidence| s.troubles.push(refused(20006));
    assert_eq!(says(CheckName::TokenAccepted, denied), told("FAIL", "RIGHT_DENIED"));
}

#[test]
fn another_destination_is_no_cause_here() {
    let elsewhere = |code: i32| {
        of(|s| {
            s.troubles.push(Trouble {
                to: Some("+442079460000".into()),
                country: Some("GB".into()),
                ..refused(code)
            });
        })
    };
    for code in [21215, 21211, 21216] {
        let diagnosis = elsewhere(code);
        let log = diagnosis.check(CheckName::TwilioErrors).unwrap();
        assert_eq!(
            (diagnosis.cause, log.state.to_string().as_str()),
            (None, "WARN"),
            "{code}"
        );
    }
    // A number that is not valid says nothing of another one in the same country.
    let neighbour = of(|s| {
        s.troubles.push(Trouble {
            to: Some("+4940765432".into()),
            ..refused(21211)
        });
    });
    assert_eq!(neighbour.cause, None);
}

#[test]
fn want_of_credit_and_an_account_that_is_not_active_are_told_apart_by_the_balance() {
    for code in [20005, 10001, 10003, 90010] {
        let with = |balances: Vec<BalanceSeen>| {
            of(|s| {
                s.troubles.push(trouble(code, 25));
                s.balances = balances;
            })
        };
        let named = |diagnosis: &Diagnosis| {
            let cause = diagnosis.cause.and_then(|name| diagnosis.check(name));
            cause.and_then(|check| check.reason.clone())
        };
        let there = with(vec![balance("5", 30, 1)]);
        assert_eq!(named(&there).as_deref(), Some("ACCOUNT_NOT_ACTIVE"), "{code}");
        assert_eq!(there.other_causes, [], "{code}");
        let gone = with(vec![balance("0", 20, 1), balance("5", 60, 30)]);
        assert_eq!(named(&gone).as_deref(), Some("NO_FUNDS"), "{code}");
        let topped_up = with(vec![balance("25", 20, 1), balance("0", 60, 30)]);
        assert_eq!(named(&topped_up), None, "{code}");
        let unknown = with(Vec::new());
        assert_eq!(named(&unknown).as_deref(), Some("NO_FUNDS"), "{code}");
    }
}
