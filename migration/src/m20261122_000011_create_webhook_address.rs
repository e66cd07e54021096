//! Creates `webhook_address`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{text, text_null, timestamp_with_time_zone, uuid, uuid_null};

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("webhook_address")
                    .col(text("reference").primary_key())
                    .col(uuid("workspace_id"))
                    .col(uuid("twilio_account_id"))
                    .col(uuid("phone_number_id"))
                    .col(uuid_null("call_intent_id"))
                    .col(text("base_url"))
                    .col(text_null("previous_base_url"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("webhook_address", "workspace_id")
                            .to("workspace", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("webhook_address", "twilio_account_id")
                            .to("twilio_account", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("webhook_address", "phone_number_id")
                            .to("phone_number", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("webhook_address", "call_intent_id")
                            .to("call_intent", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("webhook_address").to_owned())
            .await
    }
}
