//! What was changed of how an account's calls are set up: by people, by Callab, and at Twilio behind both.

use callab_tests::{Client, TestApp};
use chrono::TimeDelta;
use domain::Limits;
use domain::pruning::prune;
use serde_json::{Value, json};
use twilio_sim::{SimAccount, SimNumber, scenario};

const NUMBER: &str = "+15035550140";
const THEIRS: &str = "https://moved.example/voice";

const HISTORY: &str = "query($id: ID!, $first: Int, $after: String) { twilioAccount(id: $id) { \
                       configurationHistory(first: $first, after: $after) { \
                       nodes { id kind text at reason fields direction phoneNumber { id number } agent { name } act { actor action } } \
                       pageInfo { hasNextPage endCursor } } } }";

/// A number that another service answered, and that an agent answers now.
struct Ready {
    app: TestApp,
    owner: Client,
    account: SimAccount,
    id: String,
    number: String,
    agent: String,
}

async fn ready() -> Ready {
    let app = TestApp::start().await;
    let account = scenario::answered_elsewhere(&app.sim);
    let owner = app.owner();
    let id = app.connect(&owner, &account).await;
    let number = app.add(&owner, NUMBER, "Main").await;
    let agent = app.agent(&owner, "a1", "wss://media.example/a").await;
    app.assign(&owner, &number, &agent, "INBOUND").await;
    app.run_jobs().await;
    Ready {
        app,
        owner,
        account,
        id,
        number,
        agent,
    }
}

impl Ready {
    fn change_at_twilio(&self, change: impl FnOnce(&mut SimNumber)) {
        let numbers = self.app.sim.numbers(&self.account.sid);
        let number = numbers.iter().find(|number| number.phone_number == NUMBER);
        self.app.sim.change_number(&number.expect("it is there").sid, change);
    }

    async fn sync(&self) {
        let input = json!({ "accountId": self.id });
        self.owner.done("syncNumbers", "account { id }", input).await;
        self.app.run_jobs().await;
    }

    /// Newest first.
    async fn history(&self) -> Vec<Value> {
        let page = history(&self.owner, &self.id, 100, Value::Null).await;
        page["nodes"].as_array().expect("a list").clone()
    }

    /// What was added since there were so many.
    async fn since(&self, before: usize) -> Vec<String> {
        let nodes = self.history().await;
        let new = nodes[..nodes.len() - before].iter();
        new.map(|node| node["kind"].as_str().expect("a word").to_owned())
            .collect()
    }
}

async fn history(client: &Client, id: &str, first: u32, after: Value) -> Value {
    let told = client
        .ask(HISTORY, json!({ "id": id, "first": first, "after": after }))
        .await;
    told["twilioAccount"]["configurationHistory"].clone()
}

#[tokio::test]
async fn what_people_set_up_is_told_newest_first_with_number_and_agent() {
    let ready = ready().await;
    let told = ready.history().await;
    let kinds: Vec<&str> = told.iter().filter_map(|node| node["kind"].as_str()).collect();
    assert_eq!(
        kinds,
        ["ROUTING_APPLIED", "AGENT_ASSIGNED", "NUMBER_ADDED", "ACCOUNT_CONNECTED"],
        "and nothing of the numbers that were there from the start"
    );
    let assigned = &told[1];
    assert_eq!(assigned["phoneNumber"]["id"], json!(ready.number));
    assert_eq!(
        (&assigned["agent"]["name"], &assigned["direction"]),
        (&json!("a1"), &json!("INBOUND"))
    );
    assert_eq!(assigned["text"], "an agent was assigned to incoming calls");
    assert!(told[3]["phoneNumber"].is_null() && told[3]["agent"].is_null());

    // The same agent once more, and a label, change nothing of it.
    ready
        .app
        .assign(&ready.owner, &ready.number, &ready.agent, "INBOUND")
        .await;
    let input = json!({ "accountId": ready.id, "label": "Other" });
    ready.owner.done("updateTwilioAccount", "account { id }", input).await;
    ready.app.run_jobs().await;
    assert_eq!(ready.since(4).await, [""; 0]);

    let input = json!({ "accountId": ready.id, "authToken": ready.account.auth_token });
    ready.owner.done("updateTwilioAccount", "account { id }", input).await;
    let input = json!({ "phoneNumberId": ready.number, "direction": "INBOUND" });
    ready.owner.done("unassignAgent", "phoneNumber { id }", input).await;
    ready.app.run_jobs().await;
    let input = json!({ "phoneNumberId": ready.number });
    ready.owner.done("removePhoneNumber", "phoneNumber { id }", input).await;
    let input = json!({ "accountId": ready.id });
    ready
        .owner
        .done("disconnectTwilioAccount", "account { id }", input)
        .await;
    ready.app.run_jobs().await;
    assert_eq!(
        ready.since(4).await,
        [
            "ACCOUNT_DISCONNECTED",
            "NUMBER_REMOVED",
            "ROUTING_RETURNED",
            "AGENT_UNASSIGNED",
            "CREDENTIALS_CHANGED"
        ]
    );
}

/// The changes since there were so many, with the agent and which calls it is for.
async fn agents_since(ready: &Ready, before: usize) -> Vec<(String, String, String)> {
    let nodes = ready.history().await;
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let new = nodes[..nodes.len() - before].iter();
    let mut told: Vec<_> = new
        .map(|node| {
            (
                text(&node["kind"]),
                text(&node["agent"]["name"]),
                text(&node["direction"]),
            )
        })
        .collect();
    told.sort();
    told
}

#[tokio::test]
async fn an_agent_that_is_given_another_address_is_told_of_every_number_that_it_has() {
    let ready = ready().await;
    ready
        .app
        .assign(&ready.owner, &ready.number, &ready.agent, "OUTBOUND")
        .await;
    let idle = ready.app.agent(&ready.owner, "a2", "wss://media.example/b").await;
    let before = ready.history().await.len();
    let moved = |direction: &str| ("AGENT_MOVED".to_owned(), "a1".to_owned(), direction.to_owned());
    let both = vec![moved("INBOUND"), moved("OUTBOUND")];
    let update = async |agent: &str, input: Value| {
        let mut input = input;
        input["agentId"] = json!(agent);
        ready.owner.done("updateAgent", "agent { id }", input).await;
    };
    let register = async |endpoint: &str| {
        let input = json!({ "externalId": "a1", "name": "a1", "endpoint": endpoint });
        ready.owner.done("registerAgent", "agent { id }", input).await;
    };

    // The same address, another name, and an agent that no number has, change no calls.
    update(
        &ready.agent,
        json!({ "endpoint": "wss://media.example/a", "name": "a1" }),
    )
    .await;
    update(&idle, json!({ "endpoint": "wss://media.example/c" })).await;
    register("wss://media.example/a").await;
    assert_eq!(agents_since(&ready, before).await, []);

    ready.app.clock.advance(TimeDelta::seconds(1));
    update(&ready.agent, json!({ "endpoint": "wss://media.example/moved" })).await;
    assert_eq!(agents_since(&ready, before).await, both);
    let newest = &ready.history().await[0];
    assert_eq!(newest["phoneNumber"]["id"], json!(ready.number));
    assert_eq!(
        newest["act"],
        json!({ "actor": "owner@a", "action": "agent.update" }),
        "who moved it"
    );
    let viewer = ready.app.client(Some("a"), "viewer");
    let told = viewer.ask(HISTORY, json!({ "id": ready.id })).await;
    let told = &told["twilioAccount"]["configurationHistory"]["nodes"][0];
    assert_eq!(
        (&told["id"], &told["act"]),
        (&newest["id"], &Value::Null),
        "not for who may not read the log"
    );
    let text = newest["text"].as_str().unwrap();
    assert!(
        text.ends_with("calls was given another address"),
        "the agent for …: {text}"
    );
    assert!(
        !newest.to_string().contains("moved.example/moved"),
        "nobody's address is told"
    );

    register("wss://media.example/again").await;
    assert_eq!(agents_since(&ready, before + 2).await, both);

    // From then on only outgoing calls are the agent's.
    let input = json!({ "phoneNumberId": ready.number, "direction": "INBOUND" });
    ready.owner.done("unassignAgent", "phoneNumber { id }", input).await;
    ready.app.run_jobs().await;
    let before = ready.history().await.len();
    update(&ready.agent, json!({ "endpoint": "sip:agent@media.example" })).await;
    assert_eq!(agents_since(&ready, before).await, [moved("OUTBOUND")]);
}

#[tokio::test]
async fn what_happened_at_twilio_is_told_when_it_was_seen() {
    let ready = ready().await;
    let ours = ready.app.sim.numbers(&ready.account.sid);
    let ours = ours
        .iter()
        .find(|number| number.phone_number == NUMBER)
        .expect("it is there")
        .clone();
    ready.change_at_twilio(|number| THEIRS.clone_into(&mut number.voice_url));
    ready.sync().await;
    ready.sync().await; // Seen once more, told once.
    let drift = &ready.history().await[0];
    assert_eq!(
        (&drift["kind"], &drift["reason"]),
        (&json!("ROUTING_DRIFTED"), &json!("URL_CHANGED"))
    );
    assert_eq!(drift["fields"], json!(["voice_url"]));
    assert_eq!(
        drift["text"],
        "the routing was changed at Twilio (voice_url): URL_CHANGED"
    );
    assert!(!drift.to_string().contains(THEIRS), "nobody's address is told");

    ready.change_at_twilio(|number| number.voice_url.clone_from(&ours.voice_url));
    ready.sync().await;
    ready.change_at_twilio(|number| THEIRS.clone_into(&mut number.voice_url));
    ready.sync().await;
    let input = json!({ "phoneNumberId": ready.number });
    ready.owner.done("acceptRouting", "phoneNumber { id }", input).await;
    ready.app.run_jobs().await;
    assert_eq!(
        ready.since(4).await,
        [
            "ROUTING_ACCEPTED",
            "NUMBER_REMOVED",
            "ROUTING_DRIFTED",
            "ROUTING_RESTORED",
            "ROUTING_DRIFTED"
        ]
    );
}

#[tokio::test]
async fn pages_follow_each_other_and_numbers_are_masked_for_staff() {
    let ready = ready().await;
    let all = ready.history().await;
    let (mut paged, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = history(&ready.owner, &ready.id, 1, after).await;
        paged.extend(page["nodes"].as_array().expect("a list").clone());
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(paged, all);
    assert!(all.iter().any(|node| node["phoneNumber"]["number"] == NUMBER));
    let support = ready.app.client(None, "support");
    let seen = history(&support, &ready.id, 100, Value::Null).await;
    assert_eq!(seen["nodes"].as_array().map(Vec::len), Some(all.len()));
    assert!(!seen.to_string().contains(NUMBER), "{seen}");
    let stranger = ready.app.client(Some("b"), "owner");
    let seen = stranger.ask(HISTORY, json!({ "id": ready.id })).await;
    assert!(seen["twilioAccount"].is_null(), "{seen}");
}

#[tokio::test]
async fn what_is_older_than_it_is_kept_goes() {
    let ready = ready().await;
    let kept = Limits::default().keep_configuration;
    let before = ready.history().await.len();
    assert_eq!(prune(&ready.app.services).await.unwrap().configuration, 0);
    ready
        .app
        .pass(TimeDelta::from_std(kept).unwrap() + TimeDelta::hours(1))
        .await;
    let pruned = prune(&ready.app.services).await.unwrap().configuration;
    assert!(pruned >= before as u64, "{pruned} of {before}");
    let owner = ready.app.owner(); // The one before has a token of that time.
    let left = history(&owner, &ready.id, 100, Value::Null).await["nodes"].clone();
    let left = left.as_array().expect("a list");
    assert!(left.iter().all(|node| node["kind"] != "ACCOUNT_CONNECTED"), "{left:?}");
}
