//! What each answer means to the caller.

use callab_twilio::{AnswerFault, Twilio, TwilioError};
use serde_json::json;

use crate::server::{Reply, Server, TOKEN, account, who};

async fn error(reply: Reply) -> TwilioError {
    let server = Server::start([reply]).await;
    let error = server.client().fetch_account(&who()).await.unwrap_err();
    assert_eq!(server.requests().len(), 1, "{error:?} is not asked again");
    error
}

#[tokio::test]
async fn codes_that_differ_for_the_caller_are_told_apart() {
    let outcomes = [
        (401, 20003, "unauthorized"),
        (403, 20003, "unauthorized"),
        (401, 70051, "unauthorized"),
        (400, 20005, "account_not_active"),
        (403, 20403, "account_not_active"),
        (403, 20006, "forbidden"),
        (403, 20008, "test_credentials"),
        (404, 20404, "not_found"),
        (400, 20404, "not_found"),
        (401, 20005, "account_not_active"),
        (401, 20403, "account_not_active"),
        (403, 10001, "account_not_active"),
        (400, 90010, "account_not_active"),
        (401, 20008, "test_credentials"),
        (403, 20001, "refused"),
        (400, 10002, "refused"),
        (403, 10004, "refused"),
        (400, 10005, "refused"),
        (400, 21210, "refused"),
        (400, 21215, "refused"),
        (400, 21216, "refused"),
        (400, 21219, "refused"),
    ];
    for (status, code, outcome) in outcomes {
        let error = error(Reply::error(status, code)).await;
        assert_eq!(
            (error.outcome(), error.code()),
            (outcome, Some(code)),
            "{status} {code}"
        );
        assert!(!error.is_silence() && !error.never_sent(), "{status} {code}");
        assert_eq!(
            error.help_url().unwrap(),
            format!("https://www.twilio.com/docs/errors/{code}")
        );
    }
}

#[tokio::test]
async fn a_refused_concurrent_request_is_known_by_its_code_too() {
    for status in [400, 403] {
        let server = Server::start([Reply::error(status, 20429), Reply::json(200, &account())]).await;
        server.client().fetch_account(&who()).await.unwrap();
        assert_eq!(server.requests().len(), 2, "{status} is asked again");
    }
    let failing = (0..3).map(|_| Reply::error(503, 20429));
    let error = Server::start(failing).await.client().fetch_account(&who()).await;
    let error = error.unwrap_err();
    assert!(!error.never_sent(), "Twilio may have acted before it failed: {error:?}");
}

#[tokio::test]
async fn a_refusal_carries_what_to_show() {
    let message = format!("The number\u{202e} +15005550006\nis {TOKEN} {}", "x".repeat(400));
    let body = json!({ "code": 21219, "message": message, "more_info": "https://evil.example", "status": 400 });
    let error = error(Reply::json(400, &body)).await;
    let TwilioError::Refused {
        code: 21219,
        status: 400,
        message,
        more_info: None,
    } = &error
    else {
        panic!("{error:?}")
    };
    assert!(
        message.as_str().starts_with("The number +15005550006is [secret] x"),
        "{message}"
    );
    assert_eq!(message.as_str().chars().count(), 300);
    assert!(
        !format!("{error} {error:?}").contains("5550006"),
        "for showing, not for logs"
    );
}

#[tokio::test]
async fn other_shapes_of_twilios_are_read() {
    let problem = json!({ "type": "about:blank", "title": "t", "status": 403, "code": 20008, "detail": "d" });
    assert_eq!(error(Reply::json(403, &problem)).await.outcome(), "test_credentials");
    let monitor = json!({ "message": "m", "code": 20403, "user_error": true, "http_status_code": 403, "params": {}, "more_info": "", "status": 403 });
    assert_eq!(error(Reply::json(403, &monitor)).await.outcome(), "account_not_active");
    let refused = json!({ "type": "https://www.twilio.com/docs/api/errors/21215", "title": "Geo permission", "status": 400, "code": "21215",
        "detail": "Not allowed to call +15005550003", "instance": "/x", "errors": [{ "detail": "d", "pointer": "#/to" }] });
    let refused = error(Reply::json(400, &refused)).await;
    assert_eq!(
        refused.help_url().as_deref(),
        Some("https://www.twilio.com/docs/api/errors/21215")
    );
    assert!(
        matches!(&refused, TwilioError::Refused { code: 21215, message, .. } if message.as_str().starts_with("Not allowed")),
        "{refused:?}"
    );
    let bare = json!({ "status": 404, "message": "The requested resource was not found" });
    let error = error(Reply::json(404, &bare)).await;
    assert!(matches!(error, TwilioError::NotFound { code: None, .. }), "{error:?}");
}

#[tokio::test]
async fn an_answer_that_is_not_twilios_is_a_silence() {
    for status in [400, 401, 403, 404, 407] {
        for body in ["", "<html>no</html>", r#"{"message":"Forbidden"}"#] {
            let error = error(Reply::text(status, body)).await;
            assert!(
                matches!(error, TwilioError::Unexplained { .. }),
                "{status} {body}: {error:?}"
            );
            assert!(error.is_silence() && !error.never_sent());
        }
    }
}

#[tokio::test]
async fn an_unexplained_answer_is_twilios_when_it_names_the_request() {
    let reply = |status| Reply::text(status, "").with_header("twilio-request-id", "RQ00");
    assert_eq!(error(reply(401)).await.outcome(), "unauthorized");
    assert_eq!(error(reply(403)).await.outcome(), "forbidden");
    assert_eq!(error(reply(404)).await.outcome(), "not_found");
    assert_eq!(error(reply(400)).await.outcome(), "unexplained");
}

#[tokio::test]
async fn a_success_that_cannot_be_read_is_a_silence() {
    let mut without_sid = account();
    without_sid.as_object_mut().unwrap().remove("sid");
    let wrong_shape = Reply::json(200, &without_sid);
    let faults = [
        (Reply::text(200, "<html>welcome</html>"), "not_json"),
        (Reply::text(200, ""), "not_json"),
        (wrong_shape, "wrong_shape"),
        (Reply::text(200, &" ".repeat(8 * 1024 * 1024 + 1)), "too_large"),
    ];
    for (reply, expected) in faults {
        let error = error(reply).await;
        assert!(error.is_silence() && !error.never_sent());
        let TwilioError::Malformed {
            endpoint: "FetchAccount",
            source,
        } = error
        else {
            panic!("{error:?}")
        };
        let fault = match source {
            AnswerFault::NotJson { .. } => "not_json",
            AnswerFault::WrongShape { .. } => "wrong_shape",
            AnswerFault::TooLarge { .. } => "too_large",
            other => panic!("{other:?}"),
        };
        assert_eq!(fault, expected);
    }
}
