//! Creates `notification`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    integer, json_binary, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
};

use crate::index;

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("notification")
                    .col(uuid("id").primary_key())
                    .col(uuid("workspace_id"))
                    .col(uuid("endpoint_id"))
                    .col(text("kind"))
                    .col(uuid("subject"))
                    .col(json_binary("payload"))
                    .col(text("state"))
                    .col(text_null("failure"))
                    .col(integer("attempts"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("delivered_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("notification", "workspace_id")
                            .to("workspace", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("notification", "endpoint_id")
                            .to("notification_endpoint", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        for (name, columns) in [
            ("notification_page", ["workspace_id", "id"].as_slice()),
            ("notification_endpoint_log", &["endpoint_id", "id"]),
            ("notification_age", &["created_at"]),
        ] {
            manager.create_index(index(name, "notification", columns)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("notification").to_owned()).await
    }
}
