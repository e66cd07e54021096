//! Data loaders: what many rows ask for one by one is read in one statement.

mod gather;

pub(super) use gather::{Loaders, new};

use std::collections::HashMap;
use std::hash::Hash;

use ::entity::{
    AccountId, ActivityFindingId, AgentId, ApiKeyId, AssignmentId, BillingAlertId, BillingEpisodeId, CallId,
    CallIntentId, DiagnosisRunId, EndpointId, JobId, NotificationId, NumberId, TestCallId, WorkspaceId,
    activity_finding, agent, agent_assignment, api_key, audit_entry, balance_reading, billing_alert, billing_episode,
    borrowed_routing, call, call_intent, call_step, configuration_change, diagnosis_run, health_change, job,
    notification, notification_attempt, notification_endpoint, phone_number, test_call, token_rotation, twilio_account,
    twilio_alert, workspace,
};
use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use domain::billing::{BillingPosition, Money};
use domain::numbers::{NumberFilter, NumberPosition};
use domain::page::{Page, PageOf};
use domain::{
    Services, accounts, agents, api_keys, audit, billing, calls, configuration, diagnosis, health, jobs, notifications,
    numbers, secrets, workspaces,
};

use super::error::ApiError;

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

/// The subaccounts of an account that are connected in the same workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct SubaccountsOf(pub AccountId);

/// The SID of the API key with which an account signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ApiKeyOf(pub AccountId);

/// The newest change of an account's token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct RotationOf(pub AccountId);

/// A call's steps, in the order they happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct StepsOf(pub CallId);

/// A notification's attempts, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct AttemptsOf(pub NotificationId);
/// What Twilio's error log has about a call, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct AlertsOf {
    account: AccountId,
    sid: String,
}

impl AlertsOf {
    /// That of this call.
    pub(super) fn call(call: &call::Model) -> Self {
        Self {
            account: call.twilio_account_id,
            sid: call.sid.clone(),
        }
    }
}

/// The call that was placed for an intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct CallOfIntent(pub CallIntentId);

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

/// A page of the changes of how an account's calls are set up.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ConfigurationOf {
    /// The account.
    pub account: AccountId,
    /// Which page.
    pub page: PageOf<configuration::Position>,
}

/// The parent of a subaccount, where it is connected in the same workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ParentOf(pub AccountId);

/// What is known of an account's money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct MoneyOf(pub AccountId);

/// The open episode of a billing alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct OpenEpisodeOf(pub BillingAlertId);

/// A page of an account's past balances.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct BalancesOf {
    /// The account.
    pub account: AccountId,
    /// Which page.
    pub page: PageOf<BillingPosition>,
}

/// How many of an account's numbers are in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct NumbersInUseOf(pub AccountId);

/// How an account's calls went in the time that its health is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct CallFiguresOf(pub AccountId);

/// How a number's calls went in the last 24 hours, and when it last had one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct CallFiguresOfNumber(pub NumberId);

/// How an account's calls went minute by minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct MinutesOf {
    /// The account.
    pub account: AccountId,
    /// How many minutes.
    pub minutes: u32,
}

/// How fast an account's calls were set up and how Twilio's questions went, minute by minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct SignalsOf {
    /// The account.
    pub account: AccountId,
    /// How many minutes.
    pub minutes: u32,
}

/// What somebody did in a workspace at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ActAt(pub WorkspaceId, pub DateTime<Utc>);

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
    BillingAlertId => billing_alert::Model, billing::alerts_by_ids;
    BillingEpisodeId => billing_episode::Model, billing::episodes_by_ids;
    DiagnosisRunId => diagnosis_run::Model, diagnosis::runs_by_ids;
    EndpointId => notification_endpoint::Model, notifications::endpoints_by_ids;
    NotificationId => notification::Model, notifications::by_ids;
    CallIntentId => call_intent::Model, calls::intents_by_ids;
    ActivityFindingId => activity_finding::Model, calls::activity_by_ids;
    ApiKeyId => api_key::Model, api_keys::by_ids;
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

impl Loader<SubaccountsOf> for Reader {
    type Value = Vec<twilio_account::Model>;
    type Error = ApiError;

    async fn load(&self, keys: &[SubaccountsOf]) -> Result<HashMap<SubaccountsOf, Self::Value>, ApiError> {
        let ids: Vec<AccountId> = keys.iter().map(|key| key.0).collect();
        let parents = accounts::by_ids(&self.0, &ids).await?;
        let owned = accounts::subaccounts(&self.0, &parents).await?;
        Ok(owned
            .into_iter()
            .map(|(parent, owned)| (SubaccountsOf(parent), owned))
            .collect())
    }
}

impl Loader<ApiKeyOf> for Reader {
    type Value = String;
    type Error = ApiError;

    async fn load(&self, keys: &[ApiKeyOf]) -> Result<HashMap<ApiKeyOf, Self::Value>, ApiError> {
        let ids: Vec<AccountId> = keys.iter().map(|key| key.0).collect();
        let rows = secrets::api_key_sids(&self.0, &ids).await?;
        Ok(rows
            .into_iter()
            .map(|(account, sid)| (ApiKeyOf(account), sid))
            .collect())
    }
}

impl Loader<RotationOf> for Reader {
    type Value = token_rotation::Model;
    type Error = ApiError;

    async fn load(&self, keys: &[RotationOf]) -> Result<HashMap<RotationOf, Self::Value>, ApiError> {
        let ids: Vec<AccountId> = keys.iter().map(|key| key.0).collect();
        let rows = accounts::rotation::newest_of(&self.0, &ids).await?;
        Ok(rows
            .into_iter()
            .map(|row| (RotationOf(row.twilio_account_id), row))
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

impl Loader<AlertsOf> for Reader {
    type Value = Vec<twilio_alert::Model>;
    type Error = ApiError;

    async fn load(&self, keys: &[AlertsOf]) -> Result<HashMap<AlertsOf, Self::Value>, ApiError> {
        let calls: Vec<(AccountId, &str)> = keys.iter().map(|key| (key.account, key.sid.as_str())).collect();
        let rows = calls::alerts_of(&self.0, &calls).await?;
        Ok(grouped(rows, |row| AlertsOf {
            account: row.twilio_account_id,
            sid: row.resource_sid.clone().unwrap_or_default(),
        }))
    }
}

impl Loader<CallOfIntent> for Reader {
    type Value = call::Model;
    type Error = ApiError;

    async fn load(&self, keys: &[CallOfIntent]) -> Result<HashMap<CallOfIntent, Self::Value>, ApiError> {
        let ids: Vec<CallIntentId> = keys.iter().map(|key| key.0).collect();
        let rows = calls::calls_of_intents(&self.0, &ids).await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| Some((CallOfIntent(row.call_intent_id?), row)))
            .collect())
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

impl Loader<ConfigurationOf> for Reader {
    type Value = Page<configuration_change::Model>;
    type Error = ApiError;

    /// One statement for each different page, of which a document has few.
    async fn load(&self, keys: &[ConfigurationOf]) -> Result<HashMap<ConfigurationOf, Self::Value>, ApiError> {
        let mut asked: HashMap<&PageOf<configuration::Position>, Vec<AccountId>> = HashMap::new();
        for key in keys {
            asked.entry(&key.page).or_default().push(key.account);
        }
        let mut answers = HashMap::new();
        for (page, accounts) in asked {
            for (account, changes) in configuration::history(&self.0, &accounts, page).await? {
                let key = ConfigurationOf {
                    account,
                    page: page.clone(),
                };
                answers.insert(key, changes);
            }
        }
        Ok(answers)
    }
}

impl Loader<ParentOf> for Reader {
    type Value = twilio_account::Model;
    type Error = ApiError;

    async fn load(&self, keys: &[ParentOf]) -> Result<HashMap<ParentOf, Self::Value>, ApiError> {
        let ids: Vec<AccountId> = keys.iter().map(|key| key.0).collect();
        let children = accounts::by_ids(&self.0, &ids).await?;
        let parents = billing::parents(&self.0.db, &children).await?;
        Ok(parents
            .into_iter()
            .map(|(child, parent)| (ParentOf(child), parent))
            .collect())
    }
}

impl Loader<MoneyOf> for Reader {
    type Value = Money;
    type Error = ApiError;

    async fn load(&self, keys: &[MoneyOf]) -> Result<HashMap<MoneyOf, Self::Value>, ApiError> {
        let ids: Vec<AccountId> = keys.iter().map(|key| key.0).collect();
        let accounts = accounts::by_ids(&self.0, &ids).await?;
        let money = billing::money_of(&self.0.db, &accounts, self.0.clock.now().date_naive()).await?;
        Ok(money
            .into_iter()
            .map(|(account, money)| (MoneyOf(account), money))
            .collect())
    }
}

impl Loader<OpenEpisodeOf> for Reader {
    type Value = billing_episode::Model;
    type Error = ApiError;

    async fn load(&self, keys: &[OpenEpisodeOf]) -> Result<HashMap<OpenEpisodeOf, Self::Value>, ApiError> {
        let ids: Vec<BillingAlertId> = keys.iter().map(|key| key.0).collect();
        let open = billing::open_episodes_of(&self.0, &ids).await?;
        Ok(open
            .into_iter()
            .map(|row| (OpenEpisodeOf(row.billing_alert_id), row))
            .collect())
    }
}

impl Loader<BalancesOf> for Reader {
    type Value = Page<balance_reading::Model>;
    type Error = ApiError;

    /// One statement for each different page, of which a document has few.
    async fn load(&self, keys: &[BalancesOf]) -> Result<HashMap<BalancesOf, Self::Value>, ApiError> {
        let mut asked: HashMap<&PageOf<BillingPosition>, Vec<AccountId>> = HashMap::new();
        for key in keys {
            asked.entry(&key.page).or_default().push(key.account);
        }
        let mut answers = HashMap::new();
        for (page, accounts) in asked {
            for (account, balances) in billing::balance_history(&self.0, &accounts, page).await? {
                let page = page.clone();
                answers.insert(BalancesOf { account, page }, balances);
            }
        }
        Ok(answers)
    }
}

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

impl Loader<CallFiguresOf> for Reader {
    type Value = health::CallFigures;
    type Error = ApiError;

    async fn load(&self, keys: &[CallFiguresOf]) -> Result<HashMap<CallFiguresOf, Self::Value>, ApiError> {
        let ids: Vec<AccountId> = keys.iter().map(|key| key.0).collect();
        let figures = health::call_figures(&self.0, &ids).await?.into_iter();
        Ok(figures
            .map(|(account, figures)| (CallFiguresOf(account), figures))
            .collect())
    }
}

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

impl Loader<MinutesOf> for Reader {
    type Value = Vec<calls::Minute>;
    type Error = ApiError;

    /// One statement for each different number of minutes, of which a document has few.
    async fn load(&self, keys: &[MinutesOf]) -> Result<HashMap<MinutesOf, Self::Value>, ApiError> {
        let mut asked: HashMap<u32, Vec<AccountId>> = HashMap::new();
        for key in keys {
            asked.entry(key.minutes).or_default().push(key.account);
        }
        let mut answers = HashMap::new();
        for (minutes, accounts) in asked {
            for (account, told) in calls::by_minute(&self.0, &accounts, minutes).await? {
                answers.insert(MinutesOf { account, minutes }, told);
            }
        }
        Ok(answers)
    }
}

impl Loader<SignalsOf> for Reader {
    type Value = Vec<calls::Signal>;
    type Error = ApiError;

    /// Three statements for each different number of minutes, of which a document has few.
    async fn load(&self, keys: &[SignalsOf]) -> Result<HashMap<SignalsOf, Self::Value>, ApiError> {
        let mut asked: HashMap<u32, Vec<AccountId>> = HashMap::new();
        for key in keys {
            asked.entry(key.minutes).or_default().push(key.account);
        }
        let mut answers = HashMap::new();
        for (minutes, accounts) in asked {
            for (account, told) in calls::signals_by_minute(&self.0, &accounts, minutes).await? {
                answers.insert(SignalsOf { account, minutes }, told);
            }
        }
        Ok(answers)
    }
}

impl Loader<ActAt> for Reader {
    type Value = Vec<audit_entry::Model>;
    type Error = ApiError;

    async fn load(&self, keys: &[ActAt]) -> Result<HashMap<ActAt, Self::Value>, ApiError> {
        let moments: Vec<_> = keys.iter().map(|key| (key.0, key.1)).collect();
        let acts = audit::acts_at(&self.0, &moments).await?;
        let acts = acts.into_iter();
        Ok(acts
            .map(|((workspace, at), acts)| (ActAt(workspace, at), acts))
            .collect())
    }
}

fn grouped<K: Eq + Hash, Row>(rows: Vec<Row>, key: impl Fn(&Row) -> K) -> HashMap<K, Vec<Row>> {
    let mut groups: HashMap<K, Vec<Row>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}
