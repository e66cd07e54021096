//! What time it is. Times are UTC and whole microseconds, which is what PostgreSQL keeps.

use std::fmt::Debug;
use std::sync::Mutex;

use async_trait::async_trait;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DatabaseExecutor, DbBackend, DbErr, Statement};

/// Tells the time. Injected everywhere, so that a test moves it by hand.
#[async_trait]
pub trait Clock: Debug + Send + Sync {
    /// The time on this machine.
    fn now(&self) -> DateTime<Utc>;

    /// The time on the database's machine, the one clock that all workers share: leases and due times come from it.
    ///
    /// # Errors
    /// When the database cannot be asked.
    async fn database_now(&self, db: DatabaseExecutor<'_>) -> Result<DateTime<Utc>, DbErr>;
}

/// The real time.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }

    async fn database_now(&self, db: DatabaseExecutor<'_>) -> Result<DateTime<Utc>, DbErr> {
        if db.get_database_backend() != DbBackend::Postgres {
            return Ok(self.now()); // SQLite runs in this process.
        }
        let row = db
            .query_one_raw(Statement::from_string(
                DbBackend::Postgres,
                "SELECT clock_timestamp() AS now",
            ))
            .await?;
        let row = row.ok_or_else(|| DbErr::RecordNotFound("the database told no time".to_owned()))?;
        row.try_get::<DateTime<Utc>>("", "now")
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct TestClock(Mutex<DateTime<Utc>>);

impl TestClock {
    /// A clock that stands at `start`.
    #[must_use]
    pub fn at(start: DateTime<Utc>) -> Self {
        Self(Mutex::new(start.trunc_subsecs(6)))
    }

    /// Moves the clock forward.
    ///
    /// # Panics
    /// When another thread panicked while it moved the clock.
    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().expect("the clock's lock is never held across a panic") += by;
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().expect("the clock's lock is never held across a panic")
    }

    async fn database_now(&self, _: DatabaseExecutor<'_>) -> Result<DateTime<Utc>, DbErr> {
        Ok(self.now())
    }
}
