//! Has PostgreSQL itself keep workspaces apart (`row_security`).

use sea_orm_migration::prelude::*;

use crate::row_security::{OF_WORKSPACE, make_role, open, protect, unprotect};

/// Each table with rows of workspaces, and what a customer's request may do with it.
const TABLES: [(&str, &str); 30] = [
    ("activity_finding", "SELECT"),
    ("agent", "SELECT, INSERT, UPDATE"),
    ("agent_assignment", "SELECT, INSERT, UPDATE"),
    ("audit_entry", "SELECT, INSERT"),
    ("audit_head", ""),
    ("balance_reading", "SELECT, INSERT, UPDATE"),
    ("billing_alert", "SELECT, INSERT, UPDATE"),
    ("billing_episode", "SELECT, INSERT, UPDATE"),
    ("borrowed_routing", "SELECT, UPDATE"),
    ("call", "SELECT"),
    ("call_intent", "SELECT, INSERT, UPDATE"),
    ("call_step", "SELECT"),
    ("diagnosis_run", "SELECT, INSERT, UPDATE"),
    ("event", "SELECT, INSERT"),
    ("health_change", "SELECT, INSERT"),
    ("health_check", "SELECT, INSERT, UPDATE"),
    ("idempotency_key", "SELECT, INSERT, DELETE"),
    ("job", "SELECT, INSERT, UPDATE"),
    ("notification", "SELECT, INSERT, UPDATE"),
    ("notification_endpoint", "SELECT, INSERT, UPDATE"),
    ("phone_number", "SELECT, UPDATE"),
    ("test_call", "SELECT, INSERT, UPDATE"),
    ("token_rotation", "SELECT, INSERT, UPDATE"),
    ("twilio_account", "SELECT, INSERT, UPDATE"),
    ("twilio_alert", "SELECT"),
    ("twilio_credential", "SELECT, INSERT, UPDATE, DELETE"),
    ("usage_day", "SELECT"),
    ("webhook_address", "SELECT, INSERT"),
    ("workspace_key", "SELECT, INSERT"),
    // A row is locked by one who may change it, be it a single column.
    ("workspace", "SELECT, UPDATE (name)"),
];

/// Tables whose rows belong to a row of another table, and are seen with it.
const BELONGING: [(&str, &str, &str); 3] = [
    (
        "notification_attempt",
        "EXISTS (SELECT FROM notification WHERE notification.id = notification_id)",
        "SELECT",
    ),
    (
        "call_reading",
        "EXISTS (SELECT FROM twilio_account WHERE twilio_account.id = twilio_account_id)",
        "",
    ),
    (
        "trigger_firing",
        "EXISTS (SELECT FROM billing_alert WHERE billing_alert.id = billing_alert_id)",
        "",
    ),
];

/// What Twilio tells everybody.
const OPEN: &str = "twilio_status_page";

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        make_role(manager).await?;
        for (table, may) in TABLES {
            protect(manager, table, OF_WORKSPACE, may).await?;
        }
        for (table, rows, may) in BELONGING {
            protect(manager, table, rows, may).await?;
        }
        open(manager, OPEN).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        unprotect(manager, OPEN).await?;
        for (table, ..) in BELONGING {
            unprotect(manager, table).await?;
        }
        for (table, _) in TABLES {
            unprotect(manager, table).await?; // `workspace` comes last: its policy names the role.
        }
        Ok(())
    }
}
