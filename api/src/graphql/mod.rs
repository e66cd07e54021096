//! The GraphQL API: thin. A resolver turns text into types, calls one use case or read of `domain`, and shows the answer.
//!
//! `types/` shows rows, `queries/`, `mutations/` (one file a mutation) and `subscriptions/` are the roots. To add a mutation:
//! `docs/adding-a-mutation.md`.

mod context;
mod cursor;
mod error;
mod id;
mod live;
mod loaders;
mod masking;
mod mutations;
mod page;
mod queries;
mod subscriptions;
mod types;

#[cfg(test)]
mod tests;

use std::any::TypeId;
use std::sync::Arc;

use async_graphql::{Data, Executor, Response, Schema};
use domain::Services;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;

pub use context::Caller;
pub use error::INTERNAL;

use crate::trace_id::TraceId;
use context::Installation;

/// The deepest nesting of fields in one operation. The introspection query of GraphiQL needs 14 levels.
const MAX_DEPTH: usize = 15;

/// The most fields that one operation may resolve, as far as its text tells: a list counts its fields for each row asked for.
const MAX_COMPLEXITY: usize = 50_000;

/// The version of the schema: raised when something that clients know goes away.
const SCHEMA_VERSION: &str = "1";

type ApiSchema = Schema<queries::Query, mutations::Mutation, subscriptions::Subscription>;

/// The schema with everything its resolvers need. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    schema: ApiSchema,
    services: Services,
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
            .limit_depth(MAX_DEPTH)
            .limit_complexity(MAX_COMPLEXITY)
            .data(Installation::default());
        if !introspection {
            schema = schema.disable_introspection().disable_suggestions();
        }
        Self {
            schema: schema.finish(),
            services,
        }
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

/// Carries out operations: gives each its services and data loaders, and its errors their last form.
#[derive(Clone, Debug)]
pub struct ApiExecutor {
    api: Api,
    trace_id: TraceId,
}

impl ApiExecutor {
    fn prepare(&self, request: async_graphql::Request, session: Option<&Data>) -> async_graphql::Request {
        let caller = caller(&request.data).or_else(|| caller(session?));
        let services = context::services_for(&self.api.services, caller);
        request.data(loaders::new(services.clone())).data(services)
    }
}

fn caller(data: &Data) -> Option<&Caller> {
    data.get(&TypeId::of::<Caller>())?.downcast_ref()
}

impl Executor for ApiExecutor {
    async fn execute(&self, request: async_graphql::Request) -> Response {
        let mut response = self.api.schema.execute(self.prepare(request, None)).await;
        error::present(&mut response.errors, &self.trace_id);
        response
    }

    fn execute_stream(
        &self,
        request: async_graphql::Request,
        session: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        let request = self.prepare(request, session.as_deref());
        let responses = self
            .api
            .schema
            .execute_stream_with_session_data(request, session.unwrap_or_default());
        let trace_id = self.trace_id.clone();
        let presented = responses.map(move |mut response| {
            error::present(&mut response.errors, &trace_id);
            response
        });
        presented.boxed()
    }
}
