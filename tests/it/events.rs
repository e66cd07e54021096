//! What happened, in order: read by cursor, followed, and followed on after a break.

use callab_tests::{Said, Socket, Story, TestApp};
use chrono::TimeDelta;
use entity::event;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde_json::{Value, json};

const EVENTS: &str = "subscription($after: String) { events(after: $after) { cursor kind subjectId } }";
const HEALTH: &str = "subscription($after: String) { connectionHealth(after: $after) { id label cursor } }";

async fn cursor_now(story: &Story) -> Value {
    story.client.ask("{ eventCursor }", json!({})).await["eventCursor"].clone()
}

/// Renames the account: one event.
async fn rename(app: &TestApp, story: &Story, label: &str) {
    let input = json!({ "accountId": story.ids.account, "label": label });
    story.client.done("updateTwilioAccount", "account { id }", input).await;
    app.run_jobs().await;
}

async fn connected(app: &TestApp) -> Story {
    let mut story = Story::begin(app, app.owner()).await;
    story.tell(app, "connectTwilioAccount").await;
    numbered(app).await;
    story
}

/// Everything that happened has its place in the order.
async fn numbered(app: &TestApp) {
    let waiting = event::Entity::find().filter(event::COLUMN.seq.is_null());
    while waiting.clone().one(&app.services.db).await.unwrap().is_some() {
        tokio::task::yield_now().await;
    }
}

/// The code of the first error that a subscription tells.
async fn refused(app: &TestApp, story: &Story, document: &str, variables: Value) -> Value {
    let mut socket = Socket::signed_in(&app.url, story.client.token()).await;
    socket.subscribe("e", document, variables).await;
    loop {
        match socket.next().await {
            Said::Message(message) if message["id"] == "e" => {
                let errors = &message["payload"]["errors"][0];
                let errors = if errors.is_null() {
                    &message["payload"][0]
                } else {
                    errors
                };
                return errors["extensions"]["code"].clone();
            }
            Said::Message(_) => {}
            closed @ Said::Closed(_) => panic!("{closed:?}"),
        }
    }
}

#[tokio::test]
async fn events_are_followed_in_order_and_followed_on_after_a_break_without_a_gap_or_a_repeat() {
    let app = TestApp::start().await;
    let story = connected(&app).await;
    let mut socket = Socket::signed_in(&app.url, story.client.token()).await;
    socket
        .subscribe("e", EVENTS, json!({ "after": cursor_now(&story).await }))
        .await;
    let mut cursors = Vec::new();
    for label in ["one", "two"] {
        rename(&app, &story, label).await;
        let told = socket.data("e").await["events"].clone();
        assert_eq!(
            (&told["kind"], &told["subjectId"]),
            (&json!("ACCOUNT_CHANGED"), &json!(story.ids.account))
        );
        cursors.push(told["cursor"].clone());
    }
    drop(socket); // The connection breaks, and much happens meanwhile.
    for label in ["three", "four", "five"] {
        rename(&app, &story, label).await;
    }
    let mut socket = Socket::signed_in(&app.url, story.client.token()).await;
    socket.subscribe("e", EVENTS, json!({ "after": cursors[1] })).await;
    for _ in 0..3 {
        cursors.push(socket.data("e").await["events"]["cursor"].clone());
    }
    rename(&app, &story, "six").await; // Live again.
    cursors.push(socket.data("e").await["events"]["cursor"].clone());

    let page = "query { events(first: 100) { nodes { cursor } } }";
    let all = story.client.ask(page, json!({})).await["events"]["nodes"].clone();
    let all: Vec<Value> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["cursor"].clone())
        .collect();
    assert_eq!(all[all.len() - 6..], cursors);
}

#[tokio::test]
async fn pages_of_events_follow_each_other() {
    let app = TestApp::start().await;
    let mut story = Story::begin(&app, app.owner()).await;
    story.tell_before(&app, "startTestCall").await;
    numbered(&app).await;
    let document = "query($n: Int, $a: String, $r: Boolean) { events(first: $n, after: $a, newestFirst: $r) { \
                    edges { cursor node { kind at subject { id } data } } pageInfo { hasNextPage endCursor } } }";
    let ask = async |variables: Value| story.client.ask(document, variables).await["events"].clone();
    let all = ask(json!({ "n": 100 })).await["edges"].as_array().unwrap().clone();
    for newest_first in [false, true] {
        let (mut paged, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = ask(json!({ "n": 3, "a": after, "r": newest_first })).await;
            paged.extend(page["edges"].as_array().unwrap().iter().cloned());
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        if newest_first {
            paged.reverse();
        }
        assert_eq!(paged, all);
    }
    assert!(
        all.len() > 5 && all.iter().all(|edge| edge["node"]["subject"]["id"].is_string()),
        "{all:?}"
    );
    let text = json!(all).to_string();
    assert!(
        !text.contains(&story.number),
        "no phone number in what is told of events"
    );
}

/// What a list shows, read after the cursor was asked for, is brought up to date by what is followed after it.
#[tokio::test]
async fn connection_health_goes_on_after_a_cursor() {
    let app = TestApp::start().await;
    let story = connected(&app).await;
    let mut socket = Socket::signed_in(&app.url, story.client.token()).await;
    socket.subscribe("h", HEALTH, json!({})).await;
    let first = socket.data("h").await["connectionHealth"].clone();
    assert_eq!(first["label"], "Main account");
    drop(socket);
    rename(&app, &story, "renamed while away").await;

    let mut socket = Socket::signed_in(&app.url, story.client.token()).await;
    socket.subscribe("h", HEALTH, json!({ "after": first["cursor"] })).await;
    let told = socket.data("h").await["connectionHealth"].clone();
    assert_eq!(
        told["label"], "renamed while away",
        "the change, and not the state before it"
    );
    drop(socket);

    let mut socket = Socket::signed_in(&app.url, story.client.token()).await;
    socket.subscribe("h", HEALTH, json!({ "after": told["cursor"] })).await;
    rename(&app, &story, "renamed again").await;
    assert_eq!(
        socket.data("h").await["connectionHealth"]["label"],
        "renamed again",
        "nothing is told twice"
    );
}

#[tokio::test]
async fn a_test_call_goes_on_after_a_cursor_and_completes_when_its_verdict_was_told() {
    const TEST: &str = "subscription($id: ID!, $after: String) { testCall(id: $id, after: $after) { verdict cursor } }";
    let app = TestApp::start().await;
    let mut story = Story::begin(&app, app.owner()).await;
    story.tell_before(&app, "cancelTestCall").await;
    numbered(&app).await;
    let id = story.ids.test_call.clone();
    let mut socket = Socket::signed_in(&app.url, story.client.token()).await;
    socket.subscribe("t", TEST, json!({ "id": id })).await;
    let first = socket.data("t").await["testCall"].clone();
    assert_eq!(first["verdict"], Value::Null);
    drop(socket);
    story.tell(&app, "cancelTestCall").await;
    numbered(&app).await;

    let mut socket = Socket::signed_in(&app.url, story.client.token()).await;
    socket
        .subscribe("t", TEST, json!({ "id": id, "after": first["cursor"] }))
        .await;
    let told = socket.data("t").await["testCall"].clone();
    assert_eq!(told["verdict"], "CANCELED");
    let complete = Said::Message(json!({ "id": "t", "type": "complete" }));
    assert_eq!(socket.next().await, complete);
    socket
        .subscribe("u", TEST, json!({ "id": id, "after": told["cursor"] }))
        .await;
    let complete = Said::Message(json!({ "id": "u", "type": "complete" }));
    assert_eq!(socket.next().await, complete, "there is nothing more to tell");
}

#[tokio::test]
async fn a_cursor_from_elsewhere_or_too_old_is_refused_with_the_way_out() {
    let (app, other) = tokio::join!(TestApp::start(), TestApp::start());
    let story = connected(&app).await;
    let elsewhere = connected(&other).await;
    let foreign = cursor_now(&elsewhere).await;
    let old = story
        .client
        .ask("{ events(first: 1) { nodes { cursor } } }", json!({}))
        .await;
    let old = old["events"]["nodes"][0]["cursor"].clone();
    for label in ["one", "two", "three"] {
        rename(&app, &story, label).await;
    }
    numbered(&app).await;
    app.clock.advance(TimeDelta::days(8));
    assert!(domain::pruning::prune(&app.services).await.unwrap().events > 2);

    for (after, code) in [
        (foreign, "BAD_CURSOR"),
        (json!("nonsense"), "BAD_CURSOR"),
        (old, "CURSOR_TOO_OLD"),
    ] {
        let document = "query($after: String) { events(after: $after) { nodes { cursor } } }";
        let answer = story.client.send(document, json!({ "after": after })).await;
        assert_eq!(answer.error_code().unwrap(), code);
        let message = answer.0["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("eventCursor"), "it says what to do: {message}");
        for document in [EVENTS, HEALTH] {
            assert_eq!(
                refused(&app, &story, document, json!({ "after": after })).await,
                json!(code)
            );
        }
    }
}

/// Transactions commit in another order than they began, and a process may die before it numbers what it committed: a reader that
/// goes by cursors sees each event once, in the one order.
#[tokio::test]
async fn events_that_are_committed_late_come_later_in_the_order() {
    let app = TestApp::start().await;
    let story = connected(&app).await;
    let mut socket = Socket::signed_in(&app.url, story.client.token()).await;
    socket
        .subscribe("e", EVENTS, json!({ "after": cursor_now(&story).await }))
        .await;
    rename(&app, &story, "first").await;
    socket.data("e").await;
    let newest = event::Entity::find()
        .order_by_desc(event::COLUMN.seq)
        .one(&app.services.db)
        .await;
    let newest = newest.unwrap().expect("an event");

    // One that began long before is committed by a process that dies at once: nobody is woken.
    let late = event::ActiveModel::from(event::Model {
        id: entity::EventId(domain::Ids::new_id(&domain::SystemIds)),
        seq: None,
        at: newest.at - TimeDelta::hours(1),
        ..newest.clone()
    })
    .reset_all();
    event::Entity::insert(late)
        .exec_without_returning(&app.services.db)
        .await
        .unwrap();
    let told = socket.data("e").await["events"].clone();
    assert_eq!(told["subjectId"], json!(story.ids.account));
    rename(&app, &story, "second").await;
    socket.data("e").await;
    let seqs: Vec<Option<i64>> = event::Entity::find()
        .order_by_asc(event::COLUMN.seq)
        .all(&app.services.db)
        .await
        .unwrap()
        .into_iter()
        .map(|event| event.seq)
        .collect();
    let expected: Vec<Option<i64>> = (1..=i64::try_from(seqs.len()).unwrap()).map(Some).collect();
    assert_eq!(seqs, expected, "no number twice, and none left out");
    let forged = event::Entity::update_many()
        .col_expr(event::Column::Seq, Expr::value(newest.seq))
        .filter(event::COLUMN.seq.eq(newest.seq.map(|seq| seq + 1)))
        .exec(&app.services.db);
    assert!(forged.await.is_err(), "the database itself refuses a number twice");
}

#[tokio::test]
async fn jobs_are_followed_as_they_change() {
    const JOBS: &str = "subscription { jobs(filter: { kinds: [\"sync-numbers\"] }) { id kind state report } }";
    let app = TestApp::start().await;
    let (story, other) = (connected(&app).await, app.client(Some("b"), "owner"));
    let mut socket = Socket::signed_in(&app.url, story.client.token()).await;
    socket.subscribe("j", JOBS, json!({})).await;
    let mut theirs = Socket::signed_in(&app.url, other.token()).await;
    theirs.subscribe("j", JOBS, json!({})).await;
    let input = json!({ "accountId": story.ids.account });
    // Both follow before anything happens: whoever asks is answered in order.
    story.client.done("syncNumbers", "account { id }", input.clone()).await;
    let mut states = vec![socket.data("j").await["jobs"]["state"].clone()];
    app.run_jobs().await;
    while states.last() != Some(&json!("DONE")) {
        states.push(socket.data("j").await["jobs"]["state"].clone());
    }
    let order = ["WAITING", "RUNNING", "DONE"];
    let place = |state: &Value| {
        order
            .iter()
            .position(|word| json!(word) == *state)
            .expect("a known state")
    };
    assert!(
        states.windows(2).all(|pair| place(&pair[0]) < place(&pair[1])),
        "{states:?}"
    );

    let mut story_b = Story::begin(&app, other).await;
    story_b.tell(&app, "connectTwilioAccount").await;
    let told = theirs.data("j").await["jobs"].clone();
    assert_eq!(told["kind"], "sync-numbers");
    let rows = story_b.client.ask("{ jobs { nodes { id } } }", json!({})).await;
    assert!(
        rows["jobs"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row["id"] == told["id"]),
        "their own"
    );
}
