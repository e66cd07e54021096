//! The account's whole call log, page by page: longer than fits in memory, and read by one who may stop and go on.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::page::{MAX_EMPTY_PAGES, MAX_PAGES, Page};
use crate::request::{MAX_PAGE_SIZE, Request};
use crate::{AccountSid, AnswerFault, Call};

/// Which part of the call log to read. Twilio compares whole days, in UTC, and leaves out calls that have not started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallLog {
    /// Started on this day or later.
    pub started_after: Option<NaiveDate>,
    /// Started on an earlier day than this.
    pub started_before: Option<NaiveDate>,
}

/// A page of the call log, newest call first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallPage {
    /// Up to 1000 calls. The log grows while it is read: a call may be on two pages.
    pub calls: Vec<Call>,
    /// What to ask for next. `None` on the last page.
    pub next: Option<NextCallPage>,
}

/// The page that follows. Good for as long as Twilio takes it, which it does not say. It can be kept, to go on in another process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextCallPage {
    address: String,
    /// The last call seen, to notice a page that repeats.
    last: Option<String>,
    /// Empty pages in a row so far.
    empty: usize,
}

pub(crate) fn request(account: &AccountSid, log: CallLog, page: Option<&NextCallPage>) -> Request {
    let first = Request::get("ListCall", account, "/Calls");
    if let Some(page) = page {
        return first.next_page(page.address.clone());
    }
    let day = |day: Option<NaiveDate>| day.map(|day| day.format("%Y-%m-%d").to_string());
    first
        .page_size(MAX_PAGE_SIZE)
        .optional_query("StartTime>", day(log.started_after))
        .optional_query("StartTime<", day(log.started_before))
}

/// Reads the page that `request` asked for, which came after `before`.
pub(crate) fn read(body: &[u8], before: Option<&NextCallPage>) -> Result<CallPage, AnswerFault> {
    let page: Page<Call> = Page::parse(body)?;
    let last = page.items.last().map(|call| call.sid.to_string());
    if last.is_some() && last.as_ref() == before.and_then(|before| before.last.as_ref()) {
        return Err(AnswerFault::PageRepeats);
    }
    let empty = match before {
        Some(before) if last.is_none() => before.empty + 1,
        None if last.is_none() => 1,
        _ => 0,
    };
    if page.next.is_some() && empty > MAX_EMPTY_PAGES {
        return Err(AnswerFault::EndlessPages {
            limit: MAX_PAGES,
            empty: MAX_EMPTY_PAGES,
        });
    }
    let next = page.next.map(|address| NextCallPage {
        address,
        last: last.or_else(|| before.and_then(|before| before.last.clone())),
        empty,
    });
    Ok(CallPage {
        calls: page.items,
        next,
    })
}
