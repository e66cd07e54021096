//! The GraphQL API: thin. A resolver turns text into types, calls one use case or read of `domain`, and shows the answer.
//!
//! `types/` shows rows, `queries/`, `mutations/` (one file a mutation) and `subscriptions/` are the roots. To add a mutation:
//! `docs/adding-a-mutation.md`.

mod context;
mod cursor;
mod error;
pub mod guard;
mod id;
mod live;
mod loaders;
mod masking;
mod mutations;
mod nulls;
mod page;
pub mod persisted;
mod queries;
mod results;
mod room;
mod scales;
mod subscriptions;
mod types;
mod undelivered;

#[cfg(test)]
mod tests;

use std::any::TypeId;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{Data, Executor, Request, Response, Schema, ServerError, ValidationMode, Value};
use domain::{OnBehalf, Services};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, future, stream};

pub use context::Caller;
pub use error::INTERNAL;
pub(crate) use error::coded;
pub use guard::Admitted;
use guard::Refusal;
pub(crate) use room::{RETRY_AFTER_S, is_busy};

use crate::metrics;
use crate::person::{Person, person};
use crate::rates::{RATE_LIMITED, Rates, TooSoon};
use crate::trace_id::TraceId;
use context::Installation;
use persisted::{AllowedDocuments, Documents};
use results::{ResultLimits, Results};
use room::Room;
use scales::Scales;
use undelivered::Undelivered;

/// The version of the schema: raised when something that clients know goes away.
const SCHEMA_VERSION: &str = "1";

type ApiSchema = Schema<queries::Query, mutations::Mutation, subscriptions::Subscription>;

/// The schema with everything its resolvers need. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    /// Carries out queries and mutations that were weighed: it has no extension, and looks for no faults again.
    schema: ApiSchema,
    /// Weighs, and follows subscriptions.
    watched: ApiSchema,
    room: Room,
    undelivered: Undelivered,
    services: Services,
    introspection: bool,
    rates: Rates,
    documents: Documents,
    results_within: Duration,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Api")
    }
}

impl Api {
    /// Builds the schema. Without `introspection` it cannot be read through the API, and errors suggest no names.
    #[must_use]
    pub fn new(services: Services, introspection: bool) -> Self {
        let schema = || {
            let schema = builder().data(Installation::default());
            if introspection {
                schema
            } else {
                schema.disable_introspection().disable_suggestions()
            }
        };
        let watched = schema()
            .limit_complexity(guard::limits::COST)
            .extension(Scales)
            .extension(Results);
        Self {
            schema: schema().validation_mode(ValidationMode::Fast).finish(),
            watched: watched.finish(),
            room: Room::of_this_machine(),
            undelivered: Undelivered::default(),
            services,
            introspection,
            rates: Rates::unlimited(),
            documents: Documents::default(),
            results_within: Duration::from_mins(1),
        }
    }

    /// The same, for these documents alone, if there are any.
    #[must_use]
    pub fn with_allowed_documents(self, allowed: Option<AllowedDocuments>) -> Self {
        let documents = Documents::default().only(allowed);
        Self { documents, ..self }
    }

    /// The same, where each result of a subscription may take so long.
    #[must_use]
    pub fn with_results_within(self, results_within: Duration) -> Self {
        Self { results_within, ..self }
    }

    /// The same, for who does not ask too often.
    #[must_use]
    pub fn with_rates(self, rates: Rates) -> Self {
        Self { rates, ..self }
    }

    /// What carries out the operations of one HTTP request or one socket.
    #[must_use]
    pub fn executor(&self, trace_id: TraceId) -> ApiExecutor {
        ApiExecutor {
            api: self.clone(),
            trace_id,
        }
    }
}

fn builder() -> async_graphql::SchemaBuilder<queries::Query, mutations::Mutation, subscriptions::Subscription> {
    Schema::build(
        queries::Query::default(),
        mutations::Mutation::default(),
        subscriptions::Subscription,
    )
}

/// The schema as text, in GraphQL's definition language.
#[must_use]
pub fn sdl() -> String {
    builder().finish().sdl()
}

/// The answer to a request that is not carried out.
#[derive(Debug)]
pub struct Refused {
    /// What is answered: one error, and no data.
    pub response: Box<Response>,
    /// That it came too soon, and how long to wait; none where repeating it changes nothing.
    pub too_soon: Option<TooSoon>,
}

/// That a request was counted for the one who asks, before it was read. Stands in its data.
#[derive(Clone, Copy, Debug)]
pub struct Counted;

/// Whether anything of an operation was carried out. An error without a path is none of a field: the document could not be read, is not
/// valid or breaks a bound, an operation or variable is missing, or the whole broke.
pub(crate) fn was_carried_out(response: &Response) -> bool {
    let of_fields = response.errors.iter().any(|error| !error.path.is_empty());
    response.data != Value::Null || response.errors.is_empty() || of_fields
}

/// What is in the data of a request or a socket.
fn found<T: Send + Sync + 'static>(data: &Data) -> Option<&T> {
    data.get(&TypeId::of::<T>())?.downcast_ref()
}

/// Carries out operations: gives each its services and data loaders, and its errors their last form.
#[derive(Clone, Debug)]
pub struct ApiExecutor {
    api: Api,
    trace_id: TraceId,
}

impl ApiExecutor {
    /// Lets a request through, or answers why not: it comes too soon for the one who asks, or is too much. Before anything else reads
    /// its document, see [`guard`]. What is carried out asks here by itself; who has to know of the operation before that asks first,
    /// and it is not judged again.
    ///
    /// # Errors
    /// The answer, which has no data: the request was not carried out.
    pub fn admit(&self, request: Request) -> Result<(Request, Admitted), Refused> {
        self.admit_of(request, None)
    }

    /// Counts a request of this caller. What is [`Counted`] already, says so in its data.
    ///
    /// # Errors
    /// The answer to one that comes too soon.
    pub fn count(&self, caller: &Caller) -> Result<Counted, Refused> {
        let counted = self.api.rates.count_principal(&caller.request.actor);
        counted.map(|()| Counted).map_err(|too_soon| {
            metrics::refused(RATE_LIMITED, "principal");
            self.refuse(too_soon.into_error(), Some(too_soon))
        })
    }

    fn admit_of(&self, mut request: Request, session: Option<&Data>) -> Result<(Request, Admitted), Refused> {
        if let Some(admitted) = found::<Admitted>(&request.data) {
            let admitted = *admitted;
            return Ok((request, admitted));
        }
        let caller = found::<Caller>(&request.data).or_else(|| session.and_then(found));
        if let (None, Some(caller)) = (found::<Counted>(&request.data), caller) {
            self.count(caller)?;
        }
        let documents = &self.api.documents;
        let found = match session {
            None => documents.find(&mut request),
            Some(_) => documents.find_written_out(&mut request),
        };
        let offered = found.map_err(|unknown| {
            metrics::refused(unknown.code(), "document");
            self.refuse(unknown.into_error(), None)
        })?;
        let admitted = guard::judge(&mut request, self.api.introspection).map_err(|rejected| {
            metrics::refused(rejected.code(), "document");
            self.refuse(rejected.into_error(), None)
        })?;
        if let Some(offered) = offered.filter(|_| !admitted.may_hold_secrets) {
            documents.keep(&offered, &request.query);
        }
        Ok((request.data(admitted), admitted))
    }

    fn refuse(&self, error: ServerError, too_soon: Option<TooSoon>) -> Refused {
        let mut response = Response::from_errors(vec![error]);
        error::present(&mut response.errors, &self.trace_id);
        Refused {
            response: Box::new(response),
            too_soon,
        }
    }

    /// Gives an operation what its resolvers need. `session` is the socket's, if it came through one.
    fn prepare(&self, mut request: Request, session: Option<&Data>) -> Request {
        if let Some(caller) = session.and_then(found::<Caller>) {
            request = request.data(caller.clone());
        }
        let caller = found::<Caller>(&request.data);
        let whom = caller.map_or_else(OnBehalf::default, |caller| {
            OnBehalf::Request(Arc::new(caller.request.clone()))
        });
        let services = context::services_for(&self.api.services, caller).on_behalf_of(whom);
        request.data(loaders::new(services.clone())).data(services)
    }

    /// Begins an operation of a socket.
    async fn begin(self, request: Request, session: Option<&Data>) -> BoxStream<'static, Response> {
        let one = |response| stream::once(future::ready(response)).boxed();
        let (request, admitted) = match self.admit_of(request, session) {
            Ok((request, admitted)) => (self.prepare(request, session), admitted),
            Err(refused) => return one(*refused.response),
        };
        let of = whose(&request);
        let answers = if admitted.operation == Some(OperationType::Subscription) {
            self.follow(request).await.unwrap_or_else(one)
        } else {
            let executor = self.clone();
            stream::once(async move { executor.carry_out(request, admitted).await }).boxed()
        };
        self.api.undelivered.taken(of, answers)
    }

    /// Carries out what was let through, and answers what is to be sent as `written`. It counts until it is read.
    pub(crate) async fn answer<E>(
        &self,
        request: Request,
        execute: impl AsyncFnOnce(Request) -> Result<Response, E>,
        written: impl FnOnce(Response) -> axum::response::Response,
    ) -> Result<axum::response::Response, E> {
        let of = whose(&request);
        if let Err(mut busy) = self.api.undelivered.look_at(&of) {
            error::present(&mut busy.errors, &self.trace_id);
            return Ok(written(*busy));
        }
        let answer = written(execute(request).await?);
        Ok(self.api.undelivered.sent(&of, answer))
    }

    /// Carries out a query or a mutation once it has its turn.
    async fn carry_out(&self, mut request: Request, admitted: Admitted) -> Response {
        let (document, of) = (Document::of(&request), whose(&request));
        let api = &self.api;
        let response = match scales::weigh(&api.watched, &mut request).await {
            Ok(cost) => match api.room.take(&of, cost.saturating_add(admitted.cost_of_schema())).await {
                Ok(_turn) => api.schema.execute(request).await,
                Err(busy) => busy,
            },
            Err(refused) => refused,
        };
        document.presented(response, &self.trace_id)
    }

    /// Follows a subscription, each of whose results takes its turn.
    async fn follow(&self, mut request: Request) -> Result<BoxStream<'static, Response>, Response> {
        let (document, of, trace_id) = (Document::of(&request), whose(&request), self.trace_id.clone());
        let weighed = scales::weigh(&self.api.watched, &mut request).await;
        let cost = weighed.map_err(|refused| document.presented(refused, &trace_id))?;
        if cost > guard::limits::RESULT_COST {
            let refused = Response::from_errors(vec![Refusal::ResultTooComplex.into_error()]);
            return Err(document.presented(refused, &trace_id));
        }
        let request = request.data(ResultLimits {
            within: self.api.results_within,
            cost,
            room: self.api.room.clone(),
            of,
            trace_id: trace_id.clone(),
        });
        let results = self.api.watched.execute_stream(request);
        Ok(results.map(move |result| document.presented(result, &trace_id)).boxed())
    }
}

/// Whose request it is; that of nobody where nobody signs in, as in tests of the schema alone.
fn whose(request: &Request) -> Person {
    let caller = found::<Caller>(&request.data);
    caller.map(|caller| person(&caller.request.actor)).unwrap_or_default()
}

/// What was asked for, to present its answers.
struct Document {
    text: String,
    operation: Option<String>,
}

impl Document {
    fn of(request: &Request) -> Self {
        Self {
            text: request.query.clone(),
            operation: request.operation_name.clone(),
        }
    }

    /// An answer in its last form.
    fn presented(&self, mut response: Response, trace_id: &TraceId) -> Response {
        nulls::settle(&mut response, &self.text, self.operation.as_deref());
        error::present(error::few(&mut response.errors), trace_id);
        response
    }
}

impl Executor for ApiExecutor {
    async fn execute(&self, request: Request) -> Response {
        match self.admit(request) {
            Ok((request, admitted)) => self.carry_out(self.prepare(request, None), admitted).await,
            Err(refused) => *refused.response,
        }
    }

    fn execute_stream(&self, request: Request, session: Option<Arc<Data>>) -> BoxStream<'static, Response> {
        let executor = self.clone();
        stream::once(async move { executor.begin(request, session.as_deref()).await })
            .flatten()
            .boxed()
    }
}
