//! Creates `call_intent`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    integer_null, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

use crate::unique_index;

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("call_intent")
                    .col(uuid("id").primary_key())
                    .col(uuid("workspace_id"))
                    .col(uuid("twilio_account_id"))
                    .col(uuid("phone_number_id"))
                    .col(uuid_null("agent_id"))
                    .col(text("from_number"))
                    .col(text("to_number"))
                    .col(text("reference"))
                    .col(text("state"))
                    .col(text_null("outcome"))
                    .col(integer_null("twilio_code"))
                    .col(text_null("call_sid"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("sent_at"))
                    .col(timestamp_with_time_zone_null("closed_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("call_intent", "workspace_id")
                            .to("workspace", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("call_intent", "twilio_account_id")
                            .to("twilio_account", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("call_intent", "phone_number_id")
                            .to("phone_number", "id"),
                    )
                    .foreign_key(ForeignKey::create().from("call_intent", "agent_id").to("agent", "id"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                unique_index("call_intent_open", "call_intent", &["from_number", "to_number"])
                    .and_where(Expr::col("state").ne("CLOSED"))
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("call_intent").to_owned()).await
    }
}
