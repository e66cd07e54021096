//! Gives an account the evidence that its health is computed from, a pause, and the due times of billing and calls.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    integer, integer_null, json_binary, text, timestamp_with_time_zone, timestamp_with_time_zone_null,
};

use crate::index;

/// Accounts that are there already are due at once, and then spread.
const LONG_AGO: &str = "2026-01-01 00:00:00+00:00";

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

fn columns() -> [ColumnDef; 13] {
    [
        json_binary("rights").default("[]").take(),
        integer("failed_probes").default(0).take(),
        json_binary("health_reasons").default("[]").take(),
        integer("better_evaluations").default(0).take(),
        timestamp_with_time_zone_null("flaps_until"),
        timestamp_with_time_zone_null("paused_at"),
        timestamp_with_time_zone("next_billing_at").default(LONG_AGO).take(),
        timestamp_with_time_zone_null("billing_read_at"),
        timestamp_with_time_zone("next_calls_at").default(LONG_AGO).take(),
        timestamp_with_time_zone_null("calls_read_until"),
        timestamp_with_time_zone_null("alerts_read_until"),
        text("rotation_policy").default("NONE").take(),
        integer_null("rotation_days"),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in columns() {
            manager
                .alter_table(Table::alter().table("twilio_account").add_column(column).to_owned())
                .await?;
        }
        for (name, column) in [
            ("twilio_account_due_billing", "next_billing_at"),
            ("twilio_account_due_calls", "next_calls_at"),
        ] {
            manager
                .create_index(
                    index(name, "twilio_account", &[column])
                        .and_where(Expr::col("state").eq("CONNECTED"))
                        .to_owned(),
                )
                .await?;
        }
        // The subaccounts of a parent, and the parent of a subaccount.
        manager
            .create_index(
                index("twilio_account_owner", "twilio_account", &["workspace_id", "owner_sid"])
                    .and_where(Expr::col("owner_sid").is_not_null())
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in [
            "twilio_account_due_billing",
            "twilio_account_due_calls",
            "twilio_account_owner",
        ] {
            manager
                .drop_index(Index::drop().name(name).table("twilio_account").to_owned())
                .await?;
        }
        for column in columns() {
            manager
                .alter_table(
                    Table::alter()
                        .table("twilio_account")
                        .drop_column(column.get_column_name())
                        .to_owned(),
                )
                .await?;
        }
        Ok(())
    }
}
