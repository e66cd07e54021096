//! Data loaders: what many rows ask for one by one is read in one statement.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use ::entity::{
    AccountId, AgentId, AssignmentId, CallId, DiagnosisRunId, EndpointId, JobId, NotificationId, NumberId, TestCallId,
    WorkspaceId, agent, agent_assignment, borrowed_routing, call, call_step, diagnosis_run, health_change, job,
    notification, notification_attempt, notification_endpoint, phone_number, test_call, twilio_account, workspace,
};
use async_graphql::dataloader::{DataLoader, Loader};
use domain::numbers::{NumberFilter, NumberPosition};
use domain::page::{Page, PageOf};
use domain::{Services, accounts, agents, calls, diagnosis, health, jobs, notifications, numbers, workspaces};

use super::error::ApiError;

/// How long a batch is gathered after its first key: longer than a page's rows take to ask, or they would be asked in two.
const GATHERS_FOR: Duration = Duration::from_millis(3);

/// The data loaders of one operation. They keep nothing: what a mutation changed is read afresh.
pub(super) type Loaders = DataLoader<Reader>;

/// The loaders of an operation that begins.
pub(super) fn new(services: Services) -> Loaders {
    DataLoader::new(Reader(services), tokio::spawn).delay(GATHERS_FOR)
}

/// Reads rows by their keys.
#[derive(Debug)]
pub(super) struct Reader(Services);

/// A number's current assignments, at most one a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct AssignmentsOfNumber(pub NumberId);

/// An agent's current assignments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct AssignmentsOfAgent(pub AgentId);

/// What is borrowed of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct BorrowedOf(pub NumberId);

/// A call's steps, in the order they happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct StepsOf(pub CallId);

/// A notification's attempts, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct AttemptsOf(pub NotificationId);

/// A page of an account's numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct NumbersOf {
    /// The account.
    pub account: AccountId,
    /// Which of its numbers.
    pub filter: NumberFilter,
    /// Which page.
    pub page: PageOf<NumberPosition>,
}

/// A page of an account's changes of health.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct HealthChangesOf {
    /// The account.
    pub account: AccountId,
    /// Which page.
    pub page: PageOf<health::Position>,
}

macro_rules! load_by_id {
    ($($id:ident => $row:ty, $read:path;)+) => {$(
        impl Loader<$id> for Reader {
            type Value = $row;
            type Error = ApiError;

            async fn load(&self, ids: &[$id]) -> Result<HashMap<$id, Self::Value>, ApiError> {
                Ok($read(&self.0, ids).await?.into_iter().map(|row| (row.id, row)).collect())
            }
        }
    )+};
}

load_by_id! {
    WorkspaceId => workspace::Model, workspaces::by_ids;
    AccountId => twilio_account::Model, accounts::by_ids;
    NumberId => phone_number::Model, numbers::by_ids;
    AgentId => agent::Model, agents::by_ids;
    AssignmentId => agent_assignment::Model, agents::assignments_by_ids;
    CallId => call::Model, calls::by_ids;
    TestCallId => test_call::Model, calls::tests_by_ids;
    JobId => job::Model, jobs::by_ids;
    DiagnosisRunId => diagnosis_run::Model, diagnosis::runs_by_ids;
    EndpointId => notification_endpoint::Model, notifications::endpoints_by_ids;
    NotificationId => notification::Model, notifications::by_ids;
}

impl Loader<AssignmentsOfNumber> for Reader {
    type Value = Vec<agent_assignment::Model>;
    type Error = ApiError;

    async fn load(&self, keys: &[AssignmentsOfNumber]) -> Result<HashMap<AssignmentsOfNumber, Self::Value>, ApiError> {
        let ids: Vec<NumberId> = keys.iter().map(|key| key.0).collect();
        let rows = agents::current_assignments(&self.0, &ids).await?;
        Ok(grouped(rows, |row| AssignmentsOfNumber(row.phone_number_id)))
    }
}

impl Loader<AssignmentsOfAgent> for Reader {
    type Value = Vec<agent_assignment::Model>;
    type Error = ApiError;

    async fn load(&self, keys: &[AssignmentsOfAgent]) -> Result<HashMap<AssignmentsOfAgent, Self::Value>, ApiError> {
        let ids: Vec<AgentId> = keys.iter().map(|key| key.0).collect();
        let rows = agents::assignments_of(&self.0, &ids).await?;
        Ok(grouped(rows, |row| AssignmentsOfAgent(row.agent_id)))
    }
}

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

impl Loader<StepsOf> for Reader {
    type Value = Vec<call_step::Model>;
    type Error = ApiError;

    async fn load(&self, keys: &[StepsOf]) -> Result<HashMap<StepsOf, Self::Value>, ApiError> {
        let ids: Vec<CallId> = keys.iter().map(|key| key.0).collect();
        let rows = calls::steps_of(&self.0, &ids).await?;
        Ok(grouped(rows, |row| StepsOf(row.call_id)))
    }
}

impl Loader<AttemptsOf> for Reader {
    type Value = Vec<notification_attempt::Model>;
    type Error = ApiError;

    async fn load(&self, keys: &[AttemptsOf]) -> Result<HashMap<AttemptsOf, Self::Value>, ApiError> {
        let ids: Vec<NotificationId> = keys.iter().map(|key| key.0).collect();
        let rows = notifications::attempts_of(&self.0, &ids).await?;
        Ok(grouped(rows, |row| AttemptsOf(row.notification_id)))
    }
}

impl Loader<NumbersOf> for Reader {
    type Value = Page<phone_number::Model>;
    type Error = ApiError;

    /// One statement for each different filter and page, of which a document has few.
    async fn load(&self, keys: &[NumbersOf]) -> Result<HashMap<NumbersOf, Self::Value>, ApiError> {
        let mut asked: HashMap<(&NumberFilter, &PageOf<NumberPosition>), Vec<AccountId>> = HashMap::new();
        for key in keys {
            asked.entry((&key.filter, &key.page)).or_default().push(key.account);
        }
        let mut answers = HashMap::new();
        for ((filter, page), accounts) in asked {
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

impl Loader<HealthChangesOf> for Reader {
    type Value = Page<health_change::Model>;
    type Error = ApiError;

    /// One statement for each different page, of which a document has few.
    async fn load(&self, keys: &[HealthChangesOf]) -> Result<HashMap<HealthChangesOf, Self::Value>, ApiError> {
        let mut asked: HashMap<&PageOf<health::Position>, Vec<AccountId>> = HashMap::new();
        for key in keys {
            asked.entry(&key.page).or_default().push(key.account);
        }
        let mut answers = HashMap::new();
        for (page, accounts) in asked {
            for (account, changes) in health::history(&self.0, &accounts, page).await? {
                let key = HealthChangesOf {
                    account,
                    page: page.clone(),
                };
                answers.insert(key, changes);
            }
        }
        Ok(answers)
    }
}

fn grouped<K: Eq + Hash, Row>(rows: Vec<Row>, key: impl Fn(&Row) -> K) -> HashMap<K, Vec<Row>> {
    let mut groups: HashMap<K, Vec<Row>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}
