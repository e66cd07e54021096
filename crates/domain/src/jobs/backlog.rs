//! How much work of a kind is due and not begun.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr};

use super::Job;
use crate::Services;
use crate::sql::Sql;

/// How many jobs of kind `J` are due and not begun; counts no further than `at_most`.
///
/// # Errors
/// When the database fails.
pub async fn count_due<J: Job>(services: &Services, at_most: u64) -> Result<u64, DbErr> {
    let backend = services.db.get_database_backend();
    let sql = Sql::new(backend)
        .text("SELECT count(*) AS due FROM (SELECT 1 FROM job WHERE state = 'WAITING' AND run_at <= ")
        .time(services.clock.database_time(backend), Duration::ZERO)
        .text(" AND kind = ")
        .value(J::KIND)
        .text(" AND version = ")
        .value(J::VERSION)
        .text(" LIMIT ")
        .value(at_most.cast_signed())
        .text(") AS due");
    let row = services.db.query_one_raw(sql.statement()).await?;
    let due: i64 = row.map_or(Ok(0), |row| row.try_get("", "due"))?;
    Ok(due.cast_unsigned())
}
