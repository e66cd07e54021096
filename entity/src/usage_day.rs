//! `usage_day`: what an account used in one category on one day in UTC, by Twilio's word. Kept for a time.

use sea_orm::entity::prelude::*;

use crate::{AccountId, Amount, UsageDayId, WorkspaceId};

/// One figure of Twilio's. Categories nest (`calls` holds `calls-inbound`): one and its parent are never added.
///
/// Categories without usage have no row, and `totalprice` always has one: a day without it was not read, and nothing is known of it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "usage_day")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UsageDayId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// The account.
    pub twilio_account_id: AccountId,
    /// The day, in UTC.
    pub day: Date,
    /// Whether the usage of the account's subaccounts is in it. Kept of the whole bill alone, which the balance pays.
    pub with_subaccounts: bool,
    /// Twilio's name of the category; the list of names grows.
    pub category: String,
    /// Twilio's words for the category.
    pub description: Option<String>,
    /// How much was billed, in `usage_unit`; none where Twilio did not say.
    pub usage_amount: Option<Amount>,
    /// For instance `minutes`.
    pub usage_unit: Option<String>,
    /// How many events, in `count_unit`; none where Twilio did not say.
    pub count: Option<Amount>,
    /// For instance `calls`.
    pub count_unit: Option<String>,
    /// What it cost, above zero, in `currency`; none where Twilio did not say.
    pub price: Option<Amount>,
    /// The price's currency, ISO 4217; empty where Twilio named none.
    pub currency: String,
    /// Up to when the figure is complete, by Twilio's word.
    pub as_of: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// What an account used without its subaccounts, from one day to another, both included.
    #[must_use]
    pub fn of_account(account: AccountId, from: Date, to: Date) -> Select<Self> {
        Self::find()
            .filter(COLUMN.twilio_account_id.eq(account))
            .filter(COLUMN.day.between(from, to))
            .filter(COLUMN.with_subaccounts.eq(false))
    }
}
