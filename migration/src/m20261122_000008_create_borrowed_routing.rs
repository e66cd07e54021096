//! Creates `borrowed_routing`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{json_binary, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid};

use crate::unique_index;

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("borrowed_routing")
                    .col(uuid("id").primary_key())
                    .col(uuid("workspace_id"))
                    .col(uuid("phone_number_id"))
                    .col(json_binary("routing"))
                    .col(timestamp_with_time_zone("borrowed_at"))
                    .col(timestamp_with_time_zone_null("returned_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("borrowed_routing", "workspace_id")
                            .to("workspace", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("borrowed_routing", "phone_number_id")
                            .to("phone_number", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                unique_index("borrowed_routing_open", "borrowed_routing", &["phone_number_id"])
                    .and_where(Expr::col("returned_at").is_null())
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("borrowed_routing").to_owned())
            .await
    }
}
