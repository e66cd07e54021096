//! A workspace that makes every mutation once, in an order in which each has its effect.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Clock as _;
use domain::jobs::VerifyAccount;
use entity::activity_finding::{self, Figures, FindingKind};
use entity::agent_assignment::{self, Direction};
use entity::{ActivityFindingId, AssignmentId, twilio_account};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};
use twilio_sim::{SimAccount, SimUsage, scenario};

use crate::{Client, TestAgent, TestApp};

/// Every mutation, in the order of the story.
pub const MUTATIONS: [&str; 25] = [
    "connectTwilioAccount",
    "updateTwilioAccount",
    "pauseTwilioAccount",
    "resumeTwilioAccount",
    "verifyTwilioAccount",
    "syncNumbers",
    "cancelJob",
    "retryJob",
    "registerAgent",
    "updateAgent",
    "addPhoneNumber",
    "updatePhoneNumber",
    "assignAgent",
    "createBillingAlert",
    "updateBillingAlert",
    "acknowledgeBillingEpisode",
    "checkBilling",
    "startTestCall",
    "cancelTestCall",
    "placeCall",
    "deleteBillingAlert",
    "unassignAgent",
    "removeAgent",
    "removePhoneNumber",
    "disconnectTwilioAccount",
];

/// A number of nobody's that rings at customers.
pub const CALLER: &str = "+14155550177";

/// A number of nobody's that customers call.
pub const CALLED: &str = "+14155550166";

/// The global ids of one of everything in a workspace; empty for what is not there yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ids {
    /// The workspace.
    pub workspace: String,
    /// A Twilio account.
    pub account: String,
    /// A number of it.
    pub number: String,
    /// An agent.
    pub agent: String,
    /// The agent's assignment to the number.
    pub assignment: String,
    /// A call to the number.
    pub call: String,
    /// A test call of the number.
    pub test_call: String,
    /// A job: a check of the account.
    pub job: String,
    /// A billing alert of the account.
    pub billing_alert: String,
    /// Its open episode.
    pub billing_episode: String,
    /// A call that the agent was to place.
    pub call_intent: String,
}

impl Ids {
    /// Ids of the right types that no row ever had.
    #[must_use]
    pub fn that_never_existed() -> Self {
        let id = |name: &str| global(name, "01900000-0000-7000-8000-000000000001");
        Self {
            workspace: id("Workspace"),
            account: id("TwilioAccount"),
            number: id("PhoneNumber"),
            agent: id("Agent"),
            assignment: id("AgentAssignment"),
            call: id("Call"),
            test_call: id("TestCall"),
            job: id("Job"),
            billing_alert: id("BillingAlert"),
            billing_episode: id("BillingEpisode"),
            call_intent: id("CallIntent"),
        }
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> [&str; 11] {
        [
            &self.workspace,
            &self.account,
            &self.number,
            &self.agent,
            &self.assignment,
            &self.call,
            &self.test_call,
            &self.job,
            &self.billing_alert,
            &self.billing_episode,
            &self.call_intent,
        ]
    }

    /// The one that an argument with this name takes; for `id` the name of the root field decides.
    ///
    /// # Panics
    /// When the name is new: say here what it takes.
    #[must_use]
    pub fn of(&self, argument: &str, root_field: &str) -> &str {
        match (argument, root_field) {
            ("workspaceId", _) => &self.workspace,
            ("accountId", _) | ("id", "twilioAccount") => &self.account,
            ("phoneNumberId" | "fromPhoneNumberId", _) | ("id", "phoneNumber") => &self.number,
            ("id", "callIntent") => &self.call_intent,
            ("agentId", _) | ("id", "agent") => &self.agent,
            ("id", "call") => &self.call,
            ("testCallId", _) | ("id", "testCall") => &self.test_call,
            ("jobId", _) | ("id", "job") => &self.job,
            ("billingAlertId", _) => &self.billing_alert,
            ("billingEpisodeId", _) => &self.billing_episode,
            other => panic!("which id does {other:?} take? Say so in tests/src/story.rs"),
        }
    }
}

/// Someone who makes every mutation once.
#[derive(Debug)]
pub struct Story {
    /// Who.
    pub client: Client,
    /// Their account at the simulated Twilio, with three numbers.
    pub twilio: SimAccount,
    /// The number that is used.
    pub number: String,
    /// The agent that answers it.
    pub agent: TestAgent,
    /// What there is so far.
    pub ids: Ids,
}

impl Story {
    /// An account at Twilio, and nothing in Callab yet but the workspace.
    ///
    /// # Panics
    /// When the API cannot be asked.
    pub async fn begin(app: &TestApp, client: Client) -> Self {
        let twilio = scenario::healthy(&app.sim);
        let rented = SimUsage::new(3, 3, 5);
        app.sim
            .set_usage(&twilio.sid, app.clock.now().date_naive(), "phonenumbers-local", rented);
        let number = app.sim.numbers(&twilio.sid)[0].phone_number.clone();
        let viewer = client.ask("{ viewer { workspace { id } } }", json!({})).await;
        let ids = Ids {
            workspace: text(&viewer["viewer"]["workspace"]["id"]),
            ..Ids::default()
        };
        let agent = TestAgent::start().await.expect("an agent");
        Self {
            client,
            twilio,
            number,
            agent,
            ids,
        }
    }

    /// A workspace in which there is one of everything; the test call awaits a call.
    ///
    /// # Panics
    /// When something of it is refused.
    pub async fn settled(app: &TestApp, client: Client) -> Self {
        let mut story = Self::begin(app, client).await;
        story.tell_before(app, "startTestCall").await;
        story.find_something_unusual(app).await;
        let call = app.sim.ring(CALLER, &story.number);
        app.sim.call_finished(&call).await;
        let document = "query($n: ID!) { calls(phoneNumberId: $n) { nodes { id } } phoneNumber(id: $n) { inboundAssignment { id } } }";
        let data = story.client.ask(document, json!({ "n": story.ids.number })).await;
        story.ids.call = text(&data["calls"]["nodes"][0]["id"]);
        story.ids.assignment = text(&data["phoneNumber"]["inboundAssignment"]["id"]);
        story.tell(app, "startTestCall").await;
        story.tell(app, "placeCall").await;
        story
    }

    /// Makes every mutation that comes before this one.
    pub async fn tell_before(&mut self, app: &TestApp, mutation: &str) {
        for earlier in MUTATIONS.into_iter().take_while(|earlier| *earlier != mutation) {
            self.tell(app, earlier).await;
        }
    }

    /// Makes a mutation and runs the jobs.
    pub async fn tell(&mut self, app: &TestApp, mutation: &str) -> Value {
        let payload = self
            .client
            .done(mutation, Self::fields(mutation), self.input(mutation))
            .await;
        self.learn(app, mutation, &payload).await;
        payload
    }

    /// Runs the jobs and remembers the ids that a mutation's answer told.
    pub async fn learn(&mut self, app: &TestApp, mutation: &str, payload: &Value) {
        app.run_jobs().await;
        match mutation {
            "connectTwilioAccount" => {
                self.ids.account = text(&payload["account"]["id"]);
                self.ids.number = app.number_id(&self.client, &self.number).await;
            }
            "syncNumbers" => self.ids.job = self.check_in_an_hour(app).await,
            "registerAgent" => self.ids.agent = text(&payload["agent"]["id"]),
            "assignAgent" => self.ids.assignment = text(&payload["assignment"]["id"]),
            "createBillingAlert" | "updateBillingAlert" => {
                self.ids.billing_alert = text(&payload["billingAlert"]["id"]);
                self.ids.billing_episode = self.open_episode().await;
            }
            "startTestCall" => {
                self.ids.test_call = text(&payload["testCall"]["id"]);
                self.let_the_agent_call(app).await;
            }
            "placeCall" => {
                self.ids.call_intent = text(&payload["callIntent"]["id"]);
                let calls = app.sim.calls(&self.twilio.sid);
                for call in calls.iter().filter(|call| call.to == CALLED) {
                    app.sim.call_finished(&call.sid).await;
                }
                self.let_the_agent_call_no_more(app).await;
            }
            _ => {}
        }
    }

    /// The episode that the alert opened: more was spent today than its amount.
    async fn open_episode(&self) -> String {
        let document = "query($id: ID!) { billingEpisodes(accountId: $id, open: true) { nodes { id } } }";
        let data = self.client.ask(document, json!({ "id": self.ids.account })).await;
        text(&data["billingEpisodes"]["nodes"][0]["id"])
    }

    /// Assigns the agent to the number's outbound calls, as no mutation of the story does.
    async fn let_the_agent_call(&self, app: &TestApp) {
        let db = &app.services.db;
        let assigned = agent_assignment::Entity::find().all(db).await.expect("the database");
        let inbound = assigned
            .iter()
            .find(|row| global("AgentAssignment", row.id.0) == self.ids.assignment);
        let calls = |row: &&agent_assignment::Model| row.direction == Direction::Outbound && row.ended_at.is_none();
        let inbound = inbound.expect("the assignment");
        if assigned
            .iter()
            .filter(calls)
            .any(|row| row.phone_number_id == inbound.phone_number_id)
        {
            return;
        }
        let row = agent_assignment::Model {
            id: AssignmentId(app.services.ids.new_id()),
            direction: Direction::Outbound,
            ..inbound.clone()
        };
        let row = agent_assignment::ActiveModel::from(row).reset_all();
        row.insert(db).await.expect("the database");
    }

    async fn let_the_agent_call_no_more(&self, app: &TestApp) {
        let account = self.account(app).await;
        agent_assignment::Entity::update_many()
            .col_expr(agent_assignment::Column::EndedAt, Expr::value(app.clock.now()))
            .filter(agent_assignment::COLUMN.workspace_id.eq(account.workspace_id))
            .filter(agent_assignment::COLUMN.direction.eq(Direction::Outbound))
            .filter(agent_assignment::COLUMN.ended_at.is_null())
            .exec(&app.services.db)
            .await
            .expect("the database");
    }

    /// Unusual activity, which none of the mutations brings about.
    async fn find_something_unusual(&self, app: &TestApp) {
        let account = self.account(app).await;
        let at = app.clock.now();
        let finding = activity_finding::Model {
            id: ActivityFindingId(app.services.ids.new_id()),
            workspace_id: account.workspace_id,
            twilio_account_id: account.id,
            phone_number_id: None,
            kind: FindingKind::CallBurst,
            figures: Figures::default(),
            started_at: at,
            newest_at: at,
            ended_at: None,
        };
        let row = activity_finding::ActiveModel::from(finding).reset_all();
        row.insert(&app.services.db).await.expect("the database");
    }

    async fn account(&self, app: &TestApp) -> twilio_account::Model {
        twilio_account::Entity::find()
            .filter(twilio_account::COLUMN.sid.eq(&self.twilio.sid))
            .one(&app.services.db)
            .await
            .expect("the database")
            .expect("the account")
    }

    /// A job that waits, as no mutation leaves one once the jobs have run: a check of the account that is due in an hour.
    async fn check_in_an_hour(&self, app: &TestApp) -> String {
        let document = "query($id: ID!) { jobs(filter: { accountId: $id, states: [WAITING] }) { nodes { id } } }";
        let account = self.account(app).await;
        let mut tx = app.services.begin().await.expect("the database");
        let check = VerifyAccount { account: account.id };
        tx.enqueue_after(&account, &check, Duration::from_hours(1))
            .await
            .expect("the database");
        tx.commit().await.expect("the database");
        let data = self.client.ask(document, json!({ "id": self.ids.account })).await;
        text(&data["jobs"]["nodes"][0]["id"])
    }

    /// An input with which a mutation has its effect at its place in the story.
    ///
    /// # Panics
    /// When the mutation is new: give it a place in the story.
    #[must_use]
    pub fn input(&self, mutation: &str) -> Value {
        let Ids {
            account,
            number,
            agent,
            test_call,
            job,
            billing_alert,
            billing_episode,
            ..
        } = &self.ids;
        let (sid, token) = (&self.twilio.sid, &self.twilio.auth_token);
        let endpoint = self.agent.url();
        match mutation {
            "connectTwilioAccount" => json!({ "accountSid": sid, "authToken": token, "label": "Main account" }),
            "updateTwilioAccount" => json!({ "accountId": account, "authToken": token, "label": "Renamed" }),
            "verifyTwilioAccount"
            | "pauseTwilioAccount"
            | "resumeTwilioAccount"
            | "syncNumbers"
            | "checkBilling"
            | "disconnectTwilioAccount" => json!({ "accountId": account }),
            "createBillingAlert" => {
                json!({ "accountId": account, "kind": "SPEND_TODAY_ABOVE", "amount": { "amount": "1", "currency": "USD" } })
            }
            "updateBillingAlert" => {
                json!({ "billingAlertId": billing_alert, "amount": { "amount": "2", "currency": "USD" } })
            }
            "deleteBillingAlert" => json!({ "billingAlertId": billing_alert }),
            "acknowledgeBillingEpisode" => json!({ "billingEpisodeId": billing_episode, "note": "Seen" }),
            "registerAgent" => json!({ "externalId": sid, "name": "Front desk", "endpoint": endpoint }),
            "updateAgent" => json!({ "agentId": agent, "name": "Reception" }),
            "removeAgent" => json!({ "agentId": agent }),
            "addPhoneNumber" => json!({ "phoneNumberId": number, "nickname": "Main line" }),
            "updatePhoneNumber" => json!({ "phoneNumberId": number, "nickname": "Other line" }),
            "removePhoneNumber" => json!({ "phoneNumberId": number }),
            "assignAgent" => json!({ "phoneNumberId": number, "agentId": agent, "direction": "INBOUND" }),
            "unassignAgent" => json!({ "phoneNumberId": number, "direction": "INBOUND" }),
            "placeCall" => json!({ "phoneNumberId": number, "to": CALLED }),
            "startTestCall" => json!({ "phoneNumberId": number, "kind": "AWAIT_INBOUND" }),
            "cancelTestCall" => json!({ "testCallId": test_call }),
            "cancelJob" | "retryJob" => json!({ "jobId": job }),
            new => panic!("{new} has no place in the story: tests/src/story.rs"),
        }
    }

    /// What to ask of a mutation's payload.
    #[must_use]
    pub fn fields(mutation: &str) -> &'static str {
        match mutation {
            "registerAgent" | "updateAgent" | "removeAgent" => "agent { id name endpoint removedAt }",
            "addPhoneNumber" | "updatePhoneNumber" | "removePhoneNumber" | "unassignAgent" => {
                "phoneNumber { id number nickname state routing }"
            }
            "assignAgent" => "assignment { id agent { id } } phoneNumber { id routing } newPlan { planId }",
            "startTestCall" | "cancelTestCall" => "testCall { id verdict steps { name state } }",
            "cancelJob" | "retryJob" => "job { id kind state }",
            "placeCall" => "callIntent { id state to }",
            "createBillingAlert" | "updateBillingAlert" | "deleteBillingAlert" => {
                "billingAlert { id kind amount { amount } deletedAt }"
            }
            "acknowledgeBillingEpisode" => "billingEpisode { id kind note isOpen }",
            _ => "account { id sid label state }",
        }
    }
}

/// The global id of a row.
fn global(name: &str, id: impl std::fmt::Display) -> String {
    URL_SAFE_NO_PAD.encode(format!("{name}:{id}"))
}

fn text(value: &Value) -> String {
    value.as_str().expect("an id").to_owned()
}
