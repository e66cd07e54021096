//! Creates `call`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    integer_null, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

use crate::{index, unique_index};

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("call")
                    .col(uuid("id").primary_key())
                    .col(uuid("workspace_id"))
                    .col(uuid("twilio_account_id"))
                    .col(uuid("phone_number_id"))
                    .col(uuid_null("agent_id"))
                    .col(uuid_null("call_intent_id"))
                    .col(text("sid"))
                    .col(text("direction"))
                    .col(text("from_number"))
                    .col(text("to_number"))
                    .col(text("status"))
                    .col(integer_null("status_sequence"))
                    .col(integer_null("duration_s"))
                    .col(integer_null("sip_code"))
                    .col(text_null("price"))
                    .col(text_null("price_currency"))
                    .col(timestamp_with_time_zone("started_at"))
                    .col(timestamp_with_time_zone_null("answered_at"))
                    .col(timestamp_with_time_zone_null("ended_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(ForeignKey::create().from("call", "workspace_id").to("workspace", "id"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("call", "twilio_account_id")
                            .to("twilio_account", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("call", "phone_number_id")
                            .to("phone_number", "id"),
                    )
                    .foreign_key(ForeignKey::create().from("call", "agent_id").to("agent", "id"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("call", "call_intent_id")
                            .to("call_intent", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(unique_index("call_sid", "call", &["twilio_account_id", "sid"]))
            .await?;
        manager
            .create_index(index("call_page", "call", &["workspace_id", "started_at", "id"]))
            .await?;
        manager
            .create_index(index(
                "call_number_page",
                "call",
                &["phone_number_id", "started_at", "id"],
            ))
            .await?;
        manager
            .create_index(index("call_intent_of_call", "call", &["call_intent_id"]))
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("call").to_owned()).await
    }
}
