//! The lines of the troubleshooting list, in the order in which they are asked.

use serde::{Deserialize, Serialize};

/// One question about an account or a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CheckName {
    /// Is the account SID one?
    SidFormat,
    /// Does Twilio accept the credentials?
    TokenAccepted,
    /// Is the account active at Twilio?
    AccountActive,
    /// Does Twilio place and take calls on the account's credit?
    Credit,
    /// Does Twilio list the number for the account?
    NumberOwned,
    /// Can the number take calls?
    NumberVoice,
    /// Is an agent assigned to the number?
    AgentAssigned,
    /// Does the agent's endpoint answer?
    AgentReachable,
    /// Does the number's routing lead to Callab? In which region Twilio answers a number is asked on demand alone: of one number
    /// always, of an account's numbers some in a run, in turns.
    RoutingOurs,
    /// Does Callab's webhook answer Twilio?
    WebhookAnswered,
    /// Does the signature of Twilio's webhooks fit the stored token?
    SignatureValid,
    /// May the account call the destination's country?
    GeoPermission,
    /// May the account show the number as caller id?
    CallerId,
    /// Do limits of trial or unverified accounts stand in the way?
    TrialLimits,
    /// Does Twilio know of other errors: entries of its log, or refusals of calls?
    TwilioErrors,
    /// Is there an open incident at Twilio?
    Incidents,
}

impl CheckName {
    /// Every check, in the order in which they are asked.
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

    /// The check of that name; none for one of a newer release.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|check| check.as_str() == name)
    }

    /// What a line of the list is called.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::SidFormat => "Account SID well-formed",
            Self::TokenAccepted => "Credentials accepted",
            Self::AccountActive => "Twilio account active",
            Self::Credit => "Credit at Twilio",
            Self::NumberOwned => "Number still in the account",
            Self::NumberVoice => "Number takes calls",
            Self::AgentAssigned => "Agent assigned",
            Self::AgentReachable => "Agent reachable",
            Self::RoutingOurs => "Calls are routed to Callab",
            Self::WebhookAnswered => "Callab answers Twilio",
            Self::SignatureValid => "Twilio's signature valid",
            Self::GeoPermission => "Destination permitted",
            Self::CallerId => "Caller id allowed",
            Self::TrialLimits => "No limit of the account",
            Self::TwilioErrors => "Twilio's error log",
            Self::Incidents => "No incident at Twilio",
        }
    }

    /// The checks that have to be good before this one can be asked.
    ///
    /// What Callab knows by itself does not wait for Twilio: with a rejected token the numbers are shown as they were last seen.
    #[must_use]
    pub fn depends_on(self) -> &'static [Self] {
        match self {
            Self::SidFormat | Self::NumberOwned | Self::AgentAssigned | Self::Incidents => &[],
            Self::TokenAccepted => &[Self::SidFormat],
            Self::AccountActive | Self::TwilioErrors => &[Self::TokenAccepted],
            Self::Credit | Self::GeoPermission | Self::TrialLimits => &[Self::AccountActive],
            Self::NumberVoice => &[Self::NumberOwned],
            Self::AgentReachable => &[Self::AgentAssigned],
            Self::RoutingOurs => &[Self::NumberOwned, Self::AgentAssigned],
            Self::WebhookAnswered => &[Self::RoutingOurs],
            Self::SignatureValid => &[Self::WebhookAnswered],
            Self::CallerId => &[Self::AccountActive, Self::NumberOwned],
        }
    }

    /// Whether no call can work while it fails. The others explain, and stop nothing by themselves.
    #[must_use]
    pub fn must_pass(self) -> bool {
        !matches!(self, Self::TwilioErrors | Self::Incidents)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_depends_on_earlier_ones_alone() {
        for (n, name) in CheckName::ALL.into_iter().enumerate() {
            for needed in name.depends_on() {
                let place = CheckName::ALL.iter().position(|other| other == needed).unwrap();
                assert!(place < n, "{name:?} depends on {needed:?}, which comes later");
            }
        }
    }

    #[test]
    fn names_are_the_same_in_rows_and_in_json() {
        for name in CheckName::ALL {
            assert_eq!(serde_json::to_value(name).unwrap(), name.as_str());
            assert_eq!(CheckName::parse(name.as_str()), Some(name));
        }
        assert_eq!(CheckName::parse("SOMETHING_NEW"), None);
    }
}
