//! `api_key`: the keys by which a workspace's own programs ask.

use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{ApiKeyId, WorkspaceId};

/// Names of permissions, such as `MANAGE_NUMBERS`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct PermissionNames(pub Vec<String>);

/// One key. The key itself is nowhere: who has the table has none.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_key")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApiKeyId,
    /// The workspace that it asks for.
    pub workspace_id: WorkspaceId,
    /// What people call it.
    pub name: String,
    /// How the key begins, for people who look for it.
    pub beginning: String,
    /// SHA-256 of the whole key.
    pub hash: Vec<u8>,
    /// What it may do.
    pub permissions: PermissionNames,
    /// Who made it: the `sub` of an owner's token.
    pub created_by: String,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// From when on it no longer counts; none if it has no end.
    pub expires_at: Option<DateTimeUtc>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTimeUtc>,
    /// When it was revoked.
    pub revoked_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
