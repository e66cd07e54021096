//! Connects to the database and brings its tables up to date.

use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::num::NonZero;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::thread::available_parallelism;
use std::time::Duration;

use anyhow::{Context, ensure};
use migration::{Migrator, MigratorTrait};
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement, TransactionTrait,
};
use secrecy::ExposeSecret;
use tracing::{info, warn};

use crate::config;
use crate::data_dir;

/// How long PostgreSQL waits for the next statement of a transaction, which takes milliseconds here. A process that stands still
/// in the middle of one keeps its locks, and with the lock of a job's row nobody could take any job back: it loses the
/// connection well before its leases run out.
const IDLE_IN_TRANSACTION: (&str, &str) = ("idle_in_transaction_session_timeout", "15s");

/// Connects to a database, `sqlite:` or `postgres:`, as [`open`] does with the default settings.
///
/// # Errors
/// As [`open`].
pub async fn connect(url: &str) -> anyhow::Result<DatabaseConnection> {
    let settings = config::Database {
        url: Some(url.into()),
        max_connections: 16,
        wait: Duration::from_secs(10),
    };
    open(&settings, Path::new(".")).await
}

/// Connects to the configured database, or to the file in the data directory.
///
/// An SQLite file is made with mode 0600 where there is none. It runs with a write-ahead log that is flushed at each commit: with
/// less, a power cut would lose commits that were answered already.
///
/// # Errors
/// When there is no connection within [`config::Database::wait`].
pub async fn open(settings: &config::Database, data_dir: &Path) -> anyhow::Result<DatabaseConnection> {
    let most = if settings.is_remote() {
        settings.max_connections
    } else {
        settings.max_connections.min(readers_of_a_file())
    };
    let mut options = match &settings.url {
        Some(url) if settings.is_remote() => ConnectOptions::new(url.expose_secret()),
        Some(url) => {
            let file: SqliteConnectOptions = url
                .expose_secret()
                .parse()
                .context("database.url names no SQLite file")?;
            sqlite(file.get_filename(), settings.wait)?
        }
        None => sqlite(&data_dir::database(data_dir), settings.wait)?,
    };
    options
        .map_sqlx_postgres_opts(|postgres| postgres.options([IDLE_IN_TRANSACTION]))
        .max_connections(most)
        .acquire_timeout(settings.wait)
        .connect_timeout(settings.wait)
        .sqlx_logging(false) // Statements are logged with their values.
        .record_stmt_in_spans(false);
    Database::connect(options)
        .await
        .context("could not connect to the database")
}

/// How many connections to an SQLite file this machine makes use of. Each is a thread that computes here, with memory of its own that grows
/// to what its largest statement took: 16 on two processors answered no sooner than four, and took twice as much (`just strangers`).
fn readers_of_a_file() -> u32 {
    let processors = available_parallelism().map_or(1, NonZero::get);
    u32::try_from(processors.saturating_mul(2)).unwrap_or(u32::MAX).max(4)
}

fn sqlite(file: &Path, wait: Duration) -> anyhow::Result<ConnectOptions> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            return Err(error).with_context(|| format!("could not make the database file {}", file.display()));
        }
        _ => {}
    }
    if let Some(mode) = open_to_others(file) {
        let file = file.display();
        warn!(
            "the database {file} has mode {mode:04o}, so others may read what customers' calls are about: chmod 600 it, and its -wal and -shm"
        );
    }
    let file = file.to_owned();
    let mut options = ConnectOptions::new("sqlite://callab.db"); // The file's true name may not fit into a URL.
    options.map_sqlx_sqlite_opts(move |sqlite| {
        sqlite
            .filename(&file)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(wait)
    });
    Ok(options)
}

/// The permission bits of a file that others than its owner may read or write.
fn open_to_others(file: &Path) -> Option<u32> {
    let mode = fs::metadata(file).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

/// PostgreSQL's advisory lock that lets one process migrate at a time.
const MIGRATION_LOCK: i64 = 0x0063_616c_6c61_6230;

/// Applies the migrations that the database does not have yet, and answers how many those were. Of two processes that start at
/// once the second waits, and finds nothing left to do.
///
/// # Errors
/// When one fails, or some are pending on a database that belongs to a newer release.
pub async fn migrate(db: &DatabaseConnection) -> anyhow::Result<usize> {
    const COULD_NOT: &str = "could not bring the database up to date";
    let tx = db.begin().await.context(COULD_NOT)?;
    if db.get_database_backend() == DbBackend::Postgres {
        let lock = "SELECT pg_advisory_xact_lock($1)";
        let lock = Statement::from_sql_and_values(DbBackend::Postgres, lock, [MIGRATION_LOCK.into()]);
        tx.execute_raw(lock).await.context(COULD_NOT)?;
    }
    let pending = pending(&tx).await?;
    if !pending.is_empty() {
        info!(
            pending = pending.len(),
            "bringing the database up to date: {} migrations",
            pending.len()
        );
        Migrator::up(&tx, None).await.context(COULD_NOT)?;
    }
    tx.commit().await.context(COULD_NOT)?;
    Ok(pending.len())
}

/// Passes when the database has every migration of this release; it may have those of a newer one besides, which expand only.
///
/// # Errors
/// When some are pending.
pub async fn require_current(db: &DatabaseConnection) -> anyhow::Result<()> {
    let pending = pending(db).await?;
    ensure!(
        pending.is_empty(),
        "the database lacks {} migrations of this release: run `callab migrate` first",
        pending.len()
    );
    Ok(())
}

/// The names of this release's migrations that the database does not have.
///
/// # Errors
/// When the database cannot be asked.
pub async fn pending(db: &impl ConnectionTrait) -> anyhow::Result<Vec<String>> {
    let applied = applied(db)
        .await
        .context("could not compare the database with this release")?;
    let ours = Migrator::migrations()
        .into_iter()
        .map(|migration| migration.name().to_owned());
    Ok(ours.filter(|name| !applied.contains(name)).collect())
}

/// The names of the migrations that the database has, of whichever release.
async fn applied(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let backend = db.get_database_backend();
    let table = match backend {
        DbBackend::Postgres => {
            "SELECT 1 AS found FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'seaql_migrations'"
        }
        _ => "SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = 'seaql_migrations'",
    };
    if db
        .query_one_raw(Statement::from_string(backend, table))
        .await?
        .is_none()
    {
        return Ok(Vec::new()); // A new database.
    }
    let versions = Statement::from_string(backend, "SELECT version FROM seaql_migrations");
    let rows = db.query_all_raw(versions).await?;
    rows.iter().map(|row| row.try_get("", "version")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn pragma(db: &DatabaseConnection, name: &str) -> String {
        let statement = Statement::from_string(db.get_database_backend(), format!("PRAGMA {name}"));
        let row = db.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get_by_index::<String>(0)
            .or_else(|_| row.try_get_by_index::<i64>(0).map(|number| number.to_string()))
            .unwrap()
    }

    #[test]
    fn a_file_that_others_may_read_is_noticed() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (mode, is_open) in [
            (0o600, false),
            (0o400, false),
            (0o644, true),
            (0o620, true),
            (0o604, true),
        ] {
            fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(open_to_others(file.path()).is_some(), is_open, "{mode:o}");
        }
        assert_eq!(open_to_others(Path::new("/nowhere/at/all")), None);
    }

    #[tokio::test]
    async fn the_embedded_database_is_durable_and_for_its_owner_alone() {
        let temp = tempfile::tempdir().unwrap();
        let settings = config::Config::load(None, std::collections::HashMap::new())
            .unwrap()
            .database;
        let db = open(&settings, temp.path()).await.unwrap();
        assert_eq!(pragma(&db, "journal_mode").await, "wal");
        assert_eq!(pragma(&db, "synchronous").await, "2", "FULL");
        assert_eq!(pragma(&db, "foreign_keys").await, "1");
        assert_eq!(pragma(&db, "busy_timeout").await, "10000");
        assert!(migrate(&db).await.unwrap() > 0);
        assert_eq!(migrate(&db).await.unwrap(), 0, "nothing is left to do");
        for file in std::fs::read_dir(temp.path()).unwrap() {
            let file = file.unwrap();
            assert_eq!(
                file.metadata().unwrap().permissions().mode() & 0o777,
                0o600,
                "{:?}",
                file.file_name()
            );
        }
    }

    #[tokio::test]
    async fn a_url_names_the_file() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("a file.db");
        connect(&format!("sqlite://{}?mode=rwc", file.display())).await.unwrap();
        assert!(file.exists());
    }
}
