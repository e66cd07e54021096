//! A workspace that makes every mutation once, in an order in which each has its effect.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::jobs::VerifyAccount;
use entity::twilio_account;
use sea_orm::{EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};
use twilio_sim::{SimAccount, scenario};

use crate::{Client, Receiver, TestAgent, TestApp};

/// Every mutation, in the order of the story.
pub const MUTATIONS: [&str; 26] = [
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
    "createNotificationEndpoint",
    "updateNotificationEndpoint",
    "sendTestNotification",
    "resendNotification",
    "rotateNotificationSecret",
    "addPhoneNumber",
    "updatePhoneNumber",
    "assignAgent",
    "startDiagnosis",
    "startTestCall",
    "cancelTestCall",
    "unassignAgent",
    "removeAgent",
    "removePhoneNumber",
    "deleteNotificationEndpoint",
    "disconnectTwilioAccount",
];

/// A number of nobody's that rings at customers.
pub const CALLER: &str = "+14155550177";

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
    /// A notification endpoint.
    pub endpoint: String,
    /// A notification to it.
    pub notification: String,
    /// A diagnosis of the number.
    pub diagnosis: String,
}

impl Ids {
    /// Ids of the right types that no row ever had.
    #[must_use]
    pub fn that_never_existed() -> Self {
        let id = |name: &str| URL_SAFE_NO_PAD.encode(format!("{name}:01900000-0000-7000-8000-000000000001"));
        Self {
            workspace: id("Workspace"),
            account: id("TwilioAccount"),
            number: id("PhoneNumber"),
            agent: id("Agent"),
            assignment: id("AgentAssignment"),
            call: id("Call"),
            test_call: id("TestCall"),
            job: id("Job"),
            endpoint: id("NotificationEndpoint"),
            notification: id("Notification"),
            diagnosis: id("DiagnosisRun"),
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
            &self.endpoint,
            &self.notification,
            &self.diagnosis,
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
            ("phoneNumberId", _) | ("id", "phoneNumber") => &self.number,
            ("agentId", _) | ("id", "agent") => &self.agent,
            ("id", "call") => &self.call,
            ("testCallId", _) | ("id", "testCall") => &self.test_call,
            ("jobId", _) | ("id", "job") => &self.job,
            ("endpointId", _) => &self.endpoint,
            ("notificationId", _) => &self.notification,
            ("id", "diagnosisRun" | "diagnosis") => &self.diagnosis,
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
    /// Where notifications go.
    pub receiver: Receiver,
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
        let number = app.sim.numbers(&twilio.sid)[0].phone_number.clone();
        let viewer = client.ask("{ viewer { workspace { id } } }", json!({})).await;
        let ids = Ids {
            workspace: text(&viewer["viewer"]["workspace"]["id"]),
            ..Ids::default()
        };
        let agent = TestAgent::start().await.expect("an agent");
        let receiver = Receiver::start().await.expect("a receiver");
        Self {
            client,
            twilio,
            number,
            agent,
            receiver,
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
        let call = app.sim.ring(CALLER, &story.number);
        app.sim.call_finished(&call).await;
        let document = "query($n: ID!) { calls(phoneNumberId: $n) { nodes { id } } phoneNumber(id: $n) { inboundAssignment { id } } }";
        let data = story.client.ask(document, json!({ "n": story.ids.number })).await;
        story.ids.call = text(&data["calls"]["nodes"][0]["id"]);
        story.ids.assignment = text(&data["phoneNumber"]["inboundAssignment"]["id"]);
        story.tell(app, "startTestCall").await;
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
            "createNotificationEndpoint" => self.ids.endpoint = text(&payload["endpoint"]["id"]),
            "sendTestNotification" => self.ids.notification = text(&payload["notification"]["id"]),
            "startDiagnosis" => self.ids.diagnosis = text(&payload["diagnosisRun"]["id"]),
            "startTestCall" => self.ids.test_call = text(&payload["testCall"]["id"]),
            _ => {}
        }
    }

    /// A job that waits, as no mutation leaves one once the jobs have run: a check of the account that is due in an hour.
    async fn check_in_an_hour(&self, app: &TestApp) -> String {
        let document = "query($id: ID!) { jobs(filter: { accountId: $id, states: [WAITING] }) { nodes { id } } }";
        let account = twilio_account::Entity::find()
            .filter(twilio_account::COLUMN.sid.eq(&self.twilio.sid))
            .one(&app.services.db)
            .await
            .expect("the database")
            .expect("the account");
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
            endpoint,
            notification,
            ..
        } = &self.ids;
        let (sid, token) = (&self.twilio.sid, &self.twilio.auth_token);
        let (agent_url, receiver_url) = (self.agent.url(), self.receiver.url());
        match mutation {
            "connectTwilioAccount" => json!({ "accountSid": sid, "authToken": token, "label": "Main account" }),
            "updateTwilioAccount" => json!({ "accountId": account, "authToken": token, "label": "Renamed" }),
            "verifyTwilioAccount"
            | "pauseTwilioAccount"
            | "resumeTwilioAccount"
            | "syncNumbers"
            | "disconnectTwilioAccount" => json!({ "accountId": account }),
            "registerAgent" => json!({ "externalId": sid, "name": "Front desk", "endpoint": agent_url }),
            "updateAgent" => json!({ "agentId": agent, "name": "Reception" }),
            "removeAgent" => json!({ "agentId": agent }),
            "addPhoneNumber" => json!({ "phoneNumberId": number, "nickname": "Main line" }),
            "updatePhoneNumber" => json!({ "phoneNumberId": number, "nickname": "Other line" }),
            "removePhoneNumber" | "startDiagnosis" => json!({ "phoneNumberId": number }),
            "assignAgent" => json!({ "phoneNumberId": number, "agentId": agent, "direction": "INBOUND" }),
            "unassignAgent" => json!({ "phoneNumberId": number, "direction": "INBOUND" }),
            "startTestCall" => json!({ "phoneNumberId": number, "kind": "AWAIT_INBOUND" }),
            "cancelTestCall" => json!({ "testCallId": test_call }),
            "cancelJob" | "retryJob" => json!({ "jobId": job }),
            "createNotificationEndpoint" => {
                json!({ "channel": "WEBHOOK", "address": receiver_url, "kinds": ["HEALTH_CHANGED"] })
            }
            "updateNotificationEndpoint" => {
                json!({ "endpointId": endpoint, "kinds": ["HEALTH_CHANGED", "ROUTING_DRIFTED"] })
            }
            "deleteNotificationEndpoint" | "sendTestNotification" | "rotateNotificationSecret" => {
                json!({ "endpointId": endpoint })
            }
            "resendNotification" => json!({ "notificationId": notification }),
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
            "startDiagnosis" => "diagnosisRun { id startedAt checks { name state } diagnosis { summary } }",
            "startTestCall" | "cancelTestCall" => "testCall { id verdict steps { name state } }",
            "cancelJob" | "retryJob" => "job { id kind state }",
            "createNotificationEndpoint"
            | "updateNotificationEndpoint"
            | "deleteNotificationEndpoint"
            | "rotateNotificationSecret" => "endpoint { id channel address kinds enabled removedAt }",
            "sendTestNotification" | "resendNotification" => "notification { id kind state }",
            _ => "account { id sid label state }",
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("an id").to_owned()
}
