//! Errors of operations: what is told to the one who asks, and what to the log alone.
//!
//! Refusals that a person can do something about are no errors; they are in a mutation's payload (`types/user_error.rs`).

use std::sync::Arc;

use async_graphql::ServerError;
use domain::{Fault, Permission};
use sea_orm::DbErr;
use tracing::{debug, error, info};

use super::guard::Refusal;
use crate::trace_id::TraceId;

/// What is told when something broke on our side.
pub const INTERNAL: &str = "Something went wrong on our side. If it stays so, tell us the trace id.";

/// Shortest quoted text that may be a secret: an Auth Token has 32 characters. No name in the schema is as long.
pub const SECRET_LENGTH: usize = 32;

/// The most faults of a document that are told at once. Each of thousands of unknown fields would be one.
const MOST_ERRORS: usize = 20;

/// The most faults of one answer that the log tells one by one. With the database away each row of a page would be some.
const MOST_FAULTS: usize = 10;

/// Why a field has no value.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ApiError {
    /// The role does not allow it.
    #[error("the role does not allow {0:?}")]
    Forbidden(Permission),
    /// An argument makes no sense; the sentence says which, and does not repeat it.
    #[error("{0}")]
    BadInput(String),
    /// A cursor that is not of this list.
    #[error("bad cursor")]
    BadCursor,
    /// A cursor that is not of this database's events.
    #[error("bad event cursor")]
    BadEventCursor,
    /// A cursor after which events were removed by age.
    #[error("the cursor is too old")]
    CursorTooOld,
    /// A live view that did not read fast enough. It can go on after this cursor.
    #[error("fell behind")]
    FellBehind(String),
    /// A subscription to something that is not there, or is another's.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Something broke on our side.
    #[error("something broke")]
    Fault(#[source] Arc<dyn std::error::Error + Send + Sync>),
}

impl From<DbErr> for ApiError {
    fn from(error: DbErr) -> Self {
        Self::from(Fault::from(error))
    }
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        Self::Fault(Arc::new(fault))
    }
}

impl From<domain::Error> for ApiError {
    fn from(error: domain::Error) -> Self {
        match error {
            domain::Error::Forbidden(permission) => Self::Forbidden(permission),
            domain::Error::Fault(fault) => fault.into(),
            // Payloads show these; where there is no payload, nothing should be refused.
            unexpected @ (domain::Error::Refused(_) | domain::Error::DoneBefore(_)) => {
                Self::Fault(Arc::new(unexpected))
            }
        }
    }
}

impl ApiError {
    /// The stable code and the sentence for the one who asks.
    fn told(&self) -> (&'static str, String) {
        match self {
            Self::Forbidden(permission) => (
                "FORBIDDEN",
                format!(
                    "This needs the permission {}, which your role does not have, or your API key was not made for.",
                    permission.as_str()
                ),
            ),
            Self::BadInput(sentence) => ("BAD_USER_INPUT", sentence.clone()),
            Self::BadCursor => (
                "BAD_CURSOR",
                "This cursor is not of this list. Begin at its first page.".to_owned(),
            ),
            Self::BadEventCursor => (
                "BAD_CURSOR",
                "This cursor is not of this installation's events. Ask `eventCursor`, read what you show, and go on after it."
                    .to_owned(),
            ),
            Self::CursorTooOld => (
                "CURSOR_TOO_OLD",
                "Events after this cursor are no longer kept. Ask `eventCursor`, read what you show, and go on after it."
                    .to_owned(),
            ),
            Self::FellBehind(_) => (
                "FELL_BEHIND",
                "The view was read too slowly and was cut off. Subscribe again after `extensions.cursor`.".to_owned(),
            ),
            Self::NotFound(thing) => ("NOT_FOUND", format!("There is no such {thing} in this workspace.")),
            Self::Fault(_) => ("INTERNAL", INTERNAL.to_owned()),
        }
    }
}

/// An error of a whole operation, in its last form but for the trace id.
pub(crate) fn coded(code: &str, message: impl Into<String>) -> ServerError {
    let mut error = ServerError::new(message, None);
    error.extensions.get_or_insert_default().set("code", code);
    error
}

/// Keeps the first of a document's faults. Errors of fields that were resolved are all kept: each tells why its field is null.
pub(super) fn few(errors: &mut Vec<ServerError>) -> &mut [ServerError] {
    if errors.first().is_some_and(|first| first.path.is_empty()) {
        errors.truncate(MOST_ERRORS);
    }
    errors
}

/// Gives errors their last form: a stable `extensions.code`, a trace id, and no inner text. Faults are logged, once, here.
pub(super) fn present(errors: &mut [ServerError], trace_id: &TraceId) {
    let (mut faults, mut left_out) = (0, None);
    for error in errors {
        if let Some(refusal) = Refusal::of_library(error) {
            *error = refusal.into_error();
        }
        if is_refusal(error) {
            let extensions = error.extensions.get_or_insert_default();
            extensions.set("traceId", trace_id.as_str());
            continue;
        }
        let mut cursor = None;
        let (code, message) = match (error.source::<ApiError>(), &error.source) {
            (Some(known), _) => {
                faults += usize::from(matches!(known, ApiError::Fault(_)));
                match known {
                    ApiError::Fault(cause) if faults > MOST_FAULTS => left_out = Some(cause.clone()),
                    known => log(known, error, trace_id),
                }
                if let ApiError::FellBehind(after) = known {
                    cursor = Some(after.clone());
                }
                known.told()
            }
            (None, None) => ("BAD_USER_INPUT", not_understood(error)),
            (None, Some(_)) => {
                error!(trace_id = trace_id.as_str(), path = ?error.path, "a resolver failed with an error it should not");
                ("INTERNAL", INTERNAL.to_owned())
            }
        };
        error.message = message;
        error.source = None;
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", code);
        extensions.set("traceId", trace_id.as_str());
        if let Some(cursor) = cursor {
            extensions.set("cursor", cursor);
        }
    }
    if let Some(cause) = left_out {
        let (more, cause): (_, &(dyn std::error::Error + 'static)) = (faults - MOST_FAULTS, cause.as_ref());
        error!(
            trace_id = trace_id.as_str(),
            more,
            error = cause,
            "could not answer further fields of the same operation"
        );
    }
}

/// Whether the guard said it: in its last form, but for the trace id.
fn is_refusal(error: &ServerError) -> bool {
    let extensions = error.extensions.as_ref();
    error.source.is_none() && extensions.is_some_and(|extensions| extensions.get("code").is_some())
}

fn log(known: &ApiError, error: &ServerError, trace_id: &TraceId) {
    let trace_id = trace_id.as_str();
    match known {
        ApiError::Fault(cause) => {
            let cause: &(dyn std::error::Error + 'static) = cause.as_ref();
            error!(trace_id, path = ?error.path, error = cause, "could not answer a field");
        }
        ApiError::Forbidden(permission) => debug!(trace_id, permission = permission.as_str(), "refused for the role"),
        ApiError::FellBehind(_) => info!(trace_id, "cut off a live view that was read too slowly"),
        ApiError::BadInput(_)
        | ApiError::BadCursor
        | ApiError::BadEventCursor
        | ApiError::CursorTooOld
        | ApiError::NotFound(_) => {}
    }
}

/// The library's own words about a document, without anything in them that may be a secret.
fn not_understood(error: &ServerError) -> String {
    // A syntax error quotes the line it is in. Its place is in `locations`.
    if error.path.is_empty() && error.message.contains("-->") {
        return "The document is not valid GraphQL.".to_owned();
    }
    let mut told = String::with_capacity(error.message.len());
    for (n, part) in error.message.split('"').enumerate() {
        if n > 0 {
            told.push('"');
        }
        let is_quoted = n % 2 == 1;
        if is_quoted && part.chars().count() >= SECRET_LENGTH {
            told.push('…');
        } else {
            told.push_str(&without_long_words(part));
        }
    }
    told
}

/// The names of operations and fragments stand in the library's words without quotes.
fn without_long_words(text: &str) -> String {
    let words = text.split(' ');
    let told = words.map(|word| {
        if word.chars().count() >= SECRET_LENGTH {
            "…"
        } else {
            word
        }
    });
    told.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
