//! Who may do what: every role with every mutation and query, and nobody without a good token.

use api::auth::{Claims, Hs256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callab_tests::client::mutation_document;
use callab_tests::dump::{difference, dump};
use callab_tests::questions::question;
use callab_tests::schema::{RootField, root_fields};
use callab_tests::story::{Ids, MUTATIONS};
use callab_tests::{Client, Said, Socket, Story, TestApp};
use chrono::TimeDelta;
use domain::{Clock as _, Permission, Role};
use entity::api_key::{self, PermissionNames};
use sea_orm::EntityTrait as _;
use sea_orm::sea_query::Expr;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

/// The permission that a mutation needs.
pub(crate) fn permission(mutation: &str) -> Permission {
    match mutation {
        "connectTwilioAccount"
        | "updateTwilioAccount"
        | "disconnectTwilioAccount"
        | "rotateAuthToken"
        | "setRotationPolicy" => Permission::ManageAccounts,
        "pauseTwilioAccount" | "resumeTwilioAccount" => Permission::PauseAccounts,
        "verifyTwilioAccount" | "syncNumbers" | "checkBilling" | "startDiagnosis" => Permission::CheckAccounts,
        "addPhoneNumber" | "updatePhoneNumber" | "removePhoneNumber" | "acceptRouting" => Permission::ManageNumbers,
        "registerAgent" | "updateAgent" | "removeAgent" | "assignAgent" | "unassignAgent" | "repairRouting" => {
            Permission::ManageAgents
        }
        "startTestCall" | "cancelTestCall" => Permission::TestCalls,
        "cancelJob" | "retryJob" => Permission::ManageJobs,
        "createBillingAlert" | "updateBillingAlert" | "deleteBillingAlert" => Permission::ManageBilling,
        "acknowledgeBillingEpisode" => Permission::AcknowledgeBilling,
        "createNotificationEndpoint"
        | "updateNotificationEndpoint"
        | "deleteNotificationEndpoint"
        | "rotateNotificationSecret"
        | "sendTestNotification"
        | "resendNotification" => Permission::ManageNotifications,
        "placeCall" => Permission::PlaceCalls,
        "revealNumber" => Permission::RevealNumbers,
        "createApiKey" => Permission::ManageApiKeys,
        "revokeApiKey" => Permission::RevokeApiKeys,
        new => panic!("which permission does {new} need?"),
    }
}

/// The permission that a query needs.
fn query_permission(query: &str) -> Permission {
    match query {
        "auditEntries" => Permission::ReadAudit,
        "apiKeys" => Permission::RevokeApiKeys,
        _ => Permission::View,
    }
}

/// Somebody in each role; of the API keys one that may do all that a key may.
pub(crate) async fn everybody(app: &TestApp) -> Vec<(Role, Client)> {
    let mut everybody = Vec::new();
    for role in Role::ALL {
        let client = match role {
            Role::ApiKey => {
                let may = Permission::ALL.into_iter().filter(|one| one.roles().contains(&role));
                let may: Vec<&str> = may.map(Permission::as_str).collect();
                let input = json!({ "name": "all", "permissions": may });
                let made = app.owner().done("createApiKey", "key", input).await;
                app.owner().with_token(made["key"].as_str().unwrap())
            }
            person => app.client((!person.is_staff()).then_some("a"), person.as_str()),
        };
        client.ask("{ serverTime }", json!({})).await; // That a key is used is noted now.
        everybody.push((role, client));
    }
    everybody
}

pub(crate) fn code(answer: &Value) -> Option<&str> {
    answer["errors"][0]["extensions"]["code"].as_str()
}

/// How many entries of the audit log tell of numbers that a role may not have shown, and what else changed.
pub(crate) fn without_refused_reveals(changes: Vec<String>) -> (usize, Vec<String>) {
    let (told, others): (Vec<String>, Vec<String>) = changes.into_iter().partition(|change| {
        change.starts_with("+ audit_entry:") && change.contains("phone_number.reveal") && change.contains("FORBIDDEN")
    });
    (told.len(), others)
}

#[tokio::test]
async fn each_mutation_is_forbidden_exactly_where_the_table_says() {
    let app = TestApp::start().await;
    let mut story = Story::settled(&app, app.owner()).await;
    let fields = root_fields(&story.client, "Mutation").await;
    assert_eq!(fields.len(), MUTATIONS.len());
    let everybody = everybody(&app).await;
    let before = dump(&app.services.db).await.unwrap();
    let cells = || {
        let cells = everybody.iter();
        cells.flat_map(|(role, client)| fields.iter().map(move |field| (*role, client, field.name.as_str())))
    };
    for (role, client, mutation) in cells().filter(|(role, _, mutation)| !permission(mutation).roles().contains(role)) {
        let document = mutation_document(mutation, Story::fields(mutation));
        let told = client
            .send(&document, json!({ "input": story.input(mutation) }))
            .await
            .0;
        assert_eq!(code(&told), Some("FORBIDDEN"), "{role:?} {mutation}: {told}");
        assert!(told["data"].is_null(), "{role:?} {mutation}: {told}");
    }
    let may_not = Role::ALL.len() - Permission::RevealNumbers.roles().len();
    let (told, effects) = without_refused_reveals(difference(&before, &dump(&app.services.db).await.unwrap()));
    assert_eq!(told, may_not, "who asked for a number is told");
    assert_eq!(effects, [""; 0], "what is forbidden has no effect");

    // Where it is allowed, what is missing is missed: the role was no obstacle.
    story.ids = Ids::that_never_existed();
    "00000000000000000000000000000000".clone_into(&mut story.twilio.auth_token);
    for (role, client, mutation) in cells().filter(|(role, _, mutation)| permission(mutation).roles().contains(role)) {
        let document = mutation_document(mutation, Story::fields(mutation));
        let told = client
            .send(&document, json!({ "input": story.input(mutation) }))
            .await
            .0;
        assert_eq!(code(&told), None, "{role:?} {mutation}: {told}");
    }
}

#[tokio::test]
async fn each_role_may_ask_what_the_table_says() {
    let app = TestApp::start().await;
    let story = Story::settled(&app, app.owner()).await;
    for (role, client) in everybody(&app).await {
        assert!(Permission::View.roles().contains(&role));
        for field in root_fields(&story.client, "Query").await {
            let name = field.name.as_str();
            let told = client.send(&asked(&story, &field), json!({})).await.0;
            if !query_permission(name).roles().contains(&role) {
                assert_eq!(code(&told), Some("FORBIDDEN"), "{role:?} {name}: {told}");
                continue;
            }
            assert_eq!(code(&told), None, "{role:?} {name}: {told}");
            assert!(!told["data"][name].is_null(), "{role:?} {name}: {told}");
        }
    }
}

/// What everybody is told who is signed in: who they are, and what is nobody's.
const OF_NOBODY: [&str; 3] = ["viewer", "serverTime", "schemaVersion"];

/// No role lacks `VIEW`, so that a key is made which does: it sees that each field asks for it, and for nothing less.
#[tokio::test]
async fn who_may_not_even_look_is_told_nothing() {
    let app = TestApp::start().await;
    let story = Story::settled(&app, app.owner()).await;
    let made = story
        .client
        .done("createApiKey", "key", json!({ "name": "blind", "permissions": [] }))
        .await;
    let blind = story.client.with_token(made["key"].as_str().unwrap());
    api_key::Entity::update_many()
        .col_expr(api_key::Column::Permissions, Expr::value(PermissionNames::default()))
        .exec(&app.services.db)
        .await
        .unwrap();
    for field in root_fields(&story.client, "Query").await {
        let name = field.name.as_str();
        let told = blind.send(&asked(&story, &field), json!({})).await.0;
        let expected = (!OF_NOBODY.contains(&name)).then_some("FORBIDDEN");
        assert_eq!(code(&told), expected, "{name}: {told}");
    }
    for field in root_fields(&story.client, "Subscription").await {
        let mut socket = Socket::signed_in(&app.url, blind.token()).await;
        let given = given(&story, &field)
            .into_iter()
            .map(|(argument, id)| format!("{argument}: {id}"));
        let given: Vec<String> = given.collect();
        let given = if given.is_empty() {
            String::new()
        } else {
            format!("({})", given.join(", "))
        };
        let document = format!("subscription {{ {}{given} {{ __typename }} }}", field.name);
        socket.subscribe("1", &document, json!({})).await;
        let Said::Message(said) = socket.next().await else {
            panic!("{} closed the socket", field.name)
        };
        assert!(said.to_string().contains("FORBIDDEN"), "{}: {said}", field.name);
    }
}

/// A root query asked with the story's own ids.
fn asked(story: &Story, field: &RootField) -> String {
    question(&field.name, &given(story, field))
}

/// The story's own ids for a root field.
fn given<'f>(story: &Story, field: &'f RootField) -> Vec<(&'f str, Value)> {
    let name = field.name.as_str();
    match name {
        "node" => vec![("id", json!(story.ids.call))],
        "nodes" => vec![("ids", json!([story.ids.call]))],
        _ => field
            .ids()
            .take(if field.takes_one_id() { 1 } else { usize::MAX })
            .map(|argument| (argument, json!(story.ids.of(argument, name))))
            .collect(),
    }
}

/// What a viewer is told of their permissions is the table.
#[tokio::test]
async fn the_viewer_is_told_the_same_table() {
    let app = TestApp::start().await;
    for (role, client) in everybody(&app).await {
        let data = client.ask("{ viewer { permissions } }", json!({})).await;
        let may = Permission::ALL
            .into_iter()
            .filter(|permission| permission.roles().contains(&role));
        let may: Vec<&str> = may.map(Permission::as_str).collect();
        assert_eq!(data["viewer"]["permissions"], json!(may), "{role:?}");
    }
}

#[tokio::test]
async fn nobody_gets_in_without_a_good_token() {
    let app = TestApp::start().await;
    let good = app.owner();
    let (body, signature) = good.token().rsplit_once('.').unwrap();
    let (_, claims) = body.split_once('.').unwrap();
    let mut flipped = signature.to_owned();
    flipped.replace_range(0..1, if signature.starts_with('A') { "B" } else { "A" });
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
    let other = Hs256 {
        secret: SecretString::from("another secret of nobody"),
        audience: None,
        issuer: None,
    };
    let forged = Claims {
        sub: "owner@a".into(),
        role: "owner".into(),
        workspace: Some("a".into()),
        workspace_name: None,
        nbf: None,
        exp: (app.clock.now() + TimeDelta::days(1)).timestamp(),
    };
    let mut bad = vec![
        String::new(),
        "not-a-token".to_owned(),
        format!("{body}.{flipped}"),
        format!("{body}."),
        format!("{none}.{claims}."),
        format!("{none}.{claims}.{signature}"),
        other.sign(&forged).unwrap().expose_secret().to_owned(),
        app.client(Some("a"), "support").token().to_owned(),
        app.client(None, "owner").token().to_owned(),
        app.client(Some("a"), "admin").token().to_owned(),
        app.client(Some("a"), "api_key").token().to_owned(),
    ];
    assert_eq!(good.post("{ serverTime }", json!({})).await.0, 200);
    let before = dump(&app.services.db).await.unwrap();
    assert_refused(&good, &bad).await;
    app.clock.advance(TimeDelta::days(31));
    bad.clear();
    bad.push(good.token().to_owned());
    assert_refused(&good, &bad).await;
    assert_eq!(
        difference(&before, &dump(&app.services.db).await.unwrap()),
        [""; 0],
        "no workspace is made for them"
    );
}

async fn assert_refused(client: &Client, tokens: &[String]) {
    for token in tokens {
        for document in [
            "{ serverTime }",
            "{ __schema { types { name } } }",
            "not GraphQL at all",
        ] {
            let (status, id, body) = client.with_token(token).post(document, json!({})).await;
            assert_eq!(status, 401, "{token}: {body}");
            let told: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(code(&told), Some("UNAUTHENTICATED"), "{token}: {body}");
            assert_eq!(told["errors"][0]["extensions"]["traceId"], json!(id));
            assert!(told["data"].is_null() && (token.is_empty() || !body.contains(token.as_str())));
        }
    }
}

/// Who builds on the API reads who may do what: the same table, cell by cell.
#[test]
fn the_documented_table_is_this_one() {
    let documentation = include_str!("../../docs/using-the-api.md");
    let rows = documentation
        .lines()
        .map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    let rows: Vec<Vec<&str>> = rows.filter(|cells| cells.len() == 4 + Role::ALL.len()).collect();
    let head: Vec<&str> = Role::ALL.into_iter().map(Role::as_str).collect();
    assert_eq!(rows[0][3..10], head);
    for permission in Permission::ALL {
        let name = format!("`{}`", permission.as_str());
        let row = rows.iter().find(|cells| cells[2] == name);
        let row = row.unwrap_or_else(|| panic!("{name} is not told of"));
        let told = Role::ALL.map(|role| if permission.roles().contains(&role) { "yes" } else { "" });
        assert_eq!(row[3..10], told, "{name}");
    }
}
