//! Why Twilio did not give us what we asked for.

use std::time::Duration;

use crate::{AccountSid, TwilioText};

/// Code of a rejected `SID` and secret; also what Twilio answers for some suspended accounts.
pub(crate) const AUTHENTICATION_FAILED: i32 = 20003;

/// Code of a request that was refused, and not taken on, because too many of the account were under way.
pub(crate) const TOO_MANY_REQUESTS: i32 = 20429;

/// Why Twilio did not give us what we asked for, told apart by what the caller does next.
///
/// No variant holds a secret, a phone number outside [`TwilioText`], or the body of an answer.
#[derive(Debug, thiserror::Error)]
pub enum TwilioError {
    /// Wrong SID, secret or region, or, at times, an account that was suspended or closed: one code stands for all.
    #[error("Twilio rejected the credentials of {sid}")]
    Unauthorized {
        /// The account asked for.
        sid: AccountSid,
        /// Twilio's code, mostly 20003.
        code: Option<i32>,
    },
    /// The credentials may be right, but the account is out of funds, suspended or closed.
    #[error("Twilio says that account {sid} is not active")]
    AccountNotActive {
        /// The account asked for.
        sid: AccountSid,
        /// 20005, 20403, 10001 or 90010.
        code: i32,
    },
    /// Test credentials, which work for next to nothing.
    #[error("the credentials of {sid} are Twilio's test credentials")]
    TestCredentials {
        /// The account asked for.
        sid: AccountSid,
    },
    /// Good credentials without the right to do this.
    #[error("the credentials of {sid} may not do this at Twilio")]
    Forbidden {
        /// The account asked for.
        sid: AccountSid,
        /// Twilio's code.
        code: Option<i32>,
    },
    /// No such thing, or not in this account.
    #[error("Twilio does not know what {endpoint} asked for")]
    NotFound {
        /// The operation.
        endpoint: &'static str,
        /// Twilio's code, mostly 20404.
        code: Option<i32>,
    },
    /// Twilio understood and refused, with a code that says why.
    #[error("Twilio refused with code {code} (HTTP status {status})")]
    Refused {
        /// Twilio's code: <https://www.twilio.com/docs/api/errors>.
        code: i32,
        /// HTTP status, 400 to 499.
        status: u16,
        /// Twilio's explanation, to show.
        message: TwilioText,
        /// The address of Twilio's page about the code, when the answer named one.
        more_info: Option<String>,
    },
    /// Too many requests of this account at the same time. Nothing was done.
    #[error("Twilio asked us to slow down")]
    RateLimited {
        /// How long Twilio wants us to wait, at most a day. It seldom says.
        retry_after: Option<Duration>,
    },
    /// Twilio failed. It may have acted.
    #[error("Twilio is failing with status {status}")]
    Unavailable {
        /// HTTP status, 500 to 599.
        status: u16,
        /// Twilio's code, when it gave one.
        code: Option<i32>,
        /// How long Twilio wants us to wait, at most a day.
        retry_after: Option<Duration>,
    },
    /// There was no connection, so nothing was sent.
    #[error("could not reach Twilio")]
    Unreachable(#[source] reqwest::Error),
    /// No whole answer came in time. Twilio may have acted.
    #[error("Twilio did not answer in time")]
    TimedOut(#[source] reqwest::Error),
    /// The connection broke before the answer was whole. Twilio may have acted.
    #[error("the connection to Twilio broke")]
    Interrupted(#[source] reqwest::Error),
    /// A status that is neither success nor explained in a way known to be Twilio's: most likely something in between
    /// answered, such as a proxy.
    #[error("{endpoint} was answered with status {status} and not in Twilio's words")]
    Unexplained {
        /// The operation.
        endpoint: &'static str,
        /// HTTP status.
        status: u16,
    },
    /// A success that could not be read. Twilio has acted.
    #[error("could not read Twilio's answer from {endpoint}")]
    Malformed {
        /// The operation.
        endpoint: &'static str,
        /// What was wrong with it.
        #[source]
        source: AnswerFault,
    },
}

/// What is wrong with an answer. Says where, never what: an account's answer holds its Auth Token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerFault {
    /// Not JSON, or cut short.
    #[error("it is not JSON from line {line}, column {column}")]
    NotJson {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// JSON, but a field is missing or of another kind.
    #[error("a field at line {line}, column {column} is missing or of another kind")]
    WrongShape {
        /// From 1; 0 when unknown.
        line: usize,
        /// From 1; 0 when unknown.
        column: usize,
    },
    /// Larger than any answer we ask for.
    #[error("it is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The most that is read.
        limit_bytes: usize,
    },
    /// A page without its list.
    #[error("the list {key} is missing")]
    NoList {
        /// The list's name.
        key: &'static str,
    },
    /// A page came twice.
    #[error("a page repeats")]
    PageRepeats,
    /// The pages do not end.
    #[error("there are more than {limit} pages, or {empty} empty ones in a row")]
    EndlessPages {
        /// The most pages that are read.
        limit: usize,
        /// The most empty pages in a row.
        empty: usize,
    },
    /// It speaks of another account than the one that asked.
    #[error("it is about another account")]
    OtherAccount,
    /// The next page is said to be on another server, where the credentials do not belong.
    #[error("the next page is on another server")]
    PageElsewhere,
}

impl AnswerFault {
    /// The error of the operation whose answer this was.
    pub(crate) fn at(self, endpoint: &'static str) -> TwilioError {
        TwilioError::Malformed { endpoint, source: self }
    }
}

impl From<serde_json::Error> for AnswerFault {
    /// Keeps the place and drops the text, which may quote the answer.
    fn from(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        if error.is_data() {
            Self::WrongShape { line, column }
        } else {
            Self::NotJson { line, column }
        }
    }
}

impl TwilioError {
    /// Twilio's code, where it gave one.
    #[must_use]
    pub fn code(&self) -> Option<i32> {
        match self {
            Self::Unauthorized { code, .. }
            | Self::Forbidden { code, .. }
            | Self::NotFound { code, .. }
            | Self::Unavailable { code, .. } => *code,
            Self::AccountNotActive { code, .. } | Self::Refused { code, .. } => Some(*code),
            Self::TestCredentials { .. } => Some(20008),
            Self::RateLimited { .. } => Some(TOO_MANY_REQUESTS),
            Self::Unreachable(_)
            | Self::TimedOut(_)
            | Self::Interrupted(_)
            | Self::Unexplained { .. }
            | Self::Malformed { .. } => None,
        }
    }

    /// Whether this says nothing about the credentials or the thing asked for: Twilio was not heard, or not understood.
    /// A silence is never taken as a refusal.
    #[must_use]
    pub fn is_silence(&self) -> bool {
        match self {
            Self::RateLimited { .. }
            | Self::Unavailable { .. }
            | Self::Unreachable(_)
            | Self::TimedOut(_)
            | Self::Interrupted(_)
            | Self::Unexplained { .. }
            | Self::Malformed { .. } => true,
            Self::Unauthorized { .. }
            | Self::AccountNotActive { .. }
            | Self::TestCredentials { .. }
            | Self::Forbidden { .. }
            | Self::NotFound { .. }
            | Self::Refused { .. } => false,
        }
    }

    /// Whether Twilio cannot have acted because it never took the request on, so that even a call may be sent again.
    #[must_use]
    pub fn never_sent(&self) -> bool {
        matches!(self, Self::RateLimited { .. } | Self::Unreachable(_))
    }

    /// The address of Twilio's page about the code.
    #[must_use]
    pub fn help_url(&self) -> Option<String> {
        if let Self::Refused {
            more_info: Some(url), ..
        } = self
        {
            return Some(url.clone());
        }
        self.code()
            .map(|code| format!("https://www.twilio.com/docs/errors/{code}"))
    }

    /// The kind of error in a word, for logs and metrics.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::Unauthorized { .. } => "unauthorized",
            Self::AccountNotActive { .. } => "account_not_active",
            Self::TestCredentials { .. } => "test_credentials",
            Self::Forbidden { .. } => "forbidden",
            Self::NotFound { .. } => "not_found",
            Self::Refused { .. } => "refused",
            Self::RateLimited { .. } => "rate_limited",
            Self::Unavailable { .. } => "unavailable",
            Self::Unreachable(_) => "unreachable",
            Self::TimedOut(_) => "timed_out",
            Self::Interrupted(_) => "interrupted",
            Self::Unexplained { .. } => "unexplained",
            Self::Malformed { .. } => "malformed",
        }
    }

    /// What became of a request that was not answered. The address is taken out: it may name a phone number.
    pub(crate) fn from_transport(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_connect() || error.is_builder() {
            Self::Unreachable(error)
        } else if error.is_timeout() {
            Self::TimedOut(error)
        } else {
            Self::Interrupted(error)
        }
    }
}
