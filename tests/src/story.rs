//! A workspace that makes every mutation once, in an order in which each has its effect.

mod ids;

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::Clock as _;
use domain::jobs::{SyncNumbers, VerifyAccount};
use entity::activity_finding::{self, Figures, FindingKind};
use entity::agent_assignment::{self, Direction};
use entity::phone_number::{self, NumberState};
use entity::{ActivityFindingId, AssignmentId, twilio_account};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};
use twilio_sim::{SimAccount, SimUsage, scenario};

use crate::{Client, Receiver, TestAgent, TestApp};

pub use ids::Ids;
use ids::global;

/// Every mutation, in the order of the story.
pub const MUTATIONS: [&str; 39] = [
    "connectTwilioAccount",
    "updateTwilioAccount",
    "rotateAuthToken",
    "setRotationPolicy",
    "pauseTwilioAccount",
    "resumeTwilioAccount",
    "verifyTwilioAccount",
    "syncNumbers",
    "cancelJob",
    "retryJob",
    "registerAgent",
    "updateAgent",
    "createApiKey",
    "createNotificationEndpoint",
    "updateNotificationEndpoint",
    "sendTestNotification",
    "resendNotification",
    "rotateNotificationSecret",
    "addPhoneNumber",
    "updatePhoneNumber",
    "revealNumber",
    "assignAgent",
    "createBillingAlert",
    "updateBillingAlert",
    "acknowledgeBillingEpisode",
    "checkBilling",
    "startDiagnosis",
    "startTestCall",
    "cancelTestCall",
    "placeCall",
    "deleteBillingAlert",
    "repairRouting",
    "acceptRouting",
    "unassignAgent",
    "removeAgent",
    "removePhoneNumber",
    "deleteNotificationEndpoint",
    "revokeApiKey",
    "disconnectTwilioAccount",
];

/// A number of nobody's that rings at customers.
pub const CALLER: &str = "+14155550177";

/// A number of nobody's that customers call.
pub const CALLED: &str = "+14155550166";

/// Someone who makes every mutation once.
#[derive(Debug)]
pub struct Story {
    /// Who.
    pub client: Client,
    /// Somebody of Callab's staff, for what customers have no need of.
    pub lead: Client,
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
    /// The routing plan that the person saw last; empty before the number drifted.
    pub plan: String,
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
        let receiver = Receiver::start().await.expect("a receiver");
        Self {
            client,
            lead: app.client(None, "lead"),
            twilio,
            number,
            agent,
            receiver,
            ids,
            plan: String::new(),
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

    /// Who makes a mutation.
    #[must_use]
    pub fn client_for(&self, mutation: &str) -> &Client {
        match mutation {
            "revealNumber" => &self.lead,
            _ => &self.client,
        }
    }

    /// Makes a mutation and runs the jobs.
    pub async fn tell(&mut self, app: &TestApp, mutation: &str) -> Value {
        let payload = self
            .client_for(mutation)
            .done(mutation, Self::fields(mutation), self.input(mutation))
            .await;
        self.learn(app, mutation, &payload).await;
        payload
    }

    /// Runs the jobs and remembers the ids that a mutation's answer told.
    ///
    /// # Panics
    /// When the answer lacks one.
    pub async fn learn(&mut self, app: &TestApp, mutation: &str, payload: &Value) {
        app.run_jobs().await;
        match mutation {
            "connectTwilioAccount" => {
                self.ids.account = text(&payload["account"]["id"]);
                self.ids.number = app.number_id(&self.client, &self.number).await;
            }
            "rotateAuthToken" => self.twilio = app.sim.account(&self.twilio.sid).expect("the account"),
            "syncNumbers" => self.ids.job = self.check_in_an_hour(app).await,
            "registerAgent" => self.ids.agent = text(&payload["agent"]["id"]),
            "assignAgent" => self.ids.assignment = text(&payload["assignment"]["id"]),
            "createBillingAlert" | "updateBillingAlert" => {
                self.ids.billing_alert = text(&payload["billingAlert"]["id"]);
                self.ids.billing_episode = self.open_episode().await;
            }
            "createNotificationEndpoint" => self.ids.endpoint = text(&payload["endpoint"]["id"]),
            "createApiKey" => self.ids.api_key = text(&payload["apiKey"]["id"]),
            "sendTestNotification" => self.ids.notification = text(&payload["notification"]["id"]),
            "cancelTestCall" | "repairRouting" => self.drift(app).await,
            "acceptRouting" => self.answer_again(app).await,
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
                app.run_jobs().await; // The call's end counts for the account's health.
            }
            "startDiagnosis" => self.ids.diagnosis = text(&payload["diagnosisRun"]["id"]),
            _ => {}
        }
    }

    /// The episode that the alert opened: more was spent today than its amount.
    async fn open_episode(&self) -> String {
        let document = "query($id: ID!) { billingEpisodes(accountId: $id, open: true) { nodes { id } } }";
        let data = self.client.ask(document, json!({ "id": self.ids.account })).await;
        text(&data["billingEpisodes"]["nodes"][0]["id"])
    }

    /// Someone leads the number elsewhere, Callab notices it, and the person looks at the plan to repair it.
    async fn drift(&mut self, app: &TestApp) {
        let mut numbers = app.sim.numbers(&self.twilio.sid).into_iter();
        let number = numbers
            .find(|number| number.phone_number == self.number)
            .expect("the number");
        app.sim.change_number(&number.sid, |number| {
            "https://someone.example/voice".clone_into(&mut number.voice_url);
        });
        let account = self.account(app).await;
        let mut tx = app.services.begin().await.expect("the database");
        tx.enqueue(&account, &SyncNumbers { account: account.id })
            .await
            .expect("the database");
        tx.commit().await.expect("the database");
        app.run_jobs().await;
        let document = "query($n: ID!) { routingPlan(phoneNumberId: $n) { plan { planId } } }";
        let data = self.client.ask(document, json!({ "n": self.ids.number })).await;
        self.plan = text(&data["routingPlan"]["plan"]["planId"]);
    }

    /// The number that was taken out of use, and the assignment that was ended, go on, with no act of anybody's.
    async fn answer_again(&self, app: &TestApp) {
        let number = phone_number::Entity::find().filter(phone_number::COLUMN.e164.eq(&self.number));
        let number = number
            .one(&app.services.db)
            .await
            .expect("the database")
            .expect("the number");
        let in_use = phone_number::ActiveModel {
            id: Unchanged(number.id),
            state: Set(NumberState::Added),
            removed_at: Set(None),
            ..Default::default()
        };
        in_use.update(&app.services.db).await.expect("the database");
        let of_number = agent_assignment::COLUMN.phone_number_id.eq(number.id);
        agent_assignment::Entity::update_many()
            .col_expr(agent_assignment::Column::EndedAt, Expr::value(None::<DateTime<Utc>>))
            .filter(of_number)
            .filter(agent_assignment::COLUMN.direction.eq(Direction::Inbound))
            .exec(&app.services.db)
            .await
            .expect("the database");
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
            endpoint,
            notification,
            api_key,
            ..
        } = &self.ids;
        let (sid, token) = (&self.twilio.sid, &self.twilio.auth_token);
        let (agent_url, receiver_url) = (self.agent.url(), self.receiver.url());
        match mutation {
            "connectTwilioAccount" => json!({ "accountSid": sid, "authToken": token, "label": "Main account" }),
            "updateTwilioAccount" => json!({ "accountId": account, "authToken": token, "label": "Renamed" }),
            "rotateAuthToken" => json!({ "accountId": account, "confirmed": true }),
            "setRotationPolicy" => json!({ "accountId": account, "policy": "REMIND", "days": 90 }),
            "verifyTwilioAccount"
            | "pauseTwilioAccount"
            | "resumeTwilioAccount"
            | "syncNumbers"
            | "checkBilling"
            | "disconnectTwilioAccount" => json!({ "accountId": account }),
            "createApiKey" => json!({ "name": format!("Export of {sid}"), "permissions": ["READ_AUDIT"] }),
            "revokeApiKey" => json!({ "apiKeyId": api_key }),
            "createBillingAlert" => {
                json!({ "accountId": account, "kind": "SPEND_TODAY_ABOVE", "amount": { "amount": "1", "currency": "USD" } })
            }
            "updateBillingAlert" => {
                json!({ "billingAlertId": billing_alert, "amount": { "amount": "2", "currency": "USD" } })
            }
            "deleteBillingAlert" => json!({ "billingAlertId": billing_alert }),
            "acknowledgeBillingEpisode" => json!({ "billingEpisodeId": billing_episode, "note": "Seen" }),
            "registerAgent" => json!({ "externalId": sid, "name": "Front desk", "endpoint": agent_url }),
            "updateAgent" => json!({ "agentId": agent, "name": "Reception" }),
            "removeAgent" => json!({ "agentId": agent }),
            "addPhoneNumber" => json!({ "phoneNumberId": number, "nickname": "Main line" }),
            "updatePhoneNumber" => json!({ "phoneNumberId": number, "nickname": "Other line" }),
            "removePhoneNumber" | "acceptRouting" | "startDiagnosis" => json!({ "phoneNumberId": number }),
            "revealNumber" => json!({ "phoneNumberId": number, "reason": "the customer asks" }),
            "repairRouting" => json!({ "phoneNumberId": number, "confirmedPlan": self.plan }),
            "assignAgent" => json!({ "phoneNumberId": number, "agentId": agent, "direction": "INBOUND" }),
            "unassignAgent" => json!({ "phoneNumberId": number, "direction": "INBOUND" }),
            "placeCall" => json!({ "phoneNumberId": number, "to": CALLED }),
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
            "addPhoneNumber" | "updatePhoneNumber" | "removePhoneNumber" | "unassignAgent" | "repairRouting"
            | "acceptRouting" => "phoneNumber { id number nickname state routing }",
            "assignAgent" => "assignment { id agent { id } } phoneNumber { id routing } newPlan { planId }",
            "revealNumber" => "number visibleUntil",
            "startDiagnosis" => "diagnosisRun { id startedAt checks { name state } diagnosis { summary } }",
            "startTestCall" | "cancelTestCall" => "testCall { id verdict steps { name state } }",
            "cancelJob" | "retryJob" => "job { id kind state }",
            "placeCall" => "callIntent { id state to }",
            "createBillingAlert" | "updateBillingAlert" | "deleteBillingAlert" => {
                "billingAlert { id kind amount { amount } deletedAt }"
            }
            "acknowledgeBillingEpisode" => "billingEpisode { id kind note isOpen }",
            "createNotificationEndpoint"
            | "updateNotificationEndpoint"
            | "deleteNotificationEndpoint"
            | "rotateNotificationSecret" => "endpoint { id channel address kinds enabled removedAt }",
            "sendTestNotification" | "resendNotification" => "notification { id kind state }",
            "createApiKey" | "revokeApiKey" => "apiKey { id name permissions state }",
            _ => "account { id sid label state }",
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("an id").to_owned()
}
