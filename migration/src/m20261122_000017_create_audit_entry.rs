//! Creates `audit_entry`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{json_binary, text, text_null, timestamp_with_time_zone, uuid};

use crate::index;

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("audit_entry")
                    .col(uuid("id").primary_key())
                    .col(uuid("workspace_id"))
                    .col(text("actor"))
                    .col(text("role"))
                    .col(text("action"))
                    .col(text("subject"))
                    .col(text("outcome"))
                    .col(json_binary("detail"))
                    .col(text_null("request_id"))
                    .col(text_null("address"))
                    .col(timestamp_with_time_zone("at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("audit_entry", "workspace_id")
                            .to("workspace", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(index("audit_entry_page", "audit_entry", &["workspace_id", "at", "id"]))
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("audit_entry").to_owned()).await
    }
}
