//! Revokes an API key.

use ::entity::{ApiKeyId, api_key};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ActiveModelTrait, EntityTrait, QuerySelect};
use serde_json::json;

use super::queries;
use crate::audit::Act;
use crate::{Error, Permission, Refusal, Request, Services, idempotency};

/// Revokes a key for good. One that is revoked already stays as it is.
///
/// # Errors
/// Refused when there is no such key.
pub async fn revoke_key(services: &Services, request: &Request, id: ApiKeyId) -> Result<api_key::Model, Error> {
    request.actor.require(Permission::RevokeApiKeys)?;
    let no_key = || Refusal::not_found("API key", "apiKeyId");
    let key = queries::find(services, &request.actor, id).await?.ok_or_else(no_key)?;
    idempotency::check(services, request, key.workspace_id).await?;
    let mut tx = services.begin().await?;
    let key = api_key::Entity::find_by_id(id).lock_exclusive().one(tx.db()).await?;
    let key = key.ok_or_else(no_key)?;
    if key.revoked_at.is_some() {
        return Ok(key);
    }
    let row = api_key::ActiveModel {
        id: Unchanged(id),
        revoked_at: Set(Some(tx.at())),
        ..Default::default()
    };
    let key = row.update(tx.db()).await?;
    let act = Act::on("api_key.revoke", "api_key", id).with(json!({ "key": key.beginning }));
    tx.audit(request, key.workspace_id, act).await?;
    tx.once(request, key.workspace_id, id.0).await?;
    tx.commit().await?;
    Ok(key)
}
