//! Pages of lists, in Relay's shape.

use async_graphql::{ComplexObject, OutputType, SimpleObject};
use domain::page::{MAX_PAGE, Page, PageOf};

use super::error::ApiError;
use super::guard::limits;
use super::types::{
    ActivityFinding, Agent, ApiKey, AuditEntry, BalanceReading, BillingAlert, BillingEpisode, Call,
    ConfigurationChange, Event, HealthChange, Job, Notification, NotificationEndpoint, PhoneNumber, TwilioAccount,
};

/// The rows of a page where nothing else is asked for.
const DEFAULT_PAGE: i32 = 25;

/// One page of a list. Ask for the next with `after: pageInfo.endCursor`.
#[derive(SimpleObject)]
#[graphql(complex)]
#[graphql(concrete(name = "TwilioAccountConnection", params(TwilioAccount)))]
#[graphql(concrete(name = "PhoneNumberConnection", params(PhoneNumber)))]
#[graphql(concrete(name = "AgentConnection", params(Agent)))]
#[graphql(concrete(name = "CallConnection", params(Call)))]
#[graphql(concrete(name = "EventConnection", params(Event)))]
#[graphql(concrete(name = "JobConnection", params(Job)))]
#[graphql(concrete(name = "HealthChangeConnection", params(HealthChange)))]
#[graphql(concrete(name = "ConfigurationChangeConnection", params(ConfigurationChange)))]
#[graphql(concrete(name = "BillingAlertConnection", params(BillingAlert)))]
#[graphql(concrete(name = "BillingEpisodeConnection", params(BillingEpisode)))]
#[graphql(concrete(name = "BalanceReadingConnection", params(BalanceReading)))]
#[graphql(concrete(name = "NotificationEndpointConnection", params(NotificationEndpoint)))]
#[graphql(concrete(name = "NotificationConnection", params(Notification)))]
#[graphql(concrete(name = "ActivityFindingConnection", params(ActivityFinding)))]
#[graphql(concrete(name = "AuditEntryConnection", params(AuditEntry)))]
#[graphql(concrete(name = "ApiKeyConnection", params(ApiKey)))]
pub(super) struct Connection<T: OutputType>
where
    Edge<T>: OutputType,
{
    /// The rows of the page, each with its cursor.
    edges: Vec<Edge<T>>,
    /// Where the page lies in the list.
    page_info: PageInfo,
}

#[ComplexObject]
impl<T: OutputType> Connection<T>
where
    Edge<T>: OutputType,
{
    /// The rows of the page, for those who need no cursors of their own.
    async fn nodes(&self) -> Vec<&T> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }
}

/// One row of a page.
#[derive(SimpleObject)]
#[graphql(concrete(name = "TwilioAccountEdge", params(TwilioAccount)))]
#[graphql(concrete(name = "PhoneNumberEdge", params(PhoneNumber)))]
#[graphql(concrete(name = "AgentEdge", params(Agent)))]
#[graphql(concrete(name = "CallEdge", params(Call)))]
#[graphql(concrete(name = "EventEdge", params(Event)))]
#[graphql(concrete(name = "JobEdge", params(Job)))]
#[graphql(concrete(name = "HealthChangeEdge", params(HealthChange)))]
#[graphql(concrete(name = "ConfigurationChangeEdge", params(ConfigurationChange)))]
#[graphql(concrete(name = "BillingAlertEdge", params(BillingAlert)))]
#[graphql(concrete(name = "BillingEpisodeEdge", params(BillingEpisode)))]
#[graphql(concrete(name = "BalanceReadingEdge", params(BalanceReading)))]
#[graphql(concrete(name = "NotificationEndpointEdge", params(NotificationEndpoint)))]
#[graphql(concrete(name = "NotificationEdge", params(Notification)))]
#[graphql(concrete(name = "ActivityFindingEdge", params(ActivityFinding)))]
#[graphql(concrete(name = "AuditEntryEdge", params(AuditEntry)))]
#[graphql(concrete(name = "ApiKeyEdge", params(ApiKey)))]
pub(super) struct Edge<T: OutputType> {
    /// The row's place in the list, opaque: for `after`. It stays good while rows come and go.
    cursor: String,
    /// The row.
    node: T,
}

/// Where a page lies in its list.
#[derive(SimpleObject)]
pub(super) struct PageInfo {
    /// Whether rows follow this page.
    has_next_page: bool,
    /// Whether the page began after a cursor. Lists are read forward only.
    has_previous_page: bool,
    /// The first row's cursor; null on an empty page.
    start_cursor: Option<String>,
    /// The last row's cursor; null on an empty page.
    end_cursor: Option<String>,
}

impl<T: OutputType> Connection<T>
where
    Edge<T>: OutputType,
{
    /// Shows a page. `is_first` when it began at the list's beginning.
    pub(super) fn new<Row>(
        page: Page<Row>,
        is_first: bool,
        cursor: impl Fn(&Row) -> String,
        node: impl Fn(Row) -> T,
    ) -> Self {
        let edges: Vec<Edge<T>> = page
            .rows
            .into_iter()
            .map(|row| Edge {
                cursor: cursor(&row),
                node: node(row),
            })
            .collect();
        let page_info = PageInfo {
            has_next_page: page.has_next,
            has_previous_page: !is_first,
            start_cursor: edges.first().map(|edge| edge.cursor.clone()),
            end_cursor: edges.last().map(|edge| edge.cursor.clone()),
        };
        Self { edges, page_info }
    }

    /// A page of a list without rows.
    pub(super) fn empty() -> Self {
        let page_info = PageInfo {
            has_next_page: false,
            has_previous_page: false,
            start_cursor: None,
            end_cursor: None,
        };
        Self {
            edges: Vec::new(),
            page_info,
        }
    }
}

/// Reads `first` and a position that was read from `after`.
pub(super) fn page_of<P>(first: Option<i32>, after: Option<P>) -> Result<PageOf<P>, ApiError> {
    page_up_to(MAX_PAGE, first, after)
}

/// The same for a list whose pages have up to `most` rows.
pub(super) fn page_up_to<P>(most: u64, first: Option<i32>, after: Option<P>) -> Result<PageOf<P>, ApiError> {
    let size = u64::try_from(first.unwrap_or(DEFAULT_PAGE)).unwrap_or(0);
    if (1..=most).contains(&size) {
        Ok(PageOf { after, size })
    } else {
        Err(ApiError::BadInput(format!("`first` is 1 to {most}.")))
    }
}

/// What a list costs: its fields for each row asked for. No more than ten times the budget, so that a sum of thousands of them, which
/// the library makes, cannot overflow.
pub(super) fn cost(first: Option<i32>, fields_of_a_row: usize) -> usize {
    let rows = usize::try_from(first.unwrap_or(DEFAULT_PAGE)).unwrap_or(0);
    rows.saturating_mul(fields_of_a_row)
        .saturating_add(1)
        .min(10 * limits::COST)
}
