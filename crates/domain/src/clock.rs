//! What time it is. Times are UTC and whole microseconds, which is what PostgreSQL keeps.

use std::fmt::Debug;
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ConnectionTrait, DatabaseExecutor, DbBackend, DbErr, Statement};

/// Tells the time. Injected everywhere, so that a test moves it by hand.
#[async_trait]
pub trait Clock: Debug + Send + Sync {
    /// The time for this process.
    fn now(&self) -> DateTime<Utc>;

    /// "Now" for a statement that runs on `backend`: the one clock that all workers share. Leases and due times come from it.
    fn database_time(&self, backend: DbBackend) -> DatabaseTime;

    /// The time on the database's clock, asked for.
    ///
    /// # Errors
    /// When the database cannot be asked.
    async fn database_now(&self, db: DatabaseExecutor<'_>) -> Result<DateTime<Utc>, DbErr> {
        match self.database_time(db.get_database_backend()) {
            DatabaseTime::Known(now) => Ok(now),
            DatabaseTime::OfServer => ask(db).await,
        }
    }
}

/// "Now" on the database's clock, as a part of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseTime {
    /// Known here: SQLite runs in this process, and a test's clock stands.
    Known(DateTime<Utc>),
    /// The server puts it in when the statement begins. One value for the whole statement, so that an index serves it.
    OfServer,
}

impl DatabaseTime {
    /// The SQL of a server's "now".
    pub(crate) const OF_SERVER: &str = "statement_timestamp()";

    /// Now, as a value of a statement.
    pub(crate) fn now(self) -> Expr {
        match self {
            Self::Known(now) => Expr::value(now),
            Self::OfServer => Expr::cust(Self::OF_SERVER),
        }
    }

    /// Now and `delay` more.
    pub(crate) fn after(self, delay: Duration) -> Expr {
        match self {
            Self::Known(now) => Expr::value(now + delay),
            Self::OfServer if delay.is_zero() => self.now(),
            Self::OfServer => self.now().add(Expr::cust_with_values(
                "make_interval(secs => $1)",
                [delay.as_secs_f64()],
            )),
        }
    }
}

async fn ask(db: DatabaseExecutor<'_>) -> Result<DateTime<Utc>, DbErr> {
    let statement = Statement::from_string(DbBackend::Postgres, "SELECT clock_timestamp() AS now");
    let row = db.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("the database told no time".to_owned()))?;
    row.try_get::<DateTime<Utc>>("", "now")
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
fn wall_clock() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// This machine's time: for a process whose database is a file, and for what needs no database.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        wall_clock()
    }

    fn database_time(&self, backend: DbBackend) -> DatabaseTime {
        if backend == DbBackend::Postgres {
            DatabaseTime::OfServer
        } else {
            DatabaseTime::Known(self.now())
        }
    }
}

/// The database server's time, as far as this process knows it: machines whose clocks are minutes apart agree on what is over
/// and what came first.
///
/// Between two readings it goes on with this machine's monotonic clock, so that setting the machine's clock changes nothing.
#[derive(Debug)]
pub struct DatabaseClock(RwLock<(DateTime<Utc>, Instant)>);

impl DatabaseClock {
    /// A clock set by the database's.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn read_from(db: impl Into<DatabaseExecutor<'_>>) -> Result<Self, DbErr> {
        Ok(Self(RwLock::new(reading(db.into()).await?)))
    }

    /// Sets it anew: two clocks drift apart, and a machine may have slept.
    ///
    /// # Errors
    /// When the database cannot be asked; the clock goes on as it was then.
    pub async fn set_by(&self, db: impl Into<DatabaseExecutor<'_>>) -> Result<(), DbErr> {
        let reading = reading(db.into()).await?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = reading;
        Ok(())
    }
}

/// The database's time and the moment it stands for here: the middle of the question.
async fn reading(db: DatabaseExecutor<'_>) -> Result<(DateTime<Utc>, Instant), DbErr> {
    let asked = Instant::now();
    let now = SystemClock.database_now(db).await?;
    Ok((now, asked + asked.elapsed() / 2))
}

#[async_trait]
impl Clock for DatabaseClock {
    fn now(&self) -> DateTime<Utc> {
        let (then, at) = *self.0.read().unwrap_or_else(PoisonError::into_inner);
        (then + at.elapsed()).trunc_subsecs(6)
    }

    fn database_time(&self, backend: DbBackend) -> DatabaseTime {
        SystemClock.database_time(backend)
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

    fn database_time(&self, _: DbBackend) -> DatabaseTime {
        DatabaseTime::Known(self.now())
    }
}
