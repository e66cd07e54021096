//! `billing_episode`: one crossing of a rule's threshold, from its opening to its end.

use rust_decimal::Decimal;
use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::billing_alert::AlertKind;
use crate::{AccountId, BillingAlertId, BillingEpisodeId, WorkspaceId};

crate::text_enum! {
    /// Why an episode ended.
    pub enum ClosedBecause {
        /// The figure is clear of the threshold again.
        Cleared = "CLEARED",
        /// A new day or month in UTC began.
        NewPeriod = "NEW_PERIOD",
        /// The rule was changed, and does not hold as it is now.
        RuleChanged = "RULE_CHANGED",
        /// The rule was deleted.
        RuleDeleted = "RULE_DELETED",
        /// The rule is set aside.
        RuleSetAside = "RULE_SET_ASIDE",
        /// The account was disconnected.
        AccountDisconnected = "ACCOUNT_DISCONNECTED",
    }
}

/// What a rule was judged by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Figures {
    /// The figure: an amount, or days that the balance lasts.
    pub value: Decimal,
    /// What it was compared with, in the same unit.
    pub threshold: Decimal,
    /// The currency of the amounts, ISO 4217.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The account's usual spend in a day, where the rule compares with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usual_day: Option<Decimal>,
    /// How many days the usual day or the rate was taken from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// The balance, where the rule counts how long it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance: Option<Decimal>,
    /// The spend in a day at which it lasts so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Decimal>,
    /// How many days of the month have no figure, so that the spend is at least this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_days: Option<u32>,
    /// How old the oldest of the figures is: when Twilio told it, or up to when Twilio says it is complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<DateTimeUtc>,
}

/// One crossing. At most one of a rule is open.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "billing_episode")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BillingEpisodeId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// The account.
    pub twilio_account_id: AccountId,
    /// The rule.
    pub billing_alert_id: BillingAlertId,
    /// What the rule watched then.
    pub kind: AlertKind,
    /// The first day of the day or month that it is about, in UTC; none where the rule has no period.
    pub period: Option<Date>,
    /// When it opened.
    pub opened_at: DateTimeUtc,
    /// The figures then.
    pub opened_with: Figures,
    /// The newest figures.
    pub newest: Figures,
    /// When they were judged.
    pub newest_at: DateTimeUtc,
    /// When it ended; none while it is open.
    pub closed_at: Option<DateTimeUtc>,
    /// Why it ended.
    pub closed_because: Option<ClosedBecause>,
    /// When someone took note.
    pub acknowledged_at: Option<DateTimeUtc>,
    /// Who.
    pub acknowledged_by: Option<String>,
    /// What they noted.
    pub note: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
