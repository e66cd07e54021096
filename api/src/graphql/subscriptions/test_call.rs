//! A test call, step by step.

use ::entity::{TestCallId, event, test_call};
use async_graphql::{Context, ID};
use domain::calls::{self, TestStep};
use domain::events::{self, kind};
use domain::{Actor, Services};
use futures_util::{Stream, StreamExt, future, stream};

use crate::graphql::context::{Asked, event_order};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::live::{From, View, wakes};
use crate::graphql::types::{TestCall, Told};

const THING: &str = "test call";

/// A test call's state, as far as a change of it is worth telling.
type State = (test_call::Model, Vec<TestStep>);

/// Follows a test call until its verdict.
pub(super) async fn follow(
    ctx: &Context<'_>,
    id: &ID,
    after: Option<&str>,
) -> Result<impl Stream<Item = Result<TestCall, ApiError>> + use<>, ApiError> {
    let viewer = ctx.viewer()?.clone();
    let id = id::parse::<TestCallId>(id).ok_or(ApiError::NotFound(THING))?;
    let services = ctx.services().clone();
    let order = event_order(ctx).await?;
    let from = From::argument(&services, &order, after).await?;
    let test = calls::find_test(&services, &viewer, id).await?;
    let test = test.ok_or(ApiError::NotFound(THING))?;
    let workspace = test.workspace_id;
    // Of a test that is over nothing more can come than the event of its verdict, which may still be on its way.
    let until = match test.verdict {
        Some(_) => Some(events::last_about(&services, test.id.0).await?.unwrap_or_default()),
        None => None,
    };
    let view = View {
        workspace: Some(workspace),
        from,
        until,
        order: order.clone(),
    };
    let wakes = wakes(&services, view, move |event| concerns(&test, event)).await;
    let states = wakes.then(move |wake| {
        let (services, viewer, order) = (services.clone(), viewer.clone(), order.clone());
        async move {
            let seq = wake?.seq();
            Ok((read(services, viewer, id).await?, Told { seq, order }))
        }
    });
    Ok(until_verdict(states))
}

/// Steps come from the call as well as from the test: an awaited call is known by its number only until it is matched.
fn concerns(test: &test_call::Model, event: &event::Model) -> bool {
    let names = |field: &str, id: Option<uuid::Uuid>| {
        let named = event.data.get(field).and_then(serde_json::Value::as_str);
        id.is_some_and(|id| named == Some(id.to_string().as_str()))
    };
    match event.kind.as_str() {
        kind::TEST_CALL => event.subject == test.id.0,
        kind::CALL => {
            names("number", Some(test.phone_number_id.0)) || names("intent", test.call_intent_id.map(|intent| intent.0))
        }
        _ => false,
    }
}

async fn read(services: Services, viewer: Actor, id: TestCallId) -> Result<State, ApiError> {
    let test = calls::find_test(&services, &viewer, id).await?;
    let test = test.ok_or(ApiError::NotFound(THING))?;
    let steps = calls::test_steps(&services, &test).await?;
    Ok((test, steps))
}

/// Tells a state when it differs from the one before, and nothing more after a verdict or an error.
fn until_verdict(
    states: impl Stream<Item = Result<(State, Told), ApiError>>,
) -> impl Stream<Item = Result<TestCall, ApiError>> {
    let last: Option<State> = None;
    let news = states.scan(last, |last, state| {
        let is_news = !matches!((&state, &last), (Ok((now, _)), Some(before)) if now == before);
        if let Ok((now, _)) = &state {
            *last = Some(now.clone());
        }
        future::ready(Some(is_news.then_some(state)))
    });
    let steps = news.flat_map(|state| {
        let Some(state) = state else {
            return stream::iter(Vec::new());
        };
        let ends = state.as_ref().map_or(true, |((test, _), _)| test.verdict.is_some());
        let told = Some(state.map(|((test, _), told)| TestCall::told(test, told)));
        stream::iter(if ends { vec![told, None] } else { vec![told] })
    });
    steps
        .take_while(|told| future::ready(told.is_some()))
        .filter_map(future::ready)
}
