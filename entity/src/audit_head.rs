//! `audit_head`: where the chain of a workspace's audit entries ends.

use sea_orm::entity::prelude::*;

use crate::WorkspaceId;

/// The end of one chain. It only moves on.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_head")]
pub struct Model {
    /// Whose chain it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: WorkspaceId,
    /// The place of the last entry; 0 before the first.
    pub seq: i64,
    /// The last entry's `mac`; zeros before the first.
    pub mac: Vec<u8>,
    /// Proves that the chain ends here.
    pub tag: Vec<u8>,
    /// When it moved.
    pub moved_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
