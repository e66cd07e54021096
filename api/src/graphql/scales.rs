//! What an operation costs, before any of it is carried out: the library counts that while it validates, and tells it to extensions alone.
//!
//! A schema with an extension resolves each field by a longer way, with a look into the registry and two more boxes (async-graphql 7.2.1,
//! `resolver_utils/container.rs`). So one schema has the extension, and weighs; queries and mutations are carried out by another
//! without any, which does not validate again what was found valid here.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextValidation};
use async_graphql::{Request, Response, ServerError, ValidationResult};

use super::ApiSchema;

/// Stands in the data of a request that is weighed and not carried out.
#[derive(Clone, Debug, Default)]
struct Weight(Arc<AtomicUsize>);

/// Makes a schema weigh.
pub(super) struct Scales;

impl ExtensionFactory for Scales {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for Scales {
    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let valid = next.run(ctx).await?;
        let Some(weight) = ctx.data_opt::<Weight>() else {
            return Ok(valid);
        };
        weight.0.store(valid.complexity, Ordering::Relaxed);
        Err(Vec::new()) // It goes no further, and nothing is wrong with it.
    }
}

/// What a request costs, on a schema that has [`Scales`].
///
/// # Errors
/// With the answer to one that is no GraphQL, is not valid or costs too much.
pub(super) async fn weigh(schema: &ApiSchema, request: &mut Request) -> Result<usize, Response> {
    let document = request
        .parsed_query()
        .map_err(|error| Response::from_errors(vec![error]))?
        .clone();
    let weight = Weight::default();
    let mut weighed = Request::new("")
        .variables(request.variables.clone())
        .data(weight.clone());
    weighed.operation_name.clone_from(&request.operation_name);
    weighed.set_parsed_query(document);
    let response = schema.execute(weighed).await;
    if response.errors.is_empty() {
        Ok(weight.0.load(Ordering::Relaxed))
    } else {
        Err(response)
    }
}
