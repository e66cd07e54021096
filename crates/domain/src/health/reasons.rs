//! Every reason that a health can have: its code, what it means, and who can do something about it.

use ::entity::evidence::Reason;

use crate::checklist::WhoActs::{self, Callab, Customer, Twilio};

/// Declares the reasons.
macro_rules! reasons {
    ($($name:ident = $code:literal, $who:expr, $text:literal;)+) => {
        /// Why a health is what it is. Stable: programs branch on its code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ReasonCode {
            $(#[doc = $text] $name,)+
        }

        impl ReasonCode {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The code as programs see it, such as `CREDENTIALS_REJECTED`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                }
            }

            /// What it means, in English, for people.
            #[must_use]
            pub fn text(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }

            /// Who can do something about it; none where it is so on purpose.
            #[must_use]
            pub fn who_acts(self) -> Option<WhoActs> {
                match self {
                    $(Self::$name => $who,)+
                }
            }
        }
    };
}

reasons! {
    Disconnected = "DISCONNECTED", None, "The account is disconnected from Callab.";
    Paused = "PAUSED", None, "The account is paused in Callab: checks, alerts and test calls stop; calls go on.";
    SuspendedAtTwilio = "SUSPENDED_AT_TWILIO", Some(Customer), "Twilio has suspended the account; only Twilio or its owner can lift that.";
    ClosedAtTwilio = "CLOSED_AT_TWILIO", Some(Customer), "The account is closed at Twilio, for good. Connect another.";
    NotYetChecked = "NOT_YET_CHECKED", Some(Callab), "The first full check of its rights has not finished.";
    CredentialUnreadable = "CREDENTIAL_UNREADABLE", Some(Callab), "Callab cannot open the sealed credential, so it cannot ask Twilio.";
    NotCheckedLately = "NOT_CHECKED_LATELY", Some(Callab), "Callab has no answer of Twilio's that is recent enough to judge by.";
    WrongRegion = "WRONG_REGION", Some(Customer), "The credentials belong to another Twilio region; connect with that region.";
    TokenRotated = "TOKEN_ROTATED", Some(Customer), "Twilio rejects the Auth Token that worked before: it was changed there, or the account was suspended or closed.";
    CredentialsRejected = "CREDENTIALS_REJECTED", Some(Customer), "Twilio rejected the Auth Token twice; enter the current one.";
    AccountNotActive = "ACCOUNT_NOT_ACTIVE", Some(Customer), "Twilio says the account is not active: it needs funds, or its sign-up is not finished.";
    InsufficientRights = "INSUFFICIENT_RIGHTS", Some(Customer), "The credentials lack a right that calls need.";
    TestCredentials = "TEST_CREDENTIALS", Some(Customer), "These are Twilio's test credentials, which can call nobody. Enter the live ones.";
    RefusedByTwilio = "REFUSED_BY_TWILIO", Some(Callab), "Twilio refused to tell about the account; its code says why.";
    TwilioSilent = "TWILIO_SILENT", Some(Twilio), "Twilio has not answered several checks in a row.";
    EveryNumberFails = "EVERY_NUMBER_FAILS", Some(Customer), "No number in use can take its calls.";
    CallsFail = "CALLS_FAIL", Some(Customer), "Too many calls do not reach the other end or the agent.";
    CredentialsRejectedOnce = "CREDENTIALS_REJECTED_ONCE", Some(Callab), "Twilio rejected the credentials once; confirming.";
    SomeCallsFail = "SOME_CALLS_FAIL", Some(Customer), "Some calls do not reach the other end or the agent.";
    SlowSetup = "SLOW_SETUP", Some(Callab), "Calls take long to connect.";
    WebhookErrors = "WEBHOOK_ERRORS", Some(Callab), "Some of Twilio's requests to Callab failed.";
    NumberGone = "NUMBER_GONE", Some(Customer), "Twilio no longer lists some numbers in use: released, ported or moved.";
    NumberNotVoice = "NUMBER_NOT_VOICE", Some(Customer), "Some numbers in use cannot take voice calls.";
    RoutingChanged = "ROUTING_CHANGED", Some(Customer), "At Twilio someone changed where the calls of some numbers go.";
    RoutingRefused = "ROUTING_REFUSED", Some(Customer), "Twilio did not let Callab set where the calls of some numbers go.";
    NoAgent = "NO_AGENT", Some(Customer), "Some numbers' calls come to Callab, and no agent is assigned to take them.";
    OtherRegion = "OTHER_REGION", Some(Customer), "Twilio answers some numbers in another region, where Callab's routing has no effect.";
    AgentUnreachable = "AGENT_UNREACHABLE", Some(Customer), "The agent of some numbers did not answer when it was asked, or did not take a call.";
    WebhookFailed = "WEBHOOK_FAILED", Some(Callab), "Twilio's requests about the calls of some numbers got no good answer from Callab.";
    SignatureRefused = "SIGNATURE_REFUSED", Some(Customer), "Callab refuses Twilio's requests about some numbers: they are not signed with the token that it has.";
    ProbeUnanswered = "PROBE_UNANSWERED", Some(Twilio), "Twilio did not answer the last check.";
    Throttled = "THROTTLED", Some(Customer), "Twilio asked to slow down: too many requests of the account at the same time.";
    LowBalance = "LOW_BALANCE", Some(Customer), "The balance is under the level of an alert.";
}

impl From<ReasonCode> for Reason {
    /// The reason whose code says all.
    fn from(code: ReasonCode) -> Self {
        Self {
            code: code.as_str().to_owned(),
            evidence: None,
            twilio_code: None,
        }
    }
}

impl ReasonCode {
    /// The reason with this code; none for a code of another release.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.as_str() == code)
    }
}
