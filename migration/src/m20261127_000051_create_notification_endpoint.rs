//! Creates `notification_endpoint`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    binary_null, boolean, json_binary, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
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
                    .table("notification_endpoint")
                    .col(uuid("id").primary_key())
                    .col(uuid("workspace_id"))
                    .col(text("kind"))
                    .col(text("address"))
                    .col(json_binary("wanted"))
                    .col(boolean("enabled"))
                    .col(text_null("disabled_reason"))
                    .col(text_null("secret_key_name"))
                    .col(binary_null("secret_sealed"))
                    .col(text_null("previous_key_name"))
                    .col(binary_null("previous_sealed"))
                    .col(timestamp_with_time_zone_null("previous_until"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .col(timestamp_with_time_zone_null("removed_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("notification_endpoint", "workspace_id")
                            .to("workspace", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                index(
                    "notification_endpoint_page",
                    "notification_endpoint",
                    &["workspace_id", "created_at", "id"],
                )
                .and_where(Expr::col("removed_at").is_null())
                .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("notification_endpoint").to_owned())
            .await
    }
}
