//! What is said of webhooks, destinations, and Twilio's own side.

use super::*;

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
