//! The rows of the Overview: light, and in pages.

use chrono::{DateTime, Utc};

use super::diagnosis::IdsVarsFields;
use super::schema;

#[derive(cynic::QueryVariables, Debug)]
pub struct PageVars {
    pub first: i32,
    pub after: Option<String>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "PageVars")]
pub struct ConnectionsPage {
    #[arguments(first: $first, after: $after)]
    pub twilio_accounts: AccountPage,
}

/// Some of them, by their ids.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "IdsVars")]
pub struct ConnectionsById {
    #[arguments(ids: $ids)]
    pub nodes: Vec<Option<NodeAccount>>,
}

#[derive(cynic::InlineFragments, Debug)]
#[cynic(graphql_type = "Node")]
pub enum NodeAccount {
    TwilioAccount(Box<Account>),
    #[cynic(fallback)]
    Other,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "TwilioAccountConnection")]
pub struct AccountPage {
    pub nodes: Vec<Account>,
    pub page_info: PageInfo,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct PageInfo {
    pub has_next_page: bool,
    pub end_cursor: Option<String>,
}

#[derive(cynic::QueryFragment, Debug, Clone, serde::Serialize)]
#[cynic(graphql_type = "TwilioAccount")]
#[serde(rename_all = "camelCase")]
pub struct Account {
    pub id: cynic::Id,
    pub cursor: Option<String>,
    pub sid: String,
    pub label: String,
    pub workspace: Option<Workspace>,
    pub health: Health,
    pub numbers_in_use: i32,
    pub call_figures: CallFigures,
}

#[derive(cynic::QueryFragment, Debug, Clone, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallFigures {
    pub attempts: i32,
    pub connect_rate: Option<f64>,
}

#[derive(cynic::QueryFragment, Debug, Clone, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Workspace {
    pub name: String,
}

#[derive(cynic::QueryFragment, Debug, Clone, serde::Serialize)]
#[cynic(graphql_type = "ConnectionHealth")]
#[serde(rename_all = "camelCase")]
pub struct Health {
    pub state: HealthState,
    pub since: DateTime<Utc>,
    pub as_of: Option<DateTime<Utc>>,
    pub is_stale: bool,
    pub last_known_state: Option<HealthState>,
    pub is_idle: bool,
    pub is_flapping: bool,
    pub reason: Option<Reason>,
}

#[derive(cynic::QueryFragment, Debug, Clone, serde::Serialize)]
#[cynic(graphql_type = "HealthReason")]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    pub code: String,
    pub text: String,
    pub evidence: Option<String>,
    pub who_acts: Option<ResponsibleParty>,
    pub twilio_code: Option<i32>,
}

#[derive(cynic::Enum, Debug, Clone, PartialEq, Eq)]
#[cynic(non_exhaustive)]
pub enum HealthState {
    Disabled,
    Suspended,
    Unverified,
    Failing,
    Unknown,
    Degraded,
    Healthy,
    #[cynic(fallback)]
    Unheard(String),
}

#[derive(cynic::Enum, Debug, Clone, PartialEq, Eq)]
pub enum ResponsibleParty {
    Customer,
    Callab,
    Twilio,
    #[cynic(fallback)]
    Unheard(String),
}

#[derive(cynic::QueryVariables, Debug, Clone)]
pub struct AfterVars {
    pub after: Option<String>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Subscription", variables = "AfterVars")]
pub struct ConnectionHealthLive {
    #[arguments(after: $after)]
    pub connection_health: Account,
}
