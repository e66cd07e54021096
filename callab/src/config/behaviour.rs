//! The sections that say how the process behaves. What each setting does stands in `config.default.toml`.

use std::num::NonZeroUsize;
use std::time::Duration;

use domain::calls::unusual::Thresholds;
use entity::E164;
use tracing_subscriber::EnvFilter;

use super::reader::Reader;

const A_DAY_S: u64 = 86_400;
const PHONE_NUMBER: &str = "a phone number such as +14155550123";

/// `[agents]`
#[derive(Clone, Copy, Debug)]
pub struct Agents {
    /// Whether an endpoint may be `ws://` on this machine.
    pub plain_ws_on_loopback: bool,
}

impl Agents {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let plain_ws_on_loopback = reader.parse("agents.plain_ws_on_loopback", "true or false");
        Some(Self {
            plain_ws_on_loopback: plain_ws_on_loopback?,
        })
    }
}

/// `[calls]`
#[derive(Clone, Debug)]
pub struct Calls {
    /// What a caller hears when no agent can take the call.
    pub unavailable_sentence: String,
    /// The number that takes the call then.
    pub backup_number: Option<E164>,
    /// Numbers that any test call may go to.
    pub echo_lines: Vec<E164>,
    /// Of one number.
    pub test_calls_per_hour: u32,
    /// How long an outbound test is followed.
    pub test_call: Duration,
    /// How long a test waits for the customer to call.
    pub await_inbound: Duration,
    /// Between two readings of Twilio's call log.
    pub sync_every: Duration,
    /// How far back it is read for the first time.
    pub history: Duration,
    /// Calls that an agent may place, of one number in an hour.
    pub calls_per_hour: u32,
    /// What numbers begin with that agents may not call.
    pub barred_prefixes: Vec<String>,
    /// From when on activity is unusual.
    pub unusual: Thresholds,
}

impl Calls {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let unavailable_sentence = reader.text("calls.unavailable_sentence");
        if unavailable_sentence.as_ref().is_some_and(String::is_empty) {
            reader.refuse(
                "calls.unavailable_sentence",
                "a sentence is needed: callers must not hear a dead line",
            );
        }
        let backup_number = reader.optional("calls.backup_number", PHONE_NUMBER);
        let echo_lines = reader.list("calls.echo_lines", PHONE_NUMBER);
        let test_calls_per_hour = reader.within("calls.test_calls_per_hour", 1, 1000);
        let test_call = reader.seconds("calls.test_call_s", 10, 3600);
        let await_inbound = reader.seconds("calls.await_inbound_s", 10, 3600);
        let sync_every = reader.seconds("calls.sync_every_s", 60, A_DAY_S);
        let history = reader.within("calls.history_days", 1, 90);
        let calls_per_hour = reader.within("calls.calls_per_hour", 1, 100_000);
        let barred_prefixes: Option<Vec<Prefix>> =
            reader.list("calls.barred_prefixes", "the beginning of a number such as +1900");
        let unusual = read_unusual(reader);
        Some(Self {
            unavailable_sentence: unavailable_sentence?,
            backup_number: backup_number?,
            echo_lines: echo_lines?,
            test_calls_per_hour: test_calls_per_hour?,
            test_call: test_call?,
            await_inbound: await_inbound?,
            sync_every: sync_every?,
            history: Duration::from_hours(24 * history?),
            calls_per_hour: calls_per_hour?,
            barred_prefixes: barred_prefixes?.into_iter().map(|prefix| prefix.0).collect(),
            unusual: unusual?,
        })
    }
}

fn read_unusual(reader: &mut Reader) -> Option<Thresholds> {
    let burst_calls = reader.within("calls.unusual_burst_calls", 1, 1_000_000);
    let burst_failures = reader.within("calls.unusual_burst_failures", 1, 1_000_000);
    let burst_factor = reader.within("calls.unusual_burst_factor", 1, 1000);
    let expensive_per_minute = reader.parse("calls.unusual_price_per_minute", "a price such as 0.50");
    let outside_calls = reader.within("calls.unusual_outside_calls", 1, 1_000_000);
    Some(Thresholds {
        burst_calls: burst_calls?,
        burst_failures: burst_failures?,
        burst_factor: burst_factor?,
        expensive_per_minute: expensive_per_minute?,
        outside_calls: outside_calls?,
    })
}

/// What phone numbers begin with: `+` and one to fifteen digits.
#[derive(Clone, Debug)]
struct Prefix(String);

impl std::str::FromStr for Prefix {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix('+').unwrap_or_default();
        if (1..=15).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err("it is not + and digits")
        }
    }
}

/// `[accounts]`
#[derive(Clone, Copy, Debug)]
pub struct Accounts {
    /// Between two checks of credentials.
    pub check_every: Duration,
    /// Between two checks of all rights.
    pub rights_every: Duration,
    /// Between two readings of the numbers.
    pub sync_every: Duration,
    /// Between two readings of balance and usage.
    pub billing_every: Duration,
    /// Until rejected credentials are asked once more.
    pub confirm_after: Duration,
    /// For webhooks signed with the token before.
    pub previous_token: Duration,
    /// Numbers asked for in one request.
    pub sync_page_size: u16,
}

impl Accounts {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let check_every = reader.seconds("accounts.check_every_s", 10, A_DAY_S);
        let rights_every = reader.seconds("accounts.rights_every_s", 60, A_DAY_S);
        let sync_every = reader.seconds("accounts.sync_every_s", 60, A_DAY_S);
        let billing_every = reader.seconds("accounts.billing_every_s", 60, A_DAY_S);
        let confirm_after = reader.seconds("accounts.confirm_after_s", 1, 600);
        let previous_token = reader.seconds("accounts.previous_token_s", 0, A_DAY_S);
        let sync_page_size = reader.within("accounts.sync_page_size", 1, 1000);
        Some(Self {
            check_every: check_every?,
            rights_every: rights_every?,
            sync_every: sync_every?,
            billing_every: billing_every?,
            confirm_after: confirm_after?,
            previous_token: previous_token?,
            sync_page_size: sync_page_size?,
        })
    }
}

/// `[worker]`
#[derive(Clone, Copy, Debug)]
pub struct Worker {
    /// Jobs at the same time.
    pub slots: NonZeroUsize,
    /// How long a worker is trusted without a sign.
    pub lease: Duration,
    /// Jobs of one Twilio account at the same time.
    pub jobs_per_account: u32,
    /// Between two searches for lost jobs.
    pub sweep_every: Duration,
    /// Between two searches for accounts that are due.
    pub recurring_every: Duration,
    /// How late a delayed job of another process may start.
    pub look_ahead_every: Duration,
}

impl Worker {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let slots = reader.within(
            "worker.slots",
            NonZeroUsize::MIN,
            const { NonZeroUsize::new(1000).unwrap() },
        );
        let lease = reader.seconds("worker.lease_s", 5, 600);
        let jobs_per_account = reader.within("worker.jobs_per_account", 1, 100);
        let sweep_every = reader.seconds("worker.sweep_every_s", 1, 600);
        let recurring_every = reader.seconds("worker.recurring_every_s", 1, 600);
        let look_ahead_every = reader.seconds("worker.look_ahead_every_s", 1, 60);
        Some(Self {
            slots: slots?,
            lease: lease?,
            jobs_per_account: jobs_per_account?,
            sweep_every: sweep_every?,
            recurring_every: recurring_every?,
            look_ahead_every: look_ahead_every?,
        })
    }
}

/// `[retention]`
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// Of jobs that are over.
    pub jobs: Duration,
    /// Of those that nobody waited for and that went well.
    pub routine_jobs: Duration,
    /// Of events.
    pub events: Duration,
    /// Of past balances.
    pub balances: Duration,
    /// Of the usage of past days.
    pub usage: Duration,
    /// Of notifications.
    pub notifications: Duration,
    /// Of calls with their steps, and of test calls.
    pub calls: Duration,
    /// Of entries of Twilio's error log.
    pub alerts: Duration,
    /// Of changes of how calls are set up.
    pub configuration: Duration,
}

impl Retention {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let jobs = reader.within("retention.jobs_days", 1, 3650);
        let routine_jobs = reader.within("retention.routine_jobs_hours", 1, 87_600);
        let events = reader.within("retention.events_days", 1, 3650);
        let balances = reader.within("retention.balances_days", 1, 3650);
        let usage = reader.within("retention.usage_days", 62, 3650);
        let notifications = reader.within("retention.notifications_days", 1, 3650);
        let calls = reader.within("retention.calls_days", 1, 3650);
        let alerts = reader.within("retention.alerts_days", 1, 3650);
        let configuration = reader.within("retention.configuration_days", 1, 3650);
        Some(Self {
            jobs: Duration::from_hours(24 * jobs?),
            routine_jobs: Duration::from_hours(routine_jobs?),
            events: Duration::from_hours(24 * events?),
            balances: Duration::from_hours(24 * balances?),
            usage: Duration::from_hours(24 * usage?),
            notifications: Duration::from_hours(24 * notifications?),
            calls: Duration::from_hours(24 * calls?),
            alerts: Duration::from_hours(24 * alerts?),
            configuration: Duration::from_hours(24 * configuration?),
        })
    }
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Json,
}

/// `[log]`
#[derive(Clone, Debug)]
pub struct Log {
    /// How.
    pub format: LogFormat,
    /// What, in the words of `EnvFilter`.
    pub filter: String,
}

impl Log {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let format = reader.text("log.format").and_then(|text| match text.as_str() {
            "text" => Some(LogFormat::Text),
            "json" => Some(LogFormat::Json),
            _ => {
                reader.refuse("log.format", "must be text or json");
                None
            }
        });
        let filter = reader
            .text("log.filter")
            .and_then(|text| match EnvFilter::try_new(&text) {
                Ok(_) => Some(text),
                Err(error) => {
                    reader.refuse("log.filter", error);
                    None
                }
            });
        Some(Self {
            format: format?,
            filter: filter?,
        })
    }
}
