//! Which of Twilio's parts voice calls need. Their names change, so they are compared by a few words.

use ::entity::twilio_status_page::{StatusIncident, StatusIncidents};

/// Words that are about calls.
const VOICE: &[&[&str]] = &[
    &["voice"],
    &["call"],
    &["calls"],
    &["calling"],
    &["sip"],
    &["twiml"],
    &["conference"],
    &["conferences"],
    &["media", "streams"],
    &["pstn"],
    &["telephony"],
];

/// Words that are about something else, unless a word about calls stands beside them.
const OTHERS: &[&[&str]] = &[
    &["sms"],
    &["mms"],
    &["rcs"],
    &["messaging"],
    &["message"],
    &["messages"],
    &["whatsapp"],
    &["email"],
    &["sendgrid"],
    &["verify"],
    &["video"],
    &["flex"],
    &["segment"],
    &["conversations"],
    &["studio"],
    &["lookup"],
    &["fax"],
];

/// Words about what calls and everything else need alike.
const SHARED: &[&[&str]] = &[
    &["rest", "api"],
    &["rest", "apis"],
    &["phone", "number"],
    &["phone", "numbers"],
    &["authentication"],
    &["core", "api"],
];

/// Whether something of this name, a component of the status page or the title of an incident, concerns voice calls.
#[must_use]
pub fn concerns_voice(name: &str) -> bool {
    let name = name.to_lowercase();
    let words: Vec<&str> = name
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let names_any = |phrases: &[&[&str]]| {
        phrases
            .iter()
            .any(|phrase| words.windows(phrase.len()).any(|part| part == *phrase))
    };
    names_any(VOICE) || (names_any(SHARED) && !names_any(OTHERS))
}

/// The incidents that are not resolved and concern voice calls.
pub fn open_voice_incidents(incidents: &StatusIncidents) -> impl Iterator<Item = &StatusIncident> {
    incidents.0.iter().filter(|incident| incident.concerns_voice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_matched_loosely() {
        for name in [
            "Programmable Voice",
            "PROGRAMMABLE VOICE - Inbound",
            "Elastic SIP Trunking",
            "Elastic SIP",
            "REST API",
            "Twilio REST API - US1",
            "Phone Numbers",
            "Phone Number Provisioning",
            "Vodafone UK: Voice",
            "Voice and SMS to Brazil",
            "Media Streams",
            "Call failures to Germany",
            "TwiML Bins",
            "PSTN connectivity (US)",
        ] {
            assert!(concerns_voice(name), "{name}");
        }
        for name in [
            "",
            "Programmable Messaging",
            "SMS",
            "Messaging REST API",
            "SMS from Toll-Free Phone Numbers",
            "Verizon SMS delivery delays",
            "Invoices",
            "Billing",
            "Video",
            "SendGrid Email API",
            "Recall of an announcement",
            "Support",
        ] {
            assert!(!concerns_voice(name), "{name}");
        }
    }
}
