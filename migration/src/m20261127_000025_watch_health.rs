//! Marks accounts without calls as idle, finds accounts whose evidence has grown old, and says when all rights are asked again.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{boolean, timestamp_with_time_zone_null};

use crate::index;

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            boolean("idle").default(true).take(),
            timestamp_with_time_zone_null("rights_due_at"),
        ] {
            manager
                .alter_table(Table::alter().table("twilio_account").add_column(column).to_owned())
                .await?;
        }
        manager
            .create_index(
                index("twilio_account_checked", "twilio_account", &["checked_at"])
                    .and_where(Expr::col("state").eq("CONNECTED"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(
                Index::drop()
                    .name("twilio_account_checked")
                    .table("twilio_account")
                    .to_owned(),
            )
            .await?;
        for column in ["idle", "rights_due_at"] {
            manager
                .alter_table(Table::alter().table("twilio_account").drop_column(column).to_owned())
                .await?;
        }
        Ok(())
    }
}
