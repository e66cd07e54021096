//! Tells a test's call from an agent's, and finds a number's intents and those that are open.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::text;

use crate::index;

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

/// Until now every intent was a test's.
fn purpose() -> ColumnDef {
    text("purpose").default("TEST").take()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(Table::alter().table("call_intent").add_column(purpose()).to_owned())
            .await?;
        manager
            .create_index(index(
                "call_intent_number",
                "call_intent",
                &["phone_number_id", "created_at"],
            ))
            .await?;
        manager
            .create_index(
                index("call_intent_placed", "call_intent", &["twilio_account_id", "sent_at"])
                    .and_where(Expr::col("state").eq("PLACED"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["call_intent_number", "call_intent_placed"] {
            manager
                .drop_index(Index::drop().name(name).table("call_intent").to_owned())
                .await?;
        }
        manager
            .alter_table(Table::alter().table("call_intent").drop_column("purpose").to_owned())
            .await
    }
}
