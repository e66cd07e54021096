//! Reads of jobs, for people.

use ::entity::job::{self, JobState};
use ::entity::{AccountId, JobId, WorkspaceId};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::QueueName;
use crate::page::{Page, PageOf};
use crate::{Actor, Services};

/// How many ids one statement names: far below what either database takes.
const IDS_A_STATEMENT: usize = 1000;

/// Which jobs are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Of this workspace; none for staff who name none.
    pub workspace: Option<WorkspaceId>,
    /// Of this Twilio account.
    pub account: Option<AccountId>,
    /// Of the row with this id.
    pub subject: Option<String>,
    /// In one of these states; in any if there are none.
    pub states: Vec<JobState>,
    /// Of one of these kinds; of any if there are none.
    pub kinds: Vec<String>,
    /// In this queue.
    pub queue: Option<QueueName>,
}

impl JobFilter {
    /// Whether a job is one of them.
    #[must_use]
    pub fn wants(&self, job: &job::Model) -> bool {
        self.workspace.is_none_or(|workspace| workspace == job.workspace_id)
            && self
                .account
                .is_none_or(|account| Some(account) == job.twilio_account_id)
            && self.subject.as_ref().is_none_or(|subject| *subject == job.subject)
            && (self.states.is_empty() || self.states.contains(&job.state))
            && (self.kinds.is_empty() || self.kinds.contains(&job.kind))
            && self.queue.is_none_or(|queue| queue.as_str() == job.queue)
    }

    fn condition(&self) -> Condition {
        let column = job::COLUMN;
        Condition::all()
            .add_option(self.workspace.map(|workspace| column.workspace_id.eq(workspace)))
            .add_option(self.account.map(|account| column.twilio_account_id.eq(account)))
            .add_option(self.subject.as_ref().map(|subject| column.subject.eq(subject)))
            .add_option((!self.states.is_empty()).then(|| column.state.is_in(self.states.iter().cloned())))
            .add_option((!self.kinds.is_empty()).then(|| column.kind.is_in(&self.kinds)))
            .add_option(self.queue.map(|queue| column.queue.eq(queue.as_str())))
    }
}

/// Jobs, the newest first. Their ids begin with the time they were made.
///
/// # Errors
/// When the database fails.
pub async fn list(services: &Services, filter: &JobFilter, page: PageOf<JobId>) -> Result<Page<job::Model>, DbErr> {
    let older = page.after.map(|id| job::COLUMN.id.lt(id));
    let rows = job::Entity::find()
        .filter(filter.condition().add_option(older))
        .order_by_desc(job::COLUMN.id)
        .limit(page.size + 1)
        .all(&services.db)
        .await?;
    Ok(Page::cut(rows, page.size))
}

/// A job that the viewer may see.
///
/// # Errors
/// When the database fails.
pub async fn find(services: &Services, viewer: &Actor, id: JobId) -> Result<Option<job::Model>, DbErr> {
    let row = job::Entity::find_by_id(id).one(&services.db).await?;
    Ok(row.filter(|row| viewer.workspace.is_none_or(|own| own == row.workspace_id)))
}

/// The jobs with these ids, in no order.
///
/// # Errors
/// When the database fails.
pub async fn by_ids(services: &Services, ids: &[JobId]) -> Result<Vec<job::Model>, DbErr> {
    let mut rows = Vec::new();
    for ids in ids.chunks(IDS_A_STATEMENT) {
        let some = job::Entity::find().filter(job::COLUMN.id.is_in(ids.iter().copied()));
        rows.extend(some.all(&services.db).await?);
    }
    Ok(rows)
}
