//! Who changed what.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::connections::{PageInfo, Workspace};
use super::numbers::{AccountName, SinceVarsFields};
use super::schema;
use super::viewer::Role;

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "SinceVars")]
pub struct Audit {
    #[arguments(accountId: $account, from: $from, first: 100, after: $after)]
    pub audit_entries: AuditPage,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "AuditEntryConnection")]
pub struct AuditPage {
    pub nodes: Vec<AuditEntry>,
    pub page_info: PageInfo,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct AuditEntry {
    pub id: cynic::Id,
    pub at: DateTime<Utc>,
    pub actor: String,
    pub role: Option<Role>,
    pub api_key: Option<KeyName>,
    pub action: String,
    pub outcome: AuditOutcome,
    pub code: Option<String>,
    pub details: Value,
    pub trace_id: Option<String>,
    pub workspace: Option<Workspace>,
    pub account: Option<AccountName>,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
#[cynic(graphql_type = "ApiKey")]
pub struct KeyName {
    pub name: String,
}

#[derive(cynic::Enum, Debug, Clone, PartialEq, Eq)]
pub enum AuditOutcome {
    Ok,
    Refused,
    Started,
    Unknown,
    #[cynic(fallback)]
    Unheard(String),
}
