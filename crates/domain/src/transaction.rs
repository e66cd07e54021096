//! One short write to the database, with everything that must be true together.

use std::time::Duration;

use ::entity::{AuditEntryId, EventId, JobId, WorkspaceId, audit_entry, event, job};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, QueryFilter, QuerySelect,
    Statement,
};
use tracing::warn;
use uuid::Uuid;

use crate::audit::Act;
use crate::database::WritersTurn;
use crate::events::{Event, JobChange};
use crate::jobs::{self, Job, NewJob, Nudge, Whose};
use crate::{Error, Request, Services};

/// How many rows one statement inserts: its values stay under SQLite's limit of 32,766.
const ROWS_A_STATEMENT: usize = 500;

/// A write in progress: rows, jobs, events and the audit entry commit together or not at all.
///
/// After the commit the workers are woken and live views told. Should that fail, or the process die in between, nothing is
/// lost: the sweep finds the job's row, and the sequencer the event's. No HTTP request runs while one is open.
#[derive(Debug)]
pub struct Transaction<'a> {
    services: &'a Services,
    inner: DatabaseTransaction,
    turn: Option<WritersTurn>,
    at: DateTime<Utc>,
    nudges: Vec<Nudge>,
    jobs: Vec<JobChange>,
    has_events: bool,
    has_audit: bool,
}

impl Services {
    /// Begins a transaction that is going to write.
    ///
    /// # Errors
    /// When the database cannot begin one.
    pub async fn begin(&self) -> Result<Transaction<'_>, DbErr> {
        let (inner, turn) = self.db.begin().await?;
        Ok(Transaction {
            services: self,
            inner,
            turn,
            at: self.clock.now(),
            nudges: Vec::new(),
            jobs: Vec::new(),
            has_events: false,
            has_audit: false,
        })
    }
}

impl Transaction<'_> {
    /// What statements run on.
    #[must_use]
    pub fn db(&self) -> &DatabaseTransaction {
        &self.inner
    }

    /// The moment of the change, the same for every row of it.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// Lets no statement from here on wait for somebody else's lock for longer than that: it fails then
    /// ([`is_locked`](crate::error::is_locked)), and the transaction with it. On SQLite who has begun to write waits for nobody.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn wait_for_locks(&self, at_most: Duration) -> Result<(), DbErr> {
        if self.inner.get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        let at_most = format!("{}ms", at_most.as_millis());
        let limit = "SELECT set_config('lock_timeout', $1, true)";
        let limit = Statement::from_sql_and_values(DbBackend::Postgres, limit, [at_most.into()]);
        self.inner.query_one_raw(limit).await?;
        Ok(())
    }

    /// An id for a new row.
    pub(crate) fn new_id(&self) -> Uuid {
        self.services.ids.new_id()
    }

    /// Writes a job that may start at once. One that waits already is brought forward instead; answers the waiting job's id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn enqueue<J: Job>(&mut self, whose: impl Into<Whose>, job: &J) -> Result<JobId, DbErr> {
        self.enqueue_after(whose, job, Duration::ZERO).await
    }

    /// The same, to start no sooner than `delay` from now by the database's clock.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn enqueue_after<J: Job>(
        &mut self,
        whose: impl Into<Whose>,
        job: &J,
        delay: Duration,
    ) -> Result<JobId, DbErr> {
        let (id, whose) = (JobId(self.services.ids.new_id()), whose.into());
        let written = self.insert(vec![NewJob::new(id, whose, job)?.after(delay)], delay.is_zero());
        Ok(written.await?.first().map_or(id, |nudge| nudge.job))
    }

    /// Writes jobs that nobody waits for, whatever their kind, to start when a worker has time. Each needs a unique key of its own.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn enqueue_routine<J: Job>(
        &mut self,
        jobs: impl IntoIterator<Item = (Whose, J)>,
    ) -> Result<usize, DbErr> {
        let mut new = Vec::new();
        for (whose, job) in jobs {
            new.push(NewJob::new(JobId(self.services.ids.new_id()), whose, &job)?.routine());
        }
        if new.is_empty() {
            return Ok(0);
        }
        Ok(self.insert(new, true).await?.len())
    }

    /// Wakes a worker for a job that this transaction has start now.
    pub(crate) fn nudge(&mut self, nudge: Nudge, workspace: WorkspaceId) {
        self.changed(nudge.job, workspace);
        self.nudges.push(nudge);
    }

    /// Tells live views of a job that this transaction changes.
    pub(crate) fn changed(&mut self, job: JobId, workspace: WorkspaceId) {
        self.jobs.push(JobChange { workspace, job });
    }

    /// Writes the rows, for workers to be woken after the commit if they may start `now`.
    async fn insert(&mut self, jobs: Vec<NewJob>, now: bool) -> Result<Vec<Nudge>, DbErr> {
        let time = self.services.clock.database_time(self.inner.get_database_backend());
        let waiting = jobs::insert_or_bring_forward(&self.inner, time, jobs).await?;
        let changes = waiting.iter().map(|(nudge, workspace)| JobChange {
            workspace: *workspace,
            job: nudge.job,
        });
        self.jobs.extend(changes);
        let nudges: Vec<Nudge> = waiting.into_iter().map(|(nudge, _)| nudge).collect();
        if now {
            self.nudges.extend(&nudges);
        }
        Ok(nudges)
    }

    /// Appends an event.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record(&mut self, workspace: WorkspaceId, happened: Event) -> Result<(), DbErr> {
        let row = self.event(workspace, happened);
        event::Entity::insert(row).exec_without_returning(&self.inner).await?;
        self.has_events = true;
        Ok(())
    }

    /// Appends events of many workspaces.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record_all(&mut self, happened: impl IntoIterator<Item = (WorkspaceId, Event)>) -> Result<(), DbErr> {
        let rows: Vec<event::ActiveModel> = happened
            .into_iter()
            .map(|(workspace, event)| self.event(workspace, event))
            .collect();
        for rows in rows.chunks(ROWS_A_STATEMENT) {
            event::Entity::insert_many(rows.iter().cloned())
                .exec_without_returning(&self.inner)
                .await?;
            self.has_events = true;
        }
        Ok(())
    }

    fn event(&self, workspace: WorkspaceId, happened: Event) -> event::ActiveModel {
        event::ActiveModel {
            id: Set(EventId(self.services.ids.new_id())),
            seq: Set(None),
            workspace_id: Set(workspace),
            kind: Set(happened.kind.to_owned()),
            subject: Set(happened.subject),
            data: Set(happened.data),
            at: Set(self.at),
        }
    }

    /// Writes the audit entry of an act that succeeds with this transaction. Answers its id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit(&mut self, request: &Request, workspace: WorkspaceId, act: Act) -> Result<AuditEntryId, DbErr> {
        let id = AuditEntryId(self.services.ids.new_id());
        let row = crate::audit::row(id, self.at, request, workspace, act, crate::audit::DONE);
        audit_entry::Entity::insert(row)
            .exec_without_returning(&self.inner)
            .await?;
        self.has_audit = true;
        Ok(id)
    }

    /// Remembers what a request with an idempotency key did, so that its repeat does nothing more.
    ///
    /// # Errors
    /// [`Error::DoneBefore`] when its twin was faster: this transaction is to be dropped.
    pub async fn once(&mut self, request: &Request, workspace: WorkspaceId, subject: Uuid) -> Result<(), Error> {
        crate::idempotency::remember(&self.inner, self.services, request, workspace, subject, self.at).await
    }

    /// Makes it true, then wakes the workers and the live views.
    ///
    /// # Errors
    /// When the database fails, or the job that writes is no longer its worker's; nothing was changed then.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.prove_claim().await?;
        let Self {
            services,
            inner,
            turn,
            nudges,
            jobs,
            has_events,
            has_audit,
            ..
        } = self;
        inner.commit().await?;
        drop(turn);
        if has_events {
            services.events.wake_sequencer();
        }
        if has_audit {
            services.events.wake_audit();
        }
        services.events.jobs_changed(jobs);
        if !nudges.is_empty()
            && let Err(error) = services.queue.push(&nudges).await
        {
            warn!(error = %error, "could not wake the workers; the sweep will find {} jobs", nudges.len());
        }
        Ok(())
    }

    /// A worker that was taken for dead, and wakes up, writes nothing: another works its job. The row is locked until the commit,
    /// so that nobody takes the job back in between.
    async fn prove_claim(&self) -> Result<(), DbErr> {
        let Some(fence) = self.services.fence else {
            return Ok(());
        };
        let claimed = job::Entity::find()
            .filter(fence.holds())
            .lock_shared()
            .one(&self.inner)
            .await?;
        match claimed {
            Some(_) => Ok(()),
            None => Err(DbErr::Custom(format!("job {} is no longer this worker's", fence.job))),
        }
    }
}
