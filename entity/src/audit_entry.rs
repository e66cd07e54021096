//! `audit_entry`: who did what to what, when, from where, with which outcome.
//!
//! The entries of a workspace are a chain: each is proved together with the one before it. The table refuses every change but
//! two: the sequencer gives an entry its place, and what tells of a person is erased.

use sea_orm::entity::prelude::*;

use crate::{AccountId, AuditEntryId, WorkspaceId};

/// One entry. Written in the transaction of the act itself; what it tells is never changed.
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
    /// Who acted: the token's `sub`, or `worker`, or `twilio`. Empty once it is erased.
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
    /// Its place in its workspace's chain, from 1, without gaps; none until the sequencer has seen it.
    pub seq: Option<i64>,
    /// Random bytes in `personal_digest`, so that nobody guesses from it what was erased. They go with it.
    pub salt: Option<Vec<u8>>,
    /// The digest of what tells of a person: actor, request, address and detail.
    pub personal_digest: Option<Vec<u8>>,
    /// The digest of the whole entry, with `personal_digest` in the place of what that stands for.
    pub digest: Option<Vec<u8>>,
    /// Proves the place, the digest and the entry before it.
    pub mac: Option<Vec<u8>>,
    /// When what tells of a person was erased.
    pub erased_at: Option<DateTimeUtc>,
    /// Proves that we erased it.
    pub erased_mac: Option<Vec<u8>>,
}

impl ActiveModelBehavior for ActiveModel {}
