//! How Twilio's usage categories nest. A category and one within it count the same usage and are never added.

/// The whole bill. It stands apart: every other category is in it.
pub const WHOLE_BILL: &str = "totalprice";

/// What the rental of phone numbers costs.
pub const NUMBER_RENTAL: &str = "phonenumbers";

/// Each category that lies in another, with that other.
///
/// Names do not tell: `calls-client` and `calls-sip` lie outside of `calls`. A category that is not here, as Twilio adds them, is one
/// of its own. Source: <https://www.twilio.com/docs/usage/api/usage-record#usage-categories>
const WITHIN: &[(&str, &str)] = &[
    ("calls-inbound", "calls"),
    ("calls-inbound-local", "calls-inbound"),
    ("calls-inbound-mobile", "calls-inbound"),
    ("calls-inbound-tollfree", "calls-inbound"),
    ("calls-outbound", "calls"),
    ("calls-sip-inbound", "calls-sip"),
    ("calls-sip-outbound", "calls-sip"),
    ("mms-inbound", "mms"),
    ("mms-inbound-longcode", "mms-inbound"),
    ("mms-inbound-shortcode", "mms-inbound"),
    ("mms-outbound", "mms"),
    ("mms-outbound-longcode", "mms-outbound"),
    ("mms-outbound-shortcode", "mms-outbound"),
    ("phonenumbers-cps", "phonenumbers"),
    ("phonenumbers-local", "phonenumbers"),
    ("phonenumbers-mobile", "phonenumbers"),
    ("phonenumbers-setups", "phonenumbers"),
    ("phonenumbers-tollfree", "phonenumbers"),
    ("sms-inbound", "sms"),
    ("sms-inbound-longcode", "sms-inbound"),
    ("sms-inbound-shortcode", "sms-inbound"),
    ("sms-outbound", "sms"),
    ("sms-outbound-longcode", "sms-outbound"),
    ("sms-outbound-shortcode", "sms-outbound"),
    ("voice-insights-client-insights-on-demand-minute", "voice-insights"),
    ("voice-insights-ptsn-insights-on-demand-minute", "voice-insights"),
    (
        "voice-insights-sip-interface-insights-on-demand-minute",
        "voice-insights",
    ),
    (
        "voice-insights-sip-trunking-insights-on-demand-minute",
        "voice-insights",
    ),
];

/// The category that this one lies in.
#[must_use]
pub fn parent(category: &str) -> Option<&'static str> {
    WITHIN
        .iter()
        .find(|(within, _)| *within == category)
        .map(|(_, parent)| *parent)
}

/// The categories that this one lies in, the nearest first.
pub fn ancestors(category: &str) -> impl Iterator<Item = &'static str> {
    std::iter::successors(parent(category), |parent_of| parent(parent_of))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_nest_as_twilio_says_and_not_as_their_names_look() {
        let all = |category| ancestors(category).collect::<Vec<_>>();
        assert_eq!(all("calls-inbound-local"), ["calls-inbound", "calls"]);
        assert_eq!(all("phonenumbers-tollfree"), ["phonenumbers"]);
        for on_its_own in [
            "calls",
            "calls-client",
            "calls-sip",
            "calls-media-stream-minutes",
            "calls-recordings",
            "calls-inbound-mars",
            "totalprice",
        ] {
            assert_eq!(all(on_its_own), [""; 0], "{on_its_own}");
        }
    }

    #[test]
    fn no_category_lies_in_itself() {
        for (category, _) in WITHIN {
            assert!(ancestors(category).take(10).count() < 4, "{category}");
        }
    }
}
