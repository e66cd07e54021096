//! The configuration: read from three layers, checked as a whole, every wrong setting named at once.
//!
//! To add a setting: a line with its comment in `config.default.toml`, a field in its section (`config/connections.rs`,
//! `config/limits.rs` or `config/behaviour.rs`), and, where it depends on another setting, a line in `Config::check`.

mod auth;
mod behaviour;
mod connections;
mod exposed;
mod keys;
mod layers;
mod limits;
mod notifying;
mod reader;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt::{self, Display};
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::Limits;
use domain::jobs::{ConfigureNumber, Job};

pub use auth::{Auth, KeysAt};
pub use behaviour::{Accounts, Agents, Calls, Log, LogFormat, Retention, Worker};
pub use connections::{Database, Graphql, Http, Redis, Twilio};
pub use exposed::Exposed;
pub use layers::DEFAULTS;
pub use limits::RequestLimits;
pub use notifying::{Notifications, Smtp, SmtpLogin, SmtpTls};
use reader::Reader;
use twilio::RetryPolicy;
use vault::KeySource;

/// What running jobs that do not end by themselves need to be handed back, once their time is over.
pub const HAND_BACK: Duration = Duration::from_secs(7);

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// API, webhooks and jobs.
    Everything,
    /// API and webhooks.
    Api,
    /// Jobs.
    Worker,
}

impl Role {
    /// Whether it has the API and the webhooks.
    #[must_use]
    pub fn serves(self) -> bool {
        matches!(self, Self::Everything | Self::Api)
    }

    /// Whether it runs jobs.
    #[must_use]
    pub fn works(self) -> bool {
        matches!(self, Self::Everything | Self::Worker)
    }
}

/// All settings, checked. What each one does stands in `config.default.toml`.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the embedded database, the keys and the lock file are.
    pub data_dir: PathBuf,
    /// `[database]`
    pub database: Database,
    /// `[redis]`
    pub redis: Redis,
    /// `[http]`
    pub http: Http,
    /// `ops.listen`: where health is told apart from the API.
    pub ops_listen: Option<std::net::SocketAddr>,
    /// `[graphql]`
    pub graphql: Graphql,
    /// `[limits]`
    pub requests: RequestLimits,
    /// `[auth]`
    pub auth: Auth,
    /// `[vault]`: where the master keys are; none where they are in the data directory.
    pub keys: Option<KeySource>,
    /// `[twilio]`
    pub twilio: Twilio,
    /// `[agents]`
    pub agents: Agents,
    /// `[calls]`
    pub calls: Calls,
    /// `[accounts]`
    pub accounts: Accounts,
    /// `[notifications]`
    pub notifications: Notifications,
    /// `[smtp]`; none where no mails are sent.
    pub smtp: Option<Smtp>,
    /// `[worker]`
    pub worker: Worker,
    /// `[retention]`
    pub retention: Retention,
    /// `shutdown.within_s`
    pub shutdown_within: Duration,
    /// `[log]`
    pub log: Log,
    /// Secrets of the configuration file that others may read.
    pub exposed: Option<Exposed>,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A layer could not be read at all.
    #[error("could not read the configuration")]
    Unreadable(#[from] config::ConfigError),
    /// Settings that are not known, not well-formed or do not go together: all of them.
    #[error("{} wrong in the configuration:{}", count(.0.len()), lines(.0))]
    Wrong(Vec<WrongSetting>),
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongSetting {
    /// The setting, such as `http.listen`.
    pub name: String,
    /// What is wrong with it. Secrets are not shown.
    pub why: String,
}

impl WrongSetting {
    fn new(name: &str, why: &dyn Display) -> Self {
        Self {
            name: name.to_owned(),
            why: why.to_string(),
        }
    }
}

impl Display for WrongSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let variable = self.name.replace('.', "__").to_uppercase();
        write!(f, "{} (CALLAB__{variable}): {}", self.name, self.why)
    }
}

fn count(wrong: usize) -> String {
    if wrong == 1 {
        "one setting is".to_owned()
    } else {
        format!("{wrong} settings are")
    }
}

fn lines(wrong: &[WrongSetting]) -> String {
    let lines: Vec<String> = wrong.iter().map(|setting| format!("\n  {setting}")).collect();
    lines.concat()
}

/// The variables of this process that are meant as settings: those whose names begin with `CALLAB__`.
#[must_use]
pub fn environment() -> HashMap<String, String> {
    let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    std::env::vars_os()
        .map(|(name, value)| (text(name), text(value)))
        .filter(|(name, _)| name.to_uppercase().starts_with("CALLAB__"))
        .collect()
}

impl Config {
    /// The defaults, overridden by `file`, overridden by `environment` (names such as `CALLAB__HTTP__LISTEN`).
    ///
    /// # Errors
    /// [`ConfigError::Wrong`] with everything that is wrong.
    pub fn load(file: Option<&Path>, environment: HashMap<String, String>) -> Result<Self, ConfigError> {
        let mut unknown = Vec::new();
        let (settings, exposed) = layers::merge(file, environment, &mut unknown)?;
        let mut reader = Reader::new(settings, unknown);
        let config = Self::read(&mut reader).map(|config| Self { exposed, ..config });
        if let Some(config) = &config {
            config.check(&mut reader);
        }
        match (config, reader.into_wrong()) {
            (Some(config), wrong) if wrong.is_empty() => Ok(config),
            (_, wrong) => Err(ConfigError::Wrong(wrong)),
        }
    }

    fn read(reader: &mut Reader) -> Option<Self> {
        let data_dir = reader.parse("data_dir", "a directory");
        let database = Database::read(reader);
        let redis = Redis::read(reader);
        let http = Http::read(reader);
        let ops_listen = reader.optional("ops.listen", "an address and port such as 127.0.0.1:9090");
        let graphql = Graphql::read(reader);
        let requests = RequestLimits::read(reader);
        let auth = Auth::read(reader);
        let keys = keys::read(reader);
        let twilio = Twilio::read(reader);
        let agents = Agents::read(reader);
        let calls = Calls::read(reader);
        let accounts = Accounts::read(reader);
        let notifications = Notifications::read(reader);
        let smtp = Smtp::read(reader);
        let worker = Worker::read(reader);
        let retention = Retention::read(reader);
        let shutdown_within = reader.seconds("shutdown.within_s", 10, 600);
        let log = Log::read(reader);
        Some(Self {
            data_dir: data_dir?,
            database: database?,
            redis: redis?,
            http: http?,
            ops_listen: ops_listen?,
            graphql: graphql?,
            requests: requests?,
            auth: auth?,
            keys: keys?,
            twilio: twilio?,
            agents: agents?,
            calls: calls?,
            accounts: accounts?,
            notifications: notifications?,
            smtp: smtp?,
            worker: worker?,
            retention: retention?,
            shutdown_within: shutdown_within?,
            log: log?,
            exposed: None,
        })
    }

    /// Settings that are right each by itself and do not go together.
    fn check(&self, reader: &mut Reader) {
        let twilio = &self.twilio;
        if twilio.connect_timeout >= twilio.timeout {
            reader.refuse("twilio.connect_timeout_s", "must be shorter than twilio.timeout_s");
        }
        let job = ConfigureNumber::TIMEOUT;
        let repeats = RetryPolicy::default().within;
        if twilio.timeout + repeats >= job {
            let longest = job.saturating_sub(repeats).as_secs();
            let why =
                format_args!("must be shorter than {longest} s, or a job is over before Twilio's silence is noticed");
            reader.refuse("twilio.timeout_s", why);
        }
        let longest = worker::jobs::handlers().longest();
        if self.worker.lease <= longest {
            let why = format_args!(
                "must be longer than {} s, the longest that a job may take: one that hangs is not a dead worker",
                longest.as_secs()
            );
            reader.refuse("worker.lease_s", why);
        } else if self.worker.lease <= self.database.wait {
            reader.refuse(
                "worker.lease_s",
                "must be longer than database.wait_s, or a slow write costs a job its lease",
            );
        }
        if self.accounts.confirm_after >= self.accounts.check_every {
            reader.refuse(
                "accounts.confirm_after_s",
                "must be shorter than accounts.check_every_s",
            );
        }
        if self.redis.url.is_some() && !self.database.is_remote() {
            reader.refuse(
                "redis.url",
                "needs a postgres:// database: the process that works on a file is the only one",
            );
        }
        if self.database.is_remote() && self.keys.is_none() {
            reader.refuse(
                "vault.key_file",
                "has to be set with a database of another machine (callab vault generate), or vault.keys, or vault.key_command",
            );
        }
    }

    /// Checks what a process of this role needs besides: one of many has nothing of its own that others could not know.
    ///
    /// # Errors
    /// [`ConfigError::Wrong`] with everything that is missing.
    pub fn require(&self, role: Role) -> Result<(), ConfigError> {
        if role == Role::Everything {
            return Ok(());
        }
        let needs = [
            (
                !self.database.is_remote(),
                "database.url",
                "has to name a PostgreSQL server, which all processes share (callab up works on a file)",
            ),
            (
                self.redis.url.is_none(),
                "redis.url",
                "has to be set: through it processes tell each other of jobs and events (callab up needs none)",
            ),
            (
                role.serves() && self.auth.hs256_secret.is_none() && self.auth.published_keys.is_none(),
                "auth.hs256_secret",
                "has to be set, or auth.jwks_url: every process must accept the same tokens",
            ),
        ];
        let wrong: Vec<WrongSetting> = needs
            .into_iter()
            .filter(|(is_wrong, ..)| *is_wrong)
            .map(|(_, name, why)| WrongSetting::new(name, &why))
            .collect();
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(ConfigError::Wrong(wrong))
        }
    }

    /// What use cases are allowed how often and how long.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            test_calls_per_hour: self.calls.test_calls_per_hour,
            await_inbound: self.calls.await_inbound,
            test_call: self.calls.test_call,
            echo_lines: self.calls.echo_lines.clone(),
            plain_ws_on_loopback: self.agents.plain_ws_on_loopback,
            check_every: self.accounts.check_every,
            rights_every: self.accounts.rights_every,
            sync_every: self.accounts.sync_every,
            billing_every: self.accounts.billing_every,
            confirm_after: self.accounts.confirm_after,
            previous_token: self.accounts.previous_token,
            lease: self.worker.lease,
            jobs_per_account: self.worker.jobs_per_account,
            keep_jobs: self.retention.jobs,
            keep_routine_jobs: self.retention.routine_jobs,
            keep_events: self.retention.events,
            keep_balances: self.retention.balances,
            keep_usage: self.retention.usage,
            previous_secret: self.notifications.previous_secret,
            keep_notifications: self.retention.notifications,
            status_every: self.twilio.status_every,
            sync_page_size: self.accounts.sync_page_size,
            calls_every: self.calls.sync_every,
            calls_history: self.calls.history,
            calls_per_hour: self.calls.calls_per_hour,
            barred_prefixes: self.calls.barred_prefixes.clone(),
            unusual: self.calls.unusual,
            keep_calls: self.retention.calls,
            keep_alerts: self.retention.alerts,
            keep_configuration: self.retention.configuration,
            unavailable_sentence: self.calls.unavailable_sentence.clone(),
            backup_number: self.calls.backup_number.clone(),
        }
    }
}
