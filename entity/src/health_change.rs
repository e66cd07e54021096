//! `health_change`: the history of an account's health.

use sea_orm::entity::prelude::*;

use crate::evidence::Reasons;
use crate::twilio_account::Health;
use crate::{AccountId, HealthChangeId, WorkspaceId};

/// One change from a health to another.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "health_change")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: HealthChangeId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// The account.
    pub twilio_account_id: AccountId,
    /// The health until then.
    pub before: Health,
    /// The health from then on.
    pub after: Health,
    /// Why, the weightiest first; empty when it became healthy.
    pub reasons: Reasons,
    /// When.
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
