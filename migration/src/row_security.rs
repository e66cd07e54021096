//! PostgreSQL's row-level security: what a customer's request may see and change at all, whatever its `WHERE` says.
//!
//! A request runs in a role of its own, `{database}_request`, with the workspace in the setting `callab.workspace`, both for the length
//! of a transaction (`domain::database`). Each table with rows of workspaces has two policies: `request` shows that role the
//! workspace's rows, and no row while no workspace is set; `system` shows all rows to the role that owns the tables, and to its
//! members: webhooks, the worker, requests of Callab's staff and migrations. Row-level security is forced, so that nobody else sees
//! any. What a request may do with a table is granted to its role one by one: a new table is closed to it until a migration calls
//! [`protect`].
//!
//! Roles belong to the whole server, hence the database's name in the role's: installations that share a server share no role.
//! Another name can be chosen beforehand with `ALTER DATABASE … SET callab.request_role = '…'`. On SQLite nothing happens here.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// The rows whose column `workspace_id` is the workspace of the request.
pub(crate) const OF_WORKSPACE: &str =
    "workspace_id = (SELECT nullif(current_setting('callab.workspace', true), '')::uuid)";

/// Makes the role of requests, if it is not there, and lets the role that migrates change into it.
///
/// # Errors
/// When the role that migrates may not do so; the message says what somebody has to do who may.
pub(crate) async fn make_role(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    run(
        manager,
        r"
        DECLARE
            request text := coalesce(nullif(current_setting('callab.request_role', true), ''),
                left(current_database(), 55) || '_request');
            is_made boolean := EXISTS (SELECT FROM pg_roles WHERE rolname = request);
            is_ours boolean;
        BEGIN
            IF EXISTS (SELECT FROM pg_roles WHERE rolname = request AND (rolsuper OR rolbypassrls)) THEN
                RAISE EXCEPTION 'The role % is a superuser or has BYPASSRLS, so that row-level security would not bind it. '
                    'Run ALTER ROLE % NOSUPERUSER NOBYPASSRLS; then run `callab migrate` again.', request, quote_ident(request);
            END IF;
            BEGIN
                IF NOT is_made THEN
                    EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', request);
                END IF;
                IF current_setting('server_version_num')::int < 160000 THEN
                    is_ours := pg_has_role(current_user, request, 'MEMBER');
                ELSE
                    is_ours := pg_has_role(current_user, request, 'SET');
                END IF;
                IF NOT is_ours THEN
                    EXECUTE format('GRANT %I TO %I', request, current_user);
                END IF;
            EXCEPTION WHEN insufficient_privilege THEN
                RAISE EXCEPTION 'Callab keeps customers apart with the role %, which % may not make or use. Have somebody who may create '
                    'roles run % GRANT % TO %; then run `callab migrate` again.', request, current_user,
                    CASE WHEN is_made THEN '' ELSE format('CREATE ROLE %I NOLOGIN NOINHERIT;', request) END,
                    quote_ident(request), quote_ident(current_user);
            END;
            EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), request);
            -- Later migrations find the role by this policy.
            EXECUTE format('CREATE POLICY request ON workspace TO %I '
                'USING (id = (SELECT nullif(current_setting(''callab.workspace'', true), '''')::uuid))', request);
        END",
    )
    .await
}

/// Shows requests the rows of `table` for which `rows` holds, mostly [`OF_WORKSPACE`], and lets them do what `may` names with those,
/// such as `SELECT, INSERT`; nothing at all if it is empty.
///
/// # Errors
/// When the database fails.
pub(crate) async fn protect(manager: &SchemaManager<'_>, table: &str, rows: &str, may: &str) -> Result<(), DbErr> {
    let policy = if table == "workspace" {
        String::new() // It has one since the role was made.
    } else {
        format!(
            "EXECUTE format('CREATE POLICY request ON {table} TO %I USING (%s) WITH CHECK (%s)', request, rows, rows);"
        )
    };
    let grant = if may.is_empty() {
        String::new()
    } else {
        format!("EXECUTE format('GRANT {may} ON {table} TO %I', request);")
    };
    let statements = format!(
        r"
        DECLARE
            request text := (SELECT pg_get_userbyid(polroles[1]) FROM pg_policy
                WHERE polrelid = 'workspace'::regclass AND polname = 'request');
            owner text := (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = '{table}'::regclass);
            rows text := {rows};
        BEGIN
            {policy}
            EXECUTE format('CREATE POLICY system ON {table} TO %I USING (true) WITH CHECK (true)', owner);
            {grant}
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        END",
        rows = quoted(rows),
    );
    run(manager, &statements).await
}

/// Lets requests read a table that holds nothing of any workspace.
///
/// # Errors
/// When the database fails.
pub(crate) async fn open(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    change_grant(manager, &format!("GRANT SELECT ON {table} TO %I")).await
}

/// Lets requests do more with the rows of a [protected](protect) table that they are shown.
///
/// # Errors
/// When the database fails.
pub(crate) async fn allow(manager: &SchemaManager<'_>, table: &str, may: &str) -> Result<(), DbErr> {
    change_grant(manager, &format!("GRANT {may} ON {table} TO %I")).await
}

/// Undoes [`allow`].
///
/// # Errors
/// When the database fails.
pub(crate) async fn disallow(manager: &SchemaManager<'_>, table: &str, may: &str) -> Result<(), DbErr> {
    change_grant(manager, &format!("REVOKE {may} ON {table} FROM %I")).await
}

/// Runs a statement in which `%I` stands for the role of requests.
async fn change_grant(manager: &SchemaManager<'_>, statement: &str) -> Result<(), DbErr> {
    let statements = format!(
        r"
        BEGIN
            EXECUTE (SELECT format('{statement}', pg_get_userbyid(polroles[1])) FROM pg_policy
                WHERE polrelid = 'workspace'::regclass AND polname = 'request');
        END"
    );
    run(manager, &statements).await
}

/// Undoes [`protect`] and [`open`]. The role stays.
///
/// # Errors
/// When the database fails.
pub(crate) async fn unprotect(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let statements = format!(
        r"
        DECLARE
            request text := (SELECT pg_get_userbyid(polroles[1]) FROM pg_policy
                WHERE polrelid = 'workspace'::regclass AND polname = 'request');
        BEGIN
            ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
            ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
            EXECUTE format('REVOKE ALL ON {table} FROM %I', request);
            DROP POLICY IF EXISTS system ON {table};
            DROP POLICY IF EXISTS request ON {table};
        END"
    );
    run(manager, &statements).await
}

/// Runs a block of PL/pgSQL; on PostgreSQL alone.
async fn run(manager: &SchemaManager<'_>, block: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::Postgres {
        let statement = format!("DO $callab$ {block} $callab$");
        manager.get_connection().execute_unprepared(&statement).await?;
    }
    Ok(())
}

/// A text as SQL.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
