//! Paging and filters.

use callab_twilio_sim::{AccountSpec, NumberSpec, Phone};
use serde_json::Value;

use super::server::{Server, assert_refused};

fn sids(page: &Value, key: &str) -> Vec<String> {
    page[key]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["sid"].as_str().unwrap().to_owned())
        .collect()
}

/// Follows `next_page_uri` from the first page to the last.
async fn all_pages(server: &Server, account: &callab_twilio_sim::SimAccount, first: &str) -> Vec<Value> {
    let prefix = format!("/2010-04-01/Accounts/{}", account.sid);
    let mut pages = vec![server.get(account, first).await.1];
    while let Some(next) = pages.last().unwrap()["next_page_uri"].as_str() {
        let path = next.strip_prefix(&prefix).unwrap().to_owned();
        pages.push(server.get(account, &path).await.1);
    }
    pages
}

#[tokio::test]
async fn pages_follow_each_other_until_the_last() {
    let server = Server::start().await;
    let account = server.sim.add_account(AccountSpec::default());
    let all = server
        .sim
        .add_numbers(&account.sid, "+14155560000", 120, &NumberSpec::default());
    let pages = all_pages(&server, &account, "/IncomingPhoneNumbers.json").await;
    let seen: Vec<String> = pages
        .iter()
        .flat_map(|page| sids(page, "incoming_phone_numbers"))
        .collect();
    assert_eq!(seen, all);
    let figures = |page: &Value| ["page", "page_size", "start", "end"].map(|name| page[name].as_u64().unwrap());
    assert_eq!(
        pages.iter().map(figures).collect::<Vec<_>>(),
        [[0, 50, 0, 49], [1, 50, 50, 99], [2, 50, 100, 119]]
    );
    assert!(pages[0]["previous_page_uri"].is_null() && pages[2]["previous_page_uri"].is_string());
}

#[tokio::test]
async fn a_number_released_between_two_pages_hides_no_other() {
    let server = Server::start().await;
    let account = server.sim.add_account(AccountSpec::default());
    let all = server
        .sim
        .add_numbers(&account.sid, "+14155560000", 4, &NumberSpec::default());
    let (_, first) = server.get(&account, "/IncomingPhoneNumbers.json?PageSize=2").await;
    server.sim.release_number(&all[0]);
    let next = first["next_page_uri"]
        .as_str()
        .unwrap()
        .split(account.sid.as_str())
        .nth(1)
        .unwrap()
        .to_owned();
    assert_eq!(
        sids(&server.get(&account, &next).await.1, "incoming_phone_numbers"),
        all[2..]
    );
}

#[tokio::test]
async fn a_page_may_hold_a_thousand_and_no_more() {
    let server = Server::start().await;
    let account = server.sim.add_account(AccountSpec::default());
    server
        .sim
        .add_numbers(&account.sid, "+14155560000", 1001, &NumberSpec::default());
    let (_, page) = server.get(&account, "/IncomingPhoneNumbers.json?PageSize=1000").await;
    assert_eq!(sids(&page, "incoming_phone_numbers").len(), 1000);
    assert_refused(
        &server.get(&account, "/IncomingPhoneNumbers.json?PageSize=1001").await,
        400,
        20007,
    );
    assert_refused(
        &server.get(&account, "/IncomingPhoneNumbers.json?Page=x").await,
        400,
        20422,
    );
}

#[tokio::test]
async fn numbers_are_filtered_by_part_name_and_type_and_pages_keep_the_filter() {
    let server = Server::start().await;
    let account = server.sim.add_account(AccountSpec::default());
    server
        .sim
        .add_numbers(&account.sid, "+14155550100", 3, &NumberSpec::default());
    let mobile = NumberSpec {
        number_type: "mobile".to_owned(),
        friendly_name: "Van".to_owned(),
        ..NumberSpec::default()
    };
    let van = server.sim.add_numbers(&account.sid, "+447700900123", 1, &mobile);
    let list = async |path: &str| {
        let pages = all_pages(&server, &account, path).await;
        pages
            .iter()
            .flat_map(|page| sids(page, "incoming_phone_numbers"))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        list("/IncomingPhoneNumbers.json?PhoneNumber=5550&PageSize=2")
            .await
            .len(),
        3
    );
    assert_eq!(list("/IncomingPhoneNumbers.json?PhoneNumber=%2B4477009*01").await, van);
    assert_eq!(list("/IncomingPhoneNumbers.json?FriendlyName=Van").await, van);
    assert_eq!(list("/IncomingPhoneNumbers/Mobile.json").await, van);
    assert_eq!(list("/IncomingPhoneNumbers/Local.json").await.len(), 3);
    assert_eq!(list("/IncomingPhoneNumbers/TollFree.json").await.len(), 0);
}

#[tokio::test]
async fn calls_are_listed_newest_first_and_filtered() {
    let server = Server::start().await;
    let (account, _) = server.account();
    server.sim.phone("+14155550198", Phone::Busy);
    let place = async |to: &str| {
        let form = [("To", to), ("From", "+14155550100"), ("Twiml", "<Response/>")];
        server.post(&account, "/Calls.json", &form).await.1["sid"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let first = place("+14155550199").await;
    server.sim.call_finished(&first).await;
    server.advance_seconds(24 * 3600);
    let second = place("+14155550198").await;
    server.sim.call_finished(&second).await;
    server.sim.hold_calls(&account.sid);
    let queued = place("+14155550199").await;

    let list = async |query: &str| sids(&server.get(&account, &format!("/Calls.json?{query}")).await.1, "calls");
    assert_eq!(list("").await, [queued.clone(), second.clone(), first.clone()]);
    assert_eq!(list("To=%2B14155550199").await, [queued.clone(), first.clone()]);
    assert_eq!(list("From=%2B14155550100&Status=busy").await, [second.as_str()]);
    assert_eq!(list("StartTime=2026-03-01").await, [first.as_str()]);
    assert_eq!(list("StartTime%3E=2026-03-02").await, [second.as_str()]);
    assert_eq!(
        list("StartTime>=2026-03-01T23:00:00Z").await,
        [second.clone(), first.clone()]
    );
    assert_eq!(list("StartTime%3C=2026-03-01").await, [first.as_str()]);
    assert_refused(
        &server.get(&account, "/Calls.json?StartTime=yesterday").await,
        400,
        20422,
    );

    server.sim.release_calls(&account.sid);
    assert!(server.sim.call_finished(&queued).await.started_at.is_some());
}
