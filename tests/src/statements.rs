//! The SQL statements that the product runs, for tests that count them.

use std::sync::{Arc, Mutex, PoisonError};

use domain::Services;

/// The statements that ran so far.
#[derive(Clone, Debug, Default)]
pub struct Statements(Arc<Mutex<Vec<String>>>);

impl Statements {
    /// Listens to the statements of the services' database. To be called before they are shared.
    pub fn watch(&self, services: &mut Services) {
        let seen = Arc::clone(&self.0);
        services.db.set_metric_callback(move |info| {
            let sql = info.statement.sql.clone();
            seen.lock().unwrap_or_else(PoisonError::into_inner).push(sql);
        });
    }

    /// Takes those that ran since the last time, without those of the sequencers, which number events and chain audit entries in the
    /// background, and without what opens a request's transaction on PostgreSQL.
    #[must_use]
    pub fn take(&self) -> Vec<String> {
        let ran = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let of_sequencer = |sql: &str| {
            sql.contains("\"event\"")
                || sql.starts_with("UPDATE event ")
                || sql.contains("pg_advisory_xact_lock")
                || sql.contains("audit_head")
                || sql.contains("UPDATE audit_entry")
                || sql.contains("\"audit_entry\".\"seq\" IS")
        };
        let is_of_product = |sql: &String| !of_sequencer(sql) && !sql.contains("set_config(");
        ran.into_iter().filter(is_of_product).collect()
    }
}
