//! The list of accounts, and what one is found by.

use ::entity::twilio_account::{self, AccountState};
use ::entity::{AccountId, E164, WorkspaceId, phone_number, workspace};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use uuid::Uuid;

use crate::audit::Act;
use crate::keyset::beyond;
use crate::like::holds;
use crate::page::{Page, PageOf};
use crate::{Request, Services};

/// Where a page of accounts begins: after the account made then, with this id.
pub type Position = (DateTime<Utc>, Uuid);

/// The most accounts of one page: their rows are light, and operators look at all of them.
pub const MAX_PAGE: u64 = 1000;

/// The fewest characters of an account SID that find it: fewer would find every account.
const SHORTEST_SID: usize = 4;

/// What an account is looked for by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountSearch {
    /// Part of its label, its name at Twilio, its workspace's name or id in the web app, or its SID.
    Text(String),
    /// The whole of one of its numbers. By parts those who see numbers masked could guess the rest.
    Number(E164),
}

impl AccountSearch {
    /// Reads what a person typed; none for blanks. A number may be written with blanks, dashes and brackets.
    #[must_use]
    pub fn of(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        let compact: String = typed
            .chars()
            .filter(|c| !matches!(c, ' ' | '\u{a0}' | '-' | '.' | '/' | '(' | ')'))
            .collect();
        match E164::parse(&compact) {
            Ok(number) => Some(Self::Number(number)),
            Err(_) if typed.is_empty() => None,
            Err(_) => Some(Self::Text(typed.to_owned())),
        }
    }

    fn condition(&self) -> Condition {
        use twilio_account::Column;
        let text = match self {
            Self::Text(text) => text,
            Self::Number(number) => return Condition::all().add(Column::Id.in_subquery(accounts_with(number))),
        };
        let account = holds::<twilio_account::Entity>;
        let found = Condition::any()
            .add(account(Column::Label, text))
            .add(account(Column::FriendlyName, text))
            .add(Column::WorkspaceId.in_subquery(workspaces_named(text)));
        if text.chars().count() < SHORTEST_SID {
            return found;
        }
        found.add(account(Column::Sid, text))
    }
}

fn accounts_with(number: &E164) -> SelectStatement {
    use phone_number::Column;
    Query::select()
        .column(Column::TwilioAccountId)
        .from(phone_number::Entity)
        .and_where(Expr::col(Column::E164).eq(number.clone()))
        .to_owned()
}

fn workspaces_named(text: &str) -> SelectStatement {
    use workspace::Column;
    let workspace = holds::<workspace::Entity>;
    let named = Condition::any()
        .add(workspace(Column::Name, text))
        .add(workspace(Column::ExternalId, text));
    Query::select()
        .column(Column::Id)
        .from(workspace::Entity)
        .cond_where(named)
        .to_owned()
}

/// Which accounts are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountFilter {
    /// Of this workspace; none for staff who name none.
    pub workspace: Option<WorkspaceId>,
    /// Found by this.
    pub search: Option<AccountSearch>,
}

/// Connected accounts, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    services: &Services,
    filter: &AccountFilter,
    page: PageOf<Position>,
) -> Result<Page<twilio_account::Model>, DbErr> {
    let column = twilio_account::COLUMN;
    let mut wanted = Condition::all()
        .add(column.state.eq(AccountState::Connected))
        .add_option(filter.workspace.map(|workspace| column.workspace_id.eq(workspace)))
        .add_option(filter.search.as_ref().map(AccountSearch::condition));
    if let Some((at, id)) = page.after {
        use twilio_account::Column;
        let id = (Column::Id, AccountId(id));
        wanted = wanted.add(beyond(&Order::Asc, (Column::CreatedAt, at), id));
    }
    let rows = twilio_account::Entity::find()
        .filter(wanted)
        .order_by_asc(column.created_at)
        .order_by_asc(column.id)
        .limit(page.size + 1)
        .all(&services.db)
        .await?;
    Ok(Page::cut(rows, page.size))
}

/// How many accounts of one workspace, or of all, are connected.
///
/// # Errors
/// When the database fails.
pub async fn count(services: &Services, workspace: Option<WorkspaceId>) -> Result<u64, DbErr> {
    let column = twilio_account::COLUMN;
    let wanted = Condition::all()
        .add(column.state.eq(AccountState::Connected))
        .add_option(workspace.map(|workspace| column.workspace_id.eq(workspace)));
    twilio_account::Entity::find().filter(wanted).count(&services.db).await
}

/// The same for somebody who asks. Staff who find a number leave an audit entry in its workspace, with the number masked.
///
/// # Errors
/// When the database fails.
pub async fn look_up(
    services: &Services,
    request: &Request,
    filter: &AccountFilter,
    page: PageOf<Position>,
) -> Result<Page<twilio_account::Model>, DbErr> {
    let found = list(services, filter, page).await?;
    if let Some(AccountSearch::Number(number)) = &filter.search
        && request.actor.role.is_staff()
    {
        note(services, request, number, &found.rows).await?;
    }
    Ok(found)
}

async fn note(
    services: &Services,
    request: &Request,
    number: &E164,
    accounts: &[twilio_account::Model],
) -> Result<(), DbErr> {
    let (masked, found) = (number.masked(), accounts.len());
    tracing::info!(
        actor = request.actor.subject,
        number = masked,
        found,
        "looked for the accounts of {masked}"
    );
    if accounts.is_empty() {
        return Ok(());
    }
    let column = phone_number::COLUMN;
    let numbers = phone_number::Entity::find()
        .filter(column.e164.eq(number.clone()))
        .filter(
            column
                .twilio_account_id
                .is_in(accounts.iter().map(|account| account.id)),
        )
        .all(&services.db)
        .await?;
    let mut tx = services.begin().await?;
    for found in numbers {
        let act = Act::on("phone_number.find", "phone_number", found.id)
            .of(found.twilio_account_id)
            .with(json!({ "number": masked }));
        tx.audit(request, found.workspace_id, act).await?;
    }
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_is_told_from_text() {
        let number = |text: &str| Some(AccountSearch::Number(E164::parse(text).unwrap()));
        let text = |text: &str| Some(AccountSearch::Text(text.to_owned()));
        for (typed, expected) in [
            (" +14155550126 ", number("+14155550126")),
            ("+1 (415) 555-0126", number("+14155550126")),
            ("+49 30/123.456", number("+4930123456")),
            ("14155550126", text("14155550126")),
            ("+1415555012x", text("+1415555012x")),
            ("Nordwind Reisen", text("Nordwind Reisen")),
            ("  ", None),
        ] {
            assert_eq!(AccountSearch::of(typed), expected, "{typed}");
        }
    }
}
