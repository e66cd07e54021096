//! The account's error log: alerts, and the notifications of one call.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use reqwest::Method;
use serde::Deserialize;

use crate::open_enum::open_enum;
use crate::page::Listed;
use crate::request::{MAX_PAGE_SIZE, Product, Request};
use crate::{AccountSid, AlertSid, CallSid, PrivateText, fields};

open_enum! {
    /// How bad an alert is.
    LogLevel {
        /// Something failed.
        Error = "error",
        /// Something went another way than asked.
        Warning = "warning",
        /// Worth knowing.
        Notice = "notice",
        /// For developers.
        Debug = "debug",
    }
}

open_enum! {
    /// How bad a call's notification is.
    NotificationLevel {
        /// Something failed.
        Error = "0",
        /// Something went another way than asked.
        Warning = "1",
    }
}

/// Which alerts to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertFilter {
    /// Of this level alone.
    pub log_level: Option<LogLevel>,
    /// Generated then or later; Twilio keeps 30 days. It has no filter by call or number: compare `resource_sid`.
    pub from: Option<DateTime<Utc>>,
    /// Generated then or earlier.
    pub until: Option<DateTime<Utc>>,
    /// The most alerts to answer; reading stops there.
    pub limit: usize,
}

impl Default for AlertFilter {
    /// Every alert, up to the 10,000 that Twilio lists at most.
    fn default() -> Self {
        Self {
            log_level: None,
            from: None,
            until: None,
            limit: 10_000,
        }
    }
}

/// An entry of the account's error log. A list holds less of it than [`crate::Twilio::fetch_alert`]: the last four fields are
/// `None` there.
///
/// Source: <https://www.twilio.com/docs/usage/monitor-alert>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Alert {
    /// Its identity.
    pub sid: AlertSid,
    /// Whose it is.
    pub account_sid: Option<AccountSid>,
    /// Twilio's code, in the words of <https://www.twilio.com/docs/api/errors>. Mostly a number.
    #[serde(default, deserialize_with = "fields::code")]
    pub error_code: Option<String>,
    /// How bad it is.
    #[serde(default, deserialize_with = "fields::word")]
    pub log_level: Option<LogLevel>,
    /// What it is about: mostly the SID of a call.
    #[serde(default, deserialize_with = "fields::text")]
    pub resource_sid: Option<String>,
    /// The number, application or service in charge.
    #[serde(default, deserialize_with = "fields::text")]
    pub service_sid: Option<String>,
    /// Twilio's explanation: a form with the sentence in `Msg`, or a sentence.
    #[serde(default, deserialize_with = "fields::word")]
    pub alert_text: Option<PrivateText>,
    /// The address of Twilio's page about the code.
    #[serde(default, deserialize_with = "fields::text")]
    pub more_info: Option<String>,
    /// `GET` or `POST`, when a webhook or a request is meant.
    #[serde(default, deserialize_with = "fields::text")]
    pub request_method: Option<String>,
    /// The address asked.
    #[serde(default, deserialize_with = "fields::word")]
    pub request_url: Option<PrivateText>,
    /// When it happened.
    #[serde(default, deserialize_with = "fields::date")]
    pub date_generated: Option<DateTime<Utc>>,
    /// When it came into the log, which may be later.
    #[serde(default, deserialize_with = "fields::date")]
    pub date_created: Option<DateTime<Utc>>,
    /// What was sent.
    #[serde(default, deserialize_with = "fields::word")]
    pub request_variables: Option<PrivateText>,
    /// And with which headers.
    #[serde(default, deserialize_with = "fields::word")]
    pub request_headers: Option<PrivateText>,
    /// The headers of what was answered.
    #[serde(default, deserialize_with = "fields::word")]
    pub response_headers: Option<PrivateText>,
    /// What was answered.
    #[serde(default, deserialize_with = "fields::word")]
    pub response_body: Option<PrivateText>,
}

impl Listed for Alert {
    const KEY: &'static str = "alerts";

    fn identity(&self) -> Cow<'_, str> {
        self.sid.as_str().into()
    }
}

/// What Twilio noted about a call that went wrong. The call itself has no error code.
///
/// Source: <https://www.twilio.com/docs/voice/api/call-notification-resource>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CallNotification {
    /// Its identity.
    pub sid: AlertSid,
    /// The call.
    #[serde(default, deserialize_with = "fields::text")]
    pub call_sid: Option<String>,
    /// Twilio's code, in the words of <https://www.twilio.com/docs/api/errors>.
    #[serde(default, deserialize_with = "fields::code")]
    pub error_code: Option<String>,
    /// Twilio's `log`: how bad it is.
    #[serde(default, rename = "log", deserialize_with = "fields::code")]
    pub level: Option<NotificationLevel>,
    /// Twilio's explanation: a form with the sentence in `Msg`.
    #[serde(default, deserialize_with = "fields::word")]
    pub message_text: Option<PrivateText>,
    /// When it happened.
    #[serde(default, deserialize_with = "fields::date")]
    pub message_date: Option<DateTime<Utc>>,
    /// The address of Twilio's page about the code.
    #[serde(default, deserialize_with = "fields::text")]
    pub more_info: Option<String>,
    /// `GET` or `POST`, when a webhook is meant.
    #[serde(default, deserialize_with = "fields::text")]
    pub request_method: Option<String>,
    /// The address asked.
    #[serde(default, deserialize_with = "fields::word")]
    pub request_url: Option<PrivateText>,
}

impl Listed for CallNotification {
    const KEY: &'static str = "notifications";

    fn identity(&self) -> Cow<'_, str> {
        self.sid.as_str().into()
    }
}

pub(crate) fn list(filter: &AlertFilter) -> Request {
    let time = |at: Option<DateTime<Utc>>| at.map(|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string());
    let limit = u16::try_from(filter.limit).unwrap_or(MAX_PAGE_SIZE);
    Request::to("ListAlert", Method::GET, Product::Monitor, "/v1/Alerts")
        .page_size(limit)
        .optional_query("LogLevel", filter.log_level.as_ref().map(LogLevel::as_str))
        .optional_query("StartDate", time(filter.from))
        .optional_query("EndDate", time(filter.until))
}

pub(crate) fn fetch(sid: &AlertSid) -> Request {
    let path = format!("/v1/Alerts/{sid}");
    Request::to("FetchAlert", Method::GET, Product::Monitor, path)
}

pub(crate) fn list_of_call(account: &AccountSid, call: &CallSid) -> Request {
    let path = format!("/Calls/{call}/Notifications");
    Request::get("ListCallNotification", account, &path).page_size(MAX_PAGE_SIZE)
}
