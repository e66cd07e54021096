//! What Twilio's error codes mean: the line of the list that each belongs to, and the reason.
//!
//! Source: <https://www.twilio.com/docs/api/errors>.

use super::CheckName;
use super::CheckName as C;

/// Every code that can reach us, by check and reason.
const CODES: &[(C, &str, &[i32])] = &[
    (C::TokenAccepted, "TOKEN_CHANGED_OR_SUSPENDED", &[20003, 51001]),
    (C::TokenAccepted, "RIGHT_DENIED", &[20006]),
    (C::TokenAccepted, "TEST_CREDENTIALS", &[20008]),
    (C::TokenAccepted, "THROTTLED", &[20429]),
    (C::AccountActive, "ACCOUNT_SUSPENDED_OR_CLOSED", &[20403]),
    (C::AccountActive, "VOICE_DISABLED", &[10005]),
    (C::Credit, "NO_FUNDS", &[20005, 10001, 10003, 90010]),
    (C::NumberOwned, "NUMBER_GONE", &[20404]),
    (C::AgentReachable, "STREAM_REFUSED", &[31901, 31902, 31920, 31922]),
    (
        C::AgentReachable,
        "STREAM_BROKE",
        &[31921, 31924, 31930, 31931, 31941, 31950, 31951],
    ),
    (
        C::AgentReachable,
        "SIP_FAILED",
        &[
            13249, 13246, 13244, 21221, 21222, 21223, 21224, 21225, 21226, 21227, 21228, 21229, 32009, 32011, 32014,
        ],
    ),
    (C::RoutingOurs, "ROUTING_NOT_WRITTEN", &[21402, 21405, 21420]),
    (C::WebhookAnswered, "WEBHOOK_FAILED", &[11200]),
    (
        C::WebhookAnswered,
        "WEBHOOK_UNREACHABLE",
        &[11205, 11206, 11210, 11215, 11220, 11235, 11237],
    ),
    (
        C::WebhookAnswered,
        "WEBHOOK_BAD_ANSWER",
        &[11750, 11770, 12100, 12200, 12300, 13201],
    ),
    (C::GeoPermission, "COUNTRY_NOT_PERMITTED", &[21215, 13227]),
    (C::GeoPermission, "INTERNATIONAL_OFF", &[21203]),
    (C::GeoPermission, "HIGH_RISK_NOT_PERMITTED", &[21202]),
    (C::GeoPermission, "DESTINATION_BLOCKED", &[21216, 13225, 32203]),
    (
        C::GeoPermission,
        "DESTINATION_INVALID",
        &[21211, 21214, 21217, 21266, 13223, 13224, 13226],
    ),
    (C::CallerId, "CALLER_ID_NOT_OWNED", &[21210, 13214]),
    (C::CallerId, "CALLER_ID_INVALID", &[21212, 13247]),
    (C::TrialLimits, "TRIAL_NUMBER_NOT_VERIFIED", &[21219, 21608]),
    (C::TrialLimits, "TRIAL_CALLER_NOT_VERIFIED", &[21264]),
    (C::TrialLimits, "TRIAL_FEATURE", &[10002, 21404]),
    (C::TrialLimits, "TOO_MANY_CALLS", &[10004]),
    (C::TwilioErrors, "TWILIO_INTERNAL", &[12400, 20500, 20503]),
    (C::TwilioErrors, "CALLBACK_LATE", &[15002, 15003]),
    (
        C::TwilioErrors,
        "CALLAB_REQUEST",
        &[
            20001, 20004, 20007, 20422, 21201, 21205, 21213, 21218, 21220, 21401, 21409, 21421,
        ],
    ),
];

/// The check and the reason behind a code; none for one that nobody here knows.
#[must_use]
pub fn of_twilio_code(code: i32) -> Option<(CheckName, &'static str)> {
    let found = CODES.iter().find(|(_, _, codes)| codes.contains(&code))?;
    Some((found.0, found.1))
}

/// The codes that belong to a check.
pub fn codes_of(check: CheckName) -> impl Iterator<Item = i32> {
    let of_check = CODES.iter().filter(move |(of, _, _)| *of == check);
    of_check.flat_map(|(_, _, codes)| codes.iter().copied())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::reasons::explain;
    use super::*;

    #[test]
    fn every_code_stands_once_and_its_reason_is_explained() {
        let mut seen = HashSet::new();
        for (_, reason, codes) in CODES {
            assert!(explain(reason).is_some(), "{reason}");
            for code in *codes {
                assert!(seen.insert(code), "{code} twice");
            }
        }
        assert_eq!(of_twilio_code(99_999), None);
    }

    /// The codes that can reach us: those of Twilio's dictionary about accounts, placing a call, webhooks and streams.
    #[test]
    fn the_codes_of_twilios_dictionary_that_can_reach_us_are_explained() {
        let account = [
            20003, 20005, 20403, 20006, 20008, 10001, 90010, 10003, 10002, 10004, 10005, 20404, 20429,
        ];
        let call = [
            21205, 21210, 21211, 21212, 21213, 21214, 21215, 21216, 21217, 21218, 21219, 21264, 21220, 21266, 21202,
            21203, 13201, 13214, 13223, 13224, 13225, 13226, 13227, 13247, 13249, 32203, 32009, 32011, 32014,
        ];
        let webhook = [
            11200, 11205, 11206, 11210, 11215, 11220, 11235, 11237, 11750, 11770, 12300, 12100, 12200, 12400, 15002,
            15003,
        ];
        let stream = [
            31901, 31902, 31920, 31921, 31922, 31924, 31930, 31931, 31941, 31950, 31951,
        ];
        for code in account.iter().chain(&call).chain(&webhook).chain(&stream) {
            assert!(of_twilio_code(*code).is_some(), "{code}");
        }
    }

    /// The codes that decide a customer's first question, written down once more.
    #[test]
    fn codes_belong_to_these_checks() {
        let table = [
            (20003, C::TokenAccepted),
            (20403, C::AccountActive),
            (10003, C::Credit),
            (20005, C::Credit),
            (20404, C::NumberOwned),
            (31920, C::AgentReachable),
            (32009, C::AgentReachable),
            (11200, C::WebhookAnswered),
            (12100, C::WebhookAnswered),
            (21215, C::GeoPermission),
            (13227, C::GeoPermission),
            (21210, C::CallerId),
            (21219, C::TrialLimits),
            (21264, C::TrialLimits),
            (10004, C::TrialLimits),
            (21420, C::RoutingOurs),
            (20503, C::TwilioErrors),
        ];
        for (code, check) in table {
            assert_eq!(of_twilio_code(code).map(|(of, _)| of), Some(check), "{code}");
            assert!(codes_of(check).any(|of| of == code), "{code}");
        }
    }
}
