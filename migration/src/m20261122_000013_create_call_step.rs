//! Creates `call_step`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{integer_null, text, text_null, timestamp_with_time_zone, uuid};

use crate::unique_index;

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("call_step")
                    .col(uuid("id").primary_key())
                    .col(uuid("workspace_id"))
                    .col(uuid("call_id"))
                    .col(text("kind"))
                    .col(text("same_as"))
                    .col(timestamp_with_time_zone("at"))
                    .col(timestamp_with_time_zone("noted_at"))
                    .col(integer_null("code"))
                    .col(text_null("detail"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("call_step", "workspace_id")
                            .to("workspace", "id"),
                    )
                    .foreign_key(ForeignKey::create().from("call_step", "call_id").to("call", "id"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(unique_index("call_step_once", "call_step", &["call_id", "same_as"]))
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("call_step").to_owned()).await
    }
}
