//! Reads of the audit log.

use std::collections::{HashMap, HashSet};

use ::entity::configuration_change::{self, ConfigurationKind};
use ::entity::{AccountId, AuditEntryId, WorkspaceId, audit_entry};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Order;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::shown::ActedBy;
use super::who::OPERATOR;
use crate::keyset::beyond;
use crate::like;
use crate::page::{Page, PageOf};
use crate::{Actor, Error, Permission, Role, Services};

/// Where a page of entries begins: after the entry of that time, with this id.
pub type Position = (DateTime<Utc>, Uuid);

/// Which entries are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Of this workspace; none for staff who name none.
    pub workspace: Option<WorkspaceId>,
    /// Of acts on this account and on what belongs to it.
    pub account: Option<AccountId>,
    /// Of acts of this person, named as they are shown to the one who looks.
    pub actor: Option<String>,
    /// Of this action, such as `test_call.start`, or of all actions of a family, such as `test_call`.
    pub action: Option<String>,
    /// From then on.
    pub from: Option<DateTime<Utc>>,
    /// Before then.
    pub to: Option<DateTime<Utc>>,
}

impl AuditFilter {
    fn condition(&self, viewer: Role) -> Condition {
        let column = audit_entry::COLUMN;
        let acted_by = self
            .actor
            .as_deref()
            .map(|typed| ActedBy::of(viewer, typed).condition());
        Condition::all()
            .add_option(self.workspace.map(|workspace| column.workspace_id.eq(workspace)))
            .add_option(self.account.map(|account| column.twilio_account_id.eq(account)))
            .add_option(self.action.as_deref().map(|action| action_is(action.trim())))
            .add_option(self.from.map(|from| column.at.gte(from)))
            .add_option(self.to.map(|to| column.at.lt(to)))
            .add_option(acted_by)
    }
}

/// The action itself, or one of its family.
fn action_is(action: &str) -> Condition {
    let column = audit_entry::COLUMN;
    let one = Condition::any().add(column.action.eq(action));
    if action.contains('.') {
        return one;
    }
    one.add(like::begins(audit_entry::Column::Action, &format!("{action}.")))
}

impl ActedBy {
    fn condition(self) -> Condition {
        let column = audit_entry::COLUMN;
        let roles = |staff: bool| {
            let of = Role::of_tokens().filter(move |role| role.is_staff() == staff);
            of.map(Role::as_str)
        };
        match self {
            Self::Staff => Condition::all().add(column.role.is_in(roles(true).chain([OPERATOR]))),
            Self::NotStaff(name) => Condition::all()
                .add(column.role.is_not_in(roles(true).chain([OPERATOR])))
                .add(column.actor.eq(name)),
            Self::NameOrBeginning(name, begins) => {
                let whole = Condition::all()
                    .add(column.role.is_not_in(roles(false)))
                    .add(column.actor.eq(name));
                let customers = Condition::all()
                    .add(column.role.is_in(roles(false)))
                    .add(like::begins(audit_entry::Column::Actor, &begins));
                // So short a beginning is everybody's.
                let customers = Some(customers).filter(|_| !begins.is_empty());
                Condition::any().add(whole).add_option(customers)
            }
        }
    }
}

/// Entries, newest first.
///
/// # Errors
/// When the actor may not read them, or the database fails.
pub async fn list(
    services: &Services,
    actor: &Actor,
    filter: &AuditFilter,
    page: PageOf<Position>,
) -> Result<Page<audit_entry::Model>, Error> {
    actor.require(Permission::ReadAudit)?;
    let column = audit_entry::COLUMN;
    let mut wanted = filter.condition(actor.role);
    if let Some((at, id)) = page.after {
        use audit_entry::Column;
        wanted = wanted.add(beyond(&Order::Desc, (Column::At, at), (Column::Id, AuditEntryId(id))));
    }
    let rows = audit_entry::Entity::find()
        .filter(wanted)
        .order_by_desc(column.at)
        .order_by_desc(column.id)
        .limit(page.size + 1)
        .all(&services.db)
        .await?;
    Ok(Page::cut(rows, page.size))
}

/// So many moments are asked for in one statement: SQLite takes 32,766 values.
const MOMENTS_A_STATEMENT: usize = 10_000;

/// What somebody did in these workspaces at these moments, in order: an act writes the changes that it brings in its transaction, with
/// its moment. Acts of jobs and of Callab itself are none of anybody's.
///
/// # Errors
/// When the database fails. Whether the asker may read the audit log is the caller's to check.
pub async fn acts_at(
    services: &Services,
    moments: &[(WorkspaceId, DateTime<Utc>)],
) -> Result<HashMap<(WorkspaceId, DateTime<Utc>), Vec<audit_entry::Model>>, DbErr> {
    let column = audit_entry::COLUMN;
    let mut acts: HashMap<_, Vec<audit_entry::Model>> = HashMap::new();
    for part in moments.chunks(MOMENTS_A_STATEMENT) {
        let (workspaces, times): (HashSet<WorkspaceId>, HashSet<DateTime<Utc>>) = part.iter().copied().unzip();
        let rows = audit_entry::Entity::find()
            .filter(column.workspace_id.is_in(workspaces))
            .filter(column.at.is_in(times))
            .filter(column.outcome.eq("OK"))
            .filter(column.role.is_in(Role::ALL.map(Role::as_str)))
            .order_by_asc(column.id)
            .all(&services.db)
            .await?;
        for row in rows {
            acts.entry((row.workspace_id, row.at)).or_default().push(row);
        }
    }
    Ok(acts)
}

/// Which of the acts of its moment brought a change: that on its agent, where the agent was given another address, and else the one on
/// its account or on what belongs to it.
#[must_use]
pub fn act_of(change: &configuration_change::Model, acts: Vec<audit_entry::Model>) -> Option<audit_entry::Model> {
    let is_its = |act: &audit_entry::Model| match (&change.kind, change.agent_id) {
        (ConfigurationKind::AgentMoved, Some(agent)) => act.subject == format!("agent/{agent}"),
        _ => act.twilio_account_id == Some(change.twilio_account_id),
    };
    acts.into_iter().find(is_its)
}
