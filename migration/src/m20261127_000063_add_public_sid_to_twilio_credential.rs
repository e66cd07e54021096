//! Gives a credential the public half of what it is: an API key has a SID beside its secret.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::text_null;

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = text_null("public_sid");
        manager
            .alter_table(Table::alter().table("twilio_credential").add_column(column).to_owned())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table("twilio_credential")
                    .drop_column("public_sid")
                    .to_owned(),
            )
            .await
    }
}
