//! What every resolver can reach.

use ::entity::{ApiKeyId, WorkspaceId, workspace};
use async_graphql::{Context, ID};
use chrono::{DateTime, Utc};
use domain::idempotency::Once;
use domain::{Actor, Permission, Request, Services, Unconfined};
use sea_orm::DbErr;
use tokio::sync::OnceCell;

use super::cursor::EventOrder;
use super::error::ApiError;
use super::id;
use super::loaders::Loaders;

/// Who asks, with the workspace of their token. Put into each operation's data.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who asks, without an idempotency key.
    pub request: Request,
    /// The workspace of the token; none for staff.
    pub workspace: Option<workspace::Model>,
    /// From when on the token no longer counts; none if it has no end. Sockets end then.
    pub expires_at: Option<DateTime<Utc>>,
    /// The API key that they signed in with; none for people. Sockets end when it is revoked.
    pub api_key: Option<ApiKeyId>,
}

/// The installation's secret, read once.
#[derive(Debug, Default)]
pub(super) struct Installation(OnceCell<String>);

/// A list is narrowed to something that is not there, or is another's: it has no rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoRows;

/// Shorthands for what is in the data of every operation.
pub(super) trait Asked {
    /// The database, Twilio and the rest.
    fn services(&self) -> &Services;
    /// The data loaders of this operation.
    fn loaders(&self) -> &Loaders;
    /// Who asks, with the workspace.
    fn caller(&self) -> &Caller;

    /// Who asks.
    fn actor(&self) -> &Actor {
        &self.caller().request.actor
    }

    /// Who asks, if they may look at anything.
    fn viewer(&self) -> Result<&Actor, ApiError> {
        self.actor().require(Permission::View)?;
        Ok(self.actor())
    }

    /// Whether the caller may see rows of the workspace.
    fn sees(&self, workspace: WorkspaceId) -> bool {
        self.actor().workspace.is_none_or(|own| own == workspace)
    }

    /// The workspace whose rows a list shows that takes `workspaceId`; none for those of all, which staff see who name none.
    fn scope(&self, workspace: Option<&ID>) -> Result<Result<Option<WorkspaceId>, NoRows>, ApiError> {
        let own = self.viewer()?.workspace;
        let named = id::narrowed(workspace);
        Ok(named.and_then(|named| match (own, named) {
            (Some(own), Some(named)) if own != named => Err(NoRows),
            (own, named) => Ok(named.or(own)),
        }))
    }
}

impl Asked for Context<'_> {
    fn services(&self) -> &Services {
        self.data_unchecked()
    }

    fn loaders(&self) -> &Loaders {
        self.data_unchecked()
    }

    fn caller(&self) -> &Caller {
        self.data_unchecked()
    }
}

/// What the resolvers of an operation work with: a customer's see the rows of the customer's workspace alone, and those that nobody
/// signed in for see none. Callab's own people see all.
pub(super) fn services_for(services: &Services, caller: Option<&Caller>) -> Services {
    match caller.map(|caller| &caller.request.actor) {
        Some(Actor {
            workspace: Some(own), ..
        }) => services.confined_to(*own),
        Some(actor) if actor.role.is_staff() => services.unconfined(Unconfined::Staff),
        _ => services.confined_to(WorkspaceId(uuid::Uuid::nil())),
    }
}

/// The installation's secret.
async fn installation<'c>(ctx: &'c Context<'_>) -> Result<&'c str, DbErr> {
    let installation: &Installation = ctx.data_unchecked();
    let secret = installation
        .0
        .get_or_try_init(|| domain::installation::secret(ctx.services()));
    Ok(secret.await?)
}

/// The order of this installation's events.
///
/// # Errors
/// When the database fails.
pub(super) async fn event_order(ctx: &Context<'_>) -> Result<EventOrder, ApiError> {
    let secret = installation(ctx).await?;
    Ok(EventOrder::of(domain::installation::key(secret, "event cursor")))
}

/// The request of a mutation, with its idempotency key if it has one.
///
/// # Errors
/// A refusal of the key, or a fault of the database.
pub(super) async fn request(
    ctx: &Context<'_>,
    field: &'static str,
    key: Option<&str>,
    input: async_graphql::Value,
) -> Result<Request, domain::Error> {
    let mut request = ctx.caller().request.clone();
    if let Some(key) = key {
        let secret = installation(ctx).await?;
        let input = serde_json::to_vec(&input).map_err(|error| DbErr::Json(error.to_string()))?;
        request.once = Some(Once::new(secret, field, key, &input)?);
    }
    Ok(request)
}
