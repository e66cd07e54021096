//! Calls a job off.

use ::entity::{JobId, job};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::{Refusal, idempotency, jobs};

use super::settled::settled;
use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::types::{Job, UserError};

/// What `cancelJob` takes.
#[derive(InputObject)]
pub struct CancelJobInput {
    /// The job's global id.
    pub job_id: ID,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `cancelJob` answers.
#[derive(SimpleObject)]
pub struct CancelJobPayload {
    /// The job; null if it was refused.
    job: Option<Job>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct CancelJob;

#[Object]
impl CancelJob {
    /// Calls a job off. One that runs is stopped within seconds and changes nothing from now on.
    async fn cancel_job(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: CancelJobInput,
    ) -> Result<CancelJobPayload, ApiError> {
        let again = |id| jobs::find(ctx.services(), ctx.actor(), JobId(id));
        let (job, user_errors) = settled(run(ctx, input).await, again).await?;
        Ok(CancelJobPayload {
            job: job.map(Job),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: CancelJobInput) -> Result<job::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "cancelJob", key, input.to_value()).await?;
    let job = id::parse(&input.job_id).ok_or_else(|| Refusal::not_found("job", "jobId"))?;
    let ended = jobs::cancel(ctx.services(), &request, job).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
