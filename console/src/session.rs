//! Where the API is, and as whom it is asked.

use std::io::{BufRead, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::{fs, io};

use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use crate::surroundings::variable;

/// Where `callab demo` leaves what a client needs, below the directory that it was started in.
const DEMO: &str = "data/demo/demo.json";

/// An address and a token for it.
#[derive(Debug)]
pub struct Access {
    /// The API's GraphQL address.
    pub url: Url,
    /// Who asks.
    pub token: SecretString,
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
    /// The file of the last `login`.
    File(PathBuf),
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
    /// There is no session.
    #[error("not signed in: set CALLAB_TOKEN, or run `callab-console login`")]
    NoToken,
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
            url: Url::parse(&demo.graphql_url).map_err(|_| no_demo())?,
            token: demo.tokens.support.into(),
            environment: "DEMO".to_owned(),
            source: Source::Demo(path.to_owned()),
        })
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
            "PROD".to_owned()
        };
        Ok(Self {
            url,
            token,
            environment,
            source,
        })
    }
}

/// Where the token for an address is kept.
fn token_file(url: &Url) -> Option<PathBuf> {
    let state = variable("XDG_STATE_HOME").map(PathBuf::from);
    let state = state.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".local/state")))?;
    let port = url.port().map(|port| format!("-{port}")).unwrap_or_default();
    Some(
        state
            .join("callab-console")
            .join(format!("{}{port}.token", url.host_str().unwrap_or("api"))),
    )
}

fn stored(url: &Url) -> Result<Option<(SecretString, Source)>, AccessError> {
    let Some(path) = token_file(url) else { return Ok(None) };
    let is_open = fs::metadata(&path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0);
    if is_open {
        return Err(AccessError::OpenToOthers(path));
    }
    match fs::read_to_string(&path) {
        Ok(token) => Ok(Some((token.trim().to_owned().into(), Source::File(path)))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(AccessError::File {
            path: path.display().to_string(),
            source,
        }),
    }
}

/// Keeps the token on the first line of the input, for an address, in a file that nobody else can read.
///
/// # Errors
/// When there is none, or it cannot be kept.
pub fn login(url: &str, input: &mut impl BufRead) -> Result<PathBuf, AccessError> {
    let url = Url::parse(url).map_err(|_| AccessError::NoSuchUrl(url.to_owned()))?;
    let path = token_file(&url).ok_or(AccessError::NoToken)?;
    let file = |source| AccessError::File {
        path: path.display().to_string(),
        source,
    };
    let mut token = String::new();
    input.read_line(&mut token).map_err(file)?;
    let token = token.trim();
    if token.is_empty() {
        return Err(AccessError::NoToken);
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(file)?;
    }
    let _ = fs::remove_file(&path); // One that was there may be open to others.
    let opened = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path);
    opened
        .and_then(|mut kept| kept.write_all(token.as_bytes()))
        .map_err(file)?;
    Ok(path)
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
    fn a_demo_that_does_not_run_is_named() {
        let missing = Access::demo(Some(Path::new("/nowhere/demo.json")));
        assert!(missing.unwrap_err().to_string().contains("/nowhere/demo.json"));
    }
}
