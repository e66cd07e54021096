//! What happened, in order.

use ::entity::event;
use async_graphql::{Context, ID, Object};
use domain::events;

use crate::graphql::context::{Asked, event_order};
use crate::graphql::error::ApiError;
use crate::graphql::live::From;
use crate::graphql::page::{Connection, cost, page_of};
use crate::graphql::types::Event;

#[derive(Default)]
pub struct EventQueries;

#[Object]
impl EventQueries {
    /// What happened in the last days, oldest first unless asked otherwise. To follow what happens, subscribe to `events` after the last cursor.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Callab's staff: of this workspace only; of all if not said.")] workspace_id: Option<ID>,
        #[graphql(desc = "How many rows, 1 to 100; 25 if not said.")] first: Option<i32>,
        #[graphql(
            desc = "Events behind this cursor in the order that is asked for; the oldest that are kept, or the newest, if not said."
        )]
        after: Option<String>,
        #[graphql(desc = "The newest first: to show what happened lately. Their cursors are the same ones.")]
        newest_first: Option<bool>,
    ) -> Result<Connection<Event>, ApiError> {
        let order = event_order(ctx).await?;
        let services = ctx.services();
        let after = match From::argument(services, &order, after.as_deref()).await? {
            From::Now => None,
            From::After(seq) => Some(seq),
        };
        let page = page_of(first, after)?;
        let Ok(workspace) = ctx.scope(workspace_id.as_ref())? else {
            return Ok(Connection::empty());
        };
        let is_first = page.after.is_none();
        let events = if newest_first == Some(true) {
            events::list_newest_first(services, workspace, &page).await?
        } else {
            events::list(services, workspace, i64::MAX, &page).await?
        };
        let cursor = |row: &event::Model| order.cursor(row.seq.unwrap_or_default());
        Ok(Connection::new(events, is_first, cursor, |row| {
            Event::new(row, order.clone())
        }))
    }

    /// The place of your newest event. Ask it, read what you show, and subscribe after it: then no change is missed.
    async fn event_cursor(&self, ctx: &Context<'_>) -> Result<String, ApiError> {
        let workspace = ctx.viewer()?.workspace;
        let order = event_order(ctx).await?;
        Ok(order.cursor(events::newest_of(ctx.services(), workspace).await?))
    }
}
