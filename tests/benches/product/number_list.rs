//! The list of numbers as the web app shows it: account, assignments and agents with each.

use anyhow::{Context as _, bail, ensure};
use callab_tests::statements::Statements;
use callab_tests::{Client, TestApp};
use entity::phone_number;
use sea_orm::{EntityTrait as _, QueryOrder as _, QuerySelect as _};
use serde_json::json;
use twilio_sim::{AccountSpec, NumberSpec};

use crate::figures::{Samples, head};
use crate::statements;

const NUMBERS: usize = 100;
const AGENTS: usize = 4;
const ROUNDS: usize = 300;
const COUNTED: usize = 100;

const LIST: &str = "query($first: Int) { phoneNumbers(first: $first) { nodes {
    id number country nickname state routing account { id label sid }
    inboundAssignment { startedAt agent { id name endpoint } } outboundAssignment { startedAt agent { id name endpoint } }
} } }";

pub async fn run() -> anyhow::Result<()> {
    let heard = Statements::default();
    let app = TestApp::start_with(|services| heard.watch(services)).await;
    let owner = app.owner();
    prepare(&app, &owner).await?;
    head(
        "number-list: GraphQL, 100 numbers with account, assignments and agents",
        "as many statements for 100 rows as for 10",
    );
    let (mut list, mut constant, mut rows) = (Samples::default(), Samples::default(), Samples::default());
    for _ in 0..ROUNDS {
        list.time(read(&owner, NUMBERS)).await?;
        constant
            .time(async { Ok(owner.ask("{ __typename }", json!({})).await) })
            .await?;
        rows.time(read_rows(&app)).await?;
    }
    list.print("100 numbers");
    constant.print("  floor: the smallest query, signed in, same server");
    rows.print("  floor: the 100 rows alone, no HTTP");
    for first in [10, NUMBERS] {
        print_statements(&owner, &heard, first).await?;
    }
    Ok(())
}

/// How many statements the list takes may differ from time to time: prints the fewest, and the most with what they were.
async fn print_statements(owner: &Client, heard: &Statements, first: usize) -> anyhow::Result<()> {
    let mut lists = Vec::new();
    for _ in 0..COUNTED {
        let _ = heard.take();
        read(owner, first).await?;
        lists.push(statements::of_request(&heard.take()));
    }
    lists.sort_by_key(Vec::len);
    let (Some(fewest), Some(most)) = (lists.first(), lists.last()) else {
        bail!("nothing was counted");
    };
    println!(
        "  {first} rows: {} to {} statements: {}",
        fewest.len(),
        most.len(),
        most.join(", ")
    );
    Ok(())
}

/// Adds every number and assigns an agent to each direction.
async fn prepare(app: &TestApp, owner: &Client) -> anyhow::Result<()> {
    let account = app.sim.add_account(AccountSpec::default());
    app.sim
        .add_numbers(&account.sid, "+14155560000", NUMBERS, &NumberSpec::default());
    app.connect(owner, &account).await;
    let mut agents = Vec::new();
    for nth in 0..AGENTS {
        let endpoint = format!("wss://media.example/agent/{nth}");
        agents.push(app.agent(owner, &format!("agent-{nth}"), &endpoint).await);
    }
    let listed = owner
        .ask("{ phoneNumbers(first: 100) { nodes { id } } }", json!({}))
        .await;
    let nodes = listed["phoneNumbers"]["nodes"].as_array().context("a list")?;
    for (node, agent) in nodes.iter().zip(agents.iter().cycle()) {
        let id = &node["id"];
        owner
            .done("addPhoneNumber", "phoneNumber { id }", json!({ "phoneNumberId": id }))
            .await;
        for direction in ["INBOUND", "OUTBOUND"] {
            let input = json!({ "phoneNumberId": id, "agentId": agent, "direction": direction });
            owner.done("assignAgent", "assignment { id }", input).await;
        }
    }
    app.run_jobs().await;
    Ok(())
}

async fn read(owner: &Client, first: usize) -> anyhow::Result<()> {
    let data = owner.ask(LIST, json!({ "first": first })).await;
    let nodes = data["phoneNumbers"]["nodes"].as_array().context("a list")?;
    let whole = |direction: &str| nodes.iter().all(|node| !node[direction]["agent"]["id"].is_null());
    ensure!(
        nodes.len() == first && whole("inboundAssignment") && whole("outboundAssignment"),
        "{data}"
    );
    Ok(())
}

async fn read_rows(app: &TestApp) -> anyhow::Result<()> {
    let rows = phone_number::Entity::find()
        .order_by_asc(phone_number::COLUMN.e164)
        .limit(NUMBERS as u64)
        .all(&app.services.db)
        .await?;
    ensure!(rows.len() == NUMBERS, "{} rows", rows.len());
    Ok(())
}
