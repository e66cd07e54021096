//! A customer of Callab.

use ::entity::workspace;
use async_graphql::{ID, Object};

use crate::graphql::id;

/// A customer of Callab. Everything else belongs to one.
pub struct Workspace(pub workspace::Model);

/// A customer of Callab. Everything else belongs to one.
#[Object]
impl Workspace {
    /// Its global id.
    async fn id(&self) -> ID {
        id::global(self.0.id)
    }

    /// Its id in the web app, from the token's claim `workspace`.
    async fn external_id(&self) -> &str {
        &self.0.external_id
    }

    /// Its name, for people. Example: `Nordwind Reisen`.
    async fn name(&self) -> &str {
        &self.0.name
    }
}
