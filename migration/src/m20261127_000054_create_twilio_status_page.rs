//! Creates `twilio_status_page`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{integer, json_binary, text_null, timestamp_with_time_zone_null};

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("twilio_status_page")
                    .col(integer("id").primary_key())
                    .col(text_null("indicator"))
                    .col(json_binary("components"))
                    .col(json_binary("incidents"))
                    .col(timestamp_with_time_zone_null("read_at"))
                    .col(text_null("failure"))
                    .col(timestamp_with_time_zone_null("failed_at"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("twilio_status_page").to_owned())
            .await
    }
}
