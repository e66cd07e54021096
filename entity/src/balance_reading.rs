//! `balance_reading`: what an account's balance was, and from when to when. Kept for a time.

use sea_orm::entity::prelude::*;

use crate::{AccountId, Amount, BalanceReadingId, WorkspaceId};

/// A balance that Twilio told, once or several times in a row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "balance_reading")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BalanceReadingId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// The account. A subaccount has no readings: its balance is its parent's.
    pub twilio_account_id: AccountId,
    /// The balance; below zero where the account owes.
    pub balance: Amount,
    /// Its currency, ISO 4217.
    pub currency: String,
    /// When it was first read.
    pub at: DateTimeUtc,
    /// When it was last read the same.
    pub last_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
