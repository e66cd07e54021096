//! A change, and the job that does it.

use chrono::{DateTime, Utc};

use crate::queries::calls::IdVarsFields;
use crate::queries::connections::{HealthState, Reason};
use crate::queries::jobs::{Job, JobPage};
use crate::queries::schema;

#[derive(cynic::QueryVariables, Debug)]
pub struct JobsVars {
    pub account: cynic::Id,
    pub kinds: Option<Vec<String>>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "JobsVars")]
pub struct JobsOfAccount {
    #[arguments(filter: { accountId: $account, kinds: $kinds }, first: 10)]
    pub jobs: JobPage,
    pub server_time: DateTime<Utc>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "IdVars")]
pub struct JobById {
    #[arguments(id: $id)]
    pub job: Option<Job>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "IdVars")]
pub struct AfterChange {
    #[arguments(id: $id)]
    pub twilio_account: Option<Outcome>,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
#[cynic(graphql_type = "TwilioAccount")]
pub struct Outcome {
    pub synced_at: Option<DateTime<Utc>>,
    pub verified_at: Option<DateTime<Utc>>,
    pub twilio_status: TwilioAccountStatus,
    pub health: OutcomeHealth,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
#[cynic(graphql_type = "ConnectionHealth")]
pub struct OutcomeHealth {
    pub state: HealthState,
    pub reason: Option<Reason>,
}

#[derive(cynic::Enum, Debug, Clone, PartialEq, Eq)]
#[cynic(non_exhaustive)]
pub enum TwilioAccountStatus {
    Active,
    Suspended,
    Closed,
    #[cynic(fallback)]
    Unheard(String),
}
