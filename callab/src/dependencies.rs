//! What readiness reports besides the database itself.

use api::health::Dependency;
use sea_orm::DatabaseConnection;

use crate::database;

/// Whether the database has all the tables of this release: `ok`, or `pending` until `callab migrate` was run. One that has those
/// of a newer release besides is `ok`: migrations expand first.
#[must_use]
pub fn migrations(db: DatabaseConnection) -> Dependency {
    Dependency::told("migrations", move || {
        let db = db.clone();
        async move {
            match database::pending(&db).await {
                Ok(pending) if pending.is_empty() => "ok",
                Ok(_) => "pending",
                Err(_) => "away", // The report on the database itself says so too, and logs why.
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use migration::{Migrator, MigratorTrait};
    use sea_orm::ConnectionTrait;

    use super::*;

    async fn has_all(db: &DatabaseConnection) -> bool {
        database::pending(db).await.unwrap().is_empty()
    }

    #[tokio::test]
    async fn a_database_without_the_newest_tables_is_behind_and_one_with_more_is_not() {
        let temp = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", temp.path().join("a.db").display());
        let db = crate::database::connect(&url).await.unwrap();
        Migrator::up(&db, None).await.unwrap();
        assert!(has_all(&db).await);
        db.execute_unprepared(
            "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m99990101_000001_later', 0)",
        )
        .await
        .unwrap();
        assert!(has_all(&db).await, "of a newer release");
        let newest = Migrator::migrations().last().unwrap().name().to_owned();
        db.execute_unprepared(&format!("DELETE FROM seaql_migrations WHERE version = '{newest}'"))
            .await
            .unwrap();
        assert!(!has_all(&db).await);
    }
}
