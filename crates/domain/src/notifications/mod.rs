//! Telling customers what happened: signed webhooks, and mails.
//!
//! A use case calls [`crate::Transaction::notify`] with a [`Notice`]: in the transaction of the change each endpoint of the workspace that
//! wants it gets a row, the delivery log, and a `deliver-notification` job. The job posts the row to the endpoint, signed by the
//! Standard Webhooks scheme, or mails it, and tries again for about a day. To add a kind: a word in `entity::notification`, and the
//! call where it happens.
//!
//! Source of the scheme: <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

mod address;
mod create_endpoint;
mod delete_endpoint;
mod deliver;
mod mail;
mod notice;
mod notify;
mod queries;
mod resend;
mod retry;
mod rotate_secret;
mod send_test;
mod signing;
mod update_endpoint;
mod webhook;

pub use create_endpoint::{NewEndpoint, create_endpoint};
pub use delete_endpoint::delete_endpoint;
pub use deliver::{Undelivered, deliver};
pub use mail::{Mail, MailError, Mailer};
pub use notice::{Notice, Subject};
pub use queries::{
    EndpointPosition, NotificationFilter, attempts_of, by_ids, endpoints_by_ids, find, find_endpoint, list,
    list_endpoints,
};
pub use resend::resend;
pub use rotate_secret::rotate_secret;
pub use send_test::send_test;
pub use signing::SigningSecret;
pub(crate) use signing::endpoint_binding;
pub use update_endpoint::{EndpointChange, update_endpoint};
