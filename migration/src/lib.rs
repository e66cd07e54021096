//! The history of the database schema, the same for SQLite and PostgreSQL.
//!
//! A migration is frozen history: it names tables and columns as text and never imports `entity`, so that a later change of an
//! entity cannot change what an old migration does. Expand in one release, contract in a later one: the release before must run
//! on the schema of the release after. To add one: `just migration NAME`, then a line in [`Migrator`]. A new table with rows of
//! workspaces is closed to customers' requests until its migration calls `row_security::protect`.

mod m20261122_000001_create_installation;
mod m20261122_000002_create_workspace;
mod m20261122_000003_create_workspace_key;
mod m20261122_000004_create_agent;
mod m20261122_000005_create_twilio_account;
mod m20261122_000006_create_twilio_credential;
mod m20261122_000007_create_phone_number;
mod m20261122_000008_create_borrowed_routing;
mod m20261122_000009_create_agent_assignment;
mod m20261122_000010_create_call_intent;
mod m20261122_000011_create_webhook_address;
mod m20261122_000012_create_call;
mod m20261122_000013_create_call_step;
mod m20261122_000014_create_test_call;
mod m20261122_000015_create_job;
mod m20261122_000016_create_event;
mod m20261122_000017_create_audit_entry;
mod m20261122_000018_create_idempotency_key;
mod m20261126_000019_extend_job;
mod m20261126_000020_create_turn;
mod m20261127_000021_extend_twilio_account;
mod m20261127_000022_create_health_change;
mod m20261127_000023_create_health_check;
mod m20261127_000024_create_twilio_alert;
mod m20261127_000025_watch_health;
mod m20261127_000031_create_balance_reading;
mod m20261127_000032_create_usage_day;
mod m20261127_000033_create_billing_alert;
mod m20261127_000034_create_billing_episode;
mod m20261127_000035_create_trigger_firing;
mod m20261127_000041_extend_call;
mod m20261127_000042_extend_call_intent;
mod m20261127_000043_extend_test_call;
mod m20261127_000044_create_activity_finding;
mod m20261127_000045_create_call_reading;
mod m20261127_000051_create_notification_endpoint;
mod m20261127_000052_create_notification;
mod m20261127_000053_create_notification_attempt;
mod m20261127_000054_create_twilio_status_page;
mod m20261127_000061_add_drift_to_phone_number;
mod m20261127_000062_create_token_rotation;
mod m20261127_000063_add_public_sid_to_twilio_credential;
mod m20261127_000071_create_diagnosis_run;
mod m20261127_000072_keep_why_a_call_was_refused;
mod m20261127_000073_add_account_to_audit_entry;
mod m20261127_000080_note_when_an_agent_moved;
mod m20261127_000081_find_last_call_of_number;
mod m20261127_000082_chain_audit_entries;
mod m20261127_000086_secure_rows;
mod m20261127_000090_create_configuration_change;
mod m20261127_000091_set_workspace_keys_aside;
mod m20261127_000092_create_api_key;
mod m20261128_000093_begin_chains_with_keys;
mod row_security;

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

/// Every migration, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_create_installation::Migration),
            Box::new(m20261122_000002_create_workspace::Migration),
            Box::new(m20261122_000003_create_workspace_key::Migration),
            Box::new(m20261122_000004_create_agent::Migration),
            Box::new(m20261122_000005_create_twilio_account::Migration),
            Box::new(m20261122_000006_create_twilio_credential::Migration),
            Box::new(m20261122_000007_create_phone_number::Migration),
            Box::new(m20261122_000008_create_borrowed_routing::Migration),
            Box::new(m20261122_000009_create_agent_assignment::Migration),
            Box::new(m20261122_000010_create_call_intent::Migration),
            Box::new(m20261122_000011_create_webhook_address::Migration),
            Box::new(m20261122_000012_create_call::Migration),
            Box::new(m20261122_000013_create_call_step::Migration),
            Box::new(m20261122_000014_create_test_call::Migration),
            Box::new(m20261122_000015_create_job::Migration),
            Box::new(m20261122_000016_create_event::Migration),
            Box::new(m20261122_000017_create_audit_entry::Migration),
            Box::new(m20261122_000018_create_idempotency_key::Migration),
            Box::new(m20261126_000019_extend_job::Migration),
            Box::new(m20261126_000020_create_turn::Migration),
            Box::new(m20261127_000021_extend_twilio_account::Migration),
            Box::new(m20261127_000022_create_health_change::Migration),
            Box::new(m20261127_000023_create_health_check::Migration),
            Box::new(m20261127_000024_create_twilio_alert::Migration),
            Box::new(m20261127_000025_watch_health::Migration),
            Box::new(m20261127_000031_create_balance_reading::Migration),
            Box::new(m20261127_000032_create_usage_day::Migration),
            Box::new(m20261127_000033_create_billing_alert::Migration),
            Box::new(m20261127_000034_create_billing_episode::Migration),
            Box::new(m20261127_000035_create_trigger_firing::Migration),
            Box::new(m20261127_000041_extend_call::Migration),
            Box::new(m20261127_000042_extend_call_intent::Migration),
            Box::new(m20261127_000043_extend_test_call::Migration),
            Box::new(m20261127_000044_create_activity_finding::Migration),
            Box::new(m20261127_000045_create_call_reading::Migration),
            Box::new(m20261127_000051_create_notification_endpoint::Migration),
            Box::new(m20261127_000052_create_notification::Migration),
            Box::new(m20261127_000053_create_notification_attempt::Migration),
            Box::new(m20261127_000054_create_twilio_status_page::Migration),
            Box::new(m20261127_000061_add_drift_to_phone_number::Migration),
            Box::new(m20261127_000062_create_token_rotation::Migration),
            Box::new(m20261127_000063_add_public_sid_to_twilio_credential::Migration),
            Box::new(m20261127_000071_create_diagnosis_run::Migration),
            Box::new(m20261127_000072_keep_why_a_call_was_refused::Migration),
            Box::new(m20261127_000073_add_account_to_audit_entry::Migration),
            Box::new(m20261127_000080_note_when_an_agent_moved::Migration),
            Box::new(m20261127_000081_find_last_call_of_number::Migration),
            Box::new(m20261127_000082_chain_audit_entries::Migration),
            Box::new(m20261127_000086_secure_rows::Migration),
            Box::new(m20261127_000090_create_configuration_change::Migration),
            Box::new(m20261127_000091_set_workspace_keys_aside::Migration),
            Box::new(m20261127_000092_create_api_key::Migration),
            Box::new(m20261128_000093_begin_chains_with_keys::Migration),
        ]
    }
}

/// An index on columns of a table; add `.and_where(…)` for a partial one.
fn index(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(table).to_owned();
    for column in columns {
        index.col(*column);
    }
    index
}

/// The same, deciding races: a second row with these values is refused.
fn unique_index(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    index(name, table, columns).unique().to_owned()
}
