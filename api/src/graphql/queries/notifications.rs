//! Notification endpoints and the delivery log.

use ::entity::{EndpointId, NotificationId, WorkspaceId, notification, notification_endpoint};
use async_graphql::{Context, ID, InputObject, Object};
use domain::notifications;

use crate::graphql::context::Asked;
use crate::graphql::cursor::List;
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::page::{Connection, cost, page_of};
use crate::graphql::types::{Notification, NotificationEndpoint, NotificationKind, NotificationState};

/// Which notifications. What is not said matches all.
#[derive(InputObject, Default)]
pub struct NotificationFilter {
    /// Only to this endpoint.
    pub endpoint_id: Option<ID>,
    /// Only of one of these kinds.
    pub kinds: Option<Vec<NotificationKind>>,
    /// Only in one of these states.
    pub states: Option<Vec<NotificationState>>,
}

impl NotificationFilter {
    /// The filter within a workspace; none when nothing can match.
    fn within(self, workspace: Option<WorkspaceId>) -> Result<Option<notifications::NotificationFilter>, ApiError> {
        let Ok(endpoint) = id::narrowed::<EndpointId>(self.endpoint_id.as_ref()) else {
            return Ok(None);
        };
        let (kinds, states) = (self.kinds.unwrap_or_default(), self.states.unwrap_or_default());
        Ok(Some(notifications::NotificationFilter {
            workspace,
            endpoint,
            kinds: kinds.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
            states: states.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
        }))
    }
}

#[derive(Default)]
pub struct NotificationQueries;

#[Object]
impl NotificationQueries {
    /// Where notifications go, oldest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn notification_endpoints(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Callab's staff: of this workspace only; of all if not said.")] workspace_id: Option<ID>,
        #[graphql(desc = "How many rows, 1 to 100; 25 if not said.")] first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
    ) -> Result<Connection<NotificationEndpoint>, ApiError> {
        let after = after
            .map(|cursor| List::NotificationEndpoints.time(&cursor))
            .transpose()?;
        let page = page_of(first, after)?;
        let Ok(workspace) = ctx.scope(workspace_id.as_ref())? else {
            return Ok(Connection::empty());
        };
        let is_first = page.after.is_none();
        let endpoints = notifications::list_endpoints(ctx.services(), workspace, page).await?;
        let cursor =
            |row: &notification_endpoint::Model| List::NotificationEndpoints.after_time(row.created_at, row.id.0);
        Ok(Connection::new(endpoints, is_first, cursor, NotificationEndpoint))
    }

    /// The delivery log, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn notifications(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which notifications; all if not said.")] filter: Option<NotificationFilter>,
        #[graphql(desc = "Callab's staff: of this workspace only; of all if not said.")] workspace_id: Option<ID>,
        #[graphql(desc = "How many rows, 1 to 100; 25 if not said.")] first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
    ) -> Result<Connection<Notification>, ApiError> {
        let after = after.map(|cursor| List::Notifications.row(&cursor).map(NotificationId));
        let page = page_of(first, after.transpose()?)?;
        let Ok(workspace) = ctx.scope(workspace_id.as_ref())? else {
            return Ok(Connection::empty());
        };
        let Some(filter) = filter.unwrap_or_default().within(workspace)? else {
            return Ok(Connection::empty());
        };
        let is_first = page.after.is_none();
        let log = notifications::list(ctx.services(), &filter, page).await?;
        let cursor = |row: &notification::Model| List::Notifications.after_row(row.id.0);
        Ok(Connection::new(log, is_first, cursor, Notification))
    }
}
