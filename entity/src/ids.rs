//! One id type a table, so that an agent's id cannot be passed where a number's is asked for.
//!
//! Ids are UUIDs of version 7. They are made by `domain`'s `Ids` alone and never carry meaning: order comes from columns.

use sea_orm::prelude::Uuid;
use sea_orm::{DbErr, DeriveValueType, TryFromU64};
use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, DeriveValueType)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    /// A customer of Callab.
    WorkspaceId,
    /// A connected Twilio account.
    AccountId,
    /// A sealed credential of a Twilio account.
    CredentialId,
    /// A phone number.
    NumberId,
    /// The snapshot of a number's routing from before Callab changed it.
    BorrowedRoutingId,
    /// A voice agent.
    AgentId,
    /// An agent's time on a number.
    AssignmentId,
    /// The intent to place one call.
    CallIntentId,
    /// A call.
    CallId,
    /// Something that happened in a call.
    CallStepId,
    /// A call placed or awaited to prove a direction.
    TestCallId,
    /// A change of an account's health.
    HealthChangeId,
    /// A change of how an account's calls are set up.
    ConfigurationChangeId,
    /// The newest answer to one check of an account.
    HealthCheckId,
    /// An entry of Twilio's error log.
    TwilioAlertId,
    /// A balance that Twilio told.
    BalanceReadingId,
    /// What was used in one category on one day.
    UsageDayId,
    /// A rule about what an account costs or has left.
    BillingAlertId,
    /// One crossing of a rule's threshold.
    BillingEpisodeId,
    /// A change of an account's Auth Token by Callab.
    TokenRotationId,
    /// A diagnosis for which everything is asked afresh.
    DiagnosisRunId,
    /// Where a customer wants to be told.
    EndpointId,
    /// What an endpoint is told.
    NotificationId,
    /// One try to deliver a notification.
    NotificationAttemptId,
    /// Unusual activity that was found.
    ActivityFindingId,
    /// A durable piece of background work.
    JobId,
    /// Something that happened, in order.
    EventId,
    /// A key of a workspace's own programs.
    ApiKeyId,
    /// Who did what to what.
    AuditEntryId,
    /// A remembered answer to a mutation.
    IdempotencyKeyId,
}
