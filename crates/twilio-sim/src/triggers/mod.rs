//! Usage triggers: what they watch, and when they are due. `firing.rs` tells the customer.

mod firing;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::sim::Sim;
use crate::state::State;
use crate::usage::{Days, SimUsage, first_of_month, first_of_year};
pub use firing::SimFiring;

/// Which figure of a category a trigger watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TriggerBy {
    /// Events.
    Count,
    /// Billed units.
    #[default]
    Usage,
    /// The price.
    Price,
}

impl TriggerBy {
    /// As it stands in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Usage => "usage",
            Self::Price => "price",
        }
    }

    fn of(self, amount: &SimUsage) -> Decimal {
        match self {
            Self::Count => amount.count.unwrap_or_default().into(),
            Self::Usage => amount.usage,
            Self::Price => amount.price.unwrap_or_default(),
        }
    }
}

/// How often a trigger begins to count from nothing, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Recurring {
    /// Every day.
    Daily,
    /// Every month.
    Monthly,
    /// Every year.
    Yearly,
    /// Never: it fires once.
    #[default]
    AllTime,
}

impl Recurring {
    /// As it stands in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Monthly => "monthly",
            Self::Yearly => "yearly",
            Self::AllTime => "alltime",
        }
    }

    /// The days of the present period.
    fn days(self, today: NaiveDate) -> Days {
        let first = match self {
            Self::Daily => today,
            Self::Monthly => first_of_month(today),
            Self::Yearly => first_of_year(today),
            Self::AllTime => NaiveDate::MIN,
        };
        Days { first, last: today }
    }
}

/// A usage trigger.
#[derive(Debug, Clone, Serialize)]
pub struct SimTrigger {
    /// `UT` and 32 hex digits.
    pub sid: String,
    /// Whose usage it watches, subaccounts included.
    pub account_sid: String,
    /// Its name.
    pub friendly_name: String,
    /// The category it watches.
    pub usage_category: String,
    /// Which figure of it.
    pub trigger_by: TriggerBy,
    /// The value at which it fires.
    pub trigger_value: Decimal,
    /// How often.
    pub recurring: Recurring,
    /// Whom it tells.
    pub callback_url: String,
    /// `GET` or `POST`.
    pub callback_method: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it last fired.
    pub fired_at: Option<DateTime<Utc>>,
}

impl SimTrigger {
    /// Whether it fired in the present period already.
    fn is_spent(&self, today: NaiveDate) -> bool {
        let period = self.recurring.days(today);
        self.fired_at.is_some_and(|fired| fired.date_naive() >= period.first)
    }
}

impl State {
    /// The figure a trigger watches, as it stands in the present period.
    pub(crate) fn watched_value(&self, trigger: &SimTrigger, today: NaiveDate) -> Decimal {
        let family = self.family(&trigger.account_sid, true);
        let sums = self.usage.sums(&family, trigger.recurring.days(today));
        let amount = sums.get(&trigger.usage_category);
        amount.map_or_else(Decimal::default, |amount| trigger.trigger_by.of(amount))
    }

    /// The triggers over an account's usage, its parent's included, that have to fire now.
    fn due_triggers(&self, account_sid: &str, today: NaiveDate) -> Vec<String> {
        let owner = self
            .account(account_sid)
            .map(|account| account.owner_account_sid.as_str());
        let watches = |trigger: &&SimTrigger| trigger.account_sid == account_sid || owner == Some(&trigger.account_sid);
        let is_due = |trigger: &&SimTrigger| {
            !trigger.is_spent(today) && self.watched_value(trigger, today) >= trigger.trigger_value
        };
        let due = self.triggers.iter().filter(watches).filter(is_due);
        due.map(|trigger| trigger.sid.clone()).collect()
    }
}

impl Sim {
    /// An account's triggers, oldest first.
    #[must_use]
    pub fn triggers(&self, account_sid: &str) -> Vec<SimTrigger> {
        let state = self.state();
        let belongs = |trigger: &&SimTrigger| trigger.account_sid == account_sid;
        state.triggers.iter().filter(belongs).cloned().collect()
    }

    /// The usage of an account has changed: triggers that are due fire.
    pub(crate) fn usage_changed(&self, account_sid: &str) {
        let now = self.now();
        let firings: Vec<_> = {
            // One lock for looking and noting, so that of two changes at once only one lets a trigger fire.
            let mut state = self.state();
            let due = state.due_triggers(account_sid, now.date_naive());
            due.iter().filter_map(|sid| state.mark_fired(sid, now)).collect()
        };
        for (trigger, parameters) in &firings {
            self.deliver(trigger, parameters);
        }
        self.touch();
    }
}
