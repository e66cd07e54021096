//! What the API's lists hold, as rows: scrubbed, and with words in the place of codes.

mod audit_entry;
mod call;
mod configured;
pub mod connection;
mod episode;
mod event;
mod figures;
mod job;
mod moment;
mod number;

pub use audit_entry::AuditEntry;
pub use call::{Call, call_lines};
pub use configured::Configured;
pub use connection::Connection;
pub use episode::{Episode, LAST_24H};
pub use event::Event;
pub use figures::Figures;
pub use job::Job;
pub use moment::{MOMENTS_KEPT, Moment, Topic, tell_acts_once};
pub use number::Number;

use crate::queries::connections::Workspace;
use crate::queries::numbers::AccountName;
use crate::scrub::scrub;

/// The longest name that is kept.
const NAME: usize = 80;

/// The longest sentence that is kept.
const SENTENCE: usize = 300;

/// The connection that a row belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// Its id in the API; empty where the row belongs to none.
    pub id: String,
    /// Whose it is.
    pub customer: String,
    /// What the customer calls it.
    pub label: String,
}

impl Owner {
    fn new(id: &cynic::Id, label: &str, workspace: Option<&Workspace>) -> Self {
        Self {
            id: id.inner().to_owned(),
            customer: customer(workspace),
            label: scrub(label, NAME),
        }
    }

    fn of(account: Option<&AccountName>) -> Self {
        account
            .map(|account| Self::new(&account.id, &account.label, account.workspace.as_ref()))
            .unwrap_or_default()
    }

    /// The same for what may belong to a customer alone.
    fn of_account_or(account: Option<&AccountName>, workspace: Option<&Workspace>) -> Self {
        let mut owner = Self::of(account);
        if owner.customer.is_empty() {
            owner.customer = customer(workspace);
        }
        owner
    }

    /// The connection's id; none where the row belongs to none.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        Some(self.id.as_str()).filter(|id| !id.is_empty())
    }

    /// Customer and label; a dash where there is no connection.
    #[must_use]
    pub fn name(&self) -> String {
        match (self.customer.as_str(), self.label.as_str()) {
            ("", "") => "–".to_owned(),
            (customer, "") => customer.to_owned(),
            (customer, label) => format!("{customer} / {label}"),
        }
    }
}

fn customer(workspace: Option<&Workspace>) -> String {
    workspace
        .map(|workspace| scrub(&workspace.name, NAME))
        .unwrap_or_default()
}
