//! Jobs on PostgreSQL, which flushes each commit to the disk, and Redis: how soon one starts, how many are done in a second, and
//! what an idle worker costs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use callab_tests::postgres::{PrivateDatabase, PrivatePostgres};
use callab_tests::redis::{PrivateRedis, new_prefix};
use domain::jobs::{Job, QueueName, Worked};
use domain::net::{Outbound, Reachable};
use domain::services::Services;
use domain::{SystemClock, SystemIds, workspaces};
use entity::WorkspaceId;
use migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, Statement};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vault::{MasterKeys, Vault};
use worker::{Handlers, Options, RedisTransport, WorkerError};

use crate::figures::{Samples, head};

const PUSHES: usize = 1000;
const CLIENTS: usize = 32;
const SLOTS: usize = 64;
const JOBS: usize = 60_000;
const TEN_TIMES: usize = 10;
const HUNDRED_THOUSAND: usize = 100_000;
const IDLE: Duration = Duration::from_secs(20);

/// A job that does nothing.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Nothing {
    subject: Uuid,
}

impl Job for Nothing {
    const KIND: &'static str = "bench-nothing";
    const QUEUE: QueueName = QueueName::Urgent;

    fn subject(&self) -> Uuid {
        self.subject
    }
}

pub async fn run() -> anyhow::Result<()> {
    let bench = Bench::start().await?;
    bench.push_to_start().await?;
    bench.throughput().await?;
    bench.idle().await
}

/// What Redis holds over a million jobs.
pub async fn run_a_million() -> anyhow::Result<()> {
    Bench::start().await?.redis_over_a_million().await
}

/// PostgreSQL with every safety on, Redis, and a workspace.
struct Bench {
    database: PrivateDatabase,
    redis: PrivateRedis,
    prefix: String,
    _postgres: PrivatePostgres,
}

impl Bench {
    async fn start() -> anyhow::Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default(); // An error only says that there is one.
        let safe = [
            "fsync = on",
            "synchronous_commit = on",
            "full_page_writes = on",
            "wal_level = replica",
            "max_wal_senders = 10",
            "autovacuum = on",
        ];
        let postgres = PrivatePostgres::start(&safe)?;
        let migrate = async |db: &DatabaseConnection| Ok(Migrator::up(db, None).await?);
        Ok(Self {
            database: postgres.database("jobs", migrate).await?,
            redis: PrivateRedis::start(&[])?,
            prefix: new_prefix(),
            _postgres: postgres,
        })
    }

    /// What a process has: a pool and a transport of its own.
    async fn process(&self, connections: u32) -> anyhow::Result<(Services, Arc<RedisTransport>)> {
        let mut options = ConnectOptions::new(self.database.url());
        options
            .max_connections(connections)
            .min_connections(connections)
            .sqlx_logging(false);
        let transport = Arc::new(RedisTransport::connect(self.redis.client(), &self.prefix));
        let services = Services {
            db: domain::Database::new(Database::connect(options).await?),
            twilio: Arc::new(callab_tests::app::client_of("http://127.0.0.1:9/{product}")?),
            status_page: None,
            vault: Arc::new(Vault::new(MasterKeys::generate())),
            tokens: Arc::default(),
            prices: Arc::default(),
            queue: transport.clone(),
            events: domain::events::Events::default(),
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
            public_url: None,
            outbound: Outbound::new(Reachable::Public)?,
            mailer: None,
            limits: domain::Limits::default(),
            fence: None,
            on_behalf: domain::OnBehalf::default(),
        };
        Ok((services, transport))
    }

    async fn worker(&self, slots: usize, handlers: Handlers) -> anyhow::Result<Worker> {
        let (services, transport) = self.process(16).await?;
        let stop = CancellationToken::new();
        let options = Options {
            slots: slots.try_into()?,
            handlers,
            ..Options::default()
        };
        let running = worker::run(services, transport, options, stop.clone());
        Ok(Worker {
            stop,
            running: tokio::spawn(running),
        })
    }

    async fn push_to_start(&self) -> anyhow::Result<()> {
        head(
            "jobs, push to start: from the begin of the transaction that wants a job to the first line of its handler, one idle worker",
            "p50 under 3 ms, p99 under 15 ms",
        );
        let (started, mut heard) = mpsc::unbounded_channel();
        let handlers = Handlers::default().with(move |_, _: Nothing| {
            let _ = started.send(Instant::now());
            async { Ok(Worked::Done(json!({}))) }
        });
        let worker = self.worker(16, handlers).await?;
        let (services, _transport) = self.process(4).await?;
        let workspace = workspace(&services).await?;
        let (mut whole, mut after_commit) = (Samples::default(), Samples::default());
        for _ in 0..PUSHES {
            let begun = Instant::now();
            push(&services, workspace).await?;
            let committed = Instant::now();
            let at = heard.recv().await.context("the worker runs")?;
            whole.push(at - begun);
            after_commit.push(at.saturating_duration_since(committed));
            tokio::time::sleep(Duration::from_millis(2)).await; // Its end is written meanwhile.
        }
        whole.print("from the begin of the transaction");
        after_commit.print("from the return of the commit");
        self.floors(&services).await?;
        worker.stop().await
    }

    /// The least that a push and a claim can cost: two commits of one row, and two questions to Redis.
    async fn floors(&self, services: &Services) -> anyhow::Result<()> {
        services
            .db
            .execute_unprepared("CREATE TABLE IF NOT EXISTS floor (n INTEGER)")
            .await?;
        let mut connection = self.redis.connection().await?;
        let (mut commit, mut ping) = (Samples::default(), Samples::default());
        for _ in 0..PUSHES {
            commit.time(commit_once(&services.db)).await?;
            let pinged = async { Ok(redis::cmd("PING").query_async::<String>(&mut connection).await?) };
            ping.time(pinged).await?;
        }
        commit.print("  floor: one commit of one row (a job needs two)");
        ping.print("  floor: one question to Redis (a job needs two)");
        Ok(())
    }

    async fn throughput(&self) -> anyhow::Result<()> {
        head(
            "jobs, throughput: 32 clients write each job in a transaction of its own, one worker of 64 slots does nothing with them",
            "at least 3,000 a second",
        );
        let (clients, _transport) = self.process(32).await?;
        let workspace = workspace(&clients).await?;
        self.floor_of_commits(&clients).await?;

        let done = Arc::new(AtomicUsize::new(0));
        let counted = done.clone();
        let handlers = Handlers::default().with(move |_, _: Nothing| {
            counted.fetch_add(1, Ordering::Relaxed);
            async { Ok(Worked::Done(json!({}))) }
        });
        let worker = self.worker(SLOTS, handlers).await?;
        let begun = Instant::now();
        let pushed = at_once(JOBS, || {
            let services = clients.clone();
            async move { push(&services, workspace).await }
        })
        .await?;
        while self.unfinished(&clients).await? > 0 {
            tokio::time::sleep(Duration::from_millis(200)).await; // Counting costs the database, too.
        }
        let took = begun.elapsed();
        ensure!(done.load(Ordering::Relaxed) >= JOBS, "every job was worked");
        println!(
            "  written, claimed, worked and finished: {:.0} a second ({JOBS} jobs in {:.1} s; the last was written after {:.1} s)",
            rate(JOBS, took),
            took.as_secs_f64(),
            pushed.as_secs_f64()
        );
        worker.stop().await
    }

    /// The floor is what Redis holds before the first job, with every process connected.
    async fn redis_over_a_million(&self) -> anyhow::Result<()> {
        head(
            "jobs-million, what Redis holds while and after a million jobs go through one worker of 64 slots",
            "flat",
        );
        let (clients, _transport) = self.process(32).await?;
        let workspace = workspace(&clients).await?;
        let handlers = Handlers::default().with(|_, _: Nothing| async { Ok(Worked::Done(json!({}))) });
        let worker = self.worker(SLOTS, handlers).await?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        println!("  floor: before the first job: {}", self.memory().await?);
        for round in 1..=TEN_TIMES {
            let took = at_once(HUNDRED_THOUSAND, || {
                let services = clients.clone();
                async move { push(&services, workspace).await }
            })
            .await?;
            let written = self.memory().await?;
            while self.unfinished(&clients).await? > 0 {
                tokio::time::sleep(Duration::from_millis(200)).await; // Counting costs the database, too.
            }
            println!(
                "  {round} x 100,000: {written} when the last was written ({:.0} a second), {} when all were done",
                rate(HUNDRED_THOUSAND, took),
                self.memory().await?
            );
        }
        worker.stop().await
    }

    async fn floor_of_commits(&self, clients: &Services) -> anyhow::Result<()> {
        const ROWS: usize = 20_000;
        clients
            .db
            .execute_unprepared("CREATE TABLE IF NOT EXISTS floor (n INTEGER)")
            .await?;
        let took = at_once(ROWS, || {
            let db = clients.db.clone();
            async move { commit_once(&db).await }
        })
        .await?;
        println!(
            "  floor: commits of one row by 32 clients alone: {:.0} a second",
            rate(ROWS, took)
        );
        Ok(())
    }

    async fn unfinished(&self, services: &Services) -> anyhow::Result<i64> {
        let count = "SELECT count(*) AS n FROM job WHERE state IN ('WAITING', 'RUNNING')";
        let row = services
            .db
            .query_one_raw(Statement::from_string(DbBackend::Postgres, count))
            .await?;
        Ok(row.context("a count")?.try_get("", "n")?)
    }

    async fn memory(&self) -> anyhow::Result<String> {
        let mut connection = self.redis.connection().await?;
        let info: String = redis::cmd("INFO").arg("memory").query_async(&mut connection).await?;
        let used = info.lines().find_map(|line| line.strip_prefix("used_memory_human:"));
        Ok(used.context("Redis tells its memory")?.to_owned())
    }

    /// This process does nothing else meanwhile: its processor time is the worker's.
    async fn idle(&self) -> anyhow::Result<()> {
        head("jobs, an idle worker with its timetable", "under 1 % of a core");
        let worker = self.worker(16, worker::jobs::handlers()).await?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let (before, begun) = (processor_time()?, Instant::now());
        tokio::time::sleep(IDLE).await;
        let used = processor_time()?.saturating_sub(before);
        println!(
            "  {:.2} % of a core over {} s",
            100.0 * used.as_secs_f64() / begun.elapsed().as_secs_f64(),
            IDLE.as_secs()
        );
        worker.stop().await
    }
}

struct Worker {
    stop: CancellationToken,
    running: JoinHandle<Result<(), WorkerError>>,
}

impl Worker {
    async fn stop(self) -> anyhow::Result<()> {
        self.stop.cancel();
        Ok(self.running.await??)
    }
}

async fn workspace(services: &Services) -> anyhow::Result<WorkspaceId> {
    Ok(workspaces::of_token(services, "bench", None).await?.id)
}

/// Wants a job, in a transaction of its own.
async fn push(services: &Services, workspace: WorkspaceId) -> anyhow::Result<()> {
    let subject = services.ids.new_id();
    let mut tx = services.begin().await?;
    tx.enqueue(workspace, &Nothing { subject }).await?;
    Ok(tx.commit().await?)
}

async fn commit_once(db: &domain::Database) -> anyhow::Result<()> {
    db.execute_unprepared("INSERT INTO floor VALUES (1)").await?;
    Ok(())
}

/// Has the clients do `count` pieces of work between them, and answers how long it took.
async fn at_once<Work>(count: usize, work: impl Fn() -> Work) -> anyhow::Result<Duration>
where
    Work: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let works: Vec<Work> = (0..count / CLIENTS).map(|_| work()).collect();
        clients.spawn(async move {
            for work in works {
                work.await?;
            }
            anyhow::Ok(())
        });
    }
    let begun = Instant::now();
    while let Some(ended) = clients.join_next().await {
        ended??;
    }
    Ok(begun.elapsed())
}

#[expect(clippy::cast_precision_loss, reason = "a count far below 2^53")]
fn rate(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

/// What this process has used of the processors. Source: proc(5), fields 14 and 15 of `stat`, in hundredths of a second.
fn processor_time() -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").context("this machine has no /proc")?;
    let after_name = stat
        .rsplit(')')
        .next()
        .context("a process's name ends with a bracket")?;
    let ticks: Vec<u64> = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    Ok(Duration::from_millis(10 * ticks.iter().sum::<u64>()))
}
