//! Creates `twilio_credential`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{binary, integer, text, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid};

use crate::unique_index;

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("twilio_credential")
                    .col(uuid("id").primary_key())
                    .col(uuid("workspace_id"))
                    .col(uuid("twilio_account_id"))
                    .col(text("kind"))
                    .col(text("slot"))
                    .col(integer("version"))
                    .col(text("key_name"))
                    .col(binary("sealed"))
                    .col(timestamp_with_time_zone_null("valid_until"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("twilio_credential", "workspace_id")
                            .to("workspace", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("twilio_credential", "twilio_account_id")
                            .to("twilio_account", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(unique_index(
                "twilio_credential_version",
                "twilio_credential",
                &["twilio_account_id", "version"],
            ))
            .await?;
        manager
            .create_index(
                unique_index(
                    "twilio_credential_current",
                    "twilio_credential",
                    &["twilio_account_id", "kind"],
                )
                .and_where(Expr::col("slot").eq("CURRENT"))
                .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("twilio_credential").to_owned())
            .await
    }
}
