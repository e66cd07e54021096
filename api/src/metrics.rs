//! What is counted of requests. Labels are addresses' names, statuses and outcomes: never a reference, an id or a number.

use std::time::Duration;

use async_graphql::Request;
use async_graphql::parser::types::OperationType;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

/// From a webhook's head to its answer. Labels: `webhook` (`voice`, `status`, `stream`, `after`, `fallback`, `nonce`) and `status`.
pub const WEBHOOK_SECONDS: &str = "callab_webhook_seconds";

/// Webhooks that were not taken. Label: `reason` (`unsigned`, `account`, `signature`, `shared_key`, `unknown`, `method`, `content_type`,
/// `too_large`, `slow`, `malformed`, `crowded`, `rate`).
pub const WEBHOOKS_REFUSED_TOTAL: &str = "callab_webhooks_refused_total";

/// From a GraphQL operation to its answer over HTTP. Labels: `operation` (`query`, `mutation`, `other`) and `outcome` (`ok`,
/// `errors`, `timeout`).
pub const GRAPHQL_SECONDS: &str = "callab_graphql_seconds";

/// Open sockets.
pub const SOCKETS: &str = "callab_sockets";

/// Sockets that the server closed. Label: `code`, the close code.
pub const SOCKETS_CLOSED_TOTAL: &str = "callab_sockets_closed_total";

/// GraphQL requests that were too much, too many or not allowed. Labels: `code`, such as `TOO_DEEP`, and `which` of several bounds
/// of a code, where there are (`principal`, `address`, `failures`).
pub const REQUESTS_REFUSED_TOTAL: &str = "callab_requests_refused_total";

/// Requests and sockets that could not be signed in. Label: `reason`, such as `expired` or `key_revoked`.
pub const SIGN_INS_REFUSED_TOTAL: &str = "callab_sign_ins_refused_total";

/// Readings of the keys that tokens are signed with. Label: `outcome` (`ok`, `failed`).
pub const TOKEN_KEYS_READ_TOTAL: &str = "callab_token_keys_read_total";

/// Connections that were closed at once. Label: `reason` (`in_all`, `address`).
pub const CONNECTIONS_REFUSED_TOTAL: &str = "callab_connections_refused_total";

/// Whether what the process depends on answers, looked at when the metrics are read: 1 or 0. Label: `dependency`.
pub const DEPENDENCY_UP: &str = "callab_dependency_up";

/// The buckets of each histogram, in seconds. Twilio waits 15 seconds for a webhook; a caller hears silence long before.
pub const BUCKETS: [(&str, &[f64]); 2] = [
    (
        WEBHOOK_SECONDS,
        &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0],
    ),
    (
        GRAPHQL_SECONDS,
        &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0],
    ),
];

/// Tells the process's recorder what each metric is.
pub fn describe() {
    describe_histogram!(
        WEBHOOK_SECONDS,
        Unit::Seconds,
        "Seconds from a webhook's head to its answer, by webhook and status"
    );
    describe_counter!(WEBHOOKS_REFUSED_TOTAL, "Webhooks that were not taken, by reason");
    describe_histogram!(
        GRAPHQL_SECONDS,
        Unit::Seconds,
        "Seconds from a GraphQL operation to its answer over HTTP, by operation and outcome"
    );
    describe_gauge!(SOCKETS, "Open sockets");
    describe_counter!(
        SOCKETS_CLOSED_TOTAL,
        "Sockets that the server closed, by the code of the close frame"
    );
    describe_counter!(
        REQUESTS_REFUSED_TOTAL,
        "GraphQL requests that were too much, too many or not allowed, by code"
    );
    describe_counter!(
        SIGN_INS_REFUSED_TOTAL,
        "Requests and sockets that could not be signed in, by reason"
    );
    describe_counter!(
        TOKEN_KEYS_READ_TOTAL,
        "Readings of the published keys that tokens are signed with, by outcome"
    );
    describe_counter!(
        CONNECTIONS_REFUSED_TOTAL,
        "Connections that were closed at once, by what there was too much of"
    );
    describe_gauge!(
        DEPENDENCY_UP,
        "Whether what the process depends on answers, looked at when this is read: 1 or 0"
    );
}

pub(crate) fn webhook_answered(webhook: &'static str, status: axum::http::StatusCode, took: Duration) {
    histogram!(WEBHOOK_SECONDS, "webhook" => webhook, "status" => status.as_str().to_owned()).record(took);
}

pub(crate) fn webhook_refused(reason: &'static str) {
    counter!(WEBHOOKS_REFUSED_TOTAL, "reason" => reason).increment(1);
}

pub(crate) fn refused(code: &'static str, which: &'static str) {
    counter!(REQUESTS_REFUSED_TOTAL, "code" => code, "which" => which).increment(1);
}

pub(crate) fn not_signed_in(reason: &'static str) {
    counter!(SIGN_INS_REFUSED_TOTAL, "reason" => reason).increment(1);
}

pub(crate) fn token_keys_read(went_well: bool) {
    let outcome = if went_well { "ok" } else { "failed" };
    counter!(TOKEN_KEYS_READ_TOTAL, "outcome" => outcome).increment(1);
}

pub(crate) fn connection_refused(reason: &'static str) {
    counter!(CONNECTIONS_REFUSED_TOTAL, "reason" => reason).increment(1);
}

pub(crate) fn graphql_answered(operation: &'static str, outcome: &'static str, took: Duration) {
    histogram!(GRAPHQL_SECONDS, "operation" => operation, "outcome" => outcome).record(took);
}

/// Counts a socket as open until what comes back is dropped.
pub(crate) fn socket_opened() -> OpenSocket {
    gauge!(SOCKETS).increment(1.0);
    OpenSocket
}

/// An open socket that is counted.
#[derive(Debug)]
pub(crate) struct OpenSocket;

impl Drop for OpenSocket {
    fn drop(&mut self) {
        gauge!(SOCKETS).decrement(1.0);
    }
}

pub(crate) fn socket_closed(code: u16) {
    counter!(SOCKETS_CLOSED_TOTAL, "code" => code.to_string()).increment(1);
}

/// The kind of operation in a word; `other` where the document has none, several, or cannot be read. Operations that people name
/// are not told apart: their names are text from outside.
pub(crate) fn operation_of(request: &mut Request) -> &'static str {
    let Ok(document) = request.parsed_query() else {
        return "other";
    };
    let mut operations = document.operations.iter();
    let (Some((_, only)), None) = (operations.next(), operations.next()) else {
        return "other";
    };
    match only.node.ty {
        OperationType::Query => "query",
        OperationType::Mutation => "mutation",
        OperationType::Subscription => "other",
    }
}
