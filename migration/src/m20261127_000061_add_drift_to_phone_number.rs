//! Notes when a number's routing was found to have drifted.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::timestamp_with_time_zone_null;

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = timestamp_with_time_zone_null("drifted_at");
        manager
            .alter_table(Table::alter().table("phone_number").add_column(column).to_owned())
            .await?;
        // Those that have drifted already were last seen so at the last sync.
        let noted = "UPDATE phone_number SET drifted_at = seen_at WHERE routing = 'DRIFTED'";
        manager.get_connection().execute_unprepared(noted).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table("phone_number")
                    .drop_column("drifted_at")
                    .to_owned(),
            )
            .await
    }
}
