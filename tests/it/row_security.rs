//! Promise 8 once more, by PostgreSQL itself: what a customer's request runs in sees and changes nothing of another workspace, whatever
//! its `WHERE` says. On SQLite there is no such thing, and nothing is tested here.

use std::collections::BTreeSet;
use std::time::Duration;

use callab_tests::database::is_postgres;
use callab_tests::dump::{difference, dump};
use callab_tests::questions::question;
use callab_tests::{Client, Story, TestApp};
use domain::{Database, Services, Unconfined};
use entity::{WorkspaceId, agent, workspace};
use futures_util::future::join_all;
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait as _, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait as _, QueryFilter as _,
    Statement, Value,
};
use serde_json::json;

/// What belongs to no workspace. A new table is not to be put here lightly: with a row of a workspace it is to be protected.
const NOBODYS: [&str; 4] = ["installation", "seaql_migrations", "turn", "twilio_status_page"];

async fn rows<T: sea_orm::TryGetable>(
    db: &impl ConnectionTrait,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<T>, DbErr> {
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
    let rows = db.query_all_raw(statement).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

async fn names(db: &impl ConnectionTrait, sql: &str) -> BTreeSet<String> {
    rows(db, sql, vec![]).await.unwrap().into_iter().collect()
}

/// The id of the workspace that tokens call `external_id`.
async fn id_of(app: &TestApp, external_id: &str) -> WorkspaceId {
    let row = workspace::Entity::find().filter(workspace::COLUMN.external_id.eq(external_id));
    row.one(&app.services.db).await.unwrap().unwrap().id
}

/// So many connections to the database of a test.
async fn pool(app: &TestApp, connections: u32) -> sea_orm::DatabaseConnection {
    let settings = callab::config::Database {
        url: Some(app.database.url().into()),
        max_connections: connections,
        wait: Duration::from_secs(10),
    };
    let opened = callab::database::open(&settings, std::path::Path::new(".")).await;
    opened.unwrap()
}

/// Two workspaces with one of everything each, and what a request of the first works with.
async fn two() -> (TestApp, Services, Services) {
    let app = TestApp::start().await;
    Story::settled(&app, app.owner()).await;
    Story::settled(&app, app.client(Some("b"), "owner")).await;
    let ours = app.services.confined_to(id_of(&app, "a").await);
    let theirs = app.services.confined_to(id_of(&app, "b").await);
    (app, ours, theirs)
}

#[tokio::test]
async fn every_table_of_workspaces_is_protected_and_forces_it() {
    if !is_postgres() {
        return;
    }
    let app = TestApp::start().await;
    let db = &app.services.db;
    let all = "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";
    let protected = format!(
        "{all} AND relrowsecurity AND relforcerowsecurity AND \
         (SELECT array_agg(polname::text ORDER BY polname) FROM pg_policy WHERE polrelid = pg_class.oid) = ARRAY['request', 'system'] \
         AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND 0 = ANY (polroles))"
    );
    let mut unprotected = names(db, all).await;
    for table in names(db, &protected).await {
        unprotected.remove(&table);
    }
    assert_eq!(unprotected, NOBODYS.map(str::to_owned).into());

    let role = "(SELECT polroles[1] FROM pg_policy WHERE polrelid = 'workspace'::regclass AND polname = 'request')";
    let may = |what: &str| format!("{all} AND has_table_privilege({role}, oid, '{what}')");
    let reads = names(db, &may("SELECT")).await;
    for closed in [
        "installation",
        "seaql_migrations",
        "turn",
        "call_reading",
        "trigger_firing",
    ] {
        assert!(!reads.contains(closed), "{closed}");
    }
    assert_eq!(
        names(db, &may("DELETE, TRUNCATE")).await,
        ["idempotency_key", "twilio_credential"].map(str::to_owned).into()
    );
    let writes = names(db, &may("INSERT, UPDATE, DELETE")).await;
    assert!(!writes.contains("twilio_status_page") && !writes.contains("workspace") && writes.contains("job"));
    assert!(!names(db, &may("UPDATE")).await.contains("audit_entry"));
}

/// As if every `WHERE` had been forgotten.
#[tokio::test]
async fn a_request_without_a_where_finds_and_changes_nothing_of_another_workspace() {
    if !is_postgres() {
        return;
    }
    let (app, ours, theirs) = two().await;
    let (own, foreign) = (id_of(&app, "a").await.0, id_of(&app, "b").await.0);
    let with_workspace = "SELECT table_name::text FROM information_schema.columns \
        WHERE table_schema = 'public' AND column_name = 'workspace_id'";
    let before = dump(&app.services.db).await.unwrap();
    let (mut seen, mut empty) = (0, Vec::new());
    for table in names(&app.services.db, with_workspace).await {
        let found = rows::<uuid::Uuid>(&ours.db, &format!("SELECT workspace_id FROM \"{table}\""), vec![]).await;
        let found = found.unwrap_or_else(|error| {
            assert!(error.to_string().contains("permission denied"), "{table}: {error}");
            Vec::new() // Closed to requests altogether.
        });
        assert!(found.iter().all(|workspace| *workspace == own), "{table}");
        let there = format!("SELECT to_jsonb(t) FROM \"{table}\" t WHERE workspace_id = $1 LIMIT 1");
        let there = rows::<serde_json::Value>(&app.services.db, &there, vec![foreign.into()])
            .await
            .unwrap();
        let Some(row) = there.first() else {
            empty.push(table);
            continue;
        };
        seen += found.len();
        let copy = format!("INSERT INTO \"{table}\" SELECT * FROM jsonb_populate_record(NULL::\"{table}\", $1)");
        refused(&ours, &copy, vec![row.clone().into()]).await;
        let give_away = format!("UPDATE \"{table}\" SET workspace_id = $1");
        if !found.is_empty() {
            refused(&ours, &give_away, vec![foreign.into()]).await;
        }
        for change in [
            format!("UPDATE \"{table}\" SET workspace_id = workspace_id WHERE workspace_id = $1"),
            format!("DELETE FROM \"{table}\" WHERE workspace_id = $1"),
        ] {
            let statement = Statement::from_sql_and_values(DbBackend::Postgres, &change, [foreign.into()]);
            match ours.db.execute_raw(statement).await {
                Ok(done) => assert_eq!(done.rows_affected(), 0, "{change}"),
                Err(error) => assert!(error.to_string().contains("permission denied"), "{change}: {error}"),
            }
        }
    }
    assert!(seen > 30, "{seen} rows of our own");
    assert!(empty.len() < 6, "the other workspace has nothing in {empty:?}");
    assert_eq!(
        names(&ours.db, "SELECT external_id FROM workspace").await,
        ["a".to_owned()].into()
    );
    assert_eq!(
        names(&theirs.db, "SELECT external_id FROM workspace").await,
        ["b".to_owned()].into()
    );
    let attempts = "SELECT count(*) FROM notification_attempt";
    let of = async |db: &Database| rows::<i64>(db, attempts, vec![]).await.unwrap()[0];
    assert_eq!(of(&ours.db).await + of(&theirs.db).await, of(&app.services.db).await);
    assert!(of(&ours.db).await > 0);
    assert_eq!(difference(&before, &dump(&app.services.db).await.unwrap()), [""; 0]);
}

async fn refused(services: &Services, sql: &str, values: Vec<Value>) {
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
    let error = services.db.execute_raw(statement).await.expect_err(sql).to_string();
    assert!(
        error.contains("row-level security policy") || error.contains("permission denied"),
        "{sql}: {error}"
    );
}

#[tokio::test]
async fn nobody_signed_in_sees_nothing_and_staff_see_all() {
    if !is_postgres() {
        return;
    }
    let (app, ours, _) = two().await;
    let nobody = app.services.confined_to(WorkspaceId(uuid::Uuid::nil()));
    assert!(agent::Entity::find().all(&nobody.db).await.unwrap().is_empty());
    assert_eq!(agent::Entity::find().all(&ours.db).await.unwrap().len(), 1);
    let staff = ours.unconfined(Unconfined::Staff);
    assert_eq!(agent::Entity::find().all(&staff.db).await.unwrap().len(), 2);
    // The role without a workspace, as if the setting had been forgotten.
    let forgotten =
        "SELECT set_config('role', polroles[1]::regrole::text, false) FROM pg_policy WHERE polname = 'request' LIMIT 1";
    let one = pool(&app, 1).await;
    one.execute_unprepared(forgotten).await.unwrap();
    assert!(agent::Entity::find().all(&one).await.unwrap().is_empty());
}

/// A database on which the start would have been refused.
#[tokio::test]
async fn without_a_role_a_request_is_refused_rather_than_shown_all() {
    if !is_postgres() {
        return;
    }
    let app = TestApp::start().await;
    let db = callab::database::connect(&app.database.url()).await.unwrap();
    let services = Services {
        db: Database::new(db),
        ..app.services.clone()
    };
    let confined = services.confined_to(WorkspaceId(uuid::Uuid::nil()));
    assert!(agent::Entity::find().all(&confined.db).await.is_err());
    assert!(confined.begin().await.is_err());
}

#[tokio::test]
async fn what_a_request_writes_is_committed_and_what_fails_spoils_nothing_else() {
    if !is_postgres() {
        return;
    }
    let (app, ours, _) = two().await;
    let known = agent::Entity::find().one(&ours.db).await.unwrap().unwrap();
    let rename = |name: &str| agent::ActiveModel {
        id: sea_orm::ActiveValue::Unchanged(known.id),
        name: Set(name.to_owned()),
        ..Default::default()
    };
    let now = async || {
        agent::Entity::find_by_id(known.id)
            .one(&app.services.db)
            .await
            .unwrap()
            .unwrap()
            .name
    };
    rename("At once").update(&ours.db).await.unwrap();
    assert_eq!(now().await, "At once");
    let tx = ours.begin().await.unwrap();
    rename("Together").update(tx.db()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(now().await, "Together");
    let tx = ours.begin().await.unwrap();
    rename("Never").update(tx.db()).await.unwrap();
    drop(tx);
    assert!(rows::<i64>(&ours.db, "SELECT 1 / 0", vec![]).await.is_err());
    assert_eq!(
        agent::Entity::find().one(&ours.db).await.unwrap().unwrap().name,
        "Together"
    );
}

/// How many sessions of the database stand in the middle of a transaction.
async fn in_transaction(app: &TestApp) -> i64 {
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
        AND (state LIKE 'idle in transaction%' OR query LIKE '%pg_sleep%' AND state = 'active')";
    rows::<i64>(&app.services.db, open, vec![]).await.unwrap()[0]
}

async fn until_none_is_in_transaction(app: &TestApp) {
    for _ in 0..600 {
        if in_transaction(app).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} sessions stay in their transaction", in_transaction(app).await);
}

/// A live view lasts for hours, and a request may wait for Twilio.
#[tokio::test]
async fn a_request_that_waits_holds_no_transaction() {
    if !is_postgres() {
        return;
    }
    let (app, ours, _) = two().await;
    for _ in 0..3 {
        assert_eq!(agent::Entity::find().all(&ours.db).await.unwrap().len(), 1);
        until_none_is_in_transaction(&app).await;
    }
    drop(ours);
}

#[tokio::test]
async fn a_request_that_is_cut_off_leaves_no_transaction() {
    if !is_postgres() {
        return;
    }
    let (app, ours, theirs) = two().await;
    let sleeping = {
        let ours = ours.clone();
        tokio::spawn(async move { rows::<String>(&ours.db, "SELECT pg_sleep(0.3)::text", vec![]).await })
    };
    while in_transaction(&app).await == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    sleeping.abort();
    assert!(sleeping.await.unwrap_err().is_cancelled());
    assert_eq!(
        agent::Entity::find().all(&ours.db).await.unwrap().len(),
        1,
        "it goes on in another"
    );
    let tx = theirs.begin().await.unwrap();
    let panicked = tokio::spawn(async move {
        let _kept = ours;
        panic!("as a fault in the code would");
    });
    assert!(panicked.await.unwrap_err().is_panic());
    drop(tx);
    until_none_is_in_transaction(&app).await;
}

/// Half of them read, half of them write, over fewer connections than requests; each sees its own workspace alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_connections_serve_both_workspaces_without_mixing_or_blocking_and_go_back_clean() {
    if !is_postgres() {
        return;
    }
    let (app, ours, _) = two().await;
    drop(ours);
    let url = app.second_api(2).await.unwrap();
    let clients = [app.owner(), app.client(Some("b"), "owner")].map(|client| client.at(&url));
    let ask = async |nth: usize, client: &Client| {
        let shown = client.ask(&question("viewer", &[]), json!({})).await.to_string();
        let (own, other) = if nth.is_multiple_of(2) { ("a", "b") } else { ("b", "a") };
        assert!(shown.contains(&format!("Workspace {own}")), "{shown}");
        assert!(!shown.contains(&format!("Workspace {other}")), "{shown}");
        let input = json!({ "externalId": format!("line-{nth}"), "name": own, "endpoint": "sip:a@pbx.example" });
        client.done("registerAgent", "agent { id name }", input).await;
        let agents = client
            .ask("{ agents(first: 100) { nodes { name externalId } } }", json!({}))
            .await
            .to_string();
        assert!(
            agents.contains(&format!("line-{nth}")) && !agents.contains(&format!("\"name\":\"{other}\"")),
            "{agents}"
        );
    };
    join_all((0..24).map(|nth| ask(nth, &clients[nth % 2]))).await;

    // Straight from a pool of two: after requests of both workspaces each connection is its own again.
    let db = callab::row_security::confining(pool(&app, 2).await).await.unwrap();
    let second = Services {
        db,
        ..app.services.clone()
    };
    let (a, b) = (id_of(&app, "a").await, id_of(&app, "b").await);
    join_all((0..20).map(|nth| {
        let (second, own) = (&second, if nth % 2 == 0 { a } else { b });
        async move {
            let confined = second.confined_to(own);
            let agents = agent::Entity::find().all(&confined.db).await.unwrap();
            assert!(!agents.is_empty() && agents.iter().all(|agent| agent.workspace_id == own));
            let tx = confined.begin().await.unwrap();
            let agents = agent::Entity::find().all(tx.db()).await.unwrap();
            assert!(agents.iter().all(|agent| agent.workspace_id == own));
            if nth % 3 == 0 {
                tx.commit().await.unwrap();
            }
        }
    }))
    .await;
    let (one, other) = (second.begin().await.unwrap(), second.begin().await.unwrap());
    let state =
        "SELECT current_user || '/' || session_user || '/' || coalesce(current_setting('callab.workspace', true), '')";
    for tx in [&one, &other] {
        let state = rows::<String>(tx.db(), state, vec![]).await.unwrap().remove(0);
        let parts: Vec<&str> = state.split('/').collect();
        assert_eq!((parts[0], parts[2]), (parts[1], ""), "{state}");
    }
}

/// An installation whose database user is nobody special, on a server that somebody else looks after.
#[tokio::test]
async fn a_user_without_rights_is_told_what_to_do_and_sees_all_after_it() {
    if !is_postgres() {
        return;
    }
    let server = callab_tests::postgres::PrivatePostgres::shared().await.unwrap();
    let database = server.database("empty", async |_| Ok(())).await.unwrap();
    let admin = callab::database::connect(database.url()).await.unwrap();
    let (name, plain) = (database.name(), format!("{}_plain", database.name()));
    let make = format!(
        "CREATE ROLE \"{plain}\" LOGIN; CREATE ROLE \"{plain}_other\" LOGIN; ALTER DATABASE \"{name}\" OWNER TO \"{plain}\""
    );
    admin.execute_unprepared(&make).await.unwrap();
    let sign_in = async |user: &str| {
        let mut url: reqwest::Url = database.url().parse().unwrap();
        if url.set_username(user).is_err() {
            let query: Vec<(String, String)> = url
                .query_pairs()
                .filter(|(key, _)| key != "user")
                .map(|(a, b)| (a.into(), b.into()))
                .collect();
            url.query_pairs_mut()
                .clear()
                .extend_pairs(query)
                .append_pair("user", user);
        }
        callab::database::connect(url.as_str()).await.unwrap()
    };
    let db = sign_in(&plain).await;
    let who = names(&db, "SELECT current_user::text").await;
    assert_eq!(who, [plain.clone()].into());
    let told = format!("{:#}", callab::database::migrate(&db).await.unwrap_err());
    let request = format!("{name}_request");
    for order in [
        format!("CREATE ROLE {request} NOLOGIN NOINHERIT;"),
        format!("GRANT {request} TO {plain};"),
    ] {
        assert!(told.contains(&order), "{told}");
        admin.execute_unprepared(&order).await.unwrap();
    }
    assert!(callab::database::migrate(&db).await.unwrap() > 0);
    let confining = callab::row_security::confining;
    let whole = confining(db.clone()).await.unwrap();
    let services = Services {
        db: whole,
        ..TestApp::start().await.services.clone()
    };
    for workspace in ["a", "b"] {
        domain::workspaces::of_token(&services, workspace, None).await.unwrap();
    }
    let count = async |db: &Database| workspace::Entity::find().all(db).await.unwrap().len();
    assert_eq!(
        count(&services.db).await,
        2,
        "the owner sees all, although row-level security is forced"
    );
    let own = workspace::Entity::find().one(&services.db).await.unwrap().unwrap().id;
    assert_eq!(count(&services.confined_to(own).db).await, 1);

    // Another user, who may read the tables, sees nothing, and the product does not start as them.
    let other = format!("{plain}_other");
    let grant = format!("GRANT ALL ON ALL TABLES IN SCHEMA public TO \"{other}\"");
    db.execute_unprepared(&grant).await.unwrap();
    let stranger = sign_in(&other).await;
    assert!(workspace::Entity::find().all(&stranger).await.unwrap().is_empty());
    let told = confining(stranger.clone()).await.unwrap_err().to_string();
    assert!(told.contains(&format!("GRANT \"{request}\" TO \"{other}\"")), "{told}");
    admin
        .execute_unprepared(&format!("GRANT \"{request}\" TO \"{other}\""))
        .await
        .unwrap();
    let told = confining(stranger.clone()).await.unwrap_err().to_string();
    assert!(told.contains("does not see all rows"), "{told}");
    admin
        .execute_unprepared(&format!("GRANT \"{plain}\" TO \"{other}\""))
        .await
        .unwrap();
    confining(stranger).await.unwrap();

    is_found_to_be_switched_off(&admin, &db, &request).await;
    confining(db).await.unwrap();
}

/// Each way to switch it off keeps a process from starting.
async fn is_found_to_be_switched_off(admin: &DatabaseConnection, db: &DatabaseConnection, request: &str) {
    for (harm, mend, word) in [
        (
            "ALTER TABLE agent DISABLE ROW LEVEL SECURITY".to_owned(),
            "ALTER TABLE agent ENABLE ROW LEVEL SECURITY".to_owned(),
            "somebody changed a table",
        ),
        (
            "ALTER TABLE job NO FORCE ROW LEVEL SECURITY".to_owned(),
            "ALTER TABLE job FORCE ROW LEVEL SECURITY".to_owned(),
            "somebody changed a table",
        ),
        (
            format!("ALTER ROLE \"{request}\" BYPASSRLS"),
            format!("ALTER ROLE \"{request}\" NOBYPASSRLS"),
            "NOBYPASSRLS",
        ),
        (
            "CREATE POLICY reporting ON call USING (true)".to_owned(),
            "DROP POLICY reporting ON call".to_owned(),
            "another policy than `request`",
        ),
    ] {
        admin.execute_unprepared(&harm).await.unwrap();
        let told = callab::row_security::confining(db.clone())
            .await
            .unwrap_err()
            .to_string();
        assert!(told.contains(word), "{told}");
        admin.execute_unprepared(&mend).await.unwrap();
    }
}
