//! A diagnosis, check by check.

use ::entity::{DiagnosisRunId, diagnosis_run};
use async_graphql::{Context, ID};
use domain::diagnosis as rules;
use domain::events::{self, kind};
use domain::{Actor, Services};
use futures_util::{Stream, StreamExt, future, stream};

use crate::graphql::context::{Asked, event_order};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::live::{From, View, wakes};
use crate::graphql::types::{DiagnosisRun, Told};

const THING: &str = "diagnosis";

/// Follows a diagnosis until it is over.
pub(super) async fn follow(
    ctx: &Context<'_>,
    id: &ID,
    after: Option<&str>,
) -> Result<impl Stream<Item = Result<DiagnosisRun, ApiError>> + use<>, ApiError> {
    let viewer = ctx.viewer()?.clone();
    let id = id::parse::<DiagnosisRunId>(id).ok_or(ApiError::NotFound(THING))?;
    let services = ctx.services().clone();
    let order = event_order(ctx).await?;
    let from = From::argument(&services, &order, after).await?;
    let run = rules::find_run(&services, &viewer, id).await?;
    let run = run.ok_or(ApiError::NotFound(THING))?;
    // Of one that is over nothing more can come than the event of its end, which may still be on its way.
    let until = match run.finished_at {
        Some(_) => Some(events::last_about(&services, run.id.0).await?.unwrap_or_default()),
        None => None,
    };
    let view = View {
        workspace: Some(run.workspace_id),
        from,
        until,
        order: order.clone(),
    };
    let concerns = move |event: &::entity::event::Model| event.kind == kind::DIAGNOSIS && event.subject == id.0;
    let wakes = wakes(&services, view, concerns).await;
    let runs = wakes.then(move |wake| {
        let (services, viewer, order) = (services.clone(), viewer.clone(), order.clone());
        async move {
            let seq = wake?.seq();
            Ok((read(services, viewer, id).await?, Told { seq, order }))
        }
    });
    Ok(until_over(runs))
}

async fn read(services: Services, viewer: Actor, id: DiagnosisRunId) -> Result<diagnosis_run::Model, ApiError> {
    let run = rules::find_run(&services, &viewer, id).await?;
    run.ok_or(ApiError::NotFound(THING))
}

/// Tells a state when it differs from the one before, and nothing more after the end or an error.
fn until_over(
    runs: impl Stream<Item = Result<(diagnosis_run::Model, Told), ApiError>>,
) -> impl Stream<Item = Result<DiagnosisRun, ApiError>> {
    let last: Option<diagnosis_run::Model> = None;
    let news = runs.scan(last, |last, run| {
        let is_news = !matches!((&run, &last), (Ok((now, _)), Some(before)) if now == before);
        if let Ok((now, _)) = &run {
            *last = Some(now.clone());
        }
        future::ready(Some(is_news.then_some(run)))
    });
    let told = news.flat_map(|run| {
        let Some(run) = run else {
            return stream::iter(Vec::new());
        };
        let ends = run.as_ref().map_or(true, |(row, _)| row.finished_at.is_some());
        let told = Some(run.map(|(row, told)| DiagnosisRun::told(row, told)));
        stream::iter(if ends { vec![told, None] } else { vec![told] })
    });
    told.take_while(|told| future::ready(told.is_some()))
        .filter_map(future::ready)
}
