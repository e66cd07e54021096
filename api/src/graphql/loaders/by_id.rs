//! Rows by their ids.

use std::collections::HashMap;

use ::entity::{
    AccountId, ActivityFindingId, AgentId, ApiKeyId, AssignmentId, BillingAlertId, BillingEpisodeId, CallId,
    CallIntentId, DiagnosisRunId, EndpointId, JobId, NotificationId, NumberId, TestCallId, WorkspaceId,
    activity_finding, agent, agent_assignment, api_key, billing_alert, billing_episode, call, call_intent,
    diagnosis_run, job, notification, notification_endpoint, phone_number, test_call, twilio_account, workspace,
};
use async_graphql::dataloader::Loader;
use domain::{accounts, agents, api_keys, billing, calls, diagnosis, jobs, notifications, numbers, workspaces};

use super::Reader;
use crate::graphql::error::ApiError;

macro_rules! load_by_id {
    ($($id:ident => $row:ty, $read:path;)+) => {$(
        impl Loader<$id> for Reader {
            type Value = $row;
            type Error = ApiError;

            async fn load(&self, ids: &[$id]) -> Result<HashMap<$id, Self::Value>, ApiError> {
                Ok($read(&self.0, ids).await?.into_iter().map(|row| (row.id, row)).collect())
            }
        }
    )+};
}

load_by_id! {
    WorkspaceId => workspace::Model, workspaces::by_ids;
    AccountId => twilio_account::Model, accounts::by_ids;
    NumberId => phone_number::Model, numbers::by_ids;
    AgentId => agent::Model, agents::by_ids;
    AssignmentId => agent_assignment::Model, agents::assignments_by_ids;
    CallId => call::Model, calls::by_ids;
    TestCallId => test_call::Model, calls::tests_by_ids;
    JobId => job::Model, jobs::by_ids;
    BillingAlertId => billing_alert::Model, billing::alerts_by_ids;
    BillingEpisodeId => billing_episode::Model, billing::episodes_by_ids;
    DiagnosisRunId => diagnosis_run::Model, diagnosis::runs_by_ids;
    EndpointId => notification_endpoint::Model, notifications::endpoints_by_ids;
    NotificationId => notification::Model, notifications::by_ids;
    CallIntentId => call_intent::Model, calls::intents_by_ids;
    ActivityFindingId => activity_finding::Model, calls::activity_by_ids;
    ApiKeyId => api_key::Model, api_keys::by_ids;
}
