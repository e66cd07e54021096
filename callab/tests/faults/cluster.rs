//! The product as it runs in production: PostgreSQL, Redis, APIs and workers, each a process of its own.

use std::ops::Deref;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use callab_tests::Client;
use callab_tests::postgres::{PrivateDatabase, PrivatePostgres};
use callab_tests::redis::{PrivateRedis, new_prefix};
use domain::{Clock as _, SystemClock};
use sea_orm::DatabaseConnection;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use twilio_sim::{Phone, Sim, SimOptions};
use vault::MasterKeys;

use crate::balancer::Balancer;
use crate::process::Process;

/// Callab's echo line.
pub const ECHO_LINE: &str = "+15005550199";

/// Who answers there talks until Callab ends the call: a simulated phone hangs up after 50 ms by itself, which on a busy machine
/// is before Twilio has heard what to do.
const PATIENT: Phone = Phone::Answers {
    after: Duration::from_millis(5),
    talks: Duration::from_mins(5),
};

/// An installation, beside a simulated Twilio that keeps the real time.
#[derive(Debug)]
pub struct Cluster {
    /// The simulated Twilio.
    pub sim: Sim,
    /// What the test looks at the rows with.
    pub db: DatabaseConnection,
    /// What the names of its keys in Redis begin with.
    pub prefix: String,
    /// Where Twilio reaches the product.
    pub public: Balancer,
    settings: Vec<(String, String)>,
    started: AtomicUsize,
    directory: TempDir,
    _stop: DropGuard,
    // Dropped in this order: a server goes last.
    database: PrivateDatabase,
    /// What all processes share.
    pub redis: Server<PrivateRedis>,
    /// Where the rows are.
    pub postgres: Server<PrivatePostgres>,
}

/// A server that many tests share, or one of the test's own.
#[derive(Debug)]
pub enum Server<T: 'static> {
    /// Of all tests.
    Shared(&'static T),
    /// Of this one; it ends with it.
    Own(T),
}

impl<T> Deref for Server<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Shared(server) => server,
            Self::Own(server) => server,
        }
    }
}

/// An API that runs.
#[derive(Debug)]
pub struct Api {
    /// Its process.
    pub process: Process,
    /// Where it listens.
    pub url: String,
    /// Where it tells health and metrics.
    pub ops: String,
}

/// A worker that runs.
#[derive(Debug)]
pub struct Worker {
    /// Its process.
    pub process: Process,
    /// Where it tells health and metrics.
    pub ops: String,
}

/// What a cluster is made of, where a test needs a part of its own.
#[derive(Debug, Default)]
pub struct Setup {
    /// Its PostgreSQL; the one of all tests if none.
    pub postgres: Option<PrivatePostgres>,
    /// Its Redis; the one of all tests if none.
    pub redis: Option<PrivateRedis>,
    /// Settings of all processes besides those that every cluster has, such as `("CALLAB__WORKER__SLOTS", "50")`.
    pub settings: Vec<(&'static str, String)>,
}

impl Cluster {
    /// An installation with the settings of the product, and nothing started yet.
    pub async fn start() -> Self {
        Self::start_with(Setup::default()).await
    }

    /// The same with parts of its own.
    pub async fn start_with(setup: Setup) -> Self {
        let cluster = Self::empty(setup).await;
        let migrated = cluster.command(&["migrate"]).output().expect("the binary runs");
        assert!(migrated.status.success(), "{migrated:?}");
        cluster
    }

    /// The same, with an empty database.
    pub async fn empty(setup: Setup) -> Self {
        let stop = CancellationToken::new();
        let (sim, sim_url) = start_sim(&stop).await;
        let postgres = match setup.postgres {
            Some(own) => Server::Own(own),
            None => Server::Shared(PrivatePostgres::shared().await.expect("PostgreSQL")),
        };
        let redis = match setup.redis {
            Some(own) => Server::Own(own),
            None => Server::Shared(PrivateRedis::shared().await.expect("Redis")),
        };
        let database = postgres.database("faults", async |_| Ok(())).await.expect("a database");
        let db = callab::database::connect(database.url()).await.expect("the database");
        let (public, prefix) = (Balancer::start().await, new_prefix());
        let directory = tempfile::tempdir().expect("a directory");
        let key_file = directory.path().join("master.key");
        MasterKeys::generate_file(&key_file).expect("a key");
        let own = [
            ("CALLAB__DATABASE__URL", database.url().to_owned()),
            ("CALLAB__REDIS__URL", redis.url().to_owned()),
            ("CALLAB__REDIS__PREFIX", prefix.clone()),
            ("CALLAB__VAULT__KEY_FILE", key_file.display().to_string()),
            ("CALLAB__HTTP__PUBLIC_URL", public.url.clone()),
            ("CALLAB__HTTP__LISTEN", "127.0.0.1:0".to_owned()),
            ("CALLAB__OPS__LISTEN", "127.0.0.1:0".to_owned()),
            (
                "CALLAB__AUTH__HS256_SECRET",
                "a secret of the tests, and of nobody else".to_owned(),
            ),
            ("CALLAB__TWILIO__BASE_URL", sim_url),
            ("CALLAB__AGENTS__PLAIN_WS_ON_LOOPBACK", "true".to_owned()),
            ("CALLAB__CALLS__ECHO_LINES", ECHO_LINE.to_owned()),
            ("CALLAB__DATA_DIR", directory.path().join("data").display().to_string()),
        ];
        let settings = own.into_iter().chain(setup.settings);
        Self {
            sim,
            db,
            prefix,
            public,
            settings: settings.map(|(name, value)| (name.to_owned(), value)).collect(),
            started: AtomicUsize::new(0),
            directory,
            _stop: stop.drop_guard(),
            database,
            redis,
            postgres,
        }
    }

    /// The program with the settings of this cluster, and none of this machine.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callab"));
        command
            .args(arguments)
            .env_clear()
            .envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Where its database is.
    pub fn database_url(&self) -> &str {
        self.database.url()
    }

    /// The setting of this name.
    pub fn setting(&self, name: &str) -> &str {
        let setting = self.settings.iter().rev().find(|(known, _)| known == name);
        setting
            .map(|(_, value)| value.as_str())
            .expect("a setting of the cluster")
    }

    /// Where what its processes write is kept, and their files.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The name of its database.
    pub fn database_name(&self) -> &str {
        self.database.name()
    }

    /// Starts an API and puts it behind the public address.
    pub async fn api(&self) -> Api {
        self.api_with(&[]).await
    }

    /// The same with further variables.
    pub async fn api_with(&self, variables: &[(&str, &str)]) -> Api {
        let mut process = self.process("api", variables);
        let url = process.told("callab listens on ").await;
        let ops = process.told("callab tells health and metrics on ").await;
        self.public.add(&url);
        Api { process, url, ops }
    }

    /// Starts a worker.
    pub async fn worker(&self) -> Worker {
        self.worker_with(&[]).await
    }

    /// The same with further variables.
    pub async fn worker_with(&self, variables: &[(&str, &str)]) -> Worker {
        let mut process = self.process("worker", variables);
        let ops = process.told("callab tells health and metrics on ").await;
        process.told("callab works").await;
        Worker { process, ops }
    }

    /// Starts the program in a role, and waits for nothing.
    pub fn process(&self, role: &str, variables: &[(&str, &str)]) -> Process {
        let mut command = self.command(&[role]);
        command.envs(variables.iter().copied());
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        Process::start(&format!("{role}-{number}"), command, self.directory.path())
    }

    /// The owner of a workspace, who asks this API.
    pub fn owner(&self, workspace: &str, api_url: &str) -> Client {
        let arguments = ["token", "--role", "owner", "--workspace", workspace];
        let token = self.command(&arguments).output().expect("the binary runs");
        let token = String::from_utf8(token.stdout).expect("a token");
        let http = reqwest::Client::builder()
            .no_proxy()
            .no_gzip()
            .build()
            .expect("an HTTP client");
        Client::new(http, format!("{api_url}/graphql"), token.trim().to_owned())
    }
}

async fn start_sim(stop: &CancellationToken) -> (Sim, String) {
    let sim = Sim::new(SimOptions::new(|| SystemClock.now()));
    sim.phone(ECHO_LINE, PATIENT);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/{{product}}", listener.local_addr().expect("its address"));
    let (serving, stop) = (sim.clone(), stop.clone());
    tokio::spawn(async move { serving.serve(listener, stop).await });
    (sim, url)
}
