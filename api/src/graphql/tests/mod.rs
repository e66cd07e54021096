//! The schema as a client meets it, without HTTP around it.

mod edge;
mod lists;
mod live;
mod mutations;
mod schema;
mod scope;
mod statements;

use ::entity::workspace;
use async_graphql::{Executor, Response, Variables};
use domain::{Actor, Request, Role, Services, workspaces};
use serde_json::{Value, json};

use super::{Api, Caller};
use crate::trace_id::TraceId;

/// Somebody in a role in the workspace `name`; staff are in none.
async fn caller(services: &Services, name: &str, role: Role) -> Caller {
    let workspace = if role.is_staff() {
        None
    } else {
        Some(workspaces::of_token(services, name, None).await.unwrap())
    };
    let own = workspace.as_ref().map(|workspace| workspace.id);
    let actor = Actor::new(format!("{} of {name}", role.as_str()), role, own);
    let request = Request {
        actor,
        request_id: "trace-1".into(),
        address: None,
        once: None,
    };
    Caller {
        request,
        workspace,
        expires_at: None,
        api_key: None,
    }
}

/// The workspace of the token.
fn workspace(caller: &Caller) -> &workspace::Model {
    caller.workspace.as_ref().unwrap()
}

async fn respond(services: &Services, caller: &Caller, document: &str, variables: Value) -> Response {
    let request = async_graphql::Request::new(document)
        .variables(Variables::from_json(variables))
        .data(caller.clone());
    Api::new(services.clone(), true)
        .executor(TraceId::new("trace-1"))
        .execute(request)
        .await
}

/// Asks, and answers the data.
async fn ask(services: &Services, caller: &Caller, document: &str, variables: Value) -> Value {
    let response = respond(services, caller, document, variables).await;
    assert!(response.errors.is_empty(), "{:?}", response.errors);
    response.data.into_json().unwrap()
}

/// Asks for what is refused, and answers the errors' codes.
async fn refused(services: &Services, caller: &Caller, document: &str) -> Vec<String> {
    let response = respond(services, caller, document, json!({})).await;
    let codes = response.errors.iter().map(|error| {
        let extensions = serde_json::to_value(&error.extensions).unwrap();
        extensions["code"].as_str().unwrap_or("none").to_owned()
    });
    codes.collect()
}
