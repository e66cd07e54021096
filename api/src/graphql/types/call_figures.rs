//! How an account's and a number's calls went lately, in figures.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use domain::{calls, health};

/// How an account's calls went in the last 15 minutes: what its connection health is judged by.
#[derive(SimpleObject)]
pub struct CallFigures {
    /// When the 15 minutes began: calls count that began then or later.
    from: DateTime<Utc>,
    /// When they ended: now.
    to: DateTime<Utc>,
    /// How many calls were to be set up and have a known outcome. Canceled ones are left out, and calls to numbers that Callab
    /// does not answer.
    attempts: i32,
    /// How many of them did what they should: the other end answered, was busy or did not answer; or the agent was on the line.
    connected: i32,
    /// Which part of the attempts connected, 0 to 1; null without an attempt. Health judges it from ten attempts on.
    connect_rate: Option<f64>,
    /// How long 95 of 100 calls took to be set up at most, in milliseconds; null where no call tells.
    setup_p95_ms: Option<i32>,
    /// How many questions and news of Twilio's there were about these calls, those that were not answered among them.
    webhooks: i32,
    /// How many of them were not answered, by Twilio's error log.
    webhook_errors: i32,
    /// Which part of them was not answered, 0 to 1; null where Twilio asked nothing.
    webhook_error_rate: Option<f64>,
}

impl From<health::CallFigures> for CallFigures {
    fn from(figures: health::CallFigures) -> Self {
        let calls = figures.calls;
        Self {
            from: figures.from,
            to: figures.to,
            attempts: int(calls.attempts),
            connected: int(calls.reached),
            connect_rate: calls.connect_rate(),
            setup_p95_ms: calls.setup_p95_ms.map(int),
            webhooks: int(calls.webhooks),
            webhook_errors: int(calls.webhook_errors),
            webhook_error_rate: calls.webhook_error_rate(),
        }
    }
}

/// How a number's calls went in the last 24 hours, and when it last had one.
#[derive(SimpleObject)]
pub struct NumberCallFigures {
    /// When the newest call to the number began, however long ago. Null where Callab knows of none: it keeps calls for 90 days unless
    /// its operators set another time.
    last_inbound_at: Option<DateTime<Utc>>,
    /// When the newest call from the number began, however long ago. Null where Callab knows of none.
    last_outbound_at: Option<DateTime<Utc>>,
    /// When the 24 hours began: calls count that began then or later.
    from: DateTime<Utc>,
    /// When they ended: now.
    to: DateTime<Utc>,
    /// How many calls there were, to and from the number, whatever became of them.
    calls: i32,
    /// How many of them were to be set up and have a known outcome, counted as in the account's `callFigures`. Canceled calls are left
    /// out, and calls to a number that Callab does not answer.
    attempts: i32,
    /// How many of the attempts did what they should: the other end answered, was busy or did not answer; or the agent was on the line.
    connected: i32,
    /// Which part of the attempts connected, 0 to 1; null without an attempt. Of fewer than ten attempts it tells little.
    connect_rate: Option<f64>,
}

impl From<calls::NumberFigures> for NumberCallFigures {
    fn from(figures: calls::NumberFigures) -> Self {
        Self {
            last_inbound_at: figures.last_inbound_at,
            last_outbound_at: figures.last_outbound_at,
            from: figures.from,
            to: figures.to,
            calls: int(figures.calls),
            attempts: int(figures.attempts),
            connected: int(figures.reached),
            connect_rate: figures.connect_rate(),
        }
    }
}

/// How the calls went that began in one minute.
#[derive(SimpleObject)]
pub struct CallMinute {
    /// When the minute began.
    at: DateTime<Utc>,
    /// How many calls were to be set up and have a known outcome, counted as in `callFigures`.
    attempts: i32,
    /// How many of them did what they should.
    connected: i32,
    /// How many of them did not.
    failed: i32,
}

impl From<calls::Minute> for CallMinute {
    fn from(minute: calls::Minute) -> Self {
        Self {
            at: minute.at,
            attempts: int(minute.attempts),
            connected: int(minute.connected),
            failed: int(minute.failed()),
        }
    }
}

/// How fast calls were set up, and how Twilio's questions about them went, in one minute.
#[derive(SimpleObject)]
pub struct SignalMinute {
    /// When the minute began.
    at: DateTime<Utc>,
    /// How long 95 of 100 of the calls that began in it took to be set up at most, in milliseconds; null where no call tells.
    setup_p95_ms: Option<i32>,
    /// How many questions and news of Twilio's came in it about the calls of this time, those that were not answered among them.
    webhooks: i32,
    /// How many of them were not answered, by Twilio's error log.
    webhook_errors: i32,
    /// Which part of them was not answered, 0 to 1; null where Twilio asked nothing.
    webhook_error_rate: Option<f64>,
}

impl From<calls::Signal> for SignalMinute {
    fn from(signal: calls::Signal) -> Self {
        Self {
            at: signal.at,
            setup_p95_ms: signal.setup_p95_ms.map(int),
            webhooks: int(signal.webhooks),
            webhook_errors: int(signal.webhook_errors),
            webhook_error_rate: signal.webhook_error_rate(),
        }
    }
}

fn int(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
