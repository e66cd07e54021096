//! What it costs that PostgreSQL keeps workspaces apart: the same request by a customer, confined to their rows, and by Callab's staff,
//! who are not. On SQLite nobody is confined, so that there the difference is that of the roles alone.

use anyhow::{Context as _, ensure};
use callab_tests::{Client, TestApp};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use serde_json::{Value, json};
use twilio_sim::{AccountSpec, NumberSpec};

use crate::figures::{Samples, head};

const NUMBERS: usize = 50;
const OTHER_WORKSPACES: usize = 20;
const ROUNDS: usize = 400;

const LIST: &str = "query($workspace: ID) { phoneNumbers(first: 50, workspaceId: $workspace) { nodes {
    id nickname state routing account { id label sid } inboundAssignment { startedAt agent { id name } } } } }";

pub async fn run() -> anyhow::Result<()> {
    let app = TestApp::start().await;
    for nth in 0..OTHER_WORKSPACES {
        prepare(&app, &app.client(Some(&format!("other-{nth}")), "owner"), nth).await;
    }
    let owner = app.owner();
    let account = prepare(&app, &owner, OTHER_WORKSPACES).await;
    let workspace = owner.ask("{ viewer { workspace { id } } }", json!({})).await;
    let workspace = workspace["viewer"]["workspace"]["id"].clone();
    let staff = app.client(None, "support");
    head(
        "row-security: a list and a mutation, by a customer (confined) and by staff (not)",
        "a list costs one BEGIN and one SELECT set_config(…) more, and nothing for each row",
    );
    let [mut confined, mut free] = [Samples::default(), Samples::default()];
    for _ in 0..ROUNDS {
        confined.time(read(&owner, &workspace)).await?;
        free.time(read(&staff, &workspace)).await?;
    }
    confined.print("50 of 1,050 numbers, 4 statements, customer");
    free.print("  the same by staff");
    let [mut confined, mut free] = [Samples::default(), Samples::default()];
    for _ in 0..ROUNDS {
        confined.time(write(&owner, &account)).await?;
        free.time(write(&staff, &account)).await?;
    }
    confined.print("verifyTwilioAccount, customer");
    free.print("  the same by staff");
    if app.services.db.get_database_backend() == DbBackend::Postgres {
        let mut begin = Samples::default();
        for _ in 0..ROUNDS {
            begin.time(begin_alone(&app)).await?;
        }
        begin.print("  floor: BEGIN, SELECT set_config(…), ROLLBACK");
    }
    Ok(())
}

/// An account with its numbers, the first of them in use.
async fn prepare(app: &TestApp, owner: &Client, nth: usize) -> String {
    let account = app.sim.add_account(AccountSpec::default());
    let first = format!("+1415{:03}0000", 200 + nth);
    app.sim
        .add_numbers(&account.sid, &first, NUMBERS, &NumberSpec::default());
    let id = app.connect(owner, &account).await;
    let agent = app.agent(owner, "agent", "wss://media.example/agent").await;
    let number = app.add(owner, &first, "Line").await;
    app.assign(owner, &number, &agent, "INBOUND").await;
    id
}

async fn read(client: &Client, workspace: &Value) -> anyhow::Result<()> {
    let data = client.ask(LIST, json!({ "workspace": workspace })).await;
    let nodes = data["phoneNumbers"]["nodes"].as_array().context("a list")?;
    ensure!(nodes.len() == NUMBERS, "{data}");
    Ok(())
}

async fn write(client: &Client, account: &str) -> anyhow::Result<()> {
    let input = json!({ "accountId": account });
    client.done("verifyTwilioAccount", "account { id }", input).await;
    Ok(())
}

async fn begin_alone(app: &TestApp) -> anyhow::Result<()> {
    let tx = app.services.begin().await?;
    let set = "SELECT set_config('callab.workspace', '', true), set_config('application_name', 'callab', true)";
    tx.db()
        .query_one_raw(Statement::from_string(DbBackend::Postgres, set))
        .await?;
    drop(tx);
    Ok(())
}
