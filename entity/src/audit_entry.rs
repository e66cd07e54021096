//! `audit_entry`: who did what to what, when, from where, with which outcome.

use sea_orm::entity::prelude::*;

use crate::{AccountId, AuditEntryId, WorkspaceId};

/// One entry. Written in the transaction of the act itself; never changed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entry")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AuditEntryId,
    /// The workspace acted on.
    pub workspace_id: WorkspaceId,
    /// The Twilio account that was acted on, or that what was acted on belongs to; none for what belongs to none.
    pub twilio_account_id: Option<AccountId>,
    /// Who acted: the token's `sub`, or `worker`, or `twilio`.
    pub actor: String,
    /// In which role.
    pub role: String,
    /// What was done, such as `twilio_account.connect`.
    pub action: String,
    /// To what: a kind and an id, such as `phone_number/0190…`.
    pub subject: String,
    /// `OK`, or the code of the refusal.
    pub outcome: String,
    /// What is worth keeping beside it. No secret, no other people's number.
    pub detail: Json,
    /// The request's trace id.
    pub request_id: Option<String>,
    /// The address the request came from.
    pub address: Option<String>,
    /// When.
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
