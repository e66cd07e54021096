//! Background work, as it changes.

use std::collections::BTreeSet;

use ::entity::JobId;
use ::entity::job::{self, JobState};
use async_graphql::{Context, ID};
use domain::Services;
use domain::events::News;
use domain::jobs::{self, JobFilter};
use domain::page::{MAX_PAGE, PageOf};
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use crate::graphql::context::{Asked, Scope};
use crate::graphql::error::ApiError;
use crate::graphql::queries::jobs::JobFilter as Wanted;
use crate::graphql::types::Job;

/// How many changes are read in one statement.
const TAKES: usize = 100;

/// Follows the jobs in the caller's scope.
pub(super) fn follow(
    ctx: &Context<'_>,
    wanted: Option<Wanted>,
    workspace: Option<&ID>,
) -> Result<impl Stream<Item = Result<Job, ApiError>> + use<>, ApiError> {
    let workspace = match ctx.scope(workspace)? {
        Scope::Workspace(workspace) => Some(workspace),
        Scope::EveryWorkspace => None,
        Scope::Nothing => return Err(ApiError::NotFound("workspace")),
    };
    let filter = wanted.unwrap_or_default().within(workspace)?;
    let filter = filter.ok_or(ApiError::NotFound("account or subject"))?;
    let services = ctx.services().clone();
    let news = services.events.jobs(); // Before the first reading: no change falls in between.
    let changes = changes(news, filter.clone());
    let rows = changes.then(move |change| {
        let (services, filter) = (services.clone(), filter.clone());
        async move { read(&services, &filter, change).await }
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

/// The jobs as they are. What is over and in order is told when it changes, not at the beginning.
async fn read(services: &Services, filter: &JobFilter, change: Change) -> Result<Vec<job::Model>, ApiError> {
    match change {
        Change::Jobs(ids) => {
            let mut rows = jobs::by_ids(services, &ids).await?;
            rows.retain(|row| filter.wants(row));
            rows.sort_by_key(|row| row.id);
            Ok(rows)
        }
        Change::All => {
            let mut filter = filter.clone();
            if filter.states.is_empty() {
                filter.states = vec![JobState::Waiting, JobState::Running, JobState::Failed];
            }
            let page = jobs::list(services, &filter, PageOf::first(MAX_PAGE)).await?;
            Ok(page.rows.into_iter().rev().collect())
        }
    }
}
