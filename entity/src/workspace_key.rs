//! `workspace_key`: the key that a workspace's secrets are sealed to, itself sealed to a master key.

use sea_orm::entity::prelude::*;

use crate::WorkspaceId;

crate::text_enum! {
    /// Why a key could not be opened.
    pub enum SetAside {
        /// The master key that it is sealed to was not at hand.
        UnknownKey = "UNKNOWN_KEY",
        /// It was sealed for another row.
        WrongRow = "WRONG_ROW",
        /// Nothing proves that it was sealed by us.
        Unproven = "UNPROVEN",
        /// It is not what was sealed.
        Damaged = "DAMAGED",
    }
}

/// A workspace's key. Deleting the row makes the workspace's secrets unreadable for good.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "workspace_key")]
pub struct Model {
    /// Whose key it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: WorkspaceId,
    /// The key's public name (an age recipient).
    pub name: String,
    /// The public name of the master key it is sealed to.
    pub master_key: String,
    /// The key, sealed.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// Since when a rotation could not open it; none while it can be opened.
    pub set_aside_at: Option<DateTimeUtc>,
    /// Why it could not be opened.
    pub set_aside_because: Option<SetAside>,
}

impl ActiveModelBehavior for ActiveModel {}
