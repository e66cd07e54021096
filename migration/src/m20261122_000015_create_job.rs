//! Creates `job`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, integer, json_binary, json_binary_null, text, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid,
};

use crate::{index, unique_index};

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("job")
                    .col(uuid("id").primary_key())
                    .col(uuid("workspace_id"))
                    .col(text("kind"))
                    .col(integer("version"))
                    .col(text("queue"))
                    .col(text("subject"))
                    .col(text("unique_key"))
                    .col(json_binary("payload"))
                    .col(text("state"))
                    .col(timestamp_with_time_zone("run_at"))
                    .col(integer("attempt"))
                    .col(integer("max_attempts"))
                    .col(timestamp_with_time_zone_null("lease_until"))
                    .col(text_null("lease_owner"))
                    .col(big_integer("fence"))
                    .col(text_null("progress"))
                    .col(json_binary_null("report"))
                    .col(text_null("last_error"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("finished_at"))
                    .foreign_key(ForeignKey::create().from("job", "workspace_id").to("workspace", "id"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                unique_index("job_one_waiting", "job", &["unique_key"])
                    .and_where(Expr::col("state").eq("WAITING"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                unique_index("job_one_running", "job", &["unique_key"])
                    .and_where(Expr::col("state").eq("RUNNING"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                index("job_due", "job", &["run_at"])
                    .and_where(Expr::col("state").eq("WAITING"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                index("job_leased", "job", &["lease_until"])
                    .and_where(Expr::col("state").eq("RUNNING"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(index("job_subject", "job", &["subject", "created_at"]))
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("job").to_owned()).await
    }
}
