//! `agent`: Callab voice agents, registered by the web app.

use sea_orm::entity::prelude::*;

use crate::{AgentId, WorkspaceId};

crate::text_enum! {
    /// How an agent is reached.
    pub enum EndpointKind {
        /// A media stream, `wss://…`.
        Stream = "STREAM",
        /// A SIP address, `sip:…`.
        Sip = "SIP",
    }
}

/// A voice agent: a name and where it is reached.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agent")]
pub struct Model {
    /// Its id here.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AgentId,
    /// Whose agent it is.
    pub workspace_id: WorkspaceId,
    /// Its id in the web app. Unique in its workspace.
    pub external_id: String,
    /// Its name, for people.
    pub name: String,
    /// How it is reached.
    pub endpoint_kind: EndpointKind,
    /// Where it is reached: `wss://host/path` or `sip:user@host`.
    pub endpoint: String,
    /// When it was first registered.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// When it was removed. Removed agents are kept for the history of calls.
    pub removed_at: Option<DateTimeUtc>,
    /// When its address was last changed; none if it has the one that it was registered with.
    pub endpoint_changed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The agents of a workspace that are not removed.
    #[must_use]
    pub fn of_workspace(workspace: WorkspaceId) -> Select<Self> {
        Self::find()
            .filter(COLUMN.workspace_id.eq(workspace))
            .filter(COLUMN.removed_at.is_null())
    }
}

impl Model {
    /// Since when it has its address.
    #[must_use]
    pub fn endpoint_set_at(&self) -> DateTimeUtc {
        self.endpoint_changed_at.unwrap_or(self.created_at)
    }
}
