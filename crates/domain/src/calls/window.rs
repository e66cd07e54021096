//! How accounts' calls went lately, counted by the database in a fixed number of statements.

use std::collections::HashMap;

use ::entity::call_step::StepKind;
use ::entity::{AccountId, NumberId};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::STEP_OF_AGENT_ON_LINE;
use crate::checklist::{CheckName, codes_of};
use crate::sql::Sql;

/// How an account's calls of a time went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Calls whose outcome is known and that were to be set up, canceled ones left out. A call to a number counts when its agent was
    /// assigned and its routing leads here, or when it came here.
    pub attempts: u32,
    /// Those of them that did what they should: the other end answered, was busy or did not answer; or the agent was on the line.
    pub reached: u32,
    /// Calls that were withdrawn before they were answered.
    pub canceled: u32,
    /// How long 95 of 100 calls took to be set up at most, in milliseconds; none where no call tells.
    pub setup_p95_ms: Option<u32>,
    /// Questions and news of Twilio's about these calls, those that were not answered among them.
    pub webhooks: u32,
    /// Errors of Twilio's log about questions to Callab that were not answered.
    pub webhook_errors: u32,
}

impl Window {
    /// Which part of the attempts did what they should, 0 to 1; none without an attempt.
    #[must_use]
    pub fn connect_rate(&self) -> Option<f64> {
        share(self.reached, self.attempts)
    }

    /// Which part of Twilio's questions and news was not answered, 0 to 1; none without any.
    #[must_use]
    pub fn webhook_error_rate(&self) -> Option<f64> {
        share(self.webhook_errors, self.webhooks)
    }
}

/// Which part of all that is, 0 to 1; none of nothing.
pub(super) fn share(part: u32, all: u32) -> Option<f64> {
    (all > 0).then(|| f64::from(part.min(all)) / f64::from(all))
}

/// Whether an inbound call was ours to take: it has an agent, and came here or should have.
const WAS_OURS: &str = "(c.agent_id IS NOT NULL AND (n.routing = 'OURS' OR EXISTS (SELECT 1 FROM call_step w WHERE w.call_id = c.id \
                        AND w.kind = 'WEBHOOK_RECEIVED')))";

#[derive(FromQueryResult)]
struct Outcomes {
    account: AccountId,
    attempts: i64,
    reached: i64,
    canceled: i64,
}

#[derive(FromQueryResult)]
struct Setup {
    account: AccountId,
    p95: i32,
}

#[derive(FromQueryResult)]
struct Webhooks {
    account: AccountId,
    webhooks: i64,
}

#[derive(FromQueryResult)]
struct Errors {
    account: AccountId,
    errors: i64,
}

/// How the calls went that began `since` then, for each of these accounts that has any or has errors. Four statements, whatever
/// the accounts; meant for up to 1,000.
///
/// # Errors
/// When the database fails.
pub async fn window(
    db: &impl ConnectionTrait,
    accounts: &[AccountId],
    since: DateTime<Utc>,
) -> Result<HashMap<AccountId, Window>, DbErr> {
    let mut windows: HashMap<AccountId, Window> = HashMap::new();
    let count = |calls: i64| u32::try_from(calls).unwrap_or(u32::MAX);
    for row in outcomes(db, accounts, since).await? {
        let window = windows.entry(row.account).or_default();
        window.attempts = count(row.attempts);
        window.reached = count(row.reached);
        window.canceled = count(row.canceled);
    }
    for row in setups(db, accounts, since).await? {
        windows.entry(row.account).or_default().setup_p95_ms = u32::try_from(row.p95).ok();
    }
    for row in errors(db, accounts, since).await? {
        let window = windows.entry(row.account).or_default();
        window.webhook_errors = count(row.errors);
        window.webhooks = count(row.errors);
    }
    for row in webhooks(db, accounts, since).await? {
        windows.entry(row.account).or_default().webhooks += count(row.webhooks);
    }
    Ok(windows)
}

/// Whose calls are counted.
#[derive(Clone, Copy)]
pub(super) enum CallsOf<'a> {
    /// Each `account`'s.
    Accounts(&'a [AccountId]),
    /// Each `number`'s.
    Numbers(&'a [NumberId]),
}

/// Adds a SELECT of the calls of these that began `since` then, a row for each: its `account` or `number`, `of_each` more columns,
/// and 1 or 0 for whether it counts as canceled, as an attempt, and as reached.
pub(super) fn each_outcome(sql: Sql, of_each: &str, of: CallsOf<'_>, since: DateTime<Utc>) -> Sql {
    let agent_was_there =
        format!("EXISTS (SELECT 1 FROM call_step s WHERE s.call_id = c.id AND {STEP_OF_AGENT_ON_LINE})");
    let whose = match of {
        CallsOf::Accounts(_) => "c.twilio_account_id AS account, ",
        CallsOf::Numbers(_) => "c.phone_number_id AS number, ",
    };
    let sql = sql
        .text("SELECT ")
        .text(whose)
        .text(of_each)
        .text("CASE WHEN c.status = 'canceled' THEN 1 ELSE 0 END AS canceled, ")
        .text("CASE WHEN c.status = 'canceled' THEN 0 WHEN c.direction = 'OUTBOUND' THEN ")
        .text("CASE WHEN c.status IN ('completed', 'in-progress', 'busy', 'no-answer', 'failed') THEN 1 ELSE 0 END ")
        .text("WHEN NOT ")
        .text(WAS_OURS)
        .text(" THEN 0 WHEN c.status IN ('completed', 'busy', 'no-answer', 'failed') THEN 1 WHEN ")
        .text(&agent_was_there)
        .text(" THEN 1 ELSE 0 END AS attempt, CASE WHEN c.direction = 'OUTBOUND' AND c.status <> 'failed' THEN 1 WHEN ")
        .text("c.direction <> 'OUTBOUND' AND ")
        .text(&agent_was_there)
        .text(" THEN 1 ELSE 0 END AS reached FROM call c JOIN phone_number n ON n.id = c.phone_number_id WHERE ");
    let sql = match of {
        CallsOf::Accounts(accounts) => sql
            .text("c.twilio_account_id IN ")
            .list(accounts.iter().map(|account| account.0)),
        CallsOf::Numbers(numbers) => sql
            .text("c.phone_number_id IN ")
            .list(numbers.iter().map(|number| number.0)),
    };
    sql.text(" AND c.started_at >= ").value(since)
}

async fn outcomes(
    db: &impl ConnectionTrait,
    accounts: &[AccountId],
    since: DateTime<Utc>,
) -> Result<Vec<Outcomes>, DbErr> {
    let sql = Sql::new(db.get_database_backend()).text(
        "SELECT account, SUM(attempt) AS attempts, SUM(attempt * reached) AS reached, SUM(canceled) AS canceled FROM (",
    );
    let sql = each_outcome(sql, "", CallsOf::Accounts(accounts), since).text(") outcomes GROUP BY account");
    Outcomes::find_by_statement(sql.statement()).all(db).await
}

/// The nearest-rank percentile of each account.
async fn setups(db: &impl ConnectionTrait, accounts: &[AccountId], since: DateTime<Utc>) -> Result<Vec<Setup>, DbErr> {
    let sql = Sql::new(db.get_database_backend())
        .text("SELECT account, MIN(setup_ms) AS p95 FROM (SELECT twilio_account_id AS account, setup_ms, ")
        .text("ROW_NUMBER() OVER (PARTITION BY twilio_account_id ORDER BY setup_ms) AS place, ")
        .text("COUNT(*) OVER (PARTITION BY twilio_account_id) AS calls FROM call WHERE twilio_account_id IN ")
        .list(accounts.iter().map(|account| account.0))
        .text(" AND started_at >= ")
        .value(since)
        .text(" AND setup_ms IS NOT NULL) ranked WHERE place * 100 >= calls * 95 GROUP BY account");
    Setup::find_by_statement(sql.statement()).all(db).await
}

async fn errors(db: &impl ConnectionTrait, accounts: &[AccountId], since: DateTime<Utc>) -> Result<Vec<Errors>, DbErr> {
    let sql = Sql::new(db.get_database_backend())
        .text("SELECT twilio_account_id AS account, COUNT(*) AS errors FROM twilio_alert WHERE twilio_account_id IN ")
        .list(accounts.iter().map(|account| account.0))
        .text(" AND generated_at >= ")
        .value(since)
        .text(" AND level = 'error' AND error_code IN ")
        .list(codes_of(CheckName::WebhookAnswered))
        .text(" GROUP BY twilio_account_id");
    Errors::find_by_statement(sql.statement()).all(db).await
}

/// Each of these steps was noted because Twilio asked or told something.
pub(super) fn told_by_twilio() -> impl Iterator<Item = String> {
    let told = [
        StepKind::WebhookReceived,
        StepKind::Initiated,
        StepKind::Ringing,
        StepKind::Answered,
        StepKind::StreamStarted,
        StepKind::StreamStopped,
        StepKind::StreamError,
        StepKind::AgentLegEnded,
        StepKind::Ended,
    ];
    told.into_iter().map(|kind| kind.as_str().to_owned())
}

async fn webhooks(
    db: &impl ConnectionTrait,
    accounts: &[AccountId],
    since: DateTime<Utc>,
) -> Result<Vec<Webhooks>, DbErr> {
    let sql = Sql::new(db.get_database_backend())
        .text("SELECT c.twilio_account_id AS account, COUNT(*) AS webhooks FROM call c JOIN call_step s ON s.call_id = c.id ")
        .text("WHERE c.twilio_account_id IN ")
        .list(accounts.iter().map(|account| account.0))
        .text(" AND c.started_at >= ")
        .value(since)
        .text(" AND s.kind IN ")
        .list(told_by_twilio())
        .text(" GROUP BY c.twilio_account_id");
    Webhooks::find_by_statement(sql.statement()).all(db).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_needs_something_to_count() {
        assert_eq!(Window::default().connect_rate(), None);
        assert_eq!(Window::default().webhook_error_rate(), None);
        let window = Window {
            attempts: 4,
            reached: 3,
            webhooks: 8,
            webhook_errors: 2,
            ..Window::default()
        };
        assert_eq!(
            (window.connect_rate(), window.webhook_error_rate()),
            (Some(0.75), Some(0.25))
        );
    }
}
