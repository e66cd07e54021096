//! Everything that has a global id.

use async_graphql::{ID, Interface};

use super::{
    ActivityFinding, Agent, AgentAssignment, ApiKey, BillingAlert, BillingEpisode, Call, CallIntent, DiagnosisRun, Job,
    Notification, NotificationEndpoint, PhoneNumber, TestCall, TwilioAccount,
};

/// Something with a global id, which `node` finds again.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Its global id: opaque, and unique among all types."))]
pub enum Node {
    /// A connected Twilio account.
    TwilioAccount(TwilioAccount),
    /// A phone number.
    PhoneNumber(PhoneNumber),
    /// A voice agent.
    Agent(Agent),
    /// An agent's time on a number.
    AgentAssignment(AgentAssignment),
    /// A call.
    Call(Call),
    /// A test call.
    TestCall(TestCall),
    /// A background job.
    Job(Job),
    /// A rule about spend or balance.
    BillingAlert(BillingAlert),
    /// One crossing of such a rule's threshold.
    BillingEpisode(BillingEpisode),
    /// A diagnosis for which everything is asked afresh.
    DiagnosisRun(DiagnosisRun),
    /// Where notifications go.
    NotificationEndpoint(NotificationEndpoint),
    /// A notification.
    Notification(Notification),
    /// A call that is to be placed.
    CallIntent(CallIntent),
    /// Unusual activity.
    ActivityFinding(ActivityFinding),
    /// A key of the workspace's own programs.
    ApiKey(ApiKey),
}
