//! Why a connection's calls do not connect.

use chrono::{DateTime, Utc};

use super::audit::AuditPage;
use super::billing::EpisodePage;
use super::calls::CallPage;
use super::connections::{HealthState, ResponsibleParty};
use super::jobs::JobPage;
use super::numbers::AgentName;
use super::schema;

#[derive(cynic::QueryVariables, Debug)]
pub struct DetailVars {
    pub id: cynic::Id,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "DetailVars")]
pub struct Detail {
    #[arguments(accountId: $id)]
    pub diagnose: Option<Diagnosis>,
    #[arguments(id: $id)]
    pub twilio_account: Option<Account>,
}

#[derive(cynic::QueryVariables, Debug)]
pub struct NumberVars {
    pub id: cynic::Id,
    pub number: cynic::Id,
}

/// The same about one number.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "NumberVars")]
pub struct NumberDetail {
    #[arguments(phoneNumberId: $number)]
    pub diagnose: Option<Diagnosis>,
    #[arguments(id: $id)]
    pub twilio_account: Option<Account>,
}

#[derive(cynic::QueryVariables, Debug)]
pub struct TimelineVars {
    pub id: Option<cynic::Id>,
    pub audit: bool,
}

/// What happened to a connection lately.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "TimelineVars")]
pub struct Timeline {
    #[arguments(accountId: $id, first: 50)]
    pub calls: CallPage,
    #[arguments(filter: { accountId: $id }, first: 50)]
    pub jobs: JobPage,
    #[arguments(accountId: $id, first: 20)]
    pub billing_episodes: EpisodePage,
    #[arguments(accountId: $id, first: 50)]
    #[directives(include(if: $audit))]
    pub audit_entries: Option<AuditPage>,
}

#[derive(cynic::QueryVariables, Debug)]
pub struct IdsVars {
    pub ids: Vec<cynic::Id>,
}

/// The last hour of some connections.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "IdsVars")]
pub struct Minutes {
    #[arguments(ids: $ids)]
    pub nodes: Vec<Option<NodeMinutes>>,
}

#[derive(cynic::InlineFragments, Debug)]
#[cynic(graphql_type = "Node")]
pub enum NodeMinutes {
    TwilioAccount(AccountMinutes),
    #[cynic(fallback)]
    Other,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "TwilioAccount")]
pub struct AccountMinutes {
    pub id: cynic::Id,
    #[arguments(minutes: 60)]
    pub calls_by_minute: Vec<CallMinute>,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct Diagnosis {
    pub summary: String,
    pub cause: Option<CheckRef>,
    pub checks: Vec<DiagnosisCheck>,
    pub as_of: DateTime<Utc>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "DiagnosisCheck")]
pub struct CheckRef {
    pub title: String,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct DiagnosisCheck {
    pub title: String,
    pub state: CheckState,
    pub reason: Option<String>,
    pub sentence: Option<String>,
    pub evidence: String,
    pub expected: Option<String>,
    pub actual: Option<String>,
    pub fix: Option<String>,
    pub who_acts: Option<ResponsibleParty>,
    pub twilio_code: Option<i32>,
    pub same_cause_as: Option<CheckName>,
    pub as_of: Option<DateTime<Utc>>,
    pub is_stale: bool,
    pub name: CheckName,
}

#[derive(cynic::Enum, Debug, Clone, PartialEq, Eq)]
#[cynic(graphql_type = "DiagnosisCheckName", non_exhaustive)]
pub enum CheckName {
    SidFormat,
    #[cynic(fallback)]
    Unheard(String),
}

impl CheckName {
    /// The name as the API writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::SidFormat => "SID_FORMAT",
            Self::Unheard(name) => name,
        }
    }
}

#[derive(cynic::Enum, Debug, Clone, PartialEq, Eq)]
#[cynic(non_exhaustive)]
pub enum CheckState {
    Pass,
    Warn,
    Fail,
    Unknown,
    NotReached,
    #[cynic(fallback)]
    Unheard(String),
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "TwilioAccount")]
pub struct Account {
    pub synced_at: Option<DateTime<Utc>>,
    pub verified_at: Option<DateTime<Utc>>,
    pub next_check_at: Option<DateTime<Utc>>,
    pub balance: Option<Balance>,
    pub call_figures: Figures,
    #[arguments(minutes: 60)]
    pub calls_by_minute: Vec<CallMinute>,
    #[arguments(minutes: 60)]
    pub signals_by_minute: Vec<SignalMinute>,
    #[arguments(first: 12)]
    pub balance_history: BalancePage,
    #[arguments(first: 50)]
    pub health_history: HistoryPage,
    #[arguments(first: 50)]
    pub configuration_history: ConfigurationPage,
}

/// The last quarter of an hour.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "CallFigures")]
pub struct Figures {
    #[cynic(rename = "setupP95Ms")]
    pub setup_p95_ms: Option<i32>,
    pub webhooks: i32,
    pub webhook_error_rate: Option<f64>,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct Balance {
    pub amount: Decimal,
    pub currency: String,
    pub as_of: DateTime<Utc>,
}

#[derive(cynic::Scalar, Debug, Clone)]
pub struct Decimal(pub String);

#[derive(cynic::QueryFragment, Debug)]
pub struct CallMinute {
    pub at: DateTime<Utc>,
    pub attempts: i32,
    pub connected: i32,
    pub failed: i32,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct SignalMinute {
    pub at: DateTime<Utc>,
    #[cynic(rename = "setupP95Ms")]
    pub setup_p95_ms: Option<i32>,
    pub webhooks: i32,
    pub webhook_errors: i32,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "BalanceReadingConnection")]
pub struct BalancePage {
    pub nodes: Vec<BalanceReading>,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct BalanceReading {
    pub balance: Option<super::calls::Money>,
    pub at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "HealthChangeConnection")]
pub struct HistoryPage {
    pub nodes: Vec<HealthChange>,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct HealthChange {
    pub before: HealthState,
    pub after: HealthState,
    pub reasons: Vec<ReasonText>,
    pub at: DateTime<Utc>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "HealthReason")]
pub struct ReasonText {
    pub text: String,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "ConfigurationChangeConnection")]
pub struct ConfigurationPage {
    pub nodes: Vec<ConfigurationChange>,
}

/// A change of how a connection's calls are set up.
#[derive(cynic::QueryFragment, Debug)]
pub struct ConfigurationChange {
    pub id: cynic::Id,
    pub at: DateTime<Utc>,
    pub kind: ConfigurationKind,
    pub text: String,
    pub phone_number: Option<NumberName>,
    pub agent: Option<AgentName>,
    pub act: Option<Act>,
}

/// Who made it.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "AuditEntry")]
pub struct Act {
    pub actor: String,
    pub role: Option<super::viewer::Role>,
    pub api_key: Option<super::audit::KeyName>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "PhoneNumber")]
pub struct NumberName {
    pub number: String,
    pub nickname: Option<String>,
}

/// The changes that calls may suffer from; of all others the text is enough.
#[derive(cynic::Enum, Debug, Clone, PartialEq, Eq)]
#[cynic(graphql_type = "ConfigurationChangeKind", non_exhaustive)]
pub enum ConfigurationKind {
    NumberGone,
    RoutingBlocked,
    RoutingDrifted,
    #[cynic(fallback)]
    Unheard(String),
}
