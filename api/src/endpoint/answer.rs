//! Writes what GraphQL answered as an HTTP answer.
//!
//! Source: <https://graphql.github.io/graphql-over-http/draft/#sec-Status-Codes>

use std::collections::BTreeMap;

use async_graphql::{ServerError, Value};
use async_graphql_axum::GraphQLResponse;
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::accept::MediaType;
use crate::graphql::was_carried_out;

/// The answer, with its status.
///
/// 200 where anything was carried out, also when fields failed. A document that was not carried out is 400 for who can read it in
/// `application/graphql-response+json`, and 200 for the older clients of `application/json`, which read nothing else.
pub(super) fn written(response: async_graphql::Response, media_type: MediaType) -> Response {
    let mut answer = if was_carried_out(&response) {
        GraphQLResponse::from(response).into_response()
    } else {
        let status = match media_type {
            MediaType::GraphqlResponse => StatusCode::BAD_REQUEST,
            MediaType::Json => StatusCode::OK,
        };
        let (errors, extensions) = (response.errors, response.extensions);
        (status, Json(NotCarriedOut { errors, extensions })).into_response()
    };
    answer
        .headers_mut()
        .insert(header::CONTENT_TYPE, media_type.content_type());
    answer
}

/// `data` is left out, as opposed to null: nothing was done.
#[derive(Serialize)]
struct NotCarriedOut {
    errors: Vec<ServerError>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extensions: BTreeMap<String, Value>,
}
