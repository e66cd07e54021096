//! What is asked to be done.

use super::schema;

#[derive(cynic::QueryVariables, Debug)]
pub struct ChangeVars {
    pub id: cynic::Id,
    pub key: Option<String>,
}

impl ChangeVars {
    /// A change of a connection; the key makes a repetition harmless.
    #[must_use]
    pub fn of(id: &str, key: &str) -> Self {
        Self {
            id: id.into(),
            key: Some(key.to_owned()),
        }
    }
}

#[derive(cynic::QueryFragment, Debug)]
pub struct UserError {
    pub message: String,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "ChangeVars")]
pub struct Verify {
    #[arguments(input: { accountId: $id, idempotencyKey: $key })]
    pub verify_twilio_account: VerifyPayload,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "VerifyTwilioAccountPayload")]
pub struct VerifyPayload {
    pub user_errors: Vec<UserError>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "ChangeVars")]
pub struct SyncNumbers {
    #[arguments(input: { accountId: $id, idempotencyKey: $key })]
    pub sync_numbers: SyncPayload,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "SyncNumbersPayload")]
pub struct SyncPayload {
    pub user_errors: Vec<UserError>,
}
