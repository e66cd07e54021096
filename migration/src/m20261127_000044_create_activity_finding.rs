//! Creates `activity_finding`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    json_binary, text, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

use crate::{index, unique_index};

const TABLE: &str = "activity_finding";

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(TABLE)
                    .col(uuid("id").primary_key())
                    .col(uuid("workspace_id"))
                    .col(uuid("twilio_account_id"))
                    .col(uuid_null("phone_number_id"))
                    .col(text("kind"))
                    .col(json_binary("figures"))
                    .col(timestamp_with_time_zone("started_at"))
                    .col(timestamp_with_time_zone("newest_at"))
                    .col(timestamp_with_time_zone_null("ended_at"))
                    .foreign_key(ForeignKey::create().from(TABLE, "workspace_id").to("workspace", "id"))
                    .foreign_key(
                        ForeignKey::create()
                            .from(TABLE, "twilio_account_id")
                            .to("twilio_account", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from(TABLE, "phone_number_id")
                            .to("phone_number", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        // One open of a kind: for each number, and for the account as a whole. A null is like no other to a unique index.
        let open = || Expr::col("ended_at").is_null();
        let of_number = ["twilio_account_id", "phone_number_id", "kind"];
        manager
            .create_index(
                unique_index("activity_finding_open_number", TABLE, &of_number)
                    .and_where(open().and(Expr::col("phone_number_id").is_not_null()))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                unique_index("activity_finding_open_account", TABLE, &["twilio_account_id", "kind"])
                    .and_where(open().and(Expr::col("phone_number_id").is_null()))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(index(
                "activity_finding_page",
                TABLE,
                &["workspace_id", "started_at", "id"],
            ))
            .await?;
        manager
            .create_index(index(
                "activity_finding_account",
                TABLE,
                &["twilio_account_id", "started_at", "id"],
            ))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(TABLE).to_owned()).await
    }
}
