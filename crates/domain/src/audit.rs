//! Who did what to what: written with each act, chained after it, read by those who may.
//!
//! An entry is a row written in the transaction of its act. After the commit one [sequencer](run_sequencer) gives it the next
//! place in its workspace's chain, proved by a key from the vault together with the entry before it. [`verify`] finds what was changed,
//! taken out, moved or cut off since. How it is built and what it cannot find: `ARCHITECTURE.md`, "The audit log".

mod at_twilio;
mod chain;
mod digest;
mod erase;
mod found;
mod head;
mod held_up;
mod places;
mod queries;
mod sequencer;
mod shown;
mod unsealing;
mod verify;
mod waiting;
mod who;

pub(crate) use at_twilio::at_twilio;
pub use at_twilio::{NO_ANSWER, STARTED};
pub use erase::{Forgotten, SIGNED, erase};
pub use found::{Fault as ChainFault, FaultKind, Known, Verified};
pub use head::{Head, NotAHead};
pub use places::first_end;
pub use queries::{AuditFilter, Position, act_of, acts_at, list};
pub use sequencer::{Sequencer, chain, run_sequencer};
pub use shown::{STAFF, shown_actor, shown_address, shown_role};
pub(crate) use unsealing::{Opened, Told, unsealed, unsealed_within};
pub use verify::{verify, workspaces};
pub use who::Operator;

use ::entity::{AccountId, AuditEntryId, WorkspaceId, audit_entry};
use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait};
use serde_json::Value;

use crate::{Clock, Ids, Request, Services};
use who::Who;

/// The outcome of an act that was done.
pub const DONE: &str = "OK";

/// The target of what the process log holds for the audit log: the ends of chains, and what operators did. They are the only
/// witness outside of the database, so a log is to let this target through whatever else it leaves out.
pub const LOG_TARGET: &str = "callab_audit";

/// One act, as the audit entry tells it.
#[derive(Clone, Debug)]
pub struct Act {
    /// What was done, such as `twilio_account.connect`.
    pub action: &'static str,
    /// To what: table and id.
    pub subject: String,
    /// The Twilio account that this belongs to, if it belongs to one.
    pub account: Option<AccountId>,
    /// What is worth keeping beside it. No secret, no other people's number.
    pub detail: Value,
}

impl Act {
    /// An act on a row of `table`. Say by [`Self::of`] which Twilio account the row belongs to.
    #[must_use]
    pub fn on(action: &'static str, table: &str, id: impl std::fmt::Display) -> Self {
        Self {
            action,
            subject: format!("{table}/{id}"),
            account: None,
            detail: Value::Object(serde_json::Map::new()),
        }
    }

    /// An act on a Twilio account that is known here.
    #[must_use]
    pub fn on_account(action: &'static str, id: AccountId) -> Self {
        Self::on(action, "twilio_account", id).of(id)
    }

    /// The same, on what belongs to this Twilio account.
    #[must_use]
    pub fn of(self, account: impl Into<Option<AccountId>>) -> Self {
        let account = account.into();
        Self { account, ..self }
    }

    /// The same with something worth keeping beside it.
    #[must_use]
    pub fn with(self, detail: Value) -> Self {
        Self { detail, ..self }
    }
}

pub(crate) fn row(
    id: AuditEntryId,
    at: DateTime<Utc>,
    who: impl Into<Who>,
    workspace: WorkspaceId,
    act: Act,
    outcome: &str,
) -> audit_entry::ActiveModel {
    let who = who.into();
    audit_entry::ActiveModel {
        id: Set(id),
        workspace_id: Set(workspace),
        twilio_account_id: Set(act.account),
        actor: Set(who.actor),
        role: Set(who.role),
        action: Set(act.action.to_owned()),
        subject: Set(act.subject),
        outcome: Set(outcome.to_owned()),
        detail: Set(act.detail),
        request_id: Set(who.request_id),
        address: Set(who.address),
        at: Set(at),
        ..Default::default()
    }
}

/// Writes the audit entry of an act that was refused, on its own: nothing else was written. The outcome is the refusal's code, or a word
/// for why where there is none, such as where a role does not allow it.
///
/// # Errors
/// When the database fails.
pub(crate) async fn refused(
    services: &Services,
    request: &Request,
    workspace: WorkspaceId,
    act: Act,
    outcome: &str,
) -> Result<(), DbErr> {
    let id = AuditEntryId(services.ids.new_id());
    let row = row(id, services.clock.now(), request, workspace, act, outcome);
    write(&services.db, services, row).await
}

/// Writes the audit entry of what an operator did by a command, in a process of its own. A running product chains it.
///
/// # Errors
/// When the database fails.
pub async fn by_operator(
    db: &impl ConnectionTrait,
    (clock, ids): (&dyn Clock, &dyn Ids),
    operator: &Operator,
    workspace: WorkspaceId,
    act: Act,
) -> Result<(), DbErr> {
    let row = row(AuditEntryId(ids.new_id()), clock.now(), operator, workspace, act, DONE);
    audit_entry::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Writes an entry that has no transaction of its act, and has it chained. `db` is the transaction under way, if there is one.
///
/// # Errors
/// When the database fails.
async fn write(db: &impl ConnectionTrait, services: &Services, entry: audit_entry::ActiveModel) -> Result<(), DbErr> {
    audit_entry::Entity::insert(entry).exec_without_returning(db).await?;
    services.events.wake_audit();
    Ok(())
}
