//! Keeps beside each audit entry the Twilio account that it is about, and lets the log be read across workspaces.
//!
//! Entries from before have no account.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::uuid_null;

use crate::index;

const TABLE: &str = "audit_entry";

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = uuid_null("twilio_account_id").take();
        manager
            .alter_table(Table::alter().table(TABLE).add_column(column).to_owned())
            .await?;
        manager
            .create_index(index(
                "audit_entry_of_account",
                TABLE,
                &["twilio_account_id", "at", "id"],
            ))
            .await?;
        manager
            .create_index(index("audit_entry_of_all", TABLE, &["at", "id"]))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["audit_entry_of_all", "audit_entry_of_account"] {
            manager
                .drop_index(Index::drop().name(name).table(TABLE).to_owned())
                .await?;
        }
        manager
            .alter_table(Table::alter().table(TABLE).drop_column("twilio_account_id").to_owned())
            .await
    }
}
