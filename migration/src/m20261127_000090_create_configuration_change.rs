//! Creates `configuration_change`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{json_binary, text, text_null, timestamp_with_time_zone, uuid, uuid_null};

use crate::index;
use crate::row_security::{OF_WORKSPACE, protect};

const TABLE: &str = "configuration_change";

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let refers =
            |column: &'static str, to: &'static str| ForeignKey::create().from(TABLE, column).to(to, "id").to_owned();
        manager
            .create_table(
                Table::create()
                    .table(TABLE)
                    .col(uuid("id").primary_key())
                    .col(uuid("workspace_id"))
                    .col(uuid("twilio_account_id"))
                    .col(uuid_null("phone_number_id"))
                    .col(uuid_null("agent_id"))
                    .col(text("kind"))
                    .col(text_null("direction"))
                    .col(text_null("reason"))
                    .col(json_binary("fields"))
                    .col(timestamp_with_time_zone("at"))
                    .foreign_key(&mut refers("workspace_id", "workspace"))
                    .foreign_key(&mut refers("twilio_account_id", "twilio_account"))
                    .foreign_key(&mut refers("phone_number_id", "phone_number"))
                    .foreign_key(&mut refers("agent_id", "agent"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(index(
                "configuration_change_page",
                TABLE,
                &["twilio_account_id", "at", "id"],
            ))
            .await?;
        // Those old enough to go.
        manager
            .create_index(index("configuration_change_at", TABLE, &["at"]))
            .await?;
        protect(manager, TABLE, OF_WORKSPACE, "SELECT, INSERT").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(TABLE).to_owned()).await
    }
}
