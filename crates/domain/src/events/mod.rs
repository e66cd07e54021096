//! What happened, in order: written with the change, numbered after the commit, told to live views.
//!
//! An event is a row written in the transaction that brought it about. Transactions commit in another order than they began, so
//! the row gets its place in the order (`seq`) only afterwards, from one [sequencer](run_sequencer): a reader that has seen
//! number 7 will never be surprised by a late number 6. Each process that serves live views [follows](follow) the numbered rows
//! and keeps the newest in [`Events`]. Between processes travels only the news that there is something to read: losing it costs a
//! moment, and the rows are read in order all the same.

mod follower;
mod hub;
mod queries;
mod sequencer;

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::Services;

pub use follower::follow;
pub use hub::{Alone, Events, JobChange, KEPT, Neighbours, News, Recent};
pub use queries::{Place, count_after, last_about, list, list_newest_first, newest, newest_of, place};
pub use sequencer::{number, run_sequencer};

/// Numbers events and follows them, until `stop`: for a process that writes events and serves live views.
pub async fn run(services: &Services, stop: &CancellationToken) {
    tokio::join!(run_sequencer(services, stop.clone()), follow(services, stop.clone()));
}

/// Something that happened, before it is a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What, such as `account.health`.
    pub kind: &'static str,
    /// The id of the row it happened to.
    pub subject: Uuid,
    /// Ids, codes and words; other people's numbers masked.
    pub data: Value,
}

/// The kinds of events.
pub mod kind {
    /// An account was connected, changed or disconnected, or its health did. Subject: the account.
    pub const ACCOUNT: &str = "account.changed";
    /// A number's state, routing or nickname changed. Subject: the number.
    pub const NUMBER: &str = "phone_number.changed";
    /// A step of a call was noted. Subject: the call.
    pub const CALL: &str = "call.step";
    /// A test call started, moved on or ended. Subject: the test call.
    pub const TEST_CALL: &str = "test_call.changed";
    /// An episode of a billing alert opened, ended or was taken note of. Subject: the episode.
    pub const BILLING_EPISODE: &str = "billing.episode";
    /// A change of an account's Auth Token by Callab started, moved on or ended. Subject: the account.
    pub const TOKEN_ROTATION: &str = "token.rotation_changed";
    /// An account's Auth Token has reached the age at which its policy asks for another. Subject: the account.
    pub const TOKEN_ROTATION_DUE: &str = "token.rotation_due";
    /// A diagnosis for which everything is asked afresh learned something, or ended. Subject: the run.
    pub const DIAGNOSIS: &str = "diagnosis.changed";
    /// Incidents at Twilio began, went on or ended, by its status page. Subject: the workspace.
    pub const TWILIO_STATUS: &str = "twilio.status";
    /// An agent's call that is to be placed moved on: Twilio took it, refused it, or it is over. Subject: the call intent.
    pub const CALL_INTENT: &str = "call_intent.changed";
    /// Unusual activity was found, or is over. Subject: the finding.
    pub const ACTIVITY: &str = "activity.finding";
}
