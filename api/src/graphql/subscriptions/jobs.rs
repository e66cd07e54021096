//! Background work, as it changes.

use std::collections::BTreeSet;
use std::sync::Arc;

use ::entity::JobId;
use ::entity::job::{self, JobState};
use async_graphql::{Context, ID};
use domain::Services;
use domain::events::News;
use domain::jobs::{self, JobFilter};
use domain::page::{MAX_PAGE, PageOf};
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::Mutex;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use crate::graphql::context::{Asked, NoRows};
use crate::graphql::error::ApiError;
use crate::graphql::queries::jobs::JobFilter as Wanted;
use crate::graphql::types::Job;

/// How many changes are read in one statement, about.
const TAKES: usize = 100;

/// How many jobs a view remembers that were told and are not over.
const REMEMBERED: usize = 1000;

/// Follows the jobs in the caller's scope.
pub(super) fn follow(
    ctx: &Context<'_>,
    wanted: Option<Wanted>,
    workspace: Option<&ID>,
) -> Result<impl Stream<Item = Result<Job, ApiError>> + use<>, ApiError> {
    let workspace = ctx
        .scope(workspace)?
        .map_err(|NoRows| ApiError::NotFound("workspace"))?;
    let filter = wanted.unwrap_or_default().within(workspace)?;
    let filter = filter.ok_or(ApiError::NotFound("account or subject"))?;
    let services = ctx.services().clone();
    let news = services.events.jobs(); // Before the first reading: no change falls in between.
    let changes = changes(news, filter.clone());
    let view = Arc::new(Mutex::new(View::new(services, filter)));
    let rows = changes.then(move |change| {
        let view = view.clone();
        async move { view.lock().await.read(change).await }
    });
    Ok(rows.flat_map(|rows| match rows {
        Ok(rows) => stream::iter(rows.into_iter().map(|row| Ok(Job(row))).collect::<Vec<_>>()),
        Err(error) => stream::iter(vec![Err(error)]),
    }))
}

/// What is to be read.
enum Change {
    /// What there is to see now.
    All,
    /// These jobs.
    Jobs(Vec<JobId>),
}

/// First everything, then the jobs that change. Everything once more where changes were missed: the view was too slow for what is
/// kept, or other processes could not be heard.
fn changes(news: Receiver<News>, filter: JobFilter) -> impl Stream<Item = Change> + Send {
    stream::unfold((news, filter, true), |(mut news, filter, is_first)| async move {
        if is_first {
            return Some((Change::All, (news, filter, false)));
        }
        loop {
            let told = match news.recv().await {
                Ok(told) => told,
                Err(RecvError::Lagged(_)) => News::Unsure,
                Err(RecvError::Closed) => return None,
            };
            let change = gather(told, &mut news, &filter);
            if !matches!(&change, Change::Jobs(jobs) if jobs.is_empty()) {
                return Some((change, (news, filter, false)));
            }
        }
    })
}

/// What was told, with what waits behind it. A job that changed twice is read once.
fn gather(first: News, news: &mut Receiver<News>, filter: &JobFilter) -> Change {
    let mut jobs = BTreeSet::new();
    let mut told = first;
    loop {
        match told {
            News::Jobs(changes) => {
                let ours = |workspace| filter.workspace.is_none_or(|own| own == workspace);
                jobs.extend(
                    changes
                        .iter()
                        .filter(|change| ours(change.workspace))
                        .map(|change| change.job),
                );
            }
            News::Unsure => return Change::All,
            News::Events => {}
        }
        if jobs.len() >= TAKES {
            break;
        }
        told = match news.try_recv() {
            Ok(told) => told,
            Err(TryRecvError::Lagged(_)) => return Change::All,
            Err(TryRecvError::Empty | TryRecvError::Closed) => break,
        };
    }
    Change::Jobs(jobs.into_iter().collect())
}

/// What a view has told.
struct View {
    services: Services,
    filter: JobFilter,
    /// The jobs that were told and are not over, the newest of them: where changes were missed they are looked at again.
    open: BTreeSet<JobId>,
}

impl View {
    fn new(services: Services, filter: JobFilter) -> Self {
        Self {
            services,
            filter,
            open: BTreeSet::new(),
        }
    }

    /// The jobs to tell of, as they are now, oldest first.
    async fn read(&mut self, change: Change) -> Result<Vec<job::Model>, ApiError> {
        let mut rows = match change {
            Change::Jobs(ids) => jobs::by_ids(&self.services, &ids).await?,
            Change::All => self.everything().await?,
        };
        rows.retain(|row| self.filter.wants(row) || self.open.contains(&row.id));
        rows.sort_by_key(|row| row.id);
        for row in &rows {
            if matches!(row.state, JobState::Waiting | JobState::Running) && self.filter.wants(row) {
                self.open.insert(row.id);
            } else {
                self.open.remove(&row.id);
            }
        }
        while self.open.len() > REMEMBERED {
            self.open.pop_first();
        }
        Ok(rows)
    }

    /// What there is to see, and what became of what was told. What is over and in order is told when it changes, not at the
    /// beginning.
    async fn everything(&self) -> Result<Vec<job::Model>, ApiError> {
        let mut filter = self.filter.clone();
        if filter.states.is_empty() {
            filter.states = vec![JobState::Waiting, JobState::Running, JobState::Failed];
        }
        let mut rows = jobs::list(&self.services, &filter, PageOf::first(MAX_PAGE)).await?.rows;
        let shown: BTreeSet<JobId> = rows.iter().map(|row| row.id).collect();
        let others: Vec<JobId> = self.open.difference(&shown).copied().collect();
        if !others.is_empty() {
            rows.extend(jobs::by_ids(&self.services, &others).await?);
        }
        Ok(rows)
    }
}
