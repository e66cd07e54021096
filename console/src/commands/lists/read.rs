//! Reads lists from the API, page by page.

use chrono::{DateTime, Utc};
use cynic::QueryBuilder;

use crate::commands::output::Asker;
use crate::connection::Trouble;
use crate::queries::audit::Audit;
use crate::queries::billing::Billing;
use crate::queries::calls::Calls;
use crate::queries::connections::PageInfo;
use crate::queries::jobs::Jobs;
use crate::queries::numbers::{ListVars, Numbers, SinceVars};
use crate::state::rows::{AuditEntry, Call, Episode, Job, Number};

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// Only of this connection.
    pub account: Option<String>,
    /// Only what is not older.
    pub since: Option<DateTime<Utc>>,
    /// How many are read at most.
    pub limit: usize,
}

impl Asked {
    fn list(&self, after: Option<String>) -> ListVars {
        ListVars {
            account: self.account.as_deref().map(Into::into),
            after,
        }
    }

    fn since(&self, after: Option<String>) -> SinceVars {
        SinceVars {
            account: self.account.as_deref().map(Into::into),
            from: self.since,
            after,
        }
    }

    fn is_late_enough(&self, at: DateTime<Utc>) -> bool {
        self.since.is_none_or(|since| at >= since)
    }
}

/// What was read.
#[derive(Debug)]
pub(crate) struct Read<R> {
    /// The rows, in the API's order.
    pub rows: Vec<R>,
    /// Whether there are more than were asked for.
    pub has_more: bool,
}

type Answer<R> = Result<Read<R>, Trouble>;

/// Pages of a list, one after the other.
struct Pages<R> {
    rows: Vec<R>,
    limit: usize,
    after: Option<String>,
    has_more: bool,
    is_over: bool,
}

impl<R> Pages<R> {
    fn new(limit: usize) -> Self {
        Self {
            rows: Vec::new(),
            limit,
            after: None,
            has_more: false,
            is_over: false,
        }
    }

    /// Takes a page. One with rows that are too old is the last: lists begin with the newest.
    fn take<T>(&mut self, told: &[T], info: &PageInfo, is_late_enough: impl Fn(&T) -> bool)
    where
        R: for<'t> From<&'t T>,
    {
        let late: Vec<&T> = told.iter().filter(|row| is_late_enough(row)).collect();
        let is_last = late.len() < told.len() || !info.has_next_page;
        let room = self.limit - self.rows.len();
        self.has_more = late.len() > room || (late.len() == room && !is_last);
        self.rows.extend(late.into_iter().take(room).map(R::from));
        self.after.clone_from(&info.end_cursor);
        self.is_over = is_last || self.rows.len() == self.limit || self.after.is_none();
    }

    fn read(self) -> Read<R> {
        Read {
            rows: self.rows,
            has_more: self.has_more,
        }
    }
}

pub(crate) async fn numbers(api: &Asker, asked: &Asked) -> Answer<Number> {
    let mut pages = Pages::new(asked.limit);
    while !pages.is_over {
        let page = api
            .ask(Numbers::build(asked.list(pages.after.take())))
            .await?
            .phone_numbers;
        pages.take(&page.nodes, &page.page_info, |_| true);
    }
    Ok(pages.read())
}

pub(crate) async fn calls(api: &Asker, asked: &Asked) -> Answer<Call> {
    let mut pages = Pages::new(asked.limit);
    while !pages.is_over {
        let page = api.ask(Calls::build(asked.since(pages.after.take()))).await?.calls;
        pages.take(&page.nodes, &page.page_info, |_| true);
    }
    Ok(pages.read())
}

pub(crate) async fn billing(api: &Asker, asked: &Asked) -> Answer<Episode> {
    let mut pages = Pages::new(asked.limit);
    while !pages.is_over {
        let page = api
            .ask(Billing::build(asked.list(pages.after.take())))
            .await?
            .billing_episodes;
        pages.take(&page.nodes, &page.page_info, |episode| {
            asked.is_late_enough(episode.opened_at)
        });
    }
    Ok(pages.read())
}

pub(crate) async fn jobs(api: &Asker, asked: &Asked) -> Answer<Job> {
    let mut pages = Pages::new(asked.limit);
    while !pages.is_over {
        let page = api.ask(Jobs::build(asked.list(pages.after.take()))).await?.jobs;
        pages.take(&page.nodes, &page.page_info, |job| asked.is_late_enough(job.created_at));
    }
    Ok(pages.read())
}

pub(crate) async fn audit(api: &Asker, asked: &Asked) -> Answer<AuditEntry> {
    let mut pages = Pages::new(asked.limit);
    while !pages.is_over {
        let page = api
            .ask(Audit::build(asked.since(pages.after.take())))
            .await?
            .audit_entries;
        pages.take(&page.nodes, &page.page_info, |_| true);
    }
    Ok(pages.read())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Kept(u32);

    impl From<&u32> for Kept {
        fn from(told: &u32) -> Self {
            Self(*told)
        }
    }

    fn page(has_next_page: bool) -> PageInfo {
        PageInfo {
            has_next_page,
            end_cursor: Some("c".into()),
        }
    }

    #[test]
    fn reading_ends_at_the_limit_the_last_page_or_what_is_too_old() {
        let mut pages = Pages::<Kept>::new(5);
        pages.take(&[9, 8, 7], &page(true), |_| true);
        assert!(!pages.is_over);
        pages.take(&[6, 5, 4], &page(true), |_| true);
        assert!(pages.is_over && pages.has_more && pages.rows.len() == 5);

        let mut pages = Pages::<Kept>::new(5);
        pages.take(&[9, 8, 3], &page(true), |at| *at > 5);
        assert!(pages.is_over && !pages.has_more && pages.rows == [Kept(9), Kept(8)]);

        let mut pages = Pages::<Kept>::new(3);
        pages.take(&[9, 8, 7], &page(false), |_| true);
        assert!(pages.is_over && !pages.has_more);
    }
}
