//! The audit log as its readers see it.

use callab_tests::story::Ids;
use callab_tests::{Client, Story, TestApp};
use chrono::TimeDelta;
use domain::Clock as _;
use serde_json::{Value, json};
use twilio_sim::scenario;

const LOG: &str = "query($account: ID, $actor: String, $action: String, $from: DateTime, $to: DateTime, $workspace: ID,
        $first: Int, $after: String) {
    auditEntries(accountId: $account, actor: $actor, action: $action, from: $from, to: $to, workspaceId: $workspace,
        first: $first, after: $after) {
        nodes { id at actor role action subjectId subject { __typename id } outcome code details traceId workspace { id } account { id } }
        pageInfo { hasNextPage endCursor } } }";

/// Acts alone: that credentials were opened on the way is left out.
async fn log(client: &Client, wanted: Value) -> Vec<Value> {
    let data = client.ask(LOG, wanted).await;
    let mut nodes = data["auditEntries"]["nodes"].as_array().unwrap().clone();
    nodes.retain(|entry| entry["action"] != "credential.open");
    nodes
}

fn told<'a>(entries: &'a [Value], field: &str) -> Vec<&'a str> {
    entries
        .iter()
        .map(|entry| entry[field].as_str().unwrap_or("-"))
        .collect()
}

/// A workspace that connected an account, added a number and was refused once; an hour later support checked the account.
async fn told_story(app: &TestApp) -> Story {
    let mut story = Story::begin(app, app.owner()).await;
    story.tell(app, "connectTwilioAccount").await;
    story.tell(app, "addPhoneNumber").await;
    story.tell(app, "registerAgent").await;
    let wrong = scenario::wrong_token(&app.sim);
    let input = json!({ "accountSid": wrong.sid, "authToken": wrong.auth_token, "label": "Second" });
    story.client.refused("connectTwilioAccount", input).await;
    app.clock.advance(TimeDelta::hours(1));
    let support = app.client(None, "support");
    let input = json!({ "accountId": story.ids.account });
    support.done("verifyTwilioAccount", "account { id }", input).await;
    app.run_jobs().await;
    story
}

#[tokio::test]
async fn acts_are_told_newest_first_with_what_they_were_done_to() {
    let app = TestApp::start().await;
    let story = told_story(&app).await;
    let entries = log(&story.client, json!({})).await;
    let actions = [
        "twilio_account.verify",
        "twilio_account.connect",
        "agent.register",
        "phone_number.add",
        "twilio_account.connect",
    ];
    assert_eq!(told(&entries, "action"), actions);
    assert_eq!(told(&entries, "outcome"), ["OK", "REFUSED", "OK", "OK", "OK"]);
    assert_eq!(told(&entries, "code"), ["-", "CREDENTIALS_REJECTED", "-", "-", "-"]);
    let Ids {
        account,
        number,
        agent,
        workspace,
        ..
    } = &story.ids;
    assert_eq!(told(&entries, "subjectId"), [account, "-", agent, number, account]);
    assert_eq!(
        entries[3]["subject"],
        json!({ "__typename": "PhoneNumber", "id": number })
    );
    assert_eq!(entries[1]["subject"], Value::Null);
    assert!(entries[1]["details"]["sid"].as_str().unwrap().starts_with("AC"));
    assert_eq!(entries[4]["details"], json!({ "sid": story.twilio.sid }));
    let accounts: Vec<&Value> = entries.iter().map(|entry| &entry["account"]["id"]).collect();
    assert_eq!(
        accounts,
        [
            &json!(account),
            &Value::Null,
            &Value::Null,
            &json!(account),
            &json!(account)
        ]
    );
    for entry in &entries {
        assert_eq!(entry["workspace"]["id"], json!(workspace));
        assert!(!entry["traceId"].as_str().unwrap().is_empty());
        assert!(!entry.to_string().contains(&story.number), "{entry}");
    }
}

#[tokio::test]
async fn names_are_shown_by_who_looks() {
    let app = TestApp::start().await;
    let story = told_story(&app).await;
    let (owner, support) = (&story.client, app.client(None, "support"));
    let [own, staff] = ["owner@a", "Callab staff"];
    let seen = log(owner, json!({})).await;
    assert_eq!(told(&seen, "actor"), [staff, own, own, own, own]);
    assert_eq!(told(&seen, "role"), ["-", "OWNER", "OWNER", "OWNER", "OWNER"]);
    let [own, staff] = ["own•••", "support@callab"];
    let seen = log(&support, json!({})).await;
    assert_eq!(told(&seen, "actor"), [staff, own, own, own, own]);
    assert_eq!(told(&seen, "role"), ["SUPPORT", "OWNER", "OWNER", "OWNER", "OWNER"]);

    let found = async |client: &Client, actor: &str| log(client, json!({ "actor": actor })).await.len();
    assert_eq!(found(owner, "owner@a").await, 4);
    assert_eq!(found(owner, "Callab staff").await, 1);
    assert_eq!(
        found(owner, "support@callab").await,
        0,
        "nobody finds out who of the staff it was"
    );
    assert_eq!(found(owner, "own").await, 0);
    assert_eq!(found(owner, "%").await, 0);
    assert_eq!(found(&support, "support@callab").await, 1);
    assert_eq!(found(&support, "own•••").await, 4);
    assert_eq!(found(&support, "owner@a").await, 4);
    assert_eq!(found(&support, "%%%•••").await, 0);
    assert_eq!(found(&support, "•••").await, 0, "nor everybody by no beginning");
}

#[tokio::test]
async fn the_log_is_narrowed_and_paged() {
    let app = TestApp::start().await;
    let story = told_story(&app).await;
    let owner = &story.client;
    let found = async |wanted: Value| log(owner, wanted).await.len();
    assert_eq!(found(json!({ "accountId": null })).await, 5);
    assert_eq!(found(json!({ "account": story.ids.account })).await, 3);
    assert_eq!(found(json!({ "account": story.ids.number })).await, 0);
    assert_eq!(found(json!({ "action": "twilio_account.connect" })).await, 2);
    assert_eq!(found(json!({ "action": "twilio_account" })).await, 3);
    assert_eq!(found(json!({ "action": "twilio" })).await, 0);
    assert_eq!(found(json!({ "action": "%" })).await, 0);
    let half_an_hour_ago = (app.clock.now() - TimeDelta::minutes(30)).to_rfc3339();
    assert_eq!(found(json!({ "from": half_an_hour_ago })).await, 1);
    assert_eq!(found(json!({ "to": half_an_hour_ago })).await, 4);

    let all = log(owner, json!({})).await;
    let (mut paged, mut after) = (Vec::new(), Value::Null);
    loop {
        let data = owner.ask(LOG, json!({ "first": 2, "after": after })).await;
        let page = &data["auditEntries"];
        let nodes = page["nodes"].as_array().unwrap().iter();
        paged.extend(nodes.filter(|entry| entry["action"] != "credential.open").cloned());
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == json!(false) {
            break;
        }
    }
    assert_eq!(paged, all);
}

#[tokio::test]
async fn a_workspace_reads_its_own_log_alone() {
    let app = TestApp::start().await;
    let ours = told_story(&app).await;
    let theirs = app.client(Some("b"), "owner");
    let workspace = json!(ours.ids.workspace);
    assert_eq!(log(&theirs, json!({})).await.len(), 0);
    assert_eq!(log(&theirs, json!({ "workspace": workspace })).await.len(), 0);
    assert_eq!(log(&theirs, json!({ "account": ours.ids.account })).await.len(), 0);
    let lead = app.client(None, "lead");
    assert_eq!(log(&lead, json!({})).await.len(), 5);
    assert_eq!(log(&lead, json!({ "workspace": workspace })).await.len(), 5);
    assert_eq!(
        log(&lead, json!({ "workspace": Ids::that_never_existed().workspace }))
            .await
            .len(),
        0
    );
}
