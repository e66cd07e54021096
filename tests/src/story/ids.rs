//! The ids of what a story has.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The global ids of one of everything in a workspace; empty for what is not there yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ids {
    /// The workspace.
    pub workspace: String,
    /// A Twilio account.
    pub account: String,
    /// A number of it.
    pub number: String,
    /// An agent.
    pub agent: String,
    /// The agent's assignment to the number.
    pub assignment: String,
    /// A call to the number.
    pub call: String,
    /// A test call of the number.
    pub test_call: String,
    /// A job: a check of the account.
    pub job: String,
    /// A billing alert of the account.
    pub billing_alert: String,
    /// Its open episode.
    pub billing_episode: String,
    /// A notification endpoint.
    pub endpoint: String,
    /// A notification to it.
    pub notification: String,
    /// A call that the agent was to place.
    pub call_intent: String,
    /// A diagnosis of the number.
    pub diagnosis: String,
    /// A key of the workspace's programs.
    pub api_key: String,
}

impl Ids {
    /// Ids of the right types that no row ever had.
    #[must_use]
    pub fn that_never_existed() -> Self {
        let id = |name: &str| global(name, "01900000-0000-7000-8000-000000000001");
        Self {
            workspace: id("Workspace"),
            account: id("TwilioAccount"),
            number: id("PhoneNumber"),
            agent: id("Agent"),
            assignment: id("AgentAssignment"),
            call: id("Call"),
            test_call: id("TestCall"),
            job: id("Job"),
            billing_alert: id("BillingAlert"),
            billing_episode: id("BillingEpisode"),
            endpoint: id("NotificationEndpoint"),
            notification: id("Notification"),
            call_intent: id("CallIntent"),
            diagnosis: id("DiagnosisRun"),
            api_key: id("ApiKey"),
        }
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> [&str; 15] {
        [
            &self.workspace,
            &self.account,
            &self.number,
            &self.agent,
            &self.assignment,
            &self.call,
            &self.test_call,
            &self.job,
            &self.billing_alert,
            &self.billing_episode,
            &self.endpoint,
            &self.notification,
            &self.call_intent,
            &self.diagnosis,
            &self.api_key,
        ]
    }

    /// The one that an argument with this name takes; for `id` the name of the root field decides.
    ///
    /// # Panics
    /// When the name is new: say here what it takes.
    #[must_use]
    pub fn of(&self, argument: &str, root_field: &str) -> &str {
        match (argument, root_field) {
            ("workspaceId", _) => &self.workspace,
            ("accountId", _) | ("id", "twilioAccount") => &self.account,
            ("phoneNumberId" | "fromPhoneNumberId", _) | ("id", "phoneNumber") => &self.number,
            ("id", "callIntent") => &self.call_intent,
            ("agentId", _) | ("id", "agent") => &self.agent,
            ("id", "call") => &self.call,
            ("testCallId", _) | ("id", "testCall") => &self.test_call,
            ("jobId", _) | ("id", "job") => &self.job,
            ("billingAlertId", _) => &self.billing_alert,
            ("billingEpisodeId", _) => &self.billing_episode,
            ("endpointId", _) => &self.endpoint,
            ("notificationId", _) => &self.notification,
            ("apiKeyId", _) => &self.api_key,
            ("id", "diagnosisRun" | "diagnosis") => &self.diagnosis,
            other => panic!("which id does {other:?} take? Say so in tests/src/story/ids.rs"),
        }
    }
}

/// The global id of a row.
pub(super) fn global(name: &str, id: impl std::fmt::Display) -> String {
    URL_SAFE_NO_PAD.encode(format!("{name}:{id}"))
}
