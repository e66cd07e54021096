use async_graphql::{Error, Pos};
use domain::{Refusal, RefusalCode};

use super::*;

const INNER: &str = "UNIQUE constraint failed: twilio_credential.sealed";

fn presented(error: Error) -> (String, String) {
    let mut errors = [error.into_server_error(Pos { line: 1, column: 3 })];
    present(&mut errors, &trace_id());
    let [error] = errors;
    let extensions = serde_json::to_value(error.extensions.unwrap()).unwrap();
    assert_eq!(extensions["traceId"], "trace-1");
    (extensions["code"].as_str().unwrap().to_owned(), error.message)
}

fn trace_id() -> TraceId {
    TraceId::new("trace-1")
}

#[test]
fn faults_never_tell_what_broke() {
    let database = || DbErr::Custom(INNER.to_owned());
    let unreadable = Fault::Unreadable {
        row: INNER.to_owned(),
        what: INNER,
    };
    let faults: [Error; 6] = [
        ApiError::from(database()).into(),
        ApiError::from(unreadable).into(),
        ApiError::from(domain::Error::from(database())).into(),
        ApiError::from(domain::Error::from(Refusal::new(RefusalCode::Conflict, INNER))).into(),
        // What a resolver should not answer, and might: another type of error.
        database().into(),
        INNER.into(),
    ];
    for fault in faults {
        assert_eq!(presented(fault), ("INTERNAL".to_owned(), INTERNAL.to_owned()));
    }
}

#[test]
fn each_other_error_has_its_code() {
    for (error, code) in [
        (ApiError::Forbidden(Permission::ManageAgents), "FORBIDDEN"),
        (domain::Error::Forbidden(Permission::View).into(), "FORBIDDEN"),
        (ApiError::BadInput("`first` is 1 to 100.".into()), "BAD_USER_INPUT"),
        (ApiError::BadCursor, "BAD_CURSOR"),
        (ApiError::NotFound("test call"), "NOT_FOUND"),
    ] {
        assert_eq!(presented(error.into()).0, code);
    }
}

#[test]
fn a_message_of_the_library_is_kept_without_what_may_be_a_secret() {
    let token = "0123456789abcdef0123456789abcdef";
    let message = format!(r#"enumeration type "Direction" does not contain the value "{token}""#);
    let (code, told) = presented(Error::new(message));
    assert_eq!(code, "BAD_USER_INPUT");
    assert_eq!(told, r#"enumeration type "Direction" does not contain the value "…""#);
}

#[test]
fn a_syntax_error_does_not_quote_the_document() {
    let (_, told) = presented(Error::new(
        "--> 1:12\n  |\n1 | mutation { connect(authToken: \"secret\n",
    ));
    assert_eq!(told, "The document is not valid GraphQL.");
}

#[test]
fn a_long_name_is_hidden_without_quotes_too() {
    let name = "f".repeat(SECRET_LENGTH);
    let (_, told) = presented(Error::new(format!("operation {name} is defined twice")));
    assert_eq!(told, "operation … is defined twice");
}
