//! Where the API is, and as whom it is asked.

mod file;
mod keyring;

use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fmt, fs, io};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use crate::connection::{Api, Credentials, Trouble};
use crate::scrub::scrub;
use crate::surroundings::variable;

/// Where `callab demo` leaves what a client needs, below the directory that it was started in.
const DEMO: &str = "data/demo/demo.json";

/// How much of a host fits into the header.
const LONGEST_HOST: usize = 30;

/// An address and a token for it.
#[derive(Debug)]
pub struct Access {
    /// Both.
    pub credentials: Credentials,
    /// The word for the installation.
    pub environment: String,
    /// Where the token is from.
    pub source: Source,
}

/// Where a token is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A running demo's file.
    Demo(PathBuf),
    /// `CALLAB_TOKEN`.
    Environment,
    /// The machine's keyring.
    Keyring,
    /// The file of the last `login`.
    File(PathBuf),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Demo(path) => write!(f, "the demo in {}", path.display()),
            Self::Environment => f.write_str("CALLAB_TOKEN"),
            Self::Keyring => f.write_str("the keyring"),
            Self::File(path) => write!(f, "{}, which only you can read", path.display()),
        }
    }
}

/// Why nobody can be asked.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// No address was given.
    #[error("no API is named: use --url, CALLAB_URL, or --demo beside a running `callab demo`")]
    NoUrl,
    /// It is none.
    #[error("`{0}` is no address: use https://HOST/graphql")]
    NoSuchUrl(String),
    /// A token over an open line could be read by anyone on the way.
    #[error("{0} is not encrypted, and not on this machine: use https")]
    NotEncrypted(Url),
    /// There is nowhere to keep a token.
    #[error("neither XDG_STATE_HOME nor HOME is set: there is nowhere to keep the token")]
    NoHome,
    /// There is no session.
    #[error("not signed in: set CALLAB_TOKEN, or run `callab-console login`")]
    NoToken,
    /// A keyring is there, and does not do what it was asked.
    #[error(
        "the keyring does not give the token ({0}): unlock it, set CALLAB_TOKEN, or run `callab-console login --file`"
    )]
    Locked(String),
    /// The same, when the token was to be forgotten.
    #[error("the keyring may still hold the token ({0}): unlock it, and say `callab-console logout` again")]
    NotForgotten(String),
    /// The demo is not there.
    #[error("no demo runs here ({path}): start one with `cargo run -- demo`")]
    NoDemo {
        /// Where it was looked for.
        path: String,
    },
    /// The token may have been read by somebody else.
    #[error("{} can be read by others: `chmod 600` it, or sign in again", .0.display())]
    OpenToOthers(PathBuf),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
}

#[derive(Deserialize)]
struct DemoJson {
    graphql_url: String,
    tokens: DemoTokens,
}

#[derive(Deserialize)]
struct DemoTokens {
    support: String,
}

impl Access {
    /// Signs in to a running demo as support.
    ///
    /// # Errors
    /// When none runs.
    pub fn demo(path: Option<&Path>) -> Result<Self, AccessError> {
        let path = path.unwrap_or(Path::new(DEMO));
        let no_demo = || AccessError::NoDemo {
            path: path.display().to_string(),
        };
        let text = fs::read_to_string(path).map_err(|_| no_demo())?;
        let demo: DemoJson = serde_json::from_str(&text).map_err(|_| no_demo())?;
        Ok(Self {
            credentials: Credentials {
                url: Url::parse(&demo.graphql_url).map_err(|_| no_demo())?,
                token: demo.tokens.support.into(),
            },
            environment: "DEMO".to_owned(),
            source: Source::Demo(path.to_owned()),
        })
    }

    /// The same, called what the configuration calls its host. Where nobody said what a host is, it stands for itself.
    #[must_use]
    pub fn called(mut self, environments: &BTreeMap<String, String>) -> Self {
        let word = self.credentials.url.host_str().and_then(|host| environments.get(host));
        if let (Some(word), false) = (word, self.is_demo()) {
            self.environment.clone_from(word);
        }
        self
    }

    /// Whether it is a running demo's.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        matches!(self.source, Source::Demo(_))
    }

    /// The API. A demo that begins anew is followed to where it is then.
    ///
    /// # Errors
    /// When no TLS can be had.
    pub fn api(self) -> Result<Api, Trouble> {
        let api = Api::new(self.credentials.url, self.credentials.token)?;
        let Source::Demo(path) = self.source else {
            return Ok(api);
        };
        let reading = move || Self::demo(Some(&path)).ok().map(|demo| demo.credentials);
        Ok(api.read_again(Arc::new(reading)))
    }

    /// The address that was given, and the token of the environment or of the last `login`.
    ///
    /// # Errors
    /// When either is missing, or the line would be open.
    pub fn of(url: Option<&str>) -> Result<Self, AccessError> {
        let url = url.ok_or(AccessError::NoUrl)?;
        let mut url = Url::parse(url).map_err(|_| AccessError::NoSuchUrl(url.to_owned()))?;
        if url.path() == "/" {
            url.set_path("/graphql");
        }
        let is_local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if url.scheme() != "https" && !is_local {
            return Err(AccessError::NotEncrypted(url));
        }
        let (token, source) = match variable("CALLAB_TOKEN") {
            Some(token) => (token.trim().to_owned().into(), Source::Environment),
            None => stored(&url)?.ok_or(AccessError::NoToken)?,
        };
        let environment = if is_local {
            "LOCAL".to_owned()
        } else {
            scrub(url.host_str().unwrap_or_default(), LONGEST_HOST)
        };
        Ok(Self {
            credentials: Credentials { url, token },
            environment,
            source,
        })
    }
}

/// The token of the last `login` for an address: from the file where there is one, as that asks nobody, or else from the keyring.
fn stored(url: &Url) -> Result<Option<(SecretString, Source)>, AccessError> {
    if let Some((token, path)) = file::read(url)? {
        return Ok(Some((token, Source::File(path))));
    }
    let token = keyring::read(&name(url)).map_err(AccessError::Locked)?;
    Ok(token.map(|token| (token, Source::Keyring)))
}

/// What a token is kept under: host and port.
fn name(url: &Url) -> String {
    let port = url.port().map(|port| format!("-{port}")).unwrap_or_default();
    format!("{}{port}", url.host_str().unwrap_or("api"))
}

/// Keeps the token on the first line of the input, for an address: in the keyring, or where there is none, or a file was asked
/// for, in a file that nobody else can read.
///
/// # Errors
/// When there is none, or it cannot be kept.
pub fn login(url: &str, input: &mut impl BufRead, wants_file: bool) -> Result<Source, AccessError> {
    let url = Url::parse(url).map_err(|_| AccessError::NoSuchUrl(url.to_owned()))?;
    let mut token = String::new();
    let read = input.read_line(&mut token);
    read.map_err(|source| AccessError::File {
        path: "standard input".to_owned(),
        source,
    })?;
    let token = SecretString::from(token.trim().to_owned());
    if token.expose_secret().is_empty() {
        return Err(AccessError::NoToken);
    }
    if !wants_file && keyring::keep(&name(&url), &token) {
        file::remove(&url)?; // It would be read in the keyring's place.
        return Ok(Source::Keyring);
    }
    Ok(Source::File(file::keep(&url, &token)?))
}

/// Forgets the token for an address, wherever it is kept.
///
/// # Errors
/// When a file cannot be removed, or the keyring does not let go of it.
pub fn logout(url: &str) -> Result<(), AccessError> {
    let url = Url::parse(url).map_err(|_| AccessError::NoSuchUrl(url.to_owned()))?;
    file::remove(&url)?;
    keyring::forget(&name(&url)).map_err(AccessError::NotForgotten)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_never_goes_over_an_open_line() {
        for url in ["http://byot.callab.example/graphql", "ftp://localhost.example"] {
            assert!(
                matches!(Access::of(Some(url)), Err(AccessError::NotEncrypted(_))),
                "{url}"
            );
        }
        assert!(matches!(Access::of(Some("nothing")), Err(AccessError::NoSuchUrl(_))));
        assert!(matches!(Access::of(None), Err(AccessError::NoUrl)));
    }

    #[test]
    fn an_installation_is_called_what_was_said_of_its_host_and_never_production_by_a_guess() {
        let access = |url: &str, source| Access {
            credentials: Credentials {
                url: Url::parse(url).unwrap(),
                token: SecretString::default(),
            },
            environment: "byot.example".to_owned(),
            source,
        };
        let said = BTreeMap::from([("byot.staging.example".to_owned(), "STAGING".to_owned())]);
        let called = |url, source| access(url, source).called(&said).environment;
        assert_eq!(
            called("https://byot.staging.example/graphql", Source::Keyring),
            "STAGING"
        );
        assert_eq!(called("https://byot.example/graphql", Source::Keyring), "byot.example");
        let demo = Source::Demo(PathBuf::from("demo.json"));
        assert_eq!(called("https://byot.staging.example/graphql", demo), "byot.example");
    }

    #[test]
    fn a_demo_that_does_not_run_is_named() {
        let missing = Access::demo(Some(Path::new("/nowhere/demo.json")));
        assert!(missing.unwrap_err().to_string().contains("/nowhere/demo.json"));
    }
}
