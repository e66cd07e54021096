//! Creates `billing_alert`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    boolean, integer_null, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
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
                    .table("billing_alert")
                    .col(uuid("id").primary_key())
                    .col(uuid("workspace_id"))
                    .col(uuid("twilio_account_id"))
                    .col(text("kind"))
                    .col(text("threshold"))
                    .col(text_null("currency"))
                    .col(text_null("set_aside"))
                    .col(timestamp_with_time_zone_null("set_aside_at"))
                    .col(boolean("mirror_wanted"))
                    .col(text("mirror"))
                    .col(text_null("mirror_problem"))
                    .col(integer_null("mirror_twilio_code"))
                    .col(text_null("trigger_sid"))
                    .col(text("reference"))
                    .col(text_null("base_url"))
                    .col(text_null("previous_base_url"))
                    .col(text("created_by"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .col(timestamp_with_time_zone_null("deleted_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("billing_alert", "workspace_id")
                            .to("workspace", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("billing_alert", "twilio_account_id")
                            .to("twilio_account", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(unique_index("billing_alert_reference", "billing_alert", &["reference"]))
            .await?;
        manager
            .create_index(
                index(
                    "billing_alert_of_account",
                    "billing_alert",
                    &["twilio_account_id", "created_at", "id"],
                )
                .and_where(Expr::col("deleted_at").is_null())
                .to_owned(),
            )
            .await?;
        manager
            .create_index(
                index(
                    "billing_alert_page",
                    "billing_alert",
                    &["workspace_id", "created_at", "id"],
                )
                .and_where(Expr::col("deleted_at").is_null())
                .to_owned(),
            )
            .await?;
        // What still stands at Twilio, of deleted rules too.
        manager
            .create_index(
                index("billing_alert_mirrored", "billing_alert", &["twilio_account_id"])
                    .and_where(Expr::col("mirror").is_in(["PENDING", "MIRRORED"]))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("billing_alert").to_owned())
            .await
    }
}
