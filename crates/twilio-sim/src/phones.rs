//! The outside world: phones that are called, and how they behave.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::sim::Sim;

/// What a phone (or a `sip:` address) does when it is called. Durations are real time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "does", rename_all = "snake_case")]
pub enum Phone {
    /// Someone picks up.
    Answers {
        /// How long it rings.
        #[serde(rename = "after_ms", with = "millis")]
        after: Duration,
        /// How long they talk before they hang up.
        #[serde(rename = "talks_ms", with = "millis")]
        talks: Duration,
    },
    /// The line is busy: SIP 486.
    Busy,
    /// Nobody picks up: the call times out, SIP 487.
    NoAnswer,
    /// The network or the phone turns the call away: the call fails with this SIP code.
    Rejects {
        /// For example 404 (no such number), 480, 503, 603.
        sip_code: u16,
    },
    /// An answering machine takes the call.
    Machine {
        /// How long it records before it hangs up.
        #[serde(rename = "talks_ms", with = "millis")]
        talks: Duration,
    },
}

impl Sim {
    /// Says how an outside phone (E.164) or SIP address (`sip:...`, without its parameters) behaves from now on.
    ///
    /// A phone nothing was said about answers after one pace and talks for ten.
    pub fn phone(&self, address: &str, behaviour: Phone) {
        self.state().phones.insert(address.to_owned(), behaviour);
    }

    pub(crate) fn behaviour(&self, address: &str) -> Phone {
        let pace = self.options().pace;
        let said = self.state().phones.get(address).copied();
        said.unwrap_or(Phone::Answers {
            after: pace,
            talks: pace * 10,
        })
    }
}

/// Durations as whole milliseconds in JSON.
pub(crate) mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        duration.as_millis().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        Ok(Duration::from_millis(u64::deserialize(deserializer)?))
    }
}
