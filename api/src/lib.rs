//! GraphQL and Twilio webhooks.

pub mod graphiql;
pub mod webhooks;
