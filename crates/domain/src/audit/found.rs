//! What a verification finds.

use std::collections::BTreeSet;

use ::entity::{AuditEntryId, WorkspaceId};

use super::Head;

/// What is wrong with a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The entry does not tell what it told when it was chained, or was erased by somebody else.
    Changed,
    /// The entry with this number is not there, and later ones are.
    Removed,
    /// Another entry of this chain stands in this place.
    Reordered,
    /// The entry was not chained by the product.
    Forged,
    /// The chain ends before this number, and was longer.
    CutTail,
    /// The note of where the chain ends was taken away, set back, or put there by somebody else: how long it was is not known.
    HeadLost,
    /// The entry with this number is another than a head from the log says: the chain was written anew.
    Rewritten,
    /// An entry has waited for the place with this number for longer than five minutes, or tells of a moment that is as far
    /// ahead.
    Waiting,
    /// The workspace's key is not there or cannot be opened: nothing can be proved.
    NoKey,
}

impl FaultKind {
    /// The word for it in answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "CHANGED",
            Self::Removed => "REMOVED",
            Self::Reordered => "REORDERED",
            Self::Forged => "FORGED",
            Self::CutTail => "CUT_TAIL",
            Self::HeadLost => "HEAD_LOST",
            Self::Rewritten => "REWRITTEN",
            Self::Waiting => "WAITING",
            Self::NoKey => "NO_KEY",
        }
    }
}

/// The first thing that is wrong with a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The number it is at.
    pub seq: i64,
    /// What it is.
    pub kind: FaultKind,
    /// The entry that stands there, if one does.
    pub entry: Option<AuditEntryId>,
}

/// What is known of chains outside of the database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Ends of chains as the process log tells them: each has to lie on its workspace's chain.
    pub heads: BTreeSet<Head>,
    /// Entries which say that an end was lost, and which somebody has looked into.
    pub looked_into: BTreeSet<AuditEntryId>,
}

impl Known {
    /// The furthest end that is known of a workspace's chain; 0 where none is.
    pub(super) fn up_to(&self, workspace: WorkspaceId) -> i64 {
        let known = self
            .heads
            .range(at(workspace, 0)..)
            .take_while(|head| head.workspace == workspace);
        known.last().map_or(0, |head| head.seq)
    }

    /// Whether an entry with this number is known, and is another than the one that `mac` proves.
    pub(super) fn contradicts(&self, workspace: WorkspaceId, seq: i64, mac: &[u8]) -> bool {
        let known = self
            .heads
            .range(at(workspace, seq)..)
            .take_while(|head| head.workspace == workspace && head.seq == seq);
        known.into_iter().any(|head| head.mac != mac)
    }
}

/// What comes before every head of this place.
fn at(workspace: WorkspaceId, seq: i64) -> Head {
    Head {
        workspace,
        seq,
        mac: Vec::new(),
    }
}

/// What was found out of one workspace's chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Whose chain.
    pub workspace: WorkspaceId,
    /// How many entries are proved, from the first on.
    pub entries: i64,
    /// In how many of them what tells of a person was erased.
    pub erased: u64,
    /// How many entries wait for their places.
    pub waiting: u64,
    /// The last entry that is proved; none where there is none.
    pub head: Option<Head>,
    /// The first thing that is wrong.
    pub fault: Option<Fault>,
}
