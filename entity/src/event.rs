//! `event`: what happened, in order, for live views and integrations.

use sea_orm::entity::prelude::*;

use crate::{EventId, WorkspaceId};

/// Something that happened. Appended in the transaction that brought it about; numbered after the commit.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EventId,
    /// Its place in the order of all events, given after the commit by one sequencer. Unique.
    pub seq: Option<i64>,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// What happened, such as `account.health`.
    pub kind: String,
    /// The id of the row it happened to.
    pub subject: Uuid,
    /// What is worth telling: ids, codes and words; other people's numbers masked.
    pub data: Json,
    /// When it happened.
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
