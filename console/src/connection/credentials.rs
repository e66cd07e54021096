//! Where the API is and as whom it is asked, and how both are found again after a demo began anew.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::Trouble;

/// An address and a token for it.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The API's GraphQL address.
    pub url: Url,
    /// Who asks.
    pub token: SecretString,
}

impl Credentials {
    /// The text without the token: an API, or whatever stands before it, may tell what it was told.
    pub(super) fn hide(&self, text: String) -> String {
        let token = self.token.expose_secret();
        if token.is_empty() || !text.contains(token) {
            return text;
        }
        text.replace(token, "•••")
    }
}

/// Reads credentials where they are kept; none while they are not there.
pub type Reading = Arc<dyn Fn() -> Option<Credentials> + Send + Sync>;

/// The credentials in use. Clones share them.
#[derive(Clone)]
pub(super) struct InUse {
    now: Arc<Mutex<Arc<Credentials>>>,
    reading: Option<Reading>,
}

impl InUse {
    /// These, for good.
    pub(super) fn new(credentials: Credentials) -> Self {
        Self {
            now: Arc::new(Mutex::new(Arc::new(credentials))),
            reading: None,
        }
    }

    /// These, until those that are read are others.
    pub(super) fn read_again(&mut self, reading: Reading) {
        self.reading = Some(reading);
    }

    /// Those that hold now. Two answers are the same pointer unless they were replaced meanwhile.
    pub(super) fn now(&self) -> Arc<Credentials> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks for others after `used` met with trouble, and tells what the trouble is in that light.
    pub(super) fn after(&self, used: &Credentials, trouble: Trouble) -> Trouble {
        let (Some(reading), Trouble::SignedOut | Trouble::Unreachable(_)) = (&self.reading, &trouble) else {
            return trouble;
        };
        let Some(read) = reading() else {
            return Trouble::Unreachable("no demo runs".to_owned());
        };
        if read.url == used.url && read.token.expose_secret() == used.token.expose_secret() {
            return trouble;
        }
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(read);
        Trouble::Unreachable("the demo began anew".to_owned())
    }
}

impl fmt::Debug for InUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.now().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(port: u16, token: &str) -> Credentials {
        Credentials {
            url: Url::parse(&format!("http://127.0.0.1:{port}/graphql")).unwrap(),
            token: token.into(),
        }
    }

    #[test]
    fn others_are_taken_once_they_are_there_and_the_same_ones_are_over() {
        let first = credentials(1, "one");
        let kept = Arc::new(Mutex::new(Some(first.clone())));
        let mut in_use = InUse::new(first.clone());
        assert_eq!(in_use.after(&first, Trouble::SignedOut), Trouble::SignedOut);

        let read = kept.clone();
        in_use.read_again(Arc::new(move || read.lock().unwrap().clone()));
        assert_eq!(in_use.after(&first, Trouble::SignedOut), Trouble::SignedOut);
        assert_eq!(in_use.after(&first, Trouble::Throttled), Trouble::Throttled);

        let is_waited_for = |trouble| matches!(trouble, Trouble::Unreachable(_));
        *kept.lock().unwrap() = None;
        assert!(is_waited_for(in_use.after(&first, Trouble::SignedOut)));
        assert_eq!(in_use.now().token.expose_secret(), "one");

        *kept.lock().unwrap() = Some(credentials(1, "two"));
        assert!(is_waited_for(in_use.after(&first, Trouble::SignedOut)));
        assert_eq!(in_use.now().token.expose_secret(), "two");

        *kept.lock().unwrap() = Some(credentials(3, "two"));
        let second = in_use.now();
        assert!(is_waited_for(
            in_use.after(&second, Trouble::Unreachable("refused".to_owned()))
        ));
        assert_eq!(in_use.now().url.port(), Some(3));
    }

    #[test]
    fn a_token_is_hidden_in_what_is_told() {
        let hidden = credentials(1, "one").hide("token one".to_owned());
        assert_eq!(hidden, "token •••");
    }
}
