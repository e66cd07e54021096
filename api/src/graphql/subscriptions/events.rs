//! What happens, in order.

use async_graphql::{Context, ID};
use futures_util::{Stream, StreamExt};

use crate::graphql::context::{Asked, NoRows, event_order};
use crate::graphql::error::ApiError;
use crate::graphql::live::{From, Reader};
use crate::graphql::types::{Event, EventKind};

/// Follows the events in the caller's scope.
pub(super) async fn follow(
    ctx: &Context<'_>,
    after: Option<&str>,
    kinds: Option<Vec<EventKind>>,
    workspace: Option<&ID>,
) -> Result<impl Stream<Item = Result<Event, ApiError>> + use<>, ApiError> {
    let workspace = ctx
        .scope(workspace)?
        .map_err(|NoRows| ApiError::NotFound("workspace"))?;
    let services = ctx.services().clone();
    let order = event_order(ctx).await?;
    let seq = match From::argument(&services, &order, after).await? {
        From::Now => services.events.newest().await,
        From::After(seq) => seq,
    };
    let events = Reader::new(services, workspace, seq, order.clone()).stream();
    Ok(events.filter_map(move |event| {
        let told = match event {
            Ok(row) => {
                let event = Event::new(row.as_ref().clone(), order.clone());
                let is_wanted = kinds.as_ref().is_none_or(|kinds| kinds.contains(&event.kind()));
                is_wanted.then_some(Ok(event))
            }
            Err(error) => Some(Err(error)),
        };
        std::future::ready(told)
    }))
}
