//! `health_check`: the newest answer to each check that has to be asked for, such as whether an agent can be reached.

use sea_orm::entity::prelude::*;

use crate::test_call::CheckState;
use crate::{AccountId, HealthCheckId, WorkspaceId};

/// The newest answer to one check. One row for each account, check and subject.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "health_check")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: HealthCheckId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// The account it is about.
    pub twilio_account_id: AccountId,
    /// Which check, such as `AGENT_REACHABLE`.
    pub check_name: String,
    /// What in the account it is about: an agent's or number's id, a country's code; empty for the account itself.
    pub subject: String,
    /// The answer.
    pub state: CheckState,
    /// Why, as a stable code; none when it passed.
    pub reason: Option<String>,
    /// Twilio's error code behind it.
    pub twilio_code: Option<i32>,
    /// What was seen: figures, codes and words. No secret and no full number of a third party.
    pub evidence: Json,
    /// Since when the answer is this one.
    pub since: DateTimeUtc,
    /// When it was last asked.
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
