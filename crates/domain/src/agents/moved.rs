//! Notes that calls of numbers go to another address, because their agent has one.

use std::collections::HashMap;

use ::entity::configuration_change::ConfigurationKind;
use ::entity::{AgentId, NumberId, agent_assignment, phone_number};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use crate::Transaction;
use crate::configuration::Change;

/// So many numbers are asked for in one statement: SQLite takes 32,766 values.
const NUMBERS_A_STATEMENT: usize = 1000;

/// Notes it for each number and direction that the agent is assigned to. The agent's row is locked, so that nobody assigns it
/// meanwhile.
pub(super) async fn note_moved(tx: &mut Transaction<'_>, agent: AgentId) -> Result<(), DbErr> {
    let assignments = agent_assignment::Entity::find()
        .filter(agent_assignment::COLUMN.agent_id.eq(agent))
        .filter(agent_assignment::COLUMN.ended_at.is_null())
        .order_by_asc(agent_assignment::COLUMN.id)
        .all(tx.db())
        .await?;
    let mut numbers: HashMap<NumberId, phone_number::Model> = HashMap::new();
    for part in assignments.chunks(NUMBERS_A_STATEMENT) {
        let rows = phone_number::Entity::find()
            .filter(
                phone_number::COLUMN
                    .id
                    .is_in(part.iter().map(|assignment| assignment.phone_number_id)),
            )
            .all(tx.db())
            .await?;
        numbers.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    let moved = assignments.into_iter().filter_map(|assignment| {
        let number = numbers.get(&assignment.phone_number_id)?;
        let change = Change::of_number(ConfigurationKind::AgentMoved, number);
        Some(change.with_agent(agent, assignment.direction))
    });
    tx.note_all(moved.collect()).await
}
