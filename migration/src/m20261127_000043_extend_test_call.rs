//! Lets a second number of the workspace call the number under test.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::uuid_null;

use crate::index;

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

/// The tests that show a call.
const INDEXES: [(&str, &str); 2] = [
    ("test_call_of_call", "call_id"),
    ("test_call_of_caller_call", "caller_call_id"),
];

fn columns() -> [ColumnDef; 2] {
    [uuid_null("from_phone_number_id"), uuid_null("caller_call_id")]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in columns() {
            manager
                .alter_table(Table::alter().table("test_call").add_column(column).to_owned())
                .await?;
        }
        // What is old enough to go.
        manager
            .create_index(index("test_call_created", "test_call", &["created_at"]))
            .await?;
        for (name, column) in INDEXES {
            manager
                .create_index(
                    index(name, "test_call", &[column])
                        .and_where(Expr::col(column).is_not_null())
                        .to_owned(),
                )
                .await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let names = INDEXES.map(|(name, _)| name);
        for name in ["test_call_created"].into_iter().chain(names) {
            manager
                .drop_index(Index::drop().name(name).table("test_call").to_owned())
                .await?;
        }
        for column in columns() {
            manager
                .alter_table(
                    Table::alter()
                        .table("test_call")
                        .drop_column(column.get_column_name())
                        .to_owned(),
                )
                .await?;
        }
        Ok(())
    }
}
