//! Drift: someone changed at Twilio what Callab wrote to a number. It is shown, repaired, or accepted.

use callab_tests::{Client, TestApp};
use chrono::TimeDelta;
use domain::Clock as _;
use domain::jobs::SyncNumbers;
use entity::{borrowed_routing, event, twilio_account};
use sea_orm::{EntityTrait as _, QueryOrder as _};
use serde_json::{Value, json};
use twilio_sim::{SimAccount, SimNumber, scenario};

const NUMBER: &str = "+15035550140";
const THEIRS: &str = "https://moved.example/voice";
const CALLER: &str = "+14155550177";

/// What someone does to a number at Twilio.
type Change = Box<dyn Fn(&mut SimNumber)>;

struct Ready {
    app: TestApp,
    owner: Client,
    account: SimAccount,
    /// The number's global id.
    number: String,
}

/// A number that another service answered, and that an agent answers now.
async fn ready() -> Ready {
    let app = TestApp::start().await;
    let account = scenario::answered_elsewhere(&app.sim);
    let owner = app.owner();
    app.connect(&owner, &account).await;
    let number = app.add(&owner, NUMBER, "Main").await;
    let agent = app.agent(&owner, "a1", "wss://media.example/a").await;
    app.assign(&owner, &number, &agent, "INBOUND").await;
    Ready {
        app,
        owner,
        account,
        number,
    }
}

impl Ready {
    fn at_twilio(&self) -> SimNumber {
        let mut numbers = self.app.sim.numbers(&self.account.sid).into_iter();
        numbers
            .find(|number| number.phone_number == NUMBER)
            .expect("the number is there")
    }

    fn change(&self, change: impl FnOnce(&mut SimNumber)) {
        self.app.sim.change_number(&self.at_twilio().sid, change);
    }

    async fn sync(&self) {
        let db = &self.app.services.db;
        let account = twilio_account::Entity::find().one(db).await.unwrap().unwrap();
        let mut tx = self.app.services.begin().await.unwrap();
        tx.enqueue(&account, &SyncNumbers { account: account.id })
            .await
            .unwrap();
        tx.commit().await.unwrap();
        self.app.run_jobs().await;
    }

    async fn shown(&self, fields: &str) -> Value {
        self.app.number(&self.owner, &self.number, fields).await
    }

    async fn reason(&self) -> Value {
        self.shown("drift { reason }").await["drift"]["reason"].clone()
    }

    async fn plan(&self) -> Value {
        let document = "query($n: ID!) { routingPlan(phoneNumberId: $n) { \
                        plan { planId writes { field from to } agent { externalId } } userErrors { code } } }";
        let data = self.owner.ask(document, json!({ "n": self.number })).await;
        data["routingPlan"].clone()
    }

    async fn repair(&self, plan: &Value) -> Value {
        let input = json!({ "phoneNumberId": self.number, "confirmedPlan": plan });
        let fields = "phoneNumber { routing } newPlan { planId writes { field from } }";
        let payload = self.owner.mutate("repairRouting", fields, input).await;
        self.app.run_jobs().await;
        payload
    }

    async fn accept(&self) -> Value {
        let input = json!({ "phoneNumberId": self.number });
        let payload = self
            .owner
            .mutate("acceptRouting", "phoneNumber { routing }", input)
            .await;
        self.app.run_jobs().await;
        payload
    }

    /// Why the account is not healthy.
    async fn reasons_of_health(&self) -> Vec<String> {
        let document = "query { twilioAccounts(first: 1) { nodes { health { reasons { code } } } } }";
        let told = self.owner.ask(document, json!({})).await;
        let reasons = told["twilioAccounts"]["nodes"][0]["health"]["reasons"]
            .as_array()
            .cloned();
        let codes = reasons.unwrap_or_default().into_iter();
        codes
            .map(|reason| reason["code"].as_str().unwrap().to_owned())
            .collect()
    }

    fn writes(&self) -> usize {
        self.app.sim.count_requests_to("POST", "IncomingPhoneNumbers")
    }
}

#[tokio::test]
async fn a_change_at_twilio_is_shown_by_field_with_the_moment_it_was_noticed() {
    let ready = ready().await;
    let ours = ready.at_twilio();
    assert_eq!(ready.shown("drift { noticedAt }").await["drift"], Value::Null);
    ready.change(|number| THEIRS.clone_into(&mut number.voice_url));
    ready.app.pass(TimeDelta::minutes(7)).await;
    ready.sync().await;
    let noticed = ready.app.clock.now();
    let shown = ready
        .shown("routing drift { noticedAt reason fields { field expected actual } }")
        .await;
    assert_eq!(shown["routing"], "DRIFTED");
    assert_eq!(shown["drift"]["reason"], "URL_CHANGED");
    let fields = json!([{ "field": "voice_url", "expected": ours.voice_url, "actual": THEIRS }]);
    assert_eq!(shown["drift"]["fields"], fields);
    let at = |shown: &Value| shown["drift"]["noticedAt"].as_str().unwrap().to_owned();
    assert_eq!(at(&shown).parse::<chrono::DateTime<chrono::Utc>>().unwrap(), noticed);

    // A further change is shown, and the moment stays that of the first.
    ready.change(|number| number.status_callback.clear());
    ready.app.pass(TimeDelta::hours(1)).await;
    ready.sync().await;
    let later = ready.shown("drift { noticedAt fields { field } }").await;
    assert_eq!(at(&later), at(&shown));
    assert_eq!(
        later["drift"]["fields"],
        json!([{ "field": "voice_url" }, { "field": "status_callback" }])
    );

    // Whoever changed it took it back: nothing has to be written.
    ready.change(|number| *number = ours.clone());
    ready.sync().await;
    assert_eq!(
        ready.shown("routing drift { reason }").await,
        json!({ "routing": "OURS", "drift": null })
    );
}

/// The event names reason and fields; what stands in them may be a secret of the customer's.
#[tokio::test]
async fn the_event_of_a_drift_names_the_fields_without_their_values() {
    let ready = ready().await;
    ready.change(|number| THEIRS.clone_into(&mut number.voice_url));
    ready.sync().await;
    let events = event::Entity::find()
        .order_by_asc(event::Column::Id)
        .all(&ready.app.services.db)
        .await
        .unwrap();
    let drift = events
        .iter()
        .find(|event| event.data["routing"] == "DRIFTED")
        .expect("an event");
    assert_eq!(
        drift.data["drift"],
        json!({ "reason": "URL_CHANGED", "fields": ["voice_url"] })
    );
    assert!(!drift.data.to_string().contains("moved.example"));
}

#[tokio::test]
async fn each_way_to_take_a_number_away_has_its_name() {
    let ready = ready().await;
    let ours = ready.at_twilio();
    let application = ready.app.sim.add_application(&ready.account.sid, THEIRS);
    let changes: [(&str, Change); 5] = [
        ("NOT_SET", Box::new(|number| number.voice_url.clear())),
        (
            "URL_CHANGED",
            Box::new(|number| THEIRS.clone_into(&mut number.voice_url)),
        ),
        (
            "WRONG_METHOD",
            Box::new(|number| "GET".clone_into(&mut number.voice_method)),
        ),
        (
            "OVERRIDDEN_BY_TRUNK",
            Box::new(|number| "TKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".clone_into(&mut number.trunk_sid)),
        ),
        (
            "OVERRIDDEN_BY_APPLICATION",
            Box::new(move |number| application.clone_into(&mut number.voice_application_sid)),
        ),
    ];
    for (reason, change) in changes {
        ready.change(change);
        ready.sync().await;
        assert_eq!(ready.reason().await, reason);
        let plan = ready.plan().await;
        let payload = ready.repair(&plan["plan"]["planId"]).await;
        assert_eq!(payload["userErrors"], json!([]), "{reason}");
        assert_eq!(ready.shown("routing").await["routing"], "OURS", "{reason}");
        let now = ready.at_twilio();
        assert_eq!(
            (&now.voice_url, &now.voice_method),
            (&ours.voice_url, &ours.voice_method),
            "{reason}"
        );
        assert_eq!(
            (now.trunk_sid.as_str(), now.voice_application_sid.as_str()),
            ("", ""),
            "{reason}"
        );
    }
}

/// Promise 2: a repair borrows nothing, so that what is given back is the routing from before Callab's first write.
#[tokio::test]
async fn a_repair_writes_what_was_shown_and_what_was_borrowed_stays() {
    let ready = ready().await;
    ready.change(|number| THEIRS.clone_into(&mut number.voice_url));
    ready.sync().await;
    let plan = ready.plan().await["plan"].clone();
    assert_eq!(plan["agent"]["externalId"], "a1");
    assert_eq!(
        (&plan["writes"][0]["field"], &plan["writes"][0]["from"]),
        (&json!("voice_url"), &json!(THEIRS))
    );

    // It changes once more before the person agrees: nothing is written but what they saw.
    ready.change(|number| "https://third.example/voice".clone_into(&mut number.voice_url));
    let before = ready.writes();
    let payload = ready.repair(&plan["planId"]).await;
    assert_eq!(payload["userErrors"][0]["code"], "ROUTING_CHANGED");
    assert_eq!(payload["newPlan"]["writes"][0]["from"], "https://third.example/voice");
    assert_eq!(ready.writes(), before);

    let payload = ready.repair(&payload["newPlan"]["planId"]).await;
    assert_eq!(payload["phoneNumber"]["routing"], "APPLYING");
    assert_eq!(
        ready.shown("routing drift { reason }").await,
        json!({ "routing": "OURS", "drift": null })
    );
    let borrowed = borrowed_routing::Entity::find()
        .all(&ready.app.services.db)
        .await
        .unwrap();
    assert_eq!(borrowed.len(), 1);
    assert_eq!(
        borrowed[0].routing.voice_url.as_deref(),
        Some("https://ivr.example.com/voice")
    );
    let input = json!({ "phoneNumberId": ready.number, "direction": "INBOUND" });
    ready
        .owner
        .done("unassignAgent", "phoneNumber { routing }", input)
        .await;
    ready.app.run_jobs().await;
    assert_eq!(ready.at_twilio().voice_url, "https://ivr.example.com/voice");
}

#[tokio::test]
async fn where_nothing_drifted_there_is_nothing_to_repair_or_to_accept() {
    let ready = ready().await;
    let plan = ready.plan().await;
    for payload in [ready.repair(&plan["plan"]["planId"]).await, ready.accept().await] {
        assert_eq!(payload["userErrors"][0]["code"], "ROUTING_NOT_DRIFTED");
    }
    let input = json!({ "phoneNumberId": ready.number, "direction": "INBOUND" });
    ready
        .owner
        .done("unassignAgent", "phoneNumber { routing }", input)
        .await;
    ready.app.run_jobs().await;
    assert_eq!(ready.plan().await["userErrors"][0]["code"], "AGENT_NOT_ASSIGNED");
    assert_eq!(
        ready.repair(&json!("any")).await["userErrors"][0]["code"],
        "AGENT_NOT_ASSIGNED"
    );
    assert_eq!(ready.accept().await["userErrors"][0]["code"], "ROUTING_NOT_DRIFTED");
}

#[tokio::test]
async fn accepting_takes_the_number_out_of_use_and_writes_nothing_at_twilio() {
    let ready = ready().await;
    let agent = ready.app.agent(&ready.owner, "a2", "wss://media.example/b").await;
    ready.app.assign(&ready.owner, &ready.number, &agent, "OUTBOUND").await;
    ready.change(|number| THEIRS.clone_into(&mut number.voice_url));
    ready.sync().await;
    assert_eq!(
        ready.reasons_of_health().await,
        ["EVERY_NUMBER_FAILS", "ROUTING_CHANGED"]
    );
    let (before, writes) = (ready.at_twilio(), ready.writes());
    let input = json!({ "phoneNumberId": ready.number, "idempotencyKey": "moved-on" });
    for _ in 0..2 {
        let fields = "phoneNumber { state routing }";
        let payload = ready.owner.done("acceptRouting", fields, input.clone()).await;
        let accepted = json!({ "state": "REMOVED", "routing": "NOT_OURS" });
        assert_eq!(payload["phoneNumber"], accepted, "a repeat is told the same");
        ready.app.run_jobs().await;
    }
    assert_eq!(ready.accept().await["userErrors"][0]["code"], "NUMBER_NOT_ADDED");
    ready.sync().await;
    let fields = "state routing drift { reason } borrowedRouting { voiceUrl } inboundAssignment { id } \
                  outboundAssignment { id } liveRouting { voiceUrl }";
    assert_eq!(
        ready.shown(fields).await,
        json!({
            "state": "REMOVED", "routing": "NOT_OURS", "drift": null, "borrowedRouting": null, "inboundAssignment": null,
            "outboundAssignment": null, "liveRouting": { "voiceUrl": THEIRS },
        })
    );
    assert!(
        ready.reasons_of_health().await.is_empty(),
        "the number fails nobody any more"
    );
    let document = "query($n: ID!) { diagnose(phoneNumberId: $n) { cause { reason } } }";
    let diagnosis = ready.owner.ask(document, json!({ "n": ready.number })).await;
    assert_eq!(diagnosis["diagnose"]["cause"]["reason"], "NUMBER_NOT_ADDED");
    let told = event::Entity::find().all(&ready.app.services.db).await.unwrap();
    let removed = |event: &&event::Model| event.data["state"] == "REMOVED";
    assert_eq!(told.iter().filter(removed).count(), 1);
    assert_eq!((ready.at_twilio(), ready.writes()), (before, writes));
}

/// What is borrowed of a number that is added again is what the customer moved on to, not what was there before.
#[tokio::test]
async fn a_number_that_was_accepted_may_be_added_again() {
    let ready = ready().await;
    ready.change(|number| THEIRS.clone_into(&mut number.voice_url));
    ready.sync().await;
    assert_eq!(ready.accept().await["userErrors"], json!([]));
    let number = ready.app.add(&ready.owner, NUMBER, "Again").await;
    assert_eq!(number, ready.number);
    let agent = ready.app.agent(&ready.owner, "a1", "wss://media.example/a").await;
    ready.app.assign(&ready.owner, &number, &agent, "INBOUND").await;
    let shown = ready.shown("state routing borrowedRouting { voiceUrl }").await;
    assert_eq!(
        shown,
        json!({ "state": "ADDED", "routing": "OURS", "borrowedRouting": { "voiceUrl": THEIRS } })
    );
    let input = json!({ "phoneNumberId": number });
    ready
        .owner
        .done("removePhoneNumber", "phoneNumber { state }", input)
        .await;
    ready.app.run_jobs().await;
    assert_eq!(ready.at_twilio().voice_url, THEIRS);
}

/// A call that the agent was to place is not placed any more, as after a removal.
#[tokio::test]
async fn a_call_that_waits_is_withdrawn_when_its_number_is_left_to_the_customer() {
    let ready = ready().await;
    let agent = ready.app.agent(&ready.owner, "a2", "wss://media.example/b").await;
    ready.app.assign(&ready.owner, &ready.number, &agent, "OUTBOUND").await;
    ready.change(|number| THEIRS.clone_into(&mut number.voice_url));
    ready.sync().await;
    let input = json!({ "phoneNumberId": ready.number, "to": CALLER });
    let placed = ready.owner.done("placeCall", "callIntent { id state }", input).await;
    assert_eq!(placed["callIntent"]["state"], "WAITING");
    ready.accept().await;
    assert!(ready.app.sim.calls(&ready.account.sid).is_empty());
    let document = "query($id: ID!) { node(id: $id) { ... on CallIntent { state outcome } } }";
    let intent = ready
        .owner
        .ask(document, json!({ "id": placed["callIntent"]["id"] }))
        .await;
    assert_eq!(intent["node"], json!({ "state": "CLOSED", "outcome": "WITHDRAWN" }));
}

#[tokio::test]
async fn a_call_that_comes_here_late_goes_where_the_customer_leads_the_number() {
    let ready = ready().await;
    let ours = ready.at_twilio().voice_url;
    ready.change(|number| THEIRS.clone_into(&mut number.voice_url));
    ready.sync().await;
    ready.accept().await;
    let called = ready.app.sim.call_finished(&ready.app.sim.ring(CALLER, NUMBER)).await;
    assert!(
        called.webhooks().next().unwrap().url.starts_with(THEIRS),
        "Twilio asks the customer's address"
    );

    // Twilio still has the address of before for a moment.
    ready.change(|number| number.voice_url.clone_from(&ours));
    let called = ready.app.sim.call_finished(&ready.app.sim.ring(CALLER, NUMBER)).await;
    let asked: Vec<&str> = called.webhooks().map(|asked| asked.url.as_str()).collect();
    assert!(asked[0].starts_with(&ours), "{asked:?}");
    assert_eq!(called.verbs().first(), Some(&"Redirect"), "{:?}", called.verbs());
    assert!(asked[1].starts_with(THEIRS), "{asked:?}");
}

/// Without an agent a number that still leads here would be dead.
#[tokio::test]
async fn a_change_that_does_not_decide_who_answers_is_not_accepted() {
    let ready = ready().await;
    ready.change(|number| "https://moved.example/status".clone_into(&mut number.status_callback));
    ready.sync().await;
    assert_eq!(ready.reason().await, "URL_CHANGED");
    assert_eq!(ready.accept().await["userErrors"][0]["code"], "CALLS_STILL_COME");
    // Nor one that was taken back since the last sync.
    ready.change(|number| THEIRS.clone_into(&mut number.voice_url));
    ready.sync().await;
    let plan = ready.plan().await;
    ready.repair(&plan["plan"]["planId"]).await;
    assert_eq!(ready.accept().await["userErrors"][0]["code"], "ROUTING_NOT_DRIFTED");
    assert_ne!(
        ready.shown("inboundAssignment { id }").await["inboundAssignment"],
        Value::Null
    );
}
