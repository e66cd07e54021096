//! `idempotency_key`: what a mutation with a key did, so that its repeat does nothing more.

use sea_orm::entity::prelude::*;

use crate::{IdempotencyKeyId, WorkspaceId};

/// A remembered mutation. Unique by workspace, actor, field and key; kept for 24 hours.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_key")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IdempotencyKeyId,
    /// Where it was done.
    pub workspace_id: WorkspaceId,
    /// Who did it.
    pub actor: String,
    /// The mutation's field.
    pub field: String,
    /// The caller's key.
    pub key: String,
    /// A digest of the input, keyed so that it tells nothing of secrets in it.
    pub input_digest: String,
    /// The id of the object that was changed.
    pub subject: Uuid,
    /// When it was done.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
