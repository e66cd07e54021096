//! The sections that say what the process is connected to. What each setting does stands in `config.default.toml`.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use api::{Origin, Proxy, TrustedProxies};
use redis::IntoConnectionInfo;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use twilio::{BaseUrl, StatusPageUrl};

use super::reader::Reader;

const ADDRESS: &str = "an address and port such as 127.0.0.1:8080";

/// The longest prefix of keys: it is in every one of them.
const LONGEST_PREFIX: usize = 64;

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
            // The library's own complaint would repeat it.
            if scheme.starts_with("postgres") && Url::parse(&url).is_err() {
                reader.refuse(
                    "database.url",
                    "must be an address such as postgres://user:password@host/database, with a special character of the password as %XX",
                );
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

/// `[redis]`
#[derive(Clone, Debug)]
pub struct Redis {
    /// `redis:` or `rediss:`; may hold a password. `None` where one process does everything.
    pub url: Option<SecretString>,
    /// What every key begins with.
    pub prefix: String,
}

impl Redis {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let url = reader.text("redis.url").and_then(|url| {
            // What follows a # would turn the check of certificates off.
            let has_form = (url.starts_with("redis://") || url.starts_with("rediss://")) && !url.contains('#');
            let is_fit = has_form && url.as_str().into_connection_info().is_ok();
            if !url.is_empty() && !is_fit {
                let why = "must be an address such as redis://host:6379, or rediss://host:6379 for TLS";
                reader.refuse("redis.url", why); // It may hold a password: not shown.
                return None;
            }
            Some((!url.is_empty()).then(|| SecretString::from(url)))
        });
        let prefix = reader.text("redis.prefix").and_then(|prefix| {
            let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b":._-".contains(&byte);
            if prefix.is_empty() || prefix.len() > LONGEST_PREFIX || !prefix.bytes().all(is_fit) {
                let why = format_args!("must be 1 to {LONGEST_PREFIX} of the characters A-Z a-z 0-9 : . _ -");
                reader.refuse("redis.prefix", why);
                return None;
            }
            Some(prefix)
        });
        Some(Self {
            url: url?,
            prefix: prefix?,
        })
    }
}

/// `[http]`
#[derive(Clone, Debug)]
pub struct Http {
    /// Where the API listens.
    pub listen: SocketAddr,
    /// Where Twilio reaches it, without a slash at its end.
    pub public_url: Option<String>,
    /// Pages of which other origins may use the API from a browser.
    pub allowed_origins: Vec<Origin>,
    /// Whose word counts about who asks.
    pub trusted_proxies: TrustedProxies,
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
        let allowed_origins = reader.list(
            "http.allowed_origins",
            "an exact origin such as https://app.callab.example (https, or http on this machine; no path, no slash, no *)",
        );
        let trusted_proxies = trusted_proxies(reader);
        Some(Self {
            listen: listen?,
            public_url: public_url?,
            allowed_origins: allowed_origins?,
            trusted_proxies: trusted_proxies?,
        })
    }
}

fn trusted_proxies(reader: &mut Reader) -> Option<TrustedProxies> {
    const NAME: &str = "http.trusted_proxies";
    let texts: Vec<String> = reader.list(NAME, "a network")?;
    let read = |(at, text): (usize, &String)| {
        let proxy = text.parse::<Proxy>();
        // Told by its place: what stands in a wrong setting is not repeated.
        proxy
            .map_err(|why| reader.refuse(NAME, format_args!("entry {} is {why}", at + 1)))
            .ok()
    };
    // All of them are looked at, so that every wrong one is told.
    let proxies: Vec<Option<Proxy>> = texts.iter().enumerate().map(read).collect();
    proxies.into_iter().collect()
}

/// Whether nobody on the way can read or change what is sent: TLS, or no way at all.
pub(super) fn is_safe(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let on_this_machine = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    url.scheme() == "https" || (url.scheme() == "http" && on_this_machine)
}

/// Why Twilio could not use the address.
fn unfit_for_twilio(url: &Url) -> Option<&'static str> {
    let host = url.host_str().unwrap_or_default();
    if !is_safe(url) {
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
#[derive(Clone, Debug)]
pub struct Graphql {
    /// Whether clients may read the schema.
    pub introspection: bool,
    /// How many sockets one person may have at the same time.
    pub sockets_per_person: usize,
    /// How many operations one socket may have at the same time.
    pub operations_per_socket: usize,
    /// The file of the only documents that are carried out; none for any.
    pub allowed_documents: Option<PathBuf>,
}

impl Graphql {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let introspection = reader.parse("graphql.introspection", "true or false");
        let sockets_per_person = reader.within("graphql.sockets_per_person", 1, 10_000);
        let operations_per_socket = reader.within("graphql.operations_per_socket", 1, 1000);
        let allowed_documents = reader.optional("graphql.allowed_documents", "a file");
        Some(Self {
            introspection: introspection?,
            sockets_per_person: sockets_per_person?,
            operations_per_socket: operations_per_socket?,
            allowed_documents: allowed_documents?,
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
    /// The file of the keys that Twilio signs webhooks with in the place of tokens; none where there are none.
    pub shared_keys_file: Option<PathBuf>,
    /// Where the status page is; none where it is not read.
    pub status_url: Option<StatusPageUrl>,
    /// Between two readings of it.
    pub status_every: Duration,
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
        let shared_keys_file = reader.optional("twilio.shared_keys_file", "a file");
        let status_url = reader.optional("twilio.status_url", "the address of a status page");
        let status_every = reader.seconds("twilio.status_every_s", 60, 3600);
        Some(Self {
            base_url: base_url?,
            connect_timeout: connect_timeout?,
            timeout: timeout?,
            max_in_flight: max_in_flight?,
            shared_keys_file: shared_keys_file?,
            status_url: status_url?,
            status_every: status_every?,
        })
    }
}
