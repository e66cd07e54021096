//! A customer: a Twilio account with one number that answers elsewhere, and what they do with it.

use std::sync::atomic::{AtomicU64, Ordering};

use callab_tests::Client;
use entity::Routing;
use serde_json::{Value, json};
use twilio_sim::{AccountSpec, NumberSpec, Sim, SimAccount, SimNumber};

use crate::cluster::{Cluster, ECHO_LINE};
use crate::rows;
use crate::until::until_true;

/// A customer and their account at Twilio.
#[derive(Clone, Debug)]
pub struct Customer {
    /// Who asks the API for them.
    pub client: Client,
    /// Their account at Twilio.
    pub twilio: SimAccount,
    /// The account's global id; empty until it is connected.
    pub account: String,
    /// Their number as it was at first.
    pub original: SimNumber,
    /// The number's global id; empty until it is added.
    pub number: String,
}

/// A number that no other of this test process has.
fn new_number() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(14_155_560_000);
    format!("+{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A number whose calls are answered elsewhere.
pub fn answered_elsewhere() -> NumberSpec {
    NumberSpec {
        phone_number: new_number(),
        voice_url: "https://ivr.example.com/voice".to_owned(),
        voice_fallback_url: "https://ivr.example.com/fallback".to_owned(),
        status_callback: "https://ivr.example.com/status".to_owned(),
        ..NumberSpec::default()
    }
}

impl Customer {
    /// One who has not come to us yet.
    pub fn new(sim: &Sim, client: &Client) -> Self {
        let twilio = sim.add_account(AccountSpec::default());
        let number = sim.add_number(&twilio.sid, answered_elsewhere());
        Self {
            client: client.clone(),
            original: sim.number(&number).expect("the number"),
            account: String::new(),
            number: String::new(),
            twilio,
        }
    }

    /// Some who have connected their accounts and added their numbers.
    pub async fn settled(cluster: &Cluster, client: &Client, count: usize) -> Vec<Self> {
        let mut customers: Vec<Self> = (0..count).map(|_| Self::new(&cluster.sim, client)).collect();
        for customer in &mut customers {
            customer.connect().await;
        }
        for customer in &mut customers {
            customer.add_number(cluster).await;
        }
        rows::all_ended(&cluster.db).await;
        customers
    }

    /// Connects the account, which has its numbers read.
    pub async fn connect(&mut self) {
        let input = json!({ "accountSid": self.twilio.sid, "authToken": self.twilio.auth_token, "label": "Main" });
        let payload = self.client.done("connectTwilioAccount", "account { id }", input).await;
        self.account = text(&payload["account"]["id"]);
    }

    /// Waits until the numbers are read, and adds the number.
    pub async fn add_number(&mut self, cluster: &Cluster) {
        let sid = self.twilio.sid.as_str();
        until_true("the account's numbers", async || {
            rows::account(&cluster.db, sid).await.synced_at.is_some()
        })
        .await;
        let document = "query($n: String) { phoneNumbers(search: $n, first: 1) { nodes { id } } }";
        let data = self
            .client
            .ask(document, json!({ "n": self.original.phone_number }))
            .await;
        self.number = text(&data["phoneNumbers"]["nodes"][0]["id"]);
        let input = json!({ "phoneNumberId": self.number, "nickname": "Main line" });
        self.client.done("addPhoneNumber", "phoneNumber { id }", input).await;
    }

    /// Has an agent answer the number.
    pub async fn assign(&self, agent: &str) {
        let input = json!({ "phoneNumberId": self.number, "agentId": agent, "direction": "INBOUND" });
        self.client.done("assignAgent", "assignment { id }", input).await;
    }

    /// Has no agent answer the number any more.
    pub async fn unassign(&self) {
        let input = json!({ "phoneNumberId": self.number, "direction": "INBOUND" });
        self.client.done("unassignAgent", "phoneNumber { id }", input).await;
    }

    /// Has the account's numbers read.
    pub async fn sync(&self) {
        let input = json!({ "accountId": self.account });
        self.client.done("syncNumbers", "account { id }", input).await;
    }

    /// Has the account's credentials checked.
    pub async fn check(&self) {
        let input = json!({ "accountId": self.account });
        self.client.done("verifyTwilioAccount", "account { id }", input).await;
    }

    /// Starts a test call to the echo line, and answers its global id.
    pub async fn test_call(&self) -> String {
        let input = json!({ "phoneNumberId": self.number, "kind": "OUTBOUND", "to": ECHO_LINE });
        let payload = self.client.done("startTestCall", "testCall { id }", input).await;
        text(&payload["testCall"]["id"])
    }

    /// What became of a test call: its verdict, or nothing yet.
    pub async fn verdict(&self, test: &str) -> Option<String> {
        let document = "query($id: ID!) { testCall(id: $id) { verdict } }";
        let data = self.client.ask(document, json!({ "id": test })).await;
        data["testCall"]["verdict"].as_str().map(str::to_owned)
    }

    /// The number as it stands at Twilio.
    pub fn at_twilio(&self, sim: &Sim) -> SimNumber {
        sim.number(&self.original.sid).expect("the number")
    }

    /// Asserts that the number's routing at Twilio is what it was at first.
    pub fn has_its_own_routing(&self, sim: &Sim) {
        assert_eq!(routing(&self.at_twilio(sim)), routing(&self.original));
    }

    /// Asserts that the number's calls come to us, all of its routing is ours, and what was borrowed is what it was at first.
    pub async fn has_our_routing(&self, cluster: &Cluster) {
        let now = self.at_twilio(&cluster.sim);
        let ours = [&now.voice_url, &now.voice_fallback_url, &now.status_callback];
        let base = format!("{}/twilio/v1/", cluster.public.url);
        assert!(ours.iter().all(|url| url.starts_with(&base)), "half a routing: {now:?}");
        let row = rows::number(&cluster.db, &self.original.phone_number).await;
        assert_eq!((row.routing.as_str(), &row.routing_problem), ("OURS", &None), "{row:?}");
        let borrowed = rows::borrowed(&cluster.db, &row).await;
        assert_eq!(borrowed.len(), 1, "{borrowed:?}");
        assert_eq!(urls(&borrowed[0].routing), routing(&self.original));
    }

    /// How many calls of the account Twilio made.
    pub fn calls(&self, sim: &Sim) -> usize {
        sim.calls(&self.twilio.sid).len()
    }
}

/// Registers an agent, and answers its global id.
pub async fn agent(client: &Client, endpoint: &str) -> String {
    let input = json!({ "externalId": "front-desk", "name": "Front desk", "endpoint": endpoint });
    let payload = client.done("registerAgent", "agent { id }", input).await;
    text(&payload["agent"]["id"])
}

/// What Callab writes of a number's routing.
fn routing(number: &SimNumber) -> [Option<String>; 3] {
    [&number.voice_url, &number.voice_fallback_url, &number.status_callback].map(|url| Some(url.clone()))
}

fn urls(routing: &Routing) -> [Option<String>; 3] {
    [
        &routing.voice_url,
        &routing.voice_fallback_url,
        &routing.status_callback,
    ]
    .map(Clone::clone)
}

/// A global id in an answer.
pub fn text(value: &Value) -> String {
    value.as_str().expect("an id").to_owned()
}
