//! What leads to rows besides ids: the cursors of lists within a row, events' cursors, idempotency keys, and live views that are open
//! while the other workspace works.

use std::collections::BTreeSet;

use callab_tests::questions::question;
use callab_tests::schema::root_fields;
use callab_tests::story::Ids;
use callab_tests::{Client, Said, Socket, Story};
use serde_json::{Value, json};

use super::{comparable, of_no_row, shows_nothing_of, two};

/// The lists within a row: type, field, and the root query that shows one row.
const LISTS: [(&str, &str); 3] = [
    ("TwilioAccount", "twilioAccount"),
    ("PhoneNumber", "phoneNumber"),
    ("Agent", "agent"),
];

fn id_of<'s>(ids: &'s Ids, root: &str) -> &'s str {
    ids.of("id", root)
}

/// A list within one row, from its beginning or after a cursor.
async fn list(client: &Client, root: &str, id: &str, field: &str, after: Option<&str>) -> Value {
    let document = format!(
        "query($id: ID!, $after: String) {{ {root}(id: $id) {{ {field}(first: 5, after: $after) {{ edges {{ cursor }} pageInfo {{ hasNextPage }} }} }} }}"
    );
    comparable(client.send(&document, json!({ "id": id, "after": after })).await.0)
}

#[tokio::test]
async fn lists_within_a_row_take_anothers_cursor_for_one_of_no_row() {
    let (_app, ours, theirs) = two().await;
    let mut tried = Vec::new();
    for (of, root) in LISTS {
        for field in root_fields(&ours.client, of).await {
            if !field.takes("after") {
                continue;
            }
            let name = field.name.as_str();
            let first = list(&theirs.client, root, id_of(&theirs.ids, root), name, None).await;
            let Some(cursor) = first["data"][root][name]["edges"][0]["cursor"].as_str() else {
                continue;
            };
            let own = id_of(&ours.ids, root);
            let told = list(&ours.client, root, own, name, Some(cursor)).await;
            shows_nothing_of(&theirs, &told, name);
            let forged = of_no_row(cursor);
            assert_eq!(told, list(&ours.client, root, own, name, Some(&forged)).await, "{name}");
            // And their row is not there, whatever the cursor.
            let foreign = list(&ours.client, root, id_of(&theirs.ids, root), name, Some(cursor)).await;
            assert_eq!(foreign["data"][root], Value::Null, "{name}");
            tried.push(name.to_owned());
        }
    }
    assert!(tried.len() >= 3, "{tried:?}");
}

/// Ids within filters: input object, its fields, and the list that takes it.
const FILTERS: [(&str, &[&str], &str); 2] = [
    ("JobFilter", &["accountId", "subjectId"], "jobs"),
    ("NotificationFilter", &["endpointId"], "notifications"),
];

/// Every id within an object that a list is narrowed by, as the schema has them.
async fn ids_within_filters(client: &Client) -> BTreeSet<(String, String)> {
    let document = "{ __schema { types { name inputFields { name type { name ofType { name } } } } } }";
    let answer = client.send(document, json!({})).await.0;
    let types = answer["data"]["__schema"]["types"].as_array().expect("types");
    let filters = types.iter().filter_map(|of| {
        let name = of["name"].as_str()?;
        name.ends_with("Filter")
            .then_some((name, of["inputFields"].as_array()?))
    });
    let fields = filters.flat_map(|(of, fields)| fields.iter().map(move |field| (of, field)));
    let ids = fields.filter(|(_, field)| field["type"]["name"] == "ID" || field["type"]["ofType"]["name"] == "ID");
    ids.map(|(of, field)| (of.to_owned(), field["name"].as_str().expect("a name").to_owned()))
        .collect()
}

#[tokio::test]
async fn a_filter_answers_for_anothers_ids_as_for_ids_that_never_existed() {
    let (_app, ours, theirs) = two().await;
    let never = Ids::that_never_existed();
    let tried = FILTERS
        .iter()
        .flat_map(|(of, fields, list)| fields.iter().map(move |field| (*of, *field, *list)));
    let mut left = ids_within_filters(&ours.client).await;
    for (of, field, list) in tried {
        assert!(
            left.remove(&(of.to_owned(), field.to_owned())),
            "there is no {of}.{field}"
        );
        let id = |ids: &Ids| match field {
            "endpointId" => ids.endpoint.clone(),
            _ => ids.account.clone(),
        };
        let ask = async |client: &Client, ids: &Ids| {
            let narrowed = format!("{list}(filter: {{ {field}: {} }})", json!(id(ids)));
            let document = question(list, &[]).replacen(list, &narrowed, 1);
            comparable(client.send(&document, json!({})).await.0)
        };
        let told = ask(&ours.client, &theirs.ids).await;
        assert_eq!(told, ask(&ours.client, &never).await, "{list}({field})");
        assert_ne!(
            told,
            ask(&theirs.client, &theirs.ids).await,
            "{list}({field}) finds something there"
        );
        shows_nothing_of(&theirs, &told, list);
    }
    assert!(left.is_empty(), "nobody tried {left:?}");
}

/// The same person, with the same key, in two workspaces.
#[tokio::test]
async fn an_idempotency_key_of_another_workspace_is_a_new_key() {
    let (app, ours, theirs) = two().await;
    let [one, other] = ["a", "b"].map(|workspace| app.client_called("someone", workspace, "owner"));
    let input = |name: &str| json!({ "externalId": "line", "name": name, "endpoint": "sip:a@pbx.example", "idempotencyKey": "once" });
    let made = one.done("registerAgent", "agent { id name }", input("Theirs")).await;
    let told = other.done("registerAgent", "agent { id name }", input("Ours")).await;
    assert_eq!(
        told["agent"]["name"], "Ours",
        "not refused as another input of the same key"
    );
    assert_ne!(told["agent"]["id"], made["agent"]["id"]);
    let again = other.done("registerAgent", "agent { id name }", input("Ours")).await;
    assert_eq!(again, told);
    assert_eq!(
        other.refused("registerAgent", input("Another")).await[0].0,
        "IDEMPOTENCY_KEY_REUSED"
    );
    drop((ours, theirs));
}

const VIEWS: [(&str, &str); 3] = [
    (
        "events",
        "{ kind subjectId data subject { id } workspace { id } cursor }",
    ),
    ("jobs", "{ id kind subject { id } account { id } }"),
    ("connectionHealth", "{ id sid label workspace { id } cursor }"),
];

/// Each live view that takes no id, while the other workspace does one of everything.
#[tokio::test]
async fn an_open_live_view_is_told_nothing_of_what_another_workspace_does() {
    let (app, ours, mut theirs) = two().await;
    let without_ids = root_fields(&ours.client, "Subscription").await.into_iter();
    let without_ids: Vec<String> = without_ids
        .filter(|field| !field.takes("id") && field.name != "diagnosis")
        .map(|field| field.name)
        .collect();
    assert_eq!(
        without_ids,
        VIEWS.map(|(name, _)| name),
        "a new one is to be opened here"
    );
    let mut socket = Socket::signed_in(&app.url, ours.client.token()).await;
    for (name, fields) in VIEWS {
        socket
            .subscribe(name, &format!("subscription {{ {name} {fields} }}"), json!({}))
            .await;
    }
    // From the place where the other workspace is, which names no row.
    let theirs_now = theirs.client.ask("{ eventCursor }", json!({})).await["eventCursor"].clone();
    let after = "subscription($after: String) { events(after: $after) { subjectId data workspace { id } } }";
    socket.subscribe("after", after, json!({ "after": theirs_now })).await;
    for mutation in [
        "updateTwilioAccount",
        "verifyTwilioAccount",
        "registerAgent",
        "updatePhoneNumber",
        "syncNumbers",
    ] {
        theirs.tell(&app, mutation).await;
    }
    let rename = json!({ "accountId": ours.ids.account, "label": "The last of ours" });
    ours.client.done("updateTwilioAccount", "account { id }", rename).await;
    let verify = json!({ "accountId": ours.ids.account });
    ours.client.done("verifyTwilioAccount", "account { id }", verify).await;
    app.run_jobs().await;
    let mut waiting = vec!["events", "jobs", "connectionHealth", "after"];
    let mut is_last = false;
    while !(waiting.is_empty() && is_last) {
        let Said::Message(said) = socket.next().await else {
            panic!("the socket was closed; still waiting for {waiting:?}")
        };
        assert_eq!(said["type"], "next", "{said}");
        assert!(said["payload"]["errors"].is_null(), "{said}");
        shows_nothing_of(&theirs, &said, "a live view");
        waiting.retain(|id| said["id"] != **id);
        is_last |= said.to_string().contains("The last of ours");
    }
}

/// A number that another workspace uses: the refusal says so and nothing more, through the one read that looks beyond the workspace.
#[tokio::test]
async fn a_number_in_use_elsewhere_is_refused_without_a_word_of_who_has_it() {
    let (app, _ours, theirs) = two().await;
    let third = Story::begin(&app, app.client(Some("c"), "owner")).await;
    let account = twilio_sim::SimAccount {
        sid: theirs.twilio.sid.clone(),
        ..theirs.twilio.clone()
    };
    app.connect(&third.client, &account).await;
    let id = app.number_id(&third.client, &theirs.number).await;
    let input = json!({ "phoneNumberId": id, "nickname": "Mine" });
    let document = callab_tests::client::mutation_document("addPhoneNumber", "phoneNumber { id }");
    let answer = third.client.send(&document, json!({ "input": input })).await.0;
    assert_eq!(
        answer["data"]["addPhoneNumber"]["userErrors"][0]["code"],
        "NUMBER_IN_USE_ELSEWHERE"
    );
    let told = answer.to_string();
    for mark in theirs
        .ids
        .all()
        .into_iter()
        .chain(["Workspace b", theirs.twilio.sid.as_str()])
    {
        assert!(!told.contains(mark), "{mark}: {told}");
    }
}
