//! `webhook_address`: what a reference in a webhook's address stands for.

use sea_orm::entity::prelude::*;

use crate::{AccountId, CallIntentId, NumberId, WorkspaceId};

/// A reference that Twilio was given. Rows are never deleted or reused: Twilio may call an address for years.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_address")]
pub struct Model {
    /// 32 random hex digits.
    #[sea_orm(primary_key, auto_increment = false)]
    pub reference: String,
    /// Whose it is. The workspace of a webhook comes from here, never from what Twilio posts.
    pub workspace_id: WorkspaceId,
    /// The account whose webhooks come here.
    pub twilio_account_id: AccountId,
    /// The number it was registered with.
    pub phone_number_id: NumberId,
    /// The call it was registered with; none for a number's own addresses.
    pub call_intent_id: Option<CallIntentId>,
    /// The public base URL that Twilio was given: signatures are verified against it.
    pub base_url: String,
    /// The one before, accepted too: when ours changes, Twilio follows number by number.
    pub previous_base_url: Option<String>,
    /// When it was made.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
