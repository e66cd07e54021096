//! Redis for tests: a server of the tests' own.
//!
//! The machine's own instance is never touched. `tests/run` starts one server for all test binaries and names it in
//! `CALLAB_TEST_REDIS_URL`; a plain `cargo test` starts one for each test process that asks. Tests that share a server use keys
//! under [`new_prefix`]; a test that takes the server away or empties it starts its own. Either way the server is run by
//! `tests/lib/private-redis`, and like PostgreSQL's ([`crate::postgres`]) it ends with the process that holds it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, bail};
use domain::{Ids as _, SystemIds};
use redis::Client;
use redis::aio::MultiplexedConnection;
use tokio::sync::OnceCell;

#[cfg(test)]
mod tests;

/// The script that runs a server for as long as its standard input is open.
const RUN_SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/lib/private-redis");

/// Names the server to use instead of starting one.
const SHARED_SERVER: &str = "CALLAB_TEST_REDIS_URL";

/// A Redis server for tests, version 7 or later. One that was started here ends with this value.
#[derive(Debug)]
pub struct PrivateRedis {
    url: String,
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

/// What the names of a test's keys begin with on a shared server: a prefix that no other test has, nor will have.
#[must_use]
pub fn new_prefix() -> String {
    format!("test-{}", SystemIds.new_id())
}

impl PrivateRedis {
    /// The server all tests of this process share: the one `CALLAB_TEST_REDIS_URL` names, or else one started at the first call.
    ///
    /// # Errors
    /// As [`PrivateRedis::start`].
    pub async fn shared() -> anyhow::Result<&'static Self> {
        static SERVER: OnceCell<PrivateRedis> = OnceCell::const_new();
        SERVER.get_or_try_init(|| async { Self::named_or_started() }).await
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the test runner can only speak through the environment"
    )]
    fn named_or_started() -> anyhow::Result<Self> {
        match std::env::var(SHARED_SERVER) {
            Ok(url) => Ok(Self { url, supervisor: None }),
            Err(_) => Self::start(&[]),
        }
    }

    /// Starts a server. It listens on a free port of this machine, asks for a password of its own, and keeps nothing on disk.
    ///
    /// `settings` are further lines of its `redis.conf`, such as `"maxmemory 1mb"`, and win over those.
    ///
    /// # Errors
    /// When the machine has no Redis 7 or later, or the server does not start; standard error says why.
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
        Ok(Self {
            url,
            supervisor: Some(Mutex::new(supervisor)),
        })
    }

    /// Where to connect, as `redis://:password@host:port`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What connects to it.
    ///
    /// # Panics
    /// When the shared server's address is none.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::open(self.url()).expect("the address of a Redis")
    }

    /// A connection of the test's own, to look into the server and to change what is there.
    ///
    /// # Errors
    /// When there is no connection to be had.
    pub async fn connection(&self) -> anyhow::Result<MultiplexedConnection> {
        Ok(self.client().get_multiplexed_async_connection().await?)
    }

    /// Ends the server at once, as a crash would. Its address stays its own.
    ///
    /// # Errors
    /// When it is not this process's to end, as with all orders.
    pub fn kill(&self) -> anyhow::Result<()> {
        self.order("kill")
    }

    /// Starts the server again after [`PrivateRedis::kill`], on the same address and with nothing in it.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_again(&self) -> anyhow::Result<()> {
        self.order("start")
    }

    /// Stops the server from answering; connections stay, and new ones can be made.
    ///
    /// # Errors
    /// As [`PrivateRedis::kill`].
    pub fn freeze(&self) -> anyhow::Result<()> {
        self.order("freeze")
    }

    /// Lets the server go on after [`PrivateRedis::freeze`].
    ///
    /// # Errors
    /// As [`PrivateRedis::kill`].
    pub fn thaw(&self) -> anyhow::Result<()> {
        self.order("thaw")
    }

    /// Empties the server.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn flush(&self) -> anyhow::Result<()> {
        let mut connection = self.connection().await?;
        Ok(redis::cmd("FLUSHALL").query_async(&mut connection).await?)
    }

    fn order(&self, order: &str) -> anyhow::Result<()> {
        let supervisor = self.supervisor.as_ref().context("the server is shared by all tests")?;
        let mut supervisor = supervisor.lock().unwrap_or_else(PoisonError::into_inner);
        let orders = supervisor
            .orders
            .as_mut()
            .context("the script takes no orders any more")?;
        writeln!(orders, "{order}").with_context(|| format!("could not {order} the server"))?;
        let answer = supervisor.answer()?;
        if answer != "done" {
            bail!("{RUN_SERVER} answered {answer:?} to the order {order}");
        }
        Ok(())
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
            bail!("no Redis runs: {RUN_SERVER} ended with {status}");
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
