//! Live views over `graphql-transport-ws`: the state now, then each change.

mod connection_health;
mod test_call;

use async_graphql::{Context, ID};
use futures_util::Stream;

use super::error::ApiError;
use super::types::{TestCall, TwilioAccount};

/// What can be followed live.
pub(super) struct Subscription;

/// What can be followed live: each begins with the state now, and tells every change from then on.
#[async_graphql::Subscription]
impl Subscription {
    /// A test call: as it stands, then after every step. Completes after the verdict.
    async fn test_call(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The test call's global id.")] id: ID,
    ) -> Result<impl Stream<Item = Result<TestCall, ApiError>> + use<>, ApiError> {
        test_call::follow(ctx, &id).await
    }

    /// Connected accounts with their connection health: each as it stands, then an account whenever it changes. An account
    /// that was told before replaces what was told of it.
    async fn connection_health(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only this account.")] account_id: Option<ID>,
        #[graphql(desc = "Callab's staff: accounts of this workspace only; of all if not said.")] workspace_id: Option<
            ID,
        >,
    ) -> Result<impl Stream<Item = Result<TwilioAccount, ApiError>> + use<>, ApiError> {
        connection_health::follow(ctx, account_id.as_ref(), workspace_id.as_ref()).await
    }
}
