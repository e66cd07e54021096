//! Background work.

use ::entity::{AccountId, JobId, WorkspaceId, job};
use async_graphql::{Context, ID, InputObject, Object};
use domain::jobs;

use crate::graphql::context::{Asked, NoRows};
use crate::graphql::cursor::List;
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::page::{Connection, cost, page_of};
use crate::graphql::types::{Job, JobCounts, JobQueue, JobState};

/// Which jobs. What is not said matches all.
#[derive(InputObject, Default)]
pub struct JobFilter {
    /// Only jobs in one of these states.
    pub states: Option<Vec<JobState>>,
    /// Only jobs of one of these kinds, such as `sync-numbers`.
    pub kinds: Option<Vec<String>>,
    /// Only jobs in this queue.
    pub queue: Option<JobQueue>,
    /// Only jobs of this Twilio account.
    pub account_id: Option<ID>,
    /// Only jobs that work on the thing with this global id.
    pub subject_id: Option<ID>,
}

impl JobFilter {
    /// The filter within a workspace; none when nothing can match.
    pub(in crate::graphql) fn within(
        self,
        workspace: Option<WorkspaceId>,
    ) -> Result<Option<jobs::JobFilter>, ApiError> {
        let Ok(account) = id::narrowed::<AccountId>(self.account_id.as_ref()) else {
            return Ok(None);
        };
        let subject = match self.subject_id.as_ref().map(id::split) {
            Some(None) => return Ok(None),
            Some(Some((_, uuid))) => Some(uuid.to_string()),
            None => None,
        };
        let states = self.states.unwrap_or_default().into_iter();
        Ok(Some(jobs::JobFilter {
            workspace,
            account,
            subject,
            states: states.map(TryInto::try_into).collect::<Result<_, _>>()?,
            kinds: self.kinds.unwrap_or_default(),
            queue: self.queue.map(Into::into),
        }))
    }
}

#[derive(Default)]
pub struct JobQueries;

#[Object]
impl JobQueries {
    /// Background jobs, the newest first. To see them live, subscribe to `jobs`.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn jobs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which jobs; all if not said.")] filter: Option<JobFilter>,
        #[graphql(desc = "Callab's staff: of this workspace only; of all if not said.")] workspace_id: Option<ID>,
        #[graphql(desc = "How many rows, 1 to 100; 25 if not said.")] first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
    ) -> Result<Connection<Job>, ApiError> {
        let after = after.map(|cursor| List::Jobs.row(&cursor).map(JobId)).transpose()?;
        let page = page_of(first, after)?;
        let Ok(workspace) = ctx.scope(workspace_id.as_ref())? else {
            return Ok(Connection::empty());
        };
        let Some(filter) = filter.unwrap_or_default().within(workspace)? else {
            return Ok(Connection::empty());
        };
        let is_first = page.after.is_none();
        let jobs = jobs::list(ctx.services(), &filter, page).await?;
        let cursor = |row: &job::Model| List::Jobs.after_row(row.id.0);
        Ok(Connection::new(jobs, is_first, cursor, Job))
    }

    /// How many background jobs wait, run and failed lately.
    async fn job_counts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Callab's staff: of this workspace only; of all if not said.")] workspace_id: Option<ID>,
    ) -> Result<JobCounts, ApiError> {
        let counts = match ctx.scope(workspace_id.as_ref())? {
            Ok(workspace) => jobs::counts(ctx.services(), workspace).await?,
            Err(NoRows) => jobs::JobCounts::default(),
        };
        Ok(counts.into())
    }

    /// A job; null if there is none.
    async fn job(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The job's global id.")] id: ID,
    ) -> Result<Option<Job>, ApiError> {
        let viewer = ctx.viewer()?;
        let Some(id) = id::parse::<JobId>(&id) else {
            return Ok(None);
        };
        Ok(jobs::find(ctx.services(), viewer, id).await?.map(Job))
    }
}
