//! Twilio's newer scheme of signing: with a key that the account's owner made for it, in the place of the Auth Token.
//!
//! The owner tells Twilio by a rule which webhooks it is for. What is signed is the same, and the signature stands in the same header;
//! the hash is SHA-256, and `X-Twilio-Webhooks-Signature-Settings: key=…,algorithm=HMAC_SHA256` says by which key. Keys belong to
//! accounts: a customer knows those of their own, and could sign another's webhooks if one counted for all.
//!
//! A public beta as of 2026. Source: <https://www.twilio.com/docs/usage/webhooks/webhook-shared-keys>, twilio-node
//! `examples/WebhookSignatureValidation.md`

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use axum::http::HeaderMap;
use secrecy::SecretString;
use twilio::AccountSid;

/// The header that says with which key and how a webhook is signed.
pub const SETTINGS_HEADER: &str = "x-twilio-webhooks-signature-settings";

/// The one algorithm that is taken.
const ALGORITHM: &str = "HMAC_SHA256";

/// Fewer bytes than this are no key of Twilio's, but a word by which somebody remembers it.
const LEAST_SECRET_BYTES: usize = 16;

/// The keys that are configured, each of one account. Cheap to clone; prints nothing.
#[derive(Clone, Default)]
pub struct SharedKeys(Arc<HashMap<(AccountSid, String), SecretString>>);

impl fmt::Debug for SharedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SharedKeys({})", self.0.len())
    }
}

/// Why a text is no list of shared keys. Nothing of it is repeated: it holds secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct BadSharedKeys {
    /// Counted from one.
    pub line: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

impl SharedKeys {
    /// Reads a list: on each line the account's SID, the key as Twilio names it in the header, and its secret, with blanks in between.
    /// Empty lines, and those that begin with `#`, do not count.
    ///
    /// # Errors
    /// The first line that is wrong.
    pub fn parse(text: &str) -> Result<Self, BadSharedKeys> {
        let mut keys = HashMap::new();
        for (at, line) in text.lines().enumerate() {
            let bad = |what| BadSharedKeys { line: at + 1, what };
            let words: Vec<&str> = line.split_whitespace().collect();
            if words.first().is_none_or(|word| word.starts_with('#')) {
                continue;
            }
            let [account, key, secret] = words[..] else {
                return Err(bad("needs three words: the account's SID, the key's name, its secret"));
            };
            let account = AccountSid::parse(account).map_err(|_| bad("does not begin with an account's SID"))?;
            if key.contains([',', '=']) {
                return Err(bad("names a key with a comma or an equals sign in it"));
            }
            if secret.len() < LEAST_SECRET_BYTES {
                return Err(bad("has a secret that is too short to be one"));
            }
            if keys
                .insert((account, key.to_owned()), SecretString::from(secret))
                .is_some()
            {
                return Err(bad("names a key of an account a second time"));
            }
        }
        Ok(Self(Arc::new(keys)))
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The secret by which a webhook of the account says that it is signed; none for a key that is not the account's.
    pub(super) fn find(&self, account: &AccountSid, settings: &Settings<'_>) -> Option<&SecretString> {
        self.0.get(&(account.clone(), settings.key.to_owned()))
    }
}

/// What the settings header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Settings<'a> {
    key: &'a str,
}

impl<'a> Settings<'a> {
    /// Reads the header: `None` without one, with several, and for an algorithm that is not ours to verify. What it may say besides is
    /// not known to us and passed over.
    pub(super) fn of(headers: &'a HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(SETTINGS_HEADER).iter();
        let only = values.next()?.to_str().ok()?;
        if values.next().is_some() {
            return None;
        }
        let setting = |name: &str| {
            let mut named = only
                .split(',')
                .filter_map(|setting| setting.trim().split_once('='))
                .filter(|(key, _)| *key == name);
            let (_, value) = named.next()?;
            named.next().is_none().then_some(value)
        };
        let key = setting("key").filter(|key| !key.is_empty())?;
        (setting("algorithm")? == ALGORITHM).then_some(Self { key })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "AC00000000000000000000000000000001";
    const OTHER: &str = "AC00000000000000000000000000000002";
    const SECRET: &str = "a-secret-of-the-tests-and-no-other";

    fn settings(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(SETTINGS_HEADER, value.parse().unwrap());
        }
        Settings::of(&headers).map(|settings| settings.key.to_owned())
    }

    #[test]
    fn the_header_names_one_key_and_the_one_algorithm() {
        for good in [
            "key=WK1,algorithm=HMAC_SHA256",
            "algorithm=HMAC_SHA256, key=WK1",
            "key=WK1,algorithm=HMAC_SHA256,version=2",
        ] {
            assert_eq!(settings(&[good]).as_deref(), Some("WK1"), "{good}");
        }
        for bad in [
            "",
            "key=WK1",
            "key=,algorithm=HMAC_SHA256",
            "algorithm=HMAC_SHA256",
            "key=WK1,algorithm=HMAC_SHA1",
            "key=WK1,algorithm=none",
            "key=WK1,algorithm=",
            "key=WK1,key=WK2,algorithm=HMAC_SHA256",
            "key=WK1,algorithm=HMAC_SHA256,algorithm=none",
            "key:WK1,algorithm:HMAC_SHA256",
        ] {
            assert_eq!(settings(&[bad]), None, "{bad}");
        }
        assert_eq!(
            settings(&["key=WK1,algorithm=HMAC_SHA256"; 2]),
            None,
            "no one knows which"
        );
        assert_eq!(settings(&[]), None);
    }

    #[test]
    fn a_key_counts_for_its_own_account_alone() {
        let keys = SharedKeys::parse(&format!("# Of a customer.\n\n{ACCOUNT}\tWK1  {SECRET}\n")).unwrap();
        let has = |account, key| {
            keys.find(&AccountSid::parse(account).unwrap(), &Settings { key })
                .is_some()
        };
        assert_eq!(keys.count(), 1);
        assert!(has(ACCOUNT, "WK1"));
        assert!(!has(OTHER, "WK1") && !has(ACCOUNT, "WK2"));
        assert!(!format!("{keys:?}").contains(SECRET));
    }

    #[test]
    fn a_wrong_line_is_told_by_its_number_and_nothing_of_it() {
        for (text, line) in [
            (format!("{ACCOUNT} WK1"), 1),
            (format!("# one\n{ACCOUNT} WK1 {SECRET} more"), 2),
            (format!("SK00000000000000000000000000000001 WK1 {SECRET}"), 1),
            (format!("{ACCOUNT} WK1 short"), 1),
            (format!("{ACCOUNT} a=b {SECRET}"), 1),
            (format!("{ACCOUNT} WK1 {SECRET}\n{ACCOUNT} WK1 {SECRET}"), 2),
        ] {
            let bad = SharedKeys::parse(&text).unwrap_err();
            assert_eq!(bad.line, line, "{text}");
            assert!(!bad.to_string().contains(SECRET));
        }
    }
}
