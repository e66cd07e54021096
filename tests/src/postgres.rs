//! PostgreSQL for tests: a server of the tests' own, and on it a database for each test.
//!
//! The machine's own instance is never touched. `tests/run` starts one server for all test binaries and names it in
//! `CALLAB_TEST_POSTGRES_URL`; a plain `cargo test` starts one for each test process that asks. Either way the server
//! is run by `tests/lib/private-postgres`, which stops it and removes its files as soon as its standard input ends. The
//! operating system sees to that when the process that holds the other end dies, so not even a killed test process
//! leaves a server behind.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, bail};
use reqwest::Url;
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, Statement};
use tokio::sync::OnceCell;

#[cfg(test)]
mod tests;

/// The script that runs a server for as long as its standard input is open.
const RUN_SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/lib/private-postgres");

/// Names the server to use instead of starting one: a URL of any database on it, of a user who may create databases.
const SHARED_SERVER: &str = "CALLAB_TEST_POSTGRES_URL";

/// A PostgreSQL server for tests, version 15 or later. One that was started here ends with this value.
#[derive(Debug)]
pub struct PrivatePostgres {
    url: Url,
    /// None when the server is somebody else's to stop.
    supervisor: Option<Mutex<Supervisor>>,
}

/// The script at work.
#[derive(Debug)]
struct Supervisor {
    process: Child,
    /// Keeps the server alive, and takes orders.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl PrivatePostgres {
    /// The server all tests of this process share: the one `CALLAB_TEST_POSTGRES_URL` names, or else one started at the
    /// first call, which takes about two seconds.
    ///
    /// # Errors
    /// When the variable holds no URL, and as [`PrivatePostgres::start`].
    pub async fn shared() -> anyhow::Result<&'static Self> {
        static SERVER: OnceCell<PrivatePostgres> = OnceCell::const_new();
        SERVER.get_or_try_init(|| async { Self::named_or_started() }).await
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the test runner can only speak through the environment"
    )]
    fn named_or_started() -> anyhow::Result<Self> {
        match std::env::var(SHARED_SERVER) {
            Ok(url) => {
                let url = url.parse().with_context(|| format!("{SHARED_SERVER} holds no URL"))?;
                Ok(Self { url, supervisor: None })
            }
            Err(_) => Self::start(&[]),
        }
    }

    /// Starts a server. It listens on a socket in a private directory only and trusts whoever may enter there; it does
    /// not wait for the disk and admits 300 connections.
    ///
    /// `settings` are further lines of its `postgresql.conf`, such as `"fsync = on"`, and win over those.
    ///
    /// # Errors
    /// When the machine has no PostgreSQL 15 or later, or the server does not start; standard error says why.
    pub fn start(settings: &[&str]) -> anyhow::Result<Self> {
        let mut process = Command::new(RUN_SERVER)
            .args(settings)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("could not run {RUN_SERVER}"))?;
        let output = process.stdout.take().context("the script has no standard output")?;
        let mut supervisor = Supervisor {
            orders: process.stdin.take(),
            answers: BufReader::new(output),
            process,
        };
        let url = supervisor.answer()?;
        let url = url.parse().context("the server's address is no URL")?;
        Ok(Self {
            url,
            supervisor: Some(Mutex::new(supervisor)),
        })
    }

    /// Ends the server at once, as a crash would. Its data stay, and its address stays its own.
    ///
    /// # Errors
    /// When it is not this process's to end, as with all orders.
    pub fn crash(&self) -> anyhow::Result<()> {
        self.order("crash")
    }

    /// Starts the server again after [`PrivatePostgres::crash`], with what was on disk.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_again(&self) -> anyhow::Result<()> {
        self.order("start")
    }

    fn order(&self, order: &str) -> anyhow::Result<()> {
        let supervisor = self.supervisor.as_ref().context("the server is shared by all tests")?;
        let mut supervisor = supervisor.lock().unwrap_or_else(PoisonError::into_inner);
        let orders = supervisor.orders.as_mut();
        let orders = orders.context("the script takes no orders any more")?;
        writeln!(orders, "{order}").with_context(|| format!("could not {order} the server"))?;
        let answer = supervisor.answer()?;
        if answer != "done" {
            bail!("{RUN_SERVER} answered {answer:?} to the order {order}");
        }
        Ok(())
    }

    /// Makes a database that is a copy of `template`, and drops it with the value it returns.
    ///
    /// A template that does not exist yet is made with `migrate`, which gets a connection to an empty database; further
    /// callers, of other processes too, wait for it. On a server that outlives the test run the name has to change with
    /// the migrations.
    ///
    /// # Errors
    /// Those of `migrate`, after which there is no template and the next caller tries again; and the database's.
    pub async fn database(
        &self,
        template: &str,
        migrate: impl AsyncFnOnce(&DatabaseConnection) -> anyhow::Result<()>,
    ) -> anyhow::Result<PrivateDatabase> {
        let admin = connect(&self.url).await?;
        if !exists(&admin, template).await? {
            self.make_template(&admin, template, migrate).await?;
        }
        let name = new_name(&admin).await?;
        admin
            .execute_unprepared(&format!(r#"CREATE DATABASE "{name}" TEMPLATE "{template}""#))
            .await
            .with_context(|| format!("could not copy the database {template}"))?;
        admin.close().await?;
        Ok(PrivateDatabase {
            url: self.url_of(&name),
            server: self.url.clone(),
            name,
        })
    }

    /// Under a lock, so that only one caller migrates; by renaming, so that a template which exists is complete.
    async fn make_template(
        &self,
        admin: &DatabaseConnection,
        template: &str,
        migrate: impl AsyncFnOnce(&DatabaseConnection) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        // Held until this session unlocks or ends; `admin` is a single session.
        let lock = |verb| {
            Statement::from_sql_and_values(
                DbBackend::Postgres,
                format!("SELECT {verb}(hashtext($1))"),
                [template.into()],
            )
        };
        admin.execute_raw(lock("pg_advisory_lock")).await?;
        if !exists(admin, template).await? {
            let draft = new_name(admin).await?;
            admin
                .execute_unprepared(&format!(r#"CREATE DATABASE "{draft}""#))
                .await?;
            let empty = connect(&self.url_of(&draft)).await?;
            let migrated = migrate(&empty).await;
            empty.close().await?;
            let finish = match migrated {
                Ok(()) => format!(r#"ALTER DATABASE "{draft}" RENAME TO "{template}""#),
                Err(_) => drop_statement(&draft),
            };
            admin.execute_unprepared(&finish).await?;
            migrated.with_context(|| format!("could not migrate the template database {template}"))?;
        }
        admin.execute_raw(lock("pg_advisory_unlock")).await?;
        Ok(())
    }

    fn url_of(&self, database: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(database);
        url
    }
}

impl Supervisor {
    fn answer(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        self.answers
            .read_line(&mut line)
            .context("could not read from the script")?;
        if line.is_empty() {
            let status = self.process.wait()?;
            bail!("no PostgreSQL runs: {RUN_SERVER} ended with {status}");
        }
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.orders = None; // The end of its standard input is the end of the server.
        let _ = self.process.wait(); // One that is gone already is what was wanted.
    }
}

/// One test's database. Dropping this drops the database, and cuts off whoever is still connected to it.
#[derive(Debug)]
pub struct PrivateDatabase {
    url: Url,
    server: Url,
    name: String,
}

impl PrivateDatabase {
    /// Where to connect, as `postgres://…`.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// Its name on the server.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    async fn remove(&self) -> anyhow::Result<()> {
        let admin = connect(&self.server).await?;
        admin.execute_unprepared(&drop_statement(&self.name)).await?;
        admin.close().await?;
        Ok(())
    }
}

impl Drop for PrivateDatabase {
    /// On a thread and a runtime of its own: `drop` is not async, and the test's runtime may be the one that waits.
    fn drop(&mut self) {
        let removed = std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                runtime.block_on(self.remove())
            });
            thread.join()
        });
        if let Ok(Err(error)) = removed {
            report(&self.name, &error);
        }
    }
}

#[expect(clippy::print_stderr, reason = "a drop can neither fail nor be asserted on")]
fn report(name: &str, error: &anyhow::Error) {
    eprintln!("could not drop the test database {name}: {error:#}");
}

/// A connection pool of one session. It belongs to the runtime of the test that asks, so it is never kept.
async fn connect(url: &Url) -> anyhow::Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url.as_str());
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options)
        .await
        .with_context(|| format!("could not connect to {}", url.path()))
}

async fn exists(admin: &DatabaseConnection, database: &str) -> anyhow::Result<bool> {
    let sql = "SELECT 1 FROM pg_database WHERE datname = $1";
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [database.into()]);
    Ok(admin.query_one_raw(statement).await?.is_some())
}

/// A database name that no other test process has, nor will have.
async fn new_name(admin: &DatabaseConnection) -> anyhow::Result<String> {
    let sql = "SELECT 'test_' || translate(gen_random_uuid()::text, '-', '') AS name";
    let row = admin
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?;
    Ok(row.context("the server gave no name")?.try_get("", "name")?)
}

fn drop_statement(database: &str) -> String {
    format!(r#"DROP DATABASE IF EXISTS "{database}" WITH (FORCE)"#)
}
