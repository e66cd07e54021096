//! What can go wrong between the console and the API, in words for the operator.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Why a question was not answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Trouble {
    /// Nobody answers at the API's address.
    #[error("the API cannot be reached: {0}")]
    Unreachable(String),
    /// It took too long.
    #[error("the API did not answer within {} s", .0.as_secs())]
    Slow(Duration),
    /// The session is over, or never was good.
    #[error("the API does not accept the session: sign in again with `callab-console login`")]
    SignedOut,
    /// The role may not see or do this.
    #[error("your role may not do this: {0}")]
    Forbidden(String),
    /// Too many questions.
    #[error("the API asks to slow down")]
    Throttled,
    /// The API failed inside.
    #[error("the API failed with status {status}{}", in_log(.request.as_ref()))]
    Failed {
        /// HTTP status.
        status: u16,
        /// The request's id in the API's log.
        request: Option<String>,
    },
    /// The API refused the question.
    #[error("{code}: {message}{}", in_log(.request.as_ref()))]
    Refused {
        /// The API's code.
        code: String,
        /// Its words.
        message: String,
        /// The request's id in the API's log.
        request: Option<String>,
        /// Where to go on from, of a live view that was cut off.
        cursor: Option<String>,
    },
    /// The answer was none of this API.
    #[error("the answer makes no sense: is this the address of a Callab API? ({0})")]
    Garbage(String),
}

fn in_log(id: Option<&String>) -> String {
    id.map(|id| format!(" (request {id})")).unwrap_or_default()
}

impl Trouble {
    /// The API's own code of a refusal.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => None,
        }
    }
}
