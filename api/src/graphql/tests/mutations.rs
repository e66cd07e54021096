//! Payloads, refusals and repeats.

use domain::Role;
use serde_json::{Value, json};

use super::{ask, caller, refused, respond, workspace};
use crate::graphql::id;
use crate::testing;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

const REGISTER: &str = "mutation($input: RegisterAgentInput!) {
    registerAgent(input: $input) { agent { id name } userErrors { code field } } }";

fn agent(name: &str, key: Option<&str>) -> Value {
    json!({ "input": { "externalId": "agent-1", "name": name, "endpoint": "wss://a.example/1", "idempotencyKey": key } })
}

#[tokio::test]
async fn a_repeat_with_the_same_key_is_done_once() {
    let (services, _directory) = testing::services().await;
    let owner = caller(&services, "a", Role::Owner).await;
    let first = ask(&services, &owner, REGISTER, agent("Front desk", Some("key-1"))).await;
    assert_eq!(first["registerAgent"]["agent"]["name"], "Front desk");
    ask(&services, &owner, REGISTER, agent("Night desk", None)).await;
    // The repeat changes nothing, and shows the agent as it is now.
    let repeat = ask(&services, &owner, REGISTER, agent("Front desk", Some("key-1"))).await;
    assert_eq!(repeat["registerAgent"]["agent"]["name"], "Night desk");
    assert_eq!(
        repeat["registerAgent"]["agent"]["id"],
        first["registerAgent"]["agent"]["id"]
    );
    assert_eq!(repeat["registerAgent"]["userErrors"], json!([]));

    let other_input = ask(&services, &owner, REGISTER, agent("Another", Some("key-1"))).await;
    let errors = json!([{ "code": "IDEMPOTENCY_KEY_REUSED", "field": "idempotencyKey" }]);
    assert_eq!(
        other_input["registerAgent"],
        json!({ "agent": null, "userErrors": errors })
    );
    let no_key = ask(&services, &owner, REGISTER, agent("Another", Some("two words"))).await;
    assert_eq!(no_key["registerAgent"]["userErrors"][0]["field"], "idempotencyKey");
}

#[tokio::test]
async fn every_wrong_field_is_a_refusal_that_names_it() {
    let (services, _directory) = testing::services().await;
    let owner = caller(&services, "a", Role::Owner).await;
    let document = "mutation($input: ConnectTwilioAccountInput!) {
        connectTwilioAccount(input: $input) { account { id } userErrors { code field message twilioCode helpUrl } } }";
    let input = json!({ "accountSid": format!("SK{TOKEN}"), "authToken": "two words", "region": "mars1", "label": "" });
    let answer = ask(&services, &owner, document, json!({ "input": input })).await;
    let payload = &answer["connectTwilioAccount"];
    assert_eq!(payload["account"], Value::Null);
    let told: Vec<_> = payload["userErrors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (&e["code"], &e["field"]))
        .collect();
    assert_eq!(
        told,
        [
            (&json!("ACCOUNT_SID_IS_API_KEY"), &json!("accountSid")),
            (&json!("AUTH_TOKEN_MALFORMED"), &json!("authToken")),
            (&json!("WRONG_REGION"), &json!("region")),
            (&json!("EMPTY"), &json!("label")),
        ]
    );
    assert!(!answer.to_string().contains("two words"));
}

#[tokio::test]
async fn an_id_of_nothing_is_a_refusal_on_its_field() {
    let (services, _directory) = testing::services().await;
    let owner = caller(&services, "a", Role::Owner).await;
    let nothing = json!(id::global(entity::NumberId(services.ids.new_id())));
    for bad in ["nonsense", nothing.as_str().unwrap()] {
        for (mutation, field) in [
            (
                format!("verifyTwilioAccount(input: {{ accountId: \"{bad}\" }})"),
                "accountId",
            ),
            (format!("syncNumbers(input: {{ accountId: \"{bad}\" }})"), "accountId"),
            (
                format!("updateTwilioAccount(input: {{ accountId: \"{bad}\", label: \"x\" }})"),
                "accountId",
            ),
            (
                format!("disconnectTwilioAccount(input: {{ accountId: \"{bad}\" }})"),
                "accountId",
            ),
            (
                format!("addPhoneNumber(input: {{ phoneNumberId: \"{bad}\" }})"),
                "phoneNumberId",
            ),
            (
                format!("updatePhoneNumber(input: {{ phoneNumberId: \"{bad}\" }})"),
                "phoneNumberId",
            ),
            (
                format!("removePhoneNumber(input: {{ phoneNumberId: \"{bad}\" }})"),
                "phoneNumberId",
            ),
            (format!("updateAgent(input: {{ agentId: \"{bad}\" }})"), "agentId"),
            (format!("removeAgent(input: {{ agentId: \"{bad}\" }})"), "agentId"),
            (
                format!("unassignAgent(input: {{ phoneNumberId: \"{bad}\", direction: INBOUND }})"),
                "phoneNumberId",
            ),
            (
                format!("assignAgent(input: {{ phoneNumberId: \"{bad}\", agentId: \"x\", direction: INBOUND }})"),
                "phoneNumberId",
            ),
            (
                format!("startTestCall(input: {{ phoneNumberId: \"{bad}\", kind: AWAIT_INBOUND }})"),
                "phoneNumberId",
            ),
            (
                format!("cancelTestCall(input: {{ testCallId: \"{bad}\" }})"),
                "testCallId",
            ),
        ] {
            let document = format!("mutation {{ it: {mutation} {{ userErrors {{ code field }} }} }}");
            let answer = ask(&services, &owner, &document, json!({})).await;
            let field = if mutation.starts_with("assignAgent") && bad != "nonsense" {
                "agentId"
            } else {
                field
            };
            assert_eq!(
                answer["it"]["userErrors"],
                json!([{ "code": "NOT_FOUND", "field": field }]),
                "{mutation}"
            );
        }
    }
}

#[tokio::test]
async fn a_role_that_may_not_is_told_so_and_changes_nothing() {
    let (services, _directory) = testing::services().await;
    let owner = caller(&services, "a", Role::Owner).await;
    let account = testing::account(&services, workspace(&owner).id, 1).await;
    let account = id::global(account.id).0;
    let rename = format!(
        "mutation {{ updateTwilioAccount(input: {{ accountId: \"{account}\", label: \"x\" }}) {{ account {{ id }} }} }}"
    );
    for role in [Role::Member, Role::Viewer, Role::StaffViewer, Role::Support, Role::Lead] {
        let who = caller(&services, "a", role).await;
        assert_eq!(refused(&services, &who, &rename).await, ["FORBIDDEN"], "{role:?}");
    }
    let answer = ask(
        &services,
        &owner,
        "{ twilioAccounts { edges { node { label } } } }",
        json!({}),
    )
    .await;
    assert_eq!(answer["twilioAccounts"]["edges"][0]["node"]["label"], "Account 1");
}

/// A secret in the document itself, and in a place where it does not belong.
#[tokio::test]
async fn a_secret_is_never_quoted() {
    let (services, _directory) = testing::services().await;
    let owner = caller(&services, "a", Role::Owner).await;
    for document in [
        format!(
            "mutation {{ connectTwilioAccount(input: {{ accountSid: \"x\", authToken: \"{TOKEN}\", label: 7 }}) {{ userErrors {{ code }} }} }}"
        ),
        format!(
            "mutation {{ connectTwilioAccount(input: {{ accountSid: \"x\", authToken: {TOKEN}, label: \"x\" }}) {{ userErrors {{ code }} }} }}"
        ),
        format!(
            "mutation {{ connectTwilioAccount(input: {{ accountSid: \"x\", authToken: [\"{TOKEN}\"], label: \"x\" }}) {{ userErrors {{ code }} }} }}"
        ),
        format!(
            "mutation {{ unassignAgent(input: {{ phoneNumberId: \"x\", direction: \"{TOKEN}\" }}) {{ userErrors {{ code }} }} }}"
        ),
        format!("mutation {{ connectTwilioAccount(input: {{ authToken: \"{TOKEN}\""),
        format!("{{ phoneNumbers(first: \"{TOKEN}\") {{ edges {{ cursor }} }} }}"),
        format!("{{ a{TOKEN} }}"),
        format!("query($token: a{TOKEN}) {{ viewer {{ role }} }}"),
    ] {
        let response = respond(&services, &owner, &document, json!({})).await;
        let told = serde_json::to_string(&response).unwrap();
        assert!(!response.errors.is_empty(), "{document}");
        assert!(!told.contains(TOKEN), "{told}");
    }
}

#[tokio::test]
async fn a_silent_twilio_is_a_refusal_and_no_fault() {
    let (services, _directory) = testing::services().await;
    let owner = caller(&services, "a", Role::Owner).await;
    let document = "mutation($token: Secret!) { connectTwilioAccount(input: { accountSid: \"ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", \
                    authToken: $token, label: \"Main\" }) { account { id } userErrors { code } } }";
    let answer = ask(&services, &owner, document, json!({ "token": TOKEN })).await;
    let errors = json!([{ "code": "TWILIO_UNREACHABLE" }]);
    assert_eq!(
        answer["connectTwilioAccount"],
        json!({ "account": null, "userErrors": errors })
    );
}
