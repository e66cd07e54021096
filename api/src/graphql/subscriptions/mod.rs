//! Live views over `graphql-transport-ws`: the state now, then each change.

mod connection_health;
mod diagnosis;
mod events;
mod jobs;
mod test_call;

use async_graphql::{Context, ID};
use futures_util::Stream;

use super::error::ApiError;
use super::queries::jobs::JobFilter;
use super::types::{DiagnosisRun, Event, EventKind, Job, TestCall, TwilioAccount};

/// What can be followed live.
pub(super) struct Subscription;

/// What can be followed live. `events`, `testCall` and `connectionHealth` tell every change once and in order. After a break,
/// subscribe again with the last cursor as `after`: nothing is missed and nothing told twice. A view that is read too slowly ends with the error `FELL_BEHIND`, whose
/// `extensions.cursor` is where to go on.
#[async_graphql::Subscription]
impl Subscription {
    /// What happens, from now on or after a cursor.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Events after this cursor; from now on if not said. Events are kept for a time: a week, unless configured otherwise."
        )]
        after: Option<String>,
        #[graphql(desc = "Only events of these kinds; of all if not said.")] kinds: Option<Vec<EventKind>>,
        #[graphql(desc = "Callab's staff: of this workspace only; of all if not said.")] workspace_id: Option<ID>,
    ) -> Result<impl Stream<Item = Result<Event, ApiError>> + use<>, ApiError> {
        events::follow(ctx, after.as_deref(), kinds, workspace_id.as_ref()).await
    }

    /// Background jobs: those that wait, run or failed, at most the newest 100; then each whenever it changes. A job that was told
    /// before replaces what was told of it, also when it no longer matches the filter. Changes that follow each other within moments
    /// may be told as one. After a break subscribe again: jobs have no cursor, their state is told anew.
    #[expect(clippy::unused_async, reason = "subscriptions are async, whatever they do")]
    async fn jobs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which jobs; all if not said.")] filter: Option<JobFilter>,
        #[graphql(desc = "Callab's staff: of this workspace only; of all if not said.")] workspace_id: Option<ID>,
    ) -> Result<impl Stream<Item = Result<Job, ApiError>> + use<>, ApiError> {
        jobs::follow(ctx, filter, workspace_id.as_ref())
    }

    /// A test call: as it stands, then after every step. Completes after the verdict.
    async fn test_call(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The test call's global id.")] id: ID,
        #[graphql(desc = "Only what happened after this cursor, without the state now.")] after: Option<String>,
    ) -> Result<impl Stream<Item = Result<TestCall, ApiError>> + use<>, ApiError> {
        test_call::follow(ctx, &id, after.as_deref()).await
    }

    /// A diagnosis for which everything is asked afresh: what is known of it, then each check as soon as it is known. Completes after
    /// the end.
    async fn diagnosis(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The run's global id.")] id: ID,
        #[graphql(desc = "Only what happened after this cursor, without the state now.")] after: Option<String>,
    ) -> Result<impl Stream<Item = Result<DiagnosisRun, ApiError>> + use<>, ApiError> {
        diagnosis::follow(ctx, &id, after.as_deref()).await
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
        #[graphql(desc = "Only what happened after this cursor, without the state now.")] after: Option<String>,
    ) -> Result<impl Stream<Item = Result<TwilioAccount, ApiError>> + use<>, ApiError> {
        connection_health::follow(ctx, account_id.as_ref(), workspace_id.as_ref(), after.as_deref()).await
    }
}
