//! Keys of a workspace's own programs: shown once, bound to what they were made for, and refused from the moment they are revoked.

use std::time::{Duration, Instant};

use callab_tests::client::mutation_document;
use callab_tests::dump::{difference, dump};
use callab_tests::schema::root_fields;
use callab_tests::story::Ids;
use callab_tests::{Client, Said, Socket, Story, TestApp};
use chrono::TimeDelta;
use domain::{Clock as _, Permission, Role};
use entity::{api_key, audit_entry};
use sea_orm::{ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde_json::{Value, json};

use crate::roles;

const FIELDS: &str =
    "apiKey { id name beginning permissions state createdBy createdAt expiresAt lastUsedAt revokedAt } key";
const LIST: &str = "{ apiKeys { nodes { id name state lastUsedAt } } }";

/// A key with these permissions, and its row's global id.
async fn made(owner: &Client, permissions: &[Permission]) -> (Client, String) {
    let names: Vec<&str> = permissions.iter().map(|permission| permission.as_str()).collect();
    let payload = owner
        .done(
            "createApiKey",
            FIELDS,
            json!({ "name": "CRM export", "permissions": names }),
        )
        .await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (owner.with_token(&text(&payload["key"])), text(&payload["apiKey"]["id"]))
}

async fn status(client: &Client) -> (u16, Value) {
    let (status, _, body) = client.post("{ serverTime }", json!({})).await;
    let answer: Value = serde_json::from_str(&body).unwrap();
    (status, answer["errors"][0]["message"].clone())
}

#[tokio::test]
async fn a_key_is_shown_once_and_asks_for_its_workspace() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let until = app.clock.now() + TimeDelta::days(90);
    let input = json!({ "name": " Nightly CRM export ", "permissions": ["MANAGE_AGENTS"], "expiresAt": until, "idempotencyKey": "once" });
    let payload = owner.done("createApiKey", FIELDS, input.clone()).await;
    let (row, key) = (&payload["apiKey"], payload["key"].as_str().unwrap());
    assert_eq!(
        (&row["name"], &row["permissions"], &row["state"], &row["createdBy"]),
        (
            &json!("Nightly CRM export"),
            &json!(["VIEW", "MANAGE_AGENTS"]),
            &json!("ACTIVE"),
            &json!("owner@a")
        )
    );
    assert!(
        key.starts_with(row["beginning"].as_str().unwrap()) && key.len() == 47,
        "{row}"
    );
    assert_eq!(row["lastUsedAt"], Value::Null);

    let again = owner.done("createApiKey", FIELDS, input).await;
    assert_eq!(
        (&again["apiKey"]["id"], &again["key"]),
        (&row["id"], &Value::Null),
        "it is shown once"
    );

    let program = owner.with_token(key);
    let viewer = program
        .ask(
            "{ viewer { subject role permissions workspace { externalId } } }",
            json!({}),
        )
        .await;
    let viewer = &viewer["viewer"];
    assert_eq!(
        (
            &viewer["role"],
            &viewer["permissions"],
            &viewer["workspace"]["externalId"]
        ),
        (&json!("API_KEY"), &json!(["VIEW", "MANAGE_AGENTS"]), &json!("a"))
    );
    let listed = owner.ask(LIST, json!({})).await;
    assert_eq!(listed["apiKeys"]["nodes"].as_array().unwrap().len(), 1);
    assert!(!listed["apiKeys"]["nodes"][0]["lastUsedAt"].is_null());

    // What is kept of it opens nothing.
    let rows = dump(&app.services.db).await.unwrap();
    assert!(!format!("{rows:?}").contains(&key[13..]), "the key is nowhere");
    let row = api_key::Entity::find().one(&app.services.db).await.unwrap().unwrap();
    assert_eq!(
        status(&owner.with_token(&format!("callab_{}", hex::encode(&row.hash))))
            .await
            .0,
        401
    );

    // Its time ends.
    app.clock.advance(TimeDelta::days(90));
    let (code, message) = status(&program).await;
    assert_eq!(
        (code, message.as_str()),
        (401, Some("The API key has expired. Make another."))
    );
    let listed = app.owner().ask(LIST, json!({})).await;
    assert_eq!(listed["apiKeys"]["nodes"][0]["state"], "EXPIRED");
}

#[tokio::test]
async fn a_key_is_made_for_what_its_maker_may_give() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let input = |name: &str, permissions: &[&str]| json!({ "name": name, "permissions": permissions });
    let refused = async |input: Value| owner.refused("createApiKey", input).await;
    let of = |code: &str, field: &str| vec![(code.to_owned(), Some(field.to_owned()))];
    assert_eq!(refused(input(" ", &[])).await, of("EMPTY", "name"));
    for permission in ["REVEAL_NUMBERS", "MANAGE_API_KEYS", "REVOKE_API_KEYS"] {
        assert_eq!(
            refused(input("x", &["VIEW", permission])).await,
            of("PERMISSION_NOT_GRANTABLE", "permissions")
        );
    }
    let mut over = input("x", &[]);
    over["expiresAt"] = json!(app.clock.now());
    assert_eq!(refused(over).await, of("EXPIRY_PASSED", "expiresAt"));
    assert!(api_key::Entity::find().all(&app.services.db).await.unwrap().is_empty());

    for _ in 0..100 {
        made(&owner, &[]).await;
    }
    assert_eq!(refused(input("x", &[])).await, [("API_KEY_LIMIT".to_owned(), None)]);
    let (_, one) = made(&app.client(Some("b"), "owner"), &[]).await;
    assert!(!one.is_empty(), "others have room of their own");
}

/// Each permission alone, with each mutation: done where the permission is the one that the mutation needs, and refused elsewhere.
#[tokio::test]
async fn each_key_may_do_exactly_what_it_was_made_for() {
    let app = TestApp::start().await;
    let mut story = Story::settled(&app, app.owner()).await;
    let mutations = root_fields(&story.client, "Mutation").await;
    let keys = Permission::ALL
        .into_iter()
        .filter(|permission| permission.roles().contains(&Role::ApiKey));
    let mut programs = Vec::new();
    for permission in keys {
        programs.push((permission, made(&story.client, &[permission]).await.0));
    }
    assert_eq!(programs.len(), 13);
    let send = async |story: &Story, program: &Client, mutation: &str| {
        let document = mutation_document(mutation, Story::fields(mutation));
        program
            .send(&document, json!({ "input": story.input(mutation) }))
            .await
            .0
    };
    for (_, program) in &programs {
        program.ask("{ serverTime }", json!({})).await; // That it is used is noted now.
    }
    let before = dump(&app.services.db).await.unwrap();
    for (permission, program) in &programs {
        for mutation in mutations
            .iter()
            .map(|field| field.name.as_str())
            .filter(|name| roles::permission(name) != *permission)
        {
            let told = send(&story, program, mutation).await;
            assert_eq!(
                roles::code(&told),
                Some("FORBIDDEN"),
                "{permission:?} {mutation}: {told}"
            );
        }
    }
    let changes = difference(&before, &dump(&app.services.db).await.unwrap());
    let (told, changes) = roles::without_refused_reveals(changes);
    assert_eq!(changes, [""; 0]);
    assert_eq!(told, programs.len(), "no key may have a number shown");
    story.ids = Ids::that_never_existed();
    "00000000000000000000000000000000".clone_into(&mut story.twilio.auth_token);
    for (permission, program) in &programs {
        for mutation in mutations
            .iter()
            .map(|field| field.name.as_str())
            .filter(|name| roles::permission(name) == *permission)
        {
            let told = send(&story, program, mutation).await;
            assert_eq!(roles::code(&told), None, "{permission:?} {mutation}: {told}");
        }
    }
}

#[tokio::test]
async fn a_revoked_key_is_refused_by_every_process_at_once() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let second = app.second_api(3).await.unwrap();
    let (program, id) = made(&owner, &[]).await;
    let elsewhere = program.at(&second);
    assert_eq!((status(&program).await.0, status(&elsewhere).await.0), (200, 200));
    let mut sockets = Vec::new();
    for url in [&app.url, &second] {
        let mut socket = Socket::signed_in(url, program.token()).await;
        socket
            .subscribe("h", "subscription { connectionHealth { id } }", json!({}))
            .await;
        sockets.push(socket);
    }
    let mut persons = Socket::signed_in(&app.url, owner.token()).await;
    let others = Socket::signed_in(&app.url, made(&owner, &[]).await.0.token()).await;

    let revoked = owner
        .done("revokeApiKey", "apiKey { state }", json!({ "apiKeyId": id }))
        .await;
    let begun = Instant::now();
    assert_eq!(revoked["apiKey"]["state"], "REVOKED");
    for program in [&program, &elsewhere] {
        let (code, message) = status(program).await;
        assert_eq!(
            (code, message.as_str()),
            (401, Some("The API key was revoked. Make another."))
        );
    }
    for socket in &mut sockets {
        assert_eq!(socket.next().await, Said::Closed(Some(4403)));
    }
    // The figure of the promise; the look that closes sockets is two seconds away at most.
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    persons.subscribe("t", "{ serverTime }", json!({})).await;
    persons.data("t").await;
    drop(others);

    // Once more changes nothing, and leaves no second entry.
    let again = owner
        .done("revokeApiKey", "apiKey { state }", json!({ "apiKeyId": id }))
        .await;
    assert_eq!(again["apiKey"]["state"], "REVOKED");
    let entries = audit_entry::Entity::find().filter(audit_entry::COLUMN.action.eq("api_key.revoke"));
    assert_eq!(entries.all(&app.services.db).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_expired_key_closes_its_socket() {
    let app = TestApp::start().await;
    let until = app.clock.now() + TimeDelta::minutes(5);
    let input = json!({ "name": "short", "permissions": [], "expiresAt": until });
    let payload = app.owner().done("createApiKey", FIELDS, input).await;
    let mut socket = Socket::signed_in(&app.url, payload["key"].as_str().unwrap()).await;
    app.clock.advance(TimeDelta::minutes(5));
    assert_eq!(socket.next().await, Said::Closed(Some(4403)));
}

#[tokio::test]
async fn what_a_program_did_is_told_of_its_key() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let (program, id) = made(&owner, &[Permission::ManageAgents, Permission::ReadAudit]).await;
    let agent = json!({ "externalId": "a1", "name": "Front desk", "endpoint": "wss://agents.example/1" });
    program.done("registerAgent", "agent { id }", agent).await;
    let document = r#"{ auditEntries(action: "agent.register") { nodes { actor role apiKey { id name } } } }"#;
    let uuid = api_key::Entity::find().one(&app.services.db).await.unwrap().unwrap().id;
    for (client, sees) in [(&owner, true), (&app.client(None, "support"), true), (&program, false)] {
        let data = client.ask(document, json!({})).await;
        let entry = &data["auditEntries"]["nodes"][0];
        assert_eq!(entry["actor"], json!(format!("api_key/{uuid}")));
        assert_eq!(entry["role"], "API_KEY");
        let key = if sees {
            json!({ "id": id, "name": "CRM export" })
        } else {
            Value::Null
        };
        assert_eq!(entry["apiKey"], key);
    }
    let data = owner
        .ask(
            &format!(r#"{{ auditEntries(actor: "api_key/{uuid}") {{ nodes {{ action }} }} }}"#),
            json!({}),
        )
        .await;
    assert_eq!(data["auditEntries"]["nodes"], json!([{ "action": "agent.register" }]));
}

#[tokio::test]
async fn that_a_key_was_used_is_written_once_a_minute() {
    let app = TestApp::start().await;
    let (program, _) = made(&app.owner(), &[]).await;
    let used_at = async || {
        let row = api_key::Entity::find().one(&app.services.db).await.unwrap();
        row.unwrap().last_used_at
    };
    assert_eq!(used_at().await, None);
    let begun = app.clock.now();
    for (seconds, since) in [(0, 0), (59, 0), (1, 60), (30, 60), (31, 121)] {
        app.clock.advance(TimeDelta::seconds(seconds));
        status(&program).await;
        assert_eq!(used_at().await, Some(begun + TimeDelta::seconds(since)), "{seconds}");
    }
}

#[tokio::test]
async fn a_text_that_is_no_key_is_refused_before_the_database_is_asked() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let (program, _) = made(&owner, &[]).await;
    let key = program.token().to_owned();
    let mut wrong = key.clone();
    wrong.replace_range(46..47, if key.ends_with('0') { "1" } else { "0" });
    // Without its table a key that is one cannot be looked for.
    app.services
        .db
        .execute_unprepared("ALTER TABLE api_key RENAME TO put_away")
        .await
        .unwrap();
    assert_eq!(status(&program).await.0, 500);
    for text in [
        wrong.as_str(),
        &key[..46],
        "callab_",
        &key.to_uppercase().replacen("CALLAB", "callab", 1),
    ] {
        let (code, message) = status(&owner.with_token(text)).await;
        assert_eq!(
            (code, message.as_str()),
            (401, Some("The API key is not valid here.")),
            "{text}"
        );
    }
}

#[tokio::test]
async fn keys_are_shown_newest_first_to_owners_and_staff() {
    let app = TestApp::start().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        app.clock.advance(TimeDelta::seconds(1));
        ids.push(made(&app.owner(), &[]).await.1);
    }
    ids.reverse();
    let page = "query($after: String) { apiKeys(first: 2, after: $after) { nodes { id createdBy } pageInfo { endCursor hasNextPage } } }";
    for (client, maker) in [(app.owner(), "owner@a"), (app.client(None, "support"), "own•••")] {
        let first = client.ask(page, json!({})).await;
        let after = &first["apiKeys"]["pageInfo"]["endCursor"];
        let second = client.ask(page, json!({ "after": after })).await;
        let nodes = [&first, &second]
            .map(|page| page["apiKeys"]["nodes"].as_array().unwrap().clone())
            .concat();
        let seen: Vec<&Value> = nodes.iter().map(|node| &node["id"]).collect();
        assert_eq!(json!(seen), json!(ids));
        assert!(nodes.iter().all(|node| node["createdBy"] == maker), "{nodes:?}");
    }
    let entries = audit_entry::Entity::find().order_by_asc(audit_entry::COLUMN.id);
    let entries = entries.all(&app.services.db).await.unwrap();
    assert!(
        entries
            .iter()
            .all(|entry| entry.action == "api_key.create" && entry.outcome == "OK")
    );
}
