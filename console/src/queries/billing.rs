//! Billing alerts that opened: Twilio bills the customer, Callab has a copy of its figures.

use chrono::{DateTime, Utc};

use super::connections::{PageInfo, Workspace};
use super::diagnosis::{BalancePage, Decimal, IdsVarsFields};
use super::numbers::ListVarsFields;
use super::schema;

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "ListVars")]
pub struct Billing {
    #[arguments(accountId: $account, first: 100, after: $after)]
    pub billing_episodes: EpisodePage,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "BillingEpisodeConnection")]
pub struct EpisodePage {
    pub nodes: Vec<BillingEpisode>,
    pub page_info: PageInfo,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct BillingEpisode {
    pub id: cynic::Id,
    pub kind: BillingAlertKind,
    pub account: Option<AccountWithBalance>,
    pub opened_at: DateTime<Utc>,
    pub newest: BillingFigures,
    pub newest_at: DateTime<Utc>,
    pub is_open: bool,
    pub closed_at: Option<DateTime<Utc>>,
    pub acknowledged_at: Option<DateTime<Utc>>,
    pub acknowledged_by: Option<String>,
    pub note: Option<String>,
}

/// The balances of some connections in the last day, where they were read every quarter of an hour.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "IdsVars")]
pub struct Balances {
    #[arguments(ids: $ids)]
    pub nodes: Vec<Option<NodeBalances>>,
}

#[derive(cynic::InlineFragments, Debug)]
#[cynic(graphql_type = "Node")]
pub enum NodeBalances {
    TwilioAccount(AccountBalances),
    #[cynic(fallback)]
    Other,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "TwilioAccount")]
pub struct AccountBalances {
    pub id: cynic::Id,
    #[arguments(first: 96)]
    pub balance_history: BalancePage,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
#[cynic(graphql_type = "TwilioAccount")]
pub struct AccountWithBalance {
    pub id: cynic::Id,
    pub label: String,
    pub workspace: Option<Workspace>,
    pub balance: Option<Balance>,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct Balance {
    pub amount: Decimal,
    pub currency: String,
    pub as_of: DateTime<Utc>,
    pub is_parents: bool,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct BillingFigures {
    pub value: Decimal,
    pub threshold: Decimal,
    pub currency: Option<String>,
    pub usual_day: Option<Decimal>,
    pub balance: Option<Decimal>,
    pub rate: Option<Decimal>,
    pub as_of: Option<DateTime<Utc>>,
}

#[derive(cynic::Enum, Debug, Clone, PartialEq, Eq)]
#[cynic(non_exhaustive)]
pub enum BillingAlertKind {
    BalanceBelow,
    SpendTodayAbove,
    SpendThisMonthAbove,
    SpendUnusual,
    BalanceLastsLessThan,
    #[cynic(fallback)]
    Unheard(String),
}
