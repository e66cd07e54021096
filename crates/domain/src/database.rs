//! The database as use cases see it: all of it, or only the rows of one workspace.
//!
//! Every read names its workspace in its `WHERE`. Should one forget to, PostgreSQL itself leaves out what is not the asking
//! customer's: a request of theirs runs its statements in the role that row-level security binds (`migration::row_security`). What of
//! a request may look further is listed in [`Unconfined`], and nowhere else. An SQLite file has no such thing: there the `WHERE`
//! stands alone, as do tests that run on it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::entity::WorkspaceId;
use async_trait::async_trait;
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseConnection, DatabaseExecutor, DatabaseTransaction, DbBackend, DbErr,
    ExecResult, QueryResult, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use tokio::sync::{Mutex, MutexGuard, OwnedMutexGuard};
use tokio::time::Instant;

use crate::Services;

/// How long a request's transaction stays open without a statement. A request that asks Twilio meanwhile, or a live view that waits
/// for something to happen, takes no connection from others; its next statement begins another transaction.
const IDLE: Duration = Duration::from_millis(25);

/// How long a writer waits for the others, unless something else is set.
const WAIT: Duration = Duration::from_secs(10);

/// Sets the role and the workspace for the transaction that it runs in: both are gone with it.
const CONFINE: &str = "SELECT set_config('role', $1, true), set_config('callab.workspace', $2, true)";

/// Why something that a customer's request does has to look beyond the customer's own rows. Each is one place in the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unconfined {
    /// Callab's own people ask: they see all workspaces.
    Staff,
    /// The secret that names the installation is nobody's row: keys of cursors and digests come from it.
    Installation,
    /// Events have one order for all workspaces. Where it begins and ends, and the numbering, is about no workspace's content.
    EventOrder,
    /// A number is in use once in the whole system. Who adds it may take it from a row that is out of date, whosever it is.
    NumberInUse,
}

impl Unconfined {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::Staff, Self::Installation, Self::EventOrder, Self::NumberInUse];
}

impl Services {
    /// The same services for a request of a customer: the database shows, and lets change, rows of their workspace alone.
    #[must_use]
    pub fn confined_to(&self, workspace: WorkspaceId) -> Self {
        Self {
            db: self.db.confined_to(workspace),
            ..self.clone()
        }
    }

    /// The same services over all workspaces' rows, for this reason.
    #[must_use]
    pub fn unconfined(&self, why: Unconfined) -> Self {
        Self {
            db: self.db.unconfined(why),
            ..self.clone()
        }
    }
}

/// The database, or what a workspace may see of it. Cheap to clone; the clones of a confined one share its transaction.
#[derive(Clone)]
pub struct Database {
    whole: DatabaseConnection,
    /// The role that row-level security binds; none where there is none.
    role: Option<Arc<str>>,
    confined: Option<Arc<Confined>>,
    writers: Option<Writers>,
}

/// The writers of an SQLite file, which takes one at a time. They wait here, first come, first served: in the file's own busy handler
/// each sleeps longer the longer it has waited, and who came last is served first. What writes past this, such as another process, is
/// left to that handler.
#[derive(Clone)]
struct Writers {
    turn: Arc<Mutex<()>>,
    wait: Duration,
}

/// The right to write, until it is dropped.
#[derive(Debug)]
pub(crate) struct WritersTurn(#[expect(dead_code, reason = "held, not looked at")] OwnedMutexGuard<()>);

impl Writers {
    async fn turn(&self) -> Result<WritersTurn, DbErr> {
        let turn = tokio::time::timeout(self.wait, self.turn.clone().lock_owned()).await;
        Ok(WritersTurn(
            turn.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?,
        ))
    }
}

/// What one request of a customer has open.
struct Confined {
    workspace: WorkspaceId,
    open: Mutex<Option<Open>>,
}

/// A transaction that the role and the workspace are set in.
struct Open {
    tx: DatabaseTransaction,
    used_at: Instant,
}

/// The turn of one statement: others of the request wait. Unless it is [kept](Turn::keep), the transaction ends with it: a failed
/// statement has spoiled it, and one that was called off may still be running.
struct Turn<'a> {
    tx: DatabaseTransaction,
    open: MutexGuard<'a, Option<Open>>,
}

impl Turn<'_> {
    fn keep(mut self) {
        let used_at = Instant::now();
        *self.open = Some(Open { tx: self.tx, used_at });
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let workspace = self.confined.as_ref().map(|confined| confined.workspace);
        f.debug_struct("Database")
            .field("workspace", &workspace)
            .finish_non_exhaustive()
    }
}

impl Database {
    /// A database whose rows nobody is kept from. On PostgreSQL it refuses to be confined.
    #[must_use]
    pub fn new(whole: DatabaseConnection) -> Self {
        Self::with_role(whole, None)
    }

    /// A database that is confined by changing into `role`. SQLite has no roles.
    #[must_use]
    pub fn with_role(whole: DatabaseConnection, role: Option<&str>) -> Self {
        let writers = (whole.get_database_backend() == DbBackend::Sqlite).then(|| Writers {
            turn: Arc::default(),
            wait: WAIT,
        });
        Self {
            whole,
            role: role.map(Arc::from),
            confined: None,
            writers,
        }
    }

    /// The same, whose writers wait so long for each other before they give up.
    #[must_use]
    pub fn with_wait(self, wait: Duration) -> Self {
        let writers = self.writers.map(|writers| Writers { wait, ..writers });
        Self { writers, ..self }
    }

    /// Waits until it is this writer's turn; at once where the server sees to that.
    async fn writers_turn(&self) -> Result<Option<WritersTurn>, DbErr> {
        match &self.writers {
            Some(writers) => writers.turn().await.map(Some),
            None => Ok(None),
        }
    }

    /// What one workspace may see and change of it.
    fn confined_to(&self, workspace: WorkspaceId) -> Self {
        let confined = (self.whole.get_database_backend() == DbBackend::Postgres).then(|| {
            Arc::new(Confined {
                workspace,
                open: Mutex::new(None),
            })
        });
        Self {
            confined,
            ..self.clone()
        }
    }

    fn unconfined(&self, _: Unconfined) -> Self {
        Self {
            confined: None,
            ..self.clone()
        }
    }

    /// Begins a transaction that is going to write. What a request has read so far is read in it: a request has one transaction at
    /// a time, and so never waits for a second connection while it holds one.
    pub(crate) async fn begin(&self) -> Result<(DatabaseTransaction, Option<WritersTurn>), DbErr> {
        if let Some(confined) = &self.confined {
            return Ok((self.turn(confined).await?.tx, None));
        }
        let turn = self.writers_turn().await?; // Before a connection is taken from those who read.
        Ok((self.begin_whole().await?, turn))
    }

    async fn begin_whole(&self) -> Result<DatabaseTransaction, DbErr> {
        // A deferred transaction of SQLite that reads and then writes fails with BUSY whatever the time-out.
        let immediate = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        self.whole.begin_with_options(immediate).await
    }

    /// Waits for the request's transaction, and begins one where none is open.
    async fn turn<'a>(&self, confined: &'a Arc<Confined>) -> Result<Turn<'a>, DbErr> {
        let mut open = confined.open.lock().await;
        if let Some(Open { tx, .. }) = open.take() {
            return Ok(Turn { tx, open });
        }
        let Some(role) = &self.role else {
            return Err(DbErr::Custom("the database has no role for requests".to_owned()));
        };
        let tx = self.begin_whole().await?;
        let values = [role.to_string().into(), confined.workspace.to_string().into()];
        let confine = Statement::from_sql_and_values(DbBackend::Postgres, CONFINE, values);
        tx.query_one_raw(confine).await?;
        end_when_idle(confined);
        Ok(Turn { tx, open })
    }

    /// What kind of database it is.
    #[must_use]
    pub fn get_database_backend(&self) -> DbBackend {
        self.whole.get_database_backend()
    }

    /// Calls `callback` after each statement.
    pub fn set_metric_callback(&mut self, callback: impl Fn(&sea_orm::metric::Info<'_>) + Send + Sync + 'static) {
        self.whole.set_metric_callback(callback);
    }

    /// Closes all connections, and waits until they are.
    ///
    /// # Errors
    /// When that fails.
    pub async fn close(&self) -> Result<(), DbErr> {
        self.whole.close_by_ref().await
    }
}

/// Ends the request's transaction once no statement came for [`IDLE`]; with the request itself it ends at once.
fn end_when_idle(confined: &Arc<Confined>) {
    let confined = Arc::downgrade(confined);
    tokio::spawn(async move {
        let mut wait = IDLE;
        loop {
            tokio::time::sleep(wait).await;
            let Some(confined) = confined.upgrade() else { return };
            let mut open = confined.open.lock().await;
            let Some(idle) = open.as_ref().map(|open| open.used_at.elapsed()) else {
                return;
            };
            wait = IDLE.saturating_sub(idle);
            if wait.is_zero() {
                drop(open.take());
                return;
            }
        }
    });
}

/// Only for the time, which is no workspace's.
impl<'a> From<&'a Database> for DatabaseExecutor<'a> {
    fn from(db: &'a Database) -> Self {
        Self::Connection(&db.whole)
    }
}

/// Whether a statement only reads, so that the transaction it runs in can wait for the next. All else is committed at once, as it is
/// outside of a transaction.
fn only_reads(sql: &str) -> bool {
    sql.trim_start().starts_with("SELECT ")
}

/// Whether a statement has to wait for its turn to write. One that is missed here waits in the file's busy handler.
fn writes(sql: &str) -> bool {
    let sql = sql.trim_start();
    ["INSERT", "UPDATE", "DELETE"].iter().any(|verb| sql.starts_with(verb))
}

macro_rules! run {
    ($db:ident, $method:ident($argument:ident), $sql:expr) => {
        match &$db.confined {
            None => {
                let _turn = if writes($sql) { $db.writers_turn().await? } else { None };
                $db.whole.$method($argument).await
            }
            Some(confined) => {
                let only_reads = only_reads($sql);
                let turn = $db.turn(confined).await?;
                let answer = turn.tx.$method($argument).await?;
                if only_reads {
                    turn.keep();
                } else {
                    turn.tx.commit().await?;
                }
                Ok(answer)
            }
        }
    };
}

#[async_trait]
impl ConnectionTrait for Database {
    fn get_database_backend(&self) -> DbBackend {
        self.whole.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        run!(self, execute_raw(statement), &statement.sql)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        run!(self, execute_unprepared(sql), sql)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        run!(self, query_one_raw(statement), &statement.sql)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        run!(self, query_all_raw(statement), &statement.sql)
    }
}
