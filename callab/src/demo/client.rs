//! A small client of the GraphQL API.

use std::time::Duration;

use anyhow::{Context, bail};
use reqwest::redirect;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

/// How often something awaited is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Someone who is signed in.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: SecretString,
}

impl Client {
    /// A client of the API at `url`, signed in with `token`.
    ///
    /// # Errors
    /// When no HTTP client can be set up.
    pub fn new(url: &str, token: SecretString) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(15))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .context("could not set up an HTTP client")?;
        Ok(Self {
            http,
            url: url.to_owned(),
            token,
        })
    }

    /// Sends a document and answers its `data`.
    ///
    /// # Errors
    /// When there is no answer, or it has errors: those are told.
    pub async fn ask(&self, document: &str, variables: Value) -> anyhow::Result<Value> {
        let request = self.http.post(&self.url).bearer_auth(self.token.expose_secret());
        let body = json!({ "query": document, "variables": variables });
        let answer = request.json(&body).send().await.context("the API did not answer")?;
        let mut answer: Value = answer.json().await.context("the API's answer is no JSON")?;
        if let Some(errors) = answer["errors"].as_array().filter(|errors| !errors.is_empty()) {
            let messages: Vec<&str> = errors.iter().filter_map(|error| error["message"].as_str()).collect();
            bail!("the API answered: {}", messages.join("; "));
        }
        Ok(answer["data"].take())
    }

    /// Sends a mutation of one field and answers its payload, refusals included.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub async fn mutate(&self, document: &str, input: Value) -> anyhow::Result<Payload> {
        let data = self.ask(document, json!({ "input": input })).await?;
        let fields = data.as_object().and_then(|fields| fields.values().next());
        fields.cloned().map(Payload).context("the mutation answered nothing")
    }

    /// Asks again and again until `look` finds what it looks for in the answer's `data`.
    ///
    /// Never ends by itself: the caller sets the deadline.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub async fn wait_for<T>(
        &self,
        document: &str,
        variables: Value,
        mut look: impl FnMut(&Value) -> Option<T>,
    ) -> anyhow::Result<T> {
        loop {
            if let Some(found) = look(&self.ask(document, variables.clone()).await?) {
                return Ok(found);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

/// What a mutation answered.
#[derive(Clone, Debug)]
pub struct Payload(Value);

impl Payload {
    /// The codes of its refusals.
    #[must_use]
    pub fn refusals(&self) -> Vec<&str> {
        let errors = self.0["userErrors"].as_array().into_iter().flatten();
        errors.filter_map(|error| error["code"].as_str()).collect()
    }

    /// The payload of a mutation that was done.
    ///
    /// # Errors
    /// When it was refused: with the codes and messages.
    pub fn done(self) -> anyhow::Result<Value> {
        if !self.refusals().is_empty() {
            bail!("refused: {}", self.0["userErrors"]);
        }
        Ok(self.0)
    }
}

/// The nodes of a list's page.
///
/// # Errors
/// When the value is no page.
pub fn nodes(page: &Value) -> anyhow::Result<Vec<&Value>> {
    let edges = page["edges"].as_array().context("the answer has no list")?;
    Ok(edges.iter().map(|edge| &edge["node"]).collect())
}

/// The text at a JSON pointer, such as `/twilioAccount/id`.
///
/// # Errors
/// When there is none; the pointer is told.
pub fn text_at(value: &Value, pointer: &str) -> anyhow::Result<String> {
    let text = value.pointer(pointer).and_then(Value::as_str);
    text.map(str::to_owned)
        .with_context(|| format!("the answer has no {pointer}"))
}
