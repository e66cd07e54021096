//! Reads. A thing of another workspace is the same as one that is not there: null, or an empty list.

mod accounts;
mod activity;
mod agents;
mod api_keys;
mod audit;
mod billing;
mod calls;
mod diagnosis;
mod events;
pub(super) mod jobs;
pub(super) mod node;
mod notifications;
pub(super) mod numbers;
mod twilio_status;
mod viewer;

use async_graphql::MergedObject;

/// What can be read.
#[derive(MergedObject, Default)]
pub(super) struct Query(
    viewer::ViewerQueries,
    accounts::AccountQueries,
    numbers::NumberQueries,
    agents::AgentQueries,
    calls::CallQueries,
    diagnosis::DiagnosisQueries,
    events::EventQueries,
    jobs::JobQueries,
    notifications::NotificationQueries,
    twilio_status::TwilioStatusQueries,
    activity::ActivityQueries,
    node::NodeQueries,
    billing::BillingQueries,
    audit::AuditQueries,
    api_keys::ApiKeyQueries,
);
