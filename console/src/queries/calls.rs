//! Calls: metadata only, the other end masked by the API.

use chrono::{DateTime, Utc};

use super::connections::PageInfo;
use super::diagnosis::{CheckState, Decimal};
use super::numbers::{AccountName, AgentName, SinceVarsFields};
use super::schema;
use crate::scrub::scrub;

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "SinceVars")]
pub struct Calls {
    #[arguments(accountId: $account, from: $from, first: 100, after: $after)]
    pub calls: CallPage,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "CallConnection")]
pub struct CallPage {
    pub nodes: Vec<Call>,
    pub page_info: PageInfo,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct Call {
    pub id: cynic::Id,
    pub sid: String,
    pub direction: Direction,
    pub status: CallStatus,
    pub result: Option<CallResult>,
    pub from: String,
    pub to: String,
    pub account: Option<AccountName>,
    pub agent: Option<AgentName>,
    pub error: Option<CallError>,
    pub duration_seconds: Option<i32>,
    pub sip_code: Option<i32>,
    pub setup_ms: Option<i32>,
    pub price: Option<Money>,
    pub started_at: DateTime<Utc>,
    pub answered_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct CallError {
    pub code: i32,
    pub text: Option<String>,
    pub check: Option<super::diagnosis::CheckName>,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct Money {
    pub amount: Decimal,
    pub currency: String,
}

impl Money {
    /// The amount with its currency.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{} {}", scrub(&self.amount.0, 20), scrub(&self.currency, 3))
    }
}

#[derive(cynic::QueryVariables, Debug)]
pub struct IdVars {
    pub id: cynic::Id,
}

/// One call in full.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "IdVars")]
pub struct CallById {
    #[arguments(id: $id)]
    pub call: Option<CallInFull>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Call")]
pub struct CallInFull {
    #[cynic(spread)]
    pub call: Call,
    pub steps: Vec<CallStep>,
    pub alerts: Vec<CallAlert>,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct CallStep {
    pub kind: CallStepKind,
    pub at: DateTime<Utc>,
    pub code: Option<i32>,
    pub detail: Option<String>,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct CallAlert {
    pub at: DateTime<Utc>,
    pub error: Option<CallError>,
}

#[derive(cynic::Enum, Debug, Clone, PartialEq, Eq)]
#[cynic(non_exhaustive)]
pub enum Direction {
    Inbound,
    Outbound,
    #[cynic(fallback)]
    Unheard(String),
}

#[derive(cynic::Enum, Debug, Clone, PartialEq, Eq)]
#[cynic(non_exhaustive)]
pub enum CallStatus {
    Queued,
    Initiated,
    Ringing,
    InProgress,
    Completed,
    Busy,
    Failed,
    NoAnswer,
    Canceled,
    #[cynic(fallback)]
    Unheard(String),
}

#[derive(cynic::Enum, Debug, Clone, PartialEq, Eq)]
pub enum CallResult {
    Ringing,
    Answered,
    NoAnswer,
    Busy,
    Failed,
    Canceled,
    #[cynic(fallback)]
    Unheard(String),
}

#[derive(cynic::Enum, Debug, Clone, PartialEq, Eq)]
#[cynic(non_exhaustive)]
pub enum CallStepKind {
    WebhookReceived,
    AgentConnecting,
    FallbackGiven,
    Redirected,
    HungUp,
    Initiated,
    Ringing,
    Answered,
    StreamStarted,
    StreamStopped,
    StreamError,
    AgentLegEnded,
    Ended,
    FoundInLog,
    #[cynic(fallback)]
    Unheard(String),
}

/// What a test call may do and cost.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "IdVars")]
pub struct PlanOfTestCall {
    #[arguments(phoneNumberId: $id)]
    pub test_call_plan: Option<TestCallPlan>,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct TestCallPlan {
    pub targets: Vec<TestCallTarget>,
    pub limit_per_hour: i32,
    pub left_this_hour: i32,
    pub estimated_cost: Option<Money>,
    pub max_seconds: i32,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct TestCallTarget {
    pub label: String,
    pub to: String,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "IdVars")]
pub struct TestCallById {
    #[arguments(id: $id)]
    pub test_call: Option<TestCall>,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct TestCall {
    pub id: cynic::Id,
    pub kind: TestCallKind,
    pub phone_number: Option<NumberName>,
    pub call: Option<CallSid>,
    pub steps: Vec<TestCallStep>,
    pub verdict: Option<TestCallVerdict>,
    pub failed_step: Option<String>,
    pub twilio_code: Option<i32>,
    pub error: Option<CallError>,
    pub failed_check: Option<super::diagnosis::CheckName>,
    pub prices: Vec<Money>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
#[cynic(graphql_type = "PhoneNumber")]
pub struct NumberName {
    pub id: cynic::Id,
    pub number: String,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
#[cynic(graphql_type = "Call")]
pub struct CallSid {
    pub sid: String,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct TestCallStep {
    pub name: TestCallStepName,
    pub state: CheckState,
    pub at: Option<DateTime<Utc>>,
    pub code: Option<i32>,
    pub detail: Option<String>,
}

#[derive(cynic::Enum, Debug, Clone, PartialEq, Eq)]
pub enum TestCallStepName {
    Preflight,
    Created,
    Ringing,
    Answered,
    WebhookReceived,
    AgentResolved,
    AgentConnected,
    Completed,
    FoundInLog,
    #[cynic(fallback)]
    Unheard(String),
}

#[derive(cynic::Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[cynic(non_exhaustive)]
pub enum TestCallKind {
    Outbound,
    Inbound,
    AwaitInbound,
    #[cynic(fallback)]
    Unheard,
}

#[derive(cynic::Enum, Debug, Clone, PartialEq, Eq)]
#[cynic(non_exhaustive)]
pub enum TestCallVerdict {
    Pass,
    Fail,
    Unknown,
    Canceled,
    #[cynic(fallback)]
    Unheard(String),
}
