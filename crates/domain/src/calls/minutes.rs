//! How accounts' calls went minute by minute, counted as their health counts them.

use std::collections::HashMap;

use ::entity::AccountId;
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use sea_orm::{DbBackend, DbErr, FromQueryResult};

use super::window::{CallsOf, each_outcome};
use crate::Services;
use crate::sql::Sql;

/// The most minutes that are told.
pub const MAX_MINUTES: u32 = 60;

/// How the calls went that began in one minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Minute {
    /// When the minute began.
    pub at: DateTime<Utc>,
    /// Calls whose outcome is known and that were to be set up, as [`super::Window::attempts`] counts them.
    pub attempts: u32,
    /// Those of them that did what they should.
    pub connected: u32,
}

impl Minute {
    /// Those of the attempts that did not do what they should.
    #[must_use]
    pub fn failed(&self) -> u32 {
        self.attempts.saturating_sub(self.connected)
    }
}

#[derive(FromQueryResult)]
struct Counted {
    account: AccountId,
    minute: i64,
    attempts: i64,
    connected: i64,
}

/// The newest `minutes` of each of these accounts, 1 to [`MAX_MINUTES`]: oldest first, the running one last, those without calls
/// too. One statement, whatever the accounts.
///
/// # Errors
/// When the database fails.
pub async fn by_minute(
    services: &Services,
    accounts: &[AccountId],
    minutes: u32,
) -> Result<HashMap<AccountId, Vec<Minute>>, DbErr> {
    let minutes = minutes.clamp(1, MAX_MINUTES);
    let begins = the_newest(services.clock.now(), minutes).into_iter();
    let empty: Vec<Minute> = begins
        .map(|at| Minute {
            at,
            attempts: 0,
            connected: 0,
        })
        .collect();
    let mut of_accounts: HashMap<AccountId, Vec<Minute>> =
        accounts.iter().map(|account| (*account, empty.clone())).collect();
    let since = empty[0].at;
    let backend = services.db.get_database_backend();
    let sql = Sql::new(backend)
        .text("SELECT account, minute, SUM(attempt) AS attempts, SUM(attempt * reached) AS connected FROM (");
    let in_minutes = format!("{}, ", minute_of(backend, "c.started_at"));
    let sql =
        each_outcome(sql, &in_minutes, CallsOf::Accounts(accounts), since).text(") outcomes GROUP BY account, minute");
    let count = |calls: i64| u32::try_from(calls).unwrap_or(u32::MAX);
    for counted in Counted::find_by_statement(sql.statement()).all(&services.db).await? {
        if let Some(minute) = told_of(&mut of_accounts, counted.account, counted.minute, since) {
            minute.attempts = count(counted.attempts);
            minute.connected = count(counted.connected);
        }
    }
    Ok(of_accounts)
}

/// The `minute` of a column's moment, counted from 1970.
pub(super) fn minute_of(backend: DbBackend, column: &str) -> String {
    match backend {
        DbBackend::Sqlite => format!("CAST(strftime('%s', {column}) AS INTEGER) / 60 AS minute"),
        _ => format!("CAST(floor(extract(epoch FROM {column}) / 60) AS BIGINT) AS minute"),
    }
}

/// What is told of an account's `minute`, as [`minute_of`] counts it, of minutes from `since` on; none where it is not among them.
pub(super) fn told_of<T>(
    of_accounts: &mut HashMap<AccountId, Vec<T>>,
    account: AccountId,
    minute: i64,
    since: DateTime<Utc>,
) -> Option<&mut T> {
    let place = usize::try_from(minute - since.timestamp() / 60).ok()?;
    of_accounts.get_mut(&account)?.get_mut(place)
}

/// When the newest minutes began, oldest first.
pub(super) fn the_newest(now: DateTime<Utc>, minutes: u32) -> Vec<DateTime<Utc>> {
    let running = now.duration_trunc(TimeDelta::minutes(1)).unwrap_or(now);
    let begins = (0..minutes)
        .rev()
        .map(|ago| running - TimeDelta::minutes(i64::from(ago)));
    begins.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_come_oldest_first_and_the_running_one_last() {
        let now = DateTime::parse_from_rfc3339("2026-11-27T14:02:11.5Z").unwrap().to_utc();
        let begins: Vec<String> = the_newest(now, 3)
            .iter()
            .map(|at| at.format("%T").to_string())
            .collect();
        assert_eq!(begins, ["14:00:00", "14:01:00", "14:02:00"]);
        assert_eq!(the_newest(now, 1).len(), 1);
    }

    #[test]
    fn what_is_not_connected_failed() {
        let at = DateTime::UNIX_EPOCH;
        let minute = Minute {
            at,
            attempts: 5,
            connected: 3,
        };
        assert_eq!(minute.failed(), 2);
    }
}
