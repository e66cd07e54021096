//! Paging, as API version 2010-04-01 does it and, with `meta`, as all other products do.
//!
//! Source: <https://www.twilio.com/docs/usage/twilios-response#response-formats-list-paging-information>

use serde_json::{Map, Value, json};

use crate::errors::Refusal;
use crate::form::Pairs;

const DEFAULT_SIZE: usize = 50;
const MAX_SIZE: usize = 1000;
const PAGING_NAMES: [&str; 3] = ["Page", "PageSize", "PageToken"];

/// Which page of a list is asked for.
#[derive(Debug)]
pub(crate) struct Page {
    number: usize,
    size: usize,
    /// `PA` and the SID of the last entry before this page, as our own `next_page_uri` says it.
    token: Option<String>,
}

impl Page {
    /// Reads `Page` (from 0), `PageSize` (1 to 1000, default 50) and `PageToken`.
    pub(crate) fn read(query: &Pairs) -> Result<Self, Refusal> {
        let number = |name: &str, otherwise: usize| match query.filled(name) {
            None => Ok(otherwise),
            Some(text) => text
                .parse()
                .map_err(|_| Refusal::invalid(20422, format!("{name} is not a number"))),
        };
        let size = number("PageSize", DEFAULT_SIZE)?;
        if size > MAX_SIZE {
            return Err(Refusal::invalid(20007, "Page size must be lower than or equal to 1000"));
        }
        Ok(Self {
            number: number("Page", 0)?,
            size: size.max(1),
            token: query.filled("PageToken").map(str::to_owned),
        })
    }

    /// A page of version 2010-04-01: entries under `key`, and URIs relative to the product that keep the filters of `query`.
    ///
    /// A page token wins over the page number, so that the following pages stay in step when earlier entries come or go.
    pub(crate) fn of<T>(
        &self,
        key: &str,
        path: &str,
        query: &Pairs,
        all: &[T],
        sid: impl Fn(&T) -> &str,
        show: impl Fn(&T) -> Value,
    ) -> Value {
        let cut = self.cut(all, &sid);
        let links = self.links(path, query, cut.next_token);
        let mut page = Map::new();
        page.insert(key.to_owned(), cut.shown.iter().map(show).collect());
        page.insert("page".to_owned(), json!(self.number));
        page.insert("page_size".to_owned(), json!(self.size));
        page.insert("start".to_owned(), json!(cut.start));
        page.insert("end".to_owned(), json!(cut.end.saturating_sub(1).max(cut.start)));
        page.insert("uri".to_owned(), json!(links.this));
        page.insert("first_page_uri".to_owned(), json!(links.first));
        page.insert("next_page_uri".to_owned(), json!(links.next));
        page.insert("previous_page_uri".to_owned(), json!(links.previous));
        Value::Object(page)
    }

    /// A page of any other product: entries under `key`, and `meta` with absolute URLs that begin with `url`.
    pub(crate) fn with_meta<T>(
        &self,
        key: &str,
        url: &str,
        query: &Pairs,
        all: &[T],
        sid: impl Fn(&T) -> &str,
        show: impl Fn(&T) -> Value,
    ) -> Value {
        let cut = self.cut(all, &sid);
        let links = self.links(url, query, cut.next_token);
        json!({
            key: cut.shown.iter().map(show).collect::<Value>(),
            "meta": {
                "first_page_url": links.first,
                "key": key,
                "next_page_url": links.next,
                "page": self.number,
                "page_size": self.size,
                "previous_page_url": links.previous,
                "url": links.this,
            },
        })
    }

    fn cut<'a, T>(&self, all: &'a [T], sid: &impl Fn(&T) -> &str) -> Cut<'a, T> {
        let after_token = self
            .token
            .as_deref()
            .and_then(|token| token.strip_prefix("PA"))
            .and_then(|last| {
                let position = all.iter().position(|entry| sid(entry) == last)?;
                Some(position + 1)
            });
        let start = after_token.unwrap_or(self.number * self.size).min(all.len());
        let end = (start + self.size).min(all.len());
        let shown = &all[start..end];
        let last = shown.last().filter(|_| end < all.len());
        Cut {
            shown,
            start,
            end,
            next_token: last.map(|last| format!("PA{}", sid(last))),
        }
    }

    fn links(&self, address: &str, query: &Pairs, next_token: Option<String>) -> Links {
        let filters = Pairs(
            query
                .0
                .iter()
                .filter(|(name, _)| !PAGING_NAMES.contains(&name.as_str()))
                .cloned()
                .collect(),
        );
        let link = |number: usize, token: Option<String>| {
            let mut query = filters.clone();
            query.push("PageSize", self.size.to_string());
            query.push("Page", number.to_string());
            if let Some(token) = token {
                query.push("PageToken", token);
            }
            format!("{address}?{}", query.encode())
        };
        Links {
            this: link(self.number, None),
            first: link(0, None),
            next: next_token.map(|token| link(self.number + 1, Some(token))),
            previous: (self.number > 0).then(|| link(self.number - 1, None)),
        }
    }
}

/// The entries of a page.
struct Cut<'a, T> {
    shown: &'a [T],
    start: usize,
    end: usize,
    next_token: Option<String>,
}

/// The addresses in a page.
struct Links {
    this: String,
    first: String,
    next: Option<String>,
    previous: Option<String>,
}
