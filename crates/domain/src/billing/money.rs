//! What is known of accounts' money, from what is stored: the balance that each uses, and what it spends.

use std::collections::HashMap;

use ::entity::{AccountId, twilio_account, usage_day};
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::balance::{self, KnownBalance};
use super::categories::WHOLE_BILL;
use super::rules::{Known, Left};
use super::spend::{self, Spend};

/// What is known of an account's money.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Money {
    /// The balance that it uses: its own, or its parent's.
    pub balance: Option<KnownBalance>,
    /// What it spends itself, without its subaccounts.
    pub spend: Spend,
    /// What is spent from that balance, by subaccounts too.
    pub drain: Spend,
}

impl Money {
    /// The same, as rules are judged by it.
    pub(super) fn known(&self) -> Known {
        let left = self.balance.as_ref().map(|balance| Left {
            amount: balance.amount.0,
            currency: balance.currency.clone(),
            at: balance.at,
        });
        Known {
            left,
            spend: self.spend.clone(),
            drain: self.drain.clone(),
        }
    }
}

/// The money of these accounts, each by its id. The number of statements does not grow with the accounts.
///
/// # Errors
/// When the database fails.
pub async fn money_of(
    db: &impl ConnectionTrait,
    accounts: &[twilio_account::Model],
    today: NaiveDate,
) -> Result<HashMap<AccountId, Money>, DbErr> {
    let parents = balance::parents(db, accounts).await?;
    let payers = accounts.iter().chain(parents.values()).map(|account| account.id);
    let mut bills: HashMap<AccountId, Vec<usage_day::Model>> = HashMap::new();
    for row in bills_of(db, payers, today).await? {
        bills.entry(row.twilio_account_id).or_default().push(row);
    }
    let bills_of = |account: AccountId| bills.get(&account).map(Vec::as_slice).unwrap_or_default();
    let money = |account: &twilio_account::Model| {
        let payer = if balance::is_subaccount(account) {
            parents.get(&account.id)
        } else {
            Some(account)
        };
        Money {
            balance: balance::own_balance(account).or_else(|| balance::own_balance(payer?)),
            spend: spend::spend(bills_of(account.id), false, today),
            drain: payer.map_or_else(Spend::default, |payer| drain(bills_of(payer.id), today)),
        }
    };
    Ok(accounts.iter().map(|account| (account.id, money(account))).collect())
}

async fn bills_of(
    db: &impl ConnectionTrait,
    accounts: impl Iterator<Item = AccountId>,
    today: NaiveDate,
) -> Result<Vec<usage_day::Model>, DbErr> {
    usage_day::Entity::find()
        .filter(usage_day::COLUMN.twilio_account_id.is_in(accounts))
        .filter(usage_day::COLUMN.category.eq(WHOLE_BILL))
        .filter(usage_day::COLUMN.day.between(spend::first_day(today), today))
        .all(db)
        .await
}

/// The bills with subaccounts; where there are none, those without.
fn drain(bills: &[usage_day::Model], today: NaiveDate) -> Spend {
    let with_subaccounts = spend::spend(bills, true, today);
    if with_subaccounts.currency.is_some() {
        with_subaccounts
    } else {
        spend::spend(bills, false, today)
    }
}
