//! Creates `token_rotation`, and gives an account the age of its token.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    integer_null, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
};

use crate::{index, unique_index};

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

fn account_columns() -> [ColumnDef; 2] {
    [
        timestamp_with_time_zone_null("token_set_at"),
        timestamp_with_time_zone_null("rotation_reminded_at"),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(manager).await?;
        manager
            .create_index(
                unique_index("token_rotation_open", "token_rotation", &["twilio_account_id"])
                    .and_where(Expr::col("state").is_not_in(["DONE", "FAILED", "ABANDONED"]))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(index(
                "token_rotation_newest",
                "token_rotation",
                &["twilio_account_id", "started_at"],
            ))
            .await?;
        for column in account_columns() {
            manager
                .alter_table(Table::alter().table("twilio_account").add_column(column).to_owned())
                .await?;
        }
        let known = "UPDATE twilio_account SET token_set_at = (SELECT c.created_at FROM twilio_credential c \
                     WHERE c.twilio_account_id = twilio_account.id AND c.slot = 'CURRENT')";
        manager.get_connection().execute_unprepared(known).await?;
        manager
            .create_index(
                index("twilio_account_rotation", "twilio_account", &["id"])
                    .and_where(Expr::col("rotation_policy").ne("NONE"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = Index::drop()
            .name("twilio_account_rotation")
            .table("twilio_account")
            .to_owned();
        manager.drop_index(drop).await?;
        for column in account_columns() {
            manager
                .alter_table(
                    Table::alter()
                        .table("twilio_account")
                        .drop_column(column.get_column_name())
                        .to_owned(),
                )
                .await?;
        }
        manager
            .drop_table(Table::drop().table("token_rotation").to_owned())
            .await
    }
}

async fn create_table(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("token_rotation")
                .col(uuid("id").primary_key())
                .col(uuid("workspace_id"))
                .col(uuid("twilio_account_id"))
                .col(text("state"))
                .col(text("started_by"))
                .col(text_null("reason"))
                .col(integer_null("twilio_code"))
                .col(timestamp_with_time_zone("started_at"))
                .col(timestamp_with_time_zone_null("secondary_asked_at"))
                .col(timestamp_with_time_zone_null("stored_at"))
                .col(timestamp_with_time_zone_null("tested_at"))
                .col(timestamp_with_time_zone_null("promoting_at"))
                .col(timestamp_with_time_zone_null("finished_at"))
                .foreign_key(
                    ForeignKey::create()
                        .from("token_rotation", "workspace_id")
                        .to("workspace", "id"),
                )
                .foreign_key(
                    ForeignKey::create()
                        .from("token_rotation", "twilio_account_id")
                        .to("twilio_account", "id"),
                )
                .to_owned(),
        )
        .await
}
