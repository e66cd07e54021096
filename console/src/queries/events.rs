//! What happened, the newest first.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::connections::{PageInfo, Workspace};
use super::numbers::AccountName;
use super::schema;
use crate::scrub::{in_words, unheard};

#[derive(cynic::QueryVariables, Debug)]
pub struct EventVars {
    pub after: Option<String>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "EventVars")]
pub struct Events {
    #[arguments(newestFirst: true, first: 100, after: $after)]
    pub events: EventPage,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "EventConnection")]
pub struct EventPage {
    pub nodes: Vec<Event>,
    pub page_info: PageInfo,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct Event {
    pub cursor: String,
    pub kind: EventKind,
    pub at: DateTime<Utc>,
    pub subject: Option<Subject>,
    pub data: Value,
    pub workspace: Option<Workspace>,
}

/// What it happened to, as far as a line tells it.
#[derive(cynic::InlineFragments, Debug)]
#[cynic(graphql_type = "Node")]
pub enum Subject {
    TwilioAccount(AccountName),
    PhoneNumber(SubjectNumber),
    Call(SubjectCall),
    #[cynic(fallback)]
    Other,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "PhoneNumber")]
pub struct SubjectNumber {
    pub number: String,
    pub account: Option<AccountName>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Call")]
pub struct SubjectCall {
    pub sid: String,
    pub account: Option<AccountName>,
}

#[derive(cynic::Enum, Debug, Clone, PartialEq, Eq)]
#[cynic(non_exhaustive)]
pub enum EventKind {
    AccountChanged,
    CallStep,
    Other,
    #[cynic(fallback)]
    Unheard(String),
}

impl EventKind {
    /// Its words. Kinds that are told like all others need no name here.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::AccountChanged => "connection changed".to_owned(),
            Self::CallStep => "call step".to_owned(),
            Self::Other => unheard("other"),
            Self::Unheard(word) => in_words(word),
        }
    }
}
