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
mod subscriptions;
mod types;

#[cfg(test)]
mod tests;

use std::any::TypeId;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{Data, Executor, Response, Schema, ServerError, Value};
use domain::{OnBehalf, Services};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, future, stream};

pub use context::Caller;
pub use error::INTERNAL;
pub use guard::Admitted;
pub(crate) use room::{RETRY_AFTER_S, is_busy};

use crate::metrics;
use crate::rates::{RATE_LIMITED, Rates, TooSoon};
use crate::trace_id::TraceId;
use context::Installation;
use persisted::{AllowedDocuments, Documents};
use results::{ResultLimits, Results};
use room::Room;

/// The version of the schema: raised when something that clients know goes away.
const SCHEMA_VERSION: &str = "1";

type ApiSchema = Schema<queries::Query, mutations::Mutation, subscriptions::Subscription>;

/// The schema with everything its resolvers need. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    schema: ApiSchema,
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
        let mut schema = builder()
            .limit_complexity(guard::limits::COST)
            .extension(Results)
            .extension(Room::of_this_machine())
            .data(Installation::default());
        if !introspection {
            schema = schema.disable_introspection().disable_suggestions();
        }
        Self {
            schema: schema.finish(),
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
    pub fn admit(&self, request: async_graphql::Request) -> Result<(async_graphql::Request, Admitted), Refused> {
        self.admit_of(request, None)
    }

    fn admit_of(
        &self,
        mut request: async_graphql::Request,
        session: Option<&Data>,
    ) -> Result<(async_graphql::Request, Admitted), Refused> {
        if let Some(admitted) = found::<Admitted>(&request.data) {
            let admitted = *admitted;
            return Ok((request, admitted));
        }
        let caller = found::<Caller>(&request.data).or_else(|| session.and_then(found));
        let in_time = caller.map_or(Ok(()), |caller| self.api.rates.count_principal(&caller.request.actor));
        if let Err(too_soon) = in_time {
            metrics::refused(RATE_LIMITED, "principal");
            return Err(self.refuse(too_soon.into_error(), Some(too_soon)));
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

    /// `session` is the socket's, if the operation came through one.
    fn prepare(&self, request: async_graphql::Request, session: Option<&Data>) -> async_graphql::Request {
        let caller = found::<Caller>(&request.data).or_else(|| session.and_then(found));
        let whom = caller.map_or_else(OnBehalf::default, |caller| {
            OnBehalf::Request(Arc::new(caller.request.clone()))
        });
        let services = context::services_for(&self.api.services, caller).on_behalf_of(whom);
        request.data(loaders::new(services.clone())).data(services)
    }
}

impl Executor for ApiExecutor {
    async fn execute(&self, request: async_graphql::Request) -> Response {
        let request = match self.admit(request) {
            Ok((request, _)) => request,
            Err(refused) => return *refused.response,
        };
        let (document, operation) = (request.query.clone(), request.operation_name.clone());
        let mut response = self.api.schema.execute(self.prepare(request, None)).await;
        nulls::settle(&mut response, &document, operation.as_deref());
        error::present(error::few(&mut response.errors), &self.trace_id);
        response
    }

    fn execute_stream(
        &self,
        request: async_graphql::Request,
        session: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        let (mut request, admitted) = match self.admit_of(request, session.as_deref()) {
            Ok((request, admitted)) => (self.prepare(request, session.as_deref()), admitted),
            Err(refused) => return stream::once(future::ready(*refused.response)).boxed(),
        };
        if admitted.operation == Some(OperationType::Subscription) {
            request = request.data(ResultLimits {
                within: self.api.results_within,
                trace_id: self.trace_id.clone(),
            });
        }
        let (document, operation) = (request.query.clone(), request.operation_name.clone());
        let responses = self
            .api
            .schema
            .execute_stream_with_session_data(request, session.unwrap_or_default());
        let trace_id = self.trace_id.clone();
        let presented = responses.map(move |mut response| {
            nulls::settle(&mut response, &document, operation.as_deref());
            error::present(error::few(&mut response.errors), &trace_id);
            response
        });
        presented.boxed()
    }
}
