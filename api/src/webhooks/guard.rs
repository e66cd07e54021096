//! What webhooks are guarded with besides the database. One for the process.

use std::net::IpAddr;
use std::num::NonZeroU32;

use domain::diagnosis::Signatures;
use domain::{Services, installation};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use sea_orm::DbErr;
use tokio::sync::OnceCell;
use tracing::{debug, warn};

use super::SharedKeys;
use super::made_up::MadeUp;
use super::refused::Refused;
use crate::bodies::Bodies;
use crate::metrics;
use crate::options::ApiOptions;
use crate::rates::Rates;

/// How many refused webhooks a minute are told loudly. All of them are counted.
const LOUD_PER_MINUTE: NonZeroU32 = NonZeroU32::new(60).unwrap();

/// The most characters of a stranger's address that are logged: those of a reference.
const MOST_LOGGED: usize = 32;

/// How many bodies of more than 16 KiB one address may have on their way in at the same time, and how many all of them.
const LARGE_BODIES_PER_ADDRESS: usize = 8;
const LARGE_BODIES: usize = 64;

pub(super) struct Guard {
    /// What was seen of each number's signatures.
    pub(super) signatures: Signatures,
    /// The places for large bodies of each address and of all of them. None of Twilio's is that large.
    pub(super) bodies: Bodies<Option<IpAddr>>,
    /// How many reads may find nothing.
    pub(super) made_up: MadeUp,
    /// How often each number's webhooks may come.
    pub(super) rates: Rates,
    /// The keys that Twilio signs with in the place of tokens.
    pub(super) shared_keys: SharedKeys,
    /// The installation's secret, once it was read: it stays the same for good, and a stranger who asks for proofs asks no
    /// database.
    secret: OnceCell<String>,
    loud: DefaultDirectRateLimiter,
}

impl Guard {
    pub(super) fn new(options: &ApiOptions) -> Self {
        Self {
            signatures: Signatures::default(),
            bodies: Bodies::at_once(LARGE_BODIES_PER_ADDRESS, LARGE_BODIES),
            made_up: MadeUp::default(),
            rates: options.rates.clone(),
            shared_keys: options.shared_keys.clone(),
            secret: OnceCell::new(),
            loud: RateLimiter::direct(Quota::per_minute(LOUD_PER_MINUTE)),
        }
    }

    /// The installation's secret. Read from the database once; until that succeeds, by one of those who ask at a time.
    pub(super) async fn installation(&self, services: &Services) -> Result<&str, DbErr> {
        let secret = self.secret.get_or_try_init(|| installation::secret(services)).await;
        secret.map(String::as_str)
    }

    /// Counts a webhook that is not taken, and says so in the log. The address is the stranger's: no more of it than a reference is
    /// kept.
    pub(super) fn note(&self, refused: Refused, webhook: &'static str, reference: &str) {
        let Some(reason) = refused.reason() else { return };
        metrics::webhook_refused(reason);
        let reference = reference.chars().filter(char::is_ascii_alphanumeric);
        let reference: String = reference.take(MOST_LOGGED).collect();
        if self.loud.check().is_ok() {
            warn!(
                webhook.name = webhook,
                webhook.reference = reference,
                reason,
                "refused a webhook: {reason}"
            );
        } else {
            debug!(
                webhook.name = webhook,
                webhook.reference = reference,
                reason,
                "refused a webhook: {reason}"
            );
        }
    }
}
