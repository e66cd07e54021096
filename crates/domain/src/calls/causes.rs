//! What Twilio's error codes mean for a call: the check of the diagnosis that each belongs to, and a sentence.
//!
//! Source: <https://www.twilio.com/docs/api/errors>

/// A check of the diagnosis, as far as a call can fail by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailedCheck {
    /// The account SID is written as one.
    SidFormat,
    /// Twilio accepts the credentials.
    TokenAccepted,
    /// The account is neither suspended nor closed.
    AccountActive,
    /// The account has credit.
    Credit,
    /// The account has the number.
    NumberOwned,
    /// The number takes voice calls.
    NumberVoice,
    /// An agent is assigned.
    AgentAssigned,
    /// The agent answers.
    AgentReachable,
    /// The number's routing leads to Callab.
    RoutingOurs,
    /// Callab's webhook answered.
    WebhookAnswered,
    /// The webhook's signature was valid.
    SignatureValid,
    /// The account may call the destination's country.
    GeoPermission,
    /// The account may show the caller id.
    CallerId,
    /// No limit of trial accounts is in the way.
    TrialLimits,
    /// Twilio's error log has nothing about it.
    TwilioErrors,
    /// Twilio has no incident.
    Incidents,
}

impl FailedCheck {
    /// Every check, in the diagnosis's order.
    pub const ALL: [Self; 16] = [
        Self::SidFormat,
        Self::TokenAccepted,
        Self::AccountActive,
        Self::Credit,
        Self::NumberOwned,
        Self::NumberVoice,
        Self::AgentAssigned,
        Self::AgentReachable,
        Self::RoutingOurs,
        Self::WebhookAnswered,
        Self::SignatureValid,
        Self::GeoPermission,
        Self::CallerId,
        Self::TrialLimits,
        Self::TwilioErrors,
        Self::Incidents,
    ];

    /// The check's name in rows and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SidFormat => "SID_FORMAT",
            Self::TokenAccepted => "TOKEN_ACCEPTED",
            Self::AccountActive => "ACCOUNT_ACTIVE",
            Self::Credit => "CREDIT",
            Self::NumberOwned => "NUMBER_OWNED",
            Self::NumberVoice => "NUMBER_VOICE",
            Self::AgentAssigned => "AGENT_ASSIGNED",
            Self::AgentReachable => "AGENT_REACHABLE",
            Self::RoutingOurs => "ROUTING_OURS",
            Self::WebhookAnswered => "WEBHOOK_ANSWERED",
            Self::SignatureValid => "SIGNATURE_VALID",
            Self::GeoPermission => "GEO_PERMISSION",
            Self::CallerId => "CALLER_ID",
            Self::TrialLimits => "TRIAL_LIMITS",
            Self::TwilioErrors => "TWILIO_ERRORS",
            Self::Incidents => "INCIDENTS",
        }
    }

    /// The check of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|check| check.as_str() == name)
    }
}

/// What a code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Twilio's code.
    pub code: i32,
    /// The check that it belongs to.
    pub check: FailedCheck,
    /// What happened and what to do, for people.
    pub sentence: &'static str,
}

/// The cause behind one of Twilio's codes; none for a code that nobody here knows.
#[must_use]
pub fn cause_of(code: i32) -> Option<&'static Cause> {
    CAUSES.iter().find(|cause| cause.code == code)
}

const fn cause(code: i32, check: FailedCheck, sentence: &'static str) -> Cause {
    Cause { code, check, sentence }
}

const NOT_OURS_TO_SHOW: &str =
    "Twilio does not let the account show this caller id. Call from a number that the account owns, or verify it.";
const NO_SUCH_DESTINATION: &str =
    "The called number is not a valid phone number. Write it in international form, such as +14155550123.";
const NOT_REACHED: &str = "The called number could not be reached. Check it; its carrier may have an outage.";
const GEO: &str =
    "The account may not call this country. Allow it under Voice Geographic Permissions in the Twilio Console.";
const BLOCKED: &str = "Twilio blocks calls to this number: for fraud risk, by regulation, or because the account has no approved Primary \
                       Customer Profile. Make the profile, or ask Twilio's support.";
const VERIFY_FIRST: &str =
    "A trial account calls verified numbers only. Verify the number at Twilio, or upgrade the account.";
const SIP_SETTINGS: &str =
    "Twilio could not use the agent's SIP address: its user name, password or headers. Check the agent's endpoint.";
const NO_SIP: &str = "The account may not place SIP calls. Ask Twilio's support.";
const NOT_FETCHED: &str =
    "Twilio asked Callab what to do with the call and got no usable answer. Callab looks into it.";
const BAD_INSTRUCTIONS: &str = "Twilio could not follow Callab's instructions for the call. Callab looks into it.";
const INCOMPLETE: &str = "Callab's order for the call was incomplete. Callab looks into it.";
const STREAM: &str =
    "Twilio could not open or keep the media stream to the agent. Check that the agent's endpoint answers.";
const STREAM_AUDIO: &str = "The agent sent audio or messages that Twilio cannot use. Check the agent's media server.";
const TWILIO_FAILED: &str = "Twilio itself failed. Look at status.twilio.com and try again.";

/// Every code that can reach a call here.
pub const CAUSES: &[Cause] = {
    use FailedCheck::{
        AccountActive, AgentReachable, CallerId, Credit, GeoPermission, Incidents, NumberOwned, RoutingOurs,
        TokenAccepted, TrialLimits, TwilioErrors, WebhookAnswered,
    };
    &[
        // The account and its credentials.
        cause(
            20003,
            TokenAccepted,
            "Twilio rejected the account's credentials. Paste the current Auth Token.",
        ),
        cause(
            20006,
            TokenAccepted,
            "The credentials lack a right that calls need. Ask the Twilio account's owner.",
        ),
        cause(
            20008,
            TokenAccepted,
            "These are test credentials, which can call nobody. Use the live ones.",
        ),
        cause(
            20403,
            AccountActive,
            "Twilio has suspended or closed the account. Ask Twilio's support.",
        ),
        cause(
            90010,
            AccountActive,
            "Twilio says the account is not active. Add funds, or ask Twilio's support.",
        ),
        cause(
            10005,
            AccountActive,
            "Twilio has switched voice off for the account. Ask Twilio's support.",
        ),
        cause(
            20005,
            Credit,
            "The account is not active: add funds, or finish its sign-up at Twilio.",
        ),
        cause(10001, Credit, "The account is not active: add funds at Twilio."),
        cause(
            10003,
            Credit,
            "Twilio turned the call away because the account is not active. Add funds; it may take ten minutes to count.",
        ),
        cause(
            10002,
            TrialLimits,
            "Trial accounts cannot do this. Upgrade the account at Twilio.",
        ),
        cause(
            10004,
            TrialLimits,
            "The account has as many calls at once as it may. Upgrade it, or have its business profile approved at Twilio.",
        ),
        cause(
            20404,
            NumberOwned,
            "The account does not have what the call needs, such as its number. Read the numbers again.",
        ),
        cause(20001, TwilioErrors, INCOMPLETE),
        cause(20004, TwilioErrors, INCOMPLETE),
        cause(20007, TwilioErrors, INCOMPLETE),
        cause(20422, TwilioErrors, INCOMPLETE),
        cause(
            20429,
            TwilioErrors,
            "Twilio asked Callab to slow down. It tries again by itself.",
        ),
        cause(20500, Incidents, TWILIO_FAILED),
        cause(20503, Incidents, TWILIO_FAILED),
        // Placing a call, by the REST API and by <Dial>.
        cause(21201, TwilioErrors, INCOMPLETE),
        cause(21213, TwilioErrors, INCOMPLETE),
        cause(
            21205,
            TwilioErrors,
            "Twilio cannot use Callab's public address. Callab looks into it.",
        ),
        cause(21210, CallerId, NOT_OURS_TO_SHOW),
        cause(21212, CallerId, NOT_OURS_TO_SHOW),
        cause(13214, CallerId, NOT_OURS_TO_SHOW),
        cause(13247, CallerId, NOT_OURS_TO_SHOW),
        cause(21211, TwilioErrors, NO_SUCH_DESTINATION),
        cause(13223, TwilioErrors, NO_SUCH_DESTINATION),
        cause(21217, TwilioErrors, NO_SUCH_DESTINATION),
        cause(13226, TwilioErrors, NO_SUCH_DESTINATION),
        cause(21214, TwilioErrors, NOT_REACHED),
        cause(13224, TwilioErrors, NOT_REACHED),
        cause(21215, GeoPermission, GEO),
        cause(13227, GeoPermission, GEO),
        cause(
            21203,
            GeoPermission,
            "International calls are switched off for the account. Switch them on at Twilio.",
        ),
        cause(21216, TwilioErrors, BLOCKED),
        cause(13225, TwilioErrors, BLOCKED),
        cause(32203, TwilioErrors, BLOCKED),
        cause(21202, TwilioErrors, "The account may not call premium numbers."),
        cause(21218, TwilioErrors, INCOMPLETE),
        cause(21219, TrialLimits, VERIFY_FIRST),
        cause(21608, TrialLimits, VERIFY_FIRST),
        cause(
            21264,
            TrialLimits,
            "A trial account is reached by verified callers only. Verify the caller's number at Twilio, or upgrade the account.",
        ),
        cause(
            21404,
            TrialLimits,
            "A trial account may have one number. Upgrade the account at Twilio.",
        ),
        cause(21220, TwilioErrors, "The call was over already."),
        cause(21221, AgentReachable, SIP_SETTINGS),
        cause(21222, AgentReachable, SIP_SETTINGS),
        cause(21223, AgentReachable, SIP_SETTINGS),
        cause(21224, AgentReachable, SIP_SETTINGS),
        cause(21225, AgentReachable, SIP_SETTINGS),
        cause(21227, AgentReachable, SIP_SETTINGS),
        cause(21228, AgentReachable, SIP_SETTINGS),
        cause(21229, AgentReachable, SIP_SETTINGS),
        cause(13249, AgentReachable, SIP_SETTINGS),
        cause(21226, AgentReachable, NO_SIP),
        cause(13244, AgentReachable, NO_SIP),
        cause(13246, AgentReachable, NO_SIP),
        cause(
            32009,
            AgentReachable,
            "The agent's SIP address is not registered, so nobody answers there. Check the agent's endpoint.",
        ),
        cause(
            32011,
            AgentReachable,
            "The agent's SIP server could not be reached, or refused. Check the agent's endpoint.",
        ),
        cause(
            32014,
            AgentReachable,
            "The agent's side sent no sound, so the call was ended. Check the agent's media server.",
        ),
        cause(21266, TwilioErrors, "A number cannot call itself."),
        cause(13201, WebhookAnswered, BAD_INSTRUCTIONS),
        // The number's settings at Twilio.
        cause(
            21402,
            RoutingOurs,
            "Twilio cannot use the address that the number's calls are sent to.",
        ),
        cause(
            21405,
            RoutingOurs,
            "The number has a fallback address and no address of its own.",
        ),
        cause(
            21420,
            RoutingOurs,
            "The application that the number's calls are sent to is not there.",
        ),
        // Twilio's questions to Callab.
        cause(11200, WebhookAnswered, NOT_FETCHED),
        cause(11205, WebhookAnswered, NOT_FETCHED),
        cause(11206, WebhookAnswered, NOT_FETCHED),
        cause(11210, WebhookAnswered, NOT_FETCHED),
        cause(11215, WebhookAnswered, NOT_FETCHED),
        cause(11220, WebhookAnswered, NOT_FETCHED),
        cause(11235, WebhookAnswered, NOT_FETCHED),
        cause(11237, WebhookAnswered, NOT_FETCHED),
        cause(11750, WebhookAnswered, BAD_INSTRUCTIONS),
        cause(11770, WebhookAnswered, BAD_INSTRUCTIONS),
        cause(12100, WebhookAnswered, BAD_INSTRUCTIONS),
        cause(12200, WebhookAnswered, BAD_INSTRUCTIONS),
        cause(12300, WebhookAnswered, BAD_INSTRUCTIONS),
        cause(12400, Incidents, TWILIO_FAILED),
        cause(
            15002,
            WebhookAnswered,
            "Twilio could not tell Callab of the call's progress in time. The call itself was not harmed.",
        ),
        cause(
            15003,
            WebhookAnswered,
            "Callab did not take Twilio's news of the call's progress. The call itself was not harmed.",
        ),
        // The media stream to the agent.
        cause(
            31901,
            AgentReachable,
            "The agent did not answer in time. Check that its endpoint can be reached.",
        ),
        cause(
            31902,
            AgentReachable,
            "The agent's endpoint refused the connection. Check that it runs.",
        ),
        cause(
            31920,
            AgentReachable,
            "The agent's endpoint did not accept the media stream. Check its path; it may hold no query string.",
        ),
        cause(
            31921,
            AgentReachable,
            "The agent closed the media stream unexpectedly. Look at its log.",
        ),
        cause(31922, AgentReachable, "The agent's endpoint has to begin with wss://."),
        cause(31924, AgentReachable, STREAM),
        cause(31930, AgentReachable, STREAM_AUDIO),
        cause(31931, AgentReachable, STREAM_AUDIO),
        cause(31941, AgentReachable, STREAM),
        cause(31950, AgentReachable, STREAM_AUDIO),
        cause(31951, AgentReachable, STREAM_AUDIO),
    ]
};

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_has_one_cause_and_a_whole_sentence() {
        let mut codes = HashSet::new();
        for cause in CAUSES {
            assert!(codes.insert(cause.code), "{} twice", cause.code);
            assert!(cause.sentence.ends_with('.'), "{}", cause.code);
        }
    }

    /// The codes that decide a customer's first question, written down once more.
    #[test]
    fn codes_belong_to_these_checks() {
        let table = [
            (20003, "TOKEN_ACCEPTED"),
            (20403, "ACCOUNT_ACTIVE"),
            (10003, "CREDIT"),
            (20005, "CREDIT"),
            (20404, "NUMBER_OWNED"),
            (31920, "AGENT_REACHABLE"),
            (32009, "AGENT_REACHABLE"),
            (11200, "WEBHOOK_ANSWERED"),
            (12100, "WEBHOOK_ANSWERED"),
            (21215, "GEO_PERMISSION"),
            (13227, "GEO_PERMISSION"),
            (21210, "CALLER_ID"),
            (21219, "TRIAL_LIMITS"),
            (21264, "TRIAL_LIMITS"),
            (10004, "TRIAL_LIMITS"),
            (21216, "TWILIO_ERRORS"),
            (20503, "INCIDENTS"),
        ];
        for (code, check) in table {
            assert_eq!(cause_of(code).map(|cause| cause.check.as_str()), Some(check), "{code}");
        }
        assert_eq!(cause_of(99_999), None);
    }

    #[test]
    fn names_lead_back_to_their_checks() {
        for check in FailedCheck::ALL {
            assert_eq!(FailedCheck::parse(check.as_str()), Some(check));
        }
        assert_eq!(FailedCheck::parse("SOMETHING_NEW"), None);
    }
}
