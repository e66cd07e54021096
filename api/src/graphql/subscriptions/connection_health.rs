//! The health of connected accounts, as it changes.

use ::entity::{AccountId, WorkspaceId, event};
use async_graphql::{Context, ID};
use domain::events::kind;
use domain::page::{MAX_PAGE, PageOf};
use domain::{Actor, Services, accounts};
use futures_util::{Stream, StreamExt, stream};

use crate::graphql::context::{Asked, Scope};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::live::{Wake, wakes};
use crate::graphql::types::TwilioAccount;

/// Which accounts a view shows.
#[derive(Clone, Debug)]
struct Shown {
    viewer: Actor,
    workspace: Option<WorkspaceId>,
    account: Option<AccountId>,
}

/// Follows the accounts in the caller's scope.
pub(super) async fn follow(
    ctx: &Context<'_>,
    account: Option<&ID>,
    workspace: Option<&ID>,
) -> Result<impl Stream<Item = Result<TwilioAccount, ApiError>> + use<>, ApiError> {
    let workspace = match ctx.scope(workspace)? {
        Scope::Workspace(workspace) => Some(workspace),
        Scope::EveryWorkspace => None,
        Scope::Nothing => return Err(ApiError::NotFound("workspace")),
    };
    let account = match account {
        Some(account) => Some(id::parse::<AccountId>(account).ok_or(ApiError::NotFound("Twilio account"))?),
        None => None,
    };
    let shown = Shown {
        viewer: ctx.actor().clone(),
        workspace,
        account,
    };
    let services = ctx.services().clone();
    let events = services.events.subscribe(); // Before the first reading: no change falls in between.
    if shown.account.is_some() && all(&services, &shown).await?.is_empty() {
        return Err(ApiError::NotFound("Twilio account"));
    }
    let view = shown.clone();
    let told = wakes(events, move |event| view.concerns(event)).then(move |wake| {
        let (services, shown) = (services.clone(), shown.clone());
        async move {
            match wake {
                Wake::Event(event) => one(&services, &shown, AccountId(event.subject)).await,
                Wake::ReadAgain => all(&services, &shown).await,
            }
        }
    });
    Ok(told.flat_map(|accounts| match accounts {
        Ok(accounts) => stream::iter(accounts.into_iter().map(Ok).collect::<Vec<_>>()),
        Err(error) => stream::iter(vec![Err(error)]),
    }))
}

impl Shown {
    fn concerns(&self, event: &event::Model) -> bool {
        event.kind == kind::ACCOUNT
            && self.workspace.is_none_or(|workspace| workspace == event.workspace_id)
            && self.account.is_none_or(|account| account.0 == event.subject)
    }
}

/// One account, disconnected or not.
async fn one(services: &Services, shown: &Shown, id: AccountId) -> Result<Vec<TwilioAccount>, ApiError> {
    let row = accounts::find(services, &shown.viewer, id).await?;
    let row = row.filter(|row| shown.workspace.is_none_or(|workspace| workspace == row.workspace_id));
    Ok(row.into_iter().map(TwilioAccount).collect())
}

/// Every account that is shown.
async fn all(services: &Services, shown: &Shown) -> Result<Vec<TwilioAccount>, ApiError> {
    if let Some(id) = shown.account {
        return one(services, shown, id).await;
    }
    let mut found = Vec::new();
    let mut page = PageOf::first(MAX_PAGE);
    loop {
        let accounts = accounts::list(services, shown.workspace, page).await?;
        let last = accounts.rows.last().map(|row| (row.created_at, row.id.0));
        let has_next = accounts.has_next;
        found.extend(accounts.rows.into_iter().map(TwilioAccount));
        if !has_next {
            return Ok(found);
        }
        page = PageOf {
            after: last,
            size: MAX_PAGE,
        };
    }
}
