//! All that may be handed over of a connection.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::calls::IdVarsFields;
use super::schema;

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "IdVars")]
pub struct Bundle {
    #[arguments(accountId: $id)]
    pub support_bundle: Option<SupportBundle>,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct SupportBundle {
    pub markdown: String,
    pub json: Value,
    pub file_name: String,
    pub made_at: DateTime<Utc>,
}
