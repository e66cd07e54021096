//! Who asks, and what each role may do. One table, tested cell by cell.

use ::entity::WorkspaceId;

use crate::{Error, Refusal};

/// A role. The first three act in their own workspace; the last three are Callab's staff and act across workspaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// May do everything in the workspace.
    Owner,
    /// May work with numbers and agents, and not with accounts' credentials.
    Member,
    /// May look.
    Viewer,
    /// Staff: may look, with phone numbers cut down to the country code.
    StaffViewer,
    /// Staff: may look, check, sync and test.
    Support,
    /// Staff: as support, and may have a masked number shown.
    Lead,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] = [
        Self::Owner,
        Self::Member,
        Self::Viewer,
        Self::StaffViewer,
        Self::Support,
        Self::Lead,
    ];

    /// The word in a token's claim `role`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Member => "member",
            Self::Viewer => "viewer",
            Self::StaffViewer => "staff_viewer",
            Self::Support => "support",
            Self::Lead => "lead",
        }
    }

    /// Reads the word in a token's claim `role`.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// Whether it is one of Callab's own people.
    #[must_use]
    pub fn is_staff(self) -> bool {
        matches!(self, Self::StaffViewer | Self::Support | Self::Lead)
    }
}

/// One thing that may be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 14] = [
        Self::View,
        Self::ManageAccounts,
        Self::PauseAccounts,
        Self::CheckAccounts,
        Self::ManageNumbers,
        Self::ManageAgents,
        Self::TestCalls,
        Self::ManageJobs,
        Self::ManageBilling,
        Self::AcknowledgeBilling,
        Self::ManageNotifications,
        Self::PlaceCalls,
        Self::ReadAudit,
        Self::RevealNumbers,
    ];

    /// The table: which roles have this permission.
    #[must_use]
    pub fn roles(self) -> &'static [Role] {
        use Role::{Lead, Member, Owner, StaffViewer, Support, Viewer};
        match self {
            Self::View => &[Owner, Member, Viewer, StaffViewer, Support, Lead],
            Self::ManageAccounts | Self::ManageNotifications => &[Owner],
            Self::PauseAccounts | Self::ReadAudit => &[Owner, Support, Lead],
            Self::CheckAccounts | Self::TestCalls | Self::ManageJobs | Self::AcknowledgeBilling => {
                &[Owner, Member, Support, Lead]
            }
            Self::RevealNumbers => &[Lead],
            Self::ManageNumbers | Self::ManageAgents | Self::ManageBilling | Self::PlaceCalls => &[Owner, Member],
        }
    }

    /// The permission's name in answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::View => "VIEW",
            Self::ManageAccounts => "MANAGE_ACCOUNTS",
            Self::PauseAccounts => "PAUSE_ACCOUNTS",
            Self::CheckAccounts => "CHECK_ACCOUNTS",
            Self::ManageNumbers => "MANAGE_NUMBERS",
            Self::ManageAgents => "MANAGE_AGENTS",
            Self::TestCalls => "TEST_CALLS",
            Self::ManageJobs => "MANAGE_JOBS",
            Self::ManageBilling => "MANAGE_BILLING",
            Self::AcknowledgeBilling => "ACKNOWLEDGE_BILLING",
            Self::ManageNotifications => "MANAGE_NOTIFICATIONS",
            Self::PlaceCalls => "PLACE_CALLS",
            Self::ReadAudit => "READ_AUDIT",
            Self::RevealNumbers => "REVEAL_NUMBERS",
        }
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The token's `sub`, or `worker` and `twilio` for what nobody asked for.
    pub subject: String,
    /// In which role.
    pub role: Role,
    /// The workspace that bounds all they see; none for staff.
    pub workspace: Option<WorkspaceId>,
}

impl Actor {
    /// Whether the role has the permission.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        permission.roles().contains(&self.role)
    }

    /// Passes if the role has the permission.
    ///
    /// # Errors
    /// [`Error::Forbidden`] otherwise.
    pub fn require(&self, permission: Permission) -> Result<(), Error> {
        if self.may(permission) {
            Ok(())
        } else {
            Err(Error::Forbidden(permission))
        }
    }

    /// The workspace that something new is to be made in.
    ///
    /// # Errors
    /// Refused for staff, who belong to none.
    pub fn own_workspace(&self) -> Result<WorkspaceId, Error> {
        self.workspace
            .ok_or_else(|| Refusal::not_found("workspace", "workspaceId").into())
    }
}

/// One request: who asks, and how it is told from others.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who asks.
    pub actor: Actor,
    /// The trace id, in the log and in answers.
    pub request_id: String,
    /// The address it came from.
    pub address: Option<String>,
    /// The idempotency key of the mutation, with the input's digest.
    pub once: Option<crate::idempotency::Once>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table once more, as a picture: a change of the code has to be made here too.
    #[test]
    fn each_role_may_do_exactly_this() {
        let table = "
                            owner member viewer staff_viewer support lead
            VIEW            yes   yes    yes    yes          yes     yes
            MANAGE_ACCOUNTS yes   -      -      -            -       -
            PAUSE_ACCOUNTS  yes   -      -      -            yes     yes
            CHECK_ACCOUNTS  yes   yes    -      -            yes     yes
            MANAGE_NUMBERS  yes   yes    -      -            -       -
            MANAGE_AGENTS   yes   yes    -      -            -       -
            TEST_CALLS      yes   yes    -      -            yes     yes
            MANAGE_JOBS     yes   yes    -      -            yes     yes
            MANAGE_BILLING  yes   yes    -      -            -       -
            ACKNOWLEDGE_BILLING yes yes  -      -            yes     yes
            MANAGE_NOTIFICATIONS yes -   -      -            -       -
            PLACE_CALLS     yes   yes    -      -            -       -
            READ_AUDIT      yes   -      -      -            yes     yes
            REVEAL_NUMBERS  -     -      -      -            -       yes";
        let mut lines = table.lines().filter(|line| !line.trim().is_empty());
        let roles: Vec<Role> = lines
            .next()
            .unwrap()
            .split_whitespace()
            .map(|word| Role::parse(word).unwrap())
            .collect();
        assert_eq!(roles, Role::ALL);
        for (permission, line) in Permission::ALL.into_iter().zip(lines.by_ref()) {
            let mut cells = line.split_whitespace();
            assert_eq!(cells.next(), Some(permission.as_str()));
            for role in roles.iter().copied() {
                let actor = Actor {
                    subject: "s".into(),
                    role,
                    workspace: None,
                };
                assert_eq!(
                    cells.next() == Some("yes"),
                    actor.may(permission),
                    "{permission:?} for {role:?}"
                );
            }
        }
        assert_eq!(lines.next(), None);
    }
}
