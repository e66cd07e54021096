//! Creates `usage_day`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{boolean, date, text, text_null, timestamp_with_time_zone_null, uuid};

use crate::{index, unique_index};

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("usage_day")
                    .col(uuid("id").primary_key())
                    .col(uuid("workspace_id"))
                    .col(uuid("twilio_account_id"))
                    .col(date("day"))
                    .col(boolean("with_subaccounts"))
                    .col(text("category"))
                    .col(text_null("description"))
                    .col(text_null("usage_amount"))
                    .col(text_null("usage_unit"))
                    .col(text_null("count"))
                    .col(text_null("count_unit"))
                    .col(text_null("price"))
                    .col(text("currency"))
                    .col(timestamp_with_time_zone_null("as_of"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("usage_day", "workspace_id")
                            .to("workspace", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("usage_day", "twilio_account_id")
                            .to("twilio_account", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        // One figure, and the order in which an account's are read. A day has a category twice when the account's currency
        // changed in it.
        manager
            .create_index(unique_index(
                "usage_day_figure",
                "usage_day",
                &["twilio_account_id", "day", "with_subaccounts", "category", "currency"],
            ))
            .await?;
        // The whole bills, of many accounts at once.
        manager
            .create_index(
                index("usage_day_bill", "usage_day", &["twilio_account_id", "day"])
                    .and_where(Expr::col("category").eq("totalprice"))
                    .to_owned(),
            )
            .await?;
        // Those old enough to go.
        manager
            .create_index(index("usage_day_day", "usage_day", &["day"]))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("usage_day").to_owned()).await
    }
}
