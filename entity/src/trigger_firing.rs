//! `trigger_firing`: which firings of usage triggers were handled, so that a repeat does nothing. Kept for a time.

use sea_orm::entity::prelude::*;

use crate::BillingAlertId;

/// A firing that Twilio told of.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "trigger_firing")]
pub struct Model {
    /// The rule that the trigger mirrors.
    #[sea_orm(primary_key, auto_increment = false)]
    pub billing_alert_id: BillingAlertId,
    /// Twilio's idempotency token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token: String,
    /// When it was handled.
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
