//! Creates `balance_reading`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{text, timestamp_with_time_zone, uuid};

use crate::index;

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("balance_reading")
                    .col(uuid("id").primary_key())
                    .col(uuid("workspace_id"))
                    .col(uuid("twilio_account_id"))
                    .col(text("balance"))
                    .col(text("currency"))
                    .col(timestamp_with_time_zone("at"))
                    .col(timestamp_with_time_zone("last_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("balance_reading", "workspace_id")
                            .to("workspace", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("balance_reading", "twilio_account_id")
                            .to("twilio_account", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(index(
                "balance_reading_page",
                "balance_reading",
                &["twilio_account_id", "at", "id"],
            ))
            .await?;
        // Those old enough to go.
        manager
            .create_index(index("balance_reading_last_at", "balance_reading", &["last_at"]))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("balance_reading").to_owned())
            .await
    }
}
