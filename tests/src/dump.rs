//! All that a database holds, as text: to search it, or to see that nothing changed.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

/// The rows of every table as text, sorted. Bytes are in hexadecimal, in the lower or the upper case. What a background task adds
/// on its own is left out: the places of events and audit entries, which sequencers give some time after the commit.
pub type Dump = BTreeMap<String, Vec<String>>;

/// The columns that sequencers fill.
const BACKGROUND_SQLITE: &str = "('seq', 'salt', 'personal_digest', 'digest', 'mac')";
const BACKGROUND_POSTGRES: &str = "ARRAY['seq', 'salt', 'personal_digest', 'digest', 'mac']";

/// Reads every row of every table.
///
/// # Errors
/// When the database fails.
pub async fn dump(db: &impl ConnectionTrait) -> Result<Dump, DbErr> {
    let mut dump = Dump::new();
    for table in texts(db, tables(db.get_database_backend())).await? {
        if table == "audit_head" {
            continue; // Moves as the sequencer goes.
        }
        let row = if db.get_database_backend() == DbBackend::Postgres {
            format!("(to_jsonb(t) - {BACKGROUND_POSTGRES})::text")
        } else {
            let columns = format!(
                "SELECT 'quote(\"' || name || '\")' FROM pragma_table_info('{table}') WHERE name NOT IN {BACKGROUND_SQLITE}"
            );
            texts(db, &columns).await?.join(" || ',' || ")
        };
        let mut rows = texts(db, &format!("SELECT {row} FROM \"{table}\" AS t")).await?;
        rows.sort();
        dump.insert(table, rows);
    }
    Ok(dump)
}

/// The rows that went (`-`) and came (`+`) between two dumps, each with its table.
#[must_use]
pub fn difference(before: &Dump, now: &Dump) -> Vec<String> {
    let mut told = Vec::new();
    for (mark, these, those) in [('-', before, now), ('+', now, before)] {
        for (table, rows) in these {
            let there = those.get(table);
            let missing = rows
                .iter()
                .filter(|row| !there.is_some_and(|there| there.contains(row)));
            told.extend(missing.map(|row| format!("{mark} {table}: {row}")));
        }
    }
    told
}

fn tables(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Postgres {
        "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    } else {
        "SELECT name FROM sqlite_master WHERE type = 'table'"
    }
}

/// The first column of a query.
async fn texts(db: &impl ConnectionTrait, sql: &str) -> Result<Vec<String>, DbErr> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(statement).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}
