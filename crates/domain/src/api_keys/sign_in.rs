//! Signs in with an API key.

use ::entity::{api_key, workspace};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter};
use tracing::warn;

use super::{ApiKeyText, KeyState, permissions_of, state_of};
use crate::{Actor, Role, Services};

/// How exactly it is kept when a key was last used: not each request writes.
const USED_WITHIN: TimeDelta = TimeDelta::minutes(1);

/// Who has signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The key's own name as an actor: `api_key/` and its id.
    pub actor: Actor,
    /// The workspace that the key asks for.
    pub workspace: workspace::Model,
    /// The key.
    pub key: api_key::Model,
}

/// Why nobody has.
#[derive(Debug, thiserror::Error)]
pub enum NotSignedIn {
    /// There is no such key.
    #[error("there is no such key")]
    Unknown,
    /// Its time is over.
    #[error("the key has expired")]
    Expired,
    /// It was revoked.
    #[error("the key was revoked")]
    Revoked,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Signs in with the text of a key.
///
/// # Errors
/// Why it does not count. Only who has the key is told that it was revoked or has expired.
pub async fn sign_in(services: &Services, text: &str) -> Result<SignedIn, NotSignedIn> {
    let text = ApiKeyText::parse(text).ok_or(NotSignedIn::Unknown)?;
    let key = api_key::Entity::find().filter(api_key::COLUMN.hash.eq(text.hash()));
    let key = key.one(&services.db).await?.ok_or(NotSignedIn::Unknown)?;
    let now = services.clock.now();
    match state_of(&key, now) {
        KeyState::Active => {}
        KeyState::Expired => return Err(NotSignedIn::Expired),
        KeyState::Revoked => return Err(NotSignedIn::Revoked),
    }
    let workspace = workspace::Entity::find_by_id(key.workspace_id)
        .one(&services.db)
        .await?;
    let workspace = workspace.ok_or(NotSignedIn::Unknown)?;
    if let Err(error) = note_use(services, &key, now).await {
        warn!(
            api_key.id = %key.id,
            error = &error as &dyn std::error::Error,
            "could not note that an API key was used"
        );
    }
    let actor = Actor {
        subject: format!("api_key/{}", key.id),
        role: Role::ApiKey,
        workspace: Some(workspace.id),
        at_most: Some(permissions_of(&key)),
    };
    Ok(SignedIn { actor, workspace, key })
}

/// Keeps when the key was last used.
async fn note_use(services: &Services, key: &api_key::Model, now: DateTime<Utc>) -> Result<(), DbErr> {
    let before = now - USED_WITHIN;
    if key.last_used_at.is_some_and(|at| at > before) {
        return Ok(());
    }
    // Of many at once, one.
    let column = api_key::COLUMN;
    let a_while_ago = Condition::any()
        .add(column.last_used_at.is_null())
        .add(column.last_used_at.lte(before));
    api_key::Entity::update_many()
        .col_expr(api_key::Column::LastUsedAt, Expr::value(now))
        .filter(column.id.eq(key.id))
        .filter(a_while_ago)
        .exec(&services.db)
        .await?;
    Ok(())
}
