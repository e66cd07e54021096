//! Creates `idempotency_key`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{text, timestamp_with_time_zone, uuid};

use crate::{index, unique_index};

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("idempotency_key")
                    .col(uuid("id").primary_key())
                    .col(uuid("workspace_id"))
                    .col(text("actor"))
                    .col(text("field"))
                    .col(text("key"))
                    .col(text("input_digest"))
                    .col(uuid("subject"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("idempotency_key", "workspace_id")
                            .to("workspace", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(unique_index(
                "idempotency_key_once",
                "idempotency_key",
                &["workspace_id", "actor", "field", "key"],
            ))
            .await?;
        manager
            .create_index(index("idempotency_key_age", "idempotency_key", &["created_at"]))
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("idempotency_key").to_owned())
            .await
    }
}
