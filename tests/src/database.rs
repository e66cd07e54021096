//! A database for each test: a copy of a migrated template, on SQLite or PostgreSQL.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use migration::{Migrator, MigratorTrait as _};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::postgres::{PrivateDatabase, PrivatePostgres};

/// Names the database that the end-to-end tests run on: `sqlite`, unless `postgres`.
const WHICH: &str = "CALLAB_TEST_DATABASE";

/// A test's own database. It goes with the value.
#[derive(Debug)]
pub enum TestDatabase {
    /// A file in a directory of its own.
    Sqlite(TempDir),
    /// A database on the tests' server.
    Postgres(PrivateDatabase),
}

impl TestDatabase {
    /// A migrated, empty database.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn new() -> anyhow::Result<Self> {
        if is_postgres() {
            let server = PrivatePostgres::shared().await?;
            let migrate = async |db: &sea_orm::DatabaseConnection| Ok(Migrator::up(db, None).await?);
            return Ok(Self::Postgres(server.database("callab", migrate).await?));
        }
        let directory = tempfile::tempdir()?;
        std::fs::copy(sqlite_template().await?, directory.path().join("callab.db"))?;
        Ok(Self::Sqlite(directory))
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(directory) => sqlite_url(&directory.path().join("callab.db")),
            Self::Postgres(database) => database.url().to_owned(),
        }
    }

    /// The file, where it is one.
    #[must_use]
    pub fn file(&self) -> Option<PathBuf> {
        match self {
            Self::Sqlite(directory) => Some(directory.path().join("callab.db")),
            Self::Postgres(_) => None,
        }
    }
}

/// Whether the tests run on PostgreSQL.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "the test runner can only speak through the environment"
)]
pub fn is_postgres() -> bool {
    std::env::var(WHICH).is_ok_and(|which| which == "postgres")
}

fn sqlite_url(path: &Path) -> String {
    format!("sqlite://{}?mode=rwc", path.display())
}

/// A migrated file, made once for each test process.
async fn sqlite_template() -> anyhow::Result<&'static Path> {
    static TEMPLATE: OnceCell<(TempDir, PathBuf)> = OnceCell::const_new();
    let make = || async {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("template.db");
        let db = sea_orm::Database::connect(sqlite_url(&path))
            .await
            .context("could not open the template")?;
        Migrator::up(&db, None).await?;
        db.close().await?;
        anyhow::Ok((directory, path))
    };
    Ok(&TEMPLATE.get_or_try_init(make).await?.1)
}
