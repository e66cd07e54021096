//! `installation`: one row that names this database.

use sea_orm::entity::prelude::*;

/// What is true of the whole installation.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "installation")]
pub struct Model {
    /// Always 1: there is one row.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// 32 random hex digits. A process proves with it that it works on this database (`/twilio/v1/nonce`).
    pub secret: String,
    /// When the database was set up.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
