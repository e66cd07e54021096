//! Creates `twilio_account`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    integer_null, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
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
                    .table("twilio_account")
                    .col(uuid("id").primary_key())
                    .col(uuid("workspace_id"))
                    .col(text("sid"))
                    .col(text("region"))
                    .col(text("label"))
                    .col(text("state"))
                    .col(text("twilio_status"))
                    .col(text("kind"))
                    .col(text_null("owner_sid"))
                    .col(text_null("friendly_name"))
                    .col(text("credential_state"))
                    .col(text("health"))
                    .col(timestamp_with_time_zone("health_since"))
                    .col(text_null("health_reason"))
                    .col(integer_null("health_twilio_code"))
                    .col(text_null("balance"))
                    .col(text_null("balance_currency"))
                    .col(timestamp_with_time_zone_null("balance_at"))
                    .col(timestamp_with_time_zone_null("verified_at"))
                    .col(timestamp_with_time_zone_null("checked_at"))
                    .col(timestamp_with_time_zone_null("synced_at"))
                    .col(timestamp_with_time_zone("next_check_at"))
                    .col(timestamp_with_time_zone("next_sync_at"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .col(timestamp_with_time_zone_null("disconnected_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("twilio_account", "workspace_id")
                            .to("workspace", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(unique_index(
                "twilio_account_sid",
                "twilio_account",
                &["workspace_id", "sid", "region"],
            ))
            .await?;
        manager
            .create_index(index(
                "twilio_account_page",
                "twilio_account",
                &["workspace_id", "created_at", "id"],
            ))
            .await?;
        manager
            .create_index(
                index("twilio_account_due_check", "twilio_account", &["next_check_at"])
                    .and_where(Expr::col("state").eq("CONNECTED"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                index("twilio_account_due_sync", "twilio_account", &["next_sync_at"])
                    .and_where(Expr::col("state").eq("CONNECTED"))
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("twilio_account").to_owned())
            .await
    }
}
