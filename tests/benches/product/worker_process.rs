//! A worker as a process of its own: what a large sync costs it, and how soon another takes over when it is killed.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use callab_tests::Client;
use callab_tests::postgres::PrivatePostgres;
use callab_tests::redis::{PrivateRedis, new_prefix};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use twilio_sim::{AccountSpec, Fault, FaultKind, Match, NumberSpec, Sim, SimAccount, SimOptions};

use crate::figures::{Samples, head};
use crate::start::binary;

const NUMBERS: usize = 10_000;
const PAGES: u32 = 10;
const PAGE_DELAY: Duration = Duration::from_millis(300);
const ROUNDS: usize = 3;

pub async fn run() -> anyhow::Result<()> {
    let postgres = PrivatePostgres::start(&["fsync = on", "synchronous_commit = on", "full_page_writes = on"])?;
    let database = postgres.database("empty", async |_| Ok(())).await?;
    let redis = PrivateRedis::start(&[])?;
    let directory = tempfile::tempdir()?;
    let (sim, sim_url, _serving) = simulated_twilio().await?;
    let installation = Installation::make(directory.path(), database.url(), redis.url(), &sim_url)?;
    installation.run(&["migrate"])?;
    let (_api, url) = installation.api()?;
    let token = installation.run(&["token", "--role", "owner", "--workspace", "bench"])?;
    let http = reqwest::Client::builder().no_proxy().build()?;
    let owner = Client::new(http, format!("{url}/graphql"), token.trim().to_owned());

    head(
        "worker, first sync of 10,000 numbers, 300 ms a page, PostgreSQL",
        "under 1.3 times the sum of the pages, memory under 50 MB above idle",
    );
    let worker = installation.worker()?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let idle = memory(&worker.0, "VmRSS")?;
    let mut syncs = Samples::default();
    for round in 0..ROUNDS {
        let account = account(&sim, round, NUMBERS);
        let job = connect(&owner, &account).await?;
        syncs.push(took(&until_over(&owner, &job).await?)?);
    }
    let most = memory(&worker.0, "VmHWM")?;
    syncs.print("from the job's row to its end");
    let pages = (PAGE_DELAY * PAGES).as_secs_f64();
    println!(
        "  {:.2} times the {pages} s that the pages take",
        syncs.median().as_secs_f64() / pages
    );
    println!("  memory: idle {} MB, at most {} MB", idle / 1024, most / 1024);

    head(
        "worker, takeover after kill -9 in the middle of a job",
        "under 45 s with the defaults",
    );
    let slow = Fault {
        on: Match {
            path: Some("IncomingPhoneNumbers".to_owned()),
            ..Match::default()
        },
        times: Some(1),
        kind: FaultKind::Slow {
            delay: Duration::from_secs(6),
        },
    };
    sim.fail(slow);
    let account = account(&sim, ROUNDS, 10);
    let job = connect(&owner, &account).await?;
    until(&owner, &job, |row| row["state"] == "RUNNING").await?;
    drop(worker); // Killed.
    let killed = Instant::now();
    let _other = installation.worker()?;
    let over = until_over(&owner, &job).await?;
    ensure!(over["attempt"] == 2, "{over}");
    println!(
        "  from the kill to the end of the second attempt: {:.1} s",
        killed.elapsed().as_secs_f64()
    );
    Ok(())
}

async fn simulated_twilio() -> anyhow::Result<(Sim, String, DropGuard)> {
    let mut options = SimOptions::new(|| domain::Clock::now(&domain::SystemClock));
    options.page_delay = PAGE_DELAY;
    let (sim, stop) = (Sim::new(options), CancellationToken::new());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/{{product}}", listener.local_addr()?);
    let (serving, stopped) = (sim.clone(), stop.clone());
    tokio::spawn(async move { serving.serve(listener, stopped).await });
    Ok((sim, url, stop.drop_guard()))
}

fn account(sim: &Sim, round: usize, numbers: usize) -> SimAccount {
    let account = sim.add_account(AccountSpec::default());
    let first = format!("+1415{round}550000");
    sim.add_numbers(&account.sid, &first, numbers, &NumberSpec::default());
    account
}

/// Connects the account and answers the id of the job that reads its numbers.
async fn connect(owner: &Client, account: &SimAccount) -> anyhow::Result<Value> {
    let input = json!({ "accountSid": account.sid, "authToken": account.auth_token, "label": "Large" });
    let connected = owner.done("connectTwilioAccount", "account { id }", input).await;
    let document = "query($id: ID!) { jobs(filter: { accountId: $id }) { nodes { id } } }";
    let jobs = owner.ask(document, json!({ "id": connected["account"]["id"] })).await;
    Ok(jobs["jobs"]["nodes"][0]["id"].clone())
}

async fn until_over(owner: &Client, job: &Value) -> anyhow::Result<Value> {
    until(owner, job, |row| row["state"] == "DONE").await
}

async fn until(owner: &Client, job: &Value, holds: impl Fn(&Value) -> bool) -> anyhow::Result<Value> {
    let document = "query($id: ID!) { job(id: $id) { state attempt createdAt finishedAt lastError } }";
    for _ in 0..2000 {
        let row = owner.ask(document, json!({ "id": job })).await["job"].clone();
        if holds(&row) {
            return Ok(row);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("waited in vain for the job")
}

fn took(job: &Value) -> anyhow::Result<Duration> {
    let at = |field: &str| -> anyhow::Result<chrono::DateTime<chrono::Utc>> {
        Ok(job[field].as_str().context("a time")?.parse()?)
    };
    Ok((at("finishedAt")? - at("createdAt")?).to_std()?)
}

/// A figure of a process's memory, in kilobytes. Source: proc(5), `status`.
fn memory(process: &Child, figure: &str) -> anyhow::Result<u64> {
    let status =
        std::fs::read_to_string(format!("/proc/{}/status", process.id())).context("this machine has no /proc")?;
    let line = status.lines().find_map(|line| line.strip_prefix(&format!("{figure}:")));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    Ok(kilobytes.context("no such figure")?.parse()?)
}

/// The settings of an installation, and its binary.
struct Installation {
    binary: PathBuf,
    settings: Vec<(&'static str, String)>,
}

/// A process that is killed with this value.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill(); // An error only says that it has ended.
        let _ = self.0.wait();
    }
}

impl Installation {
    fn make(directory: &Path, database: &str, redis: &str, twilio: &str) -> anyhow::Result<Self> {
        let key = directory.join("key");
        let mut installation = Self {
            binary: binary()?,
            settings: Vec::new(),
        };
        std::fs::write(&key, installation.run(&["vault", "generate"])?)?;
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600))?;
        installation.settings = vec![
            ("CALLAB__DATABASE__URL", database.to_owned()),
            ("CALLAB__REDIS__URL", redis.to_owned()),
            ("CALLAB__REDIS__PREFIX", new_prefix()),
            ("CALLAB__VAULT__KEY_FILE", key.display().to_string()),
            (
                "CALLAB__AUTH__HS256_SECRET",
                "a secret of this benchmark, and of nobody else".to_owned(),
            ),
            ("CALLAB__TWILIO__BASE_URL", twilio.to_owned()),
            ("CALLAB__HTTP__LISTEN", "127.0.0.1:0".to_owned()),
        ];
        Ok(installation)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .env_clear()
            .envs(self.settings.iter().map(|(name, value)| (*name, value.as_str())))
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.command(arguments).output()?;
        ensure!(output.status.success(), "callab {arguments:?}: {}", output.status);
        Ok(String::from_utf8(output.stdout)?)
    }

    fn api(&self) -> anyhow::Result<(Process, String)> {
        let (process, line) = self.start("api")?;
        let url = line.trim().strip_prefix("callab listens on ").context("no address")?;
        Ok((process, url.to_owned()))
    }

    fn worker(&self) -> anyhow::Result<Process> {
        Ok(self.start("worker")?.0)
    }

    /// Starts a process and answers its first line.
    fn start(&self, role: &str) -> anyhow::Result<(Process, String)> {
        let mut child = Process(self.command(&[role]).stdout(Stdio::piped()).spawn()?);
        let output = child.0.stdout.take().context("its standard output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        Ok((child, line))
    }
}
