//! How much work waits: for those who watch the system and those who decide how many workers there are.

use std::time::Duration;

use ::entity::job::{self, JobState};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};

use super::{Known, QueueName};
use crate::Services;

/// Due jobs are counted up to this many, oldest first. A backlog is long by then, and counting all of it would cost most when
/// the database has least to spare.
pub const COUNTED: u64 = 100_000;

/// How much work waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Depth {
    /// The due jobs of known kinds that nobody has claimed, for each of [`QueueName::ALL`].
    pub queues: Vec<QueueDepth>,
    /// Jobs that a worker has.
    pub running: u64,
    /// Due jobs of a kind or version that only another release knows. They are in no queue's figures: no worker of this release
    /// would make them fewer.
    pub unknown: u64,
}

/// How much waits in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueDepth {
    /// The queue.
    pub queue: QueueName,
    /// Due and not claimed.
    pub waiting: u64,
    /// For how long the oldest of these has been due.
    pub oldest_due: Option<Duration>,
}

/// Counts the jobs that are due by the database's clock, and those that run. `known` are the kinds of this release.
///
/// Two reads, of the indexes `job_due_page` and `job_leased`; the first looks at [`COUNTED`] rows at most.
///
/// # Errors
/// When the database fails.
pub async fn depth(services: &Services, known: &[Known]) -> Result<Depth, DbErr> {
    let now = services.clock.database_now((&services.db).into()).await?;
    let mut depth = Depth {
        queues: QueueName::ALL.map(QueueDepth::empty).to_vec(),
        running: running(services).await?,
        unknown: 0,
    };
    for group in due(services, now).await? {
        let is_it = |known: &Known| known.kind == group.kind && known.version == group.version;
        if !known.iter().any(is_it) {
            depth.unknown += group.jobs;
            continue;
        }
        let queue = QueueName::from_word(&group.queue);
        let oldest = (now - group.oldest).to_std().unwrap_or_default();
        for counted in depth.queues.iter_mut().filter(|counted| counted.queue == queue) {
            counted.waiting += group.jobs;
            counted.oldest_due = counted.oldest_due.max(Some(oldest));
        }
    }
    Ok(depth)
}

impl QueueDepth {
    fn empty(queue: QueueName) -> Self {
        Self {
            queue,
            waiting: 0,
            oldest_due: None,
        }
    }
}

/// The due jobs of one queue, kind and version.
struct Group {
    queue: String,
    kind: String,
    version: i32,
    jobs: u64,
    oldest: DateTime<Utc>,
}

async fn due(services: &Services, now: DateTime<Utc>) -> Result<Vec<Group>, DbErr> {
    let group = [job::Column::Queue, job::Column::Kind, job::Column::Version];
    let due = Query::select()
        .columns(group)
        .column(job::Column::RunAt)
        .from(job::Entity)
        .and_where(job::COLUMN.state.eq(JobState::Waiting))
        .and_where(job::COLUMN.run_at.lte(now))
        .order_by(job::Column::RunAt, sea_orm::Order::Asc)
        .limit(COUNTED)
        .take();
    let mut groups = Query::select()
        .columns(group)
        .expr_as(Func::count(Expr::col(job::Column::RunAt)), Alias::new("jobs"))
        .expr_as(Expr::col(job::Column::RunAt).min(), Alias::new("oldest"))
        .from_subquery(due, Alias::new("due"))
        .take();
    groups.group_by_columns(group);
    let rows = services.db.query_all(&groups).await?;
    let read = |row: &sea_orm::QueryResult| {
        Ok(Group {
            queue: row.try_get("", "queue")?,
            kind: row.try_get("", "kind")?,
            version: row.try_get("", "version")?,
            jobs: row.try_get::<i64>("", "jobs")?.unsigned_abs(),
            oldest: row.try_get("", "oldest")?,
        })
    };
    rows.iter().map(read).collect()
}

async fn running(services: &Services) -> Result<u64, DbErr> {
    job::Entity::find()
        .select_only()
        .column(job::Column::Id)
        .filter(job::COLUMN.state.eq(JobState::Running))
        .count(&services.db)
        .await
}
