//! Lists that come in pages.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::request::Request;
use crate::{AnswerFault, Credentials, HttpTwilio, TwilioError};

/// The most pages read for one list: half a million items at the largest page size.
pub(crate) const MAX_PAGES: usize = 500;

/// The most empty pages in a row that are followed to a next one.
pub(crate) const MAX_EMPTY_PAGES: usize = 3;

/// A thing that Twilio lists in pages.
pub(crate) trait Listed: DeserializeOwned + Send {
    /// The list's name in a page.
    const KEY: &'static str;

    /// What tells one item from another: its SID, where it has one.
    fn identity(&self) -> Cow<'_, str>;
}

/// One page of a list.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// The address of the next page: relative to the product's root in the API of 2010, absolute in the newer products.
    /// `None` on the last.
    pub(crate) next: Option<String>,
}

/// Where the newer products say what comes next.
#[derive(Debug, Default, Deserialize)]
struct Meta {
    next_page_url: Option<String>,
}

impl<T: Listed> Page<T> {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, AnswerFault> {
        let fields: HashMap<String, &RawValue> = serde_json::from_slice(body)?;
        let items = fields.get(T::KEY).ok_or(AnswerFault::NoList { key: T::KEY })?;
        let next: Option<String> = match (fields.get("next_page_uri"), fields.get("meta")) {
            (Some(next), _) => serde_json::from_str(next.get())?,
            (None, Some(meta)) => {
                serde_json::from_str::<Option<Meta>>(meta.get())?
                    .unwrap_or_default()
                    .next_page_url
            }
            (None, None) => None,
        };
        Ok(Self {
            items: serde_json::from_str(items.get())?,
            next: next.filter(|next| !next.is_empty()),
        })
    }
}

impl HttpTwilio {
    /// Reads page after page until the last one, or until there are `limit` items. An item on two pages, because the
    /// list moved while it was read, is given once.
    ///
    /// # Errors
    /// [`TwilioError::Malformed`] when a page repeats, leads to another server or the pages do not end: a part of a list
    /// must not pass for the whole.
    pub(crate) async fn all<T: Listed>(
        &self,
        who: &Credentials,
        first: &Request,
        limit: usize,
    ) -> Result<Vec<T>, TwilioError> {
        let mut request = first.clone();
        let mut items: Vec<T> = Vec::new();
        let mut identities = HashSet::new();
        let mut empty_pages = 0;
        for _ in 0..MAX_PAGES {
            let body = self.send(who, &request).await?;
            let page: Page<T> = Page::parse(&body).map_err(|fault| fault.at(first.endpoint))?;
            let is_empty = page.items.is_empty();
            let known = items.len();
            for item in page.items {
                if identities.insert(item.identity().into_owned()) {
                    items.push(item);
                }
            }
            if !is_empty && items.len() == known {
                return Err(AnswerFault::PageRepeats.at(first.endpoint));
            }
            let Some(next) = page.next.filter(|_| items.len() < limit) else {
                items.truncate(limit);
                return Ok(items);
            };
            empty_pages = if is_empty { empty_pages + 1 } else { 0 };
            if empty_pages > MAX_EMPTY_PAGES {
                break;
            }
            request = first.next_page(next);
        }
        Err(AnswerFault::EndlessPages {
            limit: MAX_PAGES,
            empty: MAX_EMPTY_PAGES,
        }
        .at(first.endpoint))
    }
}
