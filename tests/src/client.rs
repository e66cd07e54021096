//! Asks the API as the web app does.

use std::fmt;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

/// Someone with a token.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

/// What GraphQL answered.
#[derive(Clone, Debug)]
pub struct Answer(pub Value);

impl Client {
    /// A client of the API at `url` (`http://…/graphql`).
    #[must_use]
    pub fn new(http: reqwest::Client, url: String, token: String) -> Self {
        Self { http, url, token }
    }

    /// The same someone at another process of the API, at this base URL.
    #[must_use]
    pub fn at(&self, base: &str) -> Self {
        Self {
            url: format!("{base}/graphql"),
            ..self.clone()
        }
    }

    /// Its token.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Sends a document and answers the whole response.
    ///
    /// # Panics
    /// When there is no answer in JSON.
    pub async fn send(&self, document: &str, variables: Value) -> Answer {
        let sent = self
            .http
            .post(&self.url)
            .bearer_auth(&self.token)
            .json(&json!({ "query": document, "variables": variables }));
        let answer = sent
            .send()
            .await
            .expect("the API answers")
            .json()
            .await
            .expect("the API answers JSON");
        Answer(answer)
    }

    /// Sends a document and answers the HTTP status, the request's id and the body as it came.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn post(&self, document: &str, variables: Value) -> (u16, String, String) {
        let sent = self
            .http
            .post(&self.url)
            .bearer_auth(&self.token)
            .json(&json!({ "query": document, "variables": variables }));
        let answer = sent.send().await.expect("the API answers");
        let id = answer.headers().get("x-request-id");
        let id = id.and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
        (answer.status().as_u16(), id, answer.text().await.expect("a body"))
    }

    /// The same with another token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: token.to_owned(),
            ..self.clone()
        }
    }

    /// Sends a document that has to succeed and answers its data.
    ///
    /// # Panics
    /// When there are errors.
    pub async fn ask(&self, document: &str, variables: Value) -> Value {
        let Answer(answer) = self.send(document, variables).await;
        assert!(answer["errors"].is_null(), "{document}: {answer}");
        answer["data"].clone()
    }

    /// Calls a mutation that takes one input, and answers its payload: the fields named, and `userErrors`.
    ///
    /// # Panics
    /// When there are errors at the top level.
    pub async fn mutate(&self, mutation: &str, fields: &str, input: Value) -> Value {
        let data = self
            .ask(&mutation_document(mutation, fields), json!({ "input": input }))
            .await;
        data[mutation].clone()
    }

    /// The same, for one that has to succeed.
    ///
    /// # Panics
    /// When it was refused.
    pub async fn done(&self, mutation: &str, fields: &str, input: Value) -> Value {
        let payload = self.mutate(mutation, fields, input).await;
        assert_eq!(payload["userErrors"], json!([]), "{mutation} was refused");
        payload
    }

    /// The codes and fields with which a mutation was refused.
    ///
    /// # Panics
    /// When it was not.
    pub async fn refused(&self, mutation: &str, input: Value) -> Vec<(String, Option<String>)> {
        let payload = self.mutate(mutation, "", input).await;
        let errors = payload["userErrors"].as_array().expect("userErrors").clone();
        assert!(!errors.is_empty(), "{mutation} was not refused");
        let text = |value: &Value| value.as_str().map(str::to_owned);
        errors
            .iter()
            .map(|error| (text(&error["code"]).unwrap_or_default(), text(&error["field"])))
            .collect()
    }
}

/// The document of a mutation that takes one input: the payload's fields named, and `userErrors`.
#[must_use]
pub fn mutation_document(mutation: &str, fields: &str) -> String {
    let input_type = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
    format!(
        "mutation($input: {input_type}!) {{ {mutation}(input: $input) {{ {fields} userErrors {{ code message field twilioCode helpUrl }} }} }}"
    )
}

impl Answer {
    /// The `extensions.code` of the first error.
    ///
    /// # Errors
    /// When there is none.
    pub fn error_code(&self) -> anyhow::Result<&str> {
        if self.0["errors"][0].is_null() {
            bail!("no error in {}", self.0);
        }
        self.0["errors"][0]["extensions"]["code"]
            .as_str()
            .context("an error without a code")
    }
}
