//! Where Twilio reaches us, and the addresses that Twilio is given.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use tracing::warn;

use crate::{Error, Refusal, RefusalCode, Services, installation};

/// Fetches a page of our own through the public address, the way Twilio would.
#[async_trait]
pub trait Reach: Debug + Send + Sync {
    /// The text at `url`, or why it could not be had, in words for the log.
    async fn fetch(&self, url: &str) -> Result<String, String>;
}

/// The public base URL, such as `https://byot.callab.example`, without a slash at its end.
#[derive(Clone, Debug)]
pub struct PublicUrl {
    base: String,
    reach: Arc<dyn Reach>,
}

impl PublicUrl {
    /// The base URL and the way to try it.
    #[must_use]
    pub fn new(base: &str, reach: Arc<dyn Reach>) -> Self {
        Self {
            base: base.trim_end_matches('/').to_owned(),
            reach,
        }
    }

    /// The base URL itself.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Asks, through the public address, for a proof that it leads to this installation.
    ///
    /// # Errors
    /// Refused with `PUBLIC_URL_NOT_OURS` when the answer is another's or none; a fault when our own database fails.
    pub async fn prove(&self, services: &Services) -> Result<(), Error> {
        let secret = installation::secret(services).await?;
        let challenge = services.ids.new_reference();
        let answer = self
            .reach
            .fetch(&format!("{}/twilio/v1/nonce/{challenge}", self.base))
            .await;
        match answer {
            Ok(answer) if answer.trim() == installation::prove(&secret, &challenge) => return Ok(()),
            Ok(_) => warn!("the public address answers, and is not this installation"),
            Err(error) => warn!(error, "the public address could not be reached"),
        }
        let message = "Callab's public address does not lead to this installation, so no call would arrive. \
                       Mend it, or confirm that it is right all the same.";
        Err(Refusal::new(RefusalCode::PublicUrlNotOurs, message).into())
    }
}

/// The public base URL, where it is set.
///
/// # Errors
/// Refused with `PUBLIC_URL_NOT_SET` where it is not.
pub fn required(services: &Services) -> Result<&PublicUrl, Refusal> {
    services.public_url.as_ref().ok_or_else(|| {
        let message =
            "Callab's public address is not configured here (CALLAB__HTTP__PUBLIC_URL), so Twilio could not reach it.";
        Refusal::new(RefusalCode::PublicUrlNotSet, message)
    })
}

/// Where Twilio asks what to do with a call.
#[must_use]
pub fn voice(base: &str, reference: &str) -> String {
    format!("{base}/twilio/v1/voice/{reference}")
}

/// Where Twilio reports a call's progress and end.
#[must_use]
pub fn status(base: &str, reference: &str) -> String {
    format!("{base}/twilio/v1/status/{reference}")
}

/// Where Twilio reports a media stream's start and end.
#[must_use]
pub fn stream(base: &str, reference: &str) -> String {
    format!("{base}/twilio/v1/stream/{reference}")
}

/// Where Twilio asks what comes after the agent.
#[must_use]
pub fn after(base: &str, reference: &str) -> String {
    format!("{base}/twilio/v1/after/{reference}")
}

/// Where Twilio tells that a usage trigger fired.
#[must_use]
pub fn usage(base: &str, reference: &str) -> String {
    format!("{base}/twilio/v1/usage/{reference}")
}

/// The constant answer for when the voice address fails: it needs no signature, no token and no database.
#[must_use]
pub fn fallback(base: &str) -> String {
    format!("{base}/twilio/v1/fallback")
}
