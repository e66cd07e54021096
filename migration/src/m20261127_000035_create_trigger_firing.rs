//! Creates `trigger_firing`.

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
                    .table("trigger_firing")
                    .col(uuid("billing_alert_id"))
                    .col(text("token"))
                    .col(timestamp_with_time_zone("at"))
                    .primary_key(Index::create().col("billing_alert_id").col("token"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("trigger_firing", "billing_alert_id")
                            .to("billing_alert", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        // Those old enough to go.
        manager
            .create_index(index("trigger_firing_at", "trigger_firing", &["at"]))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("trigger_firing").to_owned())
            .await
    }
}
