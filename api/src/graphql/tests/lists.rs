//! Pages and cursors.

use domain::Role;
use serde_json::{Value, json};

use super::{ask, caller, refused, workspace};
use crate::testing;

const PAGE: &str = "query($first: Int, $after: String) {
    phoneNumbers(first: $first, after: $after) { edges { cursor node { number } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

#[tokio::test]
async fn a_list_is_read_page_by_page_to_its_end() {
    let (services, _directory) = testing::services().await;
    let owner = caller(&services, "a", Role::Owner).await;
    let account = testing::account(&services, workspace(&owner).id, 1).await;
    for n in [5, 3, 1, 4, 2] {
        testing::number(&services, &account, n).await;
    }
    let (mut seen, mut after, mut pages) = (Vec::new(), Value::Null, 0);
    loop {
        let answer = ask(&services, &owner, PAGE, json!({ "first": 2, "after": after })).await;
        let page = &answer["phoneNumbers"];
        assert_eq!(page["pageInfo"]["hasPreviousPage"], json!(pages > 0));
        pages += 1;
        for edge in page["edges"].as_array().unwrap() {
            seen.push(edge["node"]["number"].as_str().unwrap().to_owned());
        }
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == json!(false) {
            break;
        }
    }
    let in_order: Vec<String> = (1..=5).map(|n| format!("+1415555{n:04}")).collect();
    assert_eq!((seen, pages), (in_order, 3));
}

#[tokio::test]
async fn an_accounts_own_numbers_are_paged_like_the_whole_list() {
    let (services, _directory) = testing::services().await;
    let owner = caller(&services, "a", Role::Owner).await;
    for account in 1..=2 {
        let row = testing::account(&services, workspace(&owner).id, account).await;
        for n in 1..=3 {
            testing::number(&services, &row, 10 * account + n).await;
        }
    }
    let document = "query($after: String) { twilioAccounts { edges { node { phoneNumbers(first: 2, after: $after) {
        edges { cursor node { number } } pageInfo { hasNextPage } } } } } }";
    let numbers = |answer: &Value, account: usize| -> (Vec<String>, bool) {
        let page = &answer["twilioAccounts"]["edges"][account]["node"]["phoneNumbers"];
        let edges = page["edges"].as_array().unwrap().iter();
        let numbers = edges.map(|edge| edge["node"]["number"].as_str().unwrap()[8..].to_owned());
        (numbers.collect(), page["pageInfo"]["hasNextPage"].as_bool().unwrap())
    };
    let first = ask(&services, &owner, document, json!({})).await;
    assert_eq!(numbers(&first, 0), (vec!["0011".into(), "0012".into()], true));
    assert_eq!(numbers(&first, 1), (vec!["0021".into(), "0022".into()], true));
    let cursor = &first["twilioAccounts"]["edges"][0]["node"]["phoneNumbers"]["edges"][1]["cursor"];
    let second = ask(&services, &owner, document, json!({ "after": cursor })).await;
    assert_eq!(numbers(&second, 0), (vec!["0013".into()], false));
}

#[tokio::test]
async fn pages_out_of_bounds_and_cursors_of_other_lists_are_refused() {
    let (services, _directory) = testing::services().await;
    let owner = caller(&services, "a", Role::Owner).await;
    let account = testing::account(&services, workspace(&owner).id, 1).await;
    testing::number(&services, &account, 1).await;
    for list in ["phoneNumbers", "twilioAccounts", "agents", "calls"] {
        let too_many = if list == "twilioAccounts" { "1001" } else { "101" };
        for first in ["0", "-1", too_many] {
            let document = format!("{{ {list}(first: {first}) {{ pageInfo {{ hasNextPage }} }} }}");
            assert_eq!(
                refused(&services, &owner, &document).await,
                ["BAD_USER_INPUT"],
                "{document}"
            );
        }
    }
    let answer = ask(
        &services,
        &owner,
        "{ twilioAccounts { pageInfo { endCursor } } }",
        json!({}),
    )
    .await;
    let of_accounts = answer["twilioAccounts"]["pageInfo"]["endCursor"].as_str().unwrap();
    for list in ["phoneNumbers", "agents", "calls"] {
        let document = format!("{{ {list}(after: \"{of_accounts}\") {{ pageInfo {{ hasNextPage }} }} }}");
        assert_eq!(
            refused(&services, &owner, &document).await,
            ["BAD_CURSOR"],
            "{document}"
        );
    }
    let unknown = "{ phoneNumbers(after: \"nonsense\") { pageInfo { hasNextPage } } }";
    assert_eq!(refused(&services, &owner, unknown).await, ["BAD_CURSOR"]);
}

#[tokio::test]
async fn a_document_may_not_ask_for_too_much() {
    let (services, _directory) = testing::services().await;
    let owner = caller(&services, "a", Role::Owner).await;
    let wide = "{ twilioAccounts(first: 100) { edges { node { phoneNumbers(first: 100) { edges { node {
        id number state routing account { id } } } } } } } }";
    assert_eq!(refused(&services, &owner, wide).await, ["TOO_COMPLEX"]);
    let deep = format!(
        "{{ phoneNumbers {{ edges {{ node {{ {} id {} }} }} }} }}",
        "inboundAssignment { phoneNumber { ".repeat(7),
        "} } ".repeat(7)
    );
    assert_eq!(refused(&services, &owner, &deep).await, ["TOO_DEEP"]);
}
