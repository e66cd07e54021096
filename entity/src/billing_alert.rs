//! `billing_alert`: a rule about what an account costs or has left.

use sea_orm::entity::prelude::*;

use crate::{AccountId, Amount, BillingAlertId, WorkspaceId};

crate::text_enum! {
    /// What a rule watches.
    pub enum AlertKind {
        /// The balance is below an amount.
        BalanceBelow = "BALANCE_BELOW",
        /// Today's spend, by days in UTC, is above an amount.
        SpendTodayAbove = "SPEND_TODAY_ABOVE",
        /// This month's spend, by months in UTC, is above an amount.
        SpendThisMonthAbove = "SPEND_THIS_MONTH_ABOVE",
        /// Today's spend is above so many times the account's own usual day.
        SpendUnusual = "SPEND_UNUSUAL",
        /// At the present rate the balance lasts less than so many days.
        BalanceLastsLessThan = "BALANCE_LASTS_LESS_THAN",
    }
}

crate::text_enum! {
    /// Why a rule is not judged.
    pub enum SetAside {
        /// The account's currency is no longer the rule's. Amounts are not converted.
        CurrencyChanged = "CURRENCY_CHANGED",
    }
}

crate::text_enum! {
    /// How far the rule's usage trigger at Twilio is.
    pub enum Mirror {
        /// There is none, and none is wanted.
        None = "NONE",
        /// It is to be made, replaced or deleted.
        Pending = "PENDING",
        /// It is there.
        Mirrored = "MIRRORED",
        /// Twilio refused.
        Refused = "REFUSED",
    }
}

/// A rule. Deleted ones stay, for the history of their episodes.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "billing_alert")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BillingAlertId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// The account it watches.
    pub twilio_account_id: AccountId,
    /// What it watches.
    pub kind: AlertKind,
    /// An amount of `currency`, a factor or a number of days, by the kind.
    pub threshold: Amount,
    /// The amount's currency, ISO 4217; none for a factor or days.
    pub currency: Option<String>,
    /// Why it is not judged at present; none where it is.
    pub set_aside: Option<SetAside>,
    /// Since when it is not judged.
    pub set_aside_at: Option<DateTimeUtc>,
    /// Whether it is to be mirrored as a usage trigger at Twilio.
    pub mirror_wanted: bool,
    /// How far that is.
    pub mirror: Mirror,
    /// Why Twilio refused, as a stable code.
    pub mirror_problem: Option<String>,
    /// Twilio's error code behind it.
    pub mirror_twilio_code: Option<i32>,
    /// The trigger's SID, `UT…`.
    pub trigger_sid: Option<String>,
    /// What the trigger's address carries: 32 random hex digits. Never reused.
    pub reference: String,
    /// The public base URL that Twilio was given: signatures are verified against it.
    pub base_url: Option<String>,
    /// The one before, accepted too: when ours changes, Twilio follows trigger by trigger.
    pub previous_base_url: Option<String>,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed by a person.
    pub updated_at: DateTimeUtc,
    /// When it was deleted.
    pub deleted_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// An account's rules, deleted ones left out.
    #[must_use]
    pub fn of_account(account: AccountId) -> Select<Self> {
        Self::find()
            .filter(COLUMN.twilio_account_id.eq(account))
            .filter(COLUMN.deleted_at.is_null())
    }
}
