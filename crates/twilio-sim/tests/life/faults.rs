//! What goes wrong on demand.

use std::time::{Duration, Instant};

use callab_twilio_sim::{Fault, FaultKind, Match, SuspendedForm};
use reqwest::Method;

use super::server::{Server, assert_refused};

fn once(kind: FaultKind) -> Fault {
    Fault {
        on: Match::default(),
        times: Some(1),
        kind,
    }
}

#[tokio::test]
async fn a_fault_strikes_where_it_matches_and_as_often_as_it_says() {
    let server = Server::start().await;
    let (account, _) = server.account();
    let kind = FaultKind::Status {
        status: 503,
        code: 20503,
        message: "Service unavailable".to_owned(),
    };
    let on = Match {
        method: Some("GET".to_owned()),
        path: Some("Balance".to_owned()),
        account: Some(account.sid.clone()),
    };
    server.sim.fail(Fault {
        on,
        times: Some(2),
        kind,
    });
    assert_eq!(server.get(&account, ".json").await.0, 200);
    assert_refused(&server.get(&account, "/Balance.json").await, 503, 20503);
    assert_refused(&server.get(&account, "/Balance.json").await, 503, 20503);
    assert_eq!(server.get(&account, "/Balance.json").await.0, 200);
}

#[tokio::test]
async fn a_fault_without_a_number_lasts_until_it_is_cleared() {
    let server = Server::start().await;
    let (account, _) = server.account();
    server.sim.fail(Fault {
        on: Match::default(),
        times: None,
        kind: FaultKind::RateLimited { retry_after: None },
    });
    for _ in 0..3 {
        assert_refused(&server.get(&account, ".json").await, 429, 20429);
    }
    server.sim.clear_faults();
    assert_eq!(server.get(&account, ".json").await.0, 200);
}

#[tokio::test]
async fn a_late_request_arrives_even_if_its_client_is_gone() {
    let server = Server::start().await;
    let (account, number) = server.account();
    let delay = Duration::from_millis(200);
    server.sim.fail_next(FaultKind::Late { delay });
    let path = format!("/IncomingPhoneNumbers/{number}.json");
    let request = server.post(&account, &path, &[("FriendlyName", "Late")]);
    assert!(tokio::time::timeout(delay / 4, request).await.is_err());
    assert!(server.sim.faults().is_empty(), "it is under way");
    assert_ne!(server.sim.number(&number).unwrap().friendly_name, "Late");
    server.sim.wait_for_requests(1).await;
    assert_eq!(server.sim.number(&number).unwrap().friendly_name, "Late");
}

#[tokio::test]
async fn a_rate_limit_says_how_long_to_wait() {
    let server = Server::start().await;
    let (account, _) = server.account();
    server.sim.fail_next(FaultKind::RateLimited {
        retry_after: Some(Duration::from_secs(30)),
    });
    let response = server.request(Method::GET, &account, ".json").send().await.unwrap();
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["retry-after"], "30");
}

#[tokio::test]
async fn a_cut_connection_gives_no_answer_and_has_no_effect() {
    let server = Server::start().await;
    let (account, pn) = server.account();
    let path = format!("/IncomingPhoneNumbers/{pn}.json");
    server.sim.fail(once(FaultKind::CutOff));
    let cut = server
        .request(Method::POST, &account, &path)
        .form(&[("FriendlyName", "new")])
        .send()
        .await;
    assert!(cut.is_err());
    assert_ne!(server.sim.number(&pn).unwrap().friendly_name, "new");

    server.sim.fail(once(FaultKind::CutOffAfterEffect));
    let cut = server
        .request(Method::POST, &account, &path)
        .form(&[("FriendlyName", "new")])
        .send()
        .await;
    assert!(cut.is_err());
    assert_eq!(server.sim.number(&pn).unwrap().friendly_name, "new");
    assert_eq!(server.sim.requests().last().unwrap().status, None);
}

#[tokio::test]
async fn a_slow_answer_has_its_effect_at_once() {
    let server = Server::start().await;
    let (account, pn) = server.account();
    server.sim.fail(once(FaultKind::Slow {
        delay: Duration::from_hours(1),
    }));
    let path = format!("/IncomingPhoneNumbers/{pn}.json");
    let request = server
        .request(Method::POST, &account, &path)
        .form(&[("FriendlyName", "new")]);
    let answer = tokio::spawn(request.send());
    server.sim.wait_for_requests(1).await;
    assert_eq!(server.sim.number(&pn).unwrap().friendly_name, "new");
    assert!(!answer.is_finished());
    answer.abort();

    server.sim.fail(once(FaultKind::Slow {
        delay: Duration::from_millis(30),
    }));
    let began = Instant::now();
    assert_eq!(server.get(&account, ".json").await.0, 200);
    assert!(began.elapsed() >= Duration::from_millis(30));
}

#[tokio::test]
async fn answers_can_be_anything_but_json() {
    let server = Server::start().await;
    let (account, _) = server.account();
    let text = async |kind: FaultKind| {
        server.sim.fail(once(kind));
        let response = server.request(Method::GET, &account, ".json").send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let (status, page) = text(FaultKind::Html { status: 502 }).await;
    assert_eq!((status, page.starts_with("<html>")), (502, true));
    assert_eq!(text(FaultKind::EmptyBody).await, (200, String::new()));
    let (status, broken) = text(FaultKind::BrokenJson).await;
    assert_eq!(status, 200);
    assert!(broken.starts_with('{') && serde_json::from_str::<serde_json::Value>(&broken).is_err());
}

#[tokio::test]
async fn pages_can_be_empty_or_repeat() {
    let server = Server::start().await;
    let (account, _) = server.account();
    server.sim.fail(once(FaultKind::EmptyPage));
    let (_, page) = server.get(&account, "/IncomingPhoneNumbers.json").await;
    assert_eq!(page["incoming_phone_numbers"], serde_json::json!([]));
    server.sim.fail(once(FaultKind::RepeatedPage));
    let (_, page) = server.get(&account, "/IncomingPhoneNumbers.json").await;
    assert_eq!(page["next_page_uri"], page["uri"]);
    assert!(page["uri"].is_string());
}

#[tokio::test]
async fn an_account_can_look_suspended() {
    let server = Server::start().await;
    let (account, _) = server.account();
    server.sim.fail(once(FaultKind::SuspendedAs {
        form: SuspendedForm::StatusOnly,
    }));
    assert_eq!(server.get(&account, ".json").await.1["status"], "suspended");
    server.sim.fail(once(FaultKind::SuspendedAs {
        form: SuspendedForm::Forbidden,
    }));
    assert_refused(&server.get(&account, ".json").await, 403, 20403);
    assert_eq!(server.get(&account, ".json").await.1["status"], "active");
}
