//! Lists in pages, whole or not at all.

use callab_twilio::{AnswerFault, CallFilter, Twilio, TwilioError};
use serde_json::{Value, json};

use crate::server::{Reply, Server, call, number, who};

fn page(numbers: &[char], next: Option<&str>) -> Reply {
    let numbers: Vec<Value> = numbers.iter().map(|digit| number(*digit)).collect();
    Reply::json(
        200,
        &json!({ "incoming_phone_numbers": numbers, "next_page_uri": next }),
    )
}

async fn fault(script: Vec<Reply>) -> AnswerFault {
    let server = Server::start(script).await;
    match server.client().list_numbers(&who(), 2).await.unwrap_err() {
        TwilioError::Malformed { source, .. } => source,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn pages_are_followed_below_the_templates_prefix_until_the_last() {
    let server = Server::start([
        page(&['a', 'b'], Some("/2010-04-01/next.json?Page=1&PageToken=PA%2Bx")),
        page(&['b', 'c'], Some("")),
    ])
    .await;
    let numbers = server.client().list_numbers(&who(), 5000).await.unwrap();
    let digits: Vec<char> = numbers
        .iter()
        .filter_map(|number| number.sid.as_str().chars().last())
        .collect();
    assert_eq!(
        digits,
        ['a', 'b', 'c'],
        "b moved to the second page while we read, and is given once"
    );
    let sent = server.requests();
    assert_eq!(sent[0].raw_query, "PageSize=1000", "brought within what Twilio takes");
    assert_eq!(
        (sent[1].path.as_str(), sent[1].raw_query.as_str()),
        ("/api/2010-04-01/next.json", "Page=1&PageToken=PA%2Bx")
    );
}

#[tokio::test]
async fn an_empty_page_is_followed_a_few_times() {
    let server = Server::start([page(&[], Some("/1")), page(&['a'], None)]).await;
    assert_eq!(server.client().list_numbers(&who(), 50).await.unwrap().len(), 1);

    let endless = (0..9).map(|n| page(&[], Some(&format!("/{n}")))).collect();
    assert!(matches!(fault(endless).await, AnswerFault::EndlessPages { .. }));
}

#[tokio::test]
async fn a_page_that_repeats_is_no_whole_list() {
    let repeating = vec![
        page(&['a', 'b'], Some("/1")),
        page(&['a', 'b'], Some("/1")),
        page(&['c'], None),
    ];
    assert_eq!(fault(repeating).await, AnswerFault::PageRepeats);
}

#[tokio::test]
async fn pages_that_do_not_end_are_given_up() {
    let server = Server::start((0..600).map(|n| {
        let calls = [call(&format!("CA{n:032x}"))];
        Reply::json(200, &json!({ "calls": calls, "next_page_uri": "/next" }))
    }))
    .await;
    let filter = CallFilter {
        limit: usize::MAX,
        ..CallFilter::default()
    };
    let error = server.client().list_calls(&who(), &filter).await.unwrap_err();
    assert!(
        matches!(
            error,
            TwilioError::Malformed {
                source: AnswerFault::EndlessPages { .. },
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(server.requests().len(), 500);
}

#[tokio::test]
async fn a_next_page_elsewhere_is_never_asked() {
    let elsewhere = Server::start([page(&['b'], None)]).await;
    let next = format!("{}/2010-04-01/x.json", elsewhere.template().replace("{product}", "api"));
    assert_eq!(fault(vec![page(&['a'], Some(&next))]).await, AnswerFault::PageElsewhere);
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn a_page_without_its_list_is_not_an_empty_list() {
    let missing = vec![Reply::json(200, &json!({ "page": 0 }))];
    assert_eq!(
        fault(missing).await,
        AnswerFault::NoList {
            key: "incoming_phone_numbers"
        }
    );
}

#[tokio::test]
async fn reading_stops_at_the_limit() {
    let calls: Vec<Value> = (0..3).map(|n| call(&format!("CA{n:032x}"))).collect();
    let server = Server::start([Reply::json(200, &json!({ "calls": calls, "next_page_uri": "/next" }))]).await;
    let filter = CallFilter {
        limit: 2,
        ..CallFilter::default()
    };
    assert_eq!(server.client().list_calls(&who(), &filter).await.unwrap().len(), 2);
    assert_eq!(server.requests().len(), 1);
}
