//! The record of every REST request received, so that tests can prove what was asked and what never was.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::form::Pairs;
use crate::sim::Sim;

/// One REST request. Its password is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SimRequest {
    /// When it came.
    pub at: DateTime<Utc>,
    /// Its HTTP method.
    pub method: String,
    /// Its path as sent, with the product in front where there was one, without the query.
    pub path: String,
    /// Its query parameters.
    pub query: Pairs,
    /// The account SID in its path.
    pub account_sid: Option<String>,
    /// The user name it came with: an account or key SID.
    pub user: Option<String>,
    /// Its form parameters.
    pub form: Pairs,
    /// The status of the answer; `None` when the connection was cut instead.
    pub status: Option<u16>,
}

impl Sim {
    /// All REST requests so far, in the order they were answered.
    #[must_use]
    pub fn requests(&self) -> Vec<SimRequest> {
        self.state().requests.clone()
    }

    /// The requests after the first `mark` ones; take the mark with [`Sim::count_requests`].
    #[must_use]
    pub fn requests_since(&self, mark: usize) -> Vec<SimRequest> {
        self.state().requests.iter().skip(mark).cloned().collect()
    }

    /// How many REST requests there were so far.
    #[must_use]
    pub fn count_requests(&self) -> usize {
        self.state().requests.len()
    }

    /// Waits until there were so many REST requests in all. A slow answer counts from its effect on, before it leaves.
    pub async fn wait_for_requests(&self, count: usize) {
        self.wait_until(|state| (state.requests.len() >= count).then_some(()))
            .await;
    }

    /// How many requests had this method and this text in their path.
    #[must_use]
    pub fn count_requests_to(&self, method: &str, path_part: &str) -> usize {
        let wanted = |request: &&SimRequest| request.method == method && request.path.contains(path_part);
        self.state().requests.iter().filter(wanted).count()
    }
}
