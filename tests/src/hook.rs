//! A webhook as Twilio would send it, or as somebody would who is not Twilio.

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode};
use twilio_sim::{Pairs, signature};

/// What Twilio writes above a form.
pub const FORM: &str = "application/x-www-form-urlencoded; charset=UTF-8";

/// The header of a signature.
pub const SIGNATURE: &str = "x-twilio-signature";

/// A request that is not sent yet.
#[derive(Clone, Debug)]
pub struct Hook {
    /// By which method.
    pub method: Method,
    /// Where to.
    pub url: String,
    /// Everything but the length.
    pub headers: HeaderMap,
    /// In bytes.
    pub body: Vec<u8>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Told {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The text.
    pub body: String,
}

impl Hook {
    /// A form for this address, signed by the holder of the token.
    #[must_use]
    pub fn signed(token: &str, url: &str, form: &[(&str, &str)]) -> Self {
        let form = pairs(form);
        let hook = Self {
            method: Method::POST,
            url: url.to_owned(),
            headers: HeaderMap::new(),
            body: form.encode().into_bytes(),
        };
        hook.with(CONTENT_TYPE.as_str(), FORM)
            .with(SIGNATURE, &signature(token, url, &form))
    }

    /// With this header in the place of what was there.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::from_bytes(value.as_bytes()).expect("a header's value");
        self.headers.insert(name, value);
        self
    }

    /// Without this header.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    /// With another body, the signature as it was.
    #[must_use]
    pub fn saying(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// To another address, the signature as it was.
    #[must_use]
    pub fn to(mut self, url: impl Into<String>) -> Self {
        self.url = url.into();
        self
    }

    /// By another method.
    #[must_use]
    pub fn by(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// Sends it. Whoever waits longer than Twilio does waits in vain.
    ///
    /// # Panics
    /// When nothing is answered.
    pub async fn send(self) -> Told {
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(std::time::Duration::from_secs(15))
            .build()
            .expect("an HTTP client");
        let request = http
            .request(self.method, self.url)
            .headers(self.headers)
            .body(self.body);
        let answer = request.send().await.expect("an answer");
        Told {
            status: answer.status(),
            headers: answer.headers().clone(),
            body: answer.text().await.expect("a text"),
        }
    }
}

/// Names and values as the simulated Twilio signs them.
#[must_use]
pub fn pairs(form: &[(&str, &str)]) -> Pairs {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Pairs(form.iter().map(owned).collect())
}
