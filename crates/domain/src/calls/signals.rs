//! How fast accounts' calls were set up, and how Twilio's questions about them went, minute by minute.

use std::collections::HashMap;

use ::entity::AccountId;
use chrono::{DateTime, Utc};
use sea_orm::{DbErr, FromQueryResult};

use super::minutes::{MAX_MINUTES, minute_of, the_newest, told_of};
use super::window::{Window, told_by_twilio};
use crate::Services;
use crate::checklist::{CheckName, codes_of};
use crate::sql::Sql;

/// What one minute tells of an account, beside how many of its calls connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal {
    /// When the minute began.
    pub at: DateTime<Utc>,
    /// How long 95 of 100 of the calls that began in it took to be set up at most, in milliseconds; none where no call tells.
    pub setup_p95_ms: Option<u32>,
    /// Questions and news of Twilio's in it, those that were not answered among them.
    pub webhooks: u32,
    /// Those of them that were not answered, by Twilio's error log.
    pub webhook_errors: u32,
}

impl Signal {
    /// Which part of Twilio's questions and news was not answered, 0 to 1; none without any.
    #[must_use]
    pub fn webhook_error_rate(&self) -> Option<f64> {
        let window = Window {
            webhooks: self.webhooks,
            webhook_errors: self.webhook_errors,
            ..Window::default()
        };
        window.webhook_error_rate()
    }
}

#[derive(FromQueryResult)]
struct Told {
    account: AccountId,
    minute: i64,
    figure: i64,
}

/// The newest `minutes` of each of these accounts, 1 to [`MAX_MINUTES`]: oldest first, the running one last, those without calls too.
/// Counted as [`super::window`] counts them. Three statements, whatever the accounts.
///
/// # Errors
/// When the database fails.
pub async fn signals_by_minute(
    services: &Services,
    accounts: &[AccountId],
    minutes: u32,
) -> Result<HashMap<AccountId, Vec<Signal>>, DbErr> {
    let begins = the_newest(services.clock.now(), minutes.clamp(1, MAX_MINUTES));
    let since = begins[0];
    let quiet = begins.iter().map(|at| Signal {
        at: *at,
        setup_p95_ms: None,
        webhooks: 0,
        webhook_errors: 0,
    });
    let quiet: Vec<Signal> = quiet.collect();
    let mut signals: HashMap<AccountId, Vec<Signal>> =
        accounts.iter().map(|account| (*account, quiet.clone())).collect();
    for (sql, put) in [
        (setups(services, accounts, since), put_setup as fn(&mut Signal, u32)),
        (webhooks(services, accounts, since), put_webhooks),
        (errors(services, accounts, since), put_errors),
    ] {
        for told in Told::find_by_statement(sql.statement()).all(&services.db).await? {
            if let Some(signal) = told_of(&mut signals, told.account, told.minute, since) {
                put(signal, u32::try_from(told.figure).unwrap_or(u32::MAX));
            }
        }
    }
    Ok(signals)
}

fn put_setup(signal: &mut Signal, milliseconds: u32) {
    signal.setup_p95_ms = Some(milliseconds);
}

fn put_webhooks(signal: &mut Signal, count: u32) {
    signal.webhooks += count;
}

fn put_errors(signal: &mut Signal, count: u32) {
    signal.webhook_errors = count;
    signal.webhooks += count;
}

/// The nearest-rank percentile of each account and minute.
fn setups(services: &Services, accounts: &[AccountId], since: DateTime<Utc>) -> Sql {
    let backend = services.db.get_database_backend();
    Sql::new(backend)
        .text("SELECT account, minute, CAST(MIN(setup_ms) AS BIGINT) AS figure FROM (SELECT account, minute, setup_ms, ")
        .text("ROW_NUMBER() OVER (PARTITION BY account, minute ORDER BY setup_ms) AS place, ")
        .text("COUNT(*) OVER (PARTITION BY account, minute) AS calls FROM (SELECT twilio_account_id AS account, setup_ms, ")
        .text(&minute_of(backend, "started_at"))
        .text(" FROM call WHERE twilio_account_id IN ")
        .list(accounts.iter().map(|account| account.0))
        .text(" AND started_at >= ")
        .value(since)
        .text(" AND setup_ms IS NOT NULL) timed) ranked WHERE place * 100 >= calls * 95 GROUP BY account, minute")
}

/// Of the calls that began in this time; each in the minute in which it came.
fn webhooks(services: &Services, accounts: &[AccountId], since: DateTime<Utc>) -> Sql {
    let backend = services.db.get_database_backend();
    Sql::new(backend)
        .text("SELECT account, minute, COUNT(*) AS figure FROM (SELECT c.twilio_account_id AS account, ")
        .text(&minute_of(backend, "s.at"))
        .text(" FROM call c JOIN call_step s ON s.call_id = c.id WHERE c.twilio_account_id IN ")
        .list(accounts.iter().map(|account| account.0))
        .text(" AND c.started_at >= ")
        .value(since)
        .text(" AND s.kind IN ")
        .list(told_by_twilio())
        .text(") told GROUP BY account, minute")
}

fn errors(services: &Services, accounts: &[AccountId], since: DateTime<Utc>) -> Sql {
    let backend = services.db.get_database_backend();
    Sql::new(backend)
        .text("SELECT account, minute, COUNT(*) AS figure FROM (SELECT twilio_account_id AS account, ")
        .text(&minute_of(backend, "generated_at"))
        .text(" FROM twilio_alert WHERE twilio_account_id IN ")
        .list(accounts.iter().map(|account| account.0))
        .text(" AND generated_at >= ")
        .value(since)
        .text(" AND level = 'error' AND error_code IN ")
        .list(codes_of(CheckName::WebhookAnswered))
        .text(") failed GROUP BY account, minute")
}
