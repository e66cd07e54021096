//! Bounds each result of a subscription in how long it takes, and has it wait its turn: what was let through once is carried out again with
//! every change.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::Response;
use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use tokio::time::error::Elapsed;
use tokio::time::timeout;
use tracing::error;

use super::error;
use super::room::Room;
use crate::person::Person;
use crate::trace_id::TraceId;

/// What one result of a subscription may take. Stands in the data of a request that subscribes.
#[derive(Clone, Debug)]
pub(super) struct ResultLimits {
    /// How long, with its wait for a turn.
    pub within: Duration,
    /// What it costs.
    pub cost: usize,
    /// Where it takes its turn.
    pub room: Room,
    /// Whose turn it is.
    pub of: Person,
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
    async fn execute(&self, ctx: &ExtensionContext<'_>, name: Option<&str>, next: NextExecute<'_>) -> Response {
        let Some(limits) = ctx.data_opt::<ResultLimits>() else {
            return next.run(ctx, name).await;
        };
        let result = async {
            let _turn = limits.room.wait(&limits.of, limits.cost).await;
            next.run(ctx, name).await
        };
        timeout(limits.within, result)
            .await
            .unwrap_or_else(|late| limits.timed_out(&late))
    }
}

impl ResultLimits {
    fn timed_out(&self, late: &Elapsed) -> Response {
        let (trace_id, late) = (self.trace_id.as_str(), late as &dyn std::error::Error);
        error!(
            trace_id,
            error = late,
            "a result of a subscription was cut off at its time limit"
        );
        let message =
            "A result took too long, and the subscription was cut off. Ask for less, and go on after the last cursor.";
        Response::from_errors(vec![error::coded("TIMEOUT", message)])
    }
}
