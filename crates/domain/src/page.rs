//! Lists, a page at a time.

use std::collections::HashMap;
use std::hash::Hash;

/// The most rows of one page, for lists that say nothing else.
pub const MAX_PAGE: u64 = 100;

/// One page that was asked for: the first rows after a position.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageOf<P> {
    /// Rows after this position.
    pub after: Option<P>,
    /// How many rows, at most [`MAX_PAGE`], or what the list says.
    pub size: u64,
}

impl<P> PageOf<P> {
    /// The first page.
    #[must_use]
    pub fn first(size: u64) -> Self {
        Self {
            after: None,
            size: size.min(MAX_PAGE),
        }
    }
}

/// The rows of a page, and whether more follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether more follow.
    pub has_next: bool,
}

impl<T> Page<T> {
    /// Cuts off the one row that was read beyond the page to see whether more follow.
    #[must_use]
    pub fn cut(mut rows: Vec<T>, size: u64) -> Self {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let has_next = rows.len() > size;
        rows.truncate(size);
        Self { rows, has_next }
    }

    /// The pages of many keys, whose rows were read together: each of at most `size` of its rows, in their order. Keys without a
    /// row are missing.
    pub(crate) fn of_each<K: Eq + Hash>(rows: Vec<T>, size: u64, key: impl Fn(&T) -> K) -> HashMap<K, Self> {
        let mut groups: HashMap<K, Vec<T>> = HashMap::new();
        for row in rows {
            groups.entry(key(&row)).or_default().push(row);
        }
        let pages = groups.into_iter();
        pages.map(|(key, rows)| (key, Self::cut(rows, size))).collect()
    }
}

impl<T> Default for Page<T> {
    /// The page of a list without rows.
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            has_next: false,
        }
    }
}
