//! Who asks, and what each role may do. One table, tested cell by cell.

use ::entity::WorkspaceId;

use crate::{Error, Refusal};

/// A role. The first four act in their own workspace; the last three are Callab's staff and act across workspaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

impl Role {
    /// Every role.
    pub const ALL: [Self; 7] = [
        Self::Owner,
        Self::Member,
        Self::Viewer,
        Self::ApiKey,
        Self::StaffViewer,
        Self::Support,
        Self::Lead,
    ];

    /// The role's word, in a token's claim `role` and in the audit log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Member => "member",
            Self::Viewer => "viewer",
            Self::ApiKey => "api_key",
            Self::StaffViewer => "staff_viewer",
            Self::Support => "support",
            Self::Lead => "lead",
        }
    }

    /// The roles that a token may name: those of people.
    pub fn of_tokens() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|role| *role != Self::ApiKey)
    }

    /// Reads a role's word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// Reads the word in a token's claim `role`.
    #[must_use]
    pub fn of_token(word: &str) -> Option<Self> {
        Self::of_tokens().find(|role| role.as_str() == word)
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
    /// Make API keys.
    ManageApiKeys,
    /// See which API keys there are, and revoke them.
    RevokeApiKeys,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 16] = [
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
        Self::ManageApiKeys,
        Self::RevokeApiKeys,
    ];

    /// The table: which roles have this permission. An API key has those of its column that it was made for.
    #[must_use]
    pub fn roles(self) -> &'static [Role] {
        use Role::{ApiKey, Lead, Member, Owner, StaffViewer, Support, Viewer};
        match self {
            Self::View => &[Owner, Member, Viewer, ApiKey, StaffViewer, Support, Lead],
            Self::ManageAccounts | Self::ManageNotifications => &[Owner, ApiKey],
            Self::PauseAccounts | Self::ReadAudit => &[Owner, ApiKey, Support, Lead],
            Self::CheckAccounts | Self::TestCalls | Self::ManageJobs | Self::AcknowledgeBilling => {
                &[Owner, Member, ApiKey, Support, Lead]
            }
            Self::RevealNumbers => &[Lead],
            Self::ManageNumbers | Self::ManageAgents | Self::ManageBilling | Self::PlaceCalls => {
                &[Owner, Member, ApiKey]
            }
            Self::ManageApiKeys => &[Owner],
            Self::RevokeApiKeys => &[Owner, Support, Lead],
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
            Self::ManageApiKeys => "MANAGE_API_KEYS",
            Self::RevokeApiKeys => "REVOKE_API_KEYS",
        }
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The token's `sub`; `api_key/` and the id of a key; or `worker` and `twilio` for what nobody asked for.
    pub subject: String,
    /// In which role.
    pub role: Role,
    /// The workspace that bounds all they see; none for staff.
    pub workspace: Option<WorkspaceId>,
    /// What an API key was made for; none for people, who may do what their role may.
    pub at_most: Option<Vec<Permission>>,
}

impl Actor {
    /// A person, or what acts in the place of one.
    #[must_use]
    pub fn new(subject: impl Into<String>, role: Role, workspace: Option<WorkspaceId>) -> Self {
        Self {
            subject: subject.into(),
            role,
            workspace,
            at_most: None,
        }
    }

    /// Whether the role has the permission, and a key was made for it.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        let made_for_it = self.at_most.as_ref().is_none_or(|these| these.contains(&permission));
        made_for_it && permission.roles().contains(&self.role)
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
                                owner member viewer api_key staff_viewer support lead
            VIEW                yes   yes    yes    yes     yes          yes     yes
            MANAGE_ACCOUNTS     yes   -      -      yes     -            -       -
            PAUSE_ACCOUNTS      yes   -      -      yes     -            yes     yes
            CHECK_ACCOUNTS      yes   yes    -      yes     -            yes     yes
            MANAGE_NUMBERS      yes   yes    -      yes     -            -       -
            MANAGE_AGENTS       yes   yes    -      yes     -            -       -
            TEST_CALLS          yes   yes    -      yes     -            yes     yes
            MANAGE_JOBS         yes   yes    -      yes     -            yes     yes
            MANAGE_BILLING      yes   yes    -      yes     -            -       -
            ACKNOWLEDGE_BILLING yes   yes    -      yes     -            yes     yes
            MANAGE_NOTIFICATIONS yes  -      -      yes     -            -       -
            PLACE_CALLS         yes   yes    -      yes     -            -       -
            READ_AUDIT          yes   -      -      yes     -            yes     yes
            REVEAL_NUMBERS      -     -      -      -       -            -       yes
            MANAGE_API_KEYS     yes   -      -      -       -            -       -
            REVOKE_API_KEYS     yes   -      -      -       -            yes     yes";
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
                let actor = Actor::new("s", role, None);
                assert_eq!(
                    cells.next() == Some("yes"),
                    actor.may(permission),
                    "{permission:?} for {role:?}"
                );
            }
        }
        assert_eq!(lines.next(), None);
    }

    #[test]
    fn a_key_may_do_what_it_was_made_for_and_no_more_than_a_key_may() {
        let made_for = |these: &[Permission]| Actor {
            at_most: Some(these.to_vec()),
            ..Actor::new("api_key/1", Role::ApiKey, None)
        };
        let key = made_for(&[Permission::View, Permission::ManageAgents]);
        let may: Vec<Permission> = Permission::ALL.into_iter().filter(|one| key.may(*one)).collect();
        assert_eq!(may, [Permission::View, Permission::ManageAgents]);
        assert!(!made_for(&Permission::ALL).may(Permission::ManageApiKeys));
        assert!(!made_for(&[]).may(Permission::View));
    }

    #[test]
    fn no_token_names_itself_a_key() {
        assert_eq!(Role::of_token("api_key"), None);
        assert_eq!(Role::of_token("lead"), Some(Role::Lead));
    }
}
