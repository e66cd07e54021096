//! One short write to the database, with everything that must be true together.

use std::time::Duration;

use ::entity::{AuditEntryId, EventId, JobId, WorkspaceId, audit_entry, event};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, DatabaseTransaction, DbErr, EntityTrait, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use tracing::warn;
use uuid::Uuid;

use crate::audit::Act;
use crate::events::Event;
use crate::jobs::{self, Job, Nudge};
use crate::{Error, Request, Services};

/// A write in progress: rows, jobs, events and the audit entry commit together or not at all.
///
/// After the commit the workers are woken and live views told. Should that fail, or the process die in between, nothing is
/// lost: the sweep finds the job's row, and the sequencer the event's. No HTTP request runs while one is open.
#[derive(Debug)]
pub struct Transaction<'a> {
    services: &'a Services,
    inner: DatabaseTransaction,
    at: DateTime<Utc>,
    nudges: Vec<Nudge>,
    has_events: bool,
}

impl Services {
    /// Begins a transaction that is going to write.
    ///
    /// # Errors
    /// When the database cannot begin one.
    pub async fn begin(&self) -> Result<Transaction<'_>, DbErr> {
        // A deferred transaction of SQLite that reads and then writes fails with BUSY whatever the time-out.
        let immediate = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let inner = self.db.begin_with_options(immediate).await?;
        Ok(Transaction {
            services: self,
            inner,
            at: self.clock.now(),
            nudges: Vec::new(),
            has_events: false,
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

    /// Writes a job that may start at once. One that waits already is brought forward instead; answers the waiting job's id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn enqueue<J: Job>(&mut self, workspace: WorkspaceId, payload: &J) -> Result<JobId, DbErr> {
        self.enqueue_after(workspace, payload, Duration::ZERO).await
    }

    /// The same, to start no sooner than `delay` from now by the database's clock.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn enqueue_after<J: Job>(
        &mut self,
        workspace: WorkspaceId,
        payload: &J,
        delay: Duration,
    ) -> Result<JobId, DbErr> {
        let now = self.services.clock.database_now((&self.inner).into()).await?;
        let id = JobId(self.services.ids.new_id());
        let row = jobs::new_row(id, workspace, payload, now, now + delay)?;
        let queue = J::QUEUE;
        let waiting = jobs::insert_or_bring_forward(&self.inner, row).await?;
        if delay.is_zero() {
            self.nudges.push(Nudge { job: waiting, queue });
        }
        Ok(waiting)
    }

    /// Appends an event.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record(&mut self, workspace: WorkspaceId, happened: Event) -> Result<(), DbErr> {
        let row = event::ActiveModel {
            id: Set(EventId(self.services.ids.new_id())),
            seq: Set(None),
            workspace_id: Set(workspace),
            kind: Set(happened.kind.to_owned()),
            subject: Set(happened.subject),
            data: Set(happened.data),
            at: Set(self.at),
        };
        event::Entity::insert(row).exec_without_returning(&self.inner).await?;
        self.has_events = true;
        Ok(())
    }

    /// Writes the audit entry of an act that succeeds with this transaction.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit(&mut self, request: &Request, workspace: WorkspaceId, act: Act) -> Result<(), DbErr> {
        let id = AuditEntryId(self.services.ids.new_id());
        let row = crate::audit::row(id, self.at, request, workspace, act, "OK");
        audit_entry::Entity::insert(row)
            .exec_without_returning(&self.inner)
            .await?;
        Ok(())
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
    /// When the database fails; nothing was changed then.
    pub async fn commit(self) -> Result<(), DbErr> {
        let Self {
            services,
            inner,
            nudges,
            has_events,
            ..
        } = self;
        inner.commit().await?;
        if has_events {
            services.events.wake_sequencer();
        }
        if !nudges.is_empty()
            && let Err(error) = services.queue.push(&nudges).await
        {
            warn!(error = %error, "could not wake the workers; the sweep will find {} jobs", nudges.len());
        }
        Ok(())
    }
}
