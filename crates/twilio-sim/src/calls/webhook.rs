//! One signed request to the customer's server, with Twilio's retries.
//!
//! Source: <https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides>

use std::error::Error;

use reqwest::header::CONTENT_TYPE;

use super::call::{CallEvent, WebhookExchange, WebhookPurpose};
use super::order::Address;
use crate::alerts::FailedRequest;
use crate::faults::{FaultKind, Strike};
use crate::form::Pairs;
use crate::sign::{shared_signature, signature, signed_url};
use crate::sim::Sim;

/// The header of a signature by either scheme.
const SIGNATURE: &str = "x-twilio-signature";

/// The header that says which shared key it was made with.
const SETTINGS: &str = "x-twilio-webhooks-signature-settings";

/// What to ask or tell the customer's server.
#[derive(Debug, Clone)]
pub(super) struct Webhook {
    pub(super) purpose: WebhookPurpose,
    pub(super) address: Address,
    pub(super) parameters: Pairs,
}

impl Webhook {
    /// How the error log shows it when it failed.
    pub(super) fn failed_with(&self, answer: Option<&WebhookAnswer>) -> FailedRequest {
        let content_type = answer.and_then(|answer| answer.content_type.clone());
        let headers = Pairs(
            content_type
                .map(|value| ("Content-Type".to_owned(), value))
                .into_iter()
                .collect(),
        );
        FailedRequest {
            method: self.address.method.clone(),
            url: self.address.url.clone(),
            variables: self.parameters.encode(),
            response_headers: headers.encode(),
            response_body: answer.map(|answer| answer.body.clone()).unwrap_or_default(),
        }
    }
}

/// What the server said.
#[derive(Debug)]
pub(crate) struct WebhookAnswer {
    pub(crate) status: u16,
    /// Without its parameters, lower case.
    pub(super) content_type: Option<String>,
    pub(super) body: String,
}

/// Why the server could not be asked.
#[derive(Debug)]
pub(crate) struct WebhookFailure {
    /// Twilio's error code.
    pub(super) code: u32,
    pub(super) message: String,
    is_connect: bool,
}

/// Sends a webhook, again where the overrides in the URL's fragment allow it, and writes each attempt down on the call.
pub(super) async fn deliver(
    sim: &Sim,
    call_sid: &str,
    account_sid: &str,
    webhook: &Webhook,
    idempotency_token: &str,
) -> Result<WebhookAnswer, WebhookFailure> {
    let overrides = Overrides::read(&webhook.address.url);
    let mut attempt = 0;
    loop {
        attempt += 1;
        let outcome = send(
            sim,
            account_sid,
            &webhook.address,
            &webhook.parameters,
            idempotency_token,
        )
        .await;
        let (status, body) = match &outcome {
            Ok(answer) => (Some(answer.status), answer.body.clone()),
            Err(failure) => (None, failure.message.clone()),
        };
        let exchange = WebhookExchange {
            purpose: webhook.purpose,
            method: webhook.address.method.clone(),
            url: webhook.address.url.clone(),
            parameters: webhook.parameters.clone(),
            attempt,
            idempotency_token: idempotency_token.to_owned(),
            status,
            body,
        };
        if let Some(entry) = sim.state().call_entry_mut(call_sid) {
            entry.call.events.push(CallEvent::Webhook(Box::new(exchange)));
        }
        sim.touch();
        if attempt > overrides.retries || !overrides.allow(&outcome) {
            return outcome;
        }
    }
}

/// One signed request, without retries.
pub(crate) async fn send(
    sim: &Sim,
    account_sid: &str,
    to: &Address,
    parameters: &Pairs,
    token: &str,
) -> Result<WebhookAnswer, WebhookFailure> {
    let is_get = to.method == "GET";
    let address = to.url.split('#').next().unwrap_or_default();
    let url = if is_get {
        with_query(address, parameters)
    } else {
        address.to_owned()
    };
    let mut request = if is_get {
        sim.http().get(&url)
    } else {
        let form = parameters.encode();
        sim.http()
            .post(&url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=UTF-8")
            .body(form)
    };
    let no_form = Pairs::default();
    let form = if is_get { &no_form } else { parameters };
    for (name, value) in sign_for(sim, account_sid, &to.method, &url, form) {
        request = request.header(name, value);
    }
    let region = sim
        .account(account_sid)
        .map_or_else(|| "us1".to_owned(), |account| account.region);
    let request = request
        .header("I-Twilio-Idempotency-Token", token)
        .header("X-Home-Region", region)
        .header("Accept", "*/*");
    let response = request.send().await.map_err(|error| failure(&error))?;
    let status = response.status().as_u16();
    let content_type = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let content_type = content_type.map(|text| text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    let body = response.text().await.map_err(|error| failure(&error))?;
    Ok(WebhookAnswer {
        status,
        content_type,
        body,
    })
}

/// The headers that sign: with the account's shared key, or its primary token as it is now, unless a fault spoils it.
pub(super) fn sign_for(
    sim: &Sim,
    account_sid: &str,
    method: &str,
    url: &str,
    form: &Pairs,
) -> Vec<(&'static str, String)> {
    let Some(account) = sim.account(account_sid) else {
        return Vec::new();
    };
    let shared = sim.state().shared_keys.get(account_sid).cloned();
    let spoiled = match sim.take_fault(Strike::Signature, method, url, account_sid) {
        Some(FaultKind::DropWebhookSignature) => return Vec::new(),
        Some(FaultKind::WrongSignature) => "not-",
        _ => "",
    };
    let url = signed_url(url);
    let Some(key) = shared else {
        let token = format!("{spoiled}{}", account.auth_token);
        return vec![(SIGNATURE, signature(&token, &url, form))];
    };
    let by_key = shared_signature(&format!("{spoiled}{}", key.secret), &url, form);
    let settings = format!("key={},algorithm=HMAC_SHA256", key.name);
    vec![(SIGNATURE, by_key), (SETTINGS, settings)]
}

fn with_query(url: &str, parameters: &Pairs) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}{}", parameters.encode())
}

/// Twilio's code for a request that got no answer.
fn failure(error: &reqwest::Error) -> WebhookFailure {
    let mut causes = String::new();
    let mut cause: Option<&dyn Error> = Some(error);
    while let Some(error) = cause {
        causes.push_str(&error.to_string());
        causes.push_str("; ");
        cause = error.source();
    }
    let code = if error.is_redirect() {
        11215
    } else if error.is_timeout() {
        11200
    } else if !error.is_connect() {
        11206
    } else if causes.contains("dns error") {
        11210
    } else if causes.contains("certificate") {
        11237
    } else {
        11205
    };
    WebhookFailure {
        code,
        message: causes.trim_end_matches("; ").to_owned(),
        is_connect: error.is_connect(),
    }
}

/// Connection overrides in a URL's fragment: how often to retry (`rc`, 0 to 5) and after what (`rp`: `4xx`, `5xx`, `ct`, `rt`, `all`).
#[derive(Debug, PartialEq, Eq)]
struct Overrides {
    retries: u32,
    after: Vec<String>,
}

impl Overrides {
    fn read(url: &str) -> Self {
        let fragment = url
            .split_once('#')
            .map(|(_, fragment)| Pairs::parse(fragment.as_bytes()))
            .unwrap_or_default();
        let retries = fragment
            .get("rc")
            .and_then(|text| text.parse().ok())
            .unwrap_or(1)
            .min(5);
        let after = fragment
            .get("rp")
            .unwrap_or("ct")
            .split(',')
            .map(str::to_owned)
            .collect();
        Self { retries, after }
    }

    fn allow(&self, outcome: &Result<WebhookAnswer, WebhookFailure>) -> bool {
        let kind = match outcome {
            Ok(answer) if answer.status >= 500 => "5xx",
            Ok(answer) if answer.status >= 400 => "4xx",
            Ok(_) => return false,
            Err(failure) if failure.is_connect => "ct",
            Err(_) => "rt",
        };
        self.after.iter().any(|wanted| wanted == kind || wanted == "all")
    }
}

#[cfg(test)]
mod tests {
    use super::Overrides;

    #[test]
    fn overrides_are_read_from_the_fragment() {
        let read = Overrides::read("https://a.example/v?rc=9#rc=3&rp=ct,5xx");
        assert_eq!(
            read,
            Overrides {
                retries: 3,
                after: vec!["ct".to_owned(), "5xx".to_owned()]
            }
        );
        assert_eq!(
            Overrides::read("https://a.example/v"),
            Overrides {
                retries: 1,
                after: vec!["ct".to_owned()]
            }
        );
    }
}
