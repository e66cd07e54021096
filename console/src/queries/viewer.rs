//! Who is signed in, and what the API is.

use chrono::{DateTime, Utc};

use super::schema;
use crate::scrub::unheard;

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query")]
pub struct WhoAmI {
    pub viewer: Viewer,
    pub server_time: DateTime<Utc>,
    pub schema_version: String,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct Viewer {
    pub subject: String,
    pub role: Role,
    pub permissions: Vec<Permission>,
}

#[derive(cynic::Enum, Debug, Clone, PartialEq, Eq)]
pub enum Role {
    Owner,
    Member,
    Viewer,
    ApiKey,
    StaffViewer,
    Support,
    Lead,
    #[cynic(fallback)]
    Unheard(String),
}

impl Role {
    /// Its word, for people.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::Owner => "owner".to_owned(),
            Self::Member => "member".to_owned(),
            Self::Viewer => "viewer".to_owned(),
            Self::ApiKey => "API key".to_owned(),
            Self::StaffViewer => "staff viewer".to_owned(),
            Self::Support => "support".to_owned(),
            Self::Lead => "lead".to_owned(),
            Self::Unheard(word) => unheard(word),
        }
    }
}

#[derive(cynic::Enum, Debug, Clone, PartialEq, Eq)]
#[cynic(non_exhaustive)]
pub enum Permission {
    View,
    PauseAccounts,
    CheckAccounts,
    TestCalls,
    ManageJobs,
    AcknowledgeBilling,
    ReadAudit,
    RevealNumbers,
    #[cynic(fallback)]
    Unheard(String),
}

impl Permission {
    /// Its name in the API.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::View => "VIEW",
            Self::PauseAccounts => "PAUSE_ACCOUNTS",
            Self::CheckAccounts => "CHECK_ACCOUNTS",
            Self::TestCalls => "TEST_CALLS",
            Self::ManageJobs => "MANAGE_JOBS",
            Self::AcknowledgeBilling => "ACKNOWLEDGE_BILLING",
            Self::ReadAudit => "READ_AUDIT",
            Self::RevealNumbers => "REVEAL_NUMBERS",
            Self::Unheard(name) => name,
        }
    }
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query")]
pub struct NewestEvent {
    pub event_cursor: String,
}

/// From where everything is followed that is read now, and how much that is.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query")]
pub struct Start {
    pub event_cursor: String,
    pub twilio_account_count: i32,
}
