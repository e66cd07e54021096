//! Creates `agent_assignment`.

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
                    .table("agent_assignment")
                    .col(uuid("id").primary_key())
                    .col(uuid("workspace_id"))
                    .col(uuid("phone_number_id"))
                    .col(uuid("agent_id"))
                    .col(text("direction"))
                    .col(timestamp_with_time_zone("started_at"))
                    .col(timestamp_with_time_zone_null("ended_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("agent_assignment", "workspace_id")
                            .to("workspace", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("agent_assignment", "phone_number_id")
                            .to("phone_number", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("agent_assignment", "agent_id")
                            .to("agent", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                unique_index(
                    "agent_assignment_current",
                    "agent_assignment",
                    &["phone_number_id", "direction"],
                )
                .and_where(Expr::col("ended_at").is_null())
                .to_owned(),
            )
            .await?;
        manager
            .create_index(
                index("agent_assignment_agent", "agent_assignment", &["agent_id"])
                    .and_where(Expr::col("ended_at").is_null())
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("agent_assignment").to_owned())
            .await
    }
}
