//! Gives a call what Twilio's own log, its error log and Voice Insights tell of it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{integer_null, json_binary_null, text_null, timestamp_with_time_zone_null};

use crate::index;

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

fn columns() -> [ColumnDef; 7] {
    [
        integer_null("error_code"),
        text_null("other_country"),
        timestamp_with_time_zone_null("ringing_at"),
        integer_null("setup_ms"),
        timestamp_with_time_zone_null("log_seen_at"),
        json_binary_null("quality"),
        timestamp_with_time_zone_null("quality_at"),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in columns() {
            manager
                .alter_table(Table::alter().table("call").add_column(column).to_owned())
                .await?;
        }
        manager
            .create_index(index(
                "call_account_page",
                "call",
                &["twilio_account_id", "started_at", "id"],
            ))
            .await?;
        manager
            .create_index(
                index(
                    "call_error_page",
                    "call",
                    &["workspace_id", "error_code", "started_at", "id"],
                )
                .and_where(Expr::col("error_code").is_not_null())
                .to_owned(),
            )
            .await?;
        // What is old enough to go.
        manager
            .create_index(index("call_started", "call", &["started_at"]))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["call_account_page", "call_error_page", "call_started"] {
            manager
                .drop_index(Index::drop().name(name).table("call").to_owned())
                .await?;
        }
        for column in columns() {
            manager
                .alter_table(
                    Table::alter()
                        .table("call")
                        .drop_column(column.get_column_name())
                        .to_owned(),
                )
                .await?;
        }
        Ok(())
    }
}
