//! The jobs: their payloads hold ids only, so that a job that waited long reads the state afresh.

use std::time::Duration;

use ::entity::{AccountId, BillingAlertId, CallIntentId, NotificationId, NumberId, TokenRotationId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Job, Known, QueueName};

/// Attempts for more than a day at the longest backoff: what is owed to a number's owner is not given up for an outage of Twilio's.
const A_LONG_SILENCE: i32 = 1000;

/// Whether jobs of this kind can be called off. Those that end what must not be left half-done, a number's routing or a call,
/// cannot: what asked for them is undone instead. Of a kind that this release does not know nobody can say.
#[must_use]
pub fn is_cancelable(kind: &str) -> bool {
    [
        VerifyAccount::KIND,
        AssessHealth::KIND,
        SyncNumbers::KIND,
        CheckBilling::KIND,
        SyncCalls::KIND,
    ]
    .contains(&kind)
}

/// Every kind of this release. Its workers have a handler for each.
#[must_use]
pub fn every_kind() -> [Known; 13] {
    fn known<J: Job>() -> Known {
        Known {
            kind: J::KIND,
            version: J::VERSION,
        }
    }
    [
        known::<VerifyAccount>(),
        known::<AssessHealth>(),
        known::<SyncNumbers>(),
        known::<ConfigureNumber>(),
        known::<ReturnNumber>(),
        known::<PlaceCall>(),
        known::<FollowCall>(),
        known::<CheckBilling>(),
        known::<MirrorAlert>(),
        known::<RotateToken>(),
        known::<Diagnose>(),
        known::<DeliverNotification>(),
        known::<SyncCalls>(),
    ]
}

/// Can the account's credentials do what Callab needs?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyAccount {
    /// The account.
    pub account: AccountId,
}

impl Job for VerifyAccount {
    const KIND: &'static str = "verify-account";
    const QUEUE: QueueName = QueueName::Urgent;

    fn subject(&self) -> Uuid {
        self.account.0
    }
}

/// Can calls work through the account? Asks nobody: judges what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssessHealth {
    /// The account.
    pub account: AccountId,
}

impl Job for AssessHealth {
    const KIND: &'static str = "assess-health";
    const QUEUE: QueueName = QueueName::Routine;

    fn subject(&self) -> Uuid {
        self.account.0
    }
}

/// Reads all of the account's numbers and brings ours in line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncNumbers {
    /// The account.
    pub account: AccountId,
}

impl Job for SyncNumbers {
    const KIND: &'static str = "sync-numbers";
    const QUEUE: QueueName = QueueName::Urgent;
    const TIMEOUT: Duration = Duration::from_secs(35);

    fn subject(&self) -> Uuid {
        self.account.0
    }
}

/// Borrows a number's routing and sets ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigureNumber {
    /// The number.
    pub number: NumberId,
}

impl Job for ConfigureNumber {
    const KIND: &'static str = "configure-number";
    const QUEUE: QueueName = QueueName::Urgent;
    const MAX_ATTEMPTS: i32 = A_LONG_SILENCE;

    fn subject(&self) -> Uuid {
        self.number.0
    }

    /// Shared with [`ReturnNumber`]: setting and giving back never run at the same time.
    fn unique_key(&self) -> String {
        routing_key(self.number)
    }
}

/// Gives a number's borrowed routing back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnNumber {
    /// The number.
    pub number: NumberId,
}

impl Job for ReturnNumber {
    const KIND: &'static str = "return-number";
    const QUEUE: QueueName = QueueName::Urgent;
    const MAX_ATTEMPTS: i32 = A_LONG_SILENCE;

    fn subject(&self) -> Uuid {
        self.number.0
    }

    fn unique_key(&self) -> String {
        routing_key(self.number)
    }
}

fn routing_key(number: NumberId) -> String {
    format!("routing/{number}")
}

/// Places the call of an intent, at most once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceCall {
    /// The intent.
    pub intent: CallIntentId,
}

impl Job for PlaceCall {
    const KIND: &'static str = "place-call";
    const QUEUE: QueueName = QueueName::Urgent;

    fn subject(&self) -> Uuid {
        self.intent.0
    }
}

/// Follows a test call to its verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowCall {
    /// The test.
    pub test: ::entity::TestCallId,
}

impl Job for FollowCall {
    const KIND: &'static str = "follow-call";
    const QUEUE: QueueName = QueueName::Urgent;

    fn subject(&self) -> Uuid {
        self.test.0
    }
}

/// Reads the account's balance and usage and judges its rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckBilling {
    /// The account.
    pub account: AccountId,
}

impl Job for CheckBilling {
    const KIND: &'static str = "check-billing";
    const QUEUE: QueueName = QueueName::Urgent;
    const TIMEOUT: Duration = Duration::from_secs(35);

    fn subject(&self) -> Uuid {
        self.account.0
    }
}

/// Makes, replaces or deletes the usage trigger at Twilio that mirrors a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MirrorAlert {
    /// The rule.
    pub alert: BillingAlertId,
}

impl Job for MirrorAlert {
    const KIND: &'static str = "mirror-alert";
    const QUEUE: QueueName = QueueName::Routine;
    const MAX_ATTEMPTS: i32 = A_LONG_SILENCE;

    fn subject(&self) -> Uuid {
        self.alert.0
    }
}

/// Leads a change of an account's Auth Token to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotateToken {
    /// The rotation.
    pub rotation: TokenRotationId,
}

impl Job for RotateToken {
    const KIND: &'static str = "rotate-token";
    const QUEUE: QueueName = QueueName::Urgent;
    const MAX_ATTEMPTS: i32 = A_LONG_SILENCE;

    fn subject(&self) -> Uuid {
        self.rotation.0
    }
}

/// Asks everything that a diagnosis rests on, afresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnose {
    /// The diagnosis.
    pub run: ::entity::DiagnosisRunId,
}

impl Job for Diagnose {
    const KIND: &'static str = "diagnose";
    const QUEUE: QueueName = QueueName::Urgent;
    const MAX_ATTEMPTS: i32 = 3;

    fn subject(&self) -> Uuid {
        self.run.0
    }
}

/// Tries to deliver a notification to its endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliverNotification {
    /// The notification.
    pub notification: NotificationId,
}

impl Job for DeliverNotification {
    const KIND: &'static str = "deliver-notification";
    const QUEUE: QueueName = QueueName::Urgent;
    /// More than it is tried in a day: the notification knows itself when it is given up.
    const MAX_ATTEMPTS: i32 = 50;

    fn subject(&self) -> Uuid {
        self.notification.0
    }
}

/// Reads what is new in Twilio's own call log and error log of the account, and looks for unusual activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncCalls {
    /// The account.
    pub account: AccountId,
}

impl Job for SyncCalls {
    const KIND: &'static str = "sync-calls";
    const QUEUE: QueueName = QueueName::Routine;
    const TIMEOUT: Duration = Duration::from_secs(35);

    fn subject(&self) -> Uuid {
        self.account.0
    }
}
