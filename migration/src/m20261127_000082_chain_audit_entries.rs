//! Chains the audit entries of each workspace, and refuses to change or delete them.
//!
//! Entries from before get their places in the chain when the sequencer runs for the first time.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, binary, binary_null, timestamp_with_time_zone};
use sea_orm_migration::schema::{timestamp_with_time_zone_null, uuid};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::{index, unique_index};

const TABLE: &str = "audit_entry";

/// Every new column, in the order in which they are added.
const COLUMNS: [&str; 7] = [
    "seq",
    "salt",
    "personal_digest",
    "digest",
    "mac",
    "erased_at",
    "erased_mac",
];

/// What no update may change.
const FIXED: [&str; 8] = [
    "id",
    "workspace_id",
    "twilio_account_id",
    "role",
    "action",
    "subject",
    "outcome",
    "at",
];

/// What goes when a person is forgotten.
const PERSONAL: [&str; 4] = ["actor", "request_id", "address", "detail"];

/// What an entry's place consists of.
const PLACE: [&str; 4] = ["seq", "personal_digest", "digest", "mac"];

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            big_integer_null("seq"),
            binary_null("salt"),
            binary_null("personal_digest"),
            binary_null("digest"),
            binary_null("mac"),
            timestamp_with_time_zone_null("erased_at"),
            binary_null("erased_mac"),
        ];
        for mut column in columns {
            let added = Table::alter().table(TABLE).add_column(column.take()).to_owned();
            manager.alter_table(added).await?;
        }
        manager
            .create_index(unique_index("audit_entry_chain", TABLE, &["workspace_id", "seq"]))
            .await?;
        manager
            .create_index(
                index("audit_entry_waiting", TABLE, &["workspace_id", "at", "id"])
                    .and_where(Expr::col("seq").is_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("audit_head")
                    .col(uuid("workspace_id").primary_key())
                    .col(big_integer("seq"))
                    .col(binary("mac"))
                    .col(binary("tag"))
                    .col(timestamp_with_time_zone("moved_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("audit_head", "workspace_id")
                            .to("workspace", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        let refusals = match manager.get_database_backend() {
            DbBackend::Postgres => on_postgres(),
            _ => on_sqlite(),
        };
        for statement in refusals {
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let postgres = manager.get_database_backend() == DbBackend::Postgres;
        for (trigger, table, _, _) in triggers() {
            let on = if postgres {
                format!(" ON {table}")
            } else {
                String::new()
            };
            let drop = format!("DROP TRIGGER {trigger}{on}");
            manager.get_connection().execute_unprepared(&drop).await?;
        }
        if postgres {
            for drop in [
                "DROP TRIGGER audit_entry_is_not_emptied ON audit_entry",
                "DROP TRIGGER audit_head_is_not_emptied ON audit_head",
                "DROP FUNCTION audit_is_append_only()",
            ] {
                manager.get_connection().execute_unprepared(drop).await?;
            }
        }
        manager.drop_table(Table::drop().table("audit_head").to_owned()).await?;
        for name in ["audit_entry_waiting", "audit_entry_chain"] {
            manager
                .drop_index(Index::drop().name(name).table(TABLE).to_owned())
                .await?;
        }
        for column in COLUMNS.into_iter().rev() {
            manager
                .alter_table(Table::alter().table(TABLE).drop_column(column).to_owned())
                .await?;
        }
        Ok(())
    }
}

/// Each trigger: its name, its table, what it watches, and what it lets pass. Both databases read the same conditions.
fn triggers() -> [(&'static str, &'static str, &'static str, String); 4] {
    let entry = format!("({}) OR ({})", takes_its_place(), is_erased());
    let head = "NEW.workspace_id = OLD.workspace_id AND NEW.seq > OLD.seq".to_owned();
    [
        ("audit_entry_is_not_changed", "audit_entry", "UPDATE", entry),
        (
            "audit_entry_is_not_deleted",
            "audit_entry",
            "DELETE",
            "FALSE".to_owned(),
        ),
        ("audit_head_only_moves_on", "audit_head", "UPDATE", head),
        ("audit_head_is_not_deleted", "audit_head", "DELETE", "FALSE".to_owned()),
    ]
}

/// The sequencer gives an entry its place, once; nothing else changes.
fn takes_its_place() -> String {
    let same = same(FIXED.iter().chain(&PERSONAL));
    let place = PLACE
        .iter()
        .chain(["salt"].iter())
        .map(|column| format!("NEW.{column} IS NOT NULL"));
    let place: Vec<String> = place.collect();
    format!(
        "OLD.seq IS NULL AND {} AND NEW.erased_at IS NULL AND NEW.erased_mac IS NULL AND {same}",
        place.join(" AND ")
    )
}

/// What tells of a person goes, once and whole; the entry and its place stay.
fn is_erased() -> String {
    let same = same(FIXED.iter().chain(&PLACE));
    format!(
        "OLD.seq IS NOT NULL AND OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.erased_mac IS NOT NULL \
         AND NEW.actor = '' AND NEW.request_id IS NULL AND NEW.address IS NULL AND NEW.detail = '{{}}' AND NEW.salt IS NULL \
         AND {same}"
    )
}

fn same<'a>(columns: impl Iterator<Item = &'a &'static str>) -> String {
    let same: Vec<String> = columns
        .map(|column| format!("NEW.{column} IS NOT DISTINCT FROM OLD.{column}"))
        .collect();
    same.join(" AND ")
}

fn on_sqlite() -> Vec<String> {
    let trigger = |(name, table, event, passes): (&str, &str, &str, String)| {
        format!(
            "CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN NOT ({passes}) \
             BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
    };
    triggers().into_iter().map(trigger).collect()
}

fn on_postgres() -> Vec<String> {
    let function = "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$";
    let mut statements = vec![function.to_owned()];
    for (name, table, event, passes) in triggers() {
        statements.push(format!(
            "CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN (NOT ({passes})) \
             EXECUTE FUNCTION audit_is_append_only()"
        ));
    }
    for table in ["audit_entry", "audit_head"] {
        statements.push(format!(
            "CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table} FOR EACH STATEMENT \
             EXECUTE FUNCTION audit_is_append_only()"
        ));
    }
    statements
}
