//! `twilio_alert`: what stands in Twilio's error log of an account. Kept for a time.

use sea_orm::entity::prelude::*;

use crate::{AccountId, TwilioAlertId, WorkspaceId};

crate::text_enum! {
    /// How grave Twilio holds it.
    pub enum AlertLevel {
        /// Something failed.
        Error = "error",
        /// Something was odd, and went on.
        Warning = "warning",
        /// Worth knowing.
        Notice = "notice",
        /// For developers.
        Debug = "debug",
    }
}

/// One entry of Twilio's error log.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "twilio_alert")]
pub struct Model {
    /// Its id here.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TwilioAlertId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// The account.
    pub twilio_account_id: AccountId,
    /// Its SID at Twilio, `NO…`. Unique in its account.
    pub sid: String,
    /// How grave it is.
    pub level: AlertLevel,
    /// Twilio's error code, such as 11200; none where Twilio gave none that is a number.
    pub error_code: Option<i32>,
    /// What it is about, mostly a call's SID.
    pub resource_sid: Option<String>,
    /// Twilio's own text, for codes that we cannot explain; phone numbers masked.
    pub alert_text: Option<String>,
    /// When it happened, by Twilio's word.
    pub generated_at: DateTimeUtc,
    /// When we read it.
    pub noted_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
