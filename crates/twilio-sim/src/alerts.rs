//! The account's error log: what Twilio notes by itself, and what is planted. A call's notifications are its part of it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::calls::Notification;
use crate::errors::Refusal;
use crate::form::Pairs;
use crate::sim::Sim;
use crate::state::State;

/// For how long alerts can be read.
const KEPT: TimeDelta = TimeDelta::days(30);

/// How bad an alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Something failed.
    #[default]
    Error,
    /// Something was not as it should be.
    Warning,
    /// Worth knowing.
    Notice,
    /// For developers.
    Debug,
}

impl LogLevel {
    /// As it stands in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
            Self::Debug => "debug",
        }
    }
}

/// The request that failed, as an alert shows it. All empty when there was none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FailedRequest {
    /// `GET` or `POST`.
    pub method: String,
    /// Its URL.
    pub url: String,
    /// Its parameters, form-encoded.
    pub variables: String,
    /// The answer's headers, form-encoded.
    pub response_headers: String,
    /// The answer's body.
    pub response_body: String,
}

/// What to make an alert of.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AlertSpec {
    /// Twilio's error code.
    pub error_code: u32,
    /// How bad it is.
    pub log_level: LogLevel,
    /// What happened.
    pub message: String,
    /// What it is about: a call (`CA...`), a number (`PN...`), a trigger (`UT...`). A call gets it as a notification too.
    pub resource_sid: Option<String>,
    /// The number or service it happened on.
    pub service_sid: Option<String>,
    /// The request that failed.
    pub request: FailedRequest,
    /// When it happened; now, when not given.
    pub at: Option<DateTime<Utc>>,
}

/// An alert as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SimAlert {
    /// `NO` and 32 hex digits; the notification of a call has the same.
    pub sid: String,
    /// Whose log it is in.
    pub account_sid: String,
    /// Twilio's error code.
    pub error_code: u32,
    /// How bad it is.
    pub log_level: LogLevel,
    /// What happened.
    pub message: String,
    /// What it is about.
    pub resource_sid: Option<String>,
    /// The number or service it happened on.
    pub service_sid: Option<String>,
    /// The request that failed.
    pub request: FailedRequest,
    /// When it happened.
    pub at: DateTime<Utc>,
}

impl State {
    /// Writes an alert into an account's log and, when it is about a call, into the call's notifications.
    pub(crate) fn raise(&mut self, account_sid: &str, spec: AlertSpec, now: DateTime<Utc>) -> SimAlert {
        let alert = SimAlert {
            sid: self.sids.next("NO"),
            account_sid: account_sid.to_owned(),
            error_code: spec.error_code,
            log_level: spec.log_level,
            message: spec.message,
            resource_sid: spec.resource_sid,
            service_sid: spec.service_sid,
            request: spec.request,
            at: spec.at.unwrap_or(now),
        };
        let call = alert.resource_sid.as_deref().and_then(|sid| self.call_entry_mut(sid));
        if let Some(entry) = call {
            entry.call.notifications.push(Notification::of(&alert));
        }
        // A call to a number nobody has belongs to no account.
        if !account_sid.is_empty() {
            self.alerts.push(alert.clone());
        }
        alert
    }
}

impl Sim {
    /// Plants an alert in an account's error log and gives its SID.
    pub fn plant_alert(&self, account_sid: &str, spec: AlertSpec) -> String {
        let now = self.now();
        let sid = self.state().raise(account_sid, spec, now).sid;
        self.touch();
        sid
    }

    /// An account's alerts, oldest first, also those too old for the API.
    #[must_use]
    pub fn alerts(&self, account_sid: &str) -> Vec<SimAlert> {
        let state = self.state();
        let belongs = |alert: &&SimAlert| alert.account_sid == account_sid;
        state.alerts.iter().filter(belongs).cloned().collect()
    }

    /// Those of [`Sim::alerts`] that the API still shows, newest first.
    pub(crate) fn readable_alerts(&self, account_sid: &str) -> Vec<SimAlert> {
        let oldest = self.now() - KEPT;
        let mut alerts = self.alerts(account_sid);
        alerts.retain(|alert| alert.at >= oldest);
        alerts.sort_by_key(|alert| std::cmp::Reverse(alert.at));
        alerts
    }

    /// Notes that the API refused to place a call.
    pub(crate) fn note_refusal(&self, account_sid: &str, refusal: &Refusal, url: String, form: &Pairs) {
        let request = FailedRequest {
            method: "POST".to_owned(),
            url,
            variables: form.encode(),
            response_body: refusal.body().to_string(),
            ..FailedRequest::default()
        };
        let spec = AlertSpec {
            error_code: refusal.code,
            message: refusal.message.clone(),
            request,
            ..AlertSpec::default()
        };
        self.plant_alert(account_sid, spec);
    }
}
