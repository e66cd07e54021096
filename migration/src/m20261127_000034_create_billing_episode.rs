//! Creates `billing_episode`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    date_null, json_binary, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
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
                    .table("billing_episode")
                    .col(uuid("id").primary_key())
                    .col(uuid("workspace_id"))
                    .col(uuid("twilio_account_id"))
                    .col(uuid("billing_alert_id"))
                    .col(text("kind"))
                    .col(date_null("period"))
                    .col(timestamp_with_time_zone("opened_at"))
                    .col(json_binary("opened_with"))
                    .col(json_binary("newest"))
                    .col(timestamp_with_time_zone("newest_at"))
                    .col(timestamp_with_time_zone_null("closed_at"))
                    .col(text_null("closed_because"))
                    .col(timestamp_with_time_zone_null("acknowledged_at"))
                    .col(text_null("acknowledged_by"))
                    .col(text_null("note"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("billing_episode", "workspace_id")
                            .to("workspace", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("billing_episode", "twilio_account_id")
                            .to("twilio_account", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("billing_episode", "billing_alert_id")
                            .to("billing_alert", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        // One crossing is one episode.
        manager
            .create_index(
                unique_index("billing_episode_open", "billing_episode", &["billing_alert_id"])
                    .and_where(Expr::col("closed_at").is_null())
                    .to_owned(),
            )
            .await?;
        for (name, owner) in [
            ("billing_episode_page", "workspace_id"),
            ("billing_episode_of_account", "twilio_account_id"),
        ] {
            manager
                .create_index(index(name, "billing_episode", &[owner, "opened_at", "id"]))
                .await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("billing_episode").to_owned())
            .await
    }
}
