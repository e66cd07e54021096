//! Creates `phone_number`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    boolean, integer_null, json_binary, json_binary_null, text, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid,
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
                    .table("phone_number")
                    .col(uuid("id").primary_key())
                    .col(uuid("workspace_id"))
                    .col(uuid("twilio_account_id"))
                    .col(text("sid"))
                    .col(text("e164"))
                    .col(text("source"))
                    .col(text("state"))
                    .col(text("at_twilio"))
                    .col(text("routing"))
                    .col(text_null("routing_problem"))
                    .col(integer_null("routing_twilio_code"))
                    .col(text_null("nickname"))
                    .col(text_null("friendly_name"))
                    .col(text_null("country"))
                    .col(text("kind"))
                    .col(boolean("voice"))
                    .col(boolean("sms"))
                    .col(boolean("mms"))
                    .col(boolean("fax"))
                    .col(text_null("twilio_status"))
                    .col(json_binary("seen_routing"))
                    .col(timestamp_with_time_zone("seen_at"))
                    .col(json_binary_null("written_routing"))
                    .col(text_null("reference"))
                    .col(timestamp_with_time_zone_null("added_at"))
                    .col(timestamp_with_time_zone_null("removed_at"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("phone_number", "workspace_id")
                            .to("workspace", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("phone_number", "twilio_account_id")
                            .to("twilio_account", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(unique_index(
                "phone_number_sid",
                "phone_number",
                &["twilio_account_id", "sid"],
            ))
            .await?;
        manager
            .create_index(
                unique_index("phone_number_in_use", "phone_number", &["e164"])
                    .and_where(Expr::col("state").eq("ADDED"))
                    .and_where(Expr::col("at_twilio").eq("LISTED"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(index(
                "phone_number_page",
                "phone_number",
                &["workspace_id", "e164", "id"],
            ))
            .await?;
        manager
            .create_index(index(
                "phone_number_account_page",
                "phone_number",
                &["twilio_account_id", "e164", "id"],
            ))
            .await?;
        manager
            .create_index(
                index("phone_number_return_pending", "phone_number", &["twilio_account_id"])
                    .and_where(Expr::col("routing").eq("RETURN_PENDING"))
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("phone_number").to_owned()).await
    }
}
