//! What is asked to be done.

use chrono::{DateTime, Utc};

use super::calls::{TestCall, TestCallKind};
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

/// A change with a reason.
#[derive(cynic::QueryVariables, Debug)]
pub struct SaidVars {
    pub id: cynic::Id,
    pub text: String,
    pub key: Option<String>,
}

impl SaidVars {
    /// A change of a thing, and what is said to it.
    #[must_use]
    pub fn of(id: &str, text: &str, key: String) -> Self {
        Self {
            id: id.into(),
            text: text.to_owned(),
            key: Some(key),
        }
    }
}

/// Taking note of something; the API takes no note that is empty.
#[derive(cynic::QueryVariables, Debug)]
pub struct NoteVars {
    pub id: cynic::Id,
    pub note: Option<String>,
    pub key: Option<String>,
}

#[derive(cynic::QueryVariables, Debug)]
pub struct TestVars {
    pub id: cynic::Id,
    pub kind: TestCallKind,
    pub to: Option<String>,
    pub key: Option<String>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "ChangeVars")]
pub struct Pause {
    #[arguments(input: { accountId: $id, idempotencyKey: $key })]
    pub pause_twilio_account: PausePayload,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "PauseTwilioAccountPayload")]
pub struct PausePayload {
    pub user_errors: Vec<UserError>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "ChangeVars")]
pub struct Resume {
    #[arguments(input: { accountId: $id, idempotencyKey: $key })]
    pub resume_twilio_account: ResumePayload,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "ResumeTwilioAccountPayload")]
pub struct ResumePayload {
    pub user_errors: Vec<UserError>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "ChangeVars")]
pub struct RetryJob {
    #[arguments(input: { jobId: $id, idempotencyKey: $key })]
    pub retry_job: RetryJobPayload,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "RetryJobPayload")]
pub struct RetryJobPayload {
    pub user_errors: Vec<UserError>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "ChangeVars")]
pub struct CancelJob {
    #[arguments(input: { jobId: $id, idempotencyKey: $key })]
    pub cancel_job: CancelJobPayload,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "CancelJobPayload")]
pub struct CancelJobPayload {
    pub user_errors: Vec<UserError>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "NoteVars")]
pub struct Acknowledge {
    #[arguments(input: { billingEpisodeId: $id, note: $note, idempotencyKey: $key })]
    pub acknowledge_billing_episode: AcknowledgePayload,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "AcknowledgeEpisodePayload")]
pub struct AcknowledgePayload {
    pub user_errors: Vec<UserError>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "SaidVars")]
pub struct Reveal {
    #[arguments(input: { phoneNumberId: $id, reason: $text, idempotencyKey: $key })]
    pub reveal_number: RevealPayload,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "RevealNumberPayload")]
pub struct RevealPayload {
    pub number: Option<String>,
    pub visible_until: Option<DateTime<Utc>>,
    pub user_errors: Vec<UserError>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "TestVars")]
pub struct StartTest {
    #[arguments(input: { phoneNumberId: $id, kind: $kind, to: $to, idempotencyKey: $key })]
    pub start_test_call: StartTestPayload,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "StartTestCallPayload")]
pub struct StartTestPayload {
    pub test_call: Option<TestCall>,
    pub user_errors: Vec<UserError>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "ChangeVars")]
pub struct HangUp {
    #[arguments(input: { testCallId: $id, idempotencyKey: $key })]
    pub cancel_test_call: HangUpPayload,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "CancelTestCallPayload")]
pub struct HangUpPayload {
    pub user_errors: Vec<UserError>,
}
