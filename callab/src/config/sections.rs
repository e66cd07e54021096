//! The sections of the configuration. What each setting does stands in `config.default.toml`.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::time::Duration;

use entity::E164;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use tracing_subscriber::EnvFilter;
use twilio::BaseUrl;

use super::reader::Reader;

const A_DAY_S: u64 = 86_400;
const ADDRESS: &str = "an address and port such as 127.0.0.1:8080";
const PHONE_NUMBER: &str = "a phone number such as +14155550123";

/// Fewer bytes than SHA-256 gives make an HMAC weaker. Source: RFC 2104, section 3.
const LEAST_SECRET_BYTES: usize = 32;

/// `[database]`
#[derive(Clone, Debug)]
pub struct Database {
    /// `sqlite:` or `postgres:`; may hold a password. `None` for the file in the data directory.
    pub url: Option<SecretString>,
    /// Connections kept at most.
    pub max_connections: u32,
    /// How long a connection or another writer is waited for.
    pub wait: Duration,
}

impl Database {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let url = reader.text("database.url").and_then(|url| {
            let known = ["", "sqlite:", "postgres:", "postgresql:"];
            let scheme = url.find(':').map_or("", |colon| &url[..=colon]);
            if !known.contains(&scheme) || (scheme.is_empty() && !url.is_empty()) {
                reader.refuse("database.url", "must begin with sqlite: or postgres:"); // It may hold a password: not shown.
                return None;
            }
            Some((!url.is_empty()).then(|| SecretString::from(url)))
        });
        let max_connections = reader.within("database.max_connections", 1, 1000);
        let wait = reader.seconds("database.wait_s", 1, 60);
        Some(Self {
            url: url?,
            max_connections: max_connections?,
            wait: wait?,
        })
    }

    /// Whether it is a PostgreSQL server, as opposed to a file.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        self.url
            .as_ref()
            .is_some_and(|url| url.expose_secret().starts_with("postgres"))
    }
}

/// `[http]`
#[derive(Clone, Debug)]
pub struct Http {
    /// Where the API listens.
    pub listen: SocketAddr,
    /// Where Twilio reaches it, without a slash at its end.
    pub public_url: Option<String>,
}

impl Http {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let listen = reader.parse("http.listen", ADDRESS);
        let public_url = reader
            .optional::<Url>("http.public_url", "an https address")
            .and_then(|url| {
                if let Some(why) = url.as_ref().and_then(unfit_for_twilio) {
                    reader.refuse("http.public_url", why);
                    return None;
                }
                Some(url.map(|url| url.as_str().trim_end_matches('/').to_owned()))
            });
        Some(Self {
            listen: listen?,
            public_url: public_url?,
        })
    }
}

/// Why Twilio could not use the address.
fn unfit_for_twilio(url: &Url) -> Option<&'static str> {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let on_this_machine = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    if url.scheme() != "https" && !(url.scheme() == "http" && on_this_machine) {
        Some("must begin with https:// (http:// is for this machine alone)")
    } else if host.is_empty() || host.contains('_') {
        Some("needs a host name without underscores, which Twilio refuses")
    } else if url.query().is_some()
        || url.fragment().is_some()
        || !url.username().is_empty()
        || url.password().is_some()
    {
        Some("must have no user, password, query or fragment")
    } else {
        None
    }
}

/// `[graphql]`
#[derive(Clone, Copy, Debug)]
pub struct Graphql {
    /// Whether clients may read the schema.
    pub introspection: bool,
}

impl Graphql {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let introspection = reader.parse("graphql.introspection", "true or false");
        Some(Self {
            introspection: introspection?,
        })
    }
}

/// `[auth]`
#[derive(Clone, Debug)]
pub struct Auth {
    /// What tokens are signed with; made on the first start when not set.
    pub hs256_secret: Option<SecretString>,
    /// The audience tokens must name.
    pub audience: Option<String>,
    /// The issuer tokens must name.
    pub issuer: Option<String>,
}

impl Auth {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let hs256_secret = reader.text("auth.hs256_secret").and_then(|secret| {
            if !secret.is_empty() && secret.len() < LEAST_SECRET_BYTES {
                reader.refuse(
                    "auth.hs256_secret",
                    format_args!("must have {LEAST_SECRET_BYTES} bytes or more"),
                );
                return None;
            }
            Some((!secret.is_empty()).then(|| SecretString::from(secret)))
        });
        let audience = reader.optional("auth.audience", "a text");
        let issuer = reader.optional("auth.issuer", "a text");
        Some(Self {
            hs256_secret: hs256_secret?,
            audience: audience?,
            issuer: issuer?,
        })
    }
}

/// `[twilio]`
#[derive(Clone, Debug)]
pub struct Twilio {
    /// Where Twilio is.
    pub base_url: BaseUrl,
    /// For making a connection.
    pub connect_timeout: Duration,
    /// For one request in all.
    pub timeout: Duration,
    /// Requests at the same time for one account.
    pub max_in_flight: usize,
}

impl Twilio {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let base_url = reader.text("twilio.base_url").and_then(|text| {
            BaseUrl::parse(&text)
                .map_err(|error| reader.refuse("twilio.base_url", error))
                .ok()
        });
        let connect_timeout = reader.seconds("twilio.connect_timeout_s", 1, 60);
        let timeout = reader.seconds("twilio.timeout_s", 1, 120);
        let max_in_flight = reader.within("twilio.max_in_flight", 1, 100);
        Some(Self {
            base_url: base_url?,
            connect_timeout: connect_timeout?,
            timeout: timeout?,
            max_in_flight: max_in_flight?,
        })
    }
}

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
        Some(Self {
            unavailable_sentence: unavailable_sentence?,
            backup_number: backup_number?,
            echo_lines: echo_lines?,
            test_calls_per_hour: test_calls_per_hour?,
            test_call: test_call?,
            await_inbound: await_inbound?,
        })
    }
}

/// `[accounts]`
#[derive(Clone, Copy, Debug)]
pub struct Accounts {
    /// Between two checks of credentials.
    pub check_every: Duration,
    /// Between two readings of the numbers.
    pub sync_every: Duration,
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
        let sync_every = reader.seconds("accounts.sync_every_s", 60, A_DAY_S);
        let confirm_after = reader.seconds("accounts.confirm_after_s", 1, 600);
        let previous_token = reader.seconds("accounts.previous_token_s", 0, A_DAY_S);
        let sync_page_size = reader.within("accounts.sync_page_size", 1, 1000);
        Some(Self {
            check_every: check_every?,
            sync_every: sync_every?,
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
        let sweep_every = reader.seconds("worker.sweep_every_s", 1, 600);
        let recurring_every = reader.seconds("worker.recurring_every_s", 1, 600);
        let look_ahead_every = reader.seconds("worker.look_ahead_every_s", 1, 60);
        Some(Self {
            slots: slots?,
            lease: lease?,
            sweep_every: sweep_every?,
            recurring_every: recurring_every?,
            look_ahead_every: look_ahead_every?,
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
                reader.refuse("log.format", format_args!("must be text or json, not {text:?}"));
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
