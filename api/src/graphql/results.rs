//! Bounds each result of a subscription, in what it costs and how long it takes: one that was let through once is carried out again
//! with every change.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute, NextValidation};
use async_graphql::{Response, ServerError, ValidationResult};
use tokio::time::timeout;
use tracing::error;

use super::guard::{Refusal, limits};
use crate::trace_id::TraceId;

/// What one result of a subscription may take. Stands in the data of requests that subscribe, and of no others.
#[derive(Clone, Debug)]
pub(super) struct ResultLimits {
    /// How long. A query's time is counted where it is served.
    pub within: Duration,
    /// Under what the log tells of it.
    pub trace_id: TraceId,
}

/// Holds the results of subscriptions to their [`ResultLimits`].
pub(super) struct Results;

impl ExtensionFactory for Results {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for Results {
    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let valid = next.run(ctx).await?;
        if ctx.data_opt::<ResultLimits>().is_some() && valid.complexity > limits::RESULT_COST {
            return Err(vec![Refusal::ResultTooComplex.into_error()]);
        }
        Ok(valid)
    }

    async fn execute(&self, ctx: &ExtensionContext<'_>, name: Option<&str>, next: NextExecute<'_>) -> Response {
        let result = next.run(ctx, name);
        let Some(limits) = ctx.data_opt::<ResultLimits>() else {
            return result.await;
        };
        timeout(limits.within, result)
            .await
            .unwrap_or_else(|_| limits.timed_out())
    }
}

impl ResultLimits {
    fn timed_out(&self) -> Response {
        let trace_id = self.trace_id.as_str();
        error!(trace_id, "a result of a subscription was cut off at its time limit");
        let message =
            "A result took too long, and the subscription was cut off. Ask for less, and go on after the last cursor.";
        let mut error = ServerError::new(message, None);
        error.extensions.get_or_insert_default().set("code", "TIMEOUT");
        Response::from_errors(vec![error])
    }
}
