//! The audit log.

use ::entity::{AccountId, audit_entry};
use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use domain::Permission;
use domain::audit::{self, AuditFilter};

use crate::graphql::context::Asked;
use crate::graphql::cursor::List;
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::page::{Connection, cost, page_of};
use crate::graphql::types::AuditEntry;

#[derive(Default)]
pub struct AuditQueries;

#[Object]
impl AuditQueries {
    /// Who did what to what, newest first. Needs the permission `READ_AUDIT`.
    #[expect(clippy::too_many_arguments, reason = "each is an argument in the schema")]
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn audit_entries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only acts on this Twilio account and on what belongs to it.")] account_id: Option<ID>,
        #[graphql(
            desc = "Only acts of this person, named as entries show them. Staff: `m.k•••` finds all customers' people whose name begins \
                    like this."
        )]
        actor: Option<String>,
        #[graphql(desc = "Only this action, such as `test_call.start`, or a family of them, such as `test_call`.")]
        action: Option<String>,
        #[graphql(desc = "Only acts from then on.")] from: Option<DateTime<Utc>>,
        #[graphql(desc = "Only acts before then.")] to: Option<DateTime<Utc>>,
        #[graphql(desc = "Callab's staff: of this workspace only; of all if not said.")] workspace_id: Option<ID>,
        #[graphql(desc = "How many rows, 1 to 100; 25 if not said.")] first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
    ) -> Result<Connection<AuditEntry>, ApiError> {
        ctx.actor().require(Permission::ReadAudit)?;
        let after = after.map(|cursor| List::Audit.time(&cursor)).transpose()?;
        let page = page_of(first, after)?;
        let Ok(workspace) = ctx.scope(workspace_id.as_ref())? else {
            return Ok(Connection::empty());
        };
        let Ok(account) = id::narrowed::<AccountId>(account_id.as_ref()) else {
            return Ok(Connection::empty());
        };
        let said = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let filter = AuditFilter {
            workspace,
            account,
            actor: said(actor),
            action: said(action),
            from,
            to,
        };
        let is_first = page.after.is_none();
        let entries = audit::list(ctx.services(), ctx.actor(), &filter, page).await?;
        let cursor = |row: &audit_entry::Model| List::Audit.after_time(row.at, row.id.0);
        Ok(Connection::new(entries, is_first, cursor, AuditEntry))
    }
}
