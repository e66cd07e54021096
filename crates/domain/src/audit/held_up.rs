//! Workspaces whose entries cannot be chained now, so that the others' are.

use std::collections::HashMap;
use std::time::Duration;

use ::entity::{AuditEntryId, WorkspaceId};
use tokio::time::Instant;
use tracing::warn;

/// How long a workspace is left alone whose key could not be opened, whose entries did not take their places, or whose rows
/// stay locked.
const FOR: Duration = Duration::from_secs(10);

/// How long rows may be locked before it is not taken for the work of other sequencers any more.
const LASTS: Duration = Duration::from_secs(10);

/// Which workspaces are left alone, and which are locked by somebody else.
#[derive(Debug, Default)]
pub(super) struct HeldUp {
    until: HashMap<WorkspaceId, Instant>,
    locked: HashMap<WorkspaceId, Locked>,
}

/// A workspace whose rows somebody else has locked.
#[derive(Debug)]
struct Locked {
    since: Instant,
    /// The entry that was to have the next place. Where it is another, whoever has the lock does our work.
    next: Option<AuditEntryId>,
}

impl HeldUp {
    /// Those that are left alone.
    pub(super) fn left_alone(&mut self, now: Instant) -> impl Iterator<Item = WorkspaceId> {
        self.until.retain(|_, until| now < *until);
        self.until.keys().copied()
    }

    /// Forgets locks of all but these, which have entries that wait, and of those that are left alone.
    pub(super) fn only(&mut self, waiting: &[WorkspaceId]) {
        let until = &self.until;
        self.locked
            .retain(|workspace, _| until.contains_key(workspace) || waiting.contains(workspace));
    }

    /// Leaves a workspace alone for a while.
    pub(super) fn failed(&mut self, workspace: WorkspaceId, now: Instant) {
        self.until.insert(workspace, now + FOR);
    }

    /// Notes that somebody else has locked a workspace's rows, whose entry `next` waits for its place. It is tried again in the
    /// next turn; where that lasts, the log tells of it, and it is tried less often.
    pub(super) fn locked(&mut self, workspace: WorkspaceId, next: Option<AuditEntryId>, now: Instant) {
        let locked = self.locked.entry(workspace).or_insert(Locked { since: now, next });
        if locked.next != next {
            *locked = Locked { since: now, next };
        }
        let lasted = now.duration_since(locked.since);
        if lasted < LASTS {
            return;
        }
        self.until.insert(workspace, now + FOR);
        warn!(workspace.id = %workspace, locked_s = lasted.as_secs(),
            "somebody has held a lock for {} s that the audit entries of workspace {workspace} wait for; they have no place in the chain yet",
            lasted.as_secs());
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_lock_that_lasts_is_tried_less_often_and_one_in_whose_time_entries_are_chained_is_not() {
        let mut held_up = HeldUp::default();
        let [ours, busy] = [1, 2].map(|id| WorkspaceId(Uuid::from_u128(id)));
        let mut tried = [0, 0];
        let begun = Instant::now();
        for turn in 0..60 {
            let now = begun + Duration::from_secs(turn);
            let left_alone: Vec<_> = held_up.left_alone(now).collect();
            let mut waiting = vec![ours, busy];
            waiting.retain(|workspace| !left_alone.contains(workspace));
            held_up.only(&waiting);
            for workspace in waiting {
                let next = if workspace == ours { 0 } else { turn };
                held_up.locked(workspace, Some(AuditEntryId(Uuid::from_u128(next.into()))), now);
                tried[usize::from(workspace == busy)] += 1;
            }
        }
        // Each second until it has lasted, and every ten seconds from then on.
        assert_eq!(tried, [11 + 4, 60]);
    }
}
