//! Paging as API version 2010-04-01 does it.
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

    /// The page's JSON: entries under `key`, and URIs that keep the filters of `query`.
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

        let filters = Pairs(
            query
                .0
                .iter()
                .filter(|(name, _)| !PAGING_NAMES.contains(&name.as_str()))
                .cloned()
                .collect(),
        );
        let uri = |number: usize, token: Option<&str>| {
            let mut query = filters.clone();
            query.push("PageSize", self.size.to_string());
            query.push("Page", number.to_string());
            if let Some(last) = token {
                query.push("PageToken", format!("PA{last}"));
            }
            format!("{path}?{}", query.encode())
        };
        let next = shown
            .last()
            .filter(|_| end < all.len())
            .map(|last| uri(self.number + 1, Some(sid(last))));
        let previous = (self.number > 0).then(|| uri(self.number - 1, None));
        let mut page = Map::new();
        page.insert(key.to_owned(), shown.iter().map(show).collect());
        page.insert("page".to_owned(), json!(self.number));
        page.insert("page_size".to_owned(), json!(self.size));
        page.insert("start".to_owned(), json!(start));
        page.insert("end".to_owned(), json!(end.saturating_sub(1).max(start)));
        page.insert("uri".to_owned(), json!(uri(self.number, None)));
        page.insert("first_page_uri".to_owned(), json!(uri(0, None)));
        page.insert("next_page_uri".to_owned(), json!(next));
        page.insert("previous_page_uri".to_owned(), json!(previous));
        Value::Object(page)
    }
}
