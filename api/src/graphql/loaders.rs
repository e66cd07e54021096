//! Data loaders: what many rows ask for one by one is read in one statement.

mod accounts;
mod by_id;
mod calls;
mod gather;
mod money;
mod numbers;

pub(super) use accounts::{ActAt, ApiKeyOf, ConfigurationOf, HealthChangesOf, ParentOf, RotationOf, SubaccountsOf};
pub(super) use calls::{AlertsOf, CallFiguresOf, CallOfIntent, MinutesOf, SignalsOf, StepsOf};
pub(super) use gather::{Loaders, new};
pub(super) use money::{AttemptsOf, BalancesOf, MoneyOf, OpenEpisodeOf};
pub(super) use numbers::{
    AssignmentsOfAgent, AssignmentsOfNumber, BorrowedOf, CallFiguresOfNumber, NumbersInUseOf, NumbersOf,
};

use std::collections::HashMap;
use std::hash::Hash;

use ::entity::AccountId;
use domain::Services;

/// Reads rows by their keys.
#[derive(Debug)]
pub(super) struct Reader(Services);

fn grouped<K: Eq + Hash, Row>(rows: Vec<Row>, key: impl Fn(&Row) -> K) -> HashMap<K, Vec<Row>> {
    let mut groups: HashMap<K, Vec<Row>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}

/// The accounts of keys that ask for the same beside their account: each different one is a statement, of which a document has few.
fn accounts_by<'k, K, P: Eq + Hash>(
    keys: &'k [K],
    part: impl Fn(&'k K) -> (P, AccountId),
) -> HashMap<P, Vec<AccountId>> {
    let mut asked: HashMap<P, Vec<AccountId>> = HashMap::new();
    for (same, account) in keys.iter().map(part) {
        asked.entry(same).or_default().push(account);
    }
    asked
}
