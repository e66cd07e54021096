//! Promise 8: one workspace never sees, changes or infers another's rows. What exists elsewhere is answered as what never was.

mod pages_and_keys;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callab_tests::client::mutation_document;
use callab_tests::dump::{difference, dump};
use callab_tests::questions::question;
use callab_tests::schema::root_fields;
use callab_tests::story::{Ids, MUTATIONS};
use callab_tests::{Client, Said, Socket, Story, TestApp};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::roles::without_refused_reveals;

/// Two workspaces with one of everything each, made an hour apart.
async fn two() -> (TestApp, Story, Story) {
    let app = TestApp::start().await;
    let ours = Story::settled(&app, app.owner()).await;
    app.pass(TimeDelta::hours(1)).await;
    let theirs = Story::settled(&app, app.client(Some("b"), "owner")).await;
    (app, ours, theirs)
}

/// An answer without what differs between any two requests.
fn comparable(mut answer: Value) -> Value {
    for error in answer["errors"].as_array_mut().into_iter().flatten() {
        error["extensions"]["traceId"].take();
    }
    answer
}

async fn answer(client: &Client, document: &str) -> Value {
    comparable(client.send(document, json!({})).await.0)
}

/// Nothing of the other workspace stands in an answer.
fn shows_nothing_of(theirs: &Story, answer: &Value, asked: &str) {
    let told = answer.to_string();
    let ids = theirs.ids.all();
    for mark in ids
        .into_iter()
        .chain([theirs.twilio.sid.as_str(), theirs.number.as_str()])
    {
        assert!(!mark.is_empty() && !told.contains(mark), "{asked} tells {mark}: {told}");
    }
}

#[tokio::test]
async fn every_query_answers_for_anothers_ids_as_for_ids_that_never_existed() {
    let (app, ours, theirs) = two().await;
    let (never, client) = (Ids::that_never_existed(), &ours.client);
    let before = dump(&app.services.db).await.unwrap();
    for field in root_fields(client, "Query").await {
        let name = field.name.as_str();
        let id_of = |ids: &Ids, argument: &str| json!(ids.of(argument, name));
        if name == "node" || name == "nodes" {
            for (one, other) in theirs.ids.all().into_iter().zip(never.all()) {
                let ask = |id: &str| match name {
                    "node" => question(name, &[("id", json!(id))]),
                    _ => question(name, &[("ids", json!([id]))]),
                };
                assert_eq!(
                    answer(client, &ask(one)).await,
                    answer(client, &ask(other)).await,
                    "{name}"
                );
            }
            continue;
        }
        for foreign in field.ids() {
            let ask = |of: &Ids| {
                let given = |argument| {
                    if argument == foreign {
                        id_of(of, argument)
                    } else {
                        id_of(&ours.ids, argument)
                    }
                };
                let asked = field
                    .ids()
                    .filter(|argument| *argument == foreign || !field.takes_one_id());
                let given: Vec<_> = asked.map(|argument| (argument, given(argument))).collect();
                question(name, &given)
            };
            let (theirs_told, never_told) = (
                answer(client, &ask(&theirs.ids)).await,
                answer(client, &ask(&never)).await,
            );
            assert_eq!(theirs_told, never_told, "{name}({foreign})");
            shows_nothing_of(&theirs, &theirs_told, name);
        }
        // Without an id: our own rows at most.
        if !field.ids().any(|argument| argument == "id") && name != "routingPlan" {
            shows_nothing_of(&theirs, &answer(client, &question(name, &[])).await, name);
        }
        if field.takes("after") {
            let cursor = cursor_of(&theirs, name).await;
            let told = answer(client, &question(name, &[("after", json!(cursor))])).await;
            // A cursor of events is a place in the one order of all, and names no row.
            if name != "events" {
                let forged = question(name, &[("after", json!(of_no_row(&cursor)))]);
                assert_eq!(told, answer(client, &forged).await, "{name}(after)");
            }
            shows_nothing_of(&theirs, &told, name);
        }
    }
    assert_eq!(
        difference(&before, &dump(&app.services.db).await.unwrap()),
        [""; 0],
        "a query changes nothing"
    );
}

/// The other workspace's own cursor of a list.
async fn cursor_of(theirs: &Story, list: &str) -> String {
    let document = format!("{{ {list}(first: 1) {{ edges {{ cursor }} }} }}");
    let data = theirs.client.ask(&document, json!({})).await;
    data[list]["edges"][0]["cursor"].as_str().expect("a cursor").to_owned()
}

/// The same cursor with the id of a row that never existed, made at the same time.
fn of_no_row(cursor: &str) -> String {
    let place = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).unwrap()).unwrap();
    let (place, id) = place.split_at(place.len() - 36);
    let time = &id[..13];
    URL_SAFE_NO_PAD.encode(format!("{place}{time}-7000-8000-000000000001"))
}

#[tokio::test]
async fn every_mutation_answers_for_anothers_ids_as_for_ids_that_never_existed() {
    let (app, ours, theirs) = two().await;
    let (never, client) = (Ids::that_never_existed(), &ours.client);
    let before = dump(&app.services.db).await.unwrap();
    let fields = root_fields(client, "Mutation").await;
    let without_ids: Vec<&str> = fields
        .iter()
        .filter(|field| field.ids().next().is_none())
        .map(|field| field.name.as_str())
        .collect();
    assert_eq!(
        without_ids,
        [
            "connectTwilioAccount",
            "registerAgent",
            "createNotificationEndpoint",
            "createApiKey"
        ],
        "a new one needs a test of its own"
    );
    assert_eq!(fields.len(), MUTATIONS.len());
    for field in &fields {
        let name = field.name.as_str();
        for foreign in field.ids() {
            let mut told = Vec::new();
            for ids in [&theirs.ids, &never] {
                let mut input = if field.takes_one_id() {
                    json!({})
                } else {
                    ours.input(name)
                };
                input[foreign] = json!(ids.of(foreign, name));
                let asked_twilio = app.sim.count_requests();
                let answer = client
                    .send(&mutation_document(name, Story::fields(name)), json!({ "input": input }))
                    .await;
                assert_ne!(
                    answer.0["data"][name]["userErrors"],
                    json!([]),
                    "{name}({foreign}) was not refused"
                );
                told.push((comparable(answer.0), app.sim.count_requests() - asked_twilio));
            }
            assert_eq!(told[0], told[1], "{name}({foreign})");
            shows_nothing_of(&theirs, &told[0].0, name);
        }
    }
    app.run_jobs().await;
    let changes = difference(&before, &dump(&app.services.db).await.unwrap());
    let (told, changes) = without_refused_reveals(changes);
    assert_eq!(changes, [""; 0], "nothing of anybody was changed");
    assert_eq!(told, 2, "in the log of the one who asked, for either number");
}

/// The web app's ids are each workspace's own.
#[tokio::test]
async fn an_agent_with_anothers_external_id_is_another_agent() {
    let (app, ours, theirs) = two().await;
    let own = theirs
        .client
        .ask(&question("agent", &[("id", json!(theirs.ids.agent))]), json!({}))
        .await;
    let input =
        json!({ "externalId": theirs.twilio.sid, "name": "Impostor", "endpoint": "wss://media.example/impostor" });
    let payload = ours.client.done("registerAgent", "agent { id }", input).await;
    assert_ne!(payload["agent"]["id"], json!(theirs.ids.agent));
    app.run_jobs().await;
    let now = theirs
        .client
        .ask(&question("agent", &[("id", json!(theirs.ids.agent))]), json!({}))
        .await;
    assert_eq!(now, own);
}

#[tokio::test]
async fn every_subscription_answers_for_anothers_ids_as_for_ids_that_never_existed() {
    let (app, ours, theirs) = two().await;
    let never = Ids::that_never_existed();
    for field in root_fields(&ours.client, "Subscription").await {
        let name = field.name.as_str();
        for foreign in field.ids() {
            let mut told = Vec::new();
            for ids in [&theirs.ids, &never] {
                let mut socket = Socket::signed_in(&app.url, ours.client.token()).await;
                let document = format!(
                    "subscription {}",
                    question(name, &[(foreign, json!(ids.of(foreign, name)))])
                );
                socket.subscribe("1", &document, json!({})).await;
                let Said::Message(mut said) = socket.next().await else {
                    panic!("{name}({foreign}) closed the socket")
                };
                said["payload"] = match said["payload"].take() {
                    Value::Array(errors) => comparable(json!({ "errors": errors })),
                    payload => comparable(payload),
                };
                told.push(said);
            }
            assert_eq!(told[0], told[1], "{name}({foreign})");
            shows_nothing_of(&theirs, &told[0], name);
        }
    }
}

/// Callab's own people see all workspaces, and of phone numbers only what their role may.
#[tokio::test]
async fn staff_see_across_workspaces_and_masked_numbers() {
    let (app, ours, theirs) = two().await;
    for role in ["staff_viewer", "support", "lead"] {
        let staff = app.client(None, role);
        let data = staff.ask(&question("twilioAccounts", &[]), json!({})).await;
        let text = data.to_string();
        assert!(
            text.contains(&ours.twilio.sid) && text.contains(&theirs.twilio.sid),
            "{role}: {text}"
        );
        let scoped = [("workspaceId", json!(theirs.ids.workspace))];
        for list in ["twilioAccounts", "phoneNumbers", "agents", "calls"] {
            let text = staff.ask(&question(list, &scoped), json!({})).await.to_string();
            assert!(
                !text.contains(&ours.ids.account) && !text.contains(&ours.number),
                "{role} {list}: {text}"
            );
            for secret in [theirs.number.as_str(), callab_tests::story::CALLER] {
                assert!(!text.contains(secret), "{role} {list} shows {secret}: {text}");
            }
            assert!(!text.contains("[]"), "{role} {list}: {text}");
        }
        let one = staff
            .ask(&question("phoneNumber", &[("id", json!(theirs.ids.number))]), json!({}))
            .await;
        let shown = one["phoneNumber"]["number"].as_str().unwrap();
        let ends = format!("+1 {} ••• {}", &theirs.number[2..5], &theirs.number[10..]);
        assert_eq!(shown, if role == "staff_viewer" { "+1 •••" } else { &ends }, "{role}");
    }
}
