//! Fills the demo's two workspaces through the public API: accounts in all states, numbers in use, agents.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, anyhow};
use serde_json::{Value, json};
use twilio_sim::{AccountStatus, SuspendedForm};

use super::Demo;
use super::client::{Client, nodes, text_at};
use super::documents::{ACCOUNT, ADD, ASSIGN, CONNECT, CREATE_ALERT, NUMBER_BY_ID, PAUSE, REGISTER, USABLE, VERIFY};
use super::plant;
use super::world::{CALLER, Workspace, WorldAccount};

/// How long something awaited may take.
const LIMIT: Duration = Duration::from_secs(30);

/// What was filled in.
#[derive(Debug, Default)]
pub struct Seeded {
    /// Connected accounts: from SID to id in the API.
    accounts: HashMap<String, String>,
}

impl Seeded {
    /// The API's id of an account that was connected.
    #[must_use]
    pub fn account_id(&self, sid: &str) -> Option<&str> {
        self.accounts.get(sid).map(String::as_str)
    }
}

/// Fills both workspaces.
///
/// # Errors
/// When the product refuses something, or something awaited does not happen.
pub async fn fill(demo: &Demo) -> anyhow::Result<Seeded> {
    let (nordwind, harbor) = (
        Seeder::new(demo, Workspace::Nordwind)?,
        Seeder::new(demo, Workspace::BlueHarbor)?,
    );
    let (nordwind, harbor) = tokio::try_join!(fill_nordwind(&nordwind), fill_blue_harbor(&harbor))?;
    Ok(Seeded {
        accounts: nordwind.into_iter().chain(harbor).collect(),
    })
}

type Connected = Vec<(String, String)>;

async fn fill_nordwind(seeder: &Seeder<'_>) -> anyhow::Result<Connected> {
    let world = &seeder.demo.world;
    let healthy = seeder.connect(&world.healthy).await?;
    let rotated = seeder.connect(&world.rotated).await?;
    let without_voice = seeder.connect(&world.without_voice).await?;

    let concierge = seeder.register("travel-concierge", "Travel concierge").await?;
    seeder.register("night-desk", "Night desk").await?;
    let berlin = seeder.add(&healthy, "+493023125001", "Berlin office").await?;
    seeder.add(&healthy, "+18005550199", "Hotline USA").await?;
    seeder.assign(&berlin, &concierge, "INBOUND").await?;
    seeder.assign(&berlin, &concierge, "OUTBOUND").await?;
    let call = seeder.demo.sim.ring(CALLER, "+493023125001");
    seeder.demo.sim.call_finished(&call).await;

    seeder.demo.sim.rotate_token(&world.rotated.sid);
    seeder.check_until(&rotated, "FAILING").await?;

    let paused = seeder.connect(&world.paused).await?;
    seeder
        .owner
        .mutate(PAUSE, json!({ "accountId": paused }))
        .await?
        .done()?;
    let unverified = seeder.connect(&world.unverified).await?;
    seeder.until_health(&unverified, "HEALTHY").await?;
    plant::not_yet_checked(&seeder.demo.database, &world.unverified.sid).await?;
    Ok(vec![
        (world.paused.sid.clone(), paused),
        (world.unverified.sid.clone(), unverified),
        (world.healthy.sid.clone(), healthy),
        (world.rotated.sid.clone(), rotated),
        (world.without_voice.sid.clone(), without_voice),
    ])
}

async fn fill_blue_harbor(seeder: &Seeder<'_>) -> anyhow::Result<Connected> {
    let world = &seeder.demo.world;
    let dental = seeder.connect(&world.dental).await?;
    let suspended = seeder.connect(&world.suspended).await?;
    let trial = seeder.connect(&world.trial).await?;

    let receptionist = seeder.register("receptionist", "Receptionist").await?;
    let front_desk = seeder.add(&dental, "+16175550151", "Front desk").await?;
    let emergencies = seeder.add(&dental, "+16175550152", "Emergencies").await?;
    seeder.assign(&front_desk, &receptionist, "INBOUND").await?;
    seeder.assign(&front_desk, &receptionist, "OUTBOUND").await?;
    seeder.assign(&emergencies, &receptionist, "INBOUND").await?;

    seeder
        .demo
        .sim
        .set_suspended_form(&world.suspended.sid, SuspendedForm::StatusOnly);
    seeder
        .demo
        .sim
        .set_status(&world.suspended.sid, AccountStatus::Suspended);
    seeder.check_until(&suspended, "SUSPENDED").await?;

    let alert = json!({
        "accountId": trial, "kind": "BALANCE_BELOW", "amount": { "amount": "20", "currency": "USD" },
    });
    seeder.owner.mutate(CREATE_ALERT, alert).await?.done()?;
    seeder.until_health(&trial, "DEGRADED").await?; // The balance of the trial is 14.35.
    let unchecked = seeder.connect(&world.unchecked).await?;
    seeder.until_health(&unchecked, "HEALTHY").await?;
    plant::not_checked_lately(&seeder.demo.database, &world.unchecked.sid).await?;
    Ok(vec![
        (world.unchecked.sid.clone(), unchecked),
        (world.dental.sid.clone(), dental),
        (world.suspended.sid.clone(), suspended),
        (world.trial.sid.clone(), trial),
    ])
}

/// The owner of a workspace, setting it up.
struct Seeder<'a> {
    demo: &'a Demo,
    owner: Client,
}

impl<'a> Seeder<'a> {
    fn new(demo: &'a Demo, workspace: Workspace) -> anyhow::Result<Self> {
        Ok(Self {
            demo,
            owner: demo.owner(workspace)?,
        })
    }

    /// Connects the account, waits until its numbers are read, and answers its id.
    async fn connect(&self, account: &WorldAccount) -> anyhow::Result<String> {
        let input = json!({ "accountSid": account.sid, "authToken": account.auth_token, "label": account.name });
        let payload = self.owner.mutate(CONNECT, input).await?.done()?;
        let id = text_at(&payload, "/account/id")?;
        let read = |data: &Value| data["twilioAccount"]["syncedAt"].is_string();
        self.until(ACCOUNT, &id, read)
            .await
            .with_context(|| format!("the numbers of {} were not read", account.name))?;
        Ok(id)
    }

    /// Adds a number and answers its id.
    async fn add(&self, account: &str, phone_number: &str, nickname: &str) -> anyhow::Result<String> {
        let data = self.owner.ask(USABLE, json!({ "account": account })).await?;
        let mut nodes = nodes(&data["phoneNumbers"])?.into_iter();
        let node = nodes.find(|node| node["number"] == phone_number);
        let node = node.ok_or_else(|| anyhow!("{phone_number} is not listed"))?;
        let id = text_at(node, "/id")?;
        let input = json!({ "phoneNumberId": id, "nickname": nickname });
        self.owner.mutate(ADD, input).await?.done()?;
        Ok(id)
    }

    /// Registers an agent that is the demo's own, and answers its id.
    async fn register(&self, external_id: &str, name: &str) -> anyhow::Result<String> {
        let endpoint = self.demo.addresses.agent();
        let input = json!({ "externalId": external_id, "name": name, "endpoint": endpoint });
        text_at(&self.owner.mutate(REGISTER, input).await?.done()?, "/agent/id")
    }

    /// Assigns the agent; for inbound calls it waits until Twilio sends them here.
    async fn assign(&self, number: &str, agent: &str, direction: &str) -> anyhow::Result<()> {
        let input = json!({ "phoneNumberId": number, "agentId": agent, "direction": direction });
        self.owner.mutate(ASSIGN, input).await?.done()?;
        if direction == "INBOUND" {
            let ours = |data: &Value| data["phoneNumber"]["routing"] == "OURS";
            self.until(NUMBER_BY_ID, number, ours)
                .await
                .context("the number's routing was not set")?;
        }
        Ok(())
    }

    /// Has the account checked and waits for that health.
    async fn check_until(&self, account: &str, health: &str) -> anyhow::Result<()> {
        self.owner
            .mutate(VERIFY, json!({ "accountId": account }))
            .await?
            .done()?;
        self.until_health(account, health).await
    }

    /// Waits for that health.
    async fn until_health(&self, account: &str, health: &str) -> anyhow::Result<()> {
        let found = |data: &Value| data["twilioAccount"]["health"]["state"] == health;
        self.until(ACCOUNT, account, found)
            .await
            .with_context(|| format!("the account did not become {health}"))
    }

    async fn until(&self, document: &str, id: &str, holds: impl Fn(&Value) -> bool) -> anyhow::Result<()> {
        let look = |data: &Value| holds(data).then_some(());
        let waiting = self.owner.wait_for(document, json!({ "id": id }), look);
        tokio::time::timeout(LIMIT, waiting)
            .await
            .with_context(|| format!("waited {} s in vain", LIMIT.as_secs()))?
    }
}
