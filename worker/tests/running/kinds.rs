//! Kinds of jobs that only the tests know.

use std::time::Duration;

use domain::jobs::{Job, QueueName};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! kind {
    ($($(#[$doc:meta])* $name:ident($kind:literal, $queue:ident) { $($rest:tt)* })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Serialize, Deserialize)]
        pub struct $name {
            pub subject: Uuid,
        }

        impl Job for $name {
            const KIND: &'static str = $kind;
            const QUEUE: QueueName = QueueName::$queue;
            $($rest)*

            fn subject(&self) -> Uuid {
                self.subject
            }
        }

        impl From<u128> for $name {
            fn from(subject: u128) -> Self {
                Self { subject: Uuid::from_u128(subject) }
            }
        }
    )+};
}

kind! {
    /// A person waits for it.
    Pressing("test-pressing", Urgent) {}
    /// Nobody waits for it.
    Patient("test-patient", Routine) {}
    /// Has next to no time.
    Hasty("test-hasty", Urgent) {
        const TIMEOUT: Duration = Duration::from_millis(1);
    }
    /// Is started once.
    Final("test-final", Urgent) {
        const MAX_ATTEMPTS: i32 = 1;
    }
    /// May be started as often as it likes.
    Restless("test-restless", Urgent) {
        const MAX_ATTEMPTS: i32 = i32::MAX;
    }
    /// Of a later release.
    Later("test-later", Urgent) {}
    /// The same kind, of a later release.
    NewPressing("test-pressing", Urgent) {
        const VERSION: i32 = 2;
    }
}
