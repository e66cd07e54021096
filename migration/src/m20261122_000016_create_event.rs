//! Creates `event`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer_null, json_binary, text, timestamp_with_time_zone, uuid};

use crate::{index, unique_index};

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("event")
                    .col(uuid("id").primary_key())
                    .col(big_integer_null("seq"))
                    .col(uuid("workspace_id"))
                    .col(text("kind"))
                    .col(uuid("subject"))
                    .col(json_binary("data"))
                    .col(timestamp_with_time_zone("at"))
                    .foreign_key(ForeignKey::create().from("event", "workspace_id").to("workspace", "id"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(unique_index("event_seq", "event", &["seq"]))
            .await?;
        manager
            .create_index(
                index("event_unnumbered", "event", &["at", "id"])
                    .and_where(Expr::col("seq").is_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(index("event_page", "event", &["workspace_id", "seq"]))
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("event").to_owned()).await
    }
}
