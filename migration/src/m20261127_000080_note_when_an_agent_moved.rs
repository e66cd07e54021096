//! Notes when an agent's address was last changed: what is known of the address before says nothing of this one.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::timestamp_with_time_zone_null;

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = timestamp_with_time_zone_null("endpoint_changed_at").take();
        manager
            .alter_table(Table::alter().table("agent").add_column(column).to_owned())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table("agent")
                    .drop_column("endpoint_changed_at")
                    .to_owned(),
            )
            .await
    }
}
