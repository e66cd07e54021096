//! `twilio_credential`: the sealed secrets of a Twilio account.

use sea_orm::entity::prelude::*;

use crate::{AccountId, CredentialId, WorkspaceId};

crate::text_enum! {
    /// What the secret is.
    pub enum CredentialKind {
        /// The account's Auth Token: signs in, and verifies webhooks.
        AuthToken = "AUTH_TOKEN",
        /// An API key: signs in in the place of the token, and verifies nothing.
        ApiKey = "API_KEY",
    }
}

crate::text_enum! {
    /// A credential's place in a change of tokens.
    pub enum CredentialSlot {
        /// Used for every request.
        Current = "CURRENT",
        /// Stored before Twilio makes it the current one.
        Next = "NEXT",
        /// The one before; verifies webhooks that were signed with it until `valid_until`.
        Previous = "PREVIOUS",
    }
}

/// One sealed secret. `domain` opens it; nothing else reads `sealed`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "twilio_credential")]
pub struct Model {
    /// Its id; the seal is bound to it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CredentialId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// The account it signs in to.
    pub twilio_account_id: AccountId,
    /// What it is.
    pub kind: CredentialKind,
    /// The SID of an API key, `SK…`; none for a token.
    pub public_sid: Option<String>,
    /// Its place in a change of tokens. One `CURRENT` an account and kind.
    pub slot: CredentialSlot,
    /// Counts up with each secret of the account.
    pub version: i32,
    /// The public name of the workspace key it is sealed to.
    pub key_name: String,
    /// The secret, sealed.
    pub sealed: Vec<u8>,
    /// Until when a `PREVIOUS` one is accepted.
    pub valid_until: Option<DateTimeUtc>,
    /// When it was stored.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
