//! Refusals in Twilio's classic shape: `code`, `message`, `more_info`, `status`.
//!
//! Codes: <https://www.twilio.com/docs/api/errors>.

use serde_json::{Value, json};

/// An answer that says no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: u32,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    /// 400 with a code: something in the request is not acceptable.
    pub(crate) fn invalid(code: u32, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    /// 401/20003. Twilio says no more for a wrong token than for a wrong region or a key without the right.
    pub(crate) fn unauthorized() -> Self {
        Self::new(401, 20003, "Authentication Error - invalid username")
    }

    /// 403/20005. Twilio's dictionary names no HTTP status; 403 is that of its other refusals for the state of an account.
    pub(crate) fn not_active() -> Self {
        Self::new(403, 20005, "Account not active")
    }

    /// 404/20404 with the path in the message.
    pub(crate) fn not_found(path: &str) -> Self {
        Self::new(404, 20404, format!("The requested resource {path} was not found"))
    }

    /// 405/20004.
    pub(crate) fn method_not_allowed() -> Self {
        Self::new(405, 20004, "Method not allowed")
    }

    /// 403/20008: test credentials reach hardly anything.
    pub(crate) fn test_credentials() -> Self {
        Self::new(403, 20008, "Resource not accessible with Test Account Credentials")
    }

    /// 429/20429, which Twilio says was never processed.
    pub(crate) fn too_many_requests() -> Self {
        Self::new(429, 20429, "Too Many Requests")
    }

    pub(crate) fn body(&self) -> Value {
        json!({
            "code": self.code,
            "message": self.message,
            "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
            "status": self.status,
        })
    }
}
