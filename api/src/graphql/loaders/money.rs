//! What there is beside accounts' money and its alerts, and notifications of it.

use std::collections::HashMap;

use ::entity::{AccountId, BillingAlertId, NotificationId, balance_reading, billing_episode, notification_attempt};
use async_graphql::dataloader::Loader;
use domain::billing::{BillingPosition, Money};
use domain::page::{Page, PageOf};
use domain::{accounts, billing, notifications};

use super::{Reader, accounts_by, grouped};
use crate::graphql::error::ApiError;

/// What is known of an account's money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct MoneyOf(pub AccountId);

impl Loader<MoneyOf> for Reader {
    type Value = Money;
    type Error = ApiError;

    async fn load(&self, keys: &[MoneyOf]) -> Result<HashMap<MoneyOf, Self::Value>, ApiError> {
        let ids: Vec<AccountId> = keys.iter().map(|key| key.0).collect();
        let accounts = accounts::by_ids(&self.0, &ids).await?;
        let money = billing::money_of(&self.0.db, &accounts, self.0.clock.now().date_naive()).await?;
        Ok(money
            .into_iter()
            .map(|(account, money)| (MoneyOf(account), money))
            .collect())
    }
}

/// The open episode of a billing alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct OpenEpisodeOf(pub BillingAlertId);

impl Loader<OpenEpisodeOf> for Reader {
    type Value = billing_episode::Model;
    type Error = ApiError;

    async fn load(&self, keys: &[OpenEpisodeOf]) -> Result<HashMap<OpenEpisodeOf, Self::Value>, ApiError> {
        let ids: Vec<BillingAlertId> = keys.iter().map(|key| key.0).collect();
        let open = billing::open_episodes_of(&self.0, &ids).await?;
        Ok(open
            .into_iter()
            .map(|row| (OpenEpisodeOf(row.billing_alert_id), row))
            .collect())
    }
}

/// A page of an account's past balances.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct BalancesOf {
    /// The account.
    pub account: AccountId,
    /// Which page.
    pub page: PageOf<BillingPosition>,
}

impl Loader<BalancesOf> for Reader {
    type Value = Page<balance_reading::Model>;
    type Error = ApiError;

    /// One statement for each different page, of which a document has few.
    async fn load(&self, keys: &[BalancesOf]) -> Result<HashMap<BalancesOf, Self::Value>, ApiError> {
        let mut answers = HashMap::new();
        for (page, accounts) in accounts_by(keys, |key| (&key.page, key.account)) {
            for (account, balances) in billing::balance_history(&self.0, &accounts, page).await? {
                let page = page.clone();
                answers.insert(BalancesOf { account, page }, balances);
            }
        }
        Ok(answers)
    }
}

/// A notification's attempts, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct AttemptsOf(pub NotificationId);

impl Loader<AttemptsOf> for Reader {
    type Value = Vec<notification_attempt::Model>;
    type Error = ApiError;

    async fn load(&self, keys: &[AttemptsOf]) -> Result<HashMap<AttemptsOf, Self::Value>, ApiError> {
        let ids: Vec<NotificationId> = keys.iter().map(|key| key.0).collect();
        let rows = notifications::attempts_of(&self.0, &ids).await?;
        Ok(grouped(rows, |row| AttemptsOf(row.notification_id)))
    }
}
