//! Changes of API keys.

mod create_api_key;
mod revoke_api_key;

use async_graphql::MergedObject;

/// Those about API keys.
#[derive(MergedObject, Default)]
pub(in crate::graphql) struct ApiKeyMutations(create_api_key::CreateApiKey, revoke_api_key::RevokeApiKey);
