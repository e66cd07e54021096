//! Who asks, and what the server is.

use async_graphql::{Context, Object};
use chrono::{DateTime, Utc};

use crate::graphql::SCHEMA_VERSION;
use crate::graphql::context::Asked;
use crate::graphql::types::Viewer;

#[derive(Default)]
pub struct ViewerQueries;

#[Object]
impl ViewerQueries {
    /// Who asks, by their token or their API key.
    async fn viewer(&self, ctx: &Context<'_>) -> Viewer {
        Viewer(ctx.caller().clone())
    }

    /// The server's time: ages are to be counted from it rather than from the client's clock.
    async fn server_time(&self, ctx: &Context<'_>) -> DateTime<Utc> {
        ctx.services().clock.now()
    }

    /// The version of this schema: raised when something that clients know goes away. Example: `1`.
    async fn schema_version(&self) -> &'static str {
        SCHEMA_VERSION
    }
}
