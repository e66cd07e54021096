//! What is left of an account's credit. A subaccount has none of its own: it uses its parent's.

use std::collections::HashMap;

use ::entity::twilio_account::{self, AccountState};
use ::entity::{AccountId, Amount, BalanceReadingId, balance_reading};
use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use crate::{Services, Transaction};

/// A balance that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownBalance {
    /// The balance; below zero where the account owes.
    pub amount: Amount,
    /// Its currency, ISO 4217.
    pub currency: String,
    /// When Twilio told it.
    pub at: DateTime<Utc>,
    /// Whose it is: the account itself, or the parent that it uses the balance of.
    pub holder: AccountId,
}

/// Whether the account belongs to another one at Twilio, which pays for it.
#[must_use]
pub fn is_subaccount(account: &twilio_account::Model) -> bool {
    account.owner_sid.as_ref().is_some_and(|owner| *owner != account.sid)
}

/// The balance that Twilio last told of the account itself.
#[must_use]
pub fn own_balance(account: &twilio_account::Model) -> Option<KnownBalance> {
    Some(KnownBalance {
        amount: account.balance?,
        currency: account.balance_currency.clone()?,
        at: account.balance_at?,
        holder: account.id,
    })
}

/// The balance that the account uses: its own or, of a subaccount, its parent's where that is connected in the same workspace.
/// None where it is not known.
///
/// # Errors
/// When the database fails.
pub async fn latest_balance(
    db: &impl ConnectionTrait,
    account: &twilio_account::Model,
) -> Result<Option<KnownBalance>, DbErr> {
    if let Some(own) = own_balance(account) {
        return Ok(Some(own));
    }
    let parent = parents(db, std::slice::from_ref(account)).await?.remove(&account.id);
    Ok(parent.as_ref().and_then(own_balance))
}

/// The parents of those that are subaccounts, by the subaccount's id, where they are connected in the same workspace and region. One
/// statement, or none where no account is a subaccount.
///
/// # Errors
/// When the database fails.
pub async fn parents(
    db: &impl ConnectionTrait,
    accounts: &[twilio_account::Model],
) -> Result<HashMap<AccountId, twilio_account::Model>, DbErr> {
    let children: Vec<&twilio_account::Model> = accounts.iter().filter(|account| is_subaccount(account)).collect();
    if children.is_empty() {
        return Ok(HashMap::new());
    }
    let column = twilio_account::COLUMN;
    let found = twilio_account::Entity::find()
        .filter(
            column
                .workspace_id
                .is_in(children.iter().map(|child| child.workspace_id)),
        )
        .filter(
            column
                .sid
                .is_in(children.iter().filter_map(|child| child.owner_sid.clone())),
        )
        .filter(column.state.eq(AccountState::Connected))
        .all(db)
        .await?;
    let place =
        |account: &twilio_account::Model, sid: &str| (account.workspace_id, sid.to_owned(), account.region.clone());
    let found: HashMap<_, _> = found.into_iter().map(|row| (place(&row, &row.sid), row)).collect();
    let parent_of = |child: &twilio_account::Model| {
        let parent = found.get(&place(child, child.owner_sid.as_deref()?))?;
        Some((child.id, parent.clone()))
    };
    Ok(children.into_iter().filter_map(parent_of).collect())
}

/// Notes what Twilio told of an account's own balance, on its row and in the history.
pub(super) async fn note(
    services: &Services,
    tx: &Transaction<'_>,
    account: &twilio_account::Model,
    told: &twilio::Balance,
) -> Result<(), DbErr> {
    let seen = twilio_account::ActiveModel {
        id: Unchanged(account.id),
        balance: Set(Some(Amount(told.amount))),
        balance_currency: Set(Some(told.currency.clone())),
        balance_at: Set(Some(tx.at())),
        ..Default::default()
    };
    let account = twilio_account::Entity::update(seen).exec(tx.db()).await?;
    keep_reading(services, tx, &account).await
}

/// Puts the balance on an account's row into the history, if it was read just now. A figure that did not change is the same reading,
/// and only its end moves.
pub(crate) async fn keep_reading(
    services: &Services,
    tx: &Transaction<'_>,
    account: &twilio_account::Model,
) -> Result<(), DbErr> {
    let at = tx.at();
    let (Some(balance), Some(currency)) = (account.balance, &account.balance_currency) else {
        return Ok(());
    };
    if account.balance_at != Some(at) {
        return Ok(());
    }
    let newest = balance_reading::Entity::find()
        .filter(balance_reading::COLUMN.twilio_account_id.eq(account.id))
        .order_by_desc(balance_reading::COLUMN.at)
        .order_by_desc(balance_reading::COLUMN.id)
        .one(tx.db())
        .await?;
    match newest {
        Some(same) if (same.balance, &same.currency) == (balance, currency) => {
            let moved = balance_reading::ActiveModel {
                id: Unchanged(same.id),
                last_at: Set(at),
                ..Default::default()
            };
            balance_reading::Entity::update(moved).exec(tx.db()).await?;
        }
        _ => {
            let reading = balance_reading::ActiveModel {
                id: Set(BalanceReadingId(services.ids.new_id())),
                workspace_id: Set(account.workspace_id),
                twilio_account_id: Set(account.id),
                balance: Set(balance),
                currency: Set(currency.clone()),
                at: Set(at),
                last_at: Set(at),
            };
            balance_reading::Entity::insert(reading)
                .exec_without_returning(tx.db())
                .await?;
        }
    }
    Ok(())
}
