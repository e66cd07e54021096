//! Secrets in a configuration file that others than its owner may use.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use reqwest::Url;

use super::WrongSetting;
use super::layers::Flat;

/// The master keys: a file that holds them is as closed as a key file, or nothing starts.
const KEYS: &str = "vault.keys";

/// A configuration file that sets secrets and is open to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposed {
    /// The file.
    pub path: PathBuf,
    /// Its permission bits.
    pub mode: u32,
    /// The names of the settings whose values are secrets, or hold one.
    pub settings: Vec<String>,
}

impl Exposed {
    /// Looks at the file and at what it sets; none where there is nothing to hide, or nobody to hide it from.
    pub(super) fn of(path: &Path, file: &Flat) -> Option<Self> {
        let mode = fs::metadata(path).ok()?.permissions().mode() & 0o777;
        let settings: Vec<String> = file
            .iter()
            .filter(|(name, value)| holds_secret(name, &(*value).clone().into_string().unwrap_or_default()))
            .map(|(name, _)| name.clone())
            .collect();
        (mode & 0o077 != 0 && !settings.is_empty()).then(|| Self {
            path: path.to_owned(),
            mode,
            settings,
        })
    }

    /// What is wrong with it, where the file holds master keys.
    pub(super) fn wrong(&self) -> Option<WrongSetting> {
        let path = self.path.display();
        let why = format_args!(
            "{path} has mode {:04o} and is open to others than its owner: run chmod 600 on it",
            self.mode
        );
        self.settings
            .iter()
            .any(|name| name == KEYS)
            .then(|| WrongSetting::new(KEYS, &why))
    }

    /// Tells the log.
    pub fn warn(&self) {
        let (path, settings) = (self.path.display(), self.settings.join(", "));
        tracing::warn!(
            "the configuration {path} has mode {:04o}, so others may read {settings}: chmod 600 it",
            self.mode
        );
    }
}

fn holds_secret(name: &str, value: &str) -> bool {
    match name {
        "auth.hs256_secret" | KEYS => !value.trim().is_empty(),
        "database.url" | "redis.url" => Url::parse(value.trim()).is_ok_and(|url| {
            url.password().is_some() || url.query_pairs().any(|(name, _)| name.eq_ignore_ascii_case("password"))
        }),
        _ => false,
    }
}
