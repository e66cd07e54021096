//! The keys of a workspace's own programs.

use ::entity::api_key;
use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use domain::api_keys;
use domain::audit::shown_actor;

use super::Workspace;
use super::viewer::Permission;
use crate::graphql::context::Asked;
use crate::graphql::error::ApiError;
use crate::graphql::id;

/// Whether an API key counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "api_keys::KeyState")]
pub enum ApiKeyState {
    /// It counts.
    Active,
    /// Its time is over.
    Expired,
    /// It was revoked, for good.
    Revoked,
}

/// A key by which a program of the workspace's asks.
pub struct ApiKey(pub api_key::Model);

/// A key by which a program of the workspace's asks, sent as `Authorization: Bearer callab_…` in the place of a person's token. The key
/// itself is shown once, by `createApiKey`, and kept nowhere.
#[Object]
impl ApiKey {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        id::global(self.0.id)
    }

    /// What people call it. Example: `Nightly CRM export`.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// How the key begins, to find it where it is used. Example: `callab_3f9a2c`.
    async fn beginning(&self) -> &str {
        &self.0.beginning
    }

    /// What it may do. Every key may look, which is `VIEW`.
    async fn permissions(&self) -> Vec<Permission> {
        api_keys::permissions_of(&self.0).into_iter().map(Into::into).collect()
    }

    /// Whether it counts.
    async fn state(&self, ctx: &Context<'_>) -> ApiKeyState {
        api_keys::state_of(&self.0, ctx.services().clock.now()).into()
    }

    /// Who made it: the `sub` of their token. Staff see its beginning, such as `m.k•••`.
    async fn created_by(&self, ctx: &Context<'_>) -> String {
        shown_actor(ctx.actor().role, &self.0.created_by, domain::Role::Owner.as_str()).into_owned()
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// From when on it no longer counts; null if it has no end.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at
    }

    /// When it was last used, to the minute; null if it never was.
    async fn last_used_at(&self) -> Option<DateTime<Utc>> {
        self.0.last_used_at
    }

    /// When it was revoked; null if it was not.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revoked_at
    }

    /// Whose it is.
    async fn workspace(&self, ctx: &Context<'_>) -> Result<Option<Workspace>, ApiError> {
        Ok(ctx.loaders().load_one(self.0.workspace_id).await?.map(Workspace))
    }
}
