//! Tries our own public address, the way Twilio would reach it.

use async_trait::async_trait;
use domain::public_url::Reach;

use crate::small_answer::SmallAnswers;

/// Longer than a proof of ours by far; an address that leads elsewhere may answer with anything.
const MOST_BYTES: usize = 4096;

/// Over HTTP, without following redirects: Twilio's signature covers the exact address.
#[derive(Clone, Debug)]
pub struct HttpReach(SmallAnswers);

impl HttpReach {
    /// A client for this alone.
    ///
    /// # Errors
    /// When no HTTP client can be set up.
    pub fn new() -> reqwest::Result<Self> {
        Ok(Self(SmallAnswers::new(MOST_BYTES)?))
    }
}

#[async_trait]
impl Reach for HttpReach {
    async fn fetch(&self, url: &str) -> Result<String, String> {
        self.0.fetch(url).await
    }
}
