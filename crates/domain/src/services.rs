//! Everything a use case may touch.

use std::sync::Arc;
use std::time::Duration;

use twilio::{StatusPage, Twilio};
use vault::Vault;

use crate::billing::pricing::PriceCache;
use crate::events::Events;
use crate::jobs::{Fence, Queue};
use crate::net::Outbound;
use crate::notifications::Mailer;
use crate::public_url::PublicUrl;
use crate::secrets::TokenCache;
use crate::{Clock, Database, Ids, OnBehalf};

/// Everything a use case may touch. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Services {
    /// The database: all of it, or what the asking customer may see of it.
    pub db: Database,
    /// Twilio's REST API.
    pub twilio: Arc<dyn Twilio>,
    /// Twilio's public status page; none where it is not to be read.
    pub status_page: Option<StatusPage>,
    /// Seals and opens secrets.
    pub vault: Arc<Vault>,
    /// Tokens opened a moment ago.
    pub tokens: Arc<TokenCache>,
    /// Prices that Twilio told a moment ago.
    pub prices: Arc<PriceCache>,
    /// Wakes workers.
    pub queue: Arc<dyn Queue>,
    /// Tells live views what happened.
    pub events: Events,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn Ids>,
    /// Where Twilio reaches us.
    pub public_url: Option<PublicUrl>,
    /// Asks addresses that customers name.
    pub outbound: Outbound,
    /// Sends mails; none where no mail server is set up.
    pub mailer: Option<Arc<dyn Mailer>>,
    /// What is allowed how often and how long.
    pub limits: Limits,
    /// The job that these services work for, if any: it writes only while its worker has it.
    pub fence: Option<Fence>,
    /// For whom they work: the audit log tells it of what happens on the way.
    pub on_behalf: OnBehalf,
}

/// What is allowed how often and how long. Set in the configuration.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How many test calls one number may make in an hour.
    pub test_calls_per_hour: u32,
    /// How long a test waits for the customer to call.
    pub await_inbound: Duration,
    /// How long after it was placed an outbound test is given up.
    pub test_call: Duration,
    /// The numbers, besides the workspace's own, that any test call may go to: Callab's echo line.
    pub echo_lines: Vec<::entity::E164>,
    /// Whether an agent may have a `ws://` endpoint on this machine: in the demo and in tests.
    pub plain_ws_on_loopback: bool,
    /// How long an account's credentials stay unasked.
    pub check_every: Duration,
    /// How long all rights of an account's credentials stay unasked.
    pub rights_every: Duration,
    /// How long an account's numbers stay unread.
    pub sync_every: Duration,
    /// How long an account's balance and usage stay unread.
    pub billing_every: Duration,
    /// How soon rejected credentials are asked once more before anything is concluded.
    pub confirm_after: Duration,
    /// How long webhooks signed with the token before are accepted after a change.
    pub previous_token: Duration,
    /// How long a worker is trusted to be alive without a sign.
    pub lease: Duration,
    /// How many jobs of one Twilio account run at a time, so that one account never takes all slots.
    pub jobs_per_account: u32,
    /// How long jobs are kept that are over.
    pub keep_jobs: Duration,
    /// How long jobs are kept that nobody waited for and that went well.
    pub keep_routine_jobs: Duration,
    /// How long events are kept: that far back a live view can be resumed.
    pub keep_events: Duration,
    /// How long past balances are kept.
    pub keep_balances: Duration,
    /// How long the usage of past days is kept.
    pub keep_usage: Duration,
    /// How long webhooks to customers are signed with the secret before, too, after a change.
    pub previous_secret: Duration,
    /// How long notifications are kept, with what became of them.
    pub keep_notifications: Duration,
    /// How often Twilio's status page is read.
    pub status_every: Duration,
    /// How many numbers one request to Twilio asks for, 1 to 1000.
    pub sync_page_size: u16,
    /// How long an account's call log stays unread.
    pub calls_every: Duration,
    /// How far back the call log is read for the first time.
    pub calls_history: Duration,
    /// How many calls an agent may place from one number in an hour.
    pub calls_per_hour: u32,
    /// What numbers begin with, `+` first, that agents may not call.
    pub barred_prefixes: Vec<String>,
    /// How long calls, their steps and test calls are kept.
    pub keep_calls: Duration,
    /// How long entries of Twilio's error log are kept.
    pub keep_alerts: Duration,
    /// How long changes of how calls are set up are kept.
    pub keep_configuration: Duration,
    /// From when on activity is unusual.
    pub unusual: crate::calls::unusual::Thresholds,
    /// What a caller hears when no agent can take the call.
    pub unavailable_sentence: String,
    /// The number that takes a call when no agent can.
    pub backup_number: Option<::entity::E164>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            test_calls_per_hour: 5,
            await_inbound: Duration::from_mins(10),
            test_call: Duration::from_mins(2),
            echo_lines: Vec::new(),
            plain_ws_on_loopback: false,
            check_every: Duration::from_mins(5),
            rights_every: Duration::from_hours(1),
            sync_every: Duration::from_hours(1),
            billing_every: Duration::from_mins(15),
            confirm_after: Duration::from_secs(30),
            previous_token: Duration::from_mins(10),
            lease: Duration::from_secs(36),
            jobs_per_account: 4,
            keep_jobs: Duration::from_hours(7 * 24),
            keep_routine_jobs: Duration::from_hours(24),
            keep_events: Duration::from_hours(7 * 24),
            keep_balances: Duration::from_hours(90 * 24),
            keep_usage: Duration::from_hours(400 * 24),
            previous_secret: Duration::from_hours(24),
            keep_notifications: Duration::from_hours(30 * 24),
            status_every: Duration::from_mins(2),
            sync_page_size: 1000,
            calls_every: Duration::from_mins(10),
            calls_history: Duration::from_hours(28 * 24),
            calls_per_hour: 60,
            barred_prefixes: ["+1900", "+1976", "+870", "+881", "+882", "+883", "+979"]
                .map(str::to_owned)
                .into(),
            keep_calls: Duration::from_hours(90 * 24),
            keep_alerts: Duration::from_hours(30 * 24),
            keep_configuration: Duration::from_hours(90 * 24),
            unusual: crate::calls::unusual::Thresholds::default(),
            unavailable_sentence: "We are sorry, nobody can take your call at the moment. Please try again later."
                .into(),
            backup_number: None,
        }
    }
}
