//! What accounts used and what it cost: kept as an amount for each account, UTC day and category. Parents and the total are sums.

mod calls;
pub(crate) mod categories;
mod period;

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::sim::Sim;
use crate::state::State;
use categories::TOTAL;
pub(crate) use period::{Days, Period, first_of_month, first_of_year};

/// An amount of usage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimUsage {
    /// Events, such as calls; `None` is shown as null.
    pub count: Option<i64>,
    /// Billed units, such as minutes.
    pub usage: Decimal,
    /// The price in the account's currency, positive for a cost; `None` is shown as null.
    pub price: Option<Decimal>,
}

impl SimUsage {
    /// An amount with all three figures.
    pub fn new(count: i64, usage: impl Into<Decimal>, price: impl Into<Decimal>) -> Self {
        Self {
            count: Some(count),
            usage: usage.into(),
            price: Some(price.into()),
        }
    }

    /// Nothing, as a category nobody used shows it.
    pub(crate) fn zero() -> Self {
        Self::new(0, 0, 0)
    }

    /// What the total says of an amount: its price alone.
    fn as_part_of_total(&self) -> Self {
        Self {
            count: None,
            usage: self.price.unwrap_or_default(),
            price: self.price,
        }
    }

    /// Adds figure by figure; what is null in both stays null.
    fn add(&mut self, other: &Self) {
        self.count = sum(self.count, other.count, i64::saturating_add);
        self.usage += other.usage;
        self.price = sum(self.price, other.price, |one, two| one + two);
    }
}

fn sum<T>(one: Option<T>, two: Option<T>, add: impl FnOnce(T, T) -> T) -> Option<T> {
    match (one, two) {
        (Some(one), Some(two)) => Some(add(one, two)),
        (one, two) => one.or(two),
    }
}

/// Amounts by category.
pub(crate) type ByCategory = BTreeMap<String, SimUsage>;

/// The usage of all accounts.
#[derive(Debug, Default)]
pub(crate) struct Ledger(HashMap<String, BTreeMap<NaiveDate, ByCategory>>);

impl Ledger {
    fn day_mut(&mut self, account_sid: &str, day: NaiveDate) -> &mut ByCategory {
        self.0
            .entry(account_sid.to_owned())
            .or_default()
            .entry(day)
            .or_default()
    }

    pub(crate) fn add(&mut self, account_sid: &str, day: NaiveDate, category: &str, amount: &SimUsage) {
        add_to(self.day_mut(account_sid, day), category, amount);
    }

    /// The sums of some accounts over some days: of each category that was used, of those that contain it, and the total.
    pub(crate) fn sums(&self, account_sids: &[String], days: Days) -> ByCategory {
        let mut sums = ByCategory::new();
        let of_account = |sid: &String| self.0.get(sid);
        for (_, amounts) in account_sids
            .iter()
            .filter_map(of_account)
            .flat_map(|all| all.range(days.range()))
        {
            for (category, amount) in amounts {
                for name in categories::lineage(category) {
                    add_to(&mut sums, name, amount);
                }
                if category != TOTAL {
                    add_to(&mut sums, TOTAL, &amount.as_part_of_total());
                }
            }
        }
        sums
    }

    /// The first day with usage of one of the accounts.
    pub(crate) fn first_day(&self, account_sids: &[String]) -> Option<NaiveDate> {
        let first = |sid: &String| self.0.get(sid)?.keys().next().copied();
        account_sids.iter().filter_map(first).min()
    }
}

fn add_to(sums: &mut ByCategory, category: &str, amount: &SimUsage) {
    match sums.get_mut(category) {
        Some(sum) => sum.add(amount),
        None => {
            sums.insert(category.to_owned(), amount.clone());
        }
    }
}

impl State {
    /// The account and, where wanted, its subaccounts.
    pub(crate) fn family(&self, account_sid: &str, with_subaccounts: bool) -> Vec<String> {
        let belongs = |account: &&crate::SimAccount| {
            account.sid == account_sid || (with_subaccounts && account.owner_account_sid == account_sid)
        };
        self.accounts
            .iter()
            .filter(belongs)
            .map(|account| account.sid.clone())
            .collect()
    }
}

impl Sim {
    /// Sets what an account used on a UTC day in one category, in place of what was there.
    ///
    /// Usually a category that contains no others; what is set for one that does is added to the sum of its children. Any
    /// name is taken, so that a category nobody has seen can be planted.
    ///
    /// # Panics
    /// Outside a Tokio runtime, when a usage trigger fires.
    pub fn set_usage(&self, account_sid: &str, day: NaiveDate, category: &str, amount: SimUsage) {
        self.state()
            .usage
            .day_mut(account_sid, day)
            .insert(category.to_owned(), amount);
        self.usage_changed(account_sid);
    }

    /// Adds to what an account used on a UTC day in one category.
    ///
    /// # Panics
    /// Outside a Tokio runtime, when a usage trigger fires.
    pub fn add_usage(&self, account_sid: &str, day: NaiveDate, category: &str, amount: &SimUsage) {
        self.state().usage.add(account_sid, day, category, amount);
        self.usage_changed(account_sid);
    }

    /// Forgets all usage of an account.
    pub fn clear_usage(&self, account_sid: &str) {
        self.state().usage.0.remove(account_sid);
        self.touch();
    }

    /// What an account without its subaccounts used over some days, both included: by category, with parents and the total.
    #[must_use]
    pub fn usage(&self, account_sid: &str, first: NaiveDate, last: NaiveDate) -> BTreeMap<String, SimUsage> {
        self.state().usage.sums(&[account_sid.to_owned()], Days { first, last })
    }

    /// Says how old the account's figures are (`as_of`); `None` for fresh ones.
    pub fn set_usage_as_of(&self, account_sid: &str, as_of: Option<DateTime<Utc>>) {
        self.change_account(account_sid, |account| account.usage_as_of = as_of);
    }
}
