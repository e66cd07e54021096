//! Phone numbers, masked by the API as the operator's role wants it.

use chrono::{DateTime, Utc};

use super::connections::{PageInfo, Workspace};
use super::schema;

#[derive(cynic::QueryVariables, Debug)]
pub struct ListVars {
    pub account: Option<cynic::Id>,
    pub after: Option<String>,
}

/// Lists that can begin at a moment.
#[derive(cynic::QueryVariables, Debug)]
pub struct SinceVars {
    pub account: Option<cynic::Id>,
    pub from: Option<DateTime<Utc>>,
    pub after: Option<String>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "ListVars")]
pub struct Numbers {
    #[arguments(accountId: $account, first: 100, after: $after)]
    pub phone_numbers: NumberPage,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "PhoneNumberConnection")]
pub struct NumberPage {
    pub nodes: Vec<Number>,
    pub page_info: PageInfo,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
#[cynic(graphql_type = "PhoneNumber")]
pub struct Number {
    pub id: cynic::Id,
    pub sid: String,
    pub number: String,
    pub nickname: Option<String>,
    pub friendly_name: Option<String>,
    pub state: NumberState,
    pub at_twilio: AtTwilio,
    pub routing: RoutingState,
    pub routing_problem: Option<RoutingProblem>,
    pub drift: Option<RoutingDrift>,
    pub usable_for_voice: bool,
    pub account: Option<AccountName>,
    pub inbound_assignment: Option<Assignment>,
    pub outbound_assignment: Option<Assignment>,
    pub live_routing: Seen,
    pub call_figures: CallFigures,
}

/// Its last calls, and those of the last 24 hours.
#[derive(cynic::QueryFragment, Debug, Clone)]
#[cynic(graphql_type = "NumberCallFigures")]
pub struct CallFigures {
    pub last_inbound_at: Option<DateTime<Utc>>,
    pub last_outbound_at: Option<DateTime<Utc>>,
    pub calls: i32,
    pub attempts: i32,
    pub connect_rate: Option<f64>,
}

/// The account that a row belongs to.
#[derive(cynic::QueryFragment, Debug, Clone)]
#[cynic(graphql_type = "TwilioAccount")]
pub struct AccountName {
    pub id: cynic::Id,
    pub label: String,
    pub workspace: Option<Workspace>,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
#[cynic(graphql_type = "AgentAssignment")]
pub struct Assignment {
    pub agent: Option<AgentName>,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
#[cynic(graphql_type = "Agent")]
pub struct AgentName {
    pub name: String,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
#[cynic(graphql_type = "Routing")]
pub struct Seen {
    pub seen_at: DateTime<Utc>,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct RoutingProblem {
    pub code: String,
    pub twilio_code: Option<i32>,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct RoutingDrift {
    pub noticed_at: DateTime<Utc>,
    pub text: Option<String>,
}

#[derive(cynic::Enum, Debug, Clone, PartialEq, Eq)]
#[cynic(non_exhaustive)]
pub enum NumberState {
    Available,
    Added,
    Removed,
    #[cynic(fallback)]
    Unheard(String),
}

#[derive(cynic::Enum, Debug, Clone, PartialEq, Eq)]
#[cynic(non_exhaustive)]
pub enum AtTwilio {
    Listed,
    Gone,
    Unknown,
    #[cynic(fallback)]
    Unheard(String),
}

#[derive(cynic::Enum, Debug, Clone, PartialEq, Eq)]
#[cynic(non_exhaustive)]
pub enum RoutingState {
    NotOurs,
    Applying,
    Ours,
    Drifted,
    ReturnPending,
    ReturnBlocked,
    #[cynic(fallback)]
    Unheard(String),
}
