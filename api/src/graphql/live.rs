//! Live views: the state now, then each change; or each change after a cursor.

use std::collections::VecDeque;
use std::sync::Arc;

use ::entity::{WorkspaceId, event};
use domain::Services;
use domain::events::{self, KEPT, Place, Recent};
use domain::page::{MAX_PAGE, PageOf};
use futures_util::{Stream, StreamExt, stream};

use super::cursor::EventOrder;
use super::error::ApiError;

/// How many events a reader takes from the hub at once.
const TAKES: usize = 100;

/// Where a live view begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// With the state now.
    Now,
    /// With what happened after the event of this number.
    After(i64),
}

impl From {
    /// Reads the argument `after` of a live view.
    ///
    /// # Errors
    /// [`ApiError::BadEventCursor`] for a cursor from elsewhere, [`ApiError::CursorTooOld`] when events after it were removed.
    pub(super) async fn argument(
        services: &Services,
        order: &EventOrder,
        after: Option<&str>,
    ) -> Result<Self, ApiError> {
        let Some(cursor) = after else { return Ok(Self::Now) };
        let seq = order.read(cursor)?;
        match events::place(services, seq).await? {
            Place::Kept => Ok(Self::After(seq)),
            Place::TooOld => Err(ApiError::CursorTooOld),
            Place::NotYet => Err(ApiError::BadEventCursor),
        }
    }
}

/// What a live view waits for. Each tells the number of the event up to which the view then shows everything.
pub(super) enum Wake {
    /// Something happened that concerns it.
    Event(i64, Arc<event::Model>),
    /// It has just begun: everything is to be read.
    Read(i64),
}

impl Wake {
    /// The number of the event up to which the view then shows everything.
    pub(super) fn seq(&self) -> i64 {
        match self {
            Self::Event(seq, _) | Self::Read(seq) => *seq,
        }
    }
}

/// What a live view looks at.
#[derive(Clone, Debug)]
pub(super) struct View {
    /// Only events of this workspace; of all if none.
    pub workspace: Option<WorkspaceId>,
    /// Where it begins.
    pub from: From,
    /// The event after which it ends; none for a view without end.
    pub until: Option<i64>,
    /// The order of the events.
    pub order: EventOrder,
}

/// First [`Wake::Read`], if the view begins with the state now; then every event of the reader that concerns the view, in order.
///
/// The number of the newest event is taken before the first reading, so that no change falls in between.
pub(super) async fn wakes<C>(
    services: &Services,
    view: View,
    concerns: C,
) -> impl Stream<Item = Result<Wake, ApiError>> + Send + use<C>
where
    C: Fn(&event::Model) -> bool + Send + 'static,
{
    let (first, seq) = match view.from {
        From::Now => {
            let seq = services.events.newest().await;
            (Some(Ok(Wake::Read(seq))), seq)
        }
        From::After(seq) => (None, seq),
    };
    let mut reader = Reader::new(services.clone(), view.workspace, seq, view.order);
    reader.until = view.until;
    let events = reader.stream();
    let told = events.filter_map(move |event| {
        let wake = match event {
            Ok(event) if concerns(&event) => Some(Ok(Wake::Event(event.seq.unwrap_or_default(), event))),
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        };
        std::future::ready(wake)
    });
    stream::iter(first).chain(told)
}

/// Reads events in order, each once: those of the past from the table, and those that happen from what this process keeps.
///
/// Nothing is gathered for a reader that does not read. One that was up to date, and then leaves more of its own events waiting
/// than are kept, is cut off with the cursor that it can go on from.
pub(super) struct Reader {
    services: Services,
    workspace: Option<WorkspaceId>,
    order: EventOrder,
    /// The last event that was read.
    seq: i64,
    /// Whether it was up to date before.
    is_live: bool,
    read: VecDeque<Arc<event::Model>>,
    /// Where the reading goes on once `read` is empty.
    then: i64,
    until: Option<i64>,
}

impl Reader {
    /// A reader of the events of one workspace, or of all, after number `seq`.
    pub(super) fn new(services: Services, workspace: Option<WorkspaceId>, seq: i64, order: EventOrder) -> Self {
        Self {
            services,
            workspace,
            order,
            seq,
            is_live: false,
            read: VecDeque::new(),
            then: seq,
            until: None,
        }
    }

    /// The events. Ends with an error, after `until`, or never.
    pub(super) fn stream(self) -> impl Stream<Item = Result<Arc<event::Model>, ApiError>> + Send {
        stream::unfold(Some(self), |reader| async {
            let mut reader = reader?;
            match reader.next().await {
                Ok(event) => event.map(|event| (Ok(event), Some(reader))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    async fn next(&mut self) -> Result<Option<Arc<event::Model>>, ApiError> {
        loop {
            if let Some(event) = self.read.pop_front() {
                self.seq = event.seq.unwrap_or(self.seq);
                if self.workspace.is_none_or(|workspace| workspace == event.workspace_id) {
                    return Ok(Some(event));
                }
                continue;
            }
            self.seq = self.seq.max(self.then);
            if self.until.is_some_and(|until| self.seq >= until) {
                return Ok(None);
            }
            self.read_on().await?;
        }
    }

    /// Whether more of its own events wait for it than are kept. Behind it may be by others' events alone, through no fault of its own.
    async fn is_slow(&self) -> Result<bool, ApiError> {
        let waiting = events::count_after(&self.services, self.workspace, self.seq, KEPT as u64).await?;
        Ok(waiting >= KEPT as u64)
    }

    async fn read_on(&mut self) -> Result<(), ApiError> {
        match self.services.events.recent(self.seq, TAKES) {
            Recent::Events(events) if events.is_empty() => {
                self.is_live = true;
                self.services.events.wait_after(self.seq).await;
            }
            Recent::Events(events) => {
                self.is_live = true;
                self.read = events.into();
            }
            Recent::Behind if self.is_live && self.is_slow().await? => {
                return Err(ApiError::FellBehind(self.order.cursor(self.seq)));
            }
            Recent::Behind => {
                let newest = self.services.events.newest().await;
                let page = PageOf {
                    after: Some(self.seq),
                    size: MAX_PAGE,
                };
                let page = events::list(&self.services, self.workspace, newest, &page).await?;
                self.then = if page.has_next { self.seq } else { newest };
                self.read = page.rows.into_iter().map(Arc::new).collect();
            }
        }
        Ok(())
    }
}
