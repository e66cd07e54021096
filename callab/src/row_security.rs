//! Whether PostgreSQL keeps workspaces apart, looked at before anything is served.

use anyhow::{Context, bail, ensure};
use domain::Database;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

/// What the catalogue says of the role that row-level security binds, and of the role that signed in.
///
/// Source: <https://www.postgresql.org/docs/current/ddl-rowsecurity.html>
const STATE: &str = "\
    WITH request AS ( \
        SELECT r.oid, r.rolname, r.rolsuper OR r.rolbypassrls AS is_free \
        FROM pg_policy p JOIN pg_roles r ON r.oid = p.polroles[1] \
        WHERE p.polrelid = to_regclass('workspace') AND p.polname = 'request' \
    ), bound AS ( \
        SELECT p.polrelid, c.relrowsecurity AND c.relforcerowsecurity AS is_forced, \
            p.polname = 'system' AND EXISTS (SELECT FROM unnest(p.polroles) role WHERE pg_has_role(current_user, role, 'USAGE')) AS is_seen \
        FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid \
        WHERE c.relnamespace = current_schema()::regnamespace AND p.polname IN ('request', 'system') \
    ) \
    SELECT rolname::text AS role, is_free, current_user::text AS login, \
        CASE WHEN current_setting('server_version_num')::int < 160000 \
            THEN pg_has_role(current_user, oid, 'MEMBER') ELSE pg_has_role(current_user, oid, 'SET') END AS is_ours, \
        (SELECT bool_and(is_forced) FROM bound) AS is_forced, \
        (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) \
            OR NOT EXISTS (SELECT FROM bound GROUP BY polrelid HAVING NOT bool_or(is_seen)) AS sees_all, \
        NOT EXISTS (SELECT FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid \
            WHERE c.relnamespace = current_schema()::regnamespace AND p.polname <> 'request' AND p.polpermissive \
            AND (0 = ANY (p.polroles) OR request.oid = ANY (p.polroles))) AS is_whole \
    FROM request";

/// The database as the product uses it: requests of customers are confined to their workspace, on PostgreSQL by the server itself.
///
/// # Errors
/// When PostgreSQL would not do so: with what an operator has to put right.
pub async fn confining(db: DatabaseConnection) -> anyhow::Result<Database> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(Database::new(db));
    }
    let role = request_role(&db).await?;
    Ok(Database::with_role(db, Some(&role)))
}

/// The role that customers' requests run in.
async fn request_role(db: &DatabaseConnection) -> anyhow::Result<String> {
    const COULD_NOT: &str = "could not look whether row-level security is in force";
    let state = Statement::from_string(DbBackend::Postgres, STATE);
    let Some(state) = db.query_one_raw(state).await.context(COULD_NOT)? else {
        bail!("the tables have no row-level security: run `callab migrate`");
    };
    let (role, login): (String, String) = (state.try_get("", "role")?, state.try_get("", "login")?);
    let is = |fact: &str| state.try_get::<bool>("", fact).context(COULD_NOT);
    ensure!(
        is("is_forced")?,
        "row-level security is not enabled and forced on every table that has policies: somebody changed a table since `callab migrate`"
    );
    ensure!(
        is("is_whole")?,
        "another policy than `request` shows rows to the role {role}, or to everybody: drop it, or give it to roles that are named (see \
         pg_policies)"
    );
    ensure!(
        !is("is_free")?,
        "row-level security does not bind the role {role}: run ALTER ROLE \"{role}\" NOSUPERUSER NOBYPASSRLS"
    );
    ensure!(
        is("is_ours")?,
        "{login} may not act for customers: run GRANT \"{role}\" TO \"{login}\""
    );
    ensure!(
        is("sees_all")?,
        "{login} does not see all rows: sign in (database.url) as the owner of the tables, or as a member of that role"
    );
    Ok(role)
}
