//! Creates `call_reading`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{json_binary, uuid};

const TABLE: &str = "call_reading";

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(TABLE)
                    .col(uuid("twilio_account_id").primary_key())
                    .col(json_binary("place"))
                    .foreign_key(
                        ForeignKey::create()
                            .from(TABLE, "twilio_account_id")
                            .to("twilio_account", "id"),
                    )
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(TABLE).to_owned()).await
    }
}
