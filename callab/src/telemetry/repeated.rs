//! Failures that repeat. While the database is away each request fails for the same reason: one line in a while tells it, and how many
//! were left out.

use std::error::Error;
use std::fmt::{self, Debug, Write as _};
use std::iter::successors;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use lru::LruCache;
use sea_orm::DbErr;
use tokio::time::error::Elapsed;
use tracing::callsite::Identifier;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// How often the same failure is told.
pub(super) const TOLD_EVERY: Duration = Duration::from_secs(10);

/// How many failures are told apart. Of more the one that was told longest ago is told anew.
const MOST: NonZeroUsize = NonZeroUsize::new(256).unwrap();

/// Lines as `F` writes them, but one in a while for failures that are the same: told by the same place in the code, of a database that
/// failed or did not answer in time, for the same reason. The next line says with `left_out` how many there were since the one before.
///
/// What differs besides, such as the request's trace id, is that of the request whose line it is.
pub(super) struct Repeated<F> {
    lines: F,
    /// Whether they are JSON.
    json: bool,
    every: Duration,
    told: Mutex<LruCache<Failure, Told>>,
}

#[derive(PartialEq, Eq, Hash)]
struct Failure {
    place: Identifier,
    cause: String,
}

struct Told {
    at: Instant,
    left_out: u64,
}

impl<F> Repeated<F> {
    /// Tells the same failure so often.
    pub(super) fn new(lines: F, json: bool, every: Duration) -> Self {
        Self {
            lines,
            json,
            every,
            told: Mutex::new(LruCache::new(MOST)),
        }
    }

    /// How many were left out since the line before; none where this one is.
    fn look_at(&self, failure: Failure) -> Option<u64> {
        let now = Instant::now();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(before) = told.get_mut(&failure) else {
            told.put(failure, Told { at: now, left_out: 0 });
            return Some(0);
        };
        if now - before.at < self.every {
            before.left_out += 1;
            return None;
        }
        before.at = now;
        Some(std::mem::take(&mut before.left_out))
    }
}

impl<S, N, F> FormatEvent<S, N> for Repeated<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, ctx: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut cause = Cause(None);
        event.record(&mut cause);
        let place = event.metadata().callsite();
        let left_out = match cause.0.map(|cause| self.look_at(Failure { place, cause })) {
            None | Some(Some(0)) => return self.lines.format_event(ctx, writer, event),
            Some(None) => return Ok(()),
            Some(Some(left_out)) => left_out,
        };
        let mut line = String::new();
        self.lines.format_event(ctx, Writer::new(&mut line), event)?;
        let line = line.trim_end();
        match line.strip_suffix('}').filter(|_| self.json) {
            Some(fields) => writeln!(writer, "{fields},\"left_out\":{left_out}}}"),
            None => writeln!(writer, "{line} left_out={left_out}"),
        }
    }
}

/// Why something failed, where it is the database that failed or something that did not end in time.
struct Cause(Option<String>);

impl Visit for Cause {
    fn record_error(&mut self, _: &Field, error: &(dyn Error + 'static)) {
        let chain = || successors(Some(error), |error| (*error).source());
        let may_repeat =
            |error: &(dyn Error + 'static)| error.is::<DbErr>() || error.is::<Arc<DbErr>>() || error.is::<Elapsed>();
        if !chain().any(may_repeat) {
            return;
        }
        let mut text = String::new();
        for error in chain() {
            let _ = write!(text, "{error}: "); // A text takes it.
        }
        self.0 = Some(text);
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

#[cfg(test)]
mod tests;
