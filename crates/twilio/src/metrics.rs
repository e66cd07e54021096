//! What is counted of the requests to Twilio. Labels are operations and outcomes: never an account, a number or a SID.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};

/// Requests sent, each attempt of a repeated one by itself. Labels: `endpoint` (the operation's name in Twilio's OpenAPI) and
/// `outcome` (`ok`, or [`crate::TwilioError::outcome`]).
pub const REQUESTS_TOTAL: &str = "callab_twilio_requests_total";

/// From sending a request to the last byte of its answer. Label: `endpoint`.
pub const REQUEST_SECONDS: &str = "callab_twilio_request_seconds";

/// The buckets of each histogram, in seconds.
pub const BUCKETS: [(&str, &[f64]); 1] = [(REQUEST_SECONDS, &[0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 4.0, 8.0])];

/// Tells the process's recorder what each metric is.
pub fn describe() {
    describe_counter!(REQUESTS_TOTAL, "Requests sent to Twilio, by operation and outcome");
    describe_histogram!(
        REQUEST_SECONDS,
        Unit::Seconds,
        "Seconds from a request to the last byte of Twilio's answer"
    );
}

pub(crate) fn sent(endpoint: &'static str, outcome: &'static str, elapsed: Duration) {
    counter!(REQUESTS_TOTAL, "endpoint" => endpoint, "outcome" => outcome).increment(1);
    histogram!(REQUEST_SECONDS, "endpoint" => endpoint).record(elapsed);
}
