//! Lists from a moment on.

use chrono::{DateTime, Utc};

use crate::queries::audit::AuditPage;
use crate::queries::calls::CallPage;
use crate::queries::schema;

#[derive(cynic::QueryVariables, Debug)]
pub struct SinceVars {
    pub account: Option<cynic::Id>,
    pub from: Option<DateTime<Utc>>,
    pub after: Option<String>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "SinceVars")]
pub struct CallsSince {
    #[arguments(accountId: $account, from: $from, first: 100, after: $after)]
    pub calls: CallPage,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "SinceVars")]
pub struct AuditSince {
    #[arguments(accountId: $account, from: $from, first: 100, after: $after)]
    pub audit_entries: AuditPage,
}
