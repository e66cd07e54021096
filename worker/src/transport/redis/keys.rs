//! Where the ids wait in Redis, and in which form.

use domain::jobs::{Nudge, QueueName};
use entity::JobId;
use redis::{Script, ScriptInvocation};
use uuid::Uuid;

/// The keys of the queues: sorted sets, whose members are ids and whose scores are their places in line.
///
/// A set, because the sweep pushes whatever is due again and again: however long no worker runs, an id takes its place once.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    urgent: String,
    routine: String,
}

impl Keys {
    pub(super) fn new(prefix: &str) -> Self {
        let of = |queue: QueueName| format!("{prefix}:jobs:{}", queue.as_str());
        Self {
            urgent: of(QueueName::Urgent),
            routine: of(QueueName::Routine),
        }
    }

    pub(super) fn of(&self, queue: QueueName) -> &str {
        match queue {
            QueueName::Urgent => &self.urgent,
            QueueName::Routine => &self.routine,
        }
    }

    /// The queue of a key that Redis named.
    pub(super) fn queue(&self, key: &[u8]) -> QueueName {
        if key == self.urgent.as_bytes() {
            QueueName::Urgent
        } else {
            QueueName::Routine
        }
    }

    /// A call of one of the scripts in this directory: the ids of each queue in their order.
    pub(super) fn call<'a>(&self, script: &'a Script, nudges: &[Nudge]) -> ScriptInvocation<'a> {
        let ids = |queue: QueueName| nudges.iter().filter(move |nudge| nudge.queue == queue);
        let mut call = script.key(&self.urgent);
        call.key(&self.routine);
        call.arg(ids(QueueName::Urgent).count());
        for nudge in ids(QueueName::Urgent).chain(ids(QueueName::Routine)) {
            call.arg(nudge.job.0.hyphenated().to_string()); // Readable, for whoever looks into a queue in trouble.
        }
        call
    }
}

/// The id that a member of a queue stands for. `None` when it was not one of us who put it there.
pub(super) fn id(member: &[u8]) -> Option<JobId> {
    Uuid::try_parse_ascii(member).ok().map(JobId)
}
