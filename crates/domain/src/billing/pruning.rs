//! Figures that are kept for a time.

use crate::Services;
use crate::clock::DatabaseTime;
use crate::sql::Sql;

/// The statements that delete what its time is over of, up to `batch` rows each: balances, firings of triggers, and days of usage.
pub(crate) fn statements(services: &Services, time: DatabaseTime, batch: u64) -> [Sql; 3] {
    let sql = || Sql::new(services.db.get_database_backend());
    let limits = &services.limits;
    let usage_begins = (services.clock.now() - limits.keep_usage).date_naive();
    let up_to_batch = |sql: Sql| sql.text(" LIMIT ").value(batch.cast_signed()).text(")");
    let balances = sql()
        .text("DELETE FROM balance_reading WHERE id IN (SELECT id FROM balance_reading WHERE last_at < ")
        .time_before(time, limits.keep_balances);
    let firings = sql()
        .text("DELETE FROM trigger_firing WHERE at < ")
        .time_before(time, limits.keep_balances); // One a day and rule: no batch is needed.
    let usage = sql()
        .text("DELETE FROM usage_day WHERE id IN (SELECT id FROM usage_day WHERE day < ")
        .value(usage_begins);
    [up_to_batch(balances), firings, up_to_batch(usage)]
}
