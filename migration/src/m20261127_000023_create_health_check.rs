//! Creates `health_check`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{integer_null, json_binary, text, text_null, timestamp_with_time_zone, uuid};

use crate::unique_index;

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("health_check")
                    .col(uuid("id").primary_key())
                    .col(uuid("workspace_id"))
                    .col(uuid("twilio_account_id"))
                    .col(text("check_name"))
                    .col(text("subject"))
                    .col(text("state"))
                    .col(text_null("reason"))
                    .col(integer_null("twilio_code"))
                    .col(json_binary("evidence"))
                    .col(timestamp_with_time_zone("since"))
                    .col(timestamp_with_time_zone("at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("health_check", "workspace_id")
                            .to("workspace", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("health_check", "twilio_account_id")
                            .to("twilio_account", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(unique_index(
                "health_check_newest",
                "health_check",
                &["twilio_account_id", "check_name", "subject"],
            ))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("health_check").to_owned()).await
    }
}
