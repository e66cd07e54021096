//! Finds a connection or a number by what the operator typed.

use crate::queries::calls::IdVarsFields;
use crate::queries::connections::{Account, AccountPage};
use crate::queries::numbers::AccountName;
use crate::queries::schema;

#[derive(cynic::QueryVariables, Debug)]
pub struct SearchVars {
    pub search: String,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "IdVars")]
pub struct ConnectionById {
    #[arguments(id: $id)]
    pub twilio_account: Option<Account>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "SearchVars")]
pub struct SearchConnections {
    #[arguments(search: $search, first: 100)]
    pub twilio_accounts: AccountPage,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "IdVars")]
pub struct NumberById {
    #[arguments(id: $id)]
    pub phone_number: Option<NumberName>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "SearchVars")]
pub struct SearchNumbers {
    #[arguments(search: $search, first: 100)]
    pub phone_numbers: NumberPage,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "PhoneNumberConnection")]
pub struct NumberPage {
    pub nodes: Vec<NumberName>,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
#[cynic(graphql_type = "PhoneNumber")]
pub struct NumberName {
    pub id: cynic::Id,
    pub number: String,
    pub nickname: Option<String>,
    pub account: Option<AccountName>,
}

impl NumberName {
    /// The number with whose it is, as it is told.
    #[must_use]
    pub fn name(&self) -> String {
        let owner = self.account.as_ref();
        let customer = owner
            .and_then(|owner| owner.workspace.as_ref())
            .map_or("?", |workspace| workspace.name.as_str());
        let label = owner.map_or("?", |owner| owner.label.as_str());
        match &self.nickname {
            Some(nickname) => format!("{} \"{nickname}\" ({customer} / {label})", self.number),
            None => format!("{} ({customer} / {label})", self.number),
        }
    }
}
