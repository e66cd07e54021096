//! The categories that usage is counted in, and how they nest.
//!
//! Source: <https://www.twilio.com/docs/usage/api/usage-record#usage-categories>; the part of them that a voice account meets.

/// A category Twilio lists for every account, used or not.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Category {
    pub(crate) name: &'static str,
    /// The category that contains it.
    pub(crate) parent: Option<&'static str>,
    pub(crate) description: &'static str,
    pub(crate) usage_unit: &'static str,
    /// Empty where nothing is counted; `count` is null then.
    pub(crate) count_unit: &'static str,
}

/// The whole bill: the price of everything that no other category contains.
pub(crate) const TOTAL: &str = "totalprice";

const fn top(
    name: &'static str,
    description: &'static str,
    usage_unit: &'static str,
    count_unit: &'static str,
) -> Category {
    Category {
        name,
        parent: None,
        description,
        usage_unit,
        count_unit,
    }
}

const fn within(
    parent: &'static str,
    name: &'static str,
    description: &'static str,
    usage_unit: &'static str,
    count_unit: &'static str,
) -> Category {
    Category {
        name,
        parent: Some(parent),
        description,
        usage_unit,
        count_unit,
    }
}

/// In the order they are listed in.
#[rustfmt::skip]
pub(crate) const CATEGORIES: &[Category] = &[
    top("amazon-polly", "Amazon Polly Text to Speech", "characters", "requests"),
    top("answering-machine-detection", "Answering Machine Detection", "calls", "calls"),
    top("call-progess-events", "Call Progress Events", "events", "events"),
    top("calleridlookups", "Caller Name Lookups", "usd", ""),
    top("calls", "Voice Minutes", "minutes", "calls"),
    top("calls-client", "Client Voice Minutes", "minutes", "calls"),
    top("calls-globalconference", "Global Conference Minutes", "minutes", "calls"),
    within("calls", "calls-inbound", "Inbound Voice Minutes", "minutes", "calls"),
    within("calls-inbound", "calls-inbound-local", "Inbound Local Voice Minutes", "minutes", "calls"),
    within("calls-inbound", "calls-inbound-mobile", "Inbound Mobile Voice Minutes", "minutes", "calls"),
    within("calls-inbound", "calls-inbound-tollfree", "Inbound Toll Free Voice Minutes", "minutes", "calls"),
    top("calls-media-stream-minutes", "Media Stream Minutes", "minutes", "calls"),
    within("calls", "calls-outbound", "Outbound Voice Minutes", "minutes", "calls"),
    top("calls-recordings", "Voice Minute Recordings", "minutes", "calls"),
    top("calls-sip", "SIP Minutes", "minutes", "calls"),
    within("calls-sip", "calls-sip-inbound", "SIP Inbound Minutes", "minutes", "calls"),
    within("calls-sip", "calls-sip-outbound", "SIP Outbound Minutes", "minutes", "calls"),
    top("lookups", "Lookups", "requests", "requests"),
    top("phonenumbers", "Phone Numbers", "numbers", "numbers"),
    within("phonenumbers", "phonenumbers-cps", "Phone Numbers CPS", "numbers", "numbers"),
    within("phonenumbers", "phonenumbers-local", "Local Phone Numbers", "numbers", "numbers"),
    within("phonenumbers", "phonenumbers-mobile", "Mobile Phone Numbers", "numbers", "numbers"),
    within("phonenumbers", "phonenumbers-setups", "Phone Number Setups", "numbers", "numbers"),
    within("phonenumbers", "phonenumbers-tollfree", "Toll Free Phone Numbers", "numbers", "numbers"),
    top("recordings", "Recordings", "minutes", "recordings"),
    top("recordingstorage", "Recording Storage", "minutes", "recordings"),
    top("sms", "SMS", "messages", "messages"),
    within("sms", "sms-inbound", "Inbound SMS", "messages", "messages"),
    within("sms", "sms-outbound", "Outbound SMS", "messages", "messages"),
    top("speech-recognition", "Speech Recognition", "requests", "requests"),
    top(TOTAL, "Total Price", "usd", ""),
    top("transcriptions", "Transcriptions", "minutes", "transcriptions"),
    top("tts-google", "Google Text to Speech", "characters", "requests"),
    top("voice-insights", "Voice Insights", "minutes", "calls"),
    within("voice-insights", "voice-insights-client-insights-on-demand-minute", "Voice Insights Client", "minutes", "calls"),
    within("voice-insights", "voice-insights-ptsn-insights-on-demand-minute", "Voice Insights PSTN", "minutes", "calls"),
    within("voice-insights", "voice-insights-sip-interface-insights-on-demand-minute", "Voice Insights SIP", "minutes", "calls"),
    within("voice-insights", "voice-insights-sip-trunking-insights-on-demand-minute", "Voice Insights Trunking", "minutes", "calls"),
];

/// The category of that name, if Twilio lists it.
pub(crate) fn find(name: &str) -> Option<&'static Category> {
    CATEGORIES.iter().find(|category| category.name == name)
}

/// The category itself and all that contain it, without the total.
pub(super) fn lineage(name: &str) -> Vec<&str> {
    let mut names = vec![name];
    while let Some(parent) = names.last().and_then(|name| find(name)?.parent) {
        names.push(parent);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::{CATEGORIES, find, lineage};

    #[test]
    fn every_parent_is_a_category_and_names_are_listed_once_in_order() {
        for category in CATEGORIES {
            assert!(
                category.parent.is_none_or(|parent| find(parent).is_some()),
                "{}",
                category.name
            );
        }
        assert!(CATEGORIES.is_sorted_by(|one, next| one.name < next.name));
    }

    #[test]
    fn a_category_lies_in_its_parents() {
        assert_eq!(
            lineage("calls-inbound-local"),
            ["calls-inbound-local", "calls-inbound", "calls"]
        );
        assert_eq!(lineage("never-seen"), ["never-seen"]);
    }
}
