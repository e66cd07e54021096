//! Creates `api_key`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    binary, json_binary, text, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
};

use crate::index;
use crate::row_security::{OF_WORKSPACE, protect};

const TABLE: &str = "api_key";

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(TABLE)
                    .col(uuid("id").primary_key())
                    .col(uuid("workspace_id"))
                    .col(text("name"))
                    .col(text("beginning"))
                    .col(binary("hash").unique_key())
                    .col(json_binary("permissions"))
                    .col(text("created_by"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("expires_at"))
                    .col(timestamp_with_time_zone_null("last_used_at"))
                    .col(timestamp_with_time_zone_null("revoked_at"))
                    .foreign_key(ForeignKey::create().from(TABLE, "workspace_id").to("workspace", "id"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(index("api_key_page", TABLE, &["workspace_id", "created_at", "id"]))
            .await?;
        protect(manager, TABLE, OF_WORKSPACE, "SELECT, INSERT, UPDATE").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(TABLE).to_owned()).await
    }
}
