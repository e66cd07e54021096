//! `workspace`: one customer of Callab. Every other row belongs to one.

use sea_orm::entity::prelude::*;

use crate::WorkspaceId;

/// One workspace. Made at the first authenticated request that names it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "workspace")]
pub struct Model {
    /// Its id here.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WorkspaceId,
    /// Its id in the web app, from the token's claim `workspace`. Unique.
    pub external_id: String,
    /// Its name, kept current from the token's claim `workspace_name`.
    pub name: String,
    /// When it was first seen.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
