//! Tells a job's Twilio account and the story of its attempts, and serves lists of jobs.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{json_binary, uuid_null};

use crate::index;

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            uuid_null("twilio_account_id"),
            json_binary("story").default("[]").take(),
        ] {
            manager
                .alter_table(Table::alter().table("job").add_column(column).to_owned())
                .await?;
        }
        // In the order of due times, a page at a time.
        manager
            .drop_index(Index::drop().name("job_due").table("job").to_owned())
            .await?;
        manager
            .create_index(
                index("job_due_page", "job", &["run_at", "id"])
                    .and_where(Expr::col("state").eq("WAITING"))
                    .to_owned(),
            )
            .await?;
        // What runs of an account, and what may run next of it.
        manager
            .create_index(
                index("job_account_running", "job", &["twilio_account_id"])
                    .and_where(Expr::col("state").eq("RUNNING"))
                    .and_where(Expr::col("twilio_account_id").is_not_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                index("job_account_waiting", "job", &["twilio_account_id"])
                    .col(("queue", IndexOrder::Desc))
                    .col("run_at")
                    .and_where(Expr::col("state").eq("WAITING"))
                    .and_where(Expr::col("twilio_account_id").is_not_null())
                    .to_owned(),
            )
            .await?;
        // A workspace's jobs and an account's, newest first; those that failed, in all workspaces; those old enough to go.
        manager
            .create_index(index("job_page", "job", &["workspace_id", "id"]))
            .await?;
        manager
            .create_index(
                index("job_account_page", "job", &["twilio_account_id", "id"])
                    .and_where(Expr::col("twilio_account_id").is_not_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                index("job_failed", "job", &["id"])
                    .and_where(Expr::col("state").eq("FAILED"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                index("job_finished", "job", &["queue", "finished_at"])
                    .and_where(Expr::col("finished_at").is_not_null())
                    .to_owned(),
            )
            .await?;
        vacuum_often(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_index(
                index("job_due", "job", &["run_at"])
                    .and_where(Expr::col("state").eq("WAITING"))
                    .to_owned(),
            )
            .await?;
        for name in [
            "job_due_page",
            "job_account_running",
            "job_account_waiting",
            "job_page",
            "job_account_page",
            "job_failed",
            "job_finished",
        ] {
            manager
                .drop_index(Index::drop().name(name).table("job").to_owned())
                .await?;
        }
        for column in ["twilio_account_id", "story"] {
            manager
                .alter_table(Table::alter().table("job").drop_column(column).to_owned())
                .await?;
        }
        Ok(())
    }
}

/// Each job leaves two dead rows behind, and the indexes of what waits and runs are read all the time: PostgreSQL's own pace, a
/// fifth of the table, is for tables that change little.
async fn vacuum_often(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    if manager.get_database_backend() != sea_orm_migration::sea_orm::DbBackend::Postgres {
        return Ok(());
    }
    let often = "ALTER TABLE job SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.05, \
                 autovacuum_analyze_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0)";
    manager.get_connection().execute_unprepared(often).await?;
    Ok(())
}
