//! Who did what to what: written with each act, read by those who may.

mod queries;
mod shown;

pub use queries::{AuditFilter, Position, list};
pub use shown::{STAFF, shown_actor};

use ::entity::{AccountId, AuditEntryId, WorkspaceId, audit_entry};
use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::{DbErr, EntityTrait};
use serde_json::Value;

use crate::{Request, Services};

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
    request: &Request,
    workspace: WorkspaceId,
    act: Act,
    outcome: &str,
) -> audit_entry::ActiveModel {
    audit_entry::ActiveModel {
        id: Set(id),
        workspace_id: Set(workspace),
        twilio_account_id: Set(act.account),
        actor: Set(request.actor.subject.clone()),
        role: Set(request.actor.role.as_str().to_owned()),
        action: Set(act.action.to_owned()),
        subject: Set(act.subject),
        outcome: Set(outcome.to_owned()),
        detail: Set(act.detail),
        request_id: Set(Some(request.request_id.clone())),
        address: Set(request.address.clone()),
        at: Set(at),
    }
}

/// Writes the audit entry of an act that was refused, on its own: nothing else was written.
///
/// # Errors
/// When the database fails.
pub async fn refused(
    services: &Services,
    request: &Request,
    workspace: WorkspaceId,
    act: Act,
    code: crate::RefusalCode,
) -> Result<(), DbErr> {
    let row = row(
        AuditEntryId(services.ids.new_id()),
        services.clock.now(),
        request,
        workspace,
        act,
        code.as_str(),
    );
    audit_entry::Entity::insert(row)
        .exec_without_returning(&services.db)
        .await?;
    Ok(())
}
