//! What is asked of the API: wrongly, with tokens where none belongs, and everything that can be asked.

use callab_tests::questions::question;
use callab_tests::schema::root_fields;
use callab_tests::{Client, Said, Socket};
use serde_json::json;

use super::WRITTEN_TOKEN;
use crate::customer::Customer;

/// Documents with a token in them, and tokens where none belongs.
pub async fn ask_wrongly(owner: &Client, api_url: &str) {
    let connect = |token: &str| {
        format!(
            "mutation {{ connectTwilioAccount(input: {{ accountSid: \"ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", authToken: {token}, \
             label: \"L\" }}) {{ account {{ id }} userErrors {{ code message }} }} }}"
        )
    };
    let written = format!("\"{WRITTEN_TOKEN}\"");
    let good = connect(&written);
    let documents = [
        good.clone(),
        format!("{good} }}}}"),
        good.replace("userErrors", "noSuchField"),
        good.replace("account { id }", &format!("account(id: {written}) {{ id }}")),
        connect(&format!("[{written}]")),
        connect(WRITTEN_TOKEN),
        connect(&format!("t{WRITTEN_TOKEN}")),
        format!("# {WRITTEN_TOKEN}\n{{ viewer {{ role }} }}"),
        format!("{{ t{WRITTEN_TOKEN} }}"),
        format!("{{ node(id: {written}) {{ id }} }}"),
        format!("{{ phoneNumbers(first: {written}) {{ nodes {{ id }} }} }}"),
        format!("query t{WRITTEN_TOKEN} {{ ...t{WRITTEN_TOKEN} }}"),
    ];
    for document in &documents {
        owner.post(document, json!({})).await;
        // Of another type, under another name, and where it does not belong.
        owner
            .post(
                document,
                json!({ "input": WRITTEN_TOKEN, WRITTEN_TOKEN: [WRITTEN_TOKEN] }),
            )
            .await;
    }
    let variables = "mutation($input: ConnectTwilioAccountInput!) { connectTwilioAccount(input: $input) { userErrors { code message } } }";
    for input in [
        json!({ "accountSid": WRITTEN_TOKEN, "authToken": WRITTEN_TOKEN, "label": "L" }),
        json!({ "accountSid": "x", "authToken": [WRITTEN_TOKEN], "label": WRITTEN_TOKEN, WRITTEN_TOKEN: 1 }),
        json!(WRITTEN_TOKEN),
    ] {
        owner.post(variables, json!({ "input": input })).await;
    }
    // A document that is kept for its hash, asked for in two ways, and a hash that is none.
    let http = reqwest::Client::builder()
        .no_proxy()
        .no_gzip()
        .build()
        .expect("an HTTP client");
    for (query, hash) in [(good.as_str(), WRITTEN_TOKEN.repeat(2)), ("", WRITTEN_TOKEN.to_owned())] {
        let body = json!({ "query": query, "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash } } });
        let sent = http
            .post(format!("{api_url}/graphql"))
            .bearer_auth(owner.token())
            .json(&body)
            .send();
        sent.await.expect("an answer");
    }
    for session in [WRITTEN_TOKEN, "Bearer", &format!("{}x", owner.token())] {
        let sent = http
            .post(format!("{api_url}/graphql"))
            .bearer_auth(session)
            .json(&json!({ "query": "{ viewer { role } }" }));
        assert_ne!(sent.send().await.expect("an answer").status(), 200);
    }
    let sent = http
        .get(format!(
            "{api_url}/graphql?query={{viewer{{role}}}}&access_token={WRITTEN_TOKEN}"
        ))
        .send();
    sent.await.expect("an answer");
}

/// Every query of the API's, as a customer and as staff.
pub async fn ask_everything(owner: &Client, support: &Client, customer: &Customer) {
    for field in root_fields(owner, "Query").await {
        let ids: Vec<&str> = field.ids().collect();
        let mut asked = vec![question(&field.name, &[])];
        for id in [&customer.account, &customer.number] {
            asked.extend(
                ids.iter()
                    .map(|argument| question(&field.name, &[(argument, json!(id))])),
            );
        }
        for document in asked {
            owner.post(&document, json!({})).await;
            support.post(&document, json!({})).await;
        }
    }
}

/// A live view, signed in over the socket, and one that nobody may have.
pub async fn listen_in(url: &str, owner: &Client) {
    let mut socket = Socket::signed_in(url, owner.token()).await;
    socket
        .subscribe("1", "subscription { jobs { id kind lastError } }", json!({}))
        .await;
    assert!(matches!(socket.next().await, Said::Message(_)));
    socket
        .subscribe("2", &format!("subscription {{ t{WRITTEN_TOKEN} }}"), json!({}))
        .await;
    socket.next().await;
    let mut refused = Socket::open(url, json!({ "Authorization": format!("Bearer {WRITTEN_TOKEN}") })).await;
    assert!(matches!(refused.next().await, Said::Closed(_)));
}
