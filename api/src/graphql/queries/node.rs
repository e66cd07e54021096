//! Anything, by its global id.

use ::entity::{
    AccountId, ActivityFindingId, AgentId, ApiKeyId, AssignmentId, BillingAlertId, BillingEpisodeId, CallId,
    CallIntentId, DiagnosisRunId, EndpointId, JobId, NotificationId, NumberId, TestCallId,
};
use async_graphql::{Context, ID, Object};
use domain::Permission;
use domain::page::MAX_PAGE;
use futures_util::future::try_join_all;

use crate::graphql::context::Asked;
use crate::graphql::error::ApiError;
use crate::graphql::id::{self, NodeId};
use crate::graphql::types::{
    ActivityFinding, Agent, AgentAssignment, ApiKey, BillingAlert, BillingEpisode, Call, CallIntent, DiagnosisRun, Job,
    Node, Notification, NotificationEndpoint, PhoneNumber, TestCall, TwilioAccount,
};

#[derive(Default)]
pub struct NodeQueries;

#[Object]
impl NodeQueries {
    /// Anything, by its global id; null if there is nothing.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A global id.")] id: ID,
    ) -> Result<Option<Node>, ApiError> {
        ctx.viewer()?;
        find(ctx, &id).await
    }

    /// Many things by their global ids, in the order of the ids; null for each that is not there.
    #[graphql(complexity = "1 + ids.len() * child_complexity")]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global ids, at most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>, ApiError> {
        ctx.viewer()?;
        if ids.len() as u64 > MAX_PAGE {
            return Err(ApiError::BadInput(format!("`ids` are at most {MAX_PAGE}.")));
        }
        try_join_all(ids.iter().map(|id| find(ctx, id))).await
    }
}

/// Finds a row that the caller may see, through the data loaders: many ids are one statement a type.
pub(in crate::graphql) async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Node>, ApiError> {
    let Some((name, uuid)) = id::split(id) else {
        return Ok(None);
    };
    let loaders = ctx.loaders();
    let found = match name.as_str() {
        AccountId::TYPE => {
            let row = loaders.load_one(AccountId(uuid)).await?;
            row.map(|row| (row.workspace_id, TwilioAccount::from(row).into()))
        }
        NumberId::TYPE => {
            let row = loaders.load_one(NumberId(uuid)).await?;
            row.map(|row| (row.workspace_id, PhoneNumber(row).into()))
        }
        AgentId::TYPE => {
            let row = loaders.load_one(AgentId(uuid)).await?;
            row.map(|row| (row.workspace_id, Agent(row).into()))
        }
        AssignmentId::TYPE => {
            let row = loaders.load_one(AssignmentId(uuid)).await?;
            row.map(|row| (row.workspace_id, AgentAssignment(row).into()))
        }
        CallId::TYPE => {
            let row = loaders.load_one(CallId(uuid)).await?;
            row.map(|row| (row.workspace_id, Call(row).into()))
        }
        TestCallId::TYPE => {
            let row = loaders.load_one(TestCallId(uuid)).await?;
            row.map(|row| (row.workspace_id, TestCall::from(row).into()))
        }
        JobId::TYPE => {
            let row = loaders.load_one(JobId(uuid)).await?;
            row.map(|row| (row.workspace_id, Job(row).into()))
        }
        BillingAlertId::TYPE => {
            let row = loaders.load_one(BillingAlertId(uuid)).await?;
            row.map(|row| (row.workspace_id, BillingAlert(row).into()))
        }
        BillingEpisodeId::TYPE => {
            let row = loaders.load_one(BillingEpisodeId(uuid)).await?;
            row.map(|row| (row.workspace_id, BillingEpisode(row).into()))
        }
        DiagnosisRunId::TYPE => {
            let row = loaders.load_one(DiagnosisRunId(uuid)).await?;
            row.map(|row| (row.workspace_id, DiagnosisRun::from(row).into()))
        }
        ApiKeyId::TYPE if ctx.actor().may(Permission::RevokeApiKeys) => {
            let row = loaders.load_one(ApiKeyId(uuid)).await?;
            row.map(|row| (row.workspace_id, ApiKey(row).into()))
        }
        EndpointId::TYPE => {
            let row = loaders.load_one(EndpointId(uuid)).await?;
            row.map(|row| (row.workspace_id, NotificationEndpoint(row).into()))
        }
        NotificationId::TYPE => {
            let row = loaders.load_one(NotificationId(uuid)).await?;
            row.map(|row| (row.workspace_id, Notification(row).into()))
        }
        CallIntentId::TYPE => {
            let row = loaders.load_one(CallIntentId(uuid)).await?;
            row.map(|row| (row.workspace_id, CallIntent(row).into()))
        }
        ActivityFindingId::TYPE => {
            let row = loaders.load_one(ActivityFindingId(uuid)).await?;
            row.map(|row| (row.workspace_id, ActivityFinding(row).into()))
        }
        _ => None,
    };
    Ok(found.and_then(|(workspace, node)| ctx.sees(workspace).then_some(node)))
}
