//! What readiness reports besides the database itself.

use api::health::Dependency;
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, Statement};

/// Whether the database has all the tables of this release: `ok`, or `pending` until `callab migrate` was run. One that has those
/// of a newer release besides is `ok`: migrations expand first.
#[must_use]
pub fn migrations(db: DatabaseConnection) -> Dependency {
    Dependency::told("migrations", move || {
        let db = db.clone();
        async move {
            match has_all(&db).await {
                Ok(true) => "ok",
                Ok(false) => "pending",
                Err(_) => "away", // The report on the database itself says so too, and logs why.
            }
        }
    })
}

async fn has_all(db: &DatabaseConnection) -> Result<bool, DbErr> {
    let versions = Statement::from_string(db.get_database_backend(), "SELECT version FROM seaql_migrations");
    let rows = db.query_all_raw(versions).await?;
    let applied: Vec<String> = rows
        .iter()
        .map(|row| row.try_get("", "version"))
        .collect::<Result<_, _>>()?;
    Ok(Migrator::migrations()
        .iter()
        .all(|ours| applied.iter().any(|name| name == ours.name())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_database_without_the_newest_tables_is_behind_and_one_with_more_is_not() {
        let temp = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", temp.path().join("a.db").display());
        let db = crate::database::connect(&url).await.unwrap();
        Migrator::up(&db, None).await.unwrap();
        assert!(has_all(&db).await.unwrap());
        db.execute_unprepared(
            "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m99990101_000001_later', 0)",
        )
        .await
        .unwrap();
        assert!(has_all(&db).await.unwrap(), "of a newer release");
        let newest = Migrator::migrations().last().unwrap().name().to_owned();
        db.execute_unprepared(&format!("DELETE FROM seaql_migrations WHERE version = '{newest}'"))
            .await
            .unwrap();
        assert!(!has_all(&db).await.unwrap());
    }
}
