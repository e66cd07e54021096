//! Makes an API key.

use ::entity::api_key::{self, PermissionNames};
use ::entity::{ApiKeyId, WorkspaceId};
use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

use super::ApiKeyText;
use crate::audit::Act;
use crate::{
    Actor, Error, Permission, Refusal, RefusalCode, Request, Role, Services, Transaction, idempotency, text, workspaces,
};

/// How many keys that count a workspace has at most.
const MOST: u64 = 100;

/// A key that is wanted.
#[derive(Clone, Debug)]
pub struct NewApiKey<'a> {
    /// What people are to call it.
    pub name: &'a str,
    /// What it may do besides looking.
    pub permissions: Vec<Permission>,
    /// From when on it no longer counts; none if it has no end.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Makes a key for the actor's workspace. Answers the key with its row; it is never shown again.
///
/// # Errors
/// Refused when the name is no name, a permission is none that a key may have, its time is over already, or there are a hundred.
pub async fn create_key(
    services: &Services,
    request: &Request,
    new: NewApiKey<'_>,
) -> Result<(api_key::Model, ApiKeyText), Error> {
    request.actor.require(Permission::ManageApiKeys)?;
    let workspace = request.actor.own_workspace()?;
    idempotency::check(services, request, workspace).await?;
    let name = text::name(new.name, "name");
    let permissions = permitted(&request.actor, &new.permissions);
    let expires_at = still_to_come(new.expires_at, services.clock.now());
    let (Ok(name), Ok(permissions), Ok(expires_at)) = (&name, &permissions, &expires_at) else {
        let refusals = [name.err(), permissions.err(), expires_at.err()];
        return Err(Error::Refused(refusals.into_iter().flatten().collect()));
    };
    let key = ApiKeyText::generate(&*services.ids);
    let mut tx = services.begin().await?;
    require_room(&tx, workspace).await?;
    let id = ApiKeyId(services.ids.new_id());
    let row = api_key::ActiveModel {
        id: Set(id),
        workspace_id: Set(workspace),
        name: Set(name.clone()),
        beginning: Set(key.beginning().to_owned()),
        hash: Set(key.hash()),
        permissions: Set(permissions.clone()),
        created_by: Set(request.actor.subject.clone()),
        created_at: Set(tx.at()),
        expires_at: Set(*expires_at),
        last_used_at: Set(None),
        revoked_at: Set(None),
    };
    let row = row.insert(tx.db()).await?;
    let detail = json!({ "key": row.beginning, "permissions": row.permissions, "expires_at": row.expires_at });
    let act = Act::on("api_key.create", "api_key", id).with(detail);
    tx.audit(request, workspace, act).await?;
    tx.once(request, workspace, id.0).await?;
    tx.commit().await?;
    Ok((row, key))
}

/// The permissions of a key: each of those that a key may have and the one who makes it has, and that to look.
fn permitted(actor: &Actor, wanted: &[Permission]) -> Result<PermissionNames, Refusal> {
    let grantable = |permission: &Permission| permission.roles().contains(&Role::ApiKey) && actor.may(*permission);
    if let Some(other) = wanted.iter().find(|permission| !grantable(permission)) {
        let message = format!("{} cannot be given to an API key.", other.as_str());
        return Err(Refusal::new(RefusalCode::PermissionNotGrantable, message).on("permissions"));
    }
    let has = |permission: &Permission| *permission == Permission::View || wanted.contains(permission);
    let names = Permission::ALL
        .into_iter()
        .filter(has)
        .map(|permission| permission.as_str().to_owned());
    Ok(PermissionNames(names.collect()))
}

fn still_to_come(expires_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Refusal> {
    if expires_at.is_some_and(|at| at <= now) {
        let message = "This time is over. Give one that is to come, or none.";
        return Err(Refusal::new(RefusalCode::ExpiryPassed, message).on("expiresAt"));
    }
    Ok(expires_at)
}

async fn require_room(tx: &Transaction<'_>, workspace: WorkspaceId) -> Result<(), Error> {
    workspaces::lock(tx, workspace).await?;
    let column = api_key::COLUMN;
    let lasting = Condition::any()
        .add(column.expires_at.is_null())
        .add(column.expires_at.gt(tx.at()));
    let keys = api_key::Entity::find()
        .filter(column.workspace_id.eq(workspace))
        .filter(column.revoked_at.is_null())
        .filter(lasting)
        .count(tx.db())
        .await?;
    if keys >= MOST {
        let message = format!("A workspace has at most {MOST} API keys. Revoke one first.");
        return Err(Refusal::new(RefusalCode::ApiKeyLimit, message).into());
    }
    Ok(())
}
