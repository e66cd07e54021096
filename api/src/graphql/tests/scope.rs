//! Who sees what.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Role;
use serde_json::{Value, json};

use super::{ask, caller, refused, workspace};
use crate::graphql::id;
use crate::testing;

const LISTS: &str = "query($workspace: ID) {
    twilioAccounts(workspaceId: $workspace) { edges { node { id } } }
    phoneNumbers(workspaceId: $workspace) { edges { node { id } } }
    agents(workspaceId: $workspace) { edges { node { id } } } }";

fn sizes(answer: &Value) -> [usize; 3] {
    ["twilioAccounts", "phoneNumbers", "agents"].map(|list| answer[list]["edges"].as_array().unwrap().len())
}

#[tokio::test]
async fn another_workspaces_rows_are_as_if_they_were_not_there() {
    let (services, _directory) = testing::services().await;
    let mine = caller(&services, "mine", Role::Owner).await;
    let other = caller(&services, "other", Role::Owner).await;
    let account = testing::account(&services, workspace(&other).id, 1).await;
    let number = testing::number(&services, &account, 1).await;
    let agent = testing::assigned_agent(&services, &number).await;

    assert_eq!(sizes(&ask(&services, &mine, LISTS, json!({})).await), [0, 0, 0]);
    let named = json!({ "workspace": id::global(workspace(&other).id) });
    assert_eq!(sizes(&ask(&services, &mine, LISTS, named).await), [0, 0, 0]);
    assert_eq!(sizes(&ask(&services, &other, LISTS, json!({})).await), [1, 1, 1]);

    let document = "query($account: ID!, $number: ID!, $agent: ID!) {
        twilioAccount(id: $account) { id } phoneNumber(id: $number) { id } agent(id: $agent) { id }
        node(id: $number) { id } nodes(ids: [$account, $number, $agent]) { id }
        phoneNumbers(accountId: $account) { edges { node { id } } }
        routingPlan(phoneNumberId: $number, agentId: $agent) { plan { planId } userErrors { code field } } }";
    let ids = json!({
        "account": id::global(account.id), "number": id::global(number.id), "agent": id::global(agent.id)
    });
    let seen = ask(&services, &mine, document, ids.clone()).await;
    assert_eq!(
        seen,
        json!({
            "twilioAccount": null, "phoneNumber": null, "agent": null, "node": null, "nodes": [null, null, null],
            "phoneNumbers": { "edges": [] },
            "routingPlan": { "plan": null, "userErrors": [{ "code": "NOT_FOUND", "field": "phoneNumberId" }] },
        })
    );
    let own = ask(&services, &other, document, ids).await;
    assert_eq!(
        own["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|node| !node.is_null())
            .count(),
        3
    );

    // Nor does a cursor tell whether a row is there.
    let cursor = URL_SAFE_NO_PAD.encode(format!("numbers/{}", number.id));
    let document = format!("{{ phoneNumbers(after: \"{cursor}\") {{ edges {{ cursor }} }} }}");
    assert_eq!(refused(&services, &mine, &document).await, ["BAD_CURSOR"]);
}

#[tokio::test]
async fn staff_see_every_workspace_or_the_one_they_name() {
    let (services, _directory) = testing::services().await;
    let a = caller(&services, "a", Role::Owner).await;
    let b = caller(&services, "b", Role::Owner).await;
    for (n, owner) in [(1, &a), (2, &b)] {
        let account = testing::account(&services, workspace(owner).id, n).await;
        let number = testing::number(&services, &account, n).await;
        testing::assigned_agent(&services, &number).await;
    }
    for role in [Role::StaffViewer, Role::Support, Role::Lead] {
        let staff = caller(&services, "", role).await;
        assert_eq!(sizes(&ask(&services, &staff, LISTS, json!({})).await), [2, 2, 2]);
        let named = json!({ "workspace": id::global(workspace(&b).id) });
        assert_eq!(sizes(&ask(&services, &staff, LISTS, named).await), [1, 1, 1]);
        let nonsense = json!({ "workspace": "nonsense" });
        assert_eq!(sizes(&ask(&services, &staff, LISTS, nonsense).await), [0, 0, 0]);
    }
}

#[tokio::test]
async fn no_digit_of_a_number_that_staff_may_not_see_leaves_the_api() {
    let (services, _directory) = testing::services().await;
    let owner = caller(&services, "a", Role::Owner).await;
    let account = testing::account(&services, workspace(&owner).id, 1).await;
    testing::number(&services, &account, 1234).await;
    let document = "{ phoneNumbers { edges { cursor node { number nickname friendlyName } } pageInfo { endCursor } } }";
    for (role, number) in [
        (Role::StaffViewer, "+1 •••"),
        (Role::Support, "+1 415 ••• 34"),
        (Role::Lead, "+1 415 ••• 34"),
    ] {
        let staff = caller(&services, "", role).await;
        let answer = ask(&services, &staff, document, json!({})).await;
        let edge = &answer["phoneNumbers"]["edges"][0];
        assert_eq!(
            edge["node"],
            json!({ "number": number, "nickname": "Line ••••", "friendlyName": "(•••) •••-••••" })
        );
        let cursor = URL_SAFE_NO_PAD.decode(edge["cursor"].as_str().unwrap()).unwrap();
        assert!(!String::from_utf8(cursor).unwrap().contains("5551234"));
    }
}

#[tokio::test]
async fn staff_cannot_guess_a_number_digit_by_digit() {
    let (services, _directory) = testing::services().await;
    let owner = caller(&services, "a", Role::Owner).await;
    let account = testing::account(&services, workspace(&owner).id, 1).await;
    testing::number(&services, &account, 1234).await;
    let support = caller(&services, "", Role::Support).await;
    let document = "query($text: String) { phoneNumbers(search: $text) { edges { node { id } } } }";
    let found = async |who, text: &str| {
        let answer = ask(&services, who, document, json!({ "text": text })).await;
        answer["phoneNumbers"]["edges"].as_array().unwrap().len()
    };
    assert_eq!(found(&owner, "55512").await, 1);
    assert_eq!(found(&support, "+14155551234").await, 1);
    assert_eq!(found(&support, "+14155551235").await, 0);
    assert_eq!(found(&support, "line").await, 1);
    let part = "{ phoneNumbers(search: \"55512\") { edges { node { id } } } }";
    assert_eq!(refused(&services, &support, part).await, ["BAD_USER_INPUT"]);
    let of_account = "{ twilioAccounts { edges { node { phoneNumbers(search: \"Line 1\") { edges { cursor } } } } } }";
    assert_eq!(refused(&services, &support, of_account).await, ["BAD_USER_INPUT"]);
}

#[tokio::test]
async fn the_viewer_is_told_their_role_and_what_it_may_do() {
    let (services, _directory) = testing::services().await;
    let member = caller(&services, "a", Role::Member).await;
    let document = "{ viewer { subject role permissions workspace { externalId } } schemaVersion serverTime }";
    let answer = ask(&services, &member, document, json!({})).await;
    assert_eq!(answer["viewer"]["role"], "MEMBER");
    assert_eq!(answer["viewer"]["workspace"]["externalId"], "a");
    let permissions = json!([
        "VIEW",
        "CHECK_ACCOUNTS",
        "MANAGE_NUMBERS",
        "MANAGE_AGENTS",
        "TEST_CALLS",
        "MANAGE_JOBS",
        "MANAGE_BILLING",
        "ACKNOWLEDGE_BILLING",
        "PLACE_CALLS"
    ]);
    assert_eq!(answer["viewer"]["permissions"], permissions);
    let lead = caller(&services, "", Role::Lead).await;
    assert_eq!(
        ask(&services, &lead, document, json!({})).await["viewer"]["workspace"],
        Value::Null
    );
}
