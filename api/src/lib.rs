//! GraphQL and Twilio's webhooks over HTTP.
//!
//! [`router`] is everything that is served and [`serve`] serves it. `graphql/` shows what `domain` does, and `webhooks/` is what
//! Twilio calls; neither holds a rule of its own. To add a mutation: `docs/adding-a-mutation.md`.

// Mutations are merged two by two, and the future of a merged one holds the next: a level for each.
#![recursion_limit = "256"]

pub mod auth;
mod bodies;
mod client_address;
mod connections;
mod endpoint;
mod failure;
pub mod graphiql;
mod graphql;
pub mod health;
mod lifecycle;
pub mod metrics;
pub mod ops;
mod options;
mod origins;
mod person;
mod rates;
mod router;
mod safe_headers;
mod server;
mod socket;
#[cfg(test)]
mod testing;
mod trace_id;
pub mod webhooks;

pub use client_address::{BadProxy, Proxy, TrustedProxies};
pub use connections::ConnectionLimits;
pub use graphql::persisted::{AllowedDocuments, BadDocuments};
pub use graphql::sdl;
pub use lifecycle::Lifecycle;
pub use options::ApiOptions;
pub use origins::{BadOrigin, Origin, Origins};
pub use rates::{Rate, RateLimits};
pub use router::router;
pub use server::{serve, serve_within};
