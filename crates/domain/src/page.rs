//! Lists, a page at a time.

/// The most rows of one page.
pub const MAX_PAGE: u64 = 100;

/// One page that was asked for: the first rows after a position.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageOf<P> {
    /// Rows after this position.
    pub after: Option<P>,
    /// How many rows, at most [`MAX_PAGE`].
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
}
