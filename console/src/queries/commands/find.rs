//! Finds a connection or a number by what the operator typed.

use crate::queries::calls::IdVarsFields;
use crate::queries::connections::{Account, AccountPage};
use crate::queries::numbers::{AccountName, AtTwilio, NumberState};
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

/// A whole number: the connections that know it, and what they know of it.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "SearchVars")]
pub struct FindNumber {
    #[arguments(search: $search, first: 100)]
    pub twilio_accounts: FoundAccounts,
    #[arguments(search: $search, first: 100)]
    pub phone_numbers: FoundNumbers,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "TwilioAccountConnection")]
pub struct FoundAccounts {
    pub nodes: Vec<AccountId>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "PhoneNumberConnection")]
pub struct FoundNumbers {
    pub nodes: Vec<NumberFound>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "TwilioAccount")]
pub struct AccountId {
    pub id: cynic::Id,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "PhoneNumber")]
pub struct NumberFound {
    pub id: cynic::Id,
    pub number: String,
    pub state: NumberState,
    pub at_twilio: AtTwilio,
    pub account: Option<AccountId>,
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
