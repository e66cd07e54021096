//! What is asked of the API: checked against `schema.graphql` at build. One file a screen.

// What the derive macros write has no documentation and more fields than are read.
#![expect(missing_docs, reason = "fields are named and described by schema.graphql")]

pub mod audit;
pub mod billing;
pub mod bundle;
pub mod calls;
pub mod changes;
pub mod commands;
pub mod connections;
pub mod diagnosis;
pub mod events;
pub mod jobs;
pub mod numbers;
pub mod viewer;

/// The API's schema.
#[cynic::schema("callab")]
pub mod schema {}

use chrono::{DateTime as Time, Utc};

cynic::impl_scalar!(Time<Utc>, schema::DateTime);
cynic::impl_scalar!(serde_json::Value, schema::JSON);
