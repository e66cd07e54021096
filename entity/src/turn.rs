//! `turn`: work that one of many workers does at a time, such as the sweep, and when it is due.

use sea_orm::entity::prelude::*;

/// One piece of recurring work. Whoever moves the due time on does it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "turn")]
pub struct Model {
    /// What is to be done.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// When it is due next.
    pub due_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
