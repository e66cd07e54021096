//! Finds a number's newest call in each direction without reading the others.

use sea_orm_migration::prelude::*;

use crate::index;

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_index(index(
                "call_number_direction",
                "call",
                &["phone_number_id", "direction", "started_at"],
            ))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(Index::drop().name("call_number_direction").table("call").to_owned())
            .await
    }
}
