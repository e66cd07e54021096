//! A simulator on a port of its own, and a client for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use callab_twilio_sim::{AccountSpec, NumberSpec, Sim, SimAccount, SimOptions};
use chrono::{DateTime, Utc};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use tokio_util::sync::{CancellationToken, DropGuard};

/// 2026-03-01 12:00:00 UTC.
pub const START: i64 = 1_772_366_400;

pub struct Server {
    pub sim: Sim,
    pub url: String,
    pub client: Client,
    seconds: Arc<AtomicI64>,
    _stop: DropGuard,
}

impl Server {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub async fn start_with(change: impl FnOnce(&mut SimOptions)) -> Self {
        let seconds = Arc::new(AtomicI64::new(START));
        let clock = seconds.clone();
        let mut options = SimOptions::new(move || {
            DateTime::<Utc>::from_timestamp(clock.load(Ordering::Relaxed), 0).expect("a time in this century")
        });
        change(&mut options);
        let sim = Sim::new(options);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let (served, token) = (sim.clone(), stop.clone());
        tokio::spawn(async move { served.serve(listener, token).await });
        let client = Client::builder().no_proxy().build().unwrap();
        Self {
            sim,
            url,
            client,
            seconds,
            _stop: stop.drop_guard(),
        }
    }

    pub fn advance_seconds(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    /// An account with one voice number, `+14155550100`.
    pub fn account(&self) -> (SimAccount, String) {
        let account = self.sim.add_account(AccountSpec::default());
        let number = self.number(&account, "+14155550100");
        (account, number)
    }

    pub fn number(&self, account: &SimAccount, phone_number: &str) -> String {
        let spec = NumberSpec {
            phone_number: phone_number.to_owned(),
            ..NumberSpec::default()
        };
        self.sim.add_number(&account.sid, spec)
    }

    /// A request below `/2010-04-01/Accounts/{sid}`, signed in as the account.
    pub fn request(&self, method: Method, account: &SimAccount, path: &str) -> RequestBuilder {
        let url = format!("{}/api/2010-04-01/Accounts/{}{path}", self.url, account.sid);
        self.client
            .request(method, url)
            .basic_auth(&account.sid, Some(&account.auth_token))
    }

    /// A request to any product, `/monitor/v1/...`, signed in as the account.
    pub async fn ask(&self, method: Method, account: &SimAccount, path: &str) -> (u16, Value) {
        let request = self.client.request(method, format!("{}{path}", self.url));
        answer(request.basic_auth(&account.sid, Some(&account.auth_token))).await
    }

    pub async fn get(&self, account: &SimAccount, path: &str) -> (u16, Value) {
        answer(self.request(Method::GET, account, path)).await
    }

    pub async fn post(&self, account: &SimAccount, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
        answer(self.request(Method::POST, account, path).form(form)).await
    }
}

/// Sends, and gives status and JSON (null for an empty body).
pub async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (
        status,
        if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).unwrap()
        },
    )
}

/// Asserts a refusal in Twilio's classic shape.
#[track_caller]
pub fn assert_refused(answer: &(u16, Value), status: u16, code: u32) {
    let (got, body) = answer;
    assert_eq!((*got, body["code"].as_u64()), (status, Some(code.into())), "{body}");
    assert_eq!(body["status"], *got);
    assert_eq!(body["more_info"], format!("https://www.twilio.com/docs/errors/{code}"));
    assert!(body["message"].as_str().is_some_and(|text| !text.is_empty()));
}
