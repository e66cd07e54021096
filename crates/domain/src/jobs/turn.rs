//! Work that one of many workers does at a time, such as the sweep.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr};

use crate::Services;
use crate::sql::Sql;

/// Whether it is this worker's turn to do `name`, which is to be done `every` so often by one of all workers. If it is, the next
/// turn comes that much later, whoever takes it then.
///
/// # Errors
/// When the database fails.
pub async fn take_turn(services: &Services, name: &str, every: Duration) -> Result<bool, DbErr> {
    let backend = services.db.get_database_backend();
    let now = services.clock.database_time(backend);
    let sql = Sql::new(backend)
        .text("INSERT INTO turn (name, due_at) VALUES (")
        .value(name)
        .text(", ")
        .time(now, every)
        .text(") ON CONFLICT (name) DO UPDATE SET due_at = excluded.due_at WHERE turn.due_at <= ")
        .time(now, Duration::ZERO);
    let taken = services.db.execute_raw(sql.statement()).await?;
    Ok(taken.rows_affected() > 0)
}
