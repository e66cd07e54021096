//! Creates `test_call`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    integer_null, json_binary, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
    uuid_null,
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
                    .table("test_call")
                    .col(uuid("id").primary_key())
                    .col(uuid("workspace_id"))
                    .col(uuid("phone_number_id"))
                    .col(text("kind"))
                    .col(text_null("to_number"))
                    .col(uuid_null("call_intent_id"))
                    .col(uuid_null("call_id"))
                    .col(json_binary("preflight"))
                    .col(text_null("verdict"))
                    .col(text_null("failed_step"))
                    .col(integer_null("twilio_code"))
                    .col(text("started_by"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("expires_at"))
                    .col(timestamp_with_time_zone_null("ended_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("test_call", "workspace_id")
                            .to("workspace", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("test_call", "phone_number_id")
                            .to("phone_number", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("test_call", "call_intent_id")
                            .to("call_intent", "id"),
                    )
                    .foreign_key(ForeignKey::create().from("test_call", "call_id").to("call", "id"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(index(
                "test_call_number",
                "test_call",
                &["phone_number_id", "created_at"],
            ))
            .await?;
        manager
            .create_index(index("test_call_intent", "test_call", &["call_intent_id"]))
            .await?;
        manager
            .create_index(
                unique_index("test_call_one_running", "test_call", &["phone_number_id"])
                    .and_where(Expr::col("verdict").is_null())
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("test_call").to_owned()).await
    }
}
