//! What tells a job's worker from one that had it before.

use ::entity::job::{self, JobState};
use ::entity::{JobId, WorkspaceId};
use sea_orm::{ColumnTrait, Condition};

/// A job's claim, as its writes prove it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fence {
    /// The job.
    pub job: JobId,
    /// The number of its claim.
    pub fence: i64,
    /// Whose job it is.
    pub workspace: WorkspaceId,
}

impl Fence {
    /// That the job is still the worker's that claimed it.
    pub(crate) fn holds(&self) -> Condition {
        Condition::all()
            .add(job::COLUMN.id.eq(self.job))
            .add(job::COLUMN.fence.eq(self.fence))
            .add(job::COLUMN.state.eq(JobState::Running))
    }
}

impl From<&job::Model> for Fence {
    fn from(job: &job::Model) -> Self {
        Self {
            job: job.id,
            fence: job.fence,
            workspace: job.workspace_id,
        }
    }
}
