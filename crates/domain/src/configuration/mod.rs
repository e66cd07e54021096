//! How what decides an account's calls was changed: by people here, by Callab, and at Twilio behind both.
//!
//! Health says that calls stopped; this says what was changed just before. What a mutation or a job changes is noted in its own
//! transaction. What of a number's row is such a change is told by [`between`], so that whoever writes one notes it alike.

mod between;
mod queries;
mod words;

pub use between::between;
pub use queries::{Position, history};
pub use words::sentence;

use ::entity::agent_assignment::Direction;
use ::entity::configuration_change::{self, ConfigurationKind, FieldNames};
use ::entity::{AccountId, AgentId, ConfigurationChangeId, NumberId, WorkspaceId, phone_number, twilio_account};
use sea_orm::ActiveValue::Set;
use sea_orm::{DbErr, EntityTrait};

use crate::Transaction;

/// How many rows one statement inserts: its values stay under SQLite's limit of 32,766.
const ROWS_A_STATEMENT: usize = 500;

/// A change, before it is a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    workspace: WorkspaceId,
    account: AccountId,
    number: Option<NumberId>,
    agent: Option<(AgentId, Direction)>,
    kind: ConfigurationKind,
    reason: Option<String>,
    fields: Vec<String>,
}

impl Change {
    /// Something changed about an account.
    #[must_use]
    pub fn of_account(kind: ConfigurationKind, account: &twilio_account::Model) -> Self {
        Self {
            workspace: account.workspace_id,
            account: account.id,
            number: None,
            agent: None,
            kind,
            reason: None,
            fields: Vec::new(),
        }
    }

    /// Something changed about a number.
    #[must_use]
    pub fn of_number(kind: ConfigurationKind, number: &phone_number::Model) -> Self {
        Self {
            workspace: number.workspace_id,
            account: number.twilio_account_id,
            number: Some(number.id),
            agent: None,
            kind,
            reason: None,
            fields: Vec::new(),
        }
    }

    /// The same, about this agent.
    #[must_use]
    pub fn with_agent(self, agent: AgentId, direction: Direction) -> Self {
        let agent = Some((agent, direction));
        Self { agent, ..self }
    }

    /// What was changed.
    #[must_use]
    pub fn kind(&self) -> &ConfigurationKind {
        &self.kind
    }
}

impl Transaction<'_> {
    /// Notes a change.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note(&mut self, change: Change) -> Result<(), DbErr> {
        self.note_all(vec![change]).await
    }

    /// Notes what changed of a number, if it is to be noted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_between(
        &mut self,
        before: &phone_number::Model,
        after: &phone_number::Model,
    ) -> Result<(), DbErr> {
        self.note_all(between(before, after)).await
    }

    /// Notes changes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_all(&mut self, changes: Vec<Change>) -> Result<(), DbErr> {
        let rows: Vec<configuration_change::ActiveModel> = changes
            .into_iter()
            .map(|change| self.configuration_change(change))
            .collect();
        for rows in rows.chunks(ROWS_A_STATEMENT) {
            configuration_change::Entity::insert_many(rows.iter().cloned())
                .exec_without_returning(self.db())
                .await?;
        }
        Ok(())
    }

    fn configuration_change(&self, change: Change) -> configuration_change::ActiveModel {
        let (agent, direction) = change.agent.unzip();
        configuration_change::ActiveModel {
            id: Set(ConfigurationChangeId(self.new_id())),
            workspace_id: Set(change.workspace),
            twilio_account_id: Set(change.account),
            phone_number_id: Set(change.number),
            agent_id: Set(agent),
            kind: Set(change.kind),
            direction: Set(direction),
            reason: Set(change.reason),
            fields: Set(FieldNames(change.fields)),
            at: Set(self.at()),
        }
    }
}
