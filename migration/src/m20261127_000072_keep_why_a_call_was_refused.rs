//! Keeps Twilio's own words beside the code with which it refused a call, for codes that Callab cannot explain.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::text_null;

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = text_null("twilio_text").take();
        manager
            .alter_table(Table::alter().table("call_intent").add_column(column).to_owned())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table("call_intent")
                    .drop_column("twilio_text")
                    .to_owned(),
            )
            .await
    }
}
