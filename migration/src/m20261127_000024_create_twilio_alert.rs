//! Creates `twilio_alert`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{integer_null, text, text_null, timestamp_with_time_zone, uuid};

use crate::{index, unique_index};

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("twilio_alert")
                    .col(uuid("id").primary_key())
                    .col(uuid("workspace_id"))
                    .col(uuid("twilio_account_id"))
                    .col(text("sid"))
                    .col(text("level"))
                    .col(integer_null("error_code"))
                    .col(text_null("resource_sid"))
                    .col(text_null("alert_text"))
                    .col(timestamp_with_time_zone("generated_at"))
                    .col(timestamp_with_time_zone("noted_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("twilio_alert", "workspace_id")
                            .to("workspace", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("twilio_alert", "twilio_account_id")
                            .to("twilio_account", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(unique_index(
                "twilio_alert_sid",
                "twilio_alert",
                &["twilio_account_id", "sid"],
            ))
            .await?;
        manager
            .create_index(index(
                "twilio_alert_page",
                "twilio_alert",
                &["twilio_account_id", "generated_at", "id"],
            ))
            .await?;
        // What is about a call, and what is old enough to go.
        manager
            .create_index(
                index("twilio_alert_resource", "twilio_alert", &["resource_sid"])
                    .and_where(Expr::col("resource_sid").is_not_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(index("twilio_alert_at", "twilio_alert", &["generated_at"]))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("twilio_alert").to_owned()).await
    }
}
