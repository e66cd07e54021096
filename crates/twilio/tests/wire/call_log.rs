//! The call log, page by page.

use callab_twilio::{AnswerFault, CallLog, CallPage, Twilio, TwilioError};
use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::server::{ACCOUNT, Reply, Server, call, who};

fn page(calls: &[u32], next: Option<&str>) -> Reply {
    let calls: Vec<Value> = calls.iter().map(|n| call(&format!("CA{n:032x}"))).collect();
    Reply::json(200, &json!({ "calls": calls, "next_page_uri": next }))
}

/// Reads to the end.
async fn read_all(server: &Server) -> Result<Vec<CallPage>, TwilioError> {
    let twilio = server.client();
    let mut pages = vec![twilio.fetch_call_page(&who(), CallLog::default(), None).await?];
    while let Some(next) = pages.last().and_then(|page| page.next.clone()) {
        pages.push(twilio.fetch_call_page(&who(), CallLog::default(), Some(&next)).await?);
    }
    Ok(pages)
}

async fn fault(script: Vec<Reply>) -> AnswerFault {
    let server = Server::start(script).await;
    match read_all(&server).await.unwrap_err() {
        TwilioError::Malformed { source, .. } => source,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn days_are_asked_for_once_and_pages_as_twilio_names_them() {
    let server = Server::start([
        page(&[3, 2], Some("/2010-04-01/x.json?PageToken=PA%2B")),
        page(&[1], None),
    ])
    .await;
    let twilio = server.client();
    let log = CallLog {
        started_after: NaiveDate::from_ymd_opt(2026, 1, 30),
        started_before: NaiveDate::from_ymd_opt(2026, 2, 1),
    };
    let first = twilio.fetch_call_page(&who(), log, None).await.unwrap();
    assert_eq!(
        (first.calls.len(), server.requests().len()),
        (2, 1),
        "the reader may stop here"
    );
    let second = twilio.fetch_call_page(&who(), log, first.next.as_ref()).await.unwrap();
    assert_eq!((second.calls.len(), second.next), (1, None));
    let sent = server.requests();
    assert_eq!(sent[0].path, format!("/api/2010-04-01/Accounts/{ACCOUNT}/Calls.json"));
    assert_eq!(
        sent[0].raw_query,
        "PageSize=1000&StartTime%3E=2026-01-30&StartTime%3C=2026-02-01"
    );
    assert_eq!(
        (sent[1].path.as_str(), sent[1].raw_query.as_str()),
        ("/api/2010-04-01/x.json", "PageToken=PA%2B")
    );
}

#[tokio::test]
async fn an_empty_page_is_followed_a_few_times() {
    let server = Server::start([page(&[2], Some("/1")), page(&[], Some("/2")), page(&[1], None)]).await;
    assert_eq!(read_all(&server).await.unwrap().len(), 3);

    let endless = (0..9).map(|n| page(&[], Some(&format!("/{n}")))).collect();
    assert!(matches!(fault(endless).await, AnswerFault::EndlessPages { .. }));
}

#[tokio::test]
async fn a_page_that_repeats_ends_the_reading() {
    let repeating = vec![page(&[2, 1], Some("/1")), page(&[2, 1], Some("/1"))];
    assert_eq!(fault(repeating).await, AnswerFault::PageRepeats);
    let after_an_empty_one = vec![
        page(&[2, 1], Some("/1")),
        page(&[], Some("/2")),
        page(&[2, 1], Some("/1")),
    ];
    assert_eq!(fault(after_an_empty_one).await, AnswerFault::PageRepeats);
}

#[tokio::test]
async fn a_next_page_elsewhere_is_never_asked() {
    let elsewhere = Server::start([page(&[1], None)]).await;
    let next = format!("{}/2010-04-01/x.json", elsewhere.template().replace("{product}", "api"));
    assert_eq!(fault(vec![page(&[2], Some(&next))]).await, AnswerFault::PageElsewhere);
    assert!(elsewhere.requests().is_empty());
}
