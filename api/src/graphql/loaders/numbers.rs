//! What there is beside numbers and agents.

use std::collections::HashMap;

use ::entity::{AccountId, AgentId, NumberId, agent_assignment, borrowed_routing, phone_number};
use async_graphql::dataloader::Loader;
use domain::numbers::{NumberFilter, NumberPosition};
use domain::page::{Page, PageOf};
use domain::{agents, calls, numbers};

use super::{Reader, accounts_by, grouped};
use crate::graphql::error::ApiError;

/// A number's current assignments, at most one a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct AssignmentsOfNumber(pub NumberId);

impl Loader<AssignmentsOfNumber> for Reader {
    type Value = Vec<agent_assignment::Model>;
    type Error = ApiError;

    async fn load(&self, keys: &[AssignmentsOfNumber]) -> Result<HashMap<AssignmentsOfNumber, Self::Value>, ApiError> {
        let ids: Vec<NumberId> = keys.iter().map(|key| key.0).collect();
        let rows = agents::current_assignments(&self.0, &ids).await?;
        Ok(grouped(rows, |row| AssignmentsOfNumber(row.phone_number_id)))
    }
}

/// An agent's current assignments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct AssignmentsOfAgent(pub AgentId);

impl Loader<AssignmentsOfAgent> for Reader {
    type Value = Vec<agent_assignment::Model>;
    type Error = ApiError;

    async fn load(&self, keys: &[AssignmentsOfAgent]) -> Result<HashMap<AssignmentsOfAgent, Self::Value>, ApiError> {
        let ids: Vec<AgentId> = keys.iter().map(|key| key.0).collect();
        let rows = agents::assignments_of(&self.0, &ids).await?;
        Ok(grouped(rows, |row| AssignmentsOfAgent(row.agent_id)))
    }
}

/// What is borrowed of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct BorrowedOf(pub NumberId);

impl Loader<BorrowedOf> for Reader {
    type Value = borrowed_routing::Model;
    type Error = ApiError;

    async fn load(&self, keys: &[BorrowedOf]) -> Result<HashMap<BorrowedOf, Self::Value>, ApiError> {
        let ids: Vec<NumberId> = keys.iter().map(|key| key.0).collect();
        let rows = numbers::open_borrowed(&self.0.db, &ids).await?;
        Ok(rows
            .into_iter()
            .map(|row| (BorrowedOf(row.phone_number_id), row))
            .collect())
    }
}

/// How a number's calls went in the last 24 hours, and when it last had one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct CallFiguresOfNumber(pub NumberId);

impl Loader<CallFiguresOfNumber> for Reader {
    type Value = calls::NumberFigures;
    type Error = ApiError;

    async fn load(&self, keys: &[CallFiguresOfNumber]) -> Result<HashMap<CallFiguresOfNumber, Self::Value>, ApiError> {
        let ids: Vec<NumberId> = keys.iter().map(|key| key.0).collect();
        let figures = calls::number_figures(&self.0, &ids).await?.into_iter();
        Ok(figures
            .map(|(number, figures)| (CallFiguresOfNumber(number), figures))
            .collect())
    }
}

/// A page of an account's numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct NumbersOf {
    /// The account.
    pub account: AccountId,
    /// Which of its numbers.
    pub filter: NumberFilter,
    /// Which page.
    pub page: PageOf<NumberPosition>,
}

impl Loader<NumbersOf> for Reader {
    type Value = Page<phone_number::Model>;
    type Error = ApiError;

    /// One statement for each different filter and page, of which a document has few.
    async fn load(&self, keys: &[NumbersOf]) -> Result<HashMap<NumbersOf, Self::Value>, ApiError> {
        let mut answers = HashMap::new();
        for ((filter, page), accounts) in accounts_by(keys, |key| ((&key.filter, &key.page), key.account)) {
            for (account, numbers) in numbers::list_by_account(&self.0, &accounts, filter, page).await? {
                let key = NumbersOf {
                    account,
                    filter: filter.clone(),
                    page: page.clone(),
                };
                answers.insert(key, numbers);
            }
        }
        Ok(answers)
    }
}

/// How many of an account's numbers are in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct NumbersInUseOf(pub AccountId);

impl Loader<NumbersInUseOf> for Reader {
    type Value = u32;
    type Error = ApiError;

    async fn load(&self, keys: &[NumbersInUseOf]) -> Result<HashMap<NumbersInUseOf, Self::Value>, ApiError> {
        let ids: Vec<AccountId> = keys.iter().map(|key| key.0).collect();
        let counted = numbers::count_in_use(&self.0, &ids).await?.into_iter();
        Ok(counted
            .map(|(account, numbers)| (NumbersInUseOf(account), numbers))
            .collect())
    }
}
