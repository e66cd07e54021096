//! Creates `agent`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{text, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid};

use crate::{index, unique_index};

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("agent")
                    .col(uuid("id").primary_key())
                    .col(uuid("workspace_id"))
                    .col(text("external_id"))
                    .col(text("name"))
                    .col(text("endpoint_kind"))
                    .col(text("endpoint"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .col(timestamp_with_time_zone_null("removed_at"))
                    .foreign_key(ForeignKey::create().from("agent", "workspace_id").to("workspace", "id"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(unique_index(
                "agent_external_id",
                "agent",
                &["workspace_id", "external_id"],
            ))
            .await?;
        manager
            .create_index(index("agent_page", "agent", &["workspace_id", "created_at", "id"]))
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("agent").to_owned()).await
    }
}
