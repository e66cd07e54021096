//! Creates `notification_attempt`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{integer, integer_null, text_null, timestamp_with_time_zone, uuid};

use crate::index;

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("notification_attempt")
                    .col(uuid("id").primary_key())
                    .col(uuid("notification_id"))
                    .col(integer_null("status"))
                    .col(integer("duration_ms"))
                    .col(text_null("error"))
                    .col(timestamp_with_time_zone("at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("notification_attempt", "notification_id")
                            .to("notification", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(index(
                "notification_attempt_log",
                "notification_attempt",
                &["notification_id", "id"],
            ))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("notification_attempt").to_owned())
            .await
    }
}
