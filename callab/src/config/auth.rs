//! `[auth]`: whose tokens count. What each setting does stands in `config.default.toml`.

use std::time::Duration;

use api::auth::PublicAlgorithm;
use reqwest::Url;
use secrecy::SecretString;

use super::connections::is_safe;
use super::reader::Reader;

/// Fewer bytes than SHA-256 gives make an HMAC weaker. Source: RFC 2104, section 3.
const LEAST_SECRET_BYTES: usize = 32;

/// `[auth]`
#[derive(Clone, Debug)]
pub struct Auth {
    /// What the web app signs tokens with; made on the first start where neither this nor `published_keys` is set.
    pub hs256_secret: Option<SecretString>,
    /// Where the keys are published that tokens are signed with.
    pub published_keys: Option<KeysAt>,
    /// The audience tokens must name.
    pub audience: Option<String>,
    /// The issuer tokens must name.
    pub issuer: Option<String>,
}

/// Where an identity provider publishes its keys.
#[derive(Clone, Debug)]
pub struct KeysAt {
    /// The address of the JWK Set.
    pub url: Url,
    /// The algorithm that tokens are signed by.
    pub algorithm: PublicAlgorithm,
    /// How often the keys are read again.
    pub every: Duration,
    /// The audience and the issuer that tokens must name.
    pub of: (String, String),
}

impl Auth {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let hs256_secret = reader.text("auth.hs256_secret").and_then(|secret| {
            if !secret.is_empty() && secret.len() < LEAST_SECRET_BYTES {
                let why = format_args!("must have {LEAST_SECRET_BYTES} bytes or more");
                reader.refuse("auth.hs256_secret", why);
                return None;
            }
            Some((!secret.is_empty()).then(|| SecretString::from(secret)))
        });
        let url = reader.optional::<Url>("auth.jwks_url", "an https address");
        let algorithm = reader.parse(
            "auth.jwks_algorithm",
            "RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 or EdDSA",
        );
        let every = reader.seconds("auth.jwks_refresh_s", 30, 3600);
        let audience = reader.optional("auth.audience", "a text");
        let issuer = reader.optional("auth.issuer", "a text");
        let (hs256_secret, url, audience, issuer) = (hs256_secret?, url?, audience?, issuer?);
        let published_keys = match url {
            None => None,
            Some(url) => {
                let of = Self::fit_for_published(reader, &url, hs256_secret.is_some(), (&audience, &issuer))?;
                Some(KeysAt {
                    url,
                    algorithm: algorithm?,
                    every: every?,
                    of,
                })
            }
        };
        Some(Self {
            hs256_secret,
            published_keys,
            audience,
            issuer,
        })
    }

    /// The audience and the issuer, without which a token for any other service of the provider's would be one for us.
    fn fit_for_published(
        reader: &mut Reader,
        url: &Url,
        has_secret: bool,
        of: (&Option<String>, &Option<String>),
    ) -> Option<(String, String)> {
        if has_secret {
            let why = "tokens are signed in one way: set only one of auth.jwks_url and auth.hs256_secret";
            reader.refuse("auth.jwks_url", why);
        }
        if !is_safe(url) {
            let why = "must begin with https:// (http:// is for this machine alone): who changes what it answers signs tokens";
            reader.refuse("auth.jwks_url", why);
        }
        let why = "has to be set with auth.jwks_url: its keys sign tokens for other services too";
        let (audience, issuer) = of;
        for (name, value) in [("auth.audience", audience), ("auth.issuer", issuer)] {
            if value.is_none() {
                reader.refuse(name, why);
            }
        }
        let is_fit = !has_secret && is_safe(url);
        Some((audience.clone()?, issuer.clone()?)).filter(|_| is_fit)
    }
}
