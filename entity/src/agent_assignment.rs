//! `agent_assignment`: which agent answers or calls from a number, from when to when.

use sea_orm::entity::prelude::*;

use crate::{AgentId, AssignmentId, NumberId, WorkspaceId};

crate::text_enum! {
    /// A direction of calls, as the number's owner sees it.
    pub enum Direction {
        /// Calls that come in.
        Inbound = "INBOUND",
        /// Calls that go out.
        Outbound = "OUTBOUND",
    }
}

/// An agent's time on a number. At most one is current for a number and direction.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agent_assignment")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AssignmentId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// The number.
    pub phone_number_id: NumberId,
    /// The agent.
    pub agent_id: AgentId,
    /// Whether the agent answers or calls.
    pub direction: Direction,
    /// Since when.
    pub started_at: DateTimeUtc,
    /// Until when; none while it is current.
    pub ended_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// A number's current assignments, at most one a direction.
    #[must_use]
    pub fn current_of(number: NumberId) -> Select<Self> {
        Self::find()
            .filter(COLUMN.phone_number_id.eq(number))
            .filter(COLUMN.ended_at.is_null())
    }
}
