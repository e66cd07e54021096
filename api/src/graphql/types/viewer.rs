//! Who asks.

use async_graphql::{Enum, Object};
use domain::Permission as Allowed;

use super::Workspace;
use crate::graphql::context::Caller;

/// A role. The first four act in their own workspace; the last three are Callab's staff and act across workspaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::Role")]
pub enum Role {
    /// May do everything in the workspace.
    Owner,
    /// May work with numbers and agents, and not with accounts' credentials.
    Member,
    /// May look.
    Viewer,
    /// A program of the workspace's, by an API key: may do what the key was made for.
    ApiKey,
    /// Staff: may look, with phone numbers cut down to the country code.
    StaffViewer,
    /// Staff: may look, check, sync and test.
    Support,
    /// Staff: as support, and may have a masked number shown.
    Lead,
}

/// One thing that a role or an API key may be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::Permission")]
pub enum Permission {
    /// Look at accounts, numbers, agents, calls and tests.
    View,
    /// Connect a Twilio account, change its label or credentials, disconnect it.
    ManageAccounts,
    /// Stop an account's checks, alerts and test calls, and take them up again.
    PauseAccounts,
    /// Check an account's credentials again, read its numbers again.
    CheckAccounts,
    /// Add, rename and remove numbers; accept that one is answered elsewhere.
    ManageNumbers,
    /// Register, change and remove agents; assign them, and have a number's routing repaired.
    ManageAgents,
    /// Start and cancel test calls, which cost the customer money.
    TestCalls,
    /// Have background jobs tried again, and call them off.
    ManageJobs,
    /// Make, change and delete rules about spend and balance.
    ManageBilling,
    /// Take note of a rule that was crossed.
    AcknowledgeBilling,
    /// Say where notifications go, see the whole address, send tests, have one sent again.
    ManageNotifications,
    /// Have an agent place a real call, on the customer's bill.
    PlaceCalls,
    /// Read who did what to what.
    ReadAudit,
    /// See a whole number of a customer's, one at a time and for a reason.
    RevealNumbers,
    /// Make API keys.
    ManageApiKeys,
    /// See which API keys there are, and revoke them.
    RevokeApiKeys,
}

/// Who asks, by their token.
pub struct Viewer(pub Caller);

/// Who asks, by their token or their API key.
#[Object]
impl Viewer {
    /// The token's `sub`: the web app's id of the person. Of a program `api_key/` and the key's id, as the audit log names it.
    async fn subject(&self) -> &str {
        &self.0.request.actor.subject
    }

    /// In which role.
    async fn role(&self) -> Role {
        self.0.request.actor.role.into()
    }

    /// The workspace of the token or the key; null for Callab's staff.
    async fn workspace(&self) -> Option<Workspace> {
        self.0.workspace.clone().map(Workspace)
    }

    /// What the role, or the API key, may do. Mutations that need another permission answer the error `FORBIDDEN`.
    async fn permissions(&self) -> Vec<Permission> {
        let actor = &self.0.request.actor;
        let may = |permission: &Allowed| actor.may(*permission);
        Allowed::ALL.into_iter().filter(may).map(Into::into).collect()
    }
}
