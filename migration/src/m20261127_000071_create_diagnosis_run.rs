//! Creates `diagnosis_run`, and the indexes that a diagnosis reads calls, intents and assignments by.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    json_binary, json_binary_null, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
    uuid_null,
};

use crate::index;

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("diagnosis_run")
                    .col(uuid("id").primary_key())
                    .col(uuid("workspace_id"))
                    .col(uuid("twilio_account_id"))
                    .col(uuid_null("phone_number_id"))
                    .col(text_null("country"))
                    .col(text_null("to_number"))
                    .col(json_binary("asked"))
                    .col(json_binary_null("report"))
                    .col(text("started_by"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("finished_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("diagnosis_run", "workspace_id")
                            .to("workspace", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("diagnosis_run", "twilio_account_id")
                            .to("twilio_account", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("diagnosis_run", "phone_number_id")
                            .to("phone_number", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        for index in [
            index("diagnosis_run_age", "diagnosis_run", &["created_at"]),
            index("call_of_account", "call", &["twilio_account_id", "started_at"]),
            index(
                "call_intent_of_number",
                "call_intent",
                &["phone_number_id", "created_at"],
            ),
            index(
                "call_intent_of_account",
                "call_intent",
                &["twilio_account_id", "created_at"],
            ),
            index("agent_assignment_of_number", "agent_assignment", &["phone_number_id"]),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, table) in [
            ("agent_assignment_of_number", "agent_assignment"),
            ("call_intent_of_account", "call_intent"),
            ("call_intent_of_number", "call_intent"),
            ("call_of_account", "call"),
        ] {
            manager
                .drop_index(Index::drop().name(name).table(table).to_owned())
                .await?;
        }
        manager
            .drop_table(Table::drop().table("diagnosis_run").to_owned())
            .await
    }
}
