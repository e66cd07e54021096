//! Things that go wrong on demand.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::accounts::SuspendedForm;
use crate::phones::millis;
use crate::sim::Sim;

/// Which requests a fault meets; what is not said matches all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Match {
    /// The HTTP method, upper case.
    pub method: Option<String>,
    /// A part of the path (for webhooks: of the URL).
    pub path: Option<String>,
    /// The account SID in the path, where paths name none that of the credentials (for webhooks: of the call).
    pub account: Option<String>,
}

/// A fault that waits for its requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Which requests it meets.
    #[serde(default)]
    pub on: Match,
    /// How many of them; `None` until cleared.
    #[serde(default)]
    pub times: Option<u32>,
    /// What happens to them.
    #[serde(flatten)]
    pub kind: FaultKind,
}

/// What goes wrong. The first group happens to REST requests, the second (`*Callbacks`, `*Signature`) to the webhooks of calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultKind {
    /// A refusal in Twilio's shape, before any effect.
    Status {
        /// HTTP status.
        status: u16,
        /// Twilio's error code.
        code: u32,
        /// Its text.
        message: String,
    },
    /// 429/20429, before any effect.
    RateLimited {
        /// Sent as `Retry-After` in whole seconds, when given.
        #[serde(default, rename = "retry_after_ms", with = "optional_millis")]
        retry_after: Option<Duration>,
    },
    /// The effect happens at once, the answer comes this much later.
    Slow {
        /// How much later.
        #[serde(rename = "delay_ms", with = "millis")]
        delay: Duration,
    },
    /// The request is under way for so long: effect and answer come this much later, even if the client is gone by then.
    Late {
        /// How much later.
        #[serde(rename = "delay_ms", with = "millis")]
        delay: Duration,
    },
    /// The connection is closed without an answer, before any effect.
    CutOff,
    /// The effect happens, then the connection is closed without an answer.
    CutOffAfterEffect,
    /// A web page instead of JSON, as from a proxy, before any effect.
    Html {
        /// HTTP status.
        status: u16,
    },
    /// 200 without a body, before any effect.
    EmptyBody,
    /// The effect happens, the JSON of the answer breaks off in the middle.
    BrokenJson,
    /// A list page without entries, its next page still named.
    EmptyPage,
    /// A list page whose next page is itself.
    RepeatedPage,
    /// The account is answered for as if it were suspended.
    SuspendedAs {
        /// In which way.
        form: SuspendedForm,
    },
    /// Status and stream callbacks are delivered twice.
    DuplicateCallbacks,
    /// Status and stream callbacks are delivered in pairs, the later one first.
    ReorderCallbacks,
    /// Webhooks carry no signature.
    DropWebhookSignature,
    /// Webhooks carry a signature made with another token.
    WrongSignature,
}

impl FaultKind {
    fn is_of_callbacks(&self) -> bool {
        matches!(self, Self::DuplicateCallbacks | Self::ReorderCallbacks)
    }

    fn is_of_signatures(&self) -> bool {
        matches!(self, Self::DropWebhookSignature | Self::WrongSignature)
    }
}

/// Where in the simulator a fault can strike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strike {
    /// A REST request comes in.
    Rest,
    /// A callback is about to be delivered.
    Callback,
    /// A webhook is about to be signed.
    Signature,
}

impl Strike {
    fn takes(self, kind: &FaultKind) -> bool {
        match self {
            Self::Callback => kind.is_of_callbacks(),
            Self::Signature => kind.is_of_signatures(),
            Self::Rest => !kind.is_of_callbacks() && !kind.is_of_signatures(),
        }
    }
}

impl Match {
    fn meets(&self, method: &str, path: &str, account: &str) -> bool {
        let method_fits = self
            .method
            .as_deref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method));
        let path_fits = self.path.as_deref().is_none_or(|part| path.contains(part));
        let account_fits = self.account.as_deref().is_none_or(|wanted| wanted == account);
        method_fits && path_fits && account_fits
    }
}

impl Sim {
    /// Sets a fault. Of several that match, the one set first strikes, until it is used up.
    pub fn fail(&self, fault: Fault) {
        self.state().faults.push(fault);
    }

    /// Sets a fault for the next REST request (or webhook), whatever it is.
    pub fn fail_next(&self, kind: FaultKind) {
        self.fail(Fault {
            on: Match::default(),
            times: Some(1),
            kind,
        });
    }

    /// The faults that still wait for a request, in the order in which they were set.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.state().faults.clone()
    }

    /// Takes all faults back.
    pub fn clear_faults(&self) {
        self.state().faults.clear();
    }

    /// The fault that meets this request, counted as used.
    pub(crate) fn take_fault(&self, strike: Strike, method: &str, path: &str, account: &str) -> Option<FaultKind> {
        let mut state = self.state();
        let wanted = |fault: &Fault| strike.takes(&fault.kind) && fault.on.meets(method, path, account);
        let position = state.faults.iter().position(wanted)?;
        let fault = &mut state.faults[position];
        let kind = fault.kind.clone();
        if let Some(times) = &mut fault.times {
            *times = times.saturating_sub(1);
        }
        state.faults.retain(|fault| fault.times != Some(0));
        drop(state);
        self.touch();
        Some(kind)
    }
}

/// Optional durations as whole milliseconds in JSON.
mod optional_millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "the shape serde's `with` asks for")]
    pub(super) fn serialize<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
        duration.map(|duration| duration.as_millis()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(deserializer)?.map(Duration::from_millis))
    }
}
