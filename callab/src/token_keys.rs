//! From `[auth]` to what verifies tokens: a secret that the web app and Callab share, or keys that an identity provider publishes.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use api::auth::{FetchKeys, Hs256, PublishedKeys, TokenVerifier};
use api::health::Dependency;
use async_trait::async_trait;
use reqwest::Url;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, KeysAt};
use crate::small_answer::SmallAnswers;
use crate::{data_dir, secret_file};

/// A key is a few hundred bytes.
const MOST_BYTES: usize = 256 * 1024;

/// What readiness calls them.
const DEPENDENCY: &str = "token keys";

/// What verifies tokens.
#[derive(Clone, Debug)]
pub struct TokenKeys {
    verifier: TokenVerifier,
    published: Option<(Arc<PublishedKeys>, Duration)>,
}

/// An identity provider's JWK Set, over HTTP.
#[derive(Debug)]
struct KeyServer {
    url: Url,
    answers: SmallAnswers,
}

#[async_trait]
impl FetchKeys for KeyServer {
    async fn fetch(&self) -> Result<String, String> {
        self.answers.fetch(self.url.as_str()).await
    }
}

impl TokenKeys {
    /// Those of the configuration. Published ones are not read yet: see [`Self::keep_fresh`].
    ///
    /// # Errors
    /// When the file of the secret cannot be read or made, or no HTTP client can be set up.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let Some(at) = &config.auth.published_keys else {
            let verifier = TokenVerifier::hs256(&shared_secret(config)?);
            return Ok(Self {
                verifier,
                published: None,
            });
        };
        let keys = Arc::new(published(at)?);
        let (audience, issuer) = &at.of;
        Ok(Self {
            verifier: TokenVerifier::published(keys.clone(), audience, issuer),
            published: Some((keys, at.every)),
        })
    }

    /// What verifies tokens.
    #[must_use]
    pub fn verifier(&self) -> TokenVerifier {
        self.verifier.clone()
    }

    /// How readiness tells of them: `away` until published keys were read once, `stale` where they could not be read three times in
    /// a row; nothing where a secret is shared.
    #[must_use]
    pub fn dependency(&self) -> Option<Dependency> {
        let (keys, every) = self.published.clone()?;
        Some(Dependency::told(DEPENDENCY, move || {
            std::future::ready(word(keys.age(), every))
        }))
    }

    /// Reads published keys again and again, until `stop`.
    pub async fn keep_fresh(&self, stop: CancellationToken) {
        if let Some((keys, every)) = &self.published {
            keys.keep_fresh(*every, stop).await;
        }
    }
}

/// Of keys that were read so long ago, and are read every `every`.
fn word(age: Option<Duration>, every: Duration) -> &'static str {
    match age {
        None => "away",
        Some(age) if age > 3 * every => "stale",
        Some(_) => "ok",
    }
}

fn published(at: &KeysAt) -> anyhow::Result<PublishedKeys> {
    let answers = SmallAnswers::new(MOST_BYTES).context("could not set up the HTTP client for auth.jwks_url")?;
    let server = KeyServer {
        url: at.url.clone(),
        answers,
    };
    Ok(PublishedKeys::new(Arc::new(server), at.algorithm))
}

/// What tokens are signed with: the configured secret, or the one in the data directory, made on the first start.
///
/// # Errors
/// When the file of the secret cannot be read or made, or tokens are signed elsewhere.
pub fn shared_secret(config: &Config) -> anyhow::Result<Hs256> {
    if config.auth.published_keys.is_some() {
        anyhow::bail!("auth.jwks_url is set: tokens are signed by your identity provider, with a key that only it has");
    }
    let secret = match &config.auth.hs256_secret {
        Some(secret) => secret.clone(),
        None => secret_file::read_or_make(&data_dir::token_secret(&config.data_dir))
            .context("start `callab up` once, or set auth.hs256_secret")?,
    };
    Ok(Hs256 {
        secret,
        audience: config.auth.audience.clone(),
        issuer: config.auth.issuer.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_could_not_be_read_three_times_in_a_row_are_stale() {
        let every = Duration::from_mins(5);
        for (age, expected) in [(None, "away"), (Some(900), "ok"), (Some(901), "stale")] {
            assert_eq!(word(age.map(Duration::from_secs), every), expected, "{age:?}");
        }
    }
}
