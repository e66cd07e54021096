//! What the tests work on: a database, a transport, a clock that stands still, and a worker to start and stop.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use callab_worker::{Handlers, Jitter, MemoryTransport, Options, WorkerError};
use chrono::{DateTime, Utc};
use domain::jobs::{Job, Nudge, Queue, QueueName};
use domain::net::{Outbound, Reachable};
use domain::{Clock, Limits, Services, SystemIds, TestClock, workspaces};
use entity::{JobId, WorkspaceId, job};
use migration::{Migrator, MigratorTrait};
use sea_orm::sqlx::sqlite::SqliteJournalMode;
use sea_orm::{ConnectOptions, Database, EntityTrait};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use vault::{MasterKeys, Vault};

use crate::no_twilio::NoTwilio;

/// Far longer than any test takes.
const HOUR: Duration = Duration::from_hours(1);

pub struct Bench {
    pub services: Services,
    pub transport: Arc<MemoryTransport>,
    pub clock: Arc<TestClock>,
    workspace: WorkspaceId,
    _directory: TempDir,
}

impl Bench {
    pub async fn new() -> Self {
        let clock = Arc::new(TestClock::at(start()));
        let (mut bench, clock) = (Self::on(clock.clone()).await, clock);
        bench.clock = clock;
        bench
    }

    /// A bench whose jobs become due by `clock`.
    pub async fn on(clock: Arc<dyn Clock>) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("worker.sqlite");
        let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", path.display()));
        options
            .max_connections(4)
            .map_sqlx_sqlite_opts(|options| options.journal_mode(SqliteJournalMode::Wal));
        let db = Database::connect(options).await.expect("a database");
        Migrator::up(&db, None).await.expect("migrated");
        let _ = rustls::crypto::ring::default_provider().install_default();
        let transport = Arc::new(MemoryTransport::default());
        let services = Services {
            db: domain::Database::new(db),
            twilio: Arc::new(NoTwilio),
            status_page: None,
            vault: Arc::new(Vault::new(MasterKeys::generate())),
            tokens: Arc::default(),
            prices: Arc::default(),
            queue: transport.clone(),
            events: domain::events::Events::default(),
            clock,
            ids: Arc::new(SystemIds),
            public_url: None,
            outbound: Outbound::new(Reachable::Public).expect("a client"),
            mailer: None,
            limits: Limits::default(),
            fence: None,
            on_behalf: domain::OnBehalf::default(),
        };
        let workspace = workspaces::of_token(&services, "acme", None)
            .await
            .expect("a workspace");
        Self {
            services,
            transport,
            clock: Arc::new(TestClock::at(start())),
            workspace: workspace.id,
            _directory: directory,
        }
    }

    /// Writes a job for each payload in one transaction, so that workers are nudged about all at once.
    pub async fn enqueue<J: Job>(&self, payloads: &[J]) -> Vec<JobId> {
        self.enqueue_after(payloads, Duration::ZERO).await
    }

    pub async fn enqueue_after<J: Job>(&self, payloads: &[J], delay: Duration) -> Vec<JobId> {
        let mut tx = self.services.begin().await.expect("a transaction");
        let mut ids = Vec::new();
        for payload in payloads {
            ids.push(tx.enqueue_after(self.workspace, payload, delay).await.expect("a row"));
        }
        tx.commit().await.expect("committed");
        ids
    }

    pub async fn enqueue_one(&self, payload: impl Job) -> JobId {
        self.enqueue(&[payload]).await[0]
    }

    pub async fn row(&self, id: JobId) -> job::Model {
        let row = job::Entity::find_by_id(id)
            .one(&self.services.db)
            .await
            .expect("a query");
        row.expect("the row")
    }

    pub async fn nudge(&self, jobs: &[JobId]) {
        let urgent = |job: &JobId| Nudge {
            job: *job,
            queue: QueueName::Urgent,
        };
        let nudges: Vec<Nudge> = jobs.iter().map(urgent).collect();
        self.transport.push(&nudges).await.expect("the memory takes ids");
    }

    /// Forgets the ids on their way, as a transport that lost its memory.
    pub async fn lose_nudges(&self) {
        if let Some(all) = NonZeroUsize::new(self.transport.len()) {
            callab_worker::Source::pop(&*self.transport, all, &CancellationToken::new()).await;
        }
    }

    pub fn start(&self, options: Options) -> Running {
        let stop = CancellationToken::new();
        let worker = callab_worker::run(self.services.clone(), self.transport.clone(), options, stop.clone());
        Running {
            stop,
            worker: tokio::spawn(worker),
        }
    }
}

/// A worker that runs.
pub struct Running {
    pub stop: CancellationToken,
    worker: JoinHandle<Result<(), WorkerError>>,
}

impl Running {
    /// Stops the worker; whatever its handlers came to is written then.
    pub async fn stop(self) {
        self.stop.cancel();
        self.stopped().await;
    }

    /// Waits until the worker, told to stop before, has stopped.
    pub async fn stopped(self) {
        soon(self.worker).await.expect("no panic").expect("a clean stop");
    }
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).expect("a time")
}

/// A worker whose timers do not fire during a test, but for the first sweep at its start. Retries wait as long as they may.
pub fn quiet(slots: usize, handlers: Handlers) -> Options {
    Options {
        name: "test".to_owned(),
        slots: NonZeroUsize::new(slots).expect("a slot"),
        stop_within: HOUR,
        sweep_every: HOUR,
        recurring_every: HOUR,
        look_ahead_every: HOUR,
        handlers,
        jitter: Jitter::new(|| 1.0),
    }
}

/// Ends a test that would hang.
pub async fn soon<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(20), future)
        .await
        .expect("this should not have taken so long")
}
